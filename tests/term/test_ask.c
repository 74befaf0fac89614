/* What a terminal is asked at its opening, what its answers are taken for, and the bytes of titles
 * and notifications. */
#include "../../src/term/announce.h"
#include "../../src/term/ask.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ask everything = {.utf8 = true, .colour = true, .version = true};

static void test_questions(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT;
	ask_add(&(struct ask){0}, &out);
	assert_int_equal(out.len, 0);
	ask_add(&everything, &out);
	assert_string_equal(out.buf, "\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m"
				     "\x1b[>0q"
				     "\x1b[2;1H⠿·\x1b[6n");
	for (size_t i = 0; i < out.len; i++) /* of eight bits none is a control */
		assert_false((unsigned char)out.buf[i] >= 0x80 && (unsigned char)out.buf[i] < 0xA0);
	strbuf_release(&out);
}

static void test_answers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ours, utf8, rgb;
	} rows[] = {
	    {"[2;3R", true, true, false},
	    {"[2;6R", true, false, false}, /* eight bits: five columns */
	    {"[2;4R", true, false, false}, /* a dot of two columns */
	    {"[2;1R", true, false, false}, /* seven bits: nothing was drawn */
	    {"[1;3R", true, false, false}, /* F3 with a modifier */
	    {"[2;3", false, false, false},
	    {"[2;3Rx", false, false, false},
	    {"[99999999999;3R", false, false, false},
	    {"[-2;3R", true, false, false},
	    {"P1$r48:2:1:2:3m", true, false, true},
	    {"P1$r0;48:2::1:2:3m", true, false, true},
	    {"P1$r0;1;48;2;1;2;3m", true, false, true},
	    {"P1$r48:2:1:2:3", true, false, true},
	    {"P1$r0;48:5:16m", true, false, false},
	    {"P1$r0;38:2:1:2:3m", true, false, false},
	    {"P1$r0;48:2:4:5:6m", true, false, false},
	    {"P1$r0m", true, false, false},
	    {"P1$r", true, false, false},
	    {"P1$r48:2:1:2:", true, false, false},
	    {"P1$r48:2:99999999999999999999:2:3m", true, false, false},
	    {"P1$r48:2:x:2:3m", true, false, false},
	    {"P1$r0;1;2;3m", true, false, false},
	    {"P0$r48:2:1:2:3m", true, false, false}, /* it does not know the question */
	    {"P>|foot(1.17)", true, false, false},
	    {"", false, false, false},
	    {"[A", false, false, false},
	    {"P", false, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ask asked = everything, unasked = {0};
		if (ask_answer(&asked, rows[i].text) != rows[i].ours ||
		    asked.shows_utf8 != rows[i].utf8 || asked.shows_rgb != rows[i].rgb)
			fail_msg("'%s' is misread", rows[i].text);
		assert_int_equal(ask_answer(&unasked, rows[i].text), rows[i].ours);
		assert_false(unasked.shows_utf8 || unasked.shows_rgb || unasked.name[0]);
	}
}

/* The first counts: what comes behind it answers nothing. */
static void test_each_counts_once(void **state)
{
	(void)state;
	struct ask a = everything;
	assert_true(ask_answer(&a, "[2;6R") && ask_answer(&a, "[2;3R"));
	assert_true(ask_answer(&a, "P0$r") && ask_answer(&a, "P1$r48:2:1:2:3m"));
	assert_true(ask_answer(&a, "P>|VTE(7600)") && ask_answer(&a, "P>|iTerm2 3"));
	assert_false(a.shows_utf8 || a.shows_rgb);
	assert_string_equal(a.name, "VTE(7600)");
	a = everything;
	char much[200] = "P>|";
	memset(much + 3, 'x', sizeof(much) - 4);
	assert_true(ask_answer(&a, much));
	assert_int_equal(strlen(a.name), sizeof(a.name) - 1);
}

static void expect_bytes(struct strbuf *out, const char *want)
{
	assert_string_equal(out->buf, want);
	strbuf_reset(out);
}

