/* What pages list, ordered and filtered by keys: many classes on a real pseudo-terminal at four
 * sizes, and each list as a function of (history, view). */
#include "stage.h"

#include "../../src/tui/list.h"
#include "thaw/run/timeline.h"

#define RECORDED "tests/recorded/classes.jsonl"
#define N_CLASSES 40

static struct timeline recorded;
static struct history sample;

static int open_both(void **state)
{
	(void)state;
	struct errinfo e = {.msg = ""};
	timeline_init(&recorded);
	if (timeline_open(&recorded, RECORDED, &e))
		fail_msg("%s", e.msg);
	while (timeline_read(&recorded, 1000, true))
		;
	timeline_seek(&recorded, recorded.n);
	check_fold(&sample, sample_whole);
	return 0;
}

static int close_both(void **state)
{
	(void)state;
	timeline_release(&recorded);
	history_release(&sample);
	return 0;
}

/* ---- the mechanism ---- */

static double recall_of(const struct history *h, int class)
{
	bool ok;
	double recall = class_recall(&history_newest_classes(h, NULL)->classes[class], &ok);
	return ok ? recall : 2;
}

static void test_worst_first(void **state)
{
	(void)state;
	const struct history *h = &recorded.history;
	struct view v;
	struct list l;
	view_init(&v, VIEW_REPLAY, "run");
	list_make(&l, LIST_CLASSES, h, &v);
	assert_int_equal(l.n, N_CLASSES);
	assert_int_equal(l.of, N_CLASSES);
	assert_string_equal(l.order, "worst first");
	for (int i = 1; i < l.n; i++)
		assert_true(recall_of(h, l.at[i - 1]) <= recall_of(h, l.at[i]));
	assert_int_equal(list_class(&v, h), l.at[0]);
	list_release(&l);
	list_make(&l, LIST_CLASSES, &sample, &v); /* few stay where they are */
	for (int i = 0; i < l.n; i++)
		assert_int_equal(l.at[i], i);
	assert_null(l.order);
	list_release(&l);
}

/* Every order of every list holds each item once, and turned round it is not what it was. */
static void test_orders(void **state)
{
	(void)state;
	const struct history *both[] = {&recorded.history, &sample};
	for (int at = 0; at < 2; at++)
		for (int id = 0; id < LIST_LOG; id++) {
			struct view v;
			const char *first = NULL, *words = NULL;
			view_init(&v, VIEW_REPLAY, "run");
			for (int turn = 0; turn < 12 && (!first || words != first); turn++) {
				struct list l, back;
				struct list_view *how = &v.lists[id];
				words = list_turn(how, (enum list_id)id, both[at], false);
				assert_non_null(words);
				if (turn == 1)
					first = words;
				list_make(&l, (enum list_id)id, both[at], &v);
				assert_int_equal(l.n, l.of);
				for (int i = 0; i < l.of; i++)
					assert_true(list_row(&l, i) >= 0);
				list_turn(how, (enum list_id)id, both[at], true);
				list_make(&back, (enum list_id)id, both[at], &v);
				assert_int_equal(back.n, l.n);
				list_release(&l);
				list_release(&back);
				list_turn(how, (enum list_id)id, both[at], true);
				assert_false(how->reverse);
			}
		}
}

static void set_filter(struct view *v, enum list_id id, const char *pattern)
{
	snprintf(v->lists[id].filter, sizeof(v->lists[id].filter), "%s", pattern);
}

static void test_filters(void **state)
{
	(void)state;
	static const struct {
		enum list_id id;
		const char *pattern;
		int n;
	} cases[] = {
	    {LIST_CLASSES, "rose", 1},   {LIST_CLASSES, "^d", 2},  {LIST_CLASSES, "nowhere", 0},
	    {LIST_LAYERS, "maxpool", 4}, {LIST_LAYERS, "head", 1}, {LIST_PROBES, "right|wrong", 8},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct view v;
		struct list l;
		view_init(&v, VIEW_REPLAY, "run");
		set_filter(&v, cases[i].id, cases[i].pattern);
		list_make(&l, cases[i].id, &sample, &v);
		if (l.n != cases[i].n)
			fail_msg("/%s/ passes %d, not %d", cases[i].pattern, l.n, cases[i].n);
		assert_int_equal(list_step(&l, 999, 5), l.n ? l.at[0] : 999);
		list_release(&l);
	}
}

