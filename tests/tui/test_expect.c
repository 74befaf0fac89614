/* What a freeze would cost and spare: arithmetic on a network of four layers of 100, 200, 300 and
 * 50 operations, with 100 pictures to train on and 50 to validate. */
#include "check.h"

#include "../../src/tui/expect.h"
#include "../../src/tui/panel.h"

#include <math.h>

enum { N = 4, TRAIN = 100, VALID = 50 };

static void put_network(struct sample *s)
{
	static const int64_t flops[N] = {100, 200, 300, 50}, params[N] = {1000, 2000, 3000, 645};
	const char *classes[2] = {"cat", "dog"};
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = EVENT_VERSION,
				    .classes = classes,
				    .n_classes = 2,
				    .n_train = TRAIN,
				    .n_valid = VALID,
				    .epochs = 5,
				    .iterations = 10};
	sample_put(s, &ev, 0);
	struct event_layer layers[N];
	for (int i = 0; i < N; i++)
		layers[i] = (struct event_layer){
		    .index = i, .kind = "convolutional", .flops = flops[i], .params = params[i]};
	ev = (struct event){.type = EV_LAYERS, .layers = {layers, N, 3}};
	sample_put(s, &ev, 0);
}

static void put_frozen(struct sample *s, int64_t iter, const char *now)
{
	struct event ev = {.type = EV_FREEZE};
	ev.freeze = (struct event_freeze){iter, CAUSE_USER, now, "none", 1};
	sample_put(s, &ev, 0);
}

/* The cache keeps layer 2, and serves `hits` of all pictures. */
static void put_cache(struct sample *s, int64_t epoch, int64_t layer, int64_t hits, double saved)
{
	struct event ev = {.type = EV_CACHE};
	ev.cache = (struct event_cache){.epoch = epoch,
					.layer = layer,
					.images = layer < 0 ? 0 : TRAIN + VALID,
					.hits = hits,
					.misses = TRAIN + VALID - hits,
					.saved = {saved, true}};
	sample_put(s, &ev, 0);
}

static void put_epoch(struct sample *s, int64_t epoch, double seconds)
{
	struct event ev = {.type = EV_EPOCH};
	ev.epoch = (struct event_epoch){.epoch = epoch,
					.iter = epoch * 10,
					.valid = {.loss = {1, true}, .acc = {0.5, true}},
					.seconds = {{seconds - 0.25, true}, {0.25, true}}};
	sample_put(s, &ev, 0);
}

/* One second besides 0.1 ms an operation. First 650 forward of 150 pictures and 100 backward of
 * 100; then 600 of the forward operations are spared. */
#define FILLING (1 + 107500e-4)
#define CACHED (1 + 17500e-4)
#define SAVED (600. / 650)

static void write_two_epochs(struct sample *s)
{
	put_network(s);
	put_frozen(s, 0, "0-2");
	put_cache(s, 1, 2, 0, 0);
	put_epoch(s, 1, FILLING);
	put_cache(s, 2, 2, TRAIN + VALID, SAVED);
	put_epoch(s, 2, CACHED);
}

static void write_cached_alone(struct sample *s)
{
	put_network(s);
	put_frozen(s, 0, "0-2");
	put_cache(s, 1, 2, TRAIN + VALID, SAVED);
	put_epoch(s, 1, CACHED);
}

static void write_without_cache(struct sample *s)
{
	put_network(s);
	put_frozen(s, 0, "0-2");
	put_epoch(s, 1, 10.75);
}

static void write_slow_first(struct sample *s)
{
	put_network(s);
	put_frozen(s, 0, "0-2");
	put_epoch(s, 1, 40);
	put_epoch(s, 2, 10.75);
}

static void write_stats(struct sample *s)
{
	struct event_layer_stat stats[N];
	for (int i = 0; i < N; i++)
		stats[i] = (struct event_layer_stat){.layer = i,
						     .weight_norm = {1, true},
						     .forward_ms = {i == 3 ? 0.5 : 1 + i, true},
						     .backward_ms = {4, i == 3}};
	put_network(s);
	put_frozen(s, 0, "0-2");
	struct event ev = {.type = EV_STATS, .stats = {1, stats, N}};
	sample_put(s, &ev, 0);
	put_cache(s, 1, 2, 0, 0);
	put_epoch(s, 1, 4);
	for (int i = 0; i < 3; i++) /* cached from now on */
		stats[i].forward_ms.valid = false;
	ev.stats.epoch = 2;
	sample_put(s, &ev, 0);
	put_cache(s, 2, 2, TRAIN + VALID, SAVED);
	put_epoch(s, 2, 1.475);
}

static struct layerset set_of(const char *text)
{
	struct layerset s;
	assert_int_equal(layerset_parse(&s, text, N, 3, NULL), ERR_OK);
	return s;
}

static void expect_then(void (*write)(struct sample *s), const char *frozen, double last,
			double then)
{
	struct history h;
	struct layerset s = set_of(frozen);
	double was = 0, will = 0;
	check_fold(&h, write);
	assert_true(expect_seconds(&h, &s, &was, &will));
	if (fabs(was - last) > 1e-6 || fabs(will - then) > 1e-6)
		fail_msg("frozen %s: %g -> %g, not %g -> %g", frozen, was, will, last, then);
	history_release(&h);
}