static void test_announcements(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT;
	announce_title(&out, "thaw flowers-3: training 42 %", true);
	expect_bytes(&out, "\x1b]2;thaw flowers-3: training 42 %\a");
	announce_title(&out, "é · ✓", true);
	expect_bytes(&out, "\x1b]2;é · ✓\a");
	announce_title(&out, "é · ✓", false);
	expect_bytes(&out, "\x1b]2;? . +\a");
	announce_notice(&out, NOTIFY_9, "4;1;50", true, false);
	expect_bytes(&out, "\x1b]9;thaw: 4,1,50\a");
	announce_notice(&out, NOTIFY_777, "a: ✓ finished", true, false);
	expect_bytes(&out, "\x1b]777;notify;thaw;a: ✓ finished\a");
	announce_notice(&out, NOTIFY_777, "a", true, true);
	expect_bytes(&out, "\x1bPtmux;\x1b\x1b]777;notify;thaw;a\a\x1b\\");
	announce_notice(&out, NOTIFY_NONE, "a", true, false);
	expect_bytes(&out, "");
	strbuf_release(&out);
}

/* Whatever a run is called, no control leaves but those of the sequence itself. */
static void test_hostile_text(void **state)
{
	(void)state;
	static const char *const texts[] = {"a\x1b]0;owned\ab",
					    "\x07\x07",
					    "\xc2\x9d"
					    "0;x\xc2\x9c",
					    "\x9b"
					    "31m",
					    "a\nb\tc\x7f",
					    "\xff\xfe",
					    "\xe2\x80\xae"
					    "abc",
					    "\x1bPtmux;\x1b\x1b[2J\x1b\\"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct strbuf out = STRBUF_INIT;
			announce_title(&out, texts[i], utf8);
			assert_memory_equal(out.buf, "\x1b]2;", 4);
			for (size_t k = 4; k < out.len - 1; k++) {
				unsigned char c = (unsigned char)out.buf[k];
				assert_true(c >= ' ' && c != 0x7F && (utf8 || c < 0x80));
				assert_false(c == 0xC2 && (unsigned char)out.buf[k + 1] < 0xA0);
			}
			assert_int_equal(out.buf[out.len - 1], '\a');
			strbuf_release(&out);
		}
	struct strbuf out = STRBUF_INIT, many = STRBUF_INIT;
	for (int i = 0; i < 10000; i++)
		strbuf_addstr(&many, "\xcc\x81"); /* marks that take no column */
	announce_notice(&out, NOTIFY_777, many.buf, true, false);
	assert_true(out.len < 600);
	strbuf_release(&out);
	strbuf_release(&many);
}

static const char *const variables[] = {
    "TMUX", "STY", "LC_TERMINAL", "TERM_PROGRAM", "KITTY_WINDOW_ID", "VTE_VERSION"};

static int clear_environment(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	return 0;
}

static void test_what_is_known(void **state)
{
	(void)state;
	assert_int_equal(known_terminal("dumb"), 0);
	assert_int_equal(known_terminal("linux"), 0);
	assert_int_equal(known_terminal("vt100"), 0);
	assert_int_equal(known_terminal(""), 0);
	assert_int_equal(known_terminal("xterm-256color"), KNOWN_ASKED | KNOWN_TITLE);
	assert_int_equal(known_terminal("xterm-kitty"), KNOWN_ASKED | KNOWN_TITLE | KNOWN_RGB);
	assert_int_equal(known_terminal("screen-256color"), 0);
	setenv("TMUX", "/tmp/x,1,0", 1);
	assert_int_equal(known_terminal("screen-256color"), KNOWN_TITLE);
	assert_true(known_multiplexed());
	clear_environment(NULL);
	assert_false(known_multiplexed());
	assert_int_equal(known_notify(""), NOTIFY_NONE);
	assert_int_equal(known_notify("XTerm(390)"), NOTIFY_NONE);
	assert_int_equal(known_notify("tmux 3.4"), NOTIFY_NONE);
	assert_int_equal(known_notify("kitty(0.36.4)"), NOTIFY_9);
	assert_int_equal(known_notify("VTE(7600)"), NOTIFY_777);
	setenv("VTE_VERSION", "7600", 1);
	assert_int_equal(known_notify(""), NOTIFY_777);
	assert_int_equal(known_notify("XTerm(390)"), NOTIFY_NONE); /* what it says goes before */
	setenv("LC_TERMINAL", "iTerm2", 1);
	assert_int_equal(known_notify(""), NOTIFY_9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_questions),
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_each_counts_once),
	    cmocka_unit_test(test_announcements),
	    cmocka_unit_test(test_hostile_text),
	    cmocka_unit_test_setup_teardown(test_what_is_known, clear_environment,
					    clear_environment),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
