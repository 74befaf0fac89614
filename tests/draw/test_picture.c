/* Single pictures: the same request gives the same bytes, every kind can be drawn at every size and
 * with every knob at either end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/alloc.h"
#include "thaw/draw/picture.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

static struct picture_request request(int kind, int size, int number)
{
	return (struct picture_request){
	    .kind = kind, .size = size, .seed = 1, .number = number, .knobs = knobs_default()};
}

static struct strbuf drawn(const struct picture_request *r)
{
	struct strbuf out = STRBUF_INIT;
	struct errinfo e = {0};
	assert_int_equal(picture_draw(&out, r, &e), ERR_OK);
	assert_true(out.len > 0);
	return out;
}

static bool same(const struct picture_request *a, const struct picture_request *b)
{
	struct strbuf x = drawn(a), y = drawn(b);
	bool equal = x.len == y.len && memcmp(x.buf, y.buf, x.len) == 0;
	strbuf_release(&x);
	strbuf_release(&y);
	return equal;
}

static uint8_t *decoded(const struct strbuf *jpeg, int size)
{
	tjhandle tj = tjInitDecompress();
	uint8_t *px = xmalloc((size_t)size * (size_t)size * 3);
	const unsigned char *data = (const unsigned char *)jpeg->buf;
	int w, h, sampling, space;
	assert_int_equal(tjDecompressHeader3(tj, data, jpeg->len, &w, &h, &sampling, &space), 0);
	assert_int_equal(w, size);
	assert_int_equal(h, size);
	assert_int_equal(tjDecompress2(tj, data, jpeg->len, px, w, 0, h, TJPF_RGB, 0), 0);
	tjDestroy(tj);
	return px;
}

/* Variance of the bytes: nothing drawn, or noise alone, has hardly any. */
static double spread(const uint8_t *px, int size)
{
	size_t n = (size_t)size * (size_t)size * 3;
	double sum = 0, squares = 0;
	for (size_t i = 0; i < n; i++) {
		sum += px[i];
		squares += (double)px[i] * px[i];
	}
	return squares / (double)n - (sum / (double)n) * (sum / (double)n);
}

static void test_same_request_same_bytes(void **state)
{
	(void)state;
	for (int kind = 0; kind < picture_n_kinds(); kind++) {
		struct picture_request a = request(kind, 96, 3), between = request(kind, 64, 9),
				       b = a;
		struct strbuf other = drawn(&between);
		assert_true(same(&a, &b));
		strbuf_release(&other);
	}
}

static void test_every_part_of_a_request_counts(void **state)
{
	(void)state;
	struct picture_request a = request(1, 96, 3), b;
	b = a, b.seed = 2;
	assert_false(same(&a, &b));
	b = a, b.set = 1;
	assert_false(same(&a, &b));
	b = a, b.number = 4;
	assert_false(same(&a, &b));
	b = a, b.kind = 2;
	assert_false(same(&a, &b));
	b = a, b.knobs.v[KNOB_NOISE] = 0;
	assert_false(same(&a, &b));
}

static void test_no_two_alike(void **state)
{
	(void)state;
	enum { N = 40 };
	struct strbuf all[2 * N];
	for (int i = 0; i < 2 * N; i++) {
		struct picture_request r = request(i % 5, 32, i % N / 5);
		r.set = i >= N;
		all[i] = drawn(&r);
		for (int k = 0; k < i; k++)
			assert_false(all[k].len == all[i].len &&
				     !memcmp(all[k].buf, all[i].buf, all[i].len));
	}
	for (int i = 0; i < 2 * N; i++)
		strbuf_release(&all[i]);
}

static void test_every_kind_at_every_size(void **state)
{
	(void)state;
	static const int sizes[] = {PICTURE_SIZE_MIN, 17, 31, 64, 101, 224, 500};
	for (int kind = 0; kind < picture_n_kinds(); kind++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			struct picture_request r = request(kind, sizes[i], (int)i);
			struct strbuf jpeg = drawn(&r);
			uint8_t *px = decoded(&jpeg, sizes[i]);
			assert_true(spread(px, sizes[i]) > 20);
			free(px);
			strbuf_release(&jpeg);
		}
}

static void test_knobs_at_either_end(void **state)
{
	(void)state;
	for (int knob = 0; knob < KNOB_N; knob++)
		for (int end = 0; end < 2; end++)
			for (int i = 0; i < 10; i++) {
				struct picture_request r = request(i % 5, 48, i);
				r.knobs.v[knob] = end ? knob_table[knob].max : 0;
				struct strbuf jpeg = drawn(&r);
				free(decoded(&jpeg, 48));
				strbuf_release(&jpeg);
			}
	struct picture_request all = request(3, 64, 0);
	for (int knob = 0; knob < KNOB_N; knob++)
		all.knobs.v[knob] = knob_table[knob].max;
	struct strbuf jpeg = drawn(&all);
	free(decoded(&jpeg, 64));
	strbuf_release(&jpeg);
}

static void test_kinds_have_names(void **state)
{
	(void)state;
	static const char *const names[] = {"daisy", "dandelion", "rose", "sunflower", "tulip"};
	assert_int_equal(picture_n_kinds(), 5);
	for (int i = 0; i < 5; i++)
		assert_string_equal(picture_kind_name(i), names[i]);
}

static void test_knobs_from_text(void **state)
{
	(void)state;
	struct knobs k = knobs_default();
	struct errinfo e;
	assert_int_equal(knobs_set(&k, "hard=0.5", &e), ERR_OK);
	assert_true(k.v[KNOB_HARD] == 0.5);
	static const char *const bad[] = {"hard",       "hard=",    "hard=x",    "hard=0.5x",
					  "hard=-1",    "hard=nan", "hard=1.01", "har=0.5",
					  "harder=0.5", "",         "=",         "=1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(knobs_set(&k, bad[i], &e), ERR_VALUE);
		assert_true(k.v[KNOB_HARD] == 0.5);
	}
	assert_int_equal(knobs_set(&k, "hard=2", &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "hard wants a number from 0 to 1"));
	assert_int_equal(knobs_set(&k, "dark=2", &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "'dark'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_request_same_bytes),
	    cmocka_unit_test(test_every_part_of_a_request_counts),
	    cmocka_unit_test(test_no_two_alike),
	    cmocka_unit_test(test_every_kind_at_every_size),
	    cmocka_unit_test(test_knobs_at_either_end),
	    cmocka_unit_test(test_kinds_have_names),
	    cmocka_unit_test(test_knobs_from_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
