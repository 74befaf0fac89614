/* CRC-32C against the values that its specification gives, in one piece and in two. */
#include "thaw/base/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_vectors(void **state)
{
	(void)state;
	unsigned char bytes[32];
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(crc32c(0, bytes, 32), 0x46dd794e);
	for (int i = 0; i < 32; i++)
		bytes[i] = (unsigned char)(31 - i);
	assert_int_equal(crc32c(0, bytes, 32), 0x113fdb5c);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(0, "", 0), 0);
}

static void test_pieces(void **state)
{
	static const char digits[] = "123456789";
	(void)state;
	for (size_t n = 0; n <= 9; n++)
		assert_int_equal(crc32c(crc32c(0, digits, n), &digits[n], 9 - n), 0xe3069283);
}

/* The mask can be taken off again: turned back by 15 after what was added. */
static void test_mask(void **state)
{
	(void)state;
	for (uint32_t crc = 1; crc; crc <<= 1) {
		uint32_t turned = crc32c_mask(crc) - 0xa282ead8u;
		assert_int_equal(turned << 15 | turned >> 17, crc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_mask),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
