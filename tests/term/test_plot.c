#include "check.h"
#include "thaw/term/plot.h"
#include "thaw/term/plot_clock.h"

#include <float.h>
#include <math.h>
#include <time.h>

static struct canvas canvas;

static struct plot begin(int w, int h, struct range x, struct range y)
{
	struct plot p;
	canvas_init(&canvas, w, h, true, 256);
	assert_true(plot_begin(&p, &canvas, (struct rect){0, 0, w, h}, x, y, PLOT_LINEAR));
	assert_true(p.y1 > p.y0 && p.x1 > p.x0);
	return p;
}

static int n_braille(int row)
{
	int n = 0;
	for (int y = 0; y < canvas.h; y++)
		for (int x = 0; x < canvas.w; x++)
			n += canvas_at(&canvas, x, y)->dots != 0 && (row < 0 || y == row);
	return n;
}

static void test_nice_step(void **state)
{
	(void)state;
	assert_true(fabs(nice_step(10, 5) - 2) < 1e-12);
	assert_true(fabs(nice_step(1, 4) - 0.5) < 1e-12);
	assert_true(fabs(nice_step(0.31, 4) - 0.1) < 1e-12);
	for (double span = 1e-9; span < 1e9; span *= 1.7)
		for (int most = 1; most < 12; most++) {
			double step = nice_step(span, most);
			assert_true(step > 0 && span / step <= most * (1 + 1e-6));
			assert_true(span / step >= most / 5.01 - 1);
		}
}

static void test_padding(void **state)
{
	(void)state;
	struct range same = {0.5, 0.5, true}, none = {0, 0, false}, zero = {0, 0, true},
		     shares = {0.2, 1, true};
	padded_range(&same, INFINITY);
	padded_range(&none, INFINITY);
	padded_range(&zero, INFINITY);
	padded_range(&shares, 1);
	assert_true(same.lo < 0.5 && same.hi > 0.5);
	assert_true(none.lo < none.hi && zero.lo < zero.hi && zero.lo == 0);
	assert_true(shares.hi == 1 && shares.lo < 0.2);
	static const double ends[][2] = {
	    {DBL_MAX, DBL_MAX}, {-DBL_MAX, DBL_MAX}, {DBL_MAX / 2, DBL_MAX}, {-DBL_MAX, -DBL_MAX}};
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct range wild = {ends[i][0], ends[i][1], true};
		padded_range(&wild, INFINITY);
		assert_true(wild.lo < wild.hi && isfinite(wild.hi - wild.lo));
	}
	struct range r = {0, 0, false};
	range_add(&r, (double)NAN);
	range_add(&r, INFINITY);
	assert_false(r.any);
	range_add(&r, -2);
	range_add(&r, 3);
	assert_true(r.any && r.lo == -2 && r.hi == 3);
}

static void test_flat_line(void **state)
{
	(void)state;
	double xs[] = {0, 1, 2, 3}, ys[] = {0.7, 0.7, 0.7, 0.7};
	struct plot p = begin(40, 10, (struct range){0, 3, true}, (struct range){0.7, 0.7, true});
	plot_line(&p, xs, ys, 4, STYLE(INK_TRAIN));
	assert_int_equal(n_braille(-1), p.r.w); /* one row, from edge to edge */
	canvas_release(&canvas);
}

static void test_gaps(void **state)
{
	(void)state;
	double xs[] = {0, 1, 2, 3, 4, 5}, ys[] = {1, 1, (double)NAN, INFINITY, 1, 1};
	struct plot p = begin(60, 10, (struct range){0, 5, true}, (struct range){0, 2, true});
	plot_line(&p, xs, ys, 6, STYLE(INK_TRAIN));
	int gap = plot_column(&p, 2.5), drawn = plot_column(&p, 0.5);
	int in_gap = 0, in_line = 0;
	for (int y = 0; y < canvas.h; y++) {
		in_gap += canvas_at(&canvas, gap, y)->dots != 0;
		in_line += canvas_at(&canvas, drawn, y)->dots != 0;
	}
	assert_int_equal(in_gap, 0);
	assert_int_equal(in_line, 1);
	canvas_release(&canvas);
}

