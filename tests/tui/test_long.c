/* Runs of many epochs and of many steps, with and without an accident: the charts and the epoch
 * table at every size, in every kind of terminal, and what their figures are made of. */
#include "check.h"
#include "thaw/base/words.h"
#include "thaw/run/timeline.h"
#include "thaw/tui/layout.h"

#include <ctype.h>

#include "../../src/tui/curves.h"

struct length {
	int epochs, iters;
	bool accident; /* in the middle: one step's loss and one epoch's validation loss are huge */
	double noise;
};

#define HUGE_LOSS 1e7

static void put(struct history *h, struct event *ev)
{
	ev->seq = h->seq + 1;
	ev->t_ms = h->t_ms + 10;
	history_apply(h, ev);
}

static void put_run(struct history *h, const struct length *l)
{
	static const char *const classes[] = {"cat", "dog"};
	struct event_phase_plan plan = {.name = "head",
					.epochs = l->epochs,
					.first_epoch = 1,
					.lr = 0.01,
					.schedule = "constant",
					.freeze = "none",
					.batchnorm = "train"};
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = 1,
				    .name = "long",
				    .classes = classes,
				    .n_classes = 2,
				    .n_train = 400,
				    .n_valid = 400,
				    .epochs = l->epochs,
				    .iterations = l->iters,
				    .batch = 16,
				    .phases = &plan,
				    .n_phases = 1};
	put(h, &ev);
}

static double wobble(int i, double noise)
{
	return 1 + noise * ((i * 7919 % 1009) / 504.5 - 1);
}

static void put_epoch(struct history *h, const struct length *l, int e, int best)
{
	double x = (double)e / l->epochs, loss = 0.2 + 1.4 * exp(-x * 12);
	bool bad = l->accident && e == l->epochs / 2;
	for (int i = 1; i <= l->iters; i++) {
		struct event ev = {.type = EV_STEP};
		int iter = (e - 1) * l->iters + i;
		ev.step = (struct event_step){.iter = iter,
					      .epoch = e,
					      .loss = opt_of(loss * wobble(iter, l->noise)),
					      .lr = opt_of(0.01),
					      .ips = opt_of(400)};
		if (bad && i == 1)
			ev.step.loss = opt_of(HUGE_LOSS);
		put(h, &ev);
	}
	struct event ev = {.type = EV_EPOCH};
	double acc = 0.5 + 0.3 * (1 - exp(-x * 12));
	acc = bad ? 0.5 : e == best ? 0.9 : acc + 0.01 * (wobble(e, 1) - 1);
	ev.epoch = (struct event_epoch){
	    .epoch = e,
	    .iter = h->iter,
	    .phase = "head",
	    .lr = opt_of(0.01),
	    .train = {opt_of(loss), .acc = opt_of(0.99)},
	    .valid = {opt_of(bad ? HUGE_LOSS : loss + 0.3 * x), .acc = opt_of(acc)},
	    .seconds = {opt_of(1), opt_of(1)}};
	put(h, &ev);
}

static int best_of(const struct length *l)
{
	return l->epochs * 7 / 10;
}

static void write_run(struct history *h, const struct length *l)
{
	history_init(h);
	put_run(h, l);
	for (int e = 1; e <= l->epochs; e++)
		put_epoch(h, l, e, best_of(l));
}

static const struct length lengths[] = {
    {10, 31, false, 0.2}, {14, 31, true, 0.2},  {100, 31, true, 0.4},
    {500, 13, true, 0.4}, {5000, 4, true, 0.4},
};
#define N_LENGTHS (sizeof(lengths) / sizeof(*lengths))

static struct history runs[N_LENGTHS];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LENGTHS; i++)
		write_run(&runs[i], &lengths[i]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LENGTHS; i++)
		history_release(&runs[i]);
	return 0;
}

static const struct {
	int w, h;
} sizes[] = {{60, 20}, {80, 24}, {120, 40}, {200, 60}};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

static struct view at_end(void)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/long");
	v.page = PAGE_TRAIN;
	return v;
}

static int count_in(const struct canvas *c, struct rect r, uint32_t ch)
{
	int n = 0;
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++)
			n += canvas_at(c, x, y)->ch == ch;
	return n;
}

/* Inside the frame or below the head line. */
static struct rect field_of(const struct layout *l, enum panel_id id)
{
	struct rect r = layout_find(l, id);
	r.y++;
	r.h--;
	return r;
}

