/* Text from outside, as editors and other systems leave it. */
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = P_tmpdir "/thaw-text-XXXXXX";
static char *path;

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	path = path_join(dir, "file");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	free(path);
	return rmdir(dir);
}

static enum err read_bytes(const char *bytes, size_t len, struct strbuf *out, struct errinfo *e)
{
	const struct text_file file = {path, "F", "a list", 2048, false, NULL};
	assert_int_equal(file_write_atomic(path, bytes, len, NULL), ERR_OK);
	return text_read(&file, out, e);
}

#define BYTES(s) s, sizeof(s) - 1

static void test_what_editors_do_is_undone(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} cases[] = {
	    {BYTES(""), ""},
	    {BYTES("a\nb"), "a\nb"},
	    {BYTES("\xef\xbb\xbf"), ""},
	    {BYTES("\xef\xbb\xbf"
		   "a\n\xef\xbb\xbf"),
	     "a\n\xef\xbb\xbf"},
	    {BYTES("a\r\nb\r\n"), "a\nb\n"},
	    {BYTES("a\rb\r\rc\r"), "a\nb\n\nc\n"},
	    {BYTES("a\r\r\nb"), "a\n\nb"},
	    {BYTES("caf\xe9\n"), "caf\xe9\n"}, /* Latin-1, left alone */
	    {BYTES("\xff\xfe"
		   "a\0\r\0\n\0\xe9\0"),
	     "a\n\xc3\xa9"},
	    {BYTES("\xfe\xff"
		   "\0a\0\r\x20\xac"),
	     "a\n\xe2\x82\xac"},
	    {BYTES("\xff\xfe"
		   "\x3d\xd8\x00\xde"
		   "!\0"),
	     "\xf0\x9f\x98\x80!"},
	    {BYTES("\xff\xfe"
		   "\x3d\xd8"
		   "!\0"
		   "\x00\xde"
		   "\x3d\xd8"),
	     "\xef\xbf\xbd!\xef\xbf\xbd\xef\xbf\xbd"}, /* halves of a pair */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct strbuf out = STRBUF_INIT;
		struct errinfo e = {.msg = ""};
		strbuf_addstr(&out, ">");
		if (read_bytes(cases[i].bytes, cases[i].len, &out, &e))
			fail_msg("case %zu: %s", i, e.msg);
		assert_string_equal(out.buf + 1, cases[i].text);
		assert_int_equal(out.len, strlen(cases[i].text) + 1);
		strbuf_release(&out);
	}
}

static void test_what_is_no_text_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
		const char *says;
	} cases[] = {
	    {BYTES("a\0b\n"), "F: not a text file, so not a list"},
	    {BYTES("a\0b\0c\0"), "UTF-16 without a byte-order mark; save it as UTF-8"},
	    {BYTES("\0a\0b\0c"), "UTF-16 without a byte-order mark; save it as UTF-8"},
	    {BYTES("\xff\xfe"
		   "\0\0"),
	     "not a text file"},
	};
	struct strbuf out = STRBUF_INIT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct errinfo e = {.msg = ""};
		assert_int_equal(read_bytes(cases[i].bytes, cases[i].len, &out, &e), ERR_FORMAT);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("case %zu: %s", i, e.msg);
		assert_int_equal(out.len, 0);
	}
}

static void test_what_is_no_file_is_named(void **state)
{
	(void)state;
	struct text_file f = {path, "F", "a list", 2048, false, NULL};
	struct strbuf out = STRBUF_INIT;
	struct errinfo e = {.msg = ""};
	char large[2049];
	memset(large, 'x', sizeof(large));
	assert_int_equal(read_bytes(large, 2048, &out, &e), ERR_OK);
	strbuf_release(&out);
	assert_int_equal(read_bytes(large, 2049, &out, &e), ERR_FORMAT);
	assert_string_equal(e.msg, "F: larger than 2 KiB; this is not a list");
	unlink(path);
	assert_int_equal(text_read(&f, &out, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.msg, "F: No such file"));
	assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes: it must not be waited for */
	assert_int_equal(text_read(&f, &out, &e), ERR_FORMAT);
	assert_string_equal(e.msg, "F: not a regular file");
	f = (struct text_file){dir, NULL, "a list", 2048, true, NULL};
	assert_int_equal(text_read(&f, &out, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, ": a folder, not a list"));
	f = (struct text_file){"/dev/zero", NULL, "a list", 2048, true, NULL};
	assert_int_equal(text_read(&f, &out, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "/dev/zero: larger than 2 KiB"));
	assert_int_equal(out.len, 0);
}

static void test_lines(void **state)
{
	(void)state;
	char text[] = " one \n\n\ttwo\nthree", *at = text;
	assert_string_equal(text_line(&at), "one");
	assert_string_equal(text_line(&at), "");
	assert_string_equal(text_line(&at), "two");
	assert_string_equal(text_line(&at), "three");
	assert_null(text_line(&at));
}

static void test_comments(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {{"", 0},           {"leaky", 5},       {"leaky # soft", 5}, {"leaky#soft", 5},
		     {"leaky\t; x", 5}, {"two words ;", 9}, {"# all", 0},        {"  # all", 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(text_value_length(cases[i].text), cases[i].len);
}

static void expect_home(const char *from, const char *to, const char *says)
{
	struct errinfo e = {.msg = ""};
	char *got = path_home(from, &e);
	if (to)
		assert_string_equal(got, to);
	else
		assert_null(got);
	if (!strstr(e.msg, says))
		fail_msg("%s: %s", from, e.msg);
	free(got);
}

static void test_home(void **state)
{
	(void)state;
	char *kept = xstrdup(getenv("HOME") ? getenv("HOME") : "");
	setenv("HOME", "/home/me", 1);
	expect_home("~/data/x", "/home/me/data/x", "");
	expect_home("~", "/home/me", "");
	expect_home("data/~/x", "data/~/x", "");
	expect_home("~backup", "~backup", "");
	expect_home("~you/data", NULL, "~you is not looked up, only ~/ is");
	setenv("HOME", "/", 1);
	expect_home("~/data", "/data", "");
	unsetenv("HOME");
	expect_home("~/data", NULL, "HOME, which is not set");
	if (*kept)
		setenv("HOME", kept, 1);
	free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_editors_do_is_undone),
	    cmocka_unit_test(test_what_is_no_text_is_named),
	    cmocka_unit_test(test_what_is_no_file_is_named),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_comments),
	    cmocka_unit_test(test_home),
	};
	return cmocka_run_group_tests_name("text", tests, setup, teardown);
}
