/* Layout: at every size the panels lie inside the screen, do not overlap, and the clock is in the
 * title. */
#include "check.h"
#include "thaw/tui/layout.h"

static void check_layout(const struct layout *l, int w, int h)
{
	static unsigned char taken[300 * 100];
	memset(taken, 0, (size_t)w * (size_t)h);
	assert_true(l->n >= 1);
	for (int i = 0; i < l->n; i++) {
		struct rect r = l->item[i].r;
		if (r.w < 1 || r.h < 1 || r.x < 0 || r.y < 0 || r.x + r.w > w || r.y + r.h > h)
			fail_msg("%dx%d: panel %d outside: %d,%d %dx%d", w, h, l->item[i].id, r.x,
				 r.y, r.w, r.h);
		for (int y = r.y; y < r.y + r.h; y++)
			for (int x = r.x; x < r.x + r.w; x++)
				if (taken[y * w + x]++)
					fail_msg("%dx%d: panel %d overlaps at %d,%d", w, h,
						 l->item[i].id, x, y);
	}
}

static void test_every_size(void **state)
{
	(void)state;
	for (int w = 1; w <= 300; w++)
		for (int h = 1; h <= 100; h++)
			for (int page = 0; page < PAGE_N; page++) {
				struct layout l;
				struct view v = {.page = (enum page)page, .preparing = true};
				layout_page(&l, (enum page)page, w, h);
				check_layout(&l, w, h);
				layout_view(&l, &v, w, h);
				check_layout(&l, w, h);
			}
}

/* Whatever a log lacks, what it has takes the room: no panel for the rest, none outside. */
static void test_what_a_log_lacks(void **state)
{
	static const struct {
		unsigned lack;
		enum panel_id panel;
	} rows[] = {
	    {LACK_STAGES, PANEL_PIPELINE}, {LACK_STAGES, PANEL_PROGRESS}, {LACK_LAYERS, PANEL_LAYERS},
	    {LACK_CLASSES, PANEL_CLASSES}, {LACK_IMAGES, PANEL_PROBES},   {LACK_ACCURACY, PANEL_ACCURACY},
	    {LACK_RATE, PANEL_RATE},       {LACK_SPEED, PANEL_SPEED},     {LACK_EPOCHS, PANEL_EPOCHS},
	};
	(void)state;
	for (unsigned lacks = 0; lacks < 2 * LACK_EPOCHS; lacks++)
		for (int w = 1; w <= 200; w += 7)
			for (int h = 1; h <= 80; h += 3) {
				struct layout l;
				struct view v = {.page = PAGE_TRAIN, .lacks = lacks};
				layout_view(&l, &v, w, h);
				check_layout(&l, w, h);
				for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
					if (lacks & rows[i].lack)
						assert_int_equal(layout_find(&l, rows[i].panel).w, 0);
			}
	struct layout l;
	struct view v = {.page = PAGE_TRAIN, .lacks = 2 * LACK_SPEED - 1};
	layout_view(&l, &v, 80, 24);
	assert_int_equal(layout_find(&l, PANEL_LOSS).w, 80);
	assert_int_equal(layout_find(&l, PANEL_EPOCHS).w, 80);
	assert_true(layout_can_focus(layout_focus(&v, 80, 24)));
}

static void test_nothing_wasted(void **state)
{
	(void)state;
	static const struct {
		int w, h, spare; /* columns a row may leave between panels */
	} sizes[] = {{80, 24, 2}, {120, 40, 0}, {200, 60, 0}};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int page = 0; page < PAGE_N; page++) {
			struct layout l;
			int cells = 0;
			layout_page(&l, (enum page)page, sizes[i].w, sizes[i].h);
			for (int k = 0; k < l.n; k++)
				cells += l.item[k].r.w * l.item[k].r.h;
			assert_true(cells >= (sizes[i].w - sizes[i].spare) * sizes[i].h);
		}
}

static void test_what_is_shown(void **state)
{
	(void)state;
	static const enum panel_id at_80x24[] = {PANEL_TITLE,    PANEL_PIPELINE, PANEL_LOSS,
						 PANEL_ACCURACY, PANEL_EPOCHS,   PANEL_LAYERS,
						 PANEL_CLASSES,  PANEL_MESSAGE,  PANEL_HINTS};
	struct layout l;
	layout_page(&l, PAGE_TRAIN, 80, 24);
	for (size_t i = 0; i < sizeof(at_80x24) / sizeof(*at_80x24); i++)
		assert_true(layout_find(&l, at_80x24[i]).w > 0);
	layout_page(&l, PAGE_TRAIN, 120, 40);
	assert_true(layout_find(&l, PANEL_PROBES).w > 0);
	assert_true(l.boxed);
	layout_page(&l, PAGE_TRAIN, 39, 24);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.item[0].id, PANEL_TOO_SMALL);
	struct rect clock = layout_clock(80, 24);
	assert_true(clock.y == 0 && clock.x + clock.w == 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_size),
	    cmocka_unit_test(test_what_a_log_lacks),
	    cmocka_unit_test(test_nothing_wasted),
	    cmocka_unit_test(test_what_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
