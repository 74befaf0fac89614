/* The pattern of the Log page, and the page it makes. */
#include "check.h"

#include "thaw/base/log_filter.h"

static void test_patterns(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *line;
		size_t from, to;
		bool passes;
	} cases[] = {
	    {"", "anything", 0, 0, true},
	    {"freeze", "they Freeze it", 5, 11, true},
	    {"Freeze", "they freeze it", 0, 0, false},
	    {"a|b", "xxb", 2, 3, true},
	    {"^x", "ax", 0, 0, false},
	    {"[0-9]+%", "at 86%", 3, 6, true},
	    {"a{2}", "baab", 1, 3, true},
	    {"\\(", "f(x)", 1, 2, true},
	    {"é", "caf\xc3\xa9", 3, 5, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct log_filter f;
		size_t from = 0, to = 0;
		char why[128] = "";
		assert_true(log_filter_check(cases[i].pattern, why, sizeof(why)));
		log_filter_init(&f, cases[i].pattern);
		bool passes = log_filter_match(&f, cases[i].line, &from, &to);
		if (passes != cases[i].passes ||
		    (passes && (from != cases[i].from || to != cases[i].to)))
			fail_msg("/%s/ on '%s': %d, %zu-%zu", cases[i].pattern, cases[i].line,
				 passes, from, to);
		log_filter_release(&f);
	}
}

static void test_no_patterns(void **state)
{
	(void)state;
	static const char *const wrong[] = {"(",   "[a", "a{2}{3}{4}", "(a)\\1",
					    "a\\", "*(", "\xff["};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct log_filter f;
		size_t from, to;
		char why[128] = "";
		if (log_filter_check(wrong[i], why, sizeof(why)))
			fail_msg("/%s/ is taken for a pattern", wrong[i]);
		assert_true(why[0] && !strchr(why, '\n'));
		log_filter_init(&f, wrong[i]); /* every line passes */
		assert_true(log_filter_match(&f, "line", &from, &to));
		log_filter_release(&f);
	}
}

static void write_whole(struct sample *s)
{
	sample_whole(s);
}

static void expect_screen(const struct history *h, const struct view *v, int w, const char *has,
			  const char *lacks)
{
	char *screen = check_screen(h, v, w, 24, true);
	if (!strstr(screen, has) || (lacks && strstr(screen, lacks)))
		fail_msg("wanted '%s', not '%s', in:\n%s", has, lacks ? lacks : "", screen);
	free(screen);
}

static void test_page(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	check_fold(&h, write_whole);
	view_init(&v, VIEW_REPLAY, "run");
	v.page = PAGE_LOG;
	expect_screen(&h, &v, 100, "hostile", NULL);
	strcpy(v.lists[LIST_LOG].filter, "images to train");
	expect_screen(&h, &v, 100, "1 of ", "hostile");
	expect_screen(&h, &v, 100, "match /images to train/", "hostile");
	strcpy(v.lists[LIST_LOG].filter, "nowhere at all");
	expect_screen(&h, &v, 100, "no line matches", "hostile");
	strcpy(v.lists[LIST_LOG].filter, "("); /* no pattern: all lines */
	expect_screen(&h, &v, 100, "hostile", NULL);
	memset(v.lists[LIST_LOG].filter, 'x', sizeof(v.lists[LIST_LOG].filter) - 1);
	for (int w = 1; w < 140; w++) {
		char *screen = check_screen(&h, &v, w, 24, w % 2);
		free(screen);
	}
	history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_patterns),
	    cmocka_unit_test(test_no_patterns),
	    cmocka_unit_test(test_page),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
