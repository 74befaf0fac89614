/* The frame and the messages of TensorBoard's event files. The bytes come from bytes.h, which follows
 * the descriptions and shares nothing with the code; the checksums' known values are those of RFC 3720. */
#include "bytes.h"

#include "thaw/base/crc32c.h"
#include "../../src/import/protobuf.h"
#include "../../src/import/tb_event.h"
#include "../../src/import/tfrecord.h"

#include <math.h>
#include <stdlib.h>

static void test_checksum(void **state)
{
	(void)state;
	uint8_t bytes[48] = {0};
	assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, 32);
	assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, bytes, 32), 0x46dd794e);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	for (size_t n = 0; n < 32; n++)
		assert_int_equal(crc32c(0, bytes, n), slow_crc(CASTAGNOLI, bytes, n));
}

static void test_frame(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT, data = STRBUF_INIT;
	struct tfrecord r;
	strbuf_addstr(&data, "some bytes");
	put_tfrecord(&file, &data);
	const uint8_t *bytes = (const uint8_t *)file.buf;
	for (size_t n = 0; n < file.len; n++) {
		uint8_t *exact = malloc(n ? n : 1); /* so that a byte too far is seen */
		memcpy(exact, bytes, n);
		assert_int_equal(tfrecord_next(exact, n, &r), TFRECORD_PART);
		assert_int_equal(r.size, n < TFRECORD_HEADER ? TFRECORD_HEADER : file.len);
		free(exact);
	}
	assert_int_equal(tfrecord_next(bytes, file.len, &r), TFRECORD_WHOLE);
	assert_int_equal(r.size, file.len);
	assert_int_equal(r.len, 10);
	assert_memory_equal(r.data, "some bytes", 10);
	for (size_t i = 0; i < file.len; i++) { /* any bit that is wrong is seen */
		file.buf[i] ^= 0x10;
		assert_int_equal(tfrecord_next(bytes, file.len, &r),
				 i < TFRECORD_HEADER ? TFRECORD_BAD_LENGTH : TFRECORD_BAD_DATA);
		file.buf[i] ^= 0x10;
	}
	strbuf_release(&file);
	strbuf_release(&data);
}

/* A length that its checksum vouches for, and no file can have. */
static void test_absurd_length(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	struct tfrecord r;
	put_number(&file, UINT64_MAX, 8);
	put_masked(&file, file.buf, 8);
	assert_int_equal(tfrecord_next((const uint8_t *)file.buf, file.len, &r), TFRECORD_BAD_LENGTH);
	strbuf_reset(&file);
	put_number(&file, (uint64_t)1 << 40, 8);
	put_masked(&file, file.buf, 8);
	assert_int_equal(tfrecord_next((const uint8_t *)file.buf, file.len, &r), TFRECORD_PART);
	assert_true(r.size == ((uint64_t)1 << 40) + 16);
	strbuf_release(&file);
}

static void test_protobuf(void **state)
{
	(void)state;
	struct strbuf m = STRBUF_INIT;
	struct protobuf_field f;
	put_int(&m, 1, -1);
	put_int(&m, 536870911, 300);
	put_double(&m, 3, 0.5);
	put_text(&m, 4, "text");
	put_float(&m, 5, 2);
	struct protobuf p = protobuf_of(m.buf, m.len);
	assert_true(protobuf_next(&p, &f) && f.number == 1 && f.value == UINT64_MAX);
	assert_true(protobuf_next(&p, &f) && f.number == 536870911 && f.value == 300);
	assert_true(protobuf_next(&p, &f) && f.wire == PROTOBUF_64);
	assert_true(protobuf_next(&p, &f) && protobuf_left(&f.sub) == 4);
	char *text = protobuf_text(&f);
	assert_string_equal(text, "text");
	free(text);
	assert_true(protobuf_next(&p, &f) && f.value == 0x40000000);
	assert_false(protobuf_next(&p, &f) || p.bad);
	strbuf_release(&m);
}

