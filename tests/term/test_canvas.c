#include "check.h"

static char *dumped(const struct canvas *c)
{
	struct strbuf out = STRBUF_INIT;
	canvas_dump(c, true, &out);
	return strbuf_detach(&out);
}

static void expect(const struct canvas *c, const char *want)
{
	char *got = dumped(c);
	assert_string_equal(got, want);
	free(got);
}

/* Every cell of width 2 is followed by one of width 0, and there is no other of width 0. */
static void check_widths(const struct canvas *c)
{
	for (int y = 0; y < c->h; y++)
		for (int x = 0; x < c->w; x++) {
			int w = canvas_at(c, x, y)->width;
			assert_true(w <= 2);
			assert_int_equal(w == 0, x > 0 && canvas_at(c, x - 1, y)->width == 2);
			assert_false(w == 2 && x == c->w - 1);
		}
}

static void test_clipping(void **state)
{
	(void)state;
	struct canvas c;
	canvas_init(&c, 8, 2, true, 256);
	assert_int_equal(canvas_text(&c, 0, 0, 8, STYLE(INK_NONE), "exactly8"), 8);
	assert_int_equal(canvas_text(&c, 0, 1, 6, STYLE(INK_NONE), "too long"), 6);
	expect(&c, "exactly8\ntoo l…\n");
	canvas_text(&c, -3, 0, 8, STYLE(INK_NONE), "abcdef");
	canvas_text(&c, 6, 1, 8, STYLE(INK_NONE), "xyz");
	canvas_text(&c, 0, -1, 8, STYLE(INK_NONE), "up");
	canvas_text(&c, 0, 2, 8, STYLE(INK_NONE), "down");
	expect(&c, "defctly8\ntoo l…xy\n");
	canvas_clip(&c, (struct rect){2, 0, 3, 1});
	canvas_hline(&c, 0, 0, 8, '#', STYLE(INK_NONE));
	canvas_hline(&c, 0, 1, 8, '#', STYLE(INK_NONE));
	expect(&c, "de###ly8\ntoo l…xy\n");
	canvas_release(&c);
}

static void test_wide_and_combining(void **state)
{
	(void)state;
	struct canvas c;
	canvas_init(&c, 6, 1, true, 256);
	assert_int_equal(text_width("漢字", true), 4);
	assert_int_equal(text_width("e\xcc\x81", true), 1);
	canvas_text(&c, 0, 0, 6, STYLE(INK_NONE), "漢e\xcc\x81字");
	expect(&c, "漢e\xcc\x81字\n");
	check_widths(&c);
	canvas_text(&c, 0, 0, 4, STYLE(INK_NONE), "漢字漢"); /* the second would need column 4 */
	check_widths(&c);
	canvas_put(&c, 1, 0, 'x', STYLE(INK_NONE)); /* half of the first */
	check_widths(&c);
	assert_int_equal(canvas_at(&c, 0, 0)->ch, ' ');
	canvas_put(&c, 5, 0, 0x6F22, STYLE(INK_NONE)); /* does not fit in one column */
	check_widths(&c);
	canvas_release(&c);
}

static void test_hostile_text(void **state)
{
	(void)state;
	static const char *const hostile[] = {"\x1b[2J\x1b]0;title\a",
					      "\x9b"
					      "31m",
					      "a\r\nb\tc\b",
					      "\xc2\x9b"
					      "1m",
					      "\xe2\x80\xae"
					      "rtl\xe2\x80\x8b",
					      "\xff\xfe\xc0\x80\xed\xa0\x80\xf5",
					      "\x7f"};
	for (int utf8 = 0; utf8 < 2; utf8++)
		for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
			struct canvas c;
			canvas_init(&c, 30, 1, utf8, 256);
			canvas_text(&c, 0, 0, 30, STYLE(INK_NONE), hostile[i]);
			for (int x = 0; x < 30; x++) {
				uint32_t ch = canvas_at(&c, x, 0)->ch;
				assert_true(ch >= 0x20 && ch != 0x7F && !(ch >= 0x80 && ch < 0xA0));
				assert_false(ch >= 0x2028 && ch <= 0x202E);
				assert_true(utf8 || ch < 0x7F);
			}
			check_widths(&c);
			canvas_release(&c);
		}
}

static void test_ascii_forms(void **state)
{
	(void)state;
	struct canvas c;
	canvas_init(&c, 20, 1, false, 0);
	canvas_text(&c, 0, 0, 20, STYLE(INK_NONE), "✓✗❄☀★▶→×…─│");
	canvas_dots(&c, 12, 0, 0x01, STYLE(INK_NONE));
	canvas_dots(&c, 13, 0, 0x80, STYLE(INK_NONE));
	canvas_dots(&c, 14, 0, 0x01, STYLE(INK_NONE));
	canvas_dots(&c, 14, 0, 0x40, STYLE(INK_NONE));
	expect(&c, "+x*^*>>x~-| '.:\n");
	canvas_release(&c);
}

static void test_bar_and_clock(void **state)
{
	(void)state;
	struct canvas c;
	canvas_init(&c, 10, 1, true, 256);
	canvas_bar(&c, 0, 0, 4, 0.5, STYLE(INK_GOOD));
	canvas_bar(&c, 5, 0, 4, 2.0, STYLE(INK_GOOD));
	expect(&c, "██·· ████\n");
	canvas_bar(&c, 5, 0, 4, (double)NAN, STYLE(INK_GOOD));
	expect(&c, "██·· ····\n");
	canvas_text(&c, 0, 0, 10, (struct style){INK_NONE, INK_NONE, ATTR_CLOCK}, "12:34 tick");
	struct strbuf out = STRBUF_INIT;
	canvas_dump(&c, false, &out);
	assert_string_equal(out.buf, "\n");
	strbuf_release(&out);
	canvas_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clipping),      cmocka_unit_test(test_wide_and_combining),
	    cmocka_unit_test(test_hostile_text),  cmocka_unit_test(test_ascii_forms),
	    cmocka_unit_test(test_bar_and_clock),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
