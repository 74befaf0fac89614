/* What is sent to a terminal: a canvas painted in pieces of any size onto libvterm looks like the
 * canvas, and what did not change costs nothing. */
#include "check.h"
#include "glass.h"

#include "../../src/term/outlet.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void draw_page(struct canvas *c, const struct history *h, int page)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/flower-photos-1");
	v.page = (enum page)page;
	screen_draw(c, h, &v);
}

static void test_pages(void **state)
{
	(void)state;
	static const int depths[] = {0, 8, 16, 256, COLOURS_TRUE};
	struct history h;
	check_fold(&h, sample_whole);
	for (size_t i = 0; i < sizeof(depths) / sizeof(*depths); i++)
		for (int k = 0; theme_name(k); k++) {
			struct glass g;
			struct canvas c;
			assert_true(theme_by_name(theme_name(k)));
			canvas_init(&c, 120, 40, true, theme_colours(depths[i]));
			glass_open(&g, 120, 40, c.colours);
			for (int page = 0; page < 2 * PAGE_N; page++) {
				draw_page(&c, &h, page * 5 % PAGE_N);
				while (!glass_paint(&g, &c, 100 + (size_t)page * 700))
					;
				expect_canvas(&g, &c);
			}
			glass_close(&g);
			canvas_release(&c);
		}
	theme_by_name("dark");
	history_release(&h);
}

/* Pages turned before the last one is all there: what counts is the newest. */
static void test_dropped_frames(void **state)
{
	(void)state;
	struct history h;
	struct glass g;
	struct canvas c;
	check_fold(&h, sample_whole);
	canvas_init(&c, 80, 24, true, 256);
	glass_open(&g, 80, 24, 256);
	for (int i = 0; i < 200; i++) {
		draw_page(&c, &h, i % PAGE_N);
		glass_paint(&g, &c, 300);
	}
	size_t before = g.sent;
	for (int i = 0; !glass_paint(&g, &c, 300); i++)
		assert_true(i < 100);
	expect_canvas(&g, &c);
	assert_true(g.sent - before < 10000);
	glass_close(&g);
	canvas_release(&c);
	history_release(&h);
}

static void test_what_did_not_change(void **state)
{
	(void)state;
	struct glass g;
	struct canvas c;
	canvas_init(&c, 60, 10, true, 256);
	glass_open(&g, 60, 10, 256);
	canvas_text(&c, 3, 4, 50, STYLE(INK_GOOD), "漢字 e\xcc\x81 and 0.412 of 12");
	canvas_fill(&c, (struct rect){0, 8, 60, 1}, (struct style){INK_BAR, INK_BAR_BG, 0});
	assert_true(glass_paint(&g, &c, 10000));
	expect_canvas(&g, &c);
	size_t before = g.sent;
	assert_true(glass_paint(&g, &c, 10000));
	assert_int_equal(g.sent, before);
	canvas_text(&c, 14, 4, 5, STYLE(INK_GOOD), "0.398"); /* a figure that changed */
	assert_true(glass_paint(&g, &c, 10000));
	expect_canvas(&g, &c);
	assert_true(g.sent - before < 24);
	before = g.sent;
	canvas_fill(&c, (struct rect){0, 4, 60, 1}, STYLE(INK_NONE)); /* a row that went */
	assert_true(glass_paint(&g, &c, 10000));
	expect_canvas(&g, &c);
	assert_true(g.sent - before < 24);
	painter_forget(&g.painter);
	assert_true(glass_paint(&g, &c, 10000));
	expect_canvas(&g, &c);
	glass_close(&g);
	canvas_release(&c);
}

static void test_themes(void **state)
{
	(void)state;
	assert_true(theme_choose(NULL, NULL, NULL));
	assert_string_equal(theme_now(), "dark");
	assert_true(theme_choose("", "0;15", NULL));
	assert_string_equal(theme_now(), "light");
	assert_true(theme_choose("colour-blind", "0;15", ""));
	assert_string_equal(theme_now(), "colour-blind");
	assert_false(theme_choose("puce", NULL, NULL));
	assert_string_equal(theme_now(), "dark");
	assert_true(theme_choose("light", NULL, "1"));
	assert_string_equal(theme_now(), "mono");
	assert_int_equal(theme_colours(COLOURS_TRUE), 0);
	assert_false(theme_by_name("puce"));
	int n = 0;
	while (theme_name(n))
		n++;
	for (int i = 0; i < n; i++)
		theme_next();
	assert_string_equal(theme_now(), "mono");
	assert_true(theme_by_name("dark"));
	/* every ink that has a colour keeps one with 256 and 16 colours, and none has one
	 * without */
	for (uint32_t ink = 1; ink < INK_CONTRAST; ink++)
		for (int i = 0; i < n; i++) {
			theme_by_name(theme_name(i));
			struct style s = {ink, INK_NONE, ATTR_CLOCK};
			struct look full = theme_look(s, COLOURS_TRUE), none = theme_look(s, 0);
			assert_int_equal(full.fg < 0, theme_look(s, 256).fg < 0);
			assert_int_equal(full.fg < 0, theme_look(s, 16).fg < 0);
			assert_true(theme_look(s, 256).fg < 256 && theme_look(s, 16).fg < 16);
			assert_true(theme_look(s, 8).fg < 8 && none.fg == -1 && none.bg == -1);
			assert_false(full.attr & ATTR_CLOCK);
		}
	theme_by_name("dark");
}

