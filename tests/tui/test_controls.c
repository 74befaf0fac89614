/* Several viewers on one run: who has the controls, and what each of them sees of it. */
#include "stage.h"
#include "../sockets.h"

#include <signal.h>
#include <sys/wait.h>

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	struct stage_run *r = arg;
	char msg[] = "done at iteration 137";
	struct reply reply = {.id = c->id, .ok = true, .iter = 137, .msg = msg};
	snprintf(r->last, sizeof(r->last), "%s", command_table[c->type].name);
	control_server_reply(r->server, client, &reply);
}

struct seen {
	struct stage_run *run;
	const char *text;
	bool shown; /* or not */
};

static bool is_seen(struct pty *p, void *arg)
{
	struct seen *s = arg;
	char *screen = pty_text(p);
	bool seen = (strstr(screen, s->text) != NULL) == s->shown;
	free(screen);
	if (!seen)
		control_server_poll(s->run->server, 5, on_command, s->run);
	return seen;
}

static void expect(struct pty *p, struct stage_run *r, const char *text)
{
	struct seen s = {r, text, true};
	if (!pty_until(p, is_seen, &s, WAIT_MS))
		fail_msg("\"%s\" is not shown:\n%s", text, pty_text(p));
}

static void expect_gone(struct pty *p, struct stage_run *r, const char *text)
{
	struct seen s = {r, text, false};
	if (!pty_until(p, is_seen, &s, WAIT_MS))
		fail_msg("\"%s\" is still shown:\n%s", text, pty_text(p));
}

static int view_watching(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .watch = true};
	return tui_run(&o, NULL);
}

static size_t wanted; /* who have said who they are, and may decide */

static bool are_linked(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	(void)p;
	control_server_poll(r->server, 5, on_command, r);
	return control_server_viewers(r->server) == wanted;
}

/* Another one, in a wide window so that every word has room. */
static struct pty *join(struct stage_run *r, int (*view)(void *arg))
{
	struct pty *p = pty_call(120, 40, "xterm-256color", view, r);
	wanted = control_server_viewers(r->server) + (view == stage_view);
	assert_true(pty_until(p, are_linked, r, WAIT_MS));
	stage_expect(p, "▶ training");
	return p;
}

static void begin(struct stage_run *r)
{
	stage_begin(r);
	char *path = stage_path(r, "control.sock");
	assert_int_equal(serve_at(&r->server, path, "flower-photos-1", NULL), ERR_OK);
	free(path);
}

static void leave(struct pty *p)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
}

#define DONE "done at iteration 137"

/* A single one takes them without noticing. */
static void test_alone(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	struct pty *p = join(&r, stage_view);
	pty_send(p, "p");
	expect(p, &r, DONE);
	char *screen = pty_text(p);
	assert_null(strstr(screen, "controls"));
	free(screen);
	pty_send(p, "t");
	expect(p, &r, "you have the controls");
	leave(p);
	stage_close(&r);
}

/* The first of all keys is t: the habit of who turned themes with it. */
static void test_where_the_theme_went(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	struct pty *p = join(&r, stage_view);
	pty_send(p, "t");
	expect(p, &r, "you have the controls now; the next theme is on C");
	leave(p);
	stage_close(&r);
}

static void test_two(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	struct pty *one = join(&r, stage_view), *two = join(&r, stage_view);
	pty_send(one, "p");
	expect(one, &r, DONE);
	expect(one, &r, "· you have the controls ·");
	expect(two, &r, " has the controls ·");
	r.last[0] = '\0';
	pty_send(two, "u");
	expect(two, &r, "has the controls; t takes them");
	assert_string_equal(r.last, "");
	pty_send(two, "t");
	expect(two, &r, "you have the controls now, not ");
	expect(two, &r, "· you have the controls ·");
	expect(one, &r, "has taken the controls; t takes them back");
	pty_send(two, "u");
	expect(two, &r, DONE);
	assert_string_equal(r.last, "undo");
	leave(one);
	expect_gone(two, &r, "· you have the controls ·"); /* alone again: no question any more */
	leave(two);
	stage_close(&r);
}

