/* Pictures for terminals that draw them: what is sent, over quick lines and slow ones, is read back
 * by a decoder that knows nothing of the program. */
#include "check.h"

#include "../../src/term/graphics.h"
#include "../../src/term/sixel.h"
#include "../graphics.h"
#include "thaw/term/picture.h"

#define W 80
#define H 24
#define SIDE 40

struct desk { /* a canvas, and what its terminal has seen */
	struct canvas canvas;
	struct graphics graphics;
	struct painter painter;
	struct strbuf sent;
	struct seen seen;
};

static void desk_open(struct desk *d, enum pictures wish)
{
	memset(d, 0, sizeof(*d));
	canvas_init(&d->canvas, W, H, true, COLOURS_TRUE);
	d->canvas.pictures = true;
	graphics_init(&d->graphics);
	d->graphics.wish = wish;
	d->graphics.cell_w = 10;
	d->graphics.cell_h = 20;
	d->painter = (struct painter){.corner = true, .x = -1, .colours = COLOURS_TRUE};
	strbuf_init(&d->sent);
	seen_init(&d->seen, 1, 1);
}

static void desk_close(struct desk *d)
{
	canvas_release(&d->canvas);
	graphics_release(&d->graphics);
	painter_release(&d->painter);
	strbuf_release(&d->sent);
	seen_release(&d->seen);
}

/* One turn of the line, as term_show() makes it. Returns whether all is shown. */
static bool desk_show(struct desk *d, size_t piece)
{
	struct strbuf out = STRBUF_INIT;
	struct graphics *g = &d->graphics;
	if (graphics_choose(g, piece, &d->canvas)) {
		graphics_forget(g, &out);
		painter_forget(&d->painter);
	}
	graphics_remove(g, &d->painter, &d->canvas, &out);
	bool done = paint(&d->painter, graphics_blanks(g, &d->canvas), piece, &out) &&
		    graphics_add(g, &d->painter, &d->canvas, piece, &out);
	strbuf_add(&d->sent, out.buf, out.len);
	assert_true(g->mode == PICTURES_SIXEL || out.len < piece + 700);
	strbuf_release(&out);
	return done;
}

static void desk_read(struct desk *d)
{
	seen_release(&d->seen);
	seen_init(&d->seen, W * 10, H * 20);
	seen_read(&d->seen, &d->sent, 10, 20);
	if (d->seen.bad)
		fail_msg("no terminal understands: %s", d->seen.bad);
}

static void paint_picture(uint8_t rgb[SIDE * SIDE * 3], int kind)
{
	for (int i = 0; i < SIDE * SIDE; i++) {
		rgb[i * 3] = (uint8_t)(i % SIDE * 6 + kind);
		rgb[i * 3 + 1] = (uint8_t)(i / SIDE * 6);
		rgb[i * 3 + 2] = (uint8_t)(kind * 40);
	}
}

static struct rect put_picture(struct desk *d, const uint8_t *rgb, int x, int y)
{
	struct picture p = {.w = SIDE, .h = SIDE, .rgb = rgb};
	return picture_draw(&d->canvas, &p, (struct rect){x, y, 20, 10}, 1);
}

static void expect_picture(struct desk *d, const uint8_t *rgb, struct rect r)
{
	assert_int_equal(d->seen.n_places, 1);
	const struct seen_place *at = &d->seen.places[0];
	const struct seen_picture *p = &d->seen.pictures[seen_find(&d->seen, at->id)];
	size_t n;
	uint8_t *got = seen_decode(p, &n);
	assert_int_equal(n, SIDE * SIDE * 3);
	assert_memory_equal(got, rgb, n);
	free(got);
	assert_true(at->x == r.x && at->y == r.y && at->cols == r.w && at->rows == r.h);
}

static void test_kitty(void **state)
{
	(void)state;
	static const size_t pieces[] = {16, 256, 1000, 65536};
	uint8_t one[SIDE * SIDE * 3], two[SIDE * SIDE * 3];
	paint_picture(one, 1);
	paint_picture(two, 2);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct desk d;
		desk_open(&d, PICTURES_KITTY);
		struct rect r = put_picture(&d, one, 5, 3);
		while (!desk_show(&d, pieces[i]))
			;
		desk_read(&d);
		expect_picture(&d, one, r);
		size_t before = d.sent.len;
		assert_true(desk_show(&d, pieces[i])); /* nothing twice */
		assert_int_equal(d.sent.len, before);
		canvas_clear(&d.canvas); /* another one while the first is not known any more */
		r = put_picture(&d, two, 7, 4);
		while (!desk_show(&d, pieces[i]))
			;
		desk_read(&d);
		expect_picture(&d, two, r);
		canvas_text(&d.canvas, r.x + 3, r.y + 2, 5, STYLE(INK_NONE), "over"); /* it */
		while (!desk_show(&d, pieces[i]))
			;
		desk_read(&d);
		assert_int_equal(d.seen.n_places, 0);
		desk_close(&d);
	}
}