static void test_inks_beyond(void **state)
{
	(void)state;
	struct style s = {INK_CONTRAST, INK_RGB(250, 250, 200), 0};
	assert_int_equal(theme_look(s, COLOURS_TRUE).fg, 0);
	assert_int_equal(theme_look(s, COLOURS_TRUE).bg, 0xFAFAC8);
	assert_int_equal(theme_look(s, 16).fg, -1);
	assert_int_equal(theme_look(s, 16).bg, -1);
	s.bg = INK_RAMP(RAMP_GOOD, 0);
	assert_int_equal(theme_look(s, COLOURS_TRUE).fg, 0xFFFFFF);
	assert_int_equal(theme_look(STYLE(INK_RGB(0xFF, 0x87, 0)), 256).fg, 208);
	assert_int_equal(theme_look(STYLE(INK_RGB(118, 118, 118)), 256).fg, 243);
	for (int i = 0; theme_name(i);
	     i++) /* ramps rise or fall all the way, and end where they should */
		for (int ramp = 0; theme_by_name(theme_name(i)) && ramp < RAMP_N; ramp++)
			for (int level = 1; level < RAMP_LEVELS; level++)
				assert_int_equal(
				    theme_look(STYLE(INK_RAMP(ramp, level)), COLOURS_TRUE).fg ==
					theme_look(STYLE(INK_RAMP(ramp, level - 1)), COLOURS_TRUE)
					    .fg,
				    theme_colours(1) == 0);
	theme_by_name("dark");
}

/* A line of which the other end is ours. */
struct line {
	int ends[2];
	struct outlet o;
};

static void line_open(struct line *l)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, l->ends), 0);
	fcntl(l->ends[0], F_SETFL, O_NONBLOCK);
	fcntl(l->ends[1], F_SETFL, O_NONBLOCK);
	outlet_init(&l->o, l->ends[0], true, 0);
}

static void line_close(struct line *l)
{
	outlet_release(&l->o);
	close(l->ends[0]);
	close(l->ends[1]);
}

static size_t line_drain(struct line *l)
{
	static char buf[1 << 20];
	size_t n = 0;
	for (ssize_t got; (got = read(l->ends[1], buf, sizeof(buf))) > 0;)
		n += (size_t)got;
	return n;
}

/* Send a piece at `now`, answer it `ms` later. */
static int64_t exchange(struct line *l, int64_t now, int64_t ms)
{
	static const char text[65536];
	assert_true(outlet_ready(&l->o, now));
	outlet_send(&l->o, text, l->o.piece, now);
	assert_false(outlet_ready(&l->o, now));
	line_drain(l);
	while (!outlet_flush(&l->o))
		line_drain(l);
	outlet_answer(&l->o, now + ms);
	return now + ms;
}

static void test_pieces_fit_the_line(void **state)
{
	(void)state;
	struct line l;
	int64_t now = 0;
	line_open(&l);
	for (int i = 0; i < 12; i++) /* a quick one */
		now = exchange(&l, now, 2);
	assert_int_equal(l.o.piece, 65536);
	line_close(&l);
	line_open(&l);
	for (int i = 0; i < 12; i++) /* 9600 baud, and 50 ms away */
		now = exchange(&l, now, 50 + (int64_t)l.o.piece * 1000 / 960);
	assert_true(l.o.piece >= 256 && l.o.piece <= 512);
	line_close(&l);
	line_open(&l);
	for (int i = 0; i < 12; i++) /* far away, but broad */
		now = exchange(&l, now, 600);
	assert_int_equal(l.o.piece, 65536);
	line_close(&l);
}

static void test_silent_terminal(void **state)
{
	(void)state;
	struct line l;
	line_open(&l);
	outlet_send(&l.o, "x", 1, 1000);
	assert_int_equal(line_drain(&l), 5); /* the question is behind it */
	assert_false(outlet_ready(&l.o, 1100));
	int left = outlet_wait_ms(&l.o, 1100);
	assert_true(left > 0 && !outlet_ready(&l.o, 1100 + left - 1) &&
		    outlet_ready(&l.o, 1100 + left));
	outlet_send(&l.o, "x", 1, 9000);
	assert_int_equal(line_drain(&l), 1); /* asked no more */
	assert_true(outlet_ready(&l.o, 9000));
	outlet_answer(&l.o, 9500); /* it only was slow */
	outlet_send(&l.o, "x", 1, 9600);
	assert_int_equal(line_drain(&l), 5);
	line_close(&l);
}

/* Nobody reads: nothing blocks, nothing is lost, nothing is sent twice. */
static void test_full_line(void **state)
{
	(void)state;
	struct line l;
	static char text[1 << 20];
	line_open(&l);
	outlet_send(&l.o, text, sizeof(text), 0);
	assert_true(l.o.pending.len > 0 && !outlet_ready(&l.o, 0));
	size_t got = 0;
	while (!outlet_flush(&l.o))
		got += line_drain(&l);
	got += line_drain(&l);
	assert_int_equal(got, sizeof(text) + 4);
	assert_true(outlet_rate(&l.o, 0) > outlet_rate(&l.o, 1000));
	assert_true(outlet_rate(&l.o, 60000) < 1);
	close(l.ends[1]);
	l.ends[1] = -1;
	signal(SIGPIPE, SIG_IGN);
	outlet_answer(&l.o, 1);
	outlet_send(&l.o, "x", 1, 2);
	assert_true(l.o.gone && l.o.pending.len == 0);
	line_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_dropped_frames),
	    cmocka_unit_test(test_what_did_not_change),
	    cmocka_unit_test(test_themes),
	    cmocka_unit_test(test_inks_beyond),
	    cmocka_unit_test(test_pieces_fit_the_line),
	    cmocka_unit_test(test_silent_terminal),
	    cmocka_unit_test(test_full_line),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
