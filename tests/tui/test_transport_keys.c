/* A replay's controls on a real pseudo-terminal: steps, places, speeds, waits, and its bar by the
 * mouse. */
#include "stage.h"

#include "../../src/tui/timebar.h"

#include <stdlib.h>

static void put_control(struct sample *s, enum control_what what, int64_t after_ms)
{
	struct event ev = {.type = EV_CONTROL,
			   .control = {.what = what, .iter = 124, .cause = CAUSE_USER}};
	sample_put(s, &ev, after_ms);
}

/* The sample run, paused for eight hours after its fourth epoch. */
static void stage_whole(struct stage_run *r)
{
	struct sample *s = &r->sample;
	stage_open(r);
	sample_begin(s);
	sample_epochs(s, 1, 4);
	put_control(s, CONTROL_PAUSED, 1000);
	put_control(s, CONTROL_UNPAUSED, 8 * 3600 * 1000);
	sample_epochs(s, 5, SAMPLE_EPOCHS);
	sample_end(s, END_FINISHED, "all 10 epochs done");
	fflush(s->out);
	flock(r->lock, LOCK_UN);
}

static int view_replay(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .replay = true};
	return tui_run(&o, NULL);
}

static struct pty *begin(struct stage_run *r, int w, int h)
{
	stage_whole(r);
	struct pty *p = pty_call(w, h, "xterm-256color", view_replay, r);
	stage_expect(p, "replay ×");
	pty_send(p, "\x1bOH");
	stage_expect(p, "‖ replay ×5 · epoch 0/0");
	stage_expect(p, " 0:00/8:02:26");
	return p;
}

static void test_steps(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {":goto iter 100\r", "iter 100/310", NULL},
	    {">", "iter 101/310", NULL},
	    {"<<", "iter  99/310", NULL},
	    {")", "paused at iteration 124 (user)", NULL},
	    {")", "unpaused at iteration 124 (user)", NULL},
	    {")", "phase tune: 5 epochs at lr 0.0005", NULL},
	    {"))", "15-17 at x0.1 of the learning rate", NULL},
	    {")", "no intervention after this; End goes to the end", NULL},
	    {"(", "14 frozen (user)", NULL},
	    {"*", "epoch  8/10", "14 frozen (user)"},
	    {".", "epoch  9/10", NULL},
	    {",,", "epoch  7/10", NULL},
	    {":goto 100%\r", "✓ finished", NULL},
	    {"L", "no event after this", NULL},
	    {"HH", "iter 310/310", "✓ finished"},
	    {"\x1bOH", "iter   0/310", NULL},
	    {"(", "no intervention before this; Home goes to the start", NULL},
	    {"L", "‖ replay ×5 · epoch 0/10", NULL},
	};
	struct stage_run r;
	struct pty *p = begin(&r, 120, 40);
	stage_play(p, moves, sizeof(moves) / sizeof(*moves));
	stage_leave(p, &r, 0);
}

static void test_places(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {":goto 50%\r", "iter 155/310", NULL},
	    {":goto time 8:01:10\r", "iter 150/310", NULL},
	    {":goto best\r", "epoch  8/10", NULL},
	    {":goto end\r", "✓ finished", NULL},
	    {":goto start\r", "0:00/8:02:26", NULL},
	    {":goto iter 900\r", "iteration 900 is not in the log; it has 1 to 310", NULL},
	    {"\x15goto 200%\r", "a share is from 0% to 100%, not '200%'", NULL},
	    {"\x15goto time 9:00:00\r", "from 0 to 8:02:26, not '9:00:00'", NULL},
	    {"\x15goto nowhere\r", "goto needs iter N, epoch N, time 1:02:03", NULL},
	    {"\x15goto t\t31\r", "0:31/8:02:26", NULL},
	};
	struct stage_run r;
	struct pty *p = begin(&r, 120, 40);
	stage_play(p, moves, sizeof(moves) / sizeof(*moves));
	stage_leave(p, &r, 0);
}

static void test_speeds(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"+", "speed ×10", NULL},
	    {"+", "speed ×20", NULL},
	    {"---------", "speed ×0.25", NULL},
	    {":speed 1000\r", "‖ ×1000", NULL},
	    {"+", "speed ×1000", NULL},
	    {"R", "speed as recorded, with all its pauses", NULL},
	    {"R", "speed ×1000", "as recorded"},
	    {":speed 0.1\r", "speed is a number from 0.25 to 1000", NULL},
	    {"\x15speed recorded\r", "‖ recorded", NULL},
	    {";", "nothing is waited for", NULL},
	    /* a pause of eight hours, as recorded; then shortened */
	    {":goto iter 124\r))(", "paused at iteration 124 (user)", NULL},
	    {" ", "▶ paused for 8h 00m, 8h 00m to go · ; skips", NULL},
	};
	struct stage_run r;
	struct pty *p = begin(&r, 120, 40);
	stage_play(p, moves, sizeof(moves) / sizeof(*moves));
	pty_send(p, ";");
	assert_true(pty_lacks(p, "to go", WAIT_MS));
	pty_send(p, ":speed 1000\r(( ");
	stage_expect(p, "✓ finished"); /* within seconds, or the test would be slow */
	stage_leave(p, &r, 0);
}

