/* The mouse: what terminals send, and what stands where on the screens. */
#include "part.h"

#include "../../src/tui/zone.h"

#include "thaw/tui/action.h"
#include "thaw/tui/layout.h"
#include "thaw/term/pointer.h"

static void test_sequences(void **state)
{
	(void)state;
	static const struct {
		const char *sequence;
		struct pointer p;
	} cases[] = {
	    {"[<0;1;1M", {POINTER_PRESS, 0, 0}},        {"[<0;120;40M", {POINTER_PRESS, 119, 39}},
	    {"[<0;300;100m", {POINTER_LET_GO, 299, 99}}, {"[<64;5;6M", {POINTER_WHEEL_UP, 4, 5}},
	    {"[<65;5;6M", {POINTER_WHEEL_DOWN, 4, 5}},  {"[<2;5;6M", {POINTER_OTHER, 4, 5}},
	    {"[<32;5;6M", {POINTER_DRAG, 4, 5}},       {"[<16;5;6M", {POINTER_PRESS, 4, 5}},
	    {"[M !!", {POINTER_PRESS, 0, 0}},           {"[M#+,", {POINTER_LET_GO, 10, 11}},
	    {"[M`!\"", {POINTER_WHEEL_UP, 0, 1}},       {"[M@+,", {POINTER_DRAG, 10, 11}},
	    {"[<34;5;6M", {POINTER_OTHER, 4, 5}},       {"[<35;5;6M", {POINTER_OTHER, 4, 5}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pointer p = {POINTER_OTHER, -1, -1};
		if (!pointer_parse(cases[i].sequence, &p))
			fail_msg("%s is not read", cases[i].sequence);
		assert_int_equal(p.what, cases[i].p.what);
		assert_true(p.x == cases[i].p.x && p.y == cases[i].p.y);
	}
}

static void test_no_sequences(void **state)
{
	(void)state;
	static const char *const wrong[] = {"",          "[",        "[<",           "[<0;1M",
					    "[<0;1;1",   "[<0;0;1M", "[<0;1;0M",     "[<;1;1M",
					    "[<0;1;1MM", "[<0;1;1x", "[<99999;1;1M", "[<0;99999;1M",
					    "[<-1;1;1M", "[M",       "[M!!",         "[M\x1f!!",
					    "[A",        "OM",       "[<0;1;1;1M"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct pointer p;
		assert_false(pointer_parse(wrong[i], &p));
	}
}

static void draw(struct canvas *c, enum page page, int w, int h)
{
	struct view v;
	view_init(&v, VIEW_LIVE, "run");
	v.page = page;
	canvas_init(c, w, h, true, 256);
	screen_draw(c, &part, &v);
}

static int zones_of(const struct canvas *c, enum zone_kind kind)
{
	int n = 0;
	for (size_t i = 0; i < c->n_zones; i++)
		n += c->zones[i].kind == (int)kind;
	return n;
}

/* At any size every zone lies on the screen and names something that there is. */
static void test_zones_at_every_size(void **state)
{
	(void)state;
	for (int page = 0; page < PAGE_N; page++)
		for (int w = 1; w <= 200; w += 7)
			for (int h = 1; h <= 60; h += 3) {
				struct canvas c;
				draw(&c, (enum page)page, w, h);
				for (size_t i = 0; i < c.n_zones; i++) {
					struct zone z = c.zones[i];
					static const int most[] = {
					    [ZONE_PANEL] = PANEL_N, [ZONE_PAGE] = PAGE_N,
					    [ZONE_LAYER] = 22,      [ZONE_CLASS] = 5,
					    [ZONE_PROBE] = 8,       [ZONE_MISTAKE] = 64,
					    [ZONE_EPOCH] = 11,      [ZONE_CHART] = 1,      [ZONE_ACTION] = 256,
					    [ZONE_CHOICE] = 4,      [ZONE_PREVIEW] = 1};
					assert_true(z.r.x >= 0 && z.r.y >= 0 && z.r.w > 0 &&
						    z.r.h > 0 && z.r.x + z.r.w <= w &&
						    z.r.y + z.r.h <= h);
					assert_true(z.kind > ZONE_NONE && z.kind <= ZONE_PREVIEW);
					assert_true(z.index >= 0 && z.index < most[z.kind]);
				}
				canvas_release(&c);
			}
}

/* The cell that shows a text stands for what the text says. */
static struct zone zone_at_text(enum page page, const char *text, enum zone_kind kind)
{
	struct canvas c;
	struct zone z = {{0, 0, 0, 0}, ZONE_NONE, 0};
	struct strbuf row = STRBUF_INIT;
	draw(&c, page, 120, 40);
	canvas_dump(&c, true, &row);
	int y = 0;
	for (char *line = strtok(row.buf, "\n"); line; line = strtok(NULL, "\n"), y++) {
		char *at = strstr(line, text);
		if (!at || z.kind != ZONE_NONE)
			continue;
		*at = '\0';
		z = canvas_zone_at(&c, text_width(line, true), y, kind);
	}
	strbuf_release(&row);
	canvas_release(&c);
	return z;
}

static void test_what_stands_where(void **state)
{
	(void)state;
	struct zone z = zone_at_text(PAGE_TRAIN, "4 Images", ZONE_NONE);
	assert_true(z.kind == ZONE_PAGE && z.index == PAGE_IMAGES);
	z = zone_at_text(PAGE_LAYERS, "▸", ZONE_NONE);
	assert_true(z.kind == ZONE_LAYER && z.index == 19);
	z = zone_at_text(PAGE_LAYERS, "▸", ZONE_PANEL);
	assert_int_equal(z.index, PANEL_LAYER_TABLE);
	z = zone_at_text(PAGE_LAYERS, "undo", ZONE_NONE);
	assert_int_equal(z.kind, ZONE_ACTION);
	assert_string_equal(action_table[z.index].name, "undo");
	z = zone_at_text(PAGE_TRAIN, "thaw ", ZONE_NONE);
	assert_true(z.kind == ZONE_PANEL && z.index == PANEL_TITLE);
	struct canvas c;
	draw(&c, PAGE_TRAIN, 120, 40);
	assert_true(zones_of(&c, ZONE_EPOCH) >= 3 && zones_of(&c, ZONE_PAGE) == PAGE_N - 1);
	assert_int_equal(canvas_zone_at(&c, 500, 2, ZONE_NONE).kind, ZONE_NONE);
	canvas_clear(&c);
	assert_int_equal(canvas_zone_at(&c, 3, 0, ZONE_NONE).kind, ZONE_NONE);
	canvas_release(&c);
	draw(&c, PAGE_CLASSES, 120, 40);
	assert_true(zones_of(&c, ZONE_CLASS) >= 5);
	canvas_release(&c);
	draw(&c, PAGE_IMAGES, 120, 40);
	assert_int_equal(zones_of(&c, ZONE_PROBE), 8);
	canvas_release(&c);
}

static void test_clipped(void **state)
{
	(void)state;
	struct canvas c;
	canvas_init(&c, 20, 5, true, 256);
	canvas_clip(&c, (struct rect){5, 1, 4, 2});
	canvas_zone(&c, (struct rect){0, 0, 7, 9}, ZONE_LAYER, 3);
	canvas_zone(&c, (struct rect){9, 1, 4, 2}, ZONE_LAYER, 4); /* outside */
	assert_int_equal(c.n_zones, 1);
	assert_int_equal(canvas_zone_at(&c, 5, 1, ZONE_NONE).index, 3);
	assert_int_equal(canvas_zone_at(&c, 6, 2, ZONE_LAYER).index, 3);
	assert_int_equal(canvas_zone_at(&c, 7, 1, ZONE_NONE).kind, ZONE_NONE);
	assert_int_equal(canvas_zone_at(&c, 5, 1, ZONE_PAGE).kind, ZONE_NONE);
	canvas_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sequences),
	    cmocka_unit_test(test_no_sequences),
	    cmocka_unit_test(test_zones_at_every_size),
	    cmocka_unit_test(test_what_stands_where),
	    cmocka_unit_test(test_clipped),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, part_open, part_close);
}
