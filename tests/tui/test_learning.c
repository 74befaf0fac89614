/* The screen tells how the run learns: optimiser and weights of classes, where there is room for
 * all of it, for a few words, or for none. */
#include "check.h"

#include "thaw/base/alloc.h"

static struct history h;

static int setup(void **state)
{
	(void)state;
	check_fold(&h, sample_whole);
	return 0;
}

static void set(const char *optimizer, const char *weighting)
{
	free(sample_str(h.run.optimizer));
	free(sample_str(h.run.weighting));
	h.run.optimizer = optimizer ? xstrdup(optimizer) : NULL;
	h.run.weighting = weighting ? xstrdup(weighting) : NULL;
	h.run.b1 = (struct opt_double){.9, optimizer != NULL};
	h.run.b2 = (struct opt_double){.99, optimizer != NULL};
}

static void says(enum page page, int w, int height, const char *text)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/x");
	v.page = page;
	check_texts(&h, &v, w, height, (const char *const[]){text, NULL});
}

static void pages_say_it_as_long_as_fits(void **state)
{
	(void)state;
	set("adamw", "balanced");
	says(PAGE_TRAIN, 200, 60, "adamw, b1 0.9, b2 0.99, classes weighted (balanced)");
	says(PAGE_LAYERS, 200, 60, "adamw, b1 0.9, b2 0.99, classes weighted (balanced)");
	says(PAGE_LAYERS, 120, 40, "adamw");
	set("adam", "none");
	says(PAGE_TRAIN, 200, 60, "adam, b1 0.9, b2 0.99");
	says(PAGE_LAYERS, 200, 60, "adam, b1 0.9, b2 0.99");
}

/* A log that does not tell gives the screen that it always gave. */
static void old_logs_say_nothing(void **state)
{
	(void)state;
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/x");
	set(NULL, NULL);
	char *before = check_screen(&h, &v, 120, 40, true);
	set("adamw", "balanced");
	char *with = check_screen(&h, &v, 120, 40, true);
	assert_null(strstr(before, "adam"));
	assert_string_not_equal(before, with);
	free(before);
	free(with);
}

/* Words from a log that nobody here wrote. */
static void odd_words_break_nothing(void **state)
{
	(void)state;
	static const int sizes[][2] = {{60, 20}, {80, 24}, {120, 40}, {200, 60}};
	set("\xc3\xa9\x1b[31m0123456789012345678901234567890123456789012345", "\x1b]0;x\x07");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int page = 0; page < PAGE_N; page++) {
			struct view v;
			view_init(&v, VIEW_REPLAY, "runs/x");
			v.page = (enum page)page;
			char *screen = check_screen(&h, &v, sizes[i][0], sizes[i][1], true);
			assert_null(strchr(screen, '\x1b'));
			free(screen);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_say_it_as_long_as_fits),
	    cmocka_unit_test(old_logs_say_nothing),
	    cmocka_unit_test(odd_words_break_nothing),
	};
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, NULL);
}
