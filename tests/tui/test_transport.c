/* A replay's speeds, and its bar: which place a column stands for, and how it looks. */
#include "check.h"
#include "golden.h"

#include "../../src/tui/timebar.h"
#include "../../src/tui/zone.h"

#include "thaw/tui/layout.h"
#include "thaw/tui/speed.h"

#include <unistd.h>

/* ---- speeds ---- */

static void test_speed_words(void **state)
{
	(void)state;
	static const char *const wrong[] = {"",    "0",   "0.2",  "1001", "-1", "nan",    "inf",
					    "1e2", "0x4", "fast", "2x",   " 2", "recorde"};
	struct speed s = {7, false};
	struct errinfo e;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(speed_parse(&s, wrong[i], &e), ERR_VALUE);
		assert_non_null(strstr(e.msg, "a number from 0.25 to 1000"));
		assert_true(s.factor == 7);
	}
	assert_int_equal(speed_parse(&s, "0.25", NULL), ERR_OK);
	assert_string_equal(speed_words(s), "×0.25");
	assert_int_equal(speed_parse(&s, "1000", NULL), ERR_OK);
	assert_string_equal(speed_words(s), "×1000");
	assert_int_equal(speed_parse(&s, "recorded", NULL), ERR_OK);
	assert_true(s.recorded && s.factor == 1);
	assert_string_equal(speed_words(s), "recorded");
}

