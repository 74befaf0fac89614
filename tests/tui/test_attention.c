/* What a terminal is sent beside the screen, to the byte: the title of its window, the bell,
 * notifications on the desktop. */
#include "stage.h"

#include <signal.h>

static const char *const variables[] = {
    "TMUX", "STY", "LC_TERMINAL", "TERM_PROGRAM", "KITTY_WINDOW_ID", "VTE_VERSION"};

static int clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	return 0;
}

static const struct pty_answer says_kitty[] = {
    {"\x1b[>0q", "\x1bP>|kitty(0.36.4)\x1b\\"}, {"\x1b[5n", "\x1b[0n"}, {NULL, NULL}};
static const struct pty_answer says_vte[] = {
    {"\x1b[>0q", "\x1bP>|VTE(7600)\x1b\\"}, {"\x1b[5n", "\x1b[0n"}, {NULL, NULL}};
static const struct pty_answer says_nothing[] = {{"\x1b[5n", "\x1b[0n"}, {NULL, NULL}};

/* The bells in what was sent: not those that end a string. */
static int bells(const struct strbuf *sent)
{
	int n = 0;
	bool string = false;
	for (size_t i = 0; i < sent->len; i++) {
		string = string || (sent->buf[i] == ']' && i && sent->buf[i - 1] == '\x1b');
		n += sent->buf[i] == '\a' && !string;
		string = string && sent->buf[i] != '\a';
	}
	return n;
}

static bool has(const struct strbuf *sent, const char *bytes)
{
	return memmem(sent->buf, sent->len, bytes, strlen(bytes)) != NULL;
}

struct wanted {
	const struct strbuf *sent;
	const char *bytes;
};

static bool was_sent(struct pty *p, void *arg)
{
	const struct wanted *w = arg;
	(void)p;
	return has(w->sent, w->bytes);
}

static void expect_sent(struct pty *p, const struct strbuf *sent, const char *bytes)
{
	struct wanted w = {sent, bytes};
	if (!pty_until(p, was_sent, &w, WAIT_MS))
		fail_msg("not sent: %s", bytes);
}

static struct pty *open_viewer(struct stage_run *r, const char *term,
			       const struct pty_answer *script, struct strbuf *sent)
{
	stage_begin(r);
	struct pty *p = pty_call(80, 24, term, stage_view, r);
	pty_record(p, sent);
	pty_script(p, script);
	stage_expect(p, "training");
	return p;
}

static void finish(struct stage_run *r)
{
	sample_end(&r->sample, END_FINISHED, "all phases are done");
	fflush(r->sample.out);
}

#define KEEP "\x1b[22;2t"
#define BACK "\x1b[23;2t"
#define TITLE "\x1b]2;thaw flower-photos-1: "

static void test_title(void **state)
{
	(void)state;
	struct stage_run r;
	struct strbuf sent = STRBUF_INIT;
	struct pty *p = open_viewer(&r, "xterm-256color", says_nothing, &sent);
	expect_sent(p, &sent, KEEP "\x1b]2;thaw ");
	expect_sent(p, &sent, TITLE "training 44 %\a");
	assert_false(has(&sent, BACK));
	finish(&r);
	expect_sent(p, &sent, TITLE "finished\a");
	strbuf_reset(&sent);
	pty_send(p, ":set title off\r");
	expect_sent(p, &sent, BACK);
	strbuf_reset(&sent);
	pty_send(p, ":set title on\r");
	expect_sent(p, &sent, KEEP TITLE "finished\a");
	strbuf_reset(&sent);
	stage_leave(p, &r, 0);
	assert_true(has(&sent, BACK));
	assert_false(has(&sent, KEEP));
	strbuf_release(&sent);
}

/* A crash of the viewer leaves no title of its own. */
static void test_title_after_a_crash(void **state)
{
	(void)state;
	struct stage_run r;
	struct strbuf sent = STRBUF_INIT;
	struct pty *p = open_viewer(&r, "xterm-256color", says_nothing, &sent);
	expect_sent(p, &sent, KEEP);
	kill(pty_pid(p), SIGABRT);
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 128 + SIGABRT);
	assert_true(has(&sent, BACK));
	pty_free(p);
	stage_close(&r);
	strbuf_release(&sent);
}

/* Type a line and have it run: what is asked for stands while it is typed, and goes with Enter. */
static void run_line(struct pty *p, const char *line)
{
	pty_send(p, line);
	stage_expect(p, line);
	pty_send(p, "\r");
	assert_true(pty_lacks(p, ":set", WAIT_MS));
}

static void test_not_everywhere(void **state)
{
	(void)state;
	static const char *const terms[] = {"vt100", "linux", "screen"};
	for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++) {
		struct stage_run r;
		struct strbuf sent = STRBUF_INIT;
		struct pty *p = open_viewer(&r, terms[i], says_nothing, &sent);
		run_line(p, ":set notify on");
		finish(&r);
		stage_expect(p, "finished");
		stage_leave(p, &r, 0);
		assert_false(has(&sent, KEEP) || has(&sent, BACK) || has(&sent, "\x1b]"));
		assert_int_equal(bells(&sent), 1); /* that one everybody knows */
		strbuf_release(&sent);
	}
}