static void test_stays_inside(void **state)
{
	(void)state;
	double xs[] = {-5, 0, 1, 2, 1e300}, ys[] = {-1e300, 1e300, 0, -7, 1e9};
	for (int w = 1; w < 60; w += 3)
		for (int h = 1; h < 20; h++) {
			enum plot_scale scale = (enum plot_scale)(w % 3);
			struct plot p;
			canvas_init(&canvas, w + 4, h + 4, true, 256);
			struct rect area = {2, 2, w, h};
			canvas_clip(&canvas, (struct rect){0, 0, w + 4, h + 4});
			if (plot_begin(&p, &canvas, area, (struct range){0, 2, true},
				       (struct range){0, 1, true}, scale)) {
				plot_line(&p, xs, ys, 5, STYLE(INK_TRAIN));
				plot_points(&p, xs, ys, 5, 'o', STYLE(INK_VALID));
				plot_mark(&p, 1, '!', STYLE(INK_BAD));
				plot_mark(&p, 1, '?', STYLE(INK_BAD));
				plot_beyond(&p, xs, ys, 5, STYLE(INK_BAD));
			}
			for (int y = 0; y < h + 4; y++)
				for (int x = 0; x < w + 4; x++)
					if (x < 2 || y < 2 || x >= w + 2 || y >= h + 2)
						assert_int_equal(canvas_at(&canvas, x, y)->ch, ' ');
			canvas_release(&canvas);
		}
}

static void test_axis_labels(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT;
	begin(40, 12, (struct range){0, 10, true}, (struct range){0.31, 1.62, true});
	canvas_dump(&canvas, true, &out);
	assert_non_null(strstr(out.buf, "0.5┤"));
	assert_non_null(strstr(out.buf, "1.5┤"));
	assert_non_null(strstr(out.buf, "10\n"));
	strbuf_release(&out);
	canvas_release(&canvas);
}

static char *drawn(void)
{
	struct strbuf out = STRBUF_INIT;
	canvas_dump(&canvas, true, &out);
	canvas_release(&canvas);
	return strbuf_detach(&out);
}

static void test_log_scale(void **state)
{
	(void)state;
	double xs[] = {0, 1, 2}, ys[] = {10, 0, 0.1};
	struct plot p;
	canvas_init(&canvas, 40, 14, true, 256);
	assert_true(plot_begin(&p, &canvas, (struct rect){0, 0, 40, 14}, (struct range){0, 2, true},
			       (struct range){0.1, 10, true}, PLOT_LOG));
	plot_line(&p, xs, ys, 3, STYLE(INK_TRAIN));
	assert_int_equal(n_braille(-1), 2); /* nothing joins over a value that has no logarithm */
	assert_int_equal(n_braille(p.r.y), 1);
	plot_points(&p, xs, ys, 3, 'o', STYLE(INK_VALID));
	char *text = drawn(), *one = strstr(text, "  1┤"), *ten = strstr(text, " 10┤"),
	     *tenth = strstr(text, "0.1┤");
	assert_true(ten && one && tenth && ten < one && one < tenth);
	free(text);
}

static void test_log_ranges(void **state)
{
	(void)state;
	static const struct range ranges[] = {{0, 0, false}, {-2, -1, true},
					      {0, 5, true},  {0.5, 0.6, true},
					      {3, 3, true},  {1e-300, 1e300, true}};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		for (int h = 3; h < 30; h++) {
			struct plot p;
			canvas_init(&canvas, 60, h, true, 256);
			if (plot_begin(&p, &canvas, (struct rect){0, 0, 60, h},
				       (struct range){0, 1, true}, ranges[i], PLOT_LOG))
				assert_true(p.y0 < p.y1);
			char *text = drawn();
			assert_true(h < 8 || strstr(text, "┤"));
			free(text);
		}
}

