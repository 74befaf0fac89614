/* What the hand does to the learning rate, key by key, and what the screen asks after accidents. */
#include "stage.h"
#include "../sockets.h"
#include "../../src/tui/rate.h"

/* ---- by an injected clock ---- */

static struct tui *viewer_at(double lr)
{
	struct tui *t = xcalloc(1, sizeof(*t));
	timeline_init(&t->timeline);
	view_init(&t->view, VIEW_LIVE, "");
	t->timeline.history.lr = opt_of(lr);
	return t;
}

static void viewer_free(struct tui *t)
{
	timeline_release(&t->timeline);
	free(t);
}

static void test_keys_add_up_until_they_rest(void **state)
{
	(void)state;
	struct tui *t = viewer_at(0.01);
	const struct rate_change *r = &t->view.rate;
	int64_t now = 1000;
	for (int i = 0; i < 2; i++, now += RATE_REST_MS - 1) { /* slow, but no rest yet */
		rate_tick(t, now);
		rate_press(t, 1, now);
	}
	assert_true(r->on && !r->asks && r->value == 0.04);
	rate_tick(t, now); /* a moment before they have rested */
	assert_true(r->on);
	rate_tick(t, now + 1);
	assert_false(r->on); /* four times: it went out, in one */
	assert_non_null(strstr(t->view.message, "not connected"));
	viewer_free(t);
}

static void test_there_and_back_is_nothing(void **state)
{
	(void)state;
	struct tui *t = viewer_at(0.01);
	rate_press(t, 1, 0);
	rate_press(t, -1, 1);
	rate_tick(t, 1 + RATE_REST_MS);
	assert_false(t->view.rate.on);
	assert_string_equal(t->view.message, "left as it is");
	viewer_free(t);
}

static void test_large_ones_ask(void **state)
{
	(void)state;
	static const struct {
		int presses;
		double value;
	} cases[] = {{3, 0.08}, {-3, 0.00125}, {12, COMMAND_LR_MAX}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tui *t = viewer_at(0.01);
		for (int k = 0; k < abs(cases[i].presses); k++)
			rate_press(t, cases[i].presses > 0 ? 1 : -1, k);
		rate_tick(t, 100 + RATE_REST_MS);
		assert_true(t->view.rate.on && t->view.rate.asks);
		assert_true(t->view.rate.value == cases[i].value);
		rate_tick(t, 1000000); /* it waits for an answer as long as that takes */
		assert_true(t->view.rate.on);
		rate_drop(t);
		assert_false(t->view.rate.on);
		viewer_free(t);
	}
}

/* Slow fingers get there too. */
static void test_small_steps_in_a_row_ask_when_they_are_far(void **state)
{
	(void)state;
	struct tui *t = viewer_at(0.01);
	int64_t now = RATE_CHAIN_MS;
	for (int i = 0; i < 2; i++, now += 1000) {
		rate_press(t, 1, now);
		rate_tick(t, now + RATE_REST_MS);
		assert_false(t->view.rate.on);
		t->timeline.history.lr.value *= 2; /* the trainer has done it */
	}
	rate_press(t, 1, now);
	rate_tick(t, now + RATE_REST_MS);
	assert_true(t->view.rate.asks); /* x8 by now */
	rate_drop(t);
	now += RATE_CHAIN_MS;
	rate_press(t, 1, now);
	rate_tick(t, now + RATE_REST_MS);
	assert_false(t->view.rate.on); /* long after, it is a change of its own */
	viewer_free(t);
}

static void test_typed(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok, asks;
	} cases[] = {{"0.02", true, false}, {"10", true, true},	  {"1e-3", true, true},
		     {"x4", true, false},   {"x4.1", true, true}, {"x0.25", true, false},
		     {"abc", false, false}, {"x2000", false, false}, {"-1", false, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tui *t = viewer_at(0.01);
		struct errinfo e;
		assert_int_equal(rate_typed(t, cases[i].text, &e) == ERR_OK, cases[i].ok);
		assert_int_equal(t->view.rate.on, cases[i].asks);
		viewer_free(t);
	}
}

/* ---- on a terminal ---- */

static int n_commands;

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	struct stage_run *r = arg;
	char msg[] = "done at iteration 137";
	struct reply reply = {.id = c->id, .ok = true, .iter = 137, .msg = msg};
	n_commands++;
	snprintf(r->last, sizeof(r->last), "%s%s%s", command_table[c->type].name, c->arg ? " " : "",
		 c->arg ? c->arg : "");
	control_server_reply(r->server, client, &reply);
}

static bool is_watched(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	(void)p;
	control_server_poll(r->server, 10, on_command, r);
	return control_server_viewers(r->server) == 1;
}

