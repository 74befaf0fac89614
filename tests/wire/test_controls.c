/* Who has the controls: viewers, those that only watch, those that pass by, and those of before. */
#include "served.h"

/* What the run would log. */
static char logged[1024];

static void on_change(void *arg, const char *who, const char *from)
{
	size_t n = strlen(logged);
	assert_ptr_equal(arg, logged);
	snprintf(logged + n, sizeof(logged) - n, "%s<%s ", who ? who : "", from ? from : "");
}

static int begin(void **state)
{
	logged[0] = '\0';
	if (setup(state))
		return -1;
	control_server_on_change(server, on_change, logged);
	return 0;
}

static void expect_log(const char *want)
{
	UNTIL(strlen(logged) >= strlen(want));
	assert_string_equal(logged, want);
	logged[0] = '\0';
}

static struct control_client *join(const char *who, bool viewer, bool watch)
{
	struct control_client *c = open_client();
	assert_int_equal(control_client_introduce(c, who, viewer, watch, NULL), ERR_OK);
	return c;
}

/* The next news of the controls that says so. */
static void expect_news(struct control_client *c, const char *who, bool yours, int viewers)
{
	struct reply r;
	for (bool same = false; !same; reply_release(&r)) {
		assert_int_equal(next_reply(c, &r), CLIENT_REPLY);
		same = r.controls && r.viewers == viewers && r.yours == yours &&
		       strcmp(r.controls, who) == 0;
	}
}

/* Whether a command of it is obeyed; the refusal into `why`. */
static bool obeyed(struct control_client *c, const char *line, char why[256])
{
	struct reply r;
	int before = heard.n;
	int64_t id = send_line(c, line);
	do {
		assert_int_equal(next_reply(c, &r), CLIENT_REPLY);
		snprintf(why, 256, "%s", r.msg);
		bool mine = r.id == id;
		bool ok = r.ok;
		reply_release(&r);
		if (mine) {
			assert_int_equal(heard.n - before, ok);
			return ok;
		}
	} while (true);
}

static void close_all(struct control_client *const *clients, size_t n)
{
	for (size_t i = 0; i < n; i++)
		control_client_close(clients[i]);
	UNTIL(control_server_clients(server) == 0);
}
#define CLOSE(...)                                                                                 \
	close_all((struct control_client *[]){__VA_ARGS__},                                        \
		  sizeof((struct control_client *[]){__VA_ARGS__}) /                               \
		      sizeof(struct control_client *))

/* A single one takes them and never notices. */
static void test_alone(void **state)
{
	(void)state;
	char why[256];
	struct control_client *ada = join("ada@laptop", true, false);
	expect_news(ada, "", false, 1);
	assert_true(obeyed(ada, "pause", why));
	expect_news(ada, "ada@laptop", true, 1);
	assert_true(obeyed(ada, "unpause", why));
	expect_log("ada@laptop< ");
	CLOSE(ada);
	expect_log("<ada@laptop ");
}

static void test_taken_over(void **state)
{
	(void)state;
	char why[256];
	struct control_client *ada = join("ada@laptop", true, false),
			      *bob = join("bob@desk", true, false);
	expect_news(ada, "", false, 2);
	assert_true(obeyed(ada, "pause", why));
	expect_news(bob, "ada@laptop", false, 2);
	assert_false(obeyed(bob, "stop", why));
	assert_string_equal(why, "ada@laptop has the controls; t takes them");
	assert_int_equal(control_client_take(bob, NULL), ERR_OK);
	expect_news(ada, "bob@desk", false, 2);
	expect_news(bob, "bob@desk", true, 2);
	assert_false(obeyed(ada, "stop", why));
	assert_true(obeyed(bob, "unpause", why));
	assert_int_equal(control_client_take(bob, NULL), ERR_OK); /* changes nothing */
	expect_log("ada@laptop< bob@desk<ada@laptop ");
	control_client_close(bob);
	expect_news(ada, "", false, 1);
	expect_log("<bob@desk ");
	assert_true(obeyed(ada, "stop", why));
	expect_log("ada@laptop< ");
	CLOSE(ada);
}

/* It is not one who could decide, either. */
static void test_watching(void **state)
{
	(void)state;
	char why[256];
	struct control_client *wall = join("wall@hall", true, true);
	expect_news(wall, "", false, 1);
	assert_int_equal(control_server_viewers(server), 0);
	assert_false(obeyed(wall, "stop", why));
	assert_int_equal(control_client_take(wall, NULL), ERR_OK);
	struct reply r;
	assert_int_equal(next_reply(wall, &r), CLIENT_REPLY);
	assert_false(r.ok);
	assert_int_equal(r.id, 0);
	reply_release(&r);
	struct control_client *ada = join("ada@laptop", true, false);
	expect_news(wall, "", false, 2);
	assert_int_equal(control_server_viewers(server), 1);
	assert_true(obeyed(ada, "pause", why));
	expect_log("ada@laptop< ");
	CLOSE(wall, ada);
}