static void test_beyond(void **state)
{
	(void)state;
	double xs[] = {0, 1, 2}, ys[] = {6.25, 0.5, 0.4};
	struct plot p = begin(40, 10, (struct range){0, 2, true}, (struct range){0.3, 1, true});
	plot_line(&p, xs, ys, 3, STYLE(INK_TRAIN));
	plot_beyond(&p, xs, ys, 3, STYLE(INK_TRAIN));
	char *text = drawn();
	assert_non_null(strstr(text, "↑6.2"));
	free(text);
}

/* The numbers below the axis: whole, apart from each other, inside the field. Returns how many. */
static int check_x_axis(int w, double x1, double per_x)
{
	struct plot p;
	int n = 0;
	double last = -1;
	canvas_init(&canvas, w, 8, true, 256);
	if (!plot_begin_counting(&p, &canvas, (struct rect){0, 0, w, 8},
				 (struct range){0, x1, true}, (struct range){0, 1, true},
				 PLOT_LINEAR, (struct plot_count){per_x, ""})) {
		canvas_release(&canvas);
		return 1;
	}
	char *text = drawn(), *at = text + strlen(text) - 1; /* its last line */
	while (at > text && at[-1] != '\n')
		at--;
	for (char *word = strtok(at, " \n"); word; word = strtok(NULL, " \n"), n++) {
		char *end;
		double v = strtod(word, &end);
		assert_string_equal(end, ""); /* a whole number by itself: none touches another */
		assert_null(strchr(word, '.'));
		assert_true(v > last && v <= x1 * per_x + 1e-6);
		last = v;
	}
	free(text);
	return n;
}

static void test_whole_ticks(void **state)
{
	(void)state;
	static const double ends[] = {1, 2, 3, 7, 10, 14, 40, 99, 100, 500, 999, 5000, 123456};
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		for (int w = 12; w < 200; w++) {
			int n = check_x_axis(w, ends[i], 1);
			assert_in_range(n, 1, 12);
			assert_true(w < 40 || n >= 2);
		}
	for (double part = 0.01; part < 3; part *= 1.7) /* parts of an epoch, in iterations */
		assert_in_range(check_x_axis(60, part, 391), 1, 12);
}

/* Two numbers at least stand beside the y axis, with room between them. */
static void test_few_y_ticks(void **state)
{
	(void)state;
	for (int h = 4; h < 40; h++)
		for (double span = 1e-3; span < 1e6; span *= 3.7) {
			struct plot p;
			int n = 0, last = -9;
			canvas_init(&canvas, 60, h, true, 256);
			assert_true(plot_begin(
			    &p, &canvas, (struct rect){0, 0, 60, h}, (struct range){0, 10, true},
			    (struct range){span, 2.3 * span, true}, PLOT_LINEAR));
			for (int y = 0; y < h; y++)
				if (canvas_at(&canvas, p.r.x - 1, y)->ch == 0x2524) {
					assert_true(y > last);
					last = y;
					n++;
				}
			assert_in_range(n, h > 5 ? 2 : 1, 8);
			canvas_release(&canvas);
		}
}

/* A thin shade: never more than half of a cell's dots, and never over a curve. */
static void test_band(void **state)
{
	(void)state;
	enum { N = 200 };
	double xs[N], lo[N], hi[N], mean[N];
	for (int i = 0; i < N; i++) {
		xs[i] = i;
		lo[i] = 0.2;
		hi[i] = 0.8;
		mean[i] = 0.5;
	}
	struct plot p = begin(60, 20, (struct range){0, N - 1, true}, (struct range){0, 1, true});
	plot_band(&p, xs, lo, hi, N, STYLE(INK_TRAIN_FAINT));
	plot_line(&p, xs, mean, N, STYLE(INK_TRAIN));
	int n_shade = 0, n_line = 0, n_empty = 0;
	for (int y = p.r.y; y < p.r.y + p.r.h; y++)
		for (int x = p.r.x; x < p.r.x + p.r.w; x++) {
			const struct cell *cell = canvas_at(&canvas, x, y);
			bool line = cell->style.fg == INK_TRAIN;
			n_line += line;
			n_shade += cell->dots && !line;
			n_empty += !cell->dots;
			assert_true(line || __builtin_popcount(cell->dots) <= 4);
		}
	assert_int_equal(n_line, p.r.w); /* one row, nothing else in its cells */
	assert_true(n_shade > 5 * p.r.w && n_empty > 3 * p.r.w);
	canvas_release(&canvas);
}

