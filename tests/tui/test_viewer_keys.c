/* Pages, commands for the trainer, the command line and the mouse on a real pseudo-terminal, by
 * what is typed and clicked. */
#include "stage.h"
#include "../sockets.h"

static void run_listen(struct stage_run *r)
{
	char *path = stage_path(r, "control.sock");
	assert_int_equal(serve_at(&r->server, path, "flower-photos-1", NULL), ERR_OK);
	free(path);
}

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	struct stage_run *r = arg;
	char msg[] = "done at iteration 137", no[] = "no such layer";
	struct reply reply = {
	    .id = c->id, .ok = !r->refuse, .iter = 137, .msg = r->refuse ? no : msg};
	snprintf(r->last, sizeof(r->last), "%s%s%s", command_table[c->type].name, c->arg ? " " : "",
		 c->arg ? c->arg : "");
	control_server_reply(r->server, client, &reply);
}

struct command_wait {
	struct stage_run *run;
	const char *want;
};

static bool command_came(struct pty *p, void *arg)
{
	struct command_wait *w = arg;
	(void)p;
	control_server_poll(w->run->server, 10, on_command, w->run);
	return strcmp(w->run->last, w->want) == 0;
}

static bool viewer_linked(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	(void)p;
	control_server_poll(r->server, 10, on_command, r);
	return control_server_clients(r->server) > 0;
}

static void expect_command(struct pty *p, struct stage_run *r, const char *keys, const char *want)
{
	struct command_wait w = {r, want};
	r->last[0] = '\0';
	pty_send(p, keys);
	if (!pty_until(p, command_came, &w, WAIT_MS)) {
		char *screen = pty_text(p);
		fail_msg("wanted \"%s\", got \"%s\":\n%s", want, r->last, screen);
	}
	stage_expect(p, r->refuse ? "refused: no such layer" : "done at iteration 137");
}

static void test_pages_and_quit(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	assert_true(pty_altscreen(p));
	static const char *const keys[] = {"2", "3", "4", "5", "1", "\t", "\x1b[Z", "?", "?"};
	static const char *const seen[] = {"params", "Confusion", "Image", "iteration 62", "Loss",
					   "params", "Loss",      "Keys",  "Loss"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		pty_send(p, keys[i]);
		stage_expect(p, seen[i]);
	}
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	stage_expect(p, "the run goes on");
	pty_free(p);
	stage_close(&r);
}

static void test_controls(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = pty_call(120, 40, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	pty_send(p, "ff");
	stage_expect(p, "not connected");
	run_listen(&r);
	assert_true(pty_until(p, viewer_linked, &r, WAIT_MS));
	/* Not Esc: the message may go by itself as the link comes, and an Esc that is still being
	 * looked at would make the next key Alt. */
	pty_send(p, "?");
	stage_expect(p, "Keys");
	pty_send(p, "?");
	assert_true(pty_lacks(p, "Keys", WAIT_MS));
	assert_true(pty_lacks(p, "not connected", WAIT_MS));
	static const char *const asks[][2] = {
	    {"f\r", "freeze 19"},     {"k", NULL},
	    {"ff", "freeze 18"},      {"F\r", "freeze 18"},
	    {"kUU", "unfreeze 17"},   {"+", "lr x2"},
	    {"-", "lr x0.5"},        {"l3e-5x\x7f\r\r", "lr 3e-5"},
	    {"p", "pause"},          {" ", "pause"},
	    {"ny", "next-phase"},    {"u", "undo"},
	    {"Sy", "stop"},           {"\x1b[A\x1bOAf\r", "unfreeze 15"},
	    {"T\r", "unfreeze 14-17"},      {"i\r", "freeze-only 18-21"},
	};
	for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
		if (!asks[i][1]) {
			pty_send(p, asks[i][0]);
			continue;
		}
		expect_command(p, &r, asks[i][0], asks[i][1]);
		pty_send(p, "\x1b"); /* takes the message away */
		assert_true(pty_lacks(p, "done at iteration", WAIT_MS));
	}
	r.refuse = true;
	expect_command(p, &r, "u", "undo");
	pty_send(p, "S");
	stage_expect(p, "stop the run? y/n");
	pty_send(p, "n");
	stage_expect(p, "left as it is");
	assert_string_equal(r.last, "undo");
	pty_send(p, "kkkf");
	stage_expect(p, "Enter does it");
	pty_send(p, "\r");
	stage_expect(p, "asked:");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
	stage_close(&r);
}

