/* Names in few columns: what goes, what stays, and that they stay apart. */
#include "thaw/base/shorten.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_one(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
		int w;
	} cases[] = {
	    {"rose", "rose", 4},
	    {"chestnut-sided-warbler-coin", "chestnut-…coin", 14},
	    {"chestnut", "c…", 2},
	    {"chestnut", "…", 1},
	    {"chestnut", "", 0},
	    {"", "", 5},
	    {"e\xcc\x81t\xc3\xa9-longue-pomme", "e\xcc\x81t\xc3\xa9-…me", 7}, /* the mark stays */
	    {"漢字漢字漢字", "漢字…字", 8},
	    {"漢字漢字漢字", "漢…字", 5},
	    {"a\x1b[31mb and much more", "a\\x1b…ore", 9},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct strbuf out = STRBUF_INIT;
		shorten(&out, cases[i].text, cases[i].w, true);
		if (strcmp(out.buf, cases[i].want) != 0)
			fail_msg("'%s' in %d: '%s', not '%s'", cases[i].text, cases[i].w, out.buf,
				 cases[i].want);
		assert_true(columns_of(out.buf, true) <= cases[i].w);
		strbuf_release(&out);
	}
}

#define MOST 8

static void test_lists(void **state)
{
	(void)state;
	static const struct {
		int w;
		const char *names[MOST], *want[MOST];
	} cases[] = {
	    /* all fit: nothing goes */
	    {20, {"class_001", "class_002"}, {"class_001", "class_002"}},
	    /* what all begin with */
	    {8, {"class_001", "class_002", "class_117"}, {"001", "002", "117"}},
	    {6, {"image1", "image12", "image2x"}, {"1", "12", "2x"}},
	    {8, {"img/rose-red", "img/rose-pink"}, {"red", "pink"}},
	    /* an id before each */
	    {16,
	     {"n02085620-Chihuahua", "n02085782-Japanese_spaniel", "n02086079-Pekinese"},
	     {"Chihuahua", "Japanese_spaniel", "Pekinese"}},
	    {12, {"001.Black_footed", "002.Laysan"}, {"Black_footed", "Laysan"}},
	    /* but not when it tells them apart */
	    {9, {"101-husky_dog", "102-husky_dog"}, {"101-h…dog", "102-h…dog"}},
	    /* nothing of a name goes that has no separator */
	    {5, {"tulip", "tulips-garden"}, {"tulip", "tu…en"}},
	    /* the end */
	    {9,
	     {"chestnut-sided-left", "chestnut-sided-right", "other"},
	     {"chest…eft", "chest…ght", "other"}},
	    /* the middle */
	    {9,
	     {"seen_in_the_wild_of_a_kind", "seen_in_the_tame_of_a_kind", "x"},
	     {"seen…wild", "seen…tame", "x"}},
	    {3, {"alphabet", "alphabetical"}, {NULL}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct short_names s;
		size_t n = 0;
		while (n < MOST && cases[i].names[n])
			n++;
		short_names_init(&s, cases[i].names, n, cases[i].w, true);
		for (size_t k = 0; k < n; k++) {
			const char *want = cases[i].want[k];
			if (want && strcmp(s.text[k], want) != 0)
				fail_msg("'%s' in %d: '%s', not '%s'", cases[i].names[k],
					 cases[i].w, s.text[k], want);
			assert_true(columns_of(s.text[k], true) <= cases[i].w);
			for (size_t j = 0; j < k; j++)
				assert_string_not_equal(s.text[k], s.text[j]);
		}
		short_names_release(&s);
	}
}

/* At every width from where the longest number fits, all names differ. */
static void expect_apart(const char *const *names, size_t n, int from)
{
	for (int w = 0; w < 40; w++) {
		struct short_names s;
		short_names_init(&s, names, n, w, true);
		assert_int_equal(s.n, n);
		for (size_t i = 0; i < n; i++) {
			int width = columns_of(s.text[i], true);
			assert_true(width <= w && width <= s.w);
			for (size_t j = 0; j < i && w >= from; j++)
				if (strcmp(s.text[i], s.text[j]) == 0)
					fail_msg("in %d '%s' and '%s' are both '%s'", w, names[i],
						 names[j], s.text[i]);
		}
		short_names_release(&s);
	}
}

#define N 40

static void test_apart(void **state)
{
	(void)state;
	static const char *const kinds[] = {"daisy", "dandelion", "rose", "sunflower", "tulip"},
				 *const ways[] = {"clutter", "cut",       "foreign", "hard",
						  "mixed",   "occlusion", "plain",   "small"};
	char text[3][N][64];
	const char *names[3][N];
	for (int i = 0; i < N; i++) {
		snprintf(text[0][i], 64, "drawn-flower-%s-%s", kinds[i / 8], ways[i % 8]);
		snprintf(text[1][i], 64, "%s-%s-flower-drawn", ways[i % 8], kinds[i / 8]);
		snprintf(text[2][i], 64, "the picture with number %02d of the set", i);
		for (int k = 0; k < 3; k++)
			names[k][i] = text[k][i];
	}
	expect_apart(names[0], N, 6);
	expect_apart(names[1], N, 6);
	expect_apart(names[2], N, 4);
}

static void test_odd_lists(void **state)
{
	(void)state;
	static const char *const same[] = {"much the same name", "much the same name", NULL, ""};
	struct short_names s;
	short_names_init(&s, NULL, 0, 5, true);
	assert_int_equal(s.n + (size_t)s.w, 0);
	short_names_release(&s);
	short_names_init(&s, same, 4, 8, true);
	assert_string_equal(s.text[0], s.text[1]);
	assert_string_equal(s.text[2], "");
	short_names_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_apart),
	    cmocka_unit_test(test_odd_lists),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
