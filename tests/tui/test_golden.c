/* Every page at three sizes, a long run at one more, cell by cell, against tests/tui/golden/: first the characters, then
 * what each is drawn with. GENERATE=1 writes the files anew; look at what changed before keeping
 * it.
 */
#include "check.h"
#include "golden.h"
#include "thaw/base/file.h"
#include "thaw/run/timeline.h"

#include <ctype.h>

static const struct {
	int w, h;
} sizes[] = {{120, 40}, {80, 24}, {60, 20}, {200, 60}};

enum { ALL = sizeof(sizes) / sizeof(*sizes), MOST = 3 }; /* of the sizes */

/* Returns how many of a run's pages differ. */
static int check_pages(const struct history *h, const char *run, const char *pages, size_t n_sizes)
{
	int differ = 0;
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/sample");
	for (int page = 0; page < PAGE_N; page++)
		for (size_t i = 0; i < n_sizes && strchr(pages, '1' + page); i++) {
			char name[96];
			struct canvas c;
			v.page = (enum page)page;
			canvas_init(&c, sizes[i].w, sizes[i].h, true, 256);
			screen_draw(&c, h, &v);
			snprintf(name, sizeof(name), "%s-%s-%dx%d.txt", run, page_names[page],
				 sizes[i].w, sizes[i].h);
			for (char *ch = name; *ch; ch++)
				*ch = (char)tolower((unsigned char)*ch);
			differ += !golden_same(name, &c);
			canvas_release(&c);
		}
	return differ;
}

static void test_sample(void **state)
{
	(void)state;
	struct history h;
	check_fold(&h, sample_whole);
	assert_int_equal(check_pages(&h, "sample", "123456", MOST), 0);
	history_release(&h);
}

/* Figures under names of their own: falling, with a gap, few, at far steps. */
static void write_metrics(struct sample *s)
{
	static const char *const names[] = {"train/box_loss", "val/accuracy", "lr-AdamW", "time/fps"};
	sample_begin(s);
	for (int i = 0; i < 400; i++) {
		const double values[] = {2 / sqrt(i + 1) + sample_wobble(s) / 10,
					 i == 200 ? (double)NAN : 1 - 0.9 / (1 + i / 60.0),
					 i < 40 ? i / 4e4 : 1e-3 * cos((i - 40) / 230.0), 300 + i % 7};
		const int every[] = {1, 20, 1, 50}, by[] = {1, 1, 1, 10000};
		for (int k = 0; k < 4; k++) {
			struct event ev = {.type = EV_METRIC,
					   .metric = {names[k], i * by[k], {0, false}, values[k]}};
			if (i % every[k] == 0)
				sample_put(s, &ev, 100);
		}
	}
}

static void test_metrics(void **state)
{
	(void)state;
	struct history h;
	check_fold(&h, write_metrics);
	assert_int_equal(check_pages(&h, "metrics", "7", MOST), 0);
	history_release(&h);
}

/* The pages that a log as it was recorded can fill. */
static void check_log(const char *log, const char *run, const char *pages, size_t n_sizes)
{
	struct timeline t;
	struct errinfo e;
	timeline_init(&t);
	if (timeline_open(&t, log, &e))
		fail_msg("%s", e.msg);
	while (timeline_read(&t, 1000, false))
		;
	timeline_seek(&t, t.n);
	assert_int_equal(check_pages(&t.history, run, pages, n_sizes), 0);
	timeline_release(&t);
}

static void test_recorded(void **state)
{
	(void)state;
	check_log("data/pretrained/pretrain-cifar10/events.jsonl", "recorded", "13", MOST);
}

/* Five hundred epochs. */
static void test_long(void **state)
{
	(void)state;
	check_log("tests/recorded/long.jsonl", "long", "1", ALL);
}

/* On a card, while it trains. */
static void test_card(void **state)
{
	(void)state;
	check_log("tests/recorded/card.jsonl", "card", "15", MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sample), cmocka_unit_test(test_metrics),
	    cmocka_unit_test(test_recorded),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_card),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
