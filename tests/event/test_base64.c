/* Base64 against the vectors of RFC 4648, every length, and texts that are not it. */
#include "thaw/base/rng.h"
#include "thaw/event/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_vectors(void **state)
{
	(void)state;
	static const char *const rows[][2] = {{"", ""},
					      {"f", "Zg=="},
					      {"fo", "Zm8="},
					      {"foo", "Zm9v"},
					      {"foob", "Zm9vYg=="},
					      {"fooba", "Zm9vYmE="},
					      {"foobar", "Zm9vYmFy"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct strbuf out = STRBUF_INIT, back = STRBUF_INIT;
		base64_encode(rows[i][0], strlen(rows[i][0]), &out);
		assert_string_equal(out.buf, rows[i][1]);
		assert_true(base64_decode(out.buf, out.len, &back));
		assert_string_equal(back.buf, rows[i][0]);
		strbuf_release(&out);
		strbuf_release(&back);
	}
}

static void test_every_length(void **state)
{
	(void)state;
	uint8_t bytes[300];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rng_u64(1, i);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct strbuf out = STRBUF_INIT, back = STRBUF_INIT;
		base64_encode(bytes, n, &out);
		assert_int_equal(out.len, (n + 2) / 3 * 4);
		strbuf_addstr(&back, "kept");
		assert_true(base64_decode(out.buf, out.len, &back));
		assert_int_equal(back.len, 4 + n);
		assert_memory_equal(back.buf + 4, bytes, n);
		strbuf_release(&out);
		strbuf_release(&back);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {"Z",       "Zg",   "Zg=",      "====",   "Zh==",
					   "Zm9=",    "Z===", "Zg==Zg==", "Zm9v\n", "Zm 9",
					   "Zm9\xc3", "Z=g=", "_-__"};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct strbuf out = STRBUF_INIT;
		if (base64_decode(rows[i], strlen(rows[i]), &out))
			fail_msg("'%s' was taken", rows[i]);
		assert_int_equal(out.len, 0);
		strbuf_release(&out);
	}
}

static void test_pixels(void **state)
{
	(void)state;
	uint8_t pixels[256];
	struct strbuf text = STRBUF_INIT, old = STRBUF_INIT;
	for (int i = 0; i < 256; i++)
		pixels[i] = (uint8_t)i;
	pixels_encode(pixels, 256, &text);
	base64_encode(pixels, 256, &old);
	assert_int_equal(text.len, 256);
	uint8_t back[256], exact[256];
	assert_true(pixels_decode(text.buf, back, 256));
	assert_true(pixels_decode(old.buf, exact, 256));
	assert_memory_equal(exact, pixels, 256); /* of earlier logs */
	for (int i = 0; i < 256; i++)
		assert_true(back[i] - i <= 2 && i - back[i] <= 2);
	assert_true(back[0] == 0 && back[255] == 255);
	strbuf_reset(&old);
	pixels_encode(back, 256, &old); /* and no further from it */
	assert_string_equal(old.buf, text.buf);
	assert_false(pixels_decode(text.buf, back, 255));
	assert_false(pixels_decode("AB=D", back, 4));
	assert_false(pixels_decode("", back, 0));
	strbuf_release(&text);
	strbuf_release(&old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_every_length),
	    cmocka_unit_test(test_refused), cmocka_unit_test(test_pixels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