static void test_points_apart(void **state)
{
	(void)state;
	double xs[100];
	for (int i = 0; i < 100; i++)
		xs[i] = i;
	struct plot p = begin(64, 10, (struct range){0, 99, true}, (struct range){0, 1, true});
	assert_false(plot_points_apart(&p, xs, 100));
	for (int n = 1; n <= 100; n++) {
		p.x1 = n > 1 ? n - 1 : 1;
		assert_int_equal(plot_points_apart(&p, xs, (size_t)n),
				 n < 2 || p.r.w - 1 >= PLOT_APART * (n - 1));
	}
	plot_points(&p, xs, xs, 100, 'o', STYLE(INK_VALID)); /* beads would hide the line */
	for (int x = 0; x < canvas.w; x++)
		for (int y = 0; y < canvas.h; y++)
			assert_int_not_equal(canvas_at(&canvas, x, y)->ch, 'o');
	canvas_release(&canvas);
}

/* Without Braille dots each curve has a letter. */
static void test_letters(void **state)
{
	(void)state;
	double xs[] = {0, 1, 2}, ys[] = {0.2, 0.5, 0.8}, lo[] = {0, 0, 0}, hi[] = {1, 1, 1};
	struct plot p;
	canvas_init(&canvas, 40, 10, false, 0);
	assert_true(plot_begin(&p, &canvas, (struct rect){0, 0, 40, 10}, (struct range){0, 2, true},
			       (struct range){0, 1, true}, PLOT_LINEAR));
	plot_band(&p, xs, lo, hi, 3, STYLE(INK_TRAIN_FAINT));
	p.letter = '+';
	plot_line(&p, xs, ys, 3, STYLE(INK_TRAIN));
	char *text = drawn();
	assert_non_null(strchr(text, '+'));
	assert_non_null(strchr(text, '.'));
	for (char *c = text; *c; c++)
		assert_true((unsigned char)*c < 0x7F);
	free(text);
}

/* How far it goes is told below as well, and of an accident in few characters. */
static void test_far_beyond(void **state)
{
	(void)state;
	double xs[] = {0, 1, 2}, ys[] = {0.5, 1e7, 0.5}, low[] = {0.9, 0.1, 0.9};
	struct plot p = begin(40, 10, (struct range){0, 2, true}, (struct range){0.3, 1, true});
	plot_beyond(&p, xs, ys, 3, STYLE(INK_TRAIN));
	char *text = drawn();
	assert_non_null(strstr(text, "↑1.0e7"));
	free(text);
	canvas_init(&canvas, 40, 10, true, 256);
	assert_true(plot_begin(&p, &canvas, (struct rect){0, 0, 40, 10}, (struct range){0, 2, true},
			       (struct range){0.6, 1, true}, PLOT_PERCENT));
	plot_beyond(&p, xs, low, 3, STYLE(INK_VALID));
	text = drawn();
	assert_non_null(strstr(text, "↓10"));
	free(text);
}

static void test_marks_stack(void **state)
{
	(void)state;
	struct plot p = begin(40, 17, (struct range){0, 2, true}, (struct range){0, 1, true});
	for (const char *s = "abcdefg"; *s; s++)
		plot_mark(&p, 1, (uint32_t)*s, STYLE(INK_BAD));
	int x = plot_column(&p, 1);
	for (int y = 0; y < 4; y++)
		assert_int_equal(canvas_at(&canvas, x, y)->ch, 'a' + y);
	assert_int_equal(canvas_at(&canvas, x, 4)->ch, 0x250A);
	canvas_release(&canvas);
}

