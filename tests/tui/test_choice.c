/* What the keys of the Layers page would freeze and thaw. */
#include "check.h"

#include "thaw/tui/choice.h"

static struct history part, empty;

static void write_part(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 3);
}

static void write_nothing(struct sample *s)
{
	(void)s;
}

static int setup(void **state)
{
	(void)state;
	check_fold(&part, write_part);
	check_fold(&empty, write_nothing);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	history_release(&part);
	history_release(&empty);
	return 0;
}

/* Freeze exactly these layers of a history. */
static void freeze(struct history *h, const char *layers)
{
	struct layerset set;
	assert_int_equal(layerset_parse(&set, layers, (int)h->n_layers, (int)h->head, NULL),
			 ERR_OK);
	for (size_t i = 0; i < h->n_layers; i++)
		h->layers[i].frozen = layerset_has(&set, (int)i);
}

static void expect(const struct view *v, enum choice which, const char *frozen, const char *words)
{
	struct layerset now;
	struct strbuf text = STRBUF_INIT;
	char why[256] = "";
	if (!choice_frozen(&part, v, which, &now, why, sizeof(why)))
		fail_msg("choice %d: %s", which, why);
	layerset_format(&now, &text);
	assert_string_equal(text.buf, frozen);
	strbuf_reset(&text);
	choice_words(&part, &now, &text);
	assert_string_equal(text.buf, words);
	strbuf_release(&text);
}

static void expect_not(const struct history *h, const struct view *v, enum choice which,
		       const char *because)
{
	struct layerset now, before;
	char why[256] = "";
	layerset_clear(&now, 3);
	before = now;
	assert_false(choice_frozen(h, v, which, &now, why, sizeof(why)));
	assert_true(layerset_equal(&now, &before));
	if (!strstr(why, because))
		fail_msg("'%s' does not say '%s'", why, because);
}

/* Tiny Darknet: poolings at 1, 3, 8 and 13; the head is 19; 20 and 21 have no parameters. */
static void test_one_layer(void **state)
{
	(void)state;
	struct view v;
	view_init(&v, VIEW_LIVE, "run");
	freeze(&part, "0-17");
	v.layer = 18;
	expect(&v, CHOICE_TOGGLE, "0-18", "freeze 18");
	expect(&v, CHOICE_BELOW, "0-18", "freeze 18");
	v.layer = 15;
	expect(&v, CHOICE_TOGGLE, "0-14,16-17", "thaw 15");
	expect(&v, CHOICE_ABOVE, "0-14", "thaw 15-17");
	expect_not(&part, &v, CHOICE_BELOW, "nothing to do");
	v.layer = 13;
	expect_not(&part, &v, CHOICE_TOGGLE, "layer 13 (max 2×2) has nothing to freeze");
	v.layer = 20;
	expect_not(&part, &v, CHOICE_BELOW, "nothing to learn");
	expect_not(&part, &v, CHOICE_ABOVE, "nothing to do");
}

static void test_marked(void **state)
{
	(void)state;
	struct view v;
	int lo, hi;
	view_init(&v, VIEW_LIVE, "run");
	freeze(&part, "0-14");
	v.mark = 16;
	v.layer = 12; /* marked upwards as well as downwards */
	assert_true(view_marked(&v, &part, &lo, &hi));
	assert_true(lo == 12 && hi == 16);
	expect(&v, CHOICE_TOGGLE, "0-16", "freeze 15-16");
	expect(&v, CHOICE_BELOW, "0-16", "freeze 15-16");
	expect(&v, CHOICE_ABOVE, "0-11", "thaw 12-14");
	expect(&v, CHOICE_INVERT, "0-11,15-16", "thaw 12-14, freeze 15-16");
	v.mark = 0;
	v.layer = 4; /* all frozen: the toggle thaws */
	expect(&v, CHOICE_TOGGLE, "5-14", "thaw 0-4");
	v.mark = 0;
	v.layer = 21;
	expect_not(&part, &v, CHOICE_TOGGLE, "nothing to learn");
	v.mark = 20;
	expect_not(&part, &v, CHOICE_TOGGLE, "layers 20-21 have nothing to freeze");
	v.mark = 900; /* a mark of a larger network */
	v.layer = 18;
	expect(&v, CHOICE_INVERT, "0-14,18-21", "freeze 18-21");
}

static void test_invert_all(void **state)
{
	(void)state;
	struct view v;
	view_init(&v, VIEW_LIVE, "run");
	freeze(&part, "0-17");
	expect(&v, CHOICE_INVERT, "18-21", "thaw 0-17, freeze 18-21");
	freeze(&part, "none");
	expect_not(&part, &v, CHOICE_INVERT, "nothing to learn");
}

