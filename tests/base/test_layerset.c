#include "thaw/base/layerset.h"
#include "thaw/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A network of 21 layers whose head is layer 18, as Tiny Darknet's. */
#define N 21
#define HEAD 18

static const struct {
	const char *text, *canonical;
} good[] = {
    {"none", "none"},
    {"all", "0-20"},
    {"base", "0-17"},
    {"head", "18-20"},
    {"0", "0"},
    {"20", "20"},
    {"0-13,15", "0-13,15"},
    {" 0-13 ,\t15 ", "0-13,15"},
    {"5,4,3", "3-5"},
    {"0-5,3-9", "0-9"},
    {"0-0", "0"},
    {"7-8", "7-8"},
    {"000-001", "0-1"},
    {"last 1", "20"},
    {"last 3,0", "0,18-20"},
    {"last 21", "0-20"},
    {"last 500", "0-20"},
    {"last 0", "none"},
    {"above 18", "19-20"},
    {"above 20", "none"},
    {"above 900", "none"},
    {"below 3", "0-2"},
    {"below 0", "none"},
    {"below 900", "0-20"},
    {"none,5", "5"},
    {"base,head", "0-20"},
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct layerset s;
		struct errinfo e = {.msg = ""};
		struct strbuf sb = STRBUF_INIT;
		if (layerset_parse(&s, good[i].text, N, HEAD, &e) ||
		    layerset_check(good[i].text, &e))
			fail_msg("%s: %s", good[i].text, e.msg);
		layerset_format(&s, &sb);
		assert_string_equal(sb.buf, good[i].canonical);
		assert_int_equal(s.n, N);
		strbuf_release(&sb);
	}
}

static const struct {
	const char *text;
	int col;
	const char *says;
} bad[] = {
    {"", 1, "''"},
    {"  ", 3, "''"},
    {"0,", 3, "''"},
    {",0", 1, "''"},
    {"0,,1", 3, "''"},
    {"0-13,x", 6, "'x'"},
    {"0-13,  bse", 8, "'bse'"},
    {"13-0", 1, "'13-0'"},
    {"-3", 1, "'-3'"},
    {"3-", 1, "'3-'"},
    {"1-2-3", 1, "'1-2-3'"},
    {"1.5", 1, "'1.5'"},
    {"0x3", 1, "'0x3'"},
    {"+3", 1, "'+3'"},
    {"Base", 1, "'Base'"},
    {"base 3", 1, "'base 3'"},
    {"last", 1, "'last'"},
    {"last -1", 1, "'last -1'"},
    {"last  2", 1, "'last  2'"},
    {"99999999999999999999999999", 1, "'9999"},
    {"0-99999999999999999999999999", 1, "'0-9999"},
    {"0\n5", 1, "not a layer"},
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct layerset s, before;
		struct errinfo e = {.msg = ""};
		memset(&s, 0x5a, sizeof(s));
		before = s;
		enum err r = layerset_parse(&s, bad[i].text, N, HEAD, &e);
		if (r != ERR_VALUE || e.col != bad[i].col || !strstr(e.msg, bad[i].says))
			fail_msg("'%s': col %d: %s", bad[i].text, e.col, e.msg);
		assert_memory_equal(&s, &before, sizeof(s)); /* untouched */
		assert_int_equal(layerset_check(bad[i].text, NULL), ERR_VALUE);
	}
}