static int n_of(uint32_t ch)
{
	int n = 0;
	for (int i = 0; i < canvas.w * (canvas.h - 1); i++)
		n += canvas.cells[i].ch == ch;
	return n;
}

/* Curves that end at one place have their letters beside each other, each on its own curve. */
static void test_ends(void **state)
{
	(void)state;
	const double xs[] = {0, 3, 5, 7, 9, 10}, ys[] = {5, 5, 5, 5, 5, 5}, gap[] = {1, 2, NAN};
	struct plot p = begin(40, 12, (struct range){0, 10, true}, (struct range){0, 10, true});
	plot_line(&p, xs, ys, 6, STYLE(INK_TRAIN));
	for (uint32_t letter = 'a'; letter < 'e'; letter++)
		plot_end(&p, xs, ys, 6, letter, STYLE_BOLD(INK_TRAIN));
	plot_end(&p, xs, gap, 3, 'z', STYLE_BOLD(INK_TRAIN)); /* before its gap */
	plot_end(&p, xs, ys, 0, 'y', STYLE_BOLD(INK_TRAIN));
	for (uint32_t letter = 'a'; letter < 'e'; letter++)
		assert_int_equal(n_of(letter), 1);
	assert_int_equal(n_of('z'), 1);
	assert_int_equal(n_of('y'), 0);
	canvas_release(&canvas);
}

static void expect_clock(double from, double span, const char *first, const char *second)
{
	struct strbuf out = STRBUF_INIT;
	struct plot p = begin(60, 8, (struct range){from, from + span, true},
			      (struct range){0, 1, true});
	plot_clock_axis(&p, 0);
	canvas_dump(&canvas, true, &out);
	char *axis = strrchr(out.buf, '\n');
	*axis = '\0';
	axis = strrchr(out.buf, '\n') + 1;
	const char *a = strstr(axis, first), *b = strstr(axis, second);
	if (!a || !b || b < a)
		fail_msg("no '%s' and '%s' in: %s", first, second, axis);
	canvas_release(&canvas);
	strbuf_release(&out);
}

/* 2023-11-14 22:13:20 UTC and so long after. */
static void test_clock_axis(void **state)
{
	(void)state;
	static const double spans[] = {0.001, 1, 70, 4000, 1e5, 1e7, 1e9, 1e11};
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	expect_clock(1700000000, 30, "22:13:30", "22:13:45");
	expect_clock(1700000000, 600, "22:15", "22:20");
	expect_clock(1700000000, 4 * 3600, "23:00", "01:00");
	expect_clock(1700000000, 5 * 86400, "11-15", "11-17");
	expect_clock(1700000000, 400 * 86400, "2024-", "2024-");
	assert_int_equal(setenv("TZ", "AAA-5:30", 1), 0);
	tzset();
	expect_clock(1700000000, 4 * 3600, "04:00", "06:00");
	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		for (int w = 10; w < 90; w += 7) {
			struct plot p = begin(w, 4, (struct range){-spans[i], spans[i], true},
					      (struct range){0, 1, true});
			plot_clock_axis(&p, 0);
			canvas_release(&canvas);
		}
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nice_step),    cmocka_unit_test(test_padding),
	    cmocka_unit_test(test_flat_line),    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_stays_inside), cmocka_unit_test(test_axis_labels),
	    cmocka_unit_test(test_log_scale),    cmocka_unit_test(test_log_ranges),
	    cmocka_unit_test(test_beyond),       cmocka_unit_test(test_marks_stack),
	    cmocka_unit_test(test_whole_ticks),  cmocka_unit_test(test_few_y_ticks),
	    cmocka_unit_test(test_band),         cmocka_unit_test(test_points_apart),
	    cmocka_unit_test(test_letters),      cmocka_unit_test(test_far_beyond),
	    cmocka_unit_test(test_ends),         cmocka_unit_test(test_clock_axis),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
