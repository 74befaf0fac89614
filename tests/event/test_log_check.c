/* Files that are no logs: each is told by what it is. */
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/event/log_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char *dir;

static int setup(void **state)
{
	(void)state;
	const char *tmp = getenv("TMPDIR");
	dir = xasprintf("%s/thaw-check-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rmdir(dir);
	free(dir);
	return 0;
}

/* NULL: it is a log. */
static void check(const char *name, const void *data, size_t len, const char *says)
{
	struct errinfo e = {0};
	char *path = path_join(dir, name);
	assert_int_equal(file_write_atomic(path, data, len, NULL), ERR_OK);
	enum err r = log_check(path, &e);
	unlink(path);
	if (r != (says ? ERR_FORMAT : ERR_OK) || (says && !strstr(e.msg, says)))
		fail_msg("%s: wanted '%s', got %d: %s", name, says ? says : "", r, e.msg);
	if (says)
		assert_memory_equal(e.msg, path, strlen(path));
	free(path);
}

#define CHECK(text, says) check("events.jsonl", text, sizeof(text) - 1, says)
#define NOTE "{\"seq\":1,\"t\":0,\"ev\":\"note\",\"level\":\"info\",\"text\":\"x\"}\n"

static void what_is_no_log_is_told(void **state)
{
	(void)state;
	CHECK("", ": empty, not an event log");
	CHECK("\n \r\n\t\n", ": empty, ");
	CHECK("\xef\xbb\xbf", ": empty, ");
	CHECK("\0\0\0\0\0\0\0\0", "nothing but zero bytes");
	CHECK("\x1f\x8b\x08\0abc\n\n", "gzip, not an event log; unpack it: `gunzip -c /");
	CHECK("PK\x03\x04\x14\0", "a zip archive, not an event log; unpack it: `unzip -p /");
	CHECK("BZh91AY", "bunzip2 -c");
	CHECK("\xfd"
	      "7zXZ\0",
	      "xz -dc");
	CHECK("\x28\xb5\x2f\xfd", "zstd -dc");
	CHECK("\xff\xfe{\0\"\0", "text in UTF-16, not an event log; unpack it: `iconv -f UTF-16");
	CHECK("version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
	CHECK("<html><body>404</body></html>\n", "a web page (HTML)");
	CHECK("\xef\xbb\xbf\n  <!DOCTYPE HTML>\n<p>\n", "a web page (HTML)");
	CHECK("<?xml version=\"1.0\"?>\n", "XML");
	CHECK("\x89PNG\r\n\x1a\n\0", "a picture (PNG)");
	CHECK("\x01\x02\x03\0abc\n\0\0", "binary data");
	CHECK("{\"loss\": 0.5}\n{\"loss\": 0.4}\n", "JSON without an event");
	CHECK("{\"seq\":1,\"t\":0,\"ev\":\"no", "cut within its first line");
	CHECK("epoch,loss\n1,0.5\n", "text without an event in it");
	check("events.out.tfevents.1700000000.host", "\x18\0\0\0\0\0\0\0", 8, "a TensorBoard file");
	CHECK("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22"
	      "brain.Event:2",
	      "a TensorBoard file");
}

/* Whatever else it holds. */
static void a_log_is_one(void **state)
{
	(void)state;
	CHECK(NOTE, NULL);
	CHECK("garbage {\n" NOTE, NULL);
	CHECK("<html>\n\n" NOTE "\0\0\0\0", NULL);
	CHECK("\0\0\0\n" NOTE, NULL);
	CHECK("{\"seq\":1,\"t\":0,\"ev\":\"of a later version\"}\n", NULL);
}

static void a_log_is_found(void **state)
{
	(void)state;
	struct errinfo e = {0};
	char *file = path_join(dir, "renamed.jsonl"), *beside = path_join(dir, "events.jsonl");
	assert_int_equal(file_write_atomic(file, NOTE, sizeof(NOTE) - 1, NULL), ERR_OK);
	assert_int_equal(log_check(file, &e), ERR_OK);
	assert_int_equal(log_check(dir, &e), ERR_NOT_FOUND);
	assert_memory_equal(e.msg, beside, strlen(beside));
	/* Whoever names a link means where it leads; in a run's directory nobody has named it. */
	char *link = path_join(dir, "link.jsonl");
	assert_int_equal(symlink(file, link), 0);
	assert_int_equal(symlink(file, beside), 0);
	assert_int_equal(log_check(link, &e), ERR_OK);
	assert_int_equal(log_check(dir, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "a link, which is not followed"));
	char *all[] = {link, beside, file};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		unlink(all[i]);
		free(all[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_no_log_is_told),
	    cmocka_unit_test(a_log_is_one),
	    cmocka_unit_test(a_log_is_found),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
