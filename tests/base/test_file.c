/* Files: whole reads, replacement that leaves the old file or the new one, paths. */
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = P_tmpdir "/thaw-base-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(dir); /* every test leaves it empty */
}

static size_t files_in(const char *path)
{
	size_t n = 0;
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void assert_holds(const char *path, const char *data, size_t len)
{
	struct strbuf sb = STRBUF_INIT;
	assert_int_equal(file_read(path, &sb, NULL), ERR_OK);
	assert_int_equal(sb.len, len);
	assert_memory_equal(sb.buf, data, len);
	strbuf_release(&sb);
}

static void test_read_and_write(void **state)
{
	(void)state;
	static char big[300000];
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 >> 3);
	char *path = path_join(dir, "f");
	static const size_t sizes[] = {0, 1, 65535, 65536, 65537, sizeof(big)};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		assert_int_equal(file_write_atomic(path, big, sizes[i], NULL), ERR_OK);
		assert_holds(path, big, sizes[i]);
		assert_int_equal(file_size(path), (int64_t)sizes[i]);
		assert_int_equal(files_in(dir), 1);
	}
	struct strbuf sb = STRBUF_INIT;
	strbuf_addstr(&sb, "x");
	assert_int_equal(file_read_max(path, 70000, &sb, NULL), ERR_OK); /* appends */
	assert_int_equal(sb.len, 70001);
	strbuf_reset(&sb);
	assert_int_equal(file_read_max("/dev/zero", 100000, &sb, NULL), ERR_OK);
	assert_int_equal(sb.len, 100000);
	strbuf_release(&sb);
	unlink(path);
	free(path);
}

static void test_read_errors(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	struct errinfo e = {.msg = ""};
	assert_int_equal(file_read("no/such/file", &sb, &e), ERR_NOT_FOUND);
	assert_string_equal(e.msg, "no/such/file: No such file or directory");
	assert_int_equal(file_read(dir, &sb, &e), ERR_IO);
	assert_int_equal(sb.len, 0);
	assert_int_equal(file_size("no/such/file"), -1);
}

/* What a child does under a limit on file sizes: the write must fail, not kill, and clean up. */
static int write_limited(const char *path, const char *data, size_t len)
{
	struct rlimit limit = {1000, 1000};
	struct errinfo e = {.msg = ""};
	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit))
		return 2;
	if (file_write_atomic(path, data, len, &e) != ERR_IO || e.code != ERR_IO)
		return 3;
	return strstr(e.msg, path) && strstr(e.msg, "File too large") ? 0 : 4;
}

static void test_short_write_keeps_the_old(void **state)
{
	(void)state;
	static char big[200000];
	char *path = path_join(dir, "kept");
	assert_int_equal(file_write_atomic(path, "old", 3, NULL), ERR_OK);
	pid_t pid = fork();
	if (pid == 0)
		_exit(write_limited(path, big, sizeof(big)));
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_holds(path, "old", 3);
	assert_int_equal(files_in(dir), 1); /* nothing half-written lies about */
	unlink(path);
	free(path);
}