/* They come back to whom they were taken from, unless that one has left. */
static void test_passing_by(void **state)
{
	(void)state;
	char why[256];
	struct control_client *ctl = join("thaw ctl, eve@box", false, false);
	UNTIL(control_server_clients(server) == 1);
	assert_int_equal(control_server_viewers(server), 0);
	assert_true(obeyed(ctl, "pause", why));
	CLOSE(ctl);
	expect_log("thaw ctl, eve@box< <thaw ctl, eve@box ");
	struct control_client *ada = join("ada@laptop", true, false),
			      *bob = join("bob@desk", true, false);
	assert_true(obeyed(ada, "pause", why));
	ctl = join("thaw ctl, eve@box", false, false);
	assert_true(obeyed(ctl, "lr 1e-4", why));
	expect_news(ada, "thaw ctl, eve@box", false, 2);
	assert_false(obeyed(bob, "stop", why));
	control_client_close(ctl);
	expect_news(ada, "ada@laptop", true, 2);
	expect_log("ada@laptop< thaw ctl, eve@box<ada@laptop ada@laptop<thaw ctl, eve@box ");
	ctl = join("thaw ctl, eve@box", false, false);
	assert_true(obeyed(ctl, "undo", why));
	control_client_close(ada);
	expect_news(bob, "thaw ctl, eve@box", false, 1);
	control_client_close(ctl);
	expect_news(bob, "", false, 1);
	expect_log("thaw ctl, eve@box<ada@laptop <thaw ctl, eve@box ");
	CLOSE(bob);
}

/* Taken from one that passes by they stay where they are. */
static void test_taken_from_passing(void **state)
{
	(void)state;
	char why[256];
	struct control_client *ada = join("ada@laptop", true, false),
			      *bob = join("bob@desk", true, false),
			      *ctl = join("thaw ctl, eve@box", false, false);
	assert_true(obeyed(ada, "pause", why));
	assert_true(obeyed(ctl, "unpause", why));
	assert_int_equal(control_client_take(bob, NULL), ERR_OK);
	expect_news(bob, "bob@desk", true, 2);
	control_client_close(ctl);
	UNTIL(control_server_clients(server) == 2);
	assert_true(obeyed(bob, "pause", why));
	assert_false(obeyed(ada, "pause", why));
	expect_log("ada@laptop< thaw ctl, eve@box<ada@laptop bob@desk<thaw ctl, eve@box ");
	CLOSE(ada, bob);
}

/* Clients that know nothing of this: obeyed, and told nothing that they do not know. */
static void test_before_there_were_controls(void **state)
{
	(void)state;
	char line[1024], why[256];
	struct reply r;
	struct control_client *ada = join("ada@laptop", true, false);
	assert_true(obeyed(ada, "pause", why));
	for (int viewer = 0; viewer < 2; viewer++) {
		int fd = raw_connect();
		assert_non_null(strstr(raw_line(fd, line, sizeof(line)), "\"asks\":true"));
		if (viewer)
			raw_send(fd, "{\"viewer\":true}\n");
		raw_send(fd, "{\"id\":3,\"cmd\":\"stop\"}\n");
		raw_line(fd, line, sizeof(line));
		assert_int_equal(reply_decode(&r, line, strlen(line), NULL), ERR_OK);
		assert_true(r.ok && r.id == 3 && !r.controls);
		assert_null(strstr(line, "yours"));
		reply_release(&r);
		raw_send(fd, "{\"take\":true}\n"); /* nameless, it cannot */
		raw_line(fd, line, sizeof(line));
		assert_non_null(strstr(line, "\"ok\":false"));
		close(fd);
	}
	expect_news(ada, "ada@laptop", true, 2);
	expect_log("ada@laptop< ");
	CLOSE(ada);
}

/* A trainer that knows nothing of this. */
static void test_old_trainer(void **state)
{
	(void)state;
	int ends[2];
	char line[256] = "";
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char *fake = path_join(dir, "fake.sock");
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", fake);
	ends[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(ends[0], (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(ends[0], 1), 0);
	struct opening o = {.path = fake};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, open_in_thread, &o), 0);
	ends[1] = accept(ends[0], NULL, NULL);
	raw_send(ends[1],
		 "{\"thaw\":\"control\",\"version\":1,\"run\":\"x\",\"pid\":1,\"asks\":true}\n");
	pthread_join(thread, NULL);
	struct errinfo e;
	assert_int_equal(control_client_take(o.client, &e), ERR_STATE);
	assert_non_null(strstr(e.msg, "everybody has the controls"));
	assert_int_equal(control_client_introduce(o.client, "thaw ctl", false, false, &e), ERR_OK);
	assert_int_equal(control_client_introduce(o.client, "ada", true, false, &e), ERR_OK);
	assert_true(recv(ends[1], line, sizeof(line) - 1, 0) > 0);
	assert_memory_equal(line, "{\"viewer\":true,", 15); /* and ctl said nothing */
	control_client_close(o.client);
	close(ends[0]);
	close(ends[1]);
	unlink(fake);
	free(fake);
}

/* Names are shown to others: controls escaped, long ones cut, equal ones numbered. */
static void test_names(void **state)
{
	(void)state;
	char why[256], much[3000];
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	struct control_client *bad = join("a\x1b]0;owned\a", true, false),
			      *same = join("a\x1b]0;owned\a", true, false),
			      *longest = join(much, true, false), *none = join("", true, false);
	static const char *const names[] = {"a\\x1b]0;owned\\x07", "a\\x1b]0;owned\\x07 (2)", NULL,
					    "somebody"};
	struct control_client *const clients[] = {bad, same, longest, none};
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(control_client_take(clients[i], NULL), ERR_OK);
		UNTIL(strstr(logged, "<"));
		turn(0);
		*strchr(logged, '<') = '\0';
		if (names[i])
			assert_string_equal(logged, names[i]);
		assert_true(strlen(logged) < CONTROL_WHO_MAX);
		logged[0] = '\0';
		assert_true(obeyed(clients[i], "pause", why));
	}
	CLOSE(bad, same, longest, none);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_alone),
	    TEST(test_taken_over),
	    TEST(test_watching),
	    TEST(test_passing_by),
	    TEST(test_taken_from_passing),
	    TEST(test_before_there_were_controls),
	    TEST(test_old_trainer),
	    TEST(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