static void test_killed(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	struct pty *one = join(&r, stage_view), *two = join(&r, stage_view);
	pty_send(one, "p");
	expect(one, &r, DONE);
	expect(two, &r, " has the controls ·");
	kill(pty_pid(one), SIGKILL);
	expect_gone(two, &r, " has the controls ·");
	pty_send(two, "p");
	expect(two, &r, DONE);
	pty_free(one);
	leave(two);
	stage_close(&r);
}

static void test_watching(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	struct pty *p = join(&r, view_watching);
	expect(p, &r, "watching only");
	static const char *const keys[] = {"p", "u", "n", "S",       "+",      "f",
					   "b", "t", "rr", ":lr 1\r", ":stop\r"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		pty_send(p, keys[i]);
		expect(p, &r, "start without --watch");
		pty_send(p, "\x1b");
		expect_gone(p, &r, "start without --watch");
	}
	assert_string_equal(r.last, "");
	pty_send(p, "5"); /* what only looks works */
	expect(p, &r, "22 layers, 1000 classes");
	pty_send(p, "1");
	struct pty *two = join(&r, stage_view);
	pty_send(two, "p");
	expect(two, &r, DONE);
	expect(p, &r, " has the controls ·");
	leave(two);
	expect(p, &r, "watching only");
	leave(p);
	stage_close(&r);
}

/* `thaw ctl` beside a viewer: it acts, and that is seen; then all is as before. */
static void test_passing_by(void **state)
{
	(void)state;
	struct stage_run r;
	struct control_client *ctl = NULL;
	struct errinfo e;
	begin(&r);
	struct pty *one = join(&r, stage_view), *two = join(&r, stage_view);
	pty_send(one, "p");
	expect(one, &r, "· you have the controls ·");
	char *path = stage_path(&r, "control.sock");
	pid_t pid = fork();
	if (pid == 0) { /* connecting waits for the greeting */
		struct command c;
		struct reply reply;
		int bad = connect_at(&ctl, path, &e) ||
			  control_client_introduce(ctl, "thaw ctl, eve@box", false, false, &e) ||
			  command_parse_line(&c, "undo", &e) || control_client_send(ctl, &c, &e) ||
			  control_client_wait(ctl, c.id, WAIT_MS, &reply, &e);
		pause();
		_exit(bad);
	}
	expect(two, &r, "thaw ctl, eve@box has the controls ·");
	expect(one, &r, "thaw ctl, eve@box has taken the controls");
	kill(pid, SIGKILL);
	expect(one, &r, "thaw ctl, eve@box gave you the controls back");
	expect(one, &r, "· you have the controls ·");
	waitpid(pid, NULL, 0);
	free(path);
	leave(one);
	leave(two);
	stage_close(&r);
}

/* In a narrow window what is less important gives way. */
static void test_narrow(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	struct pty *one = join(&r, stage_view), *two = join(&r, view_watching);
	pty_send(one, "p");
	expect(one, &r, "· you have the controls ·");
	static const int widths[] = {80, 60, 44};
	struct pty *both[] = {two, one};
	for (size_t i = 0; i < 6; i++) {
		int64_t before = pty_bytes(both[i % 2]); /* what is shown may be of the former width */
		pty_resize(both[i % 2], widths[i / 2], 24);
		while (pty_bytes(both[i % 2]) == before)
			pty_settles(both[i % 2], 20, WAIT_MS);
		pty_settles(both[i % 2], 200, WAIT_MS);
		expect(both[i % 2], &r, widths[i / 2] > 44 ? "controls" : "training");
	}
	leave(one);
	leave(two);
	stage_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alone),    cmocka_unit_test(test_where_the_theme_went),
	    cmocka_unit_test(test_two),      cmocka_unit_test(test_killed),
	    cmocka_unit_test(test_watching), cmocka_unit_test(test_passing_by),
	    cmocka_unit_test(test_narrow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