static void assert_no_word(const char *screen, const char *word)
{
	for (const char *at = screen; (at = strstr(at, word)); at++)
		if (at == screen || !isalpha((unsigned char)at[-1]))
			fail_msg("\"%s\" in\n%s", word, screen);
}

/* Dots only where they are apart, a star at the best epoch, and no mass of faint dots. */
static void check_chart(const struct canvas *c, struct rect r, const struct length *l)
{
	bool apart = (r.w - 8) / l->epochs >= PLOT_APART;
	if (!apart && (r.w - 4) / l->epochs < PLOT_APART)
		assert_int_equal(count_in(c, r, 0x25CF), 0);
	if (apart)
		assert_true(count_in(c, r, 0x25CF) > 1);
	assert_int_equal(count_in(c, r, 0x2605), 1);
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++) {
			const struct cell *cell = canvas_at(c, x, y);
			bool faint =
			    cell->style.fg == INK_TRAIN_FAINT || cell->style.fg == INK_VALID_FAINT;
			if (faint && (l->epochs >= 100 || l->iters >= 100))
				assert_true(__builtin_popcount(cell->dots) <= 4);
		}
}

static void test_charts_at_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LENGTHS; i++)
		for (size_t k = 0; k < N_SIZES; k++) {
			struct view v = at_end();
			struct canvas c;
			struct layout l;
			canvas_init(&c, sizes[k].w, sizes[k].h, true, 256);
			screen_draw(&c, &runs[i], &v);
			layout_view(&l, &v, sizes[k].w, sizes[k].h);
			check_chart(&c, field_of(&l, PANEL_LOSS), &lengths[i]);
			check_chart(&c, field_of(&l, PANEL_ACCURACY), &lengths[i]);
			canvas_release(&c);
		}
}

/* What an accident made is an arrow with its height, and no part of the axis. */
static void test_accident_is_clipped(void **state)
{
	(void)state;
	for (size_t i = 1; i < N_LENGTHS; i++)
		for (int log = 0; log < 2; log++) {
			struct view v = at_end();
			v.log_loss = log;
			char *screen = check_screen(&runs[i], &v, 120, 40, true);
			assert_non_null(strstr(screen, "↑1.0e7"));
			assert_null(strstr(screen, "e6┤"));
			assert_null(strstr(screen, "000┤"));
			free(screen);
		}
}

/* Where it was, the crosshair tells it, though a step of it spans many iterations. */
static void test_crosshair_reads_spike(void **state)
{
	(void)state;
	for (size_t i = 1; i < N_LENGTHS; i++) {
		int64_t iter = (lengths[i].epochs / 2 - 1) * (int64_t)lengths[i].iters + 1;
		struct view v = at_end();
		struct strbuf words = STRBUF_INIT;
		v.cross = true;
		v.cross_iter = iter + crosshair_step(&runs[i], &v) / 3;
		crosshair_words(&runs[i], &v, &words);
		assert_non_null(strstr(words.buf, "1.0e7"));
		strbuf_release(&words);
	}
}

/* Wherever it stands there is a figure or a dash. */
static void test_crosshair_anywhere(void **state)
{
	(void)state;
	static const bool kinds[] = {true, false};
	for (size_t i = 0; i < N_LENGTHS; i++)
		for (int part = 0; part <= 12; part++)
			for (size_t k = 0; k < 2; k++) {
				struct view v = at_end();
				v.cross = true;
				v.cross_iter = 1 + (runs[i].iter - 1) * part / 12;
				v.zoom = part % 4;
				char *screen = check_screen(&runs[i], &v, sizes[part % N_SIZES].w,
							    sizes[part % N_SIZES].h, kinds[k]);
				assert_no_word(screen, "nan");
				assert_no_word(screen, "inf");
				free(screen);
			}
}

/* ---- what the figures are made of ---- */

static void test_smooth_is_of_all_steps(void **state)
{
	(void)state;
	const struct history *h = &runs[3];
	const double smooth = 0.95;
	struct range x = {300, 303, true};
	struct series s = step_series(h, STEP_LOSS, x, 5000, smooth);
	double mean = 0, missing = 1;
	size_t at = 0;
	for (size_t i = 0; i < h->n_steps && at < s.n; i++) {
		if (history_step_at(h, i).wild)
			continue;
		mean = smooth * mean + (1 - smooth) * history_step_at(h, i).loss.value;
		missing *= smooth;
		double place = in_epochs(h, (double)history_step_at(h, i).iter);
		if (place >= x.lo && place <= x.hi)
			assert_float_equal(s.y[at++], mean / (1 - missing), 1e-9);
	}
	assert_true(at >= 39);
	series_free(&s);
}

