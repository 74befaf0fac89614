/* The log on a disk: writer and reader against cuts at every byte, torn tails, full disks, NULs,
 * giants, growth, truncation and replacement. */
#include "generate.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/event/log_reader.h"
#include "thaw/event/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define DEADLINE_MS 10000

static char *dir, *path;

static int setup(void **state)
{
	(void)state;
	const char *tmp = getenv("TMPDIR");
	dir = xasprintf("%s/thaw-log-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	if (!mkdtemp(dir))
		return -1;
	path = path_join(dir, "events.jsonl");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	chmod(dir, 0700);
	unlink(path);
	rmdir(dir);
	free(path);
	free(dir);
	return 0;
}

static void put(const char *bytes, size_t n, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

static void put_text(const char *text, int flags)
{
	put(text, strlen(text), flags);
}

static struct log_reader *open_reader(void)
{
	struct log_reader *r = NULL;
	assert_int_equal(log_reader_open(&r, path, NULL), ERR_OK);
	return r;
}

static enum err writer_open(struct log_writer **w, bool append, struct errinfo *e)
{
	struct folder run;
	assert_int_equal(folder_open(&run, dir, NULL), ERR_OK);
	enum err r = log_writer_open(w, &run, append, e);
	folder_close(&run);
	return r;
}

static struct log_writer *open_writer(bool append)
{
	struct log_writer *w = NULL;
	struct errinfo e;
	if (writer_open(&w, append, &e))
		fail_msg("%s", e.msg);
	return w;
}

static enum err append_note(struct log_writer *w, const char *text)
{
	char copy[64];
	snprintf(copy, sizeof(copy), "%s", text);
	struct event ev = {.type = EV_NOTE, .note = {.level = NOTE_INFO, .text = copy}};
	return log_writer_append(w, &ev, NULL);
}

struct tally {
	int events, broken;
	int64_t last_seq;
	struct errinfo why; /* of the last broken line */
};

/* Read to the end; seq must only grow within a pass, and every pass ends. */
static struct tally read_on(struct log_reader *r)
{
	struct tally t = {0};
	struct event ev;
	enum log_next next;
	while ((next = log_reader_next(r, &ev, &t.why)) != LOG_WAIT) {
		t.broken += next == LOG_BROKEN;
		if (next != LOG_EVENT)
			continue;
		t.events++;
		t.last_seq = ev.seq;
		event_release(&ev);
	}
	return t;
}

static void wait_readable(struct log_reader *r)
{
	struct pollfd p = {log_reader_fd(r), POLLIN, 0};
	assert_true(p.fd >= 0);
	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
}

static bool is_quiet(struct log_reader *r)
{
	struct pollfd p = {log_reader_fd(r), POLLIN, 0};
	return poll(&p, 1, 0) == 0;
}

static void test_write_read(void **state)
{
	(void)state;
	struct log_writer *w = open_writer(false), *again = NULL;
	int64_t last_t = 0;
	for (int i = 0; i < 3 * EV_UNKNOWN; i++) {
		struct event ev = generate_event((uint64_t)i, (enum event_type)(i % EV_UNKNOWN));
		assert_int_equal(log_writer_append(w, &ev, NULL), ERR_OK);
		assert_int_equal(ev.seq, i + 1);
		assert_true(ev.t_ms >= last_t);
		last_t = ev.t_ms;
		event_release(&ev);
	}
	assert_int_equal(log_writer_next_seq(w), 3 * EV_UNKNOWN + 1);
	assert_int_equal(writer_open(&again, false, NULL), ERR_IO);
	assert_null(again);
	assert_int_equal(log_writer_close(w, NULL), ERR_OK);
	struct log_reader *r = open_reader();
	struct tally t = read_on(r);
	assert_int_equal(t.events, 3 * EV_UNKNOWN);
	assert_int_equal(t.broken, 0);
	assert_int_equal(log_reader_offset(r), log_reader_size(r));
	assert_int_equal(log_reader_lines(r), t.events);
	log_reader_close(r);
}

static void test_cut_at_every_byte(void **state)
{
	(void)state;
	struct log_writer *w = open_writer(false);
	for (int i = 0; i < 8; i++)
		assert_int_equal(append_note(w, i % 2 ? "short" : "one that is longer … é"),
				 ERR_OK);
	assert_int_equal(log_writer_close(w, NULL), ERR_OK);
	struct strbuf whole = STRBUF_INIT;
	assert_int_equal(file_read(path, &whole, NULL), ERR_OK);
	int lines = 0;
	size_t start = 0;
	for (size_t cut = 0; cut <= whole.len; cut++) {
		if (cut && whole.buf[cut - 1] == '\n') {
			lines++;
			start = cut;
		}
		put(whole.buf, cut, O_TRUNC);
		struct log_reader *r = open_reader();
		struct tally t = read_on(r);
		assert_int_equal(t.events, lines);
		assert_int_equal(t.broken, 0);
		assert_int_equal(log_reader_offset(r), (int64_t)start);
		put(whole.buf + cut, whole.len - cut, O_APPEND);
		t = read_on(r);
		assert_int_equal(t.events, 8 - lines);
		assert_int_equal(t.broken, 0);
		log_reader_close(r);
		/* A writer goes on from the same cut, and numbers and time continue. */
		put(whole.buf, cut, O_TRUNC);
		w = open_writer(true);
		assert_int_equal(log_writer_next_seq(w), lines + 1);
		assert_int_equal(append_note(w, "again"), ERR_OK);
		assert_int_equal(log_writer_close(w, NULL), ERR_OK);
		r = open_reader();
		t = read_on(r);
		assert_int_equal(t.events, lines + 1);
		assert_int_equal(t.last_seq, lines + 1);
		assert_int_equal(t.broken, 0);
		log_reader_close(r);
	}
	strbuf_release(&whole);
}

#define NOTE(seq) "{\"seq\":" #seq ",\"t\":5,\"ev\":\"note\",\"text\":\"x\"}\n"

static void test_broken_lines(void **state)
{
	(void)state;
	static const char nuls[] = "\0\0\0\0\0\0\n";
	put_text(NOTE(1) "{\"seq\":2,\"t\":5,\"ev\":\"no" NOTE(3) "\n  \r\n" NOTE(4) "rubbish\n",
		 O_TRUNC);
	put(nuls, sizeof(nuls) - 1, O_APPEND);
	put_text(NOTE(4) NOTE(9), O_APPEND);
	struct log_reader *r = open_reader();
	struct tally t = read_on(r);
	assert_int_equal(t.events, 3);
	assert_int_equal(t.broken, 4);
	assert_int_equal(t.last_seq, 9);
	assert_int_equal(t.why.line, 8);
	assert_non_null(strstr(t.why.msg, "events.jsonl:8: event 4 comes after event 4"));
	assert_true(t.why.at > 0);
	assert_int_equal(read_on(r).broken, 0);
	log_reader_close(r);
}

static void test_position_of_broken(void **state)
{
	(void)state;
	struct event ev;
	struct errinfo e;
	put_text("\n{\"seq\":x}\n", O_TRUNC);
	struct log_reader *r = open_reader();
	assert_int_equal(log_reader_next(r, &ev, &e), LOG_BROKEN);
	assert_int_equal(e.line, 2);
	assert_int_equal(e.at, 8);
	assert_int_equal(log_reader_next(r, &ev, &e), LOG_WAIT);
	log_reader_close(r);
}

/* What an editor has put before the first line is no part of it, and of no other line. */
static void test_byte_order_mark(void **state)
{
	(void)state;
	put_text("\xef\xbb\xbf" NOTE(1) NOTE(2) "\xef\xbb\xbf" NOTE(3), O_TRUNC);
	struct log_reader *r = open_reader();
	struct tally t = read_on(r);
	assert_int_equal(t.events, 2);
	assert_int_equal(t.last_seq, 2);
	assert_int_equal(t.broken, 1);
	assert_int_equal(t.why.line, 3);
	log_reader_close(r);
	put_text("\xef\xbb\xbf\n" NOTE(1), O_TRUNC);
	r = open_reader();
	assert_int_equal(read_on(r).broken, 0);
	log_reader_close(r);
	struct log_writer *w = open_writer(true); /* a run that goes on in it */
	assert_int_equal(append_note(w, "more"), ERR_OK);
	log_writer_close(w, NULL);
	r = open_reader();
	t = read_on(r);
	assert_true(t.events == 2 && t.last_seq == 2 && t.broken == 0);
	log_reader_close(r);
}

static void test_giant_line(void **state)
{
	(void)state;
	put_text(NOTE(1), O_TRUNC);
	assert_int_equal(truncate(path, LOG_LINE_MAX + 5000), 0); /* a hole of NULs */
	struct log_reader *r = open_reader();
	struct tally t = read_on(r);
	assert_int_equal(t.events, 1);
	assert_int_equal(t.broken, 0);
	assert_int_equal(log_reader_offset(r), (int64_t)strlen(NOTE(1)));
	put_text("\n" NOTE(2), O_APPEND);
	t = read_on(r);
	assert_int_equal(t.broken, 1);
	assert_int_equal(t.why.line, 2);
	assert_int_equal(t.why.at, strlen(NOTE(1)));
	assert_int_equal(t.events, 1);
	log_reader_close(r);
	/* The same bytes in one piece give the same. */
	r = open_reader();
	t = read_on(r);
	assert_int_equal(t.events, 2);
	assert_int_equal(t.broken, 1);
	log_reader_close(r);
}

static void test_limit_is_exact(void **state)
{
	(void)state;
	static const char head[] = "{\"seq\":1,\"t\":5,\"ev\":\"note\",\"text\":\"",
			  tail[] = "\"}\n";
	for (int over = 0; over <= 1; over++) {
		size_t n = LOG_LINE_MAX - strlen(head) - strlen(tail) + (size_t)over;
		char *fill = xmalloc(n);
		memset(fill, 'a', n);
		put_text(head, O_TRUNC);
		put(fill, n, O_APPEND);
		put_text(tail, O_APPEND);
		free(fill);
		struct log_reader *r = open_reader();
		struct tally t = read_on(r);
		assert_int_equal(t.events, !over);
		assert_int_equal(t.broken, over);
		log_reader_close(r);
	}
}

static void test_follow(void **state)
{
	(void)state;
	struct log_writer *w = open_writer(false);
	struct log_reader *r = open_reader();
	assert_int_equal(read_on(r).events, 0);
	assert_true(is_quiet(r));
	for (int i = 0; i < 5; i++) {
		assert_int_equal(append_note(w, "growth"), ERR_OK);
		wait_readable(r);
		assert_int_equal(read_on(r).events, 1);
		assert_true(is_quiet(r));
	}
	put_text("{\"seq\":6,\"t\":1,", O_APPEND);
	wait_readable(r);
	assert_int_equal(read_on(r).events, 0);
	put_text("\"ev\":\"note\"}\n", O_APPEND);
	wait_readable(r);
	assert_int_equal(read_on(r).last_seq, 6);
	log_writer_close(w, NULL);
	log_reader_close(r);
}

/* A reader that has seen a torn tail must not mix it with what a continuing writer puts there. */
static void test_follow_over_torn_tail(void **state)
{
	(void)state;
	put_text(NOTE(1) "{\"seq\":2,\"t\":5,\"ev\":\"note\",\"te", O_TRUNC);
	struct log_reader *r = open_reader();
	assert_int_equal(read_on(r).events, 1);
	struct log_writer *w = open_writer(true);
	assert_int_equal(append_note(w, "a longer text than was torn off, to go past it"), ERR_OK);
	wait_readable(r);
	struct tally t = read_on(r);
	assert_int_equal(t.events, 1);
	assert_int_equal(t.broken, 0);
	assert_int_equal(t.last_seq, 2);
	log_writer_close(w, NULL);
	log_reader_close(r);
}

static void test_truncated_and_replaced(void **state)
{
	(void)state;
	put_text(NOTE(1) NOTE(2) NOTE(3), O_TRUNC);
	struct log_reader *r = open_reader();
	assert_int_equal(read_on(r).events, 3);
	put_text(NOTE(1), O_TRUNC);
	wait_readable(r);
	struct tally t = read_on(r);
	assert_int_equal(t.broken, 1);
	assert_int_equal(t.events, 1);
	char *other = path_join(dir, "other"), *first = xstrdup(path);
	free(path);
	path = other;
	put_text(NOTE(1) NOTE(2) NOTE(3) NOTE(4), O_TRUNC);
	path = first;
	assert_int_equal(rename(other, path), 0);
	free(other);
	wait_readable(r);
	t = read_on(r);
	assert_int_equal(t.broken, 1);
	assert_int_equal(t.events, 4);
	put_text(NOTE(5), O_APPEND);
	wait_readable(r);
	assert_int_equal(read_on(r).last_seq, 5);
	unlink(path);
	assert_int_equal(read_on(r).broken, 0);
	log_reader_close(r);
}

static void test_read_only(void **state)
{
	(void)state;
	put_text(NOTE(1), O_TRUNC);
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(chmod(dir, 0500), 0);
	struct log_reader *r = open_reader();
	assert_true(log_reader_fd(r) >= 0);
	assert_int_equal(read_on(r).events, 1);
	log_reader_close(r);
}

/* Of a run's directory the log is no link, now or later, and the directory stays the one that it
 * was. */
static void test_run_directory(void **state)
{
	(void)state;
	struct log_reader *r = NULL;
	struct errinfo e;
	char *moved = xasprintf("%s.moved", dir), *other = path_join(dir, "other.jsonl");
	put_text(NOTE(1) NOTE(2), O_TRUNC);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink("other.jsonl", path), 0);
	assert_int_equal(log_reader_open(&r, dir, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "events.jsonl: a link, which is not followed"));
	assert_int_equal(unlink(path), 0);
	put_text(NOTE(1), O_TRUNC);
	assert_int_equal(log_reader_open(&r, dir, &e), ERR_OK);
	assert_int_equal(read_on(r).events, 1);
	assert_int_equal(rename(dir, moved), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	put_text(NOTE(1) NOTE(2) NOTE(3), O_TRUNC); /* another run of the same name */
	assert_int_equal(read_on(r).events, 0);
	assert_int_equal(unlink(path) | rmdir(dir) | rename(moved, dir), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("other.jsonl", path), 0);
	assert_int_equal(read_on(r).events, 0);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(read_on(r).events, 2);
	log_reader_close(r);
	free(moved);
	free(other);
}

static void test_refused_files(void **state)
{
	(void)state;
	struct log_reader *r = NULL;
	struct log_writer *w = NULL;
	struct errinfo e;
	assert_int_equal(log_reader_open(&r, path, &e), ERR_NOT_FOUND);
	assert_int_equal(log_reader_open(&r, dir, &e), ERR_NOT_FOUND); /* a run without a log */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(log_reader_open(&r, path, &e), ERR_FORMAT);
	unlink(path);
	assert_int_equal(writer_open(&w, true, &e), ERR_NOT_FOUND);
	put_text("name: flowers\nnetwork:\n", O_TRUNC);
	assert_int_equal(writer_open(&w, true, &e), ERR_FORMAT);
	assert_int_equal(file_size(path), 23);
	assert_null(r);
	assert_null(w);
	log_reader_close(NULL);
	assert_int_equal(log_writer_close(NULL, NULL), ERR_OK);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit = {bytes, RLIM_INFINITY};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The limit cuts writes short first and refuses them then, as a full disk does. */
static void test_full_disk(void **state)
{
	(void)state;
	struct log_writer *w = open_writer(false);
	int reported = 0;
	limit_files(100);
	for (int i = 0; i < 50; i++)
		reported += append_note(w, "does not fit") != ERR_OK;
	assert_int_equal(reported, 49); /* the first fits */
	assert_int_equal(log_writer_flush(w, NULL), ERR_IO);
	assert_int_equal(file_size(path), 100);
	limit_files(RLIM_INFINITY);
	assert_int_equal(append_note(w, "fits"), ERR_OK);
	struct log_reader *r = open_reader();
	struct tally t = read_on(r);
	assert_int_equal(t.events, 51);
	assert_int_equal(t.broken, 0);
	limit_files((rlim_t)file_size(path));
	assert_int_equal(append_note(w, "once more"), ERR_IO);
	assert_int_equal(log_writer_close(w, NULL), ERR_IO);
	limit_files(RLIM_INFINITY);
	log_reader_close(r);
}

/* However much it is. */
static void test_nothing_is_lost(void **state)
{
	(void)state;
	struct log_writer *w = open_writer(false);
	char *text = xmalloc((1 << 20) + 1);
	memset(text, 'a', 1 << 20);
	text[1 << 20] = '\0';
	struct event ev = {.type = EV_NOTE, .note = {.text = text}};
	limit_files(10);
	for (int i = 0; i < 20; i++)
		assert_int_equal(log_writer_append(w, &ev, NULL), ERR_IO);
	limit_files(RLIM_INFINITY);
	assert_int_equal(log_writer_flush(w, NULL), ERR_OK);
	assert_int_equal(log_writer_close(w, NULL), ERR_OK);
	struct log_reader *r = open_reader();
	struct tally t = read_on(r);
	assert_int_equal(t.broken, 0);
	assert_int_equal(t.last_seq, 20);
	assert_int_equal(t.events, 20);
	log_reader_close(r);
	free(text);
}

static void test_removed_is_noticed(void **state)
{
	(void)state;
	struct log_writer *w = open_writer(false);
	assert_int_equal(append_note(w, "seen"), ERR_OK);
	assert_false(log_writer_removed(w));
	unlink(path);
	assert_true(log_writer_removed(w));
	log_writer_close(w, NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_write_read),
	    TEST(test_cut_at_every_byte),
	    TEST(test_broken_lines),
	    TEST(test_position_of_broken),
	    TEST(test_byte_order_mark),
	    TEST(test_giant_line),
	    TEST(test_limit_is_exact),
	    TEST(test_follow),
	    TEST(test_follow_over_torn_tail),
	    TEST(test_truncated_and_replaced),
	    TEST(test_read_only),
	    TEST(test_run_directory),
	    TEST(test_refused_files),
	    TEST(test_full_disk),
	    TEST(test_nothing_is_lost),
	    TEST(test_removed_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