static bool has_come(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	(void)p;
	control_server_poll(r->server, 10, on_command, r);
	return n_commands > 0;
}

static struct pty *watch(struct stage_run *r, int w, int h)
{
	stage_begin(r);
	char *path = stage_path(r, "control.sock");
	assert_int_equal(serve_at(&r->server, path, "flower-photos-1", NULL), ERR_OK);
	free(path);
	struct pty *p = pty_call(w, h, "xterm-256color", stage_view, r);
	assert_true(pty_until(p, is_watched, r, WAIT_MS)); /* it tells the trainer so */
	return p;
}

static void expect(struct pty *p, struct stage_run *r, const char *keys, const char *want)
{
	n_commands = 0;
	pty_send(p, keys);
	assert_true(pty_until(p, has_come, r, WAIT_MS));
	assert_string_equal(r->last, want);
	assert_int_equal(n_commands, 1);
	stage_expect(p, "done at iteration 137");
}

static const struct {
	int w, h;
} sizes[] = {{60, 20}, {80, 24}, {120, 40}, {200, 60}};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

static void test_key_repeat_is_one_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		struct pty *p = watch(&r, sizes[i].w, sizes[i].h);
		stage_expect(p, "training");
		pty_send(p, "++++++++++++");
		stage_expect(p, "0.005 → 10");
		stage_expect(p, "Enter");
		assert_string_equal(r.last, "");
		expect(p, &r, "\r", "lr 10");
		pty_send(p, "l10\r");
		stage_expect(p, "(×2000)");
		pty_send(p, "\x1b");
		stage_expect(p, "left as it is");
		assert_string_equal(r.last, "lr 10");
		stage_leave(p, &r, 0);
	}
}

static void put_pause(struct stage_run *r, const char *undo)
{
	struct event ev = {.type = EV_CONTROL};
	ev.control = (struct event_control){
	    .what = CONTROL_PAUSED,
	    .iter = 63,
	    .cause = CAUSE_NONFINITE,
	    .why = "the loss is not finite, 3 accidents in a row; the weights are those after "
		   "iteration 50, the learning rate is 0.00125",
	    .undo = undo,
	    .wait = opt_of(300),
	};
	sample_put(&r->sample, &ev, 10);
	fflush(r->sample.out);
}

static void test_it_asks_and_the_keys_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		struct pty *p = watch(&r, sizes[i].w, sizes[i].h);
		stage_expect(p, "training");
		put_pause(&r, "learning rate x8 at iteration 40");
		static const char *const told[] = {"Paused: what now?", "3 accidents in a row",
						   "take back: learning rate x8",
						   "back to the best epoch",
						   "save and stop",     "thaw ctl"};
		for (size_t k = 0; k < sizeof(told) / sizeof(*told); k++)
			stage_expect(p, told[k]);
		expect(p, &r, "u", "undo");
		pty_send(p, "b");
		stage_expect(p, "go back to epoch");
		expect(p, &r, "y", "back best");
		expect(p, &r, "-", "lr x0.5");
		expect(p, &r, "p", "unpause");
		pty_send(p, "\x1b");
		assert_true(pty_lacks(p, "what now?", WAIT_MS));
		put_pause(&r, NULL); /* again */
		stage_expect(p, "what now?");
		assert_true(pty_lacks(p, "take back:", WAIT_MS));
		stage_leave(p, &r, 0);
	}
}

static void test_back_is_typed(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = watch(&r, 100, 30);
	stage_expect(p, "▶ training");
	pty_send(p, ":back epoch 2\r");
	stage_expect(p, "go back to epoch 2, and drop the 2 epochs since? y/n");
	pty_send(p, "n");
	stage_expect(p, "left as it is");
	pty_send(p, ":back somewhere\r");
	stage_expect(p, "is no point to go back to");
	pty_send(p, "\x1b");
	assert_true(pty_lacks(p, "is no point", WAIT_MS));
	pty_send(p, ":back last\r");
	stage_expect(p, "y/n");
	expect(p, &r, "y", "back last");
	stage_leave(p, &r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys_add_up_until_they_rest),
	    cmocka_unit_test(test_there_and_back_is_nothing),
	    cmocka_unit_test(test_large_ones_ask),
	    cmocka_unit_test(test_small_steps_in_a_row_ask_when_they_are_far),
	    cmocka_unit_test(test_typed),
	    cmocka_unit_test(test_key_repeat_is_one_command),
	    cmocka_unit_test(test_it_asks_and_the_keys_answer),
	    cmocka_unit_test(test_back_is_typed),
	};
	unsetenv("NO_COLOR");
	unsetenv("THAW_MOUSE");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