static void test_out_of_range(void **state)
{
	(void)state;
	struct layerset s;
	struct errinfo e = {.msg = ""};
	assert_int_equal(layerset_parse(&s, "3, 19-21", N, HEAD, &e), ERR_VALUE);
	assert_int_equal(e.col, 4);
	assert_non_null(strstr(e.msg, "layer 21 does not exist"));
	assert_non_null(strstr(e.msg, "0-20"));
	assert_int_equal(layerset_check("3, 19-21", &e), ERR_OK); /* no network yet */
	assert_int_equal(layerset_check("1023", &e), ERR_OK);
	assert_int_equal(layerset_check("1024", &e), ERR_VALUE);
	assert_null(strstr(e.msg, "this network"));
	assert_int_equal(layerset_parse(&s, "none", 0, 0, &e), ERR_OK);
	assert_int_equal(layerset_parse(&s, "all", 0, 0, &e), ERR_OK);
	assert_int_equal(layerset_count(&s), 0);
	assert_int_equal(layerset_parse(&s, "0", 0, 0, &e), ERR_VALUE);
	char word[5000]; /* the message stays whole however long the word is */
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(layerset_parse(&s, word, N, HEAD, &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "below N"));
}

static void random_set(struct layerset *s, int n, uint64_t key)
{
	layerset_clear(s, n);
	int density = 1 + (int)rng_below(key, 5000, 9);
	for (int i = 0; i < n; i++)
		layerset_set(s, i, rng_below(key, (uint64_t)i, 10) < (uint64_t)density);
}

static void test_roundtrip(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 2000; i++) {
		uint64_t key = rng_key(3, RNG_SPLIT, 0, i);
		int n = 1 + (int)rng_below(key, 9000, LAYERSET_MAX);
		struct layerset s, again;
		struct strbuf sb = STRBUF_INIT;
		random_set(&s, n, key);
		layerset_format(&s, &sb);
		assert_int_equal(layerset_parse(&again, sb.buf, n, n - 1, NULL), ERR_OK);
		assert_true(layerset_equal(&s, &again));
		strbuf_release(&sb);
	}
}

/* Against a plain array of bools, for two random sets of sizes that may differ. */
static void test_algebra(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		uint64_t key = rng_key(4, RNG_SPLIT, 0, i);
		int n = 1 + (int)rng_below(key, 9000, LAYERSET_MAX),
		    m = i % 2 ? n : 1 + (int)(key % LAYERSET_MAX);
		struct layerset a, b, sum, rest;
		random_set(&a, n, key);
		random_set(&b, m, key ^ 1);
		sum = rest = a;
		layerset_add(&sum, &b);
		layerset_remove(&rest, &b);
		int count = 0, missing = 0;
		while (missing < n && layerset_has(&a, missing))
			missing++;
		for (int k = -1; k <= LAYERSET_MAX; k++) {
			bool in = layerset_has(&a, k), other = layerset_has(&b, k);
			assert_int_equal(layerset_has(&sum, k), k < n && (in || other));
			assert_int_equal(layerset_has(&rest, k), in && !other);
			count += in;
		}
		int sum_bits = 0; /* also those that _has() would not show */
		for (int w = 0; w < LAYERSET_MAX / 64; w++)
			sum_bits += __builtin_popcountll(sum.bits[w]);
		int sum_count = 0;
		for (int k = 0; k < n; k++)
			sum_count += layerset_has(&sum, k);
		assert_int_equal(sum_bits, sum_count);
		assert_int_equal(layerset_count(&a), count);
		assert_int_equal(layerset_first_missing(&a), missing);
	}
}

static void test_random_text(void **state)
{
	(void)state;
	static const char letters[] = "0123456789-, abdefhlnoprstwv\t\x01\xff";
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t key = rng_key(5, RNG_SPLIT, 0, i), len = rng_below(key, 100, 20);
		char text[32];
		for (uint64_t k = 0; k < len; k++)
			text[k] = letters[rng_below(key, k, sizeof(letters) - 1)];
		text[len] = '\0';
		struct layerset s;
		struct errinfo e = {.msg = ""};
		if (layerset_parse(&s, text, N, HEAD, &e))
			assert_true(e.col >= 1 && e.col <= (int)len + 1);
		else
			assert_true(layerset_count(&s) <= N);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),         cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_out_of_range), cmocka_unit_test(test_roundtrip),
	    cmocka_unit_test(test_algebra),      cmocka_unit_test(test_random_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