/* The places of a long run hold every step once: their means, weighed, are the mean of all, their
 * extremes the extremes. */
static void test_blocks_hold_all(void **state)
{
	(void)state;
	static const struct length long_run = {1200, 40, true, 0.5};
	struct history h;
	write_run(&h, &long_run);
	struct range x = {0, 1200, true}, seen = {0, 0, false}, all = {0, 0, false};
	struct series s = step_series(&h, STEP_LOSS, x, 60, 0.9);
	double sum = 0, mean = 0, spike = 0;
	size_t n = 0;
	for (size_t i = 0; i < h.n_steps; i++)
		if (!history_step_at(&h, i).wild) {
			range_add(&all, history_step_at(&h, i).loss.value);
			sum += history_step_at(&h, i).loss.value;
			n++;
		}
	for (size_t i = 0; i < s.n; i++) {
		range_add(&seen, s.lo[i]);
		range_add(&seen, s.hi[i]);
		mean += s.y[i] / (double)s.n;
		spike = isfinite(s.spike[i]) ? fmax(spike, s.spike[i]) : spike;
	}
	assert_int_equal(n, h.n_steps - 1);
	assert_int_equal(s.n, 60);
	assert_true(s.dense);
	assert_float_equal(seen.lo, all.lo, 1e-12);
	assert_float_equal(seen.hi, all.hi, 1e-12);
	assert_float_equal(mean, sum / (double)n, 0.01);
	assert_float_equal(spike, HUGE_LOSS, 1);
	series_free(&s);
	history_release(&h);
}

static void add_loss(struct history_extent *to, const struct history *h, size_t i)
{
	struct history_step s = history_step_at(h, i);
	history_extent_add(to, &s, STEP_LOSS);
}

/* A run that goes back drops the blocks of what it drops. */
static void test_blocks_go_back(void **state)
{
	(void)state;
	static const struct length run = {40, 40, false, 0};
	struct history h;
	write_run(&h, &run);
	for (int i = 0; i < 1000; i++) {
		struct event ev = {.type = EV_STEP};
		ev.step = (struct event_step){.iter = 201 + i, .epoch = 6, .loss = opt_of(9)};
		put(&h, &ev);
	}
	assert_int_equal(h.n_blocks, h.n_steps / HISTORY_BLOCK);
	for (size_t i = 0; i < h.n_blocks; i++) {
		struct history_extent sum = {0};
		for (size_t k = 0; k < HISTORY_BLOCK; k++)
			add_loss(&sum, &h, i * HISTORY_BLOCK + k);
		assert_float_equal(sum.sum, history_block(&h, i)->of[STEP_LOSS].sum, 1e-9);
		assert_true(sum.hi == history_block(&h, i)->of[STEP_LOSS].hi);
	}
	history_release(&h);
}

/* A loss that stays high is no accident: it is where the run is now. */
static void test_staying_high_is_shown(void **state)
{
	(void)state;
	struct history h;
	static const struct length run = {4, 30, false, 0};
	write_run(&h, &run);
	for (int i = 1; i <= 60; i++) {
		struct event ev = {.type = EV_STEP};
		ev.step = (struct event_step){.iter = 120 + i, .epoch = 5, .loss = opt_of(50)};
		put(&h, &ev);
	}
	assert_true(history_step_at(&h, 120).wild);
	assert_false(history_step_at(&h, 179).wild);
	struct series s = step_series(&h, STEP_LOSS, (struct range){0, 6, true}, 100, 0.9);
	assert_float_equal(series_at(&s, 6).value, 50, 1);
	series_free(&s);
	history_release(&h);
}

/* ---- the epoch table ---- */

static void test_table_at_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LENGTHS; i++)
		for (size_t k = 0; k < N_SIZES; k++)
			for (int up = 0; up < lengths[i].epochs; up += 1 + lengths[i].epochs / 9) {
				struct view v = at_end();
				char best[32], newest[32];
				v.epochs_up = up;
				char *screen =
				    check_screen(&runs[i], &v, sizes[k].w, sizes[k].h, true);
				snprintf(best, sizeof(best), "%4d head", best_of(&lengths[i]));
				snprintf(newest, sizeof(newest), "%4d head", lengths[i].epochs);
				for (char *bar; (bar = strstr(screen, "★"));)
					memset(bar, ' ', strlen("★"));
				if (!strstr(screen, best) || !strstr(screen, newest))
					fail_msg("%dx%d, %d up: \"%s\" or \"%s\" is not in\n%s",
						 sizes[k].w, sizes[k].h, up, best, newest, screen);
				free(screen);
			}
}

