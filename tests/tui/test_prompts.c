/* What is typed and pasted: a mistake stays open to be mended, and pasted text is never a key. */
#include "stage.h"
#include "../sockets.h"

#include "../../src/term/paste.h"
#include "thaw/term/edit.h"
#include "thaw/term/key.h"

#include <stdlib.h>

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	struct stage_run *r = arg;
	char msg[] = "done as asked";
	struct reply reply = {.id = c->id, .ok = true, .msg = msg};
	snprintf(r->last, sizeof(r->last), "%s%s%s", command_table[c->type].name, c->arg ? " " : "",
		 c->arg ? c->arg : "");
	control_server_reply(r->server, client, &reply);
}

static bool has_come(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	(void)p;
	control_server_poll(r->server, 10, on_command, r);
	return *r->last != '\0';
}

static bool is_linked(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	(void)p;
	control_server_poll(r->server, 10, on_command, r);
	return control_server_clients(r->server) > 0;
}

static void expect_sent(struct pty *p, struct stage_run *r, const char *want)
{
	if (!pty_until(p, has_come, r, WAIT_MS))
		fail_msg("'%s' did not come", want);
	assert_string_equal(r->last, want);
	r->last[0] = '\0';
	stage_expect(p, "done as asked"); /* else it would come into what follows */
}

static struct pty *open_live(struct stage_run *r, int w, int h)
{
	stage_begin(r);
	char *path = stage_path(r, "control.sock");
	assert_int_equal(serve_at(&r->server, path, "flower-photos-1", NULL), ERR_OK);
	free(path);
	struct pty *p = pty_call(w, h, "xterm-256color", stage_view, r);
	stage_expect(p, "training");
	assert_true(pty_until(p, is_linked, r, WAIT_MS));
	control_server_tell_unsaved(r->server, 137, "the disk is full");
	stage_expect(p, "the disk is full"); /* the viewer, too, has the link */
	control_server_tell_unsaved(r->server, 137, NULL);
	stage_expect(p, "everything is saved");
	return p;
}

static const int sizes[][2] = {{80, 24}, {120, 40}, {60, 20}, {200, 60}};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

/* What is typed next mends it; none of it is a key. */
static void test_a_mistake_stays_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		struct pty *p = open_live(&r, sizes[i][0], sizes[i][1]);
		pty_send(p, "labc\r");
		stage_expect(p, "'abc' is not a learning rate");
		pty_send(p, "q2S\r"); /* none leaves, turns a page or asks */
		stage_expect(p, "'abcq2S' is not a learning rate");
		pty_send(p, "\x15-1\r");
		stage_expect(p, "'-1' is not a learning rate");
		pty_send(p, "\x15" "0.02\r"); /* not so far that it is asked about */
		expect_sent(p, &r, "lr 0.02");
		pty_send(p, "Sx");
		stage_expect(p, "y: yes · n or Esc: no");
		pty_send(p, "\r");
		stage_expect(p, "stop the run? y/n");
		pty_send(p, "n");
		stage_expect(p, "left as it is");
		pty_send(p, ":lr-scale nothing\r");
		stage_expect(p, "is not layers and a factor");
		pty_send(p, "q\x15" "undo\r");
		expect_sent(p, &r, "undo");
		stage_leave(p, &r, 0);
	}
}

/* A run that ends while somebody types: the prompt stays, and says so. */
static void test_the_run_ends_meanwhile(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = open_live(&r, 100, 30);
	pty_send(p, "l1e-");
	stage_expect(p, "1e-_");
	sample_end(&r.sample, END_STOPPED, "stopped by the user");
	fflush(r.sample.out);
	stage_expect(p, "the run has ended meanwhile");
	stage_expect(p, "stopped by the user");
	assert_true(pty_lacks(p, "stopped: stopped", WAIT_MS));
	pty_send(p, "4\r");
	stage_expect(p, "there is nothing to control");
	stage_leave(p, &r, 130);
}