static void test_speed_steps(void **state)
{
	(void)state;
	static const double steps[] = {0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
	enum { MOST = sizeof(steps) / sizeof(*steps) - 1 };
	for (size_t i = 0; i <= MOST; i++) {
		struct speed s = {steps[i], false};
		assert_true(speed_next(s, 1).factor == steps[i < MOST ? i + 1 : MOST]);
		assert_true(speed_next(s, -1).factor == steps[i > 0 ? i - 1 : 0]);
	}
	assert_true(speed_next((struct speed){3, false}, 1).factor == 5);
	assert_true(speed_next((struct speed){3, false}, -1).factor == 2);
	struct speed s = speed_next((struct speed){1, true}, 1);
	assert_true(s.factor == 2 && !s.recorded);
	assert_true(speed_pleasant(0).factor == 0.25);
	assert_true(speed_pleasant(40000).factor == 1);
	assert_true(speed_pleasant(3600 * 1000).factor == 50);
	assert_true(speed_pleasant(INT64_C(100) * 86400 * 1000).factor == 1000);
}

/* A night is over in three seconds, unless it was asked for. */
static void test_waits(void **state)
{
	(void)state;
	const int64_t night = 8 * 3600 * 1000;
	const struct speed plain = {10, false}, recorded = {1, true};
	assert_false(speed_waits(plain, 30000));
	assert_true(speed_waits(plain, 30001));
	assert_true(speed_rate(plain, 30000) == 10);
	assert_true((double)night / speed_rate(plain, night) == SPEED_WAIT_MS);
	assert_true(speed_waits(recorded, night));
	assert_true(speed_rate(recorded, night) == 1);
}

/* ---- columns ---- */

static void test_every_width(void **state)
{
	(void)state;
	static const size_t lengths[] = {0, 1, 2, 3, 10, 199, 200, 386, 1000003, (size_t)1 << 40};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (int w = 1; w <= 200; w++) {
			size_t n = lengths[i], before = 0;
			assert_int_equal(timebar_place(n, w, 0), 0);
			assert_int_equal(timebar_place(n, w, w - 1), w > 1 ? n : 0);
			assert_int_equal(timebar_place(n, w, -5), 0);
			assert_int_equal(timebar_place(n, w, w + 5), w > 1 ? n : 0);
			assert_int_equal(timebar_column(n, w, 0), 0);
			assert_int_equal(timebar_column(n, w, n), n ? w - 1 : 0);
			for (int x = 0; x < w; x++) {
				size_t at = timebar_place(n, w, x);
				assert_true(at >= before && at <= n);
				if (n >= (size_t)w)
					assert_int_equal(timebar_column(n, w, at), x);
				before = at;
			}
		}
}

/* The columns of places rise with them, and stay on the line. */
static void test_columns_rise(void **state)
{
	(void)state;
	for (int w = 1; w <= 200; w++)
		for (size_t n = 1; n <= 400; n += 19) {
			int before = 0;
			for (size_t at = 0; at <= n; at++) {
				int x = timebar_column(n, w, at);
				assert_true(x >= before && x < w);
				before = x;
			}
		}
}

/* ---- a log ---- */

static struct timeline whole;

static int open_whole(void **state)
{
	(void)state;
	char path[] = "/tmp/thaw-transport-XXXXXX";
	int fd = mkstemp(path);
	struct sample s = {fd >= 0 ? fdopen(fd, "w") : NULL, 0, 0, 1};
	struct errinfo e;
	if (!s.out)
		return -1;
	sample_whole(&s);
	fclose(s.out);
	timeline_init(&whole);
	bool bad = timeline_open(&whole, path, &e);
	while (!bad && timeline_read(&whole, 1000, false))
		;
	unlink(path);
	return bad ? -1 : 0;
}

static int close_whole(void **state)
{
	(void)state;
	timeline_release(&whole);
	return 0;
}

/* What is pointed at rises with the column at any width; a mark is gone to from its own column. */
static void test_pointed(void **state)
{
	(void)state;
	for (int w = 2; w <= 200; w++) {
		struct timebar_cell cells[200];
		size_t before = 0;
		timebar_cells(&whole, w, cells);
		for (int x = 0; x < w; x++) {
			size_t at = timebar_pointed(&whole, w, x);
			assert_true(at >= before && at <= whole.n);
			if (x > 0 && x < w - 1)
				assert_int_equal(timebar_column(whole.n, w, at), x);
			if (x > 0 && x < w - 1 && cells[x].mark)
				assert_int_equal(at, cells[x].mark_at);
			before = at;
		}
		assert_int_equal(timebar_pointed(&whole, w, 0), 0);
		assert_int_equal(timebar_pointed(&whole, w, w - 1), whole.n);
	}
}

static struct view seen(size_t at)
{
	struct view v;
	timeline_seek(&whole, at);
	view_init(&v, VIEW_REPLAY, "runs/sample");
	v.log = &whole;
	v.position = at;
	v.n_events = whole.n;
	v.play_ms = timeline_ms(&whole, at);
	v.speed = (struct speed){20, false};
	return v;
}

/* The bar's own rows, its line noted for the pointer, at every size that has room for it. */
static void test_every_size(void **state)
{
	(void)state;
	struct view v = seen(whole.n / 3);
	for (int page = 0; page < PAGE_N; page++)
		for (int w = 1; w <= 200; w += page + 3)
			for (int h = 1; h <= 60; h += 5) {
				struct canvas c;
				struct layout l;
				v.page = (enum page)page;
				canvas_init(&c, w, h, true, 256);
				screen_draw(&c, &whole.history, &v);
				layout_view(&l, &v, w, h);
				struct rect r = layout_find(&l, PANEL_TIMELINE);
				bool small = w < LAYOUT_MIN_W || h < LAYOUT_MIN_H;
				assert_int_equal(r.h, layout_bar_h(&v, w, h));
				assert_int_equal(r.h > 0, w >= 20 && h >= (small ? 4 : 14));
				int line = 0;
				for (int x = 0; x < w && r.h; x++)
					line += canvas_zone_at(&c, x, r.y, ZONE_TIMELINE).kind ==
						ZONE_TIMELINE;
				assert_true(r.h == 0 || line >= 12);
				canvas_release(&c);
			}
}

/* What is told beside the line takes the same room wherever the replay stands: the line stays where
 * the pointer drags on it. */
static void test_line_stays(void **state)
{
	(void)state;
	static const int widths[] = {20, 30, 40, 60, 80, 100, 120, 200};
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		struct rect first = {0, 0, 0, 0};
		for (size_t at = 0; at <= whole.n; at += 7) {
			struct view v = seen(at);
			struct canvas c;
			struct zone z = {{0, 0, 0, 0}, ZONE_NONE, 0};
			canvas_init(&c, widths[i], 24, true, 256);
			screen_draw(&c, &whole.history, &v);
			for (size_t k = 0; k < c.n_zones; k++)
				z = c.zones[k].kind == ZONE_TIMELINE ? c.zones[k] : z;
			first = at ? first : z.r;
			assert_memory_equal(&first, &z.r, sizeof(first));
			canvas_release(&c);
		}
	}
}