/* Keys of a live run say so, each in one line. */
static void test_live_keys(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"f", "this is a replay; there is nothing to control", NULL},
	    {"\x1bOH", "‖ replay", "nothing to control"},
	    {"S", "this is a replay; there is nothing to control", NULL},
	    {":lr 1\r", "this is a replay; there is nothing to control", NULL},
	    {"\x15"
	     "back-to-best\r",
	     "back-to-best is for live runs", NULL},
	};
	struct stage_run r;
	struct pty *p = begin(&r, 120, 40);
	stage_play(p, moves, sizeof(moves) / sizeof(*moves));
	pty_send(p, "\x15page Log\r");
	stage_expect(p, "‖ replay");
	stage_leave(p, &r, 0);
}

/* ---- the bar ---- */

struct bar { /* where its line is, in cells from 0 */
	int x, y, w;
};

/* Of a replay that stands at the start. */
static struct bar find_bar(struct pty *p)
{
	struct bar b = {-1, -1, 0};
	char *screen = pty_text(p);
	int y = 0;
	for (char *line = screen, *next; line; line = next, y++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		char *end = strstr(line, " 0:00/"), *start = strstr(line, "●");
		while (end && end > line && end[-1] == ' ')
			end--;
		if (!end || !start || start > end)
			continue;
		*end = '\0';
		b = (struct bar){0, y, text_width(line, true)};
		*start = '\0';
		b.x = text_width(line, true);
		b.w -= b.x;
	}
	free(screen);
	assert_true(b.w > 20);
	return b;
}

static void send_pointer(struct pty *p, int button, int x, int y, char end)
{
	char text[48];
	snprintf(text, sizeof(text), "\x1b[<%d;%d;%d%c", button, x + 1, y + 1, end);
	pty_send(p, text);
}

/* What the screen shows of the place that a column stands for. */
static void expect_column(struct pty *p, struct timeline *t, const struct bar *b, int column)
{
	char text[64];
	timeline_seek(t, timebar_pointed(t, b->w, column));
	snprintf(text, sizeof(text), "iter %3lld/310 · epoch %2lld/10", (long long)t->history.iter,
		 (long long)t->history.epoch);
	stage_expect(p, text);
}

static void test_mouse(void **state)
{
	(void)state;
	struct stage_run r;
	struct timeline t;
	struct errinfo e;
	struct pty *p = begin(&r, 120, 40);
	timeline_init(&t);
	assert_int_equal(timeline_open(&t, r.dir, &e), ERR_OK);
	while (timeline_read(&t, 1000, false))
		;
	assert_true(pty_until(p, stage_mouse_is_on, NULL, WAIT_MS));
	const struct bar b = find_bar(p);
	static const int shares[] = {3, 1, 2};
	for (size_t i = 0; i < 3; i++) { /* a click each */
		int column = b.w * shares[i] / 4;
		send_pointer(p, 0, b.x + column, b.y, 'M');
		send_pointer(p, 0, b.x + column, b.y, 'm');
		expect_column(p, &t, &b, column);
	}
	send_pointer(p, 0, b.x + 2, b.y - 1, 'M'); /* the row of the marks, too */
	for (int x = 3; x < b.w - 9; x++)
		send_pointer(p, 32, b.x + x, b.y - x % 5, 'M');
	expect_column(p, &t, &b, b.w - 10);
	send_pointer(p, 32, 0, 0, 'M');
	expect_column(p, &t, &b, 0); /* beside the line: its end */
	send_pointer(p, 32, b.x + b.w + 3, b.y, 'M');
	stage_expect(p, "✓ finished");
	send_pointer(p, 32, b.x + 20, b.y, 'M');
	send_pointer(p, 0, b.x + 20, 3, 'm');
	expect_column(p, &t, &b, 20);
	send_pointer(p, 32, b.x + 30, b.y, 'M'); /* let go: no drag any more */
	pty_send(p, "?");
	stage_expect(p, "Here and now: Train page, replay");
	pty_send(p, "?");
	expect_column(p, &t, &b, 20);
	timeline_release(&t);
	stage_leave(p, &r, 0);
}

/* It plays on from where it was clicked. */
static void test_plays_on(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = begin(&r, 80, 24);
	const struct bar b = find_bar(p);
	pty_send(p, ":speed 100\r ");
	stage_expect(p, "▶ ×100");
	send_pointer(p, 0, b.x + b.w - 8, b.y, 'M');
	send_pointer(p, 0, b.x + b.w - 8, b.y, 'm');
	stage_expect(p, "✓ finished");
	stage_leave(p, &r, 0);
}

/* A live run has no bar; the crosshair goes to the places. */
static void test_live(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"3:goto iter 20\r", "iteration 20 · epoch 1", NULL},
	    {":goto time 0:05\r", "iteration 10 ", NULL},
	    {":goto best\r", "iteration 124 ", NULL},
	    {":goto end\r", "iteration 137 ", NULL},
	    {":goto iter 138\r", "iteration 138 is not in the log; it has 1 to 137", NULL},
	    {"\x15speed 2\r", "a live run has its own speed", NULL},
	};
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = pty_call(120, 40, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	stage_play(p, moves, sizeof(moves) / sizeof(*moves));
	pty_send(p, "\x15quit\r");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	stage_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_steps),  cmocka_unit_test(test_places),
	    cmocka_unit_test(test_speeds), cmocka_unit_test(test_live_keys),
	    cmocka_unit_test(test_mouse),  cmocka_unit_test(test_plays_on),
	    cmocka_unit_test(test_live),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
