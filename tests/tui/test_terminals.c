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
		pty_send(p, "t");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_colours),
	    cmocka_unit_test(test_no_true_colour_in_screen),
	    cmocka_unit_test(test_themes_are_turned),
	    cmocka_unit_test(test_mute_terminal),
	    cmocka_unit_test(test_chart_keys),
	};
	set_environment((const char *const[N_VARIABLES]){NULL});
	return cmocka_run_group_tests(tests, NULL, NULL);
}