static void test_seconds_from_operations(void **state)
{
	(void)state;
	expect_then(write_two_epochs, "0-2", CACHED, CACHED);
	/* 350 forward above the cache; backward twice 300 and 50 */
	expect_then(write_two_epochs, "0-1", CACHED, 1 + (1050 * TRAIN + 350 * VALID) * 1e-4);
	/* nothing is kept; backward twice 100, 300 and 50, and once 200 through the frozen layer */
	expect_then(write_two_epochs, "1", CACHED, 1 + (1750 * TRAIN + 650 * VALID) * 1e-4);
	expect_then(write_two_epochs, "none", CACHED, 1 + (1950 * TRAIN + 650 * VALID) * 1e-4);
}

static void test_seconds_from_milliseconds(void **state)
{
	(void)state;
	/* the last epoch: 0.5 forward of 150, 4 backward of 100, and a second besides */
	expect_then(write_stats, "0-2", 1.475, 1.475);
	/* layer 2: 3 ms forward as measured once, 6 backward: the head alone tells no pace */
	expect_then(write_stats, "0-1", 1.475, 1 + (3.5 * (TRAIN + VALID) + 10 * TRAIN) / 1000);
}

static void test_seconds_without_cache(void **state)
{
	(void)state;
	expect_then(write_without_cache, "0-2", 10.75, 10.75);
	expect_then(write_without_cache, "none", 10.75, (1950 * TRAIN + 650 * VALID) * 1e-4);
	/* equal work: the newest epoch tells, whatever else the machine did during the first */
	expect_then(write_slow_first, "0-2", 10.75, 10.75);
}

static void test_nothing_to_say(void **state)
{
	(void)state;
	struct history h;
	struct layerset s = set_of("0-1");
	double last, then;
	check_fold(&h, write_cached_alone); /* only the head was ever timed */
	assert_false(expect_seconds(&h, &s, &last, &then));
	history_release(&h);
	check_fold(&h, put_network); /* no epoch yet */
	assert_false(expect_seconds(&h, &s, &last, &then));
	history_release(&h);
	history_init(&h);
	assert_false(expect_seconds(&h, &s, &last, &then));
	history_release(&h);
}

static void test_learning(void **state)
{
	(void)state;
	struct history h;
	struct layerset s = set_of("0-2");
	check_fold(&h, put_network);
	assert_int_equal(expect_learning(&h, &s), 645);
	s = set_of("1");
	assert_int_equal(expect_learning(&h, &s), 4645);
	history_release(&h);
}

static void test_cache(void **state)
{
	(void)state;
	static const struct {
		const char *frozen;
		enum cache_fate fate;
		int layer;
	} cases[] = {{"0-2", CACHE_STAYS, 2},
		     {"0-1", CACHE_STARTS_OVER, 1},
		     {"0,2", CACHE_STARTS_OVER, 0},
		     {"1-2", CACHE_STARTS_OVER, -1},
		     {"none", CACHE_STARTS_OVER, -1}};
	struct history h;
	int layer;
	check_fold(&h, write_two_epochs);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct layerset s = set_of(cases[i].frozen);
		assert_int_equal(expect_cache(&h, &s, &layer), cases[i].fate);
		assert_int_equal(layer, cases[i].layer);
	}
	h.has_cache = false; /* it has ended: a frozen base begins another */
	struct layerset s = set_of("0-1");
	assert_int_equal(expect_cache(&h, &s, &layer), CACHE_STARTS_OVER);
	assert_int_equal(layer, 1);
	history_release(&h);
	check_fold(&h, write_without_cache);
	assert_int_equal(expect_cache(&h, &s, &layer), CACHE_UNKNOWN);
	history_release(&h);
}

/* The longest form that fits, whole; the shortest tells at least what is to be done. */
static void test_preview(void **state)
{
	(void)state;
	static const struct {
		int room;
		const char *text;
	} cases[] = {
	    {200, "thaw 2: 645 → 3.65k parameters learn · 2.8s → about 13s an epoch · the cache "
		  "starts over "
		  "at layer 1 (0-2 not kept)? Enter does it, Esc leaves it"},
	    {100, "thaw 2: 645 → 3.65k learn · 2.8s → about 13s · cache restarts at 1? Enter does "
		  "it, Esc "
		  "leaves it"},
	    {78, "thaw 2: 645 → 3.65k learn · 2.8s → about 13s · cache restarts at 1? Enter, Esc"},
	    {77, "thaw 2: 645 → 3.65k learn · 2.8s → about 13s? Enter, Esc"},
	    {50, "thaw 2: 645 → 3.65k learn? Enter, Esc"},
	    {20, "thaw 2? Enter, Esc"},
	    {1, "thaw 2? Enter, Esc"},
	};
	struct history h;
	struct layerset now = set_of("0-1");
	check_fold(&h, write_two_epochs);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct strbuf out = STRBUF_INIT;
		preview_text(&h, &now, cases[i].room, true, &out);
		assert_string_equal(out.buf, cases[i].text);
		strbuf_release(&out);
	}
	history_release(&h);
}

/* The message row shows it while a choice waits. */
static void test_preview_is_shown(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	check_fold(&h, write_two_epochs);
	view_init(&v, VIEW_LIVE, "runs/x");
	v.page = PAGE_LAYERS;
	v.layer = 2;
	v.preview = CHOICE_TOGGLE;
	char *screen = check_screen(&h, &v, 120, 30, true);
	assert_non_null(strstr(screen, "thaw 2: 645 → 3.65k learn · 2.8s → about 13s"));
	free(screen);
	history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_seconds_from_operations),
	    cmocka_unit_test(test_seconds_from_milliseconds),
	    cmocka_unit_test(test_seconds_without_cache),
	    cmocka_unit_test(test_nothing_to_say),
	    cmocka_unit_test(test_learning),
	    cmocka_unit_test(test_cache),
	    cmocka_unit_test(test_preview),
	    cmocka_unit_test(test_preview_is_shown),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
