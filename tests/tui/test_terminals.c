/* What the viewer makes of a terminal and its environment: colours, themes, and terminals that
 * answer nothing. */
#include "stage.h"

static const char *const variables[] = {"COLORTERM", "NO_COLOR", "THAW_THEME", "TMUX", "COLORFGBG"};
enum { N_VARIABLES = sizeof(variables) / sizeof(*variables) };

static void set_environment(const char *const values[N_VARIABLES])
{
	for (int i = 0; i < N_VARIABLES; i++)
		if (values[i])
			setenv(variables[i], values[i], 1);
		else
			unsetenv(variables[i]);
}

static void begin(struct stage_run *r)
{
	stage_open(r);
	sample_begin(&r->sample);
	sample_epochs(&r->sample, 1, 2);
	fflush(r->sample.out);
}

static bool looks_so(struct pty *p, void *arg)
{
	char *cells = pty_cells(p);
	bool found = strstr(cells, arg) != NULL;
	free(cells);
	return found;
}

static void expect_look(struct pty *p, const char *look, const char *why)
{
	char text[64];
	snprintf(text, sizeof(text), "%s", look);
	if (pty_until(p, looks_so, text, WAIT_MS))
		return;
	char *cells = pty_cells(p);
	fail_msg("%s: no cell is %s but %.160s", why, look, cells);
}

static void leave(struct pty *p, struct stage_run *r)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	assert_true(pty_termios_restored(p));
	pty_free(p);
	stage_close(r);
}

/* The first letter of the title is an accent, on the bar's ground. */
static void test_colours(void **state)
{
	(void)state;
	static const struct {
		const char *term, *values[N_VARIABLES], *look;
	} cases[] = {
	    {"xterm-256color", {"truecolor"}, "t{255,175,0|48,48,48|100}"},
	    {"xterm", {"24bit"}, "t{255,175,0|48,48,48|100}"},
	    {"tmux-256color", {"truecolor", NULL, NULL, "/tmp/x,1,0"}, "t{255,175,0|48,48,48|100}"},
	    {"xterm-256color", {"truecolor", NULL, "colour-blind"}, "t{240,228,66|48,48,48|100}"},
	    {"xterm-256color", {"truecolor", NULL, "high-contrast"}, "t{255,255,0|0,0,135|100}"},
	    {"xterm-256color",
	     {"truecolor", NULL, NULL, NULL, "0;15"},
	     "t{175,95,0|218,218,218|100}"},
	    {"xterm-256color", {"truecolor", "1"}, "|110}"},
	    {"xterm-256color", {"truecolor", NULL, "mono"}, "|110}"},
	    {"vt100", {NULL}, "|110}"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct stage_run r;
		begin(&r);
		set_environment(cases[i].values);
		struct pty *p = pty_call(80, 24, cases[i].term, stage_view, &r);
		stage_expect(p, "training");
		expect_look(p, cases[i].look, cases[i].term);
		leave(p, &r);
	}
	set_environment((const char *const[N_VARIABLES]){NULL});
}

/* GNU screen hands on what another terminal said of itself. */
static void test_no_true_colour_in_screen(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	set_environment((const char *const[N_VARIABLES]){"truecolor"});
	struct pty *p = pty_call(80, 24, "screen-256color", stage_view, &r);
	stage_expect(p, "training");
	char *cells = pty_cells(p);
	assert_null(strstr(cells, "{255,175,0|48,48,48"));
	free(cells);
	leave(p, &r);
	set_environment((const char *const[N_VARIABLES]){NULL});
}

static void test_themes_are_turned(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	set_environment((const char *const[N_VARIABLES]){"truecolor", NULL, "puce"});
	struct pty *p = pty_call(120, 40, "xterm-256color", stage_view, &r);
	stage_expect(p,
		     "THAW_THEME=puce: no such theme; there are dark, light, colour-blind, mono");
	static const struct {
		const char *says, *look;
	} steps[] = {{"theme light", "t{175,95,0|218,218,218|100}"},
		     {"theme colour-blind", "t{240,228,66|48,48,48|100}"},
		     {"theme mono", "|110}"},
		     {"theme high-contrast", "t{255,255,0|0,0,135|100}"},
		     {"theme dark", "t{255,175,0|48,48,48|100}"}};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		pty_send(p, "C");
		stage_expect(p, steps[i].says);
		expect_look(p, steps[i].look, steps[i].says);
	}
	leave(p, &r);
	set_environment((const char *const[N_VARIABLES]){NULL});
}

/* Nothing answers: after a while the viewer goes on without, and leaves without. */
static void test_mute_terminal(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	pty_mute(p);
	stage_expect(p, "▶ training");
	pty_send(p, "5");
	stage_expect(p, "22 layers, 1000 classes");
	leave(p, &r);
}