static void test_bell(void **state)
{
	(void)state;
	for (int on = 0; on < 2; on++) {
		struct stage_run r;
		struct strbuf sent = STRBUF_INIT;
		struct pty *p = open_viewer(&r, "xterm-256color", says_nothing, &sent);
		run_line(p, on ? ":set bell on" : ":set bell off");
		assert_int_equal(bells(&sent), 0);
		finish(&r);
		stage_expect(p, "How it ended");
		pty_send(p, "\x1b[H"); /* back and forth in it: it has ended once */
		stage_expect(p, "epoch 0/0");
		pty_send(p, "\x1b[F");
		stage_expect(p, "finished");
		stage_leave(p, &r, 0);
		assert_int_equal(bells(&sent), on);
		strbuf_release(&sent);
	}
}

/* A pause after accidents calls once for each, and not who comes to one that is there. */
static void test_trouble(void **state)
{
	(void)state;
	struct stage_run r;
	struct strbuf sent = STRBUF_INIT;
	struct event ev = {.type = EV_CONTROL};
	ev.control = (struct event_control){.what = CONTROL_PAUSED,
					    .iter = 137,
					    .cause = CAUSE_NONFINITE,
					    .why = "the loss is not \x1b]0;x\a finite"};
	struct pty *p = open_viewer(&r, "xterm-256color", says_vte, &sent);
	run_line(p, ":set notify on");
	sample_put(&r.sample, &ev, 10);
	fflush(r.sample.out);
	expect_sent(p, &sent,
		    "\x1b]777;notify;thaw;flower-photos-1: paused, decide: "
		    "the loss is not \\x1b]0,x\\x07 finite\a");
	expect_sent(p, &sent, TITLE "paused, decide 44 %\a");
	assert_int_equal(bells(&sent), 1);
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	strbuf_reset(&sent);
	p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	pty_record(p, &sent);
	pty_script(p, says_vte);
	expect_sent(p, &sent, TITLE "paused, decide 44 %\a");
	assert_int_equal(bells(&sent), 0);
	stage_leave(p, &r, 0);
	strbuf_release(&sent);
}

/* By what the terminal says it is; through tmux only as it is told. */
static void test_notification(void **state)
{
	(void)state;
#define WORDS "flower-photos-1: ✓ finished · best epoch 4: 79.0 % in "
	static const struct {
		const char *term, *tmux, *set;
		const struct pty_answer *script;
		const char *want; /* NULL = none */
	} rows[] = {
	    {"xterm-256color", NULL, "on", says_kitty, "\x1b]9;thaw: " WORDS},
	    {"xterm-256color", NULL, "on", says_vte, "\x1b]777;notify;thaw;" WORDS},
	    {"xterm-256color", NULL, "off", says_vte, NULL},
	    {"xterm-256color", NULL, "on", says_nothing, NULL},
	    {"tmux-256color", "/tmp/x,1,0", "on", says_vte, NULL},
	    {"tmux-256color", "/tmp/x,1,0", "tmux", says_vte,
	     "\x1bPtmux;\x1b\x1b]777;notify;thaw;" WORDS},
	    {"tmux-256color", NULL, "tmux", says_vte, NULL}, /* another machine's */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stage_run r;
		struct strbuf sent = STRBUF_INIT;
		char keys[64];
		clear(NULL);
		if (rows[i].tmux)
			setenv("TMUX", rows[i].tmux, 1);
		struct pty *p = open_viewer(&r, rows[i].term, rows[i].script, &sent);
		snprintf(keys, sizeof(keys), ":set notify %s", rows[i].set);
		run_line(p, keys);
		finish(&r);
		stage_expect(p, "How it ended");
		stage_leave(p, &r, 0);
		if (rows[i].want && !has(&sent, rows[i].want))
			fail_msg("row %zu: no notification: %s", i,
				 strstr(sent.buf, "\x1b]9;") ? strstr(sent.buf, "\x1b]9;") + 1
							     : "");
		if (!rows[i].want && (has(&sent, "\x1b]9") || has(&sent, "\x1b]777")))
			fail_msg("row %zu: a notification", i);
		strbuf_release(&sent);
	}
}

/* What is set is remembered. */
static void test_remembered(void **state)
{
	(void)state;
	struct stage_run r;
	struct strbuf sent = STRBUF_INIT, file = STRBUF_INIT;
	struct pty *p = open_viewer(&r, "xterm-256color", says_nothing, &sent);
	static const char *const lines[] = {":set notify tmux", ":set bell off", ":set title off"};
	for (size_t i = 0; i < 3; i++)
		run_line(p, lines[i]);
	pty_send(p, ":set notify loud\r");
	stage_expect(p, "notify is off, on, or tmux");
	pty_send(p, "\x1b");
	assert_true(pty_lacks(p, ":set", WAIT_MS));
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	char *path = stage_path(&r, "thaw/screen");
	assert_int_equal(file_read(path, &file, NULL), ERR_OK);
	static const char *const rows[] = {"\ntitle = off\n", "\nbell = off\n",
					   "\nnotify = tmux\n"};
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(file.buf, rows[i]));
	strbuf_reset(&sent);
	p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	pty_record(p, &sent);
	pty_script(p, says_nothing);
	stage_expect(p, "training");
	finish(&r);
	stage_expect(p, "How it ended");
	stage_leave(p, &r, 0);
	assert_int_equal(bells(&sent), 0);
	assert_false(has(&sent, "\x1b]"));
	free(path);
	strbuf_release(&sent);
	strbuf_release(&file);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, clear, clear)
	const struct CMUnitTest tests[] = {
	    TEST(test_title),          TEST(test_title_after_a_crash),
	    TEST(test_not_everywhere), TEST(test_bell),
	    TEST(test_trouble),        TEST(test_notification),
	    TEST(test_remembered),
	};
	setenv("COLORTERM", "truecolor", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