static void test_refused_write_keeps_the_old(void **state)
{
	(void)state;
	struct errinfo e = {.msg = ""};
	assert_int_equal(file_write_atomic("no/such/dir/f", "x", 1, &e), ERR_IO);
	char *taken = path_join(dir, "taken"), *inside = path_join(taken, "f");
	assert_int_equal(file_mkdirs(taken, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(inside, "old", 3, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(taken, "x", 1, &e),
			 ERR_IO); /* a directory with something in it */
	assert_non_null(strstr(e.msg, taken));
	assert_holds(inside, "old", 3);
	assert_int_equal(files_in(dir), 1);
	assert_int_equal(files_in(taken), 1);
	unlink(inside);
	rmdir(taken);
	free(inside);
	free(taken);
}

/* While one process replaces a file again and again, another sees one whole version or the other.
 */
static void test_readers_see_a_whole_file(void **state)
{
	(void)state;
	static char data[40000];
	char *path = path_join(dir, "seen");
	memset(data, 'a', sizeof(data));
	assert_int_equal(file_write_atomic(path, data, sizeof(data), NULL), ERR_OK);
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 1; i < 100; i++) {
			memset(data, 'a' + i % 26, sizeof(data));
			if (file_write_atomic(path, data, sizeof(data) - (size_t)i, NULL))
				_exit(1);
		}
		_exit(0);
	}
	int status, reads = 0;
	while (waitpid(pid, &status, WNOHANG) == 0 || !reads) {
		struct strbuf sb = STRBUF_INIT;
		assert_int_equal(file_read(path, &sb, NULL), ERR_OK);
		size_t i = sizeof(data) - sb.len;
		assert_true(i < 100 && sb.buf[0] == (char)('a' + i % 26));
		assert_memory_equal(sb.buf, sb.buf + 1, sb.len - 1);
		strbuf_release(&sb);
		reads++;
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	unlink(path);
	free(path);
}

static void test_mkdirs(void **state)
{
	(void)state;
	struct errinfo e = {.msg = ""};
	char *deep = path_join(dir, "a//b/c/"), *file = path_join(dir, "a/file"),
	     *under = path_join(file, "x");
	assert_int_equal(file_mkdirs(deep, &e), ERR_OK);
	assert_int_equal(file_mkdirs(deep, &e), ERR_OK);
	assert_true(file_is_dir(deep) && file_exists(deep));
	assert_int_equal(file_write_atomic(file, "", 0, &e), ERR_OK);
	assert_int_equal(file_mkdirs(file, &e), ERR_IO);
	assert_int_equal(file_mkdirs(under, &e), ERR_IO);
	assert_int_equal(file_mkdirs("", &e), ERR_IO);
	assert_int_equal(file_mkdirs("/", &e), ERR_OK);
	unlink(file);
	static const char *const parts[] = {"a/b/c", "a/b", "a"};
	for (size_t i = 0; i < 3; i++) {
		char *part = path_join(dir, parts[i]);
		assert_int_equal(rmdir(part), 0);
		free(part);
	}
	free(deep);
	free(file);
	free(under);
}

static void test_paths(void **state)
{
	(void)state;
	static const char *const joins[][3] = {
	    {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a", "/b", "/b"}, {"", "b", "b"},
	    {"/", "b", "/b"},  {NULL, "b", "b"},   {"a", "", "a/"}};
	for (size_t i = 0; i < sizeof(joins) / sizeof(*joins); i++) {
		char *s = path_join(joins[i][0], joins[i][1]);
		assert_string_equal(s, joins[i][2]);
		free(s);
	}
	static const char *const parts[][3] = {{"a/b.c", "a", "b.c"},
					       {"b", ".", "b"},
					       {"/b", "/", "b"},
					       {"a/b/", "a/b", ""},
					       {"", ".", ""}};
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char *s = path_dir(parts[i][0]);
		assert_string_equal(s, parts[i][1]);
		assert_string_equal(path_base(parts[i][0]), parts[i][2]);
		free(s);
	}
}

static void test_clocks(void **state)
{
	(void)state;
	int64_t before = clock_ms(), wall = clock_unix_ms();
	double seconds = clock_seconds();
	assert_true(clock_ms() >= before && clock_seconds() >= seconds);
	assert_true(seconds - (double)before / 1000 > -0.002 &&
		    seconds - (double)before / 1000 < 10);
	assert_true(wall > INT64_C(1600000000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_and_write),
	    cmocka_unit_test(test_read_errors),
	    cmocka_unit_test(test_short_write_keeps_the_old),
	    cmocka_unit_test(test_refused_write_keeps_the_old),
	    cmocka_unit_test(test_readers_see_a_whole_file),
	    cmocka_unit_test(test_mkdirs),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_clocks),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