/* The wish changes in the middle of a picture. */
static void test_cut(void **state)
{
	(void)state;
	uint8_t one[SIDE * SIDE * 3];
	struct desk d;
	paint_picture(one, 1);
	desk_open(&d, PICTURES_KITTY);
	put_picture(&d, one, 5, 3);
	for (int i = 0; i < 12; i++)
		assert_false(desk_show(&d, 256));
	assert_true(d.graphics.sending.len > 0);
	canvas_clear(&d.canvas);
	while (!desk_show(&d, 256))
		;
	desk_read(&d);
	assert_int_equal(d.seen.n_places, 0);
	d.graphics.wish = PICTURES_BLOCKS;
	while (!desk_show(&d, 256))
		;
	desk_read(&d);
	assert_int_equal(d.seen.n_places, 0);
	assert_int_equal(seen_find(&d.seen, d.seen.pictures[0].id ? d.seen.pictures[0].id : 1), -1);
	desk_close(&d);
}

/* A thousand pictures one after another: the terminal is left with few. */
static void test_many(void **state)
{
	(void)state;
	uint8_t rgb[SIDE * SIDE * 3];
	struct desk d;
	desk_open(&d, PICTURES_KITTY);
	for (int i = 0; i < 150; i++) {
		paint_picture(rgb, i);
		canvas_clear(&d.canvas);
		put_picture(&d, rgb, 5, 3);
		while (!desk_show(&d, 65536))
			;
	}
	assert_true(d.graphics.n_stored <= 100);
	desk_read(&d);
	expect_picture(&d, rgb, (struct rect){5, 3, 20, 10});
	desk_close(&d);
}

static void test_sixel(void **state)
{
	(void)state;
	uint8_t one[SIDE * SIDE * 3];
	struct desk d;
	double sum = 0;
	paint_picture(one, 3);
	desk_open(&d, PICTURES_SIXEL);
	struct rect r = put_picture(&d, one, 5, 3);
	while (!desk_show(&d, 16384)) /* this line is too slow for them */
		;
	desk_read(&d);
	assert_int_equal(d.seen.n_sixels, 0);
	while (!desk_show(&d, 65536))
		;
	desk_read(&d);
	assert_int_equal(d.seen.n_sixels, r.h);
	for (int y = 0; y < r.h * 20; y++)
		for (int x = 0; x < r.w * 10; x++)
			for (int k = 0; k < 3; k++) {
				const uint8_t *at =
				    one +
				    ((y * SIDE / (r.h * 20)) * SIDE + x * SIDE / (r.w * 10)) * 3;
				sum += abs(
				    d.seen
					.pixels[((r.y * 20 + y) * W * 10 + r.x * 10 + x) * 3 + k] -
				    at[k]);
			}
	assert_true(sum / (r.h * 20 * r.w * 10 * 3) < 12);
	size_t before = d.sent.len;
	canvas_text(&d.canvas, 50, 3, 5, STYLE(INK_NONE), "aside");
	while (!desk_show(&d, 65536))
		;
	assert_null(strstr(d.sent.buf + before, "\x1bP")); /* only what changed */
	canvas_clear(&d.canvas);
	before = d.sent.len;
	while (!desk_show(&d, 65536))
		;
	for (int y = r.y; y < r.y + r.h; y++) { /* every row of it is written over */
		char row[32];
		snprintf(row, sizeof(row), "\x1b[%d;%dH", y + 1, r.x + 1);
		if (!strstr(d.sent.buf + before, row))
			fail_msg("row %d is left as it was", y);
	}
	desk_close(&d);
}

static void test_answers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool taken, kitty, sixel;
	} cases[] = {
	    {"_Gi=31;OK", true, true, false},  {"_Gi=31;EBADF", true, false, false},
	    {"_Gi=30;OK", true, false, false}, {"[?62;4c", true, false, true},
	    {"[?4c", true, false, true},       {"[?64;14;40;44c", true, false, false},
	    {"[?c", true, false, false},       {"[6;20;10t", true, false, false},
	    {"[A", false, false, false},       {"[?1c;4", false, false, false},
	    {"", false, false, false},         {"_G", false, false, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct graphics g;
		graphics_init(&g);
		assert_non_null(graphics_question(&g, "xterm-256color", false));
		assert_null(graphics_question(&g, "xterm-256color", false)); /* once */
		if (graphics_answer(&g, cases[i].text) != cases[i].taken ||
		    g.kitty != cases[i].kitty || g.sixel != cases[i].sixel)
			fail_msg("'%s'", cases[i].text);
		graphics_release(&g);
	}
}

static void test_who_is_asked(void **state)
{
	(void)state;
	static const struct {
		const char *term;
		bool tmux, asked, kitty;
	} cases[] = {
	    {"xterm-256color", false, true, true},
	    {"xterm-kitty", false, true, true},
	    {"foot", false, true, true},
	    {"xterm-256color", true, true, false},
	    {"tmux-256color", true, true, false},
	    {"screen-256color", false, false, false},
	    {"linux", false, false, false},
	    {"vt100", false, false, false},
	    {"", false, false, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct graphics g;
		graphics_init(&g);
		const char *question = graphics_question(&g, cases[i].term, cases[i].tmux);
		assert_int_equal(question != NULL, cases[i].asked);
		if (question)
			assert_int_equal(strstr(question, "\x1b_G") != NULL, cases[i].kitty);
		graphics_release(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kitty),   cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_many),    cmocka_unit_test(test_sixel),
	    cmocka_unit_test(test_answers), cmocka_unit_test(test_who_is_asked),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
