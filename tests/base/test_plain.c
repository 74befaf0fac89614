/* Text from outside made fit for a terminal and for JSON; the lines it goes out in. */
#include "thaw/base/err.h"
#include "thaw/base/plain.h"
#include "thaw/base/say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text, *terminal, *json;
} cases[] = {
    {"", "", ""},
    {"rose \xe2\x86\x92 m\xc3\xb6hre", "rose \xe2\x86\x92 m\xc3\xb6hre",
     "rose \xe2\x86\x92 m\xc3\xb6hre"},
    {"\xe7\x8e\xab\xe7\x91\xb0 \xf0\x9f\x8c\xb9", "\xe7\x8e\xab\xe7\x91\xb0 \xf0\x9f\x8c\xb9",
     "\xe7\x8e\xab\xe7\x91\xb0 \xf0\x9f\x8c\xb9"},
    {"a\x1b[31mb\x7f\tc",
     "a\\x1b[31mb\\x7f\\x09"
     "c",
     "a\\u001b[31mb\\u007f\\tc"},
    {"a\nb\rc\bd\fe",
     "a\\x0ab\\x0dc\\x08"
     "d\\x0c"
     "e",
     "a\\nb\\rc\\bd\\fe"},
    {"x\xc2\x9b"
     "31m",
     "x\\u009b31m", "x\\u009b31m"},
    {"\xc0\x9b", "\\xc0\\x9b", "\xef\xbf\xbd\xef\xbf\xbd"},                      /* overlong */
    {"\x9b\xff", "\\x9b\\xff", "\xef\xbf\xbd\xef\xbf\xbd"},                      /* alone, never */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
    {"cut \xe2\x86", "cut \\xe2\\x86", "cut \xef\xbf\xbd\xef\xbf\xbd"},
    {"u\xe2\x80\xae", "u\\u202e", "u\\u202e"},
    {"\xef\xbb\xbf", "\\ufeff", "\\ufeff"},
    {"\xf3\xa0\x81\x81", "\\U000e0041", "\\udb40\\udc41"}, /* a tag */
    {"\xf4\x8f\xbf\xbf", "\\U0010ffff", "\\udbff\\udfff"},
    {"\xe2\x9d\xa4\xef\xb8\x8f", "\xe2\x9d\xa4\\ufe0f", "\xe2\x9d\xa4\\ufe0f"},
    {"\\x1b \\ \"", "\\x1b \\ \"", "\\x1b \\ \""}, /* what looks like an escape is none */
};
#define N_CASES (sizeof(cases) / sizeof(*cases))

static void one_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CASES; i++) {
		struct strbuf out = STRBUF_INIT;
		char fixed[64];
		size_t n = strlen(cases[i].text);
		plain_add(&out, cases[i].text, n);
		assert_string_equal(out.buf, cases[i].terminal);
		assert_int_equal(plain_run(out.buf, out.len), out.len);
		assert_int_equal(plain_fit(fixed, sizeof(fixed), cases[i].text), out.len);
		assert_string_equal(fixed, out.buf);
		strbuf_reset(&out);
		plain_add_json(&out, cases[i].text, n);
		assert_string_equal(out.buf, cases[i].json);
		assert_int_equal(plain_run(out.buf, out.len), out.len);
		strbuf_release(&out);
	}
}

static const uint32_t hidden[] = {
    0x01,    0x1b,    0x7f,    0x80,    0x9b,     0x9f,    0xad,    0x34f,   0x61c,   0x115f,
    0x1160,  0x17b4,  0x17b5,  0x180b,  0x180e,   0x180f,  0x200b,  0x200c,  0x200d,  0x200e,
    0x200f,  0x2028,  0x2029,  0x202a,  0x202e,   0x2060,  0x2064,  0x2066,  0x2069,  0x206a,
    0x206f,  0x2800,  0x3164,  0xe000,  0xf8ff,   0xfdd0,  0xfdef,  0xfe00,  0xfe0f,  0xfeff,
    0xffa0,  0xfff9,  0xfffb,  0xfffe,  0xffff,   0x1bca0, 0x1d173, 0x1ffff, 0x2fffe, 0xe0001,
    0xe0020, 0xe007f, 0xe0100, 0xf0000, 0x10ffff,
};
static const uint32_t shown[] = {
    ' ',    '~',    0xa0,   0xe9,   0x301,   0x5d0,   0x627,   0x1100,
    0x2003, 0x2010, 0x2026, 0x2581, 0x2801,  0x28ff,  0x3000,  0x4e00,
    0xac00, 0xd7a3, 0xfffc, 0xfffd, 0x1f600, 0x20000, 0x3134a,
};

static void what_shows_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (plain_shows(hidden[i]))
			fail_msg("U+%04X goes out as it is", hidden[i]);
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (!plain_shows(shown[i]))
			fail_msg("U+%04X is escaped", shown[i]);
}

/* Whatever comes in, what comes out goes out as it is, whatever room it has. */
static void every_pair_of_bytes(void **state)
{
	(void)state;
	for (int a = 1; a < 256; a++)
		for (int b = 1; b < 256; b++) {
			char text[] = {(char)a, (char)b, 'x', '\0'}, out[32];
			size_t whole = plain_fit(out, sizeof(out), text);
			assert_int_equal(plain_run(out, whole), whole);
			assert_true(whole >= 3);
			for (size_t size = 1; size <= whole + 1; size++) {
				char part[32];
				size_t n = plain_fit(part, size, text);
				assert_true(n < size && n == strlen(part));
				assert_memory_equal(part, out, n);
				assert_int_equal(plain_run(part, n), n);
			}
		}
}

static void names(void **state)
{
	(void)state;
	assert_true(name_is_clean("m\xc3\xb6hre 2"));
	assert_true(
	    name_is_clean("\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae")); /* a joiner belongs there */
	assert_false(name_is_clean(""));
	assert_false(name_is_clean("a\nb"));
	assert_false(name_is_clean("a\xc2\x85"));
	assert_false(name_is_clean("a\xff"));
}

static void a_message_is_one_line(void **state)
{
	(void)state;
	struct errinfo e;
	err_set(&e, ERR_IO, "%s: %s", "a\nb\xc2\x9b\xe2\x80\xae", "no");
	assert_string_equal(e.msg, "a\\x0ab\\u009b\\u202e: no");
	char text[2000];
	memset(text, 0x1b, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&e, ERR_IO, "%s", text);
	assert_true(strlen(e.msg) < sizeof(e.msg));
	assert_int_equal(strlen(e.msg) % 4, 0); /* no escape is cut */
}

static void lines(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	say(out, "%s: %d", "a\nb", 7);
	say_json(out, "{\n\t\"a\":\t\"x\x7f\xe2\x80\xae\xff\\n\"\n}");
	fclose(out);
	assert_string_equal(text,
			    "a\\x0ab: 7\n{\n\t\"a\":\t\"x\\u007f\\u202e\xef\xbf\xbd\\n\"\n}\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_rule),
	    cmocka_unit_test(what_shows_itself),
	    cmocka_unit_test(every_pair_of_bytes),
	    cmocka_unit_test(names),
	    cmocka_unit_test(a_message_is_one_line),
	    cmocka_unit_test(lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
