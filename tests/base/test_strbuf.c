/* strbuf, the x-allocators and err_set(). */
#include "thaw/base/alloc.h"
#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_terminated(const struct strbuf *sb)
{
	assert_non_null(sb->buf);
	assert_int_equal(sb->buf[sb->len], '\0');
	assert_true(sb->cap == 0 ? sb->buf == strbuf_empty : sb->len < sb->cap);
}

static void test_empty(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	assert_terminated(&sb);
	strbuf_add(&sb, "", 0);
	strbuf_addstr(&sb, "");
	strbuf_reset(&sb);
	strbuf_remove(&sb, 0, 0);
	assert_terminated(&sb);
	strbuf_release(&sb);
	assert_terminated(&sb);
	char *detached = strbuf_detach(&sb); /* even of an empty one: memory of one's own */
	assert_string_equal(detached, "");
	assert_ptr_not_equal(detached, strbuf_empty);
	free(detached);
	assert_int_equal(strbuf_empty[0], '\0');
}

/* Against a plain array that does the same, through every size around the growth steps. */
static void test_growth(void **state)
{
	(void)state;
	static char model[5000];
	struct strbuf sb = STRBUF_INIT;
	for (size_t i = 0; i + 16 < sizeof(model); i++) {
		char c = (char)('a' + i % 26);
		model[i] = c;
		strbuf_addch(&sb, c);
		assert_terminated(&sb);
		assert_int_equal(sb.len, i + 1);
	}
	assert_memory_equal(sb.buf, model, sb.len);
	strbuf_remove(&sb, 10, 100);
	assert_memory_equal(sb.buf, model, 10);
	assert_memory_equal(sb.buf + 10, model + 110, sb.len - 10);
	strbuf_remove(&sb, sb.len - 5, 5);
	strbuf_remove(&sb, sb.len, 0);
	assert_terminated(&sb);
	size_t cap = sb.cap;
	strbuf_reset(&sb);
	assert_int_equal(sb.cap, cap);
	assert_string_equal(sb.buf, "");
	strbuf_release(&sb);
}

static void test_format(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	for (int n = 0; n < 300; n++) {
		strbuf_reset(&sb);
		strbuf_addf(&sb, "%*s|%d", n, "", n);
		assert_int_equal(sb.len, n + 1 + (n < 10 ? 1 : n < 100 ? 2 : 3));
		assert_terminated(&sb);
	}
	strbuf_release(&sb);
	strbuf_add(&sb, "a\0b", 3); /* bytes, not only text */
	strbuf_addf(&sb, "%s", "");
	assert_int_equal(sb.len, 3);
	assert_memory_equal(sb.buf, "a\0b", 4);
	char *detached = strbuf_detach(&sb);
	assert_int_equal(sb.len, 0);
	assert_memory_equal(detached, "a\0b", 4);
	free(detached);
}

static void test_err_set(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_IO, "nobody reads this %d", 1), ERR_IO);
	struct errinfo e = {.at = 7, .line = 8, .col = 9};
	assert_int_equal(err_set(&e, ERR_FORMAT, "one\nline\r\tand no \x1b[2J\x7f"), ERR_FORMAT);
	assert_string_equal(e.msg, "one\\x0aline\\x0d\\x09and no \\x1b[2J\\x7f");
	assert_true(e.code == ERR_FORMAT && e.at == 0 && e.line == 0 && e.col == 0);
	err_set(&e, ERR_IO, "file: %s", "why");
	err_set(&e, ERR_IO, "run: %s", e.msg); /* around an earlier message, in place */
	assert_string_equal(e.msg, "run: file: why");
	char lengthy[3000];
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	err_set(&e, ERR_IO, "%s", lengthy);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

static void test_err_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ERR_N; i++) {
		assert_non_null(err_name(i));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(err_name(i), err_name(j));
	}
	assert_string_equal(err_name(ERR_N), "unknown");
}

static void test_alloc(void **state)
{
	(void)state;
	free(xmalloc(0));
	free(xcalloc(0, 8));
	assert_null(xstrdup(NULL));
	int *numbers = NULL;
	size_t cap = 0;
	for (size_t i = 0; i < 1000; i++) {
		ALLOC_GROW(numbers, i + 1, cap);
		numbers[i] = (int)i;
	}
	assert_int_equal(numbers[999], 999);
	free(numbers);
	char *s = xasprintf("%s-%d", "a", 5), *part = xstrndup("abcdef", 3);
	assert_string_equal(s, "a-5");
	assert_string_equal(part, "abc");
	free(s);
	free(part);
}

static void hook_exits(void)
{
	_exit(42);
}

/* A multiplication that overflows is caught, the hook comes before the end. */
static void test_alloc_failure(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit none = {0, 0};
		setrlimit(RLIMIT_CORE, &none);
		alloc_on_failure(hook_exits);
		free(xrealloc(NULL, SIZE_MAX / 2, 3));
		_exit(1);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty),         cmocka_unit_test(test_growth),
	    cmocka_unit_test(test_format),        cmocka_unit_test(test_err_set),
	    cmocka_unit_test(test_err_names),     cmocka_unit_test(test_alloc),
	    cmocka_unit_test(test_alloc_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