/* The last rows of a screen: the bar and what stands below it. */
static bool same_bar(const char *name, size_t at, int w, int h, bool utf8, int colours)
{
	struct view v = seen(at);
	struct canvas c, low;
	canvas_init(&c, w, h, utf8, colours);
	screen_draw(&c, &whole.history, &v);
	int rows = layout_bar_h(&v, w, h) + 1;
	canvas_init(&low, w, rows, utf8, colours);
	for (int y = 0; y < rows; y++)
		for (int x = 0; x < w; x++)
			low.cells[y * w + x] = *canvas_at(&c, x, h - 2 - rows + 1 + y);
	bool same = golden_same(name, &low);
	canvas_release(&c);
	canvas_release(&low);
	return same;
}

static void test_golden(void **state)
{
	(void)state;
	size_t middle = whole.epochs[5].behind - 10;
	bool same = same_bar("bar-80x24.txt", middle, 80, 24, true, 256);
	same &= same_bar("bar-120x40.txt", middle, 120, 40, true, 256);
	same &= same_bar("bar-ascii-80x24.txt", middle, 80, 24, false, 256);
	same &= same_bar("bar-plain-120x40.txt", middle, 120, 40, true, 0);
	same &= same_bar("bar-start-44x20.txt", 0, 44, 20, true, 16);
	same &= same_bar("bar-end-80x24.txt", whole.n, 80, 24, true, COLOURS_TRUE);
	assert_true(same);
}

/* A live run has none, nor a log that is not there. */
static void test_no_bar(void **state)
{
	(void)state;
	struct view v = seen(10);
	v.mode = VIEW_LIVE;
	assert_int_equal(layout_bar_h(&v, 120, 40), 0);
	v.mode = VIEW_REPLAY;
	assert_int_equal(layout_bar_h(&v, 120, 40), 2);
	v.log = NULL;
	assert_int_equal(layout_bar_h(&v, 120, 40), 0);
}

/* While it plays through a wait the line below the bar says what for. */
static void test_wait_is_told(void **state)
{
	(void)state;
	struct view v = seen(200);
	v.playing = true;
	v.speed = (struct speed){0.25, false};
	size_t at = 1;
	while (at < whole.n && timeline_ms(&whole, at + 1) - timeline_ms(&whole, at) < 2000)
		at++; /* the validation of an epoch */
	timeline_seek(&whole, at);
	v.position = at;
	check_texts(&whole.history, &v, 80, 24,
		    (const char *const[]){"nothing logged for 2.0s, shortened · ; skips", NULL});
	v.speed = (struct speed){1, true};
	char *screen = check_screen(&whole.history, &v, 80, 24, true);
	assert_null(strstr(screen, "skips"));
	free(screen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_speed_words),  cmocka_unit_test(test_speed_steps),
	    cmocka_unit_test(test_waits),        cmocka_unit_test(test_every_width),
	    cmocka_unit_test(test_columns_rise), cmocka_unit_test(test_pointed),
	    cmocka_unit_test(test_every_size),   cmocka_unit_test(test_line_stays),
	    cmocka_unit_test(test_golden),       cmocka_unit_test(test_no_bar),
	    cmocka_unit_test(test_wait_is_told),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, open_whole, close_whole);
}