static void test_bad_protobuf(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {{"\x08", 1},         /* a number that is not there */
		   {"\x08\xff", 2},     /* that has no end */
		   {"\x0a\x05" "abc", 5}, /* a text beyond the message */
		   {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
		   {"\x09" "1234567", 8}, {"\x0d" "123", 4},
		   {"\x00\x00", 2},     /* no field has number 0 */
		   {"\x0b\x0c", 2},     /* groups */
		   {"\x0e", 1},         /* no such wire type */
		   {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct protobuf_field f;
		struct protobuf p = protobuf_of(bad[i].bytes, bad[i].n);
		while (protobuf_next(&p, &f))
			continue;
		assert_true(p.bad);
	}
}

/* ---- values ---- */

/* A summary value of one tensor, as it is decoded. */
static struct opt_double number_of(struct strbuf *tensor, const char *plugin)
{
	struct strbuf value = STRBUF_INIT, summary = STRBUF_INIT, event = STRBUF_INIT,
		      data = STRBUF_INIT, metadata = STRBUF_INIT;
	struct tb_event ev;
	struct tb_value v;
	put_text(&value, 1, "tag");
	if (plugin) {
		put_text(&data, 1, plugin);
		put_message(&metadata, 1, &data);
		put_message(&value, 9, &metadata);
	}
	put_message(&value, 8, tensor);
	put_message(&summary, 1, &value);
	put_message(&event, 5, &summary);
	assert_true(tb_event_decode(&ev, event.buf, event.len));
	assert_true(tb_value_next(&ev, &v));
	assert_false(tb_value_next(&ev, &v));
	struct opt_double number = v.number;
	strbuf_release(&event);
	return number;
}

static struct opt_double content(int dtype, uint64_t bits, int bytes)
{
	struct strbuf tensor = STRBUF_INIT, raw = STRBUF_INIT;
	put_number(&raw, bits, bytes);
	put_int(&tensor, 1, dtype);
	put_message(&tensor, 4, &raw);
	return number_of(&tensor, "scalars");
}

static void expect(struct opt_double number, double v)
{
	assert_true(number.valid);
	if (isnan(v))
		assert_true(isnan(number.value));
	else
		assert_true(number.value == v);
}

static void test_tensor_content(void **state)
{
	(void)state;
	expect(content(1, 0x3fc00000, 4), 1.5);
	expect(content(2, 0xbfe0000000000000, 8), -0.5);
	expect(content(3, 0xfffffffe, 4), -2);
	expect(content(9, UINT64_MAX, 8), -1);
	expect(content(9, (uint64_t)1 << 40, 8), 1099511627776.0);
	expect(content(4, 200, 1), 200);
	expect(content(6, 200, 1), -56);
	expect(content(5, 0x8000, 2), -32768);
	expect(content(10, 1, 1), 1);
	expect(content(14, 0x3fc0, 2), 1.5);
	expect(content(19, 0x3e00, 2), 1.5);
	expect(content(19, 0xc000, 2), -2);
	expect(content(19, 0x0001, 2), ldexp(1, -24));
	expect(content(19, 0x7c00, 2), INFINITY);
	expect(content(19, 0x7e00, 2), NAN);
	expect(content(22, 0xffffffff, 4), 4294967295.0);
	assert_false(content(1, 0, 8).valid); /* two of them */
	assert_false(content(1, 0, 3).valid);
	assert_false(content(7, 0, 4).valid); /* text */
	assert_false(content(0, 0, 4).valid);
	assert_false(content(99, 0, 4).valid);
}

static struct opt_double of_values(int dtype, int field, int n, bool packed)
{
	struct strbuf tensor = STRBUF_INIT, all = STRBUF_INIT;
	put_int(&tensor, 1, dtype);
	for (int i = 0; i < n; i++) {
		if (packed && dtype == 1)
			put_number(&all, 0x3fc00000, 4);
		else if (packed)
			put_varint(&all, 300);
		else if (dtype == 1)
			put_float(&tensor, (uint32_t)field, 1.5f);
		else
			put_int(&tensor, (uint32_t)field, 300);
	}
	if (packed)
		put_message(&tensor, (uint32_t)field, &all);
	return number_of(&tensor, NULL);
}

static void test_tensor_values(void **state)
{
	(void)state;
	expect(of_values(1, 5, 1, true), 1.5);
	expect(of_values(1, 5, 1, false), 1.5);
	expect(of_values(3, 7, 1, true), 300);
	expect(of_values(9, 10, 1, false), 300);
	assert_false(of_values(1, 5, 2, true).valid);
	assert_false(of_values(1, 5, 2, false).valid);
	assert_false(of_values(9, 10, 2, true).valid);
	assert_false(of_values(9, 7, 1, true).valid); /* the field of another type */
	assert_false(of_values(1, 5, 0, true).valid);
}

static void test_shapes_and_plugins(void **state)
{
	(void)state;
	static const struct {
		int64_t size;
		const char *plugin;
		bool number;
	} cases[] = {{1, NULL, true}, {1, "scalars", true}, {1, "", true}, {1, "images", false},
		     {3, NULL, false}, {0, NULL, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct strbuf tensor = STRBUF_INIT, shape = STRBUF_INIT, dim = STRBUF_INIT;
		if (cases[i].size)
			put_int(&dim, 1, cases[i].size);
		put_message(&shape, 2, &dim);
		put_int(&tensor, 1, 1);
		put_message(&tensor, 2, &shape);
		put_float(&tensor, 5, 2);
		assert_int_equal(number_of(&tensor, cases[i].plugin).valid, cases[i].number);
	}
}

static void test_event(void **state)
{
	(void)state;
	struct strbuf log = STRBUF_INIT, event = STRBUF_INIT;
	struct tb_event ev;
	struct tb_value v;
	put_double(&event, 1, 1700000000.5);
	put_int(&event, 2, 12);
	put_int(&log, 1, 1);
	put_message(&event, 7, &log);
	put_int(&event, 99, 1); /* a field of tomorrow */
	assert_true(tb_event_decode(&ev, event.buf, event.len));
	assert_true(ev.start && ev.step == 12 && ev.wall_time == 1700000000.5 && !ev.version);
	assert_false(tb_value_next(&ev, &v));
	for (size_t n = 0; n < event.len; n++) {
		uint8_t *exact = malloc(n ? n : 1);
		memcpy(exact, event.buf, n);
		tb_event_decode(&ev, exact, n);
		free(exact);
	}
	strbuf_release(&event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_checksum),       cmocka_unit_test(test_frame),
	    cmocka_unit_test(test_absurd_length),  cmocka_unit_test(test_protobuf),
	    cmocka_unit_test(test_bad_protobuf),   cmocka_unit_test(test_tensor_content),
	    cmocka_unit_test(test_tensor_values),  cmocka_unit_test(test_shapes_and_plugins),
	    cmocka_unit_test(test_event),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