static void test_groups(void **state)
{
	(void)state;
	struct view v = at_end();
	char *screen = check_screen(&runs[3], &v, 120, 40, true);
	assert_non_null(strstr(screen, "│ 1–200 "));
	assert_non_null(strstr(screen, "1 went wrong"));
	assert_non_null(strstr(screen, "★ 350 head"));
	free(screen);
	screen = check_screen(&runs[3], &v, 200, 60, true);
	assert_non_null(strstr(screen, "│ 301–400 "));
	assert_non_null(strstr(screen, "best 90.0 in 350"));
	free(screen);
	v.epochs_up = 460; /* scrolled into, what was a group opens */
	screen = check_screen(&runs[3], &v, 120, 40, true);
	assert_non_null(strstr(screen, "   40 head"));
	assert_non_null(strstr(screen, "  500 head"));
	assert_non_null(strstr(screen, "★ 350 head"));
	free(screen);
	screen = check_screen(&runs[0], &v, 120, 40, true); /* ten are not grouped */
	assert_null(strstr(screen, "1–"));
	free(screen);
}

/* What the table says is what the end says. */
static void test_end_says_it(void **state)
{
	(void)state;
	const struct history *h = &runs[3];
	const struct history_epoch *e = &h->epochs[h->n_epochs - 1];
	struct view v = at_end();
	char want[256];
	v.summary = true;
	snprintf(want, sizeof(want), "at the end: %s", e->words);
	assert_int_equal(e->observation, OBS_OVERFITTING);
	check_texts(h, &v, 120, 40, (const char *const[]){want, NULL});
}

/* ---- a run with accidents, as it was recorded ---- */

#define ACCIDENTS "tests/recorded/accidents.jsonl"

static struct history_step highest_loss(const struct history *h)
{
	struct history_step most = {0};
	for (size_t i = 0; i < h->n_steps; i++) {
		struct history_step s = history_step_at(h, i);
		if (opt_finite(s.loss) && (!most.loss.valid || s.loss.value > most.loss.value))
			most = s;
	}
	return most;
}

/* However far it went, the axis shows what is usual; an arrow stands there, the crosshair reads it.
 */
static void test_recorded_accidents(void **state)
{
	(void)state;
	struct timeline t;
	struct errinfo e;
	timeline_init(&t);
	if (timeline_open(&t, ACCIDENTS, &e)) {
		print_message("skipped: %s\n", e.msg);
		skip();
	}
	while (timeline_read(&t, 1000, true))
		;
	timeline_seek(&t, t.n);
	const struct history *h = &t.history;
	struct series s = step_series(h, STEP_LOSS, (struct range){0, 99, true}, 5000, 0.9);
	struct range shown = {0, 0, false};
	series_range(&s, (struct range){0, 99, true}, PLOT_LINEAR, &shown);
	struct history_step most = highest_loss(h);
	assert_true(most.loss.value > 1e3 && shown.hi < 10);
	series_free(&s);
	struct view v = at_end();
	for (size_t k = 0; k < N_SIZES; k++) {
		char *screen = check_screen(h, &v, sizes[k].w, sizes[k].h, true);
		assert_non_null(strstr(screen, "↑"));
		assert_no_word(screen, "nan");
		free(screen);
	}
	struct strbuf words = STRBUF_INIT;
	v.cross = true;
	v.cross_iter = most.iter;
	crosshair_words(h, &v, &words);
	assert_non_null(strstr(words.buf, words_loss(most.loss.value)));
	strbuf_release(&words);
	timeline_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_charts_at_every_size),
	    cmocka_unit_test(test_accident_is_clipped),
	    cmocka_unit_test(test_crosshair_reads_spike),
	    cmocka_unit_test(test_crosshair_anywhere),
	    cmocka_unit_test(test_smooth_is_of_all_steps),
	    cmocka_unit_test(test_blocks_hold_all),
	    cmocka_unit_test(test_blocks_go_back),
	    cmocka_unit_test(test_staying_high_is_shown),
	    cmocka_unit_test(test_table_at_every_size),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_end_says_it),
	    cmocka_unit_test(test_recorded_accidents),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
