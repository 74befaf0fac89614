/* The range test's window, and what is told of layers that will thaw, by keys on a real
 * pseudo-terminal. */
#include "stage.h"
#include "../sockets.h"

#define N_POINTS 100

/* Down from 1e-4 to 1e-1, and up from there. */
static void put_range(struct sample *s, enum range_state state, int64_t done)
{
	struct event_range_point points[N_POINTS];
	struct event ev = {.type = EV_LR_RANGE};
	for (int i = 0; i < N_POINTS; i++) {
		double at = -6 + 6. * i / (N_POINTS - 1);
		double loss = at < -4 ? 1.6 : at < -1 ? 1.6 - (at + 4) / 3 : 0.6 + 3 * (at + 1);
		points[i] = (struct event_range_point){pow(10, at), loss + 0.1 * (i % 3), loss};
	}
	ev.lr_range = (struct event_lr_range){.iter = 137,
					      .cause = CAUSE_USER,
					      .state = state,
					      .done = done,
					      .iterations = N_POINTS,
					      .from = 1e-6,
					      .to = 1,
					      .frozen = "0-17",
					      .lr = {0.01, true}};
	if (state == RANGE_FOUND) {
		ev.lr_range.suggestion = opt_of(0.0123);
		ev.lr_range.lowest = opt_of(0.1);
		ev.lr_range.words = "0.0123 suggested: a tenth of 0.1";
		ev.lr_range.points = points;
		ev.lr_range.n_points = N_POINTS;
	}
	sample_put(s, &ev, 5);
	fflush(s->out);
}

static void put_thaw(struct sample *s)
{
	struct event_thaw_step steps[] = {{7, "14-17"}, {9, "9-12"}};
	struct event ev = {.type = EV_THAW, .thaw = {137, CAUSE_PHASE, 2, steps, 2}};
	sample_put(s, &ev, 5);
	fflush(s->out);
}

static const struct {
	int w, h;
} sizes[] = {{80, 24}, {120, 40}, {60, 20}, {200, 60}};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

/* ---- replays ---- */

static int replay(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .replay = true};
	return tui_run(&o, NULL);
}

static struct pty *play(struct stage_run *r, bool with_range, int w, int h)
{
	stage_begin(r);
	if (with_range)
		put_range(&r->sample, RANGE_FOUND, N_POINTS);
	sample_end(&r->sample, END_STOPPED, "stopped by the user");
	fflush(r->sample.out);
	struct pty *p = pty_call(w, h, "xterm-256color", replay, r);
	stage_expect(p, "epoch");
	pty_send(p, "\x1b[F");
	stage_expect(p, "stopped");
	return p;
}

static void a_replay_shows_the_curve(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		struct pty *p = play(&r, true, sizes[i].w, sizes[i].h);
		pty_send(p, "r");
		stage_expect(p, "0.0123 suggested");
		stage_expect(p, "1e-6");
		stage_expect(p, "▼");
		pty_send(p, "\x1b");
		assert_true(pty_lacks(p, "0.0123 suggested", WAIT_MS));
		pty_send(p, ":find-lr\r");
		stage_expect(p, "Learning-rate range test");
		pty_send(p, "\r");
		stage_expect(p, "nothing to control");
		pty_send(p, "\x1b");
		assert_true(pty_lacks(p, "Learning-rate range test", WAIT_MS));
		stage_leave(p, &r, 0x82);
	}
}

static void a_replay_without_one_says_so(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = play(&r, false, 80, 24);
	pty_send(p, "r");
	stage_expect(p, "no range test was made up to here");
	pty_send(p, "\x1b");
	assert_true(pty_lacks(p, "no range test", WAIT_MS));
	stage_leave(p, &r, 0x82);
}

/* ---- live ---- */

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	struct stage_run *r = arg;
	char msg[] = "as you wish";
	struct reply reply = {.id = c->id, .ok = true, .iter = 137, .msg = msg};
	snprintf(r->last, sizeof(r->last), "%s%s%s", command_table[c->type].name, c->arg ? " " : "",
		 c->arg ? c->arg : "");
	control_server_reply(r->server, client, &reply);
}

/* The greeting leaves with the poll behind the one that took the viewer in. */
static bool linked(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	bool before = control_server_clients(r->server) > 0;
	(void)p;
	control_server_poll(r->server, 10, on_command, r);
	return before;
}

static const char *wanted;

static bool came(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	(void)p;
	control_server_poll(r->server, 10, on_command, r);
	return strcmp(r->last, wanted) == 0;
}

static void want_command(struct pty *p, struct stage_run *r, const char *keys, const char *want)
{
	wanted = want;
	r->last[0] = '\0';
	pty_send(p, keys);
	if (!pty_until(p, came, r, WAIT_MS)) {
		fputs(pty_text(p), stderr);
		fail_msg("wanted \"%s\", got \"%s\"", want, r->last);
	}
}

static void a_test_is_begun_cancelled_and_taken_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		stage_begin(&r);
		char *path = stage_path(&r, "control.sock");
		assert_int_equal(serve_at(&r.server, path, "flower-photos-1", NULL), ERR_OK);
		free(path);
		struct pty *p =
		    pty_call(sizes[i].w, sizes[i].h, "xterm-256color", stage_view, &r);
		assert_true(pty_until(p, linked, &r, WAIT_MS));
		stage_expect(p, "training");
		pty_send(p, "r");
		stage_expect(p, "Enter begins");
		want_command(p, &r, "\r", "find-lr");
		put_range(&r.sample, RANGE_RUNNING, 40);
		stage_expect(p, "iteration 40 of 100");
		want_command(p, &r, "r", "find-lr cancel");
		put_range(&r.sample, RANGE_FOUND, N_POINTS);
		stage_expect(p, "Enter takes 0.0123");
		want_command(p, &r, "r", "find-lr");
		want_command(p, &r, "\r", "lr 0.0123");
		assert_true(pty_lacks(p, "Enter takes", WAIT_MS));
		want_command(p, &r, ":find-lr\r", "find-lr");
		stage_expect(p, "Enter takes 0.0123");
		want_command(p, &r, ":find-lr cancel\r", "find-lr cancel");
		pty_send(p, "\x1b");
		assert_true(pty_lacks(p, "Enter takes", WAIT_MS));
		want_command(p, &r, ":thaw-every 3\r", "thaw-every 3");
		stage_leave(p, &r, 0);
	}
}

static void layers_say_when_they_thaw(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		stage_begin(&r);
		put_thaw(&r.sample);
		struct pty *p =
		    pty_call(sizes[i].w, sizes[i].h, "xterm-256color", stage_view, &r);
		stage_expect(p, "training");
		if (sizes[i].w >= 80)
			stage_expect(p, "14-17 at epoch 7");
		pty_send(p, "2:goto layer 10\r");
		stage_expect(p, "▸ 10");
		if (sizes[i].w >= 120)
			stage_expect(p, "frozen until epoch 9");
		pty_send(p, ":goto layer 3\r");
		stage_expect(p, "▸  3");
		assert_true(pty_lacks(p, "frozen until epoch", WAIT_MS));
		if (sizes[i].w >= 120)
			stage_expect(p, "until 7");
		stage_leave(p, &r, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_replay_shows_the_curve),
	    cmocka_unit_test(a_replay_without_one_says_so),
	    cmocka_unit_test(a_test_is_begun_cancelled_and_taken_over),
	    cmocka_unit_test(layers_say_when_they_thaw),
	};
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