static void test_pasted_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		struct pty *p = open_live(&r, sizes[i][0], sizes[i][1]);
		pty_paste(p, "Sy\rny q");
		stage_expect(p, "pasted text ignored: open : first");
		pty_send(p, ":");
		stage_expect(p, "a command, e.g.");
		pty_paste(p, "\r\n  freeze\t0-\x1b[31m3\x07\r\nq\r");
		stage_expect(p, ":freeze 0-3_");
		stage_expect(p, "its first line");
		assert_string_equal(r.last, "");
		pty_send(p, "\x1b");
		assert_true(pty_lacks(p, ":freeze", WAIT_MS));
		pty_send(p, "S");
		stage_expect(p, "stop the run? y/n");
		pty_paste(p, "y");
		stage_expect(p, "pasted text is no answer");
		pty_send(p, "n");
		stage_expect(p, "left as it is");
		pty_send(p, "l");
		stage_expect(p, "learning rate (now");
		pty_paste(p, "0.02\n");
		stage_expect(p, "0.02_");
		pty_send(p, "\r");
		expect_sent(p, &r, "lr 0.02");
		stage_leave(p, &r, 0);
	}
}

/* A terminal that never closes its bracket holds the keyboard for a second. */
static void test_unclosed_paste(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = open_live(&r, 80, 24);
	pty_send(p, ":");
	stage_expect(p, "a command, e.g.");
	pty_send(p, "\x1b[200~page log");
	stage_expect(p, ":page log_");
	pty_send(p, "\r");
	stage_expect(p, "iteration 62");
	stage_leave(p, &r, 0);
}

static void test_decoding(void **state)
{
	(void)state;
	static const struct {
		int keys[12];
		const char *text;
	} cases[] = {
	    {{'a', '\r', '\n', 'b', '\n', 'c', '\r'}, "a\nb\nc\n"},
	    {{'\t', 7, 0x7F, 0x9B, 'x'}, " x"},
	    {{0x6F22, 0xE9}, "漢é"},
	};
	struct paste p = {.open = false};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		paste_begin(&p, 5);
		for (const int *k = cases[i].keys; *k; k++)
			paste_add(&p, *k, 10);
		assert_string_equal(p.text.buf, cases[i].text);
		assert_false(paste_silent(&p, 9 + PASTE_SILENT_MS));
		assert_true(paste_silent(&p, 10 + PASTE_SILENT_MS));
	}
	paste_begin(&p, 0);
	for (int i = 0; i < 3 * PASTE_MOST; i++)
		paste_add(&p, 'x', 0);
	assert_true(p.text.len <= PASTE_MOST);
	paste_release(&p);
}

static void test_into_a_line(void **state)
{
	(void)state;
	static const struct {
		const char *before, *pasted, *after;
		bool all;
	} cases[] = {
	    {"a", "b", "ab", true},
	    {"", "\n\n  x \ny", "x ", false},
	    {"", "x\n", "x", true},
	    {"", "x\n \n", "x", true},
	    {"", "", "", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct edit e;
		edit_set(&e, cases[i].before);
		assert_int_equal(edit_paste(&e, cases[i].pasted), cases[i].all);
		assert_string_equal(e.text, cases[i].after);
	}
	char much[2 * EDIT_MAX];
	struct edit e;
	memset(much, 'y', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	edit_set(&e, "x");
	assert_false(edit_paste(&e, much));
	assert_int_equal(e.len, EDIT_MAX - 1);
}

/* Lines typed after "/" come back with ↑, in the next viewer too. */
static void test_patterns_are_kept(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	for (int i = 0; i < 2; i++) {
		struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
		stage_expect(p, "training");
		pty_send(p, "5");
		stage_expect(p, "iteration 62");
		if (i == 0) {
			pty_send(p, "/images\r");
			stage_expect(p, "match /images/");
			pty_send(p, "\x1b");
			assert_true(pty_lacks(p, "match /images/", WAIT_MS));
		}
		pty_send(p, "/\x1b[A");
		stage_expect(p, "match /images/");
		pty_send(p, "\r");
		assert_true(pty_lacks(p, "a pattern, e.g.", WAIT_MS));
		pty_send(p, "q");
		assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
		pty_free(p);
	}
	stage_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_mistake_stays_open), cmocka_unit_test(test_the_run_ends_meanwhile),
	    cmocka_unit_test(test_pasted_text),          cmocka_unit_test(test_unclosed_paste),
	    cmocka_unit_test(test_decoding),             cmocka_unit_test(test_into_a_line),
	    cmocka_unit_test(test_patterns_are_kept),
	};
	unsetenv("NO_COLOR");
	unsetenv("THAW_MOUSE");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
