/* The viewer behind a slow line: it drops frames, answers keys, and what comes last is the newest.
 */
#include "stage.h"

#define BAUD_9600 960  /* bytes a second */
#define SCREENFUL 9000 /* bytes that a whole screen of 80x24 may cost, colours included */

/* The log grows all the while. */
struct growth {
	struct stage_run *stage;
	int64_t iter, until_bytes;
	const char *text;
};

static void grow(struct growth *g)
{
	struct event ev = {.type = EV_STEP};
	ev.step = (struct event_step){
	    .iter = g->iter, .epoch = 5, .lr = {0.005, true}, .ips = {40, true}};
	ev.step.loss = opt_of(0.5 + 0.3 * sin((double)g->iter++));
	sample_put(&g->stage->sample, &ev, 20);
	fflush(g->stage->sample.out);
}

static bool shown_while_it_grows(struct pty *p, void *arg)
{
	struct growth *g = arg;
	char *screen = pty_text(p);
	bool shown = strstr(screen, g->text) != NULL;
	free(screen);
	if (!shown)
		grow(g);
	return shown;
}

static bool carried(struct pty *p, void *arg)
{
	struct growth *g = arg;
	grow(g);
	return pty_bytes(p) >= g->until_bytes;
}

static void test_keys_stay_live(void **state)
{
	(void)state;
	struct stage_run r;
	stage_open(&r);
	sample_begin(&r.sample);
	sample_epochs(&r.sample, 1, 4);
	fflush(r.sample.out);
	struct growth g = {&r, 4 * SAMPLE_ITERS + 1, 0, "▶ training"};
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	pty_throttle(p, BAUD_9600);
	if (!pty_until(p, shown_while_it_grows, &g, 4 * WAIT_MS))
		fail_msg("not even a first screen:\n%s", pty_text(p));
	static const char *const keys[] = {"3", "4", "2", "5", "3", "4", "1", "2", "3", "5"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) { /* none of them is ever whole */
		g.until_bytes = pty_bytes(p) + SCREENFUL / 20;
		pty_send(p, keys[i]);
		assert_true(pty_until(p, carried, &g, 4 * WAIT_MS));
	}
	int64_t before = pty_bytes(p);
	g.text = "iteration 62";
	if (!pty_until(p, shown_while_it_grows, &g, 4 * WAIT_MS))
		fail_msg("the last of the pages is not shown:\n%s", pty_text(p));
	assert_true(pty_bytes(p) - before < SCREENFUL); /* nothing was sent of those in between */
	pty_send(p, "1");
	g.text = "Loss";
	assert_true(pty_until(p, shown_while_it_grows, &g, 4 * WAIT_MS));
	sample_end(&r.sample, END_STOPPED, "asked to");
	fflush(r.sample.out);
	before = pty_bytes(p);
	pty_send(p, "q");
	assert_true(pty_wait_exit(p, 4 * WAIT_MS) >= 0); /* nothing is left in the line */
	assert_true(pty_bytes(p) - before < SCREENFUL);
	assert_false(pty_altscreen(p));
	assert_true(pty_termios_restored(p));
	pty_free(p);
	stage_close(&r);
}

/* Once the events pause the screen is what a quick line shows. */
static void test_newest_state_at_last(void **state)
{
	(void)state;
	struct stage_run r;
	stage_open(&r);
	sample_begin(&r.sample);
	sample_epochs(&r.sample, 1, 2);
	fflush(r.sample.out);
	struct pty *slow = pty_call(60, 20, "xterm-256color", stage_view, &r);
	pty_throttle(slow, 2 * BAUD_9600);
	struct growth g = {&r, 2 * SAMPLE_ITERS + 1, 3000, NULL};
	assert_true(pty_until(slow, carried, &g, 4 * WAIT_MS));
	sample_end(&r.sample, END_FINISHED, "all done");
	fflush(r.sample.out);
	struct pty *quick = pty_call(60, 20, "xterm-256color", stage_view, &r);
	stage_expect(quick, "✓ finished");
	if (!pty_shows(slow, "✓ finished", 4 * WAIT_MS))
		fail_msg("the end is not shown:\n%s", pty_text(slow));
	pty_send(slow, "2");
	pty_send(quick, "2");
	assert_true(pty_shows(slow, "params", 4 * WAIT_MS) && pty_shows(quick, "params", WAIT_MS));
	assert_true(pty_settles(slow, 800, 4 * WAIT_MS) && pty_settles(quick, 300, WAIT_MS));
	char *a = pty_text(slow), *b = pty_text(quick);
	assert_string_equal(a, b);
	free(a);
	free(b);
	a = pty_cells(slow);
	b = pty_cells(quick);
	assert_string_equal(a, b);
	free(a);
	free(b);
	pty_free(slow);
	pty_free(quick);
	stage_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys_stay_live),
	    cmocka_unit_test(test_newest_state_at_last),
	};
	unsetenv("NO_COLOR");
	setenv("COLORTERM", "truecolor", 1); /* the emulator loses the question in pieces */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