/* Keys, and what the screen shows then; NULL ends them. */
struct step {
	const char *keys, *seen;
};

static void play(struct pty *p, const struct step *steps)
{
	for (; steps->keys; steps++) {
		pty_send(p, steps->keys);
		stage_expect(p, steps->seen);
	}
}

static struct pty *live_and_linked(struct stage_run *r, int w, int h)
{
	stage_begin(r);
	run_listen(r);
	struct pty *p = pty_call(w, h, "xterm-256color", stage_view, r);
	stage_expect(p, "▶ training");
	assert_true(pty_until(p, viewer_linked, r, WAIT_MS));
	return p;
}

/* What the log cannot tell comes through the socket: on every page, until it is over, and also to
 * who connects while it lasts. */
static void test_unsaved(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	run_listen(&r);
	control_server_tell_unsaved(r.server, 137, "events.jsonl: No space left on device");
	struct pty *p = pty_call(60, 20, "xterm-256color", stage_view, &r);
	assert_true(pty_until(p, viewer_linked, &r, WAIT_MS));
	stage_expect(p, "! not saved");
	stage_expect(p, "No space left on device");
	control_server_tell_unsaved(r.server, 137, "next.weights: Input/output error");
	stage_expect(p, "Input/output error");
	static const char *const pages[] = {"2", "3", "4", "5", "6"};
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		pty_send(p, pages[i]);
		stage_expect(p, "Input/output error");
	}
	control_server_tell_unsaved(r.server, 137, NULL);
	stage_expect(p, "everything is saved");
	stage_expect(p, "▶ training");
	stage_leave(p, &r, 0);
}

/* What a choice would do is shown, and nothing is sent before Enter. */
static void test_previews(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = live_and_linked(&r, 120, 40);
	play(p, (const struct step[]){{"2T", "thaw 14-17"}, {"v", "marking from layer 19"}, {0}});
	assert_true(pty_lacks(p, "thaw 14-17", WAIT_MS));
	play(p, (const struct step[]){{"kf", "nothing to learn"}, {0}});
	pty_send(p, "\x1b");
	assert_true(pty_lacks(p, "nothing to learn", WAIT_MS));
	play(p, (const struct step[]){{"kkvkk", "marking from layer 16"},
				      {"f", "thaw 14-16"},
				      {0}});
	assert_string_equal(r.last, "");
	expect_command(p, &r, "\r", "unfreeze 14-16");
	expect_command(p, &r, "vj+", "lr-scale 14-15 x2");
	expect_command(p, &r, "-", "lr-scale 14-15 x0.5");
	pty_send(p, "\x1b");
	assert_true(pty_lacks(p, "done at iteration", WAIT_MS));
	expect_command(p, &r, "-", "lr x0.5"); /* the mark is gone */
	stage_leave(p, &r, 0);
}

static bool file_came(struct pty *p, void *arg)
{
	(void)p;
	return file_exists(arg);
}

static void test_command_line(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = live_and_linked(&r, 80, 24);
	char *shot = stage_path(&r, "shot.txt"), *write = NULL;
	play(p, (const struct step[]){{":page cl\t\r", "Confusion"},
				      {":frezee 0-3\r", "did you mean 'freeze'?"},
				      {"\x01\x0b" "page layers\r", "layer"},
				      {":lr\r", "learning rate (now"},
				      {"\x1b", "left as it is"},
				      {":lr 0\r", "is not a learning rate"},
				      {"\x15" "faster\r", "faster is for replays"},
				      {"\x15unfreeze last 8\r", "thaw 14-17"},
				      {0}});
	expect_command(p, &r, "\r", "unfreeze 14-17");
	expect_command(p, &r, ":freeze 18\r\r", "freeze 18");
	expect_command(p, &r, ":lr x0.1\r\r", "lr x0.1"); /* it is large: shown first */
	expect_command(p, &r, ":\x1b[A\r\r", "lr x0.1"); /* once more */
	expect_command(p, &r, ":lr-scale base 0.5\r", "lr-scale base 0.5");
	expect_command(p, &r, ":undo\r", "undo");
	expect_command(p, &r, ":unpause\r", "unpause");
	expect_command(p, &r, ":resume\r", "unpause"); /* its old name */
	assert_true(asprintf(&write, ":write-screen %s\r", shot) > 0);
	pty_send(p, write);
	assert_true(pty_until(p, file_came, shot, WAIT_MS));
	pty_send(p, write);
	stage_expect(p, "is there already; choose another name");
	struct strbuf text = STRBUF_INIT;
	assert_int_equal(file_read(shot, &text, NULL), ERR_OK);
	assert_true(strstr(text.buf, "conv") && !strstr(text.buf, "write-screen"));
	strbuf_release(&text);
	pty_send(p, "\x15q\r");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	unlink(shot);
	free(shot);
	free(write);
	pty_free(p);
	stage_close(&r);
}

