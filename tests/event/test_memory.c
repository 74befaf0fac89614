/* However long a line, or however much its few bytes would grow to: what reading it takes of memory
 * has a bound. Each log is read by a process of its own, whose largest size the kernel tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/alloc.h"
#include "thaw/event/log_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (INT64_C(1) << 20)

static char path[64];

/* One line: `head`, `part` as often as makes it `size` bytes, `tail`. */
static void write_line(const char *head, const char *part, const char *tail, int64_t size)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	int64_t n = (size - (int64_t)(strlen(head) + strlen(tail))) / (int64_t)strlen(part);
	fputs(head, f);
	for (int64_t i = 0; i < n; i++)
		fputs(part, f);
	fprintf(f, "%s\n{\"seq\":2,\"t\":1,\"ev\":\"note\",\"text\":\"behind it\"}\n", tail);
	assert_int_equal(fclose(f), 0);
}

/* Read all there is; the number of events. */
static int read_all(void)
{
	struct log_reader *r = NULL;
	struct event ev;
	enum log_next next;
	int n = 0;
	if (log_reader_open(&r, path, NULL))
		return -1;
	while ((next = log_reader_next(r, &ev, NULL)) != LOG_WAIT)
		if (next == LOG_EVENT) {
			event_release(&ev);
			n++;
		}
	log_reader_close(r);
	return n;
}

/* The largest size in bytes of a process that reads the log, of which it gets `n` events. */
static int64_t peak(int n)
{
	struct rusage used;
	int status = -1;
	pid_t pid = fork();
	if (pid == 0)
		_exit(read_all() == n ? 0 : 1);
	assert_true(pid > 0 && wait4(pid, &status, 0, &used) == pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return (int64_t)used.ru_maxrss * 1024;
}

static void skip_sanitized(void)
{
#ifdef SANITIZED
	print_message("skipped: a sanitizer keeps freed memory\n");
	skip();
#endif
}

#define HEAD(ev, field) "{\"seq\":1,\"t\":0,\"ev\":\"" ev "\",\"" field "\":"

/* A line that is too long is never held as a whole. */
static void test_too_long(void **state)
{
	(void)state;
	skip_sanitized();
	write_line(HEAD("note", "text") "\"", "0123456789abcdef", "\"}", 64 * MIB);
	assert_in_range(peak(1), 1, 4 * LOG_LINE_MAX);
}

/* Nor does one that is short enough grow to many times its length: see log_reader.h. */
static void test_growth(void **state)
{
	(void)state;
	skip_sanitized();
	static const struct {
		const char *head, *part, *tail;
		int n; /* events that are read: 1 where the line is refused */
	} lines[] = {
	    {HEAD("note", "text") "\"", "0123456789abcdef", "\"}", 2},
	    {HEAD("epoch", "confusion") "[[0]", ",[0]", "]}", 1},
	    {HEAD("probe", "images") "[{}", ",{\"traces\":[{\"maps\":[{}]}]}", "]}", 1},
	    {HEAD("layers", "layers") "[{}", ",{}", "]}", 1},
	    {HEAD("epoch", "nothing") "[0", ",0", "]}", 2},
	};
	write_line(HEAD("note", "text") "\"", "0", "\"}", 100);
	int64_t least = peak(2);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		write_line(lines[i].head, lines[i].part, lines[i].tail, LOG_LINE_MAX - 64);
		assert_in_range(peak(lines[i].n) - least, 0, 12 * (int64_t)LOG_LINE_MAX);
	}
}

/* Small lines that decode to much, many of them: none is taken that grows beyond the bound. */
static void test_short_lines(void **state)
{
	(void)state;
	struct strbuf line = STRBUF_INIT;
	struct event ev;
	strbuf_addstr(&line, HEAD("layers", "layers") "[{}");
	for (int i = 0; i < 1000; i++)
		strbuf_addstr(&line, ",{}");
	strbuf_addstr(&line, "]}");
	struct errinfo e;
	assert_int_equal(event_decode(&ev, line.buf, line.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "memory"));
	strbuf_release(&line);
}

/* The largest that a run writes is taken: a matrix of as many classes as are logged. */
static void test_largest_matrix(void **state)
{
	(void)state;
	enum { N = EVENT_CONFUSION_MAX };
	struct event ev = {.type = EV_EPOCH, .seq = 1}, back;
	struct event_row *rows = xcalloc(N, sizeof(*rows));
	int64_t *counts = xcalloc(N, sizeof(*counts));
	struct strbuf line = STRBUF_INIT;
	for (int i = 0; i < N; i++) {
		counts[i] = i % 100 ? 0 : 1000;
		rows[i] = (struct event_row){counts, N};
	}
	ev.epoch.confusion = rows;
	ev.epoch.n_confusion = N;
	event_encode(&ev, &line);
	assert_true(line.len <= LOG_LINE_MAX);
	assert_int_equal(event_decode(&back, line.buf, line.len, NULL), ERR_OK);
	assert_int_equal(back.epoch.n_confusion, N);
	event_release(&back);
	strbuf_release(&line);
	free(rows);
	free(counts);
}

/* And a run of as many classes as a list holds, with names as short as so many can be. */
static void test_many_classes(void **state)
{
	(void)state;
	struct event ev = {.type = EV_RUN, .seq = 1}, back;
	char **names = xcalloc(RECORD_ARRAY_MAX, sizeof(*names));
	struct strbuf line = STRBUF_INIT;
	for (int i = 0; i < RECORD_ARRAY_MAX; i++)
		names[i] = xasprintf("%d", i);
	ev.run.classes = (const char *const *)names;
	ev.run.n_classes = RECORD_ARRAY_MAX;
	event_encode(&ev, &line);
	assert_int_equal(event_decode(&back, line.buf, line.len, NULL), ERR_OK);
	assert_int_equal(back.run.n_classes, RECORD_ARRAY_MAX);
	event_release(&back);
	strbuf_release(&line);
	for (int i = 0; i < RECORD_ARRAY_MAX; i++)
		free(names[i]);
	free(names);
}

static int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/thaw-memory-XXXXXX");
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_too_long),     cmocka_unit_test(test_growth),
	    cmocka_unit_test(test_short_lines),  cmocka_unit_test(test_largest_matrix),
	    cmocka_unit_test(test_many_classes),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