static void test_blocks(void **state)
{
	(void)state;
	struct view v;
	view_init(&v, VIEW_LIVE, "run");
	static const struct {
		const char *frozen, *after, *words;
	} steps[] = {
	    {"0-17", "0-13", "thaw 14-17"},
	    {"0-13", "0-8,13", "thaw 9-12"},
	    {"0-8", "0-3,8", "thaw 4-7"},
	    {"0-3", "0-1,3", "thaw 2"},
	    {"0-1", "1", "thaw 0"},
	    {"0-18", "0-13", "thaw 14-18"},
	    {"0-5,15-16", "0-5", "thaw 15-16"},
	    {"all", "0-13,20-21", "thaw 14-19"},
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		freeze(&part, steps[i].frozen);
		expect(&v, CHOICE_BLOCK, steps[i].after, steps[i].words);
	}
	freeze(&part, "none");
	expect_not(&part, &v, CHOICE_BLOCK, "no block to thaw");
	freeze(&part, "1,3,20"); /* frozen, but with nothing to learn */
	expect_not(&part, &v, CHOICE_BLOCK, "no block to thaw");
}

/* A convolution that halves the picture begins its block. */
static void test_strided_block(void **state)
{
	(void)state;
	int lo, hi;
	freeze(&part, "0-17");
	int64_t was = part.layers[16].info.in_w;
	part.layers[16].info.in_w *= 2;
	assert_true(choice_block(&part, &lo, &hi));
	assert_true(lo == 16 && hi == 17);
	part.layers[16].info.in_w = was;
	assert_true(choice_block(&part, &lo, &hi));
	assert_true(lo == 14 && hi == 17);
}

static void test_typed(void **state)
{
	(void)state;
	struct view v;
	view_init(&v, VIEW_LIVE, "run");
	static const struct {
		enum choice which;
		const char *typed, *after;
	} cases[] = {
	    {CHOICE_FREEZE, "18", "0-18"},       {CHOICE_FREEZE, "base", "0-18"},
	    {CHOICE_UNFREEZE, "last 6", "0-15"}, {CHOICE_UNFREEZE, "0-2,17", "3-16"},
	    {CHOICE_UNFREEZE, "all", "none"},
	};
	freeze(&part, "0-17");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct layerset now;
		struct strbuf text = STRBUF_INIT;
		char why[256];
		strcpy(v.typed, cases[i].typed);
		assert_true(choice_frozen(&part, &v, cases[i].which, &now, why, sizeof(why)));
		layerset_format(&now, &text);
		assert_string_equal(text.buf, cases[i].after);
		strbuf_release(&text);
	}
	strcpy(v.typed, "0-99");
	expect_not(&part, &v, CHOICE_FREEZE,
		   "layer 99 does not exist: this network has layers 0-21");
	strcpy(v.typed, "lots");
	expect_not(&part, &v, CHOICE_FREEZE, "'lots' is not a layer");
	strcpy(v.typed, "0-5");
	expect_not(&part, &v, CHOICE_FREEZE, "nothing to do");
	strcpy(v.typed, "all");
	expect_not(&part, &v, CHOICE_FREEZE, "nothing to learn");
}

/* Every choice on every set of layers keeps its promise: something changes, something learns. */
static void test_promises(void **state)
{
	(void)state;
	unsigned random = 7;
	struct view v;
	view_init(&v, VIEW_LIVE, "run");
	strcpy(v.typed, "3-9");
	for (int round = 0; round < 3000; round++) {
		for (size_t i = 0; i < part.n_layers; i++) {
			random = random * 1664525 + 1013904223;
			part.layers[i].frozen = random >> 30;
		}
		v.layer = (int)(random >> 8) % 22;
		v.mark = (int)(random >> 13) % 24 - 2;
		v.mark = v.mark < 0 ? -1 : v.mark;
		for (int which = CHOICE_NONE; which <= CHOICE_N; which++) {
			struct layerset now;
			char why[256] = "";
			bool can =
			    choice_frozen(&part, &v, (enum choice)which, &now, why, sizeof(why));
			assert_true(can != (why[0] != '\0'));
			int changed = 0, learning = 0;
			for (int i = 0; i < 22 && can; i++) {
				if (part.layers[i].info.params <= 0)
					continue;
				changed += layerset_has(&now, i) != part.layers[i].frozen;
				learning += !layerset_has(&now, i);
			}
			assert_true(!can || (changed && learning));
		}
	}
}

static void test_empty(void **state)
{
	(void)state;
	struct view v;
	int lo, hi;
	view_init(&v, VIEW_LIVE, "run");
	for (int which = CHOICE_NONE; which < CHOICE_N; which++)
		expect_not(&empty, &v, (enum choice)which, "no network yet");
	assert_false(view_marked(&v, &empty, &lo, &hi));
	assert_false(choice_block(&empty, &lo, &hi));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_layer),     cmocka_unit_test(test_marked),
	    cmocka_unit_test(test_invert_all),    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_strided_block), cmocka_unit_test(test_typed),
	    cmocka_unit_test(test_promises),      cmocka_unit_test(test_empty),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