/* Keys of the charts. */
static void test_chart_keys(void **state)
{
	(void)state;
	struct stage_run r;
	begin(&r);
	struct pty *p = pty_call(120, 40, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	static const char *const steps[][2] = {
	    {"x", "iteration 62 · epoch 2"},
	    {"\x1bOD", "iteration 61 · epoch 2"},
	    {"\x1b[C", "iteration 62 ·"},
	    {"]]", "Loss 4×"},
	    {"[", "Loss 2×"},
	    {"y", "Loss log 2×"},
	    {"{", "Loss log ─"},
	    {"{", "Loss log 4×"},
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		pty_send(p, steps[i][0]);
		stage_expect(p, steps[i][1]);
	}
	pty_send(p, "x");
	assert_true(pty_lacks(p, "iteration 62 ·", WAIT_MS));
	leave(p, &r);
}

/* ---- what the terminal is asked ---- */

struct asked {
	struct stage_run *run;
	const char *locale;
	enum charset charset;
};

static int view_asked(void *arg)
{
	const struct asked *a = arg;
	struct tui_options o = {.run_dir = a->run->dir, .charset = a->charset};
	setenv("LC_ALL", a->locale, 1);
	return tui_run(&o, NULL);
}

#define ALIVE {"\x1b[5n", "\x1b[0n"}, {NULL, NULL}
#define ASKS_UTF8 "\x1b[6n"
#define ASKS_COLOUR "\x1bP$qm\x1b\\"
static const struct pty_answer shows_utf8[] = {{ASKS_UTF8, "\x1b[2;3R"}, ALIVE},
			       eight_bits[] = {{ASKS_UTF8, "\x1b[2;6R"}, ALIVE},
			       wide_dots[] = {{ASKS_UTF8, "\x1b[2;4R"}, ALIVE}, silent[] = {ALIVE},
			       shows_rgb[] = {{ASKS_COLOUR, "\x1bP1$r0;48:2::1:2:3m\x1b\\"}, ALIVE},
			       shows_few[] = {{ASKS_COLOUR, "\x1bP1$r0;48:5:16m\x1b\\"}, ALIVE},
			       knows_no_dcs[] = {{ASKS_COLOUR, "\x1bP0$r\x1b\\"}, ALIVE};

/* The emulator has shown a mark of UTF-8 or of ASCII; what it was sent is appended. */
static struct pty *open_asked(struct asked *a, const char *term, const struct pty_answer *script,
			      struct strbuf *sent)
{
	begin(a->run);
	struct pty *p = pty_call(80, 24, term, view_asked, a);
	pty_script(p, script);
	pty_record(p, sent);
	return p;
}

/* What is drawn, and whether the terminal was asked for it. */
static void test_utf8_is_asked(void **state)
{
	(void)state;
	static const struct {
		const char *term, *locale;
		const struct pty_answer *script;
		enum charset charset;
		const char *tmux;
		bool asked, utf8;
	} rows[] = {
	    {"xterm-256color", "C", shows_utf8, CHARSET_AUTO, NULL, true, true},
	    {"vt100", "C", shows_utf8, CHARSET_AUTO, NULL, true, true},
	    {"xterm-256color", "C", eight_bits, CHARSET_AUTO, NULL, true, false},
	    {"xterm-256color", "C", wide_dots, CHARSET_AUTO, NULL, true, false},
	    {"xterm-256color", "C", silent, CHARSET_AUTO, NULL, true, false},
	    {"xterm-256color", "C.UTF-8", silent, CHARSET_AUTO, NULL, false, true},
	    {"xterm-256color", "C", silent, CHARSET_UTF8, NULL, false, true},
	    {"xterm-256color", "C", shows_utf8, CHARSET_ASCII, NULL, false, false},
	    {"xterm-256color", "C.UTF-8", shows_utf8, CHARSET_ASCII, NULL, false, false},
	    {"linux", "C", shows_utf8, CHARSET_AUTO, NULL, false, false},
	    {"tmux-256color", "C", shows_utf8, CHARSET_AUTO, "/tmp/x,1,0", false, false},
	    {"tmux-256color", "C", shows_utf8, CHARSET_AUTO, NULL, true, true}, /* over ssh */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stage_run r;
		struct strbuf sent = STRBUF_INIT;
		struct asked a = {&r, rows[i].locale, rows[i].charset};
		set_environment((const char *const[N_VARIABLES]){[3] = rows[i].tmux});
		struct pty *p = open_asked(&a, rows[i].term, rows[i].script, &sent);
		stage_expect(p, rows[i].utf8 ? "▶ training" : "> training");
		stage_expect(p, rows[i].utf8 ? "─ Loss" : "- Loss");
		if (!!strstr(sent.buf, ASKS_UTF8) != rows[i].asked)
			fail_msg("row %zu: %s", i, rows[i].asked ? "not asked" : "asked");
		leave(p, &r);
		strbuf_release(&sent);
	}
	set_environment((const char *const[N_VARIABLES]){NULL});
}

static void test_colours_are_asked(void **state)
{
	(void)state;
	static const struct {
		const char *term, *colorterm;
		const struct pty_answer *script;
		bool asked, rgb;
	} rows[] = {
	    {"xterm-256color", NULL, shows_rgb, true, true},
	    {"xterm", NULL, shows_rgb, true, true},
	    {"xterm-256color", NULL, shows_few, true, false},
	    {"xterm-256color", NULL, knows_no_dcs, true, false},
	    {"xterm-256color", NULL, silent, true, false},
	    {"xterm-256color", "truecolor", silent, false, true},
	    {"vt100", NULL, shows_rgb, false, false},
	    {"screen-256color", NULL, shows_rgb, false, false}, /* it hands questions on */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stage_run r;
		struct strbuf sent = STRBUF_INIT;
		struct asked a = {&r, "C.UTF-8", CHARSET_AUTO};
		set_environment((const char *const[N_VARIABLES]){rows[i].colorterm});
		struct pty *p = open_asked(&a, rows[i].term, rows[i].script, &sent);
		stage_expect(p, "▶ training");
		stage_expect(p, "q quit");
		if (!!strstr(sent.buf, ASKS_COLOUR) != rows[i].asked)
			fail_msg("row %zu: %s", i, rows[i].asked ? "not asked" : "asked");
		if (!!strstr(sent.buf, "8;2;255;175;0") != rows[i].rgb)
			fail_msg("row %zu: %s", i, rows[i].rgb ? "few colours" : "all colours");
		leave(p, &r);
		strbuf_release(&sent);
	}
	set_environment((const char *const[N_VARIABLES]){NULL});
}

/* What comes when all is drawn still counts, and is no key: "2" and "3" would turn pages. */
static void test_late_answers(void **state)
{
	(void)state;
	struct stage_run r;
	struct strbuf sent = STRBUF_INIT;
	struct asked a = {&r, "C", CHARSET_AUTO};
	struct pty *p = open_asked(&a, "xterm-256color", silent, &sent);
	stage_expect(p, "> training");
	static const char *const pieces[] = {"\x1b[", "2", ";", "3", "R"};
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		pty_send(p, pieces[i]);
	stage_expect(p, "▶ training");
	pty_send(p, "\x1bP1$r48:2:1:2:3m\x1b\\");
	expect_look(p, "t{255,175,0|48,48,48|100}", "late colours");
	pty_send(p, "\x1b[2;3R\x1b[2;6R\x1bP>|foot(1.2)\x1b\\\x1b[44;55R");
	pty_send(p, ":r\xc3\xa9"); /* the keyboard is of UTF-8 as well */
	stage_expect(p, ":ré");
	stage_expect(p, "▶ training");
	pty_send(p, "\x1b");
	assert_true(pty_lacks(p, ":ré", WAIT_MS));
	char *screen = pty_text(p);
	assert_non_null(strstr(screen, "Epochs")); /* the page that it began with */
	free(screen);
	leave(p, &r);
	strbuf_release(&sent);
}

/* Long ones, one within another, some without an end: never a key, and the next key is one. */
static void test_hostile_answers(void **state)
{
	(void)state;
	struct strbuf many = STRBUF_INIT, sent = STRBUF_INIT;
	static const char *const begins[] = {"\x1b[2;", "\x1b[?", "\x1bP1$r48:2:", "\x1bP>|",
					     "\x1b]2;", "\x1bP1$r\x1b[2;"};
	struct stage_run r;
	struct asked a = {&r, "C", CHARSET_AUTO};
	struct pty *p = open_asked(&a, "xterm-256color", silent, &sent);
	stage_expect(p, "> training");
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		strbuf_reset(&many);
		strbuf_addstr(&many, begins[i]);
		for (int k = 0; k < 700; k++)
			strbuf_addf(&many, "%d", k % 10);
		strbuf_addstr(&many, i < 2 ? "R" : "\x1b\\");
		pty_send(p, many.buf);
		pty_send(p, "5");
		stage_expect(p, "Log ");
		stage_expect(p, "22 layers, 1000 classes");
		pty_send(p, "1");
		stage_expect(p, "Epochs");
	}
	stage_expect(p, "> training");
	leave(p, &r);
	strbuf_release(&many);
	strbuf_release(&sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_colours),
	    cmocka_unit_test(test_no_true_colour_in_screen),
	    cmocka_unit_test(test_themes_are_turned),
	    cmocka_unit_test(test_mute_terminal),
	    cmocka_unit_test(test_chart_keys),
	    cmocka_unit_test(test_utf8_is_asked),
	    cmocka_unit_test(test_colours_are_asked),
	    cmocka_unit_test(test_late_answers),
	    cmocka_unit_test(test_hostile_answers),
	};
	set_environment((const char *const[N_VARIABLES]){NULL});
	return cmocka_run_group_tests(tests, NULL, NULL);
}