/* Click on the first cell of a text. */
static void click(struct pty *p, const char *text)
{
	char bytes[64], *screen = pty_text(p), *at;
	stage_expect(p, text);
	free(screen);
	screen = pty_text(p);
	at = strstr(screen, text);
	assert_non_null(at);
	int x = 1, y = 1;
	for (const char *c = screen; c < at; c++) {
		x = *c == '\n' ? 1 : x + (((unsigned char)*c & 0xC0) != 0x80);
		y += *c == '\n';
	}
	snprintf(bytes, sizeof(bytes), "\x1b[<0;%d;%dM\x1b[<0;%d;%dm", x, y, x, y);
	pty_send(p, bytes);
	free(screen);
}

static bool mouse_is_off(struct pty *p, void *arg)
{
	(void)arg;
	return !pty_listens_to_mouse(p);
}

static void test_mouse(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = live_and_linked(&r, 120, 40);
	assert_true(pty_until(p, stage_mouse_is_on, NULL, WAIT_MS));
	click(p, "3 Classes");
	stage_expect(p, "Confusion matrix");
	click(p, "2 Layers");
	stage_expect(p, "Under the cursor"); /* Train has the layers, too: what stands below them */
	stage_expect(p, "ms an image");
	stage_expect(p, "▸ 19");
	click(p, "17 conv");
	stage_expect(p, "▸ 17");
	pty_send(p, "\x1b[<64;20;9M"); /* the wheel */
	stage_expect(p, "▸ 16");
	click(p, "16 conv");
	stage_expect(p, "thaw 16");
	struct command_wait w = {&r, "unfreeze 16"};
	click(p, "thaw 16");
	assert_true(pty_until(p, command_came, &w, WAIT_MS));
	stage_expect(p, "done at iteration 137");
	click(p, "? help");
	stage_expect(p, "Keys");
	pty_send(p, "\x1b[<0;60;20M");
	assert_true(pty_lacks(p, "Keys", WAIT_MS));
	pty_send(p, ":set mouse off\r");
	assert_true(pty_until(p, mouse_is_off, NULL, WAIT_MS));
	pty_send(p, ":set mouse on\r");
	assert_true(pty_until(p, stage_mouse_is_on, NULL, WAIT_MS));
	stage_leave(p, &r, 0);
}

static void test_log_filter(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = pty_call(100, 30, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	play(p, (const struct step[]){{"5", "500 images to train on"},
				      {"/FROZEN", "no line matches"},
				      {"\x15" "images.*vali", "1 of"},
				      {"(", "not a pattern"},
				      {"\x7f\r", "match /images.*vali/"},
				      {0}});
	assert_true(pty_lacks(p, "iteration 62", WAIT_MS));
	pty_send(p, "\x1b");
	stage_expect(p, "iteration 62");
	stage_leave(p, &r, 0);
}

/* Lines that are being read stay where they are when newer ones come. */
static void test_log_stays_where_it_is_read(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = pty_call(100, 12, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	pty_send(p, "5");
	stage_expect(p, "iteration 62");
	pty_send(p, "g");
	stage_expect(p, "500 images to train on");
	for (int i = 0; i < 40; i++)
		sample_note(&r.sample, NOTE_INFO, "one more");
	sample_note(&r.sample, NOTE_INFO, "the newest line");
	fflush(r.sample.out);
	stage_expect(p, "the newest line"); /* below the page, with what happened last */
	stage_expect(p, "500 images to train on");
	assert_true(pty_lacks(p, "one more", WAIT_MS));
	pty_send(p, "G");
	stage_expect(p, "one more");
	assert_true(pty_lacks(p, "500 images to train on", WAIT_MS));
	stage_leave(p, &r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages_and_quit),
	    cmocka_unit_test(test_controls),
	    cmocka_unit_test(test_unsaved),
	    cmocka_unit_test(test_previews),
	    cmocka_unit_test(test_command_line),
	    cmocka_unit_test(test_mouse),
	    cmocka_unit_test(test_log_filter),
	    cmocka_unit_test(test_log_stays_where_it_is_read),
	};
	unsetenv("NO_COLOR");
	unsetenv("THAW_MOUSE");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