/* The cursor stays on its class through every order, and steps by the rows that are shown. */
static void test_cursor(void **state)
{
	(void)state;
	const struct history *h = &recorded.history;
	struct view v;
	view_init(&v, VIEW_REPLAY, "run");
	v.page = PAGE_CLASSES;
	v.class_index = 17;
	for (int turn = 0; turn < 5; turn++) {
		list_turn(&v.lists[LIST_CLASSES], LIST_CLASSES, h, false);
		list_settle(&v, h);
		assert_int_equal(list_class(&v, h), 17);
	}
	set_filter(&v, LIST_CLASSES, "tulip");
	list_settle(&v, h);
	assert_int_equal(list_class(&v, h), list_walk(LIST_CLASSES, h, &v, -1, 0));
	assert_true(v.class_index >= 32);
	assert_int_equal(list_walk(LIST_CLASSES, h, &v, v.class_index, -5), v.class_index);
	set_filter(&v, LIST_CLASSES, "nowhere");
	int before = v.class_index;
	list_settle(&v, h);
	assert_int_equal(v.class_index, before);
}

/* Nothing breaks at any size, whatever is asked for. */
static void test_all_sizes(void **state)
{
	(void)state;
	static const char *const patterns[] = {"", "rose", "nowhere", "s"};
	struct view v;
	view_init(&v, VIEW_REPLAY, "run");
	for (int w = 40; w < 210; w += 13)
		for (int page = 0; page < PAGE_N; page++) {
			v.page = (enum page)page;
			v.mistakes = w % 2;
			v.lists[list_shown(&v)].sort = w % 6;
			v.lists[list_shown(&v)].reverse = w % 3 == 0;
			set_filter(&v, list_shown(&v), patterns[w % 4]);
			char *screen = check_screen(&recorded.history, &v, w, 12 + w / 4, w % 5);
			assert_true(strlen(screen) > 0);
			free(screen);
		}
}

/* ---- by keys ---- */

static int replay_recorded(void *arg)
{
	(void)arg;
	struct tui_options o = {.run_dir = RECORDED, .replay = true};
	return tui_run(&o, NULL);
}

static void play(const struct move *moves, size_t n, int w, int h)
{
	struct stage_run r;
	stage_open(&r);
	struct pty *p = pty_call(w, h, "xterm-256color", replay_recorded, NULL);
	stage_expect(p, "training");
	pty_send(p, "\x1b[F");
	stage_expect(p, "finished");
	stage_play(p, moves, n);
	stage_leave(p, &r, 0);
}

#define PLAY(moves, w, h) play(moves, sizeof(moves) / sizeof(*(moves)), w, h)

static void test_wide(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"", "worst first", NULL},
	    {"/rose\r", "8 of 40 /rose/", NULL},
	    {"3", "8 of 40 /rose/", "daisy-mixed "},
	    {"\x1b", "1-", "/rose/"},
	    {"o", "order: by name", "worst first"},
	    {"O", "by name, from z", NULL},
	    {"G", "drawn-flower-daisy-clutter", NULL},
	    {"/zebra", "no class matches", NULL},
	    {"\x1b", "drawn-flower-daisy-clutter", "no class matches"},
	    {"/rose\r", "8 of 40 /rose/", NULL},
	    {":goto class drawn-flower-tulip-cut\r", "tulip-cut", "/rose/"}, /* it is shown */
	    {"G", "drawn-flower-daisy-clutter", NULL},
	    {"/zebra", "no class matches", NULL},
	    {"\x1b", "drawn-flower-daisy-clutter", "no class matches"},
	    {"2", "Under the cursor", NULL},
	    {"o", "most parameters first", NULL},
	    {"/conv\r", "3 of 5 /conv/", "softmax"},
	    {"G", "layer 0: convolutional", NULL},
	    {"4", "Pictures", NULL},
	    {"/wrong\r", "/wrong/", NULL},
	    {"\x1b", "Pictures", "/wrong/"},
	    {"o", "wrong first", NULL},
	    {"6", "What happened", NULL},
	    {"/plateau\r", "/plateau/", NULL},
	    {"o", "best first", NULL},
	    {"/\x15zebra\r", "no epoch matches", NULL},
	};
	PLAY(moves, 120, 40);
	PLAY(moves, 200, 60);
}

static void test_narrow(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"/rose\r", "8 of 40 /rose/", NULL},
	    {"\x1b", "daisy", "/rose/"},
	    {"3", "worst first", NULL},
	    {"/(", "not a pattern", NULL},
	    {"\x1b", "worst first", "not a pattern"},
	    {"oo", "as in the data", NULL},
	    {"2o", "most parameters first", NULL},
	    {"/zebra\r", "no layer matches", "softmax"},
	    {"\x1b", "softmax", "no layer"},
	    {"5/checkpoint\r", "/checkpoint/", NULL},
	};
	PLAY(moves, 80, 24);
	PLAY(moves, 60, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_worst_first), cmocka_unit_test(test_orders),
	    cmocka_unit_test(test_filters),     cmocka_unit_test(test_cursor),
	    cmocka_unit_test(test_all_sizes),   cmocka_unit_test(test_wide),
	    cmocka_unit_test(test_narrow),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, open_both, close_both);
}
