/* Logs of all sorts: wherever a timeline is sent, while the log is read and after, the history there
 * equals a fold of the events before, field by field. */
#include "../history/random.h"
#include "../history/same.h"
#include "../train/scratch.h"
#include "thaw/base/file.h"
#include "thaw/run/timeline.h"

#include <unistd.h>

enum { SEEDS = 6, MOVES = 250, VISITS = 60, SPACING = 2048 };

static char *root, *path;
static struct source dice;

static size_t n_lines_of(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void make_log(uint64_t seed, int moves)
{
	struct history h;
	dice = (struct source){rng_key(seed, RNG_PROBE, 2, 0), 0};
	history_init(&h);
	strbuf_reset(&feed_log);
	feed_random(&h, &dice, moves);
	history_release(&h);
}

static void write_log(size_t len)
{
	assert_int_equal(file_write_atomic(path, feed_log.buf, len, NULL), ERR_OK);
}

/* With lines between that are no events, or were told before: a reader that begins in the middle
 * leaves them out as well. */
static void write_spoiled_log(void)
{
	struct strbuf log = STRBUF_INIT;
	for (const char *line = feed_log.buf; *line;) {
		size_t len = strcspn(line, "\n") + 1;
		strbuf_add(&log, line, len);
		if (draw(&dice, 6) == 0)
			strbuf_add(&log, line, len);
		else if (draw(&dice, 9) == 0)
			strbuf_addstr(&log, "{\"seq\":\n\n");
		line += len;
	}
	assert_int_equal(file_write_atomic(path, log.buf, log.len, NULL), ERR_OK);
	strbuf_release(&log);
}

static void want_at(const struct timeline *t, size_t n)
{
	struct history h;
	const char *line = feed_log.buf;
	history_init(&h);
	for (size_t i = 0; i < n; i++) {
		struct event ev;
		size_t len = strcspn(line, "\n");
		assert_int_equal(event_decode(&ev, line, len, NULL), ERR_OK);
		history_apply(&h, &ev);
		event_release(&ev);
		line += len + 1;
	}
	assert_int_equal(t->at, n);
	same_history(&t->history, &h);
	history_release(&h);
}

static void open_timeline(struct timeline *t)
{
	timeline_init(t);
	t->spacing = SPACING;
	assert_int_equal(timeline_open(t, path, NULL), ERR_OK);
}

static void read_all(struct timeline *t, bool follow)
{
	while (timeline_read(t, 1000, follow))
		;
}

static void goes_anywhere(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct timeline t;
		make_log(seed, MOVES);
		write_spoiled_log();
		open_timeline(&t);
		read_all(&t, seed % 2);
		assert_int_equal(t.n, n_lines_of(feed_log.buf));
		assert_true(t.n_kept > 10);
		want_at(&t, seed % 2 ? t.n : 0);
		for (size_t i = 0; i < VISITS; i++) {
			size_t n = i % 5   ? draw(&dice, t.n + 1)  /* anywhere, */
				   : i % 2 ? t.at + draw(&dice, 9) /* a little on, */
					   : t.at - draw(&dice, t.at < 9 ? t.at + 1 : 9); /* back */
			n = i % 17 == 16 || n > t.n ? t.n : n;
			timeline_seek(&t, n);
			want_at(&t, n);
		}
		timeline_release(&t);
	}
}

/* It grows, and is looked at here and there meanwhile. */
static void goes_anywhere_while_it_grows(void **state)
{
	(void)state;
	struct timeline t;
	make_log(77, MOVES);
	write_log(0);
	open_timeline(&t);
	FILE *f = fopen(path, "a");
	assert_non_null(f);
	for (size_t len = 0; len < feed_log.len;) {
		size_t more = 1 + draw(&dice, feed_log.len / 40);
		more = more < feed_log.len - len ? more : feed_log.len - len;
		assert_int_equal(fwrite(feed_log.buf + len, 1, more, f), more);
		fflush(f);
		len += more;
		bool follow = draw(&dice, 2), at_end = t.at == t.n;
		size_t at = t.at;
		read_all(&t, follow);
		want_at(&t, at_end && follow && !t.apart ? t.n : at);
		if (draw(&dice, 3)) {
			size_t n = draw(&dice, 2) ? t.n : draw(&dice, t.n + 1);
			timeline_seek(&t, n);
			want_at(&t, n);
		}
	}
	fclose(f);
	timeline_release(&t);
}

/* So many are kept and no more; the space between them grows. */
static void keeps_so_many(void **state)
{
	(void)state;
	struct timeline t;
	make_log(4, 5 * MOVES);
	write_log(feed_log.len);
	open_timeline(&t);
	t.spacing = 1;
	read_all(&t, false);
	assert_true(t.n > TIMELINE_KEPT);
	assert_in_range(t.n_kept, TIMELINE_KEPT / 4, TIMELINE_KEPT);
	assert_true(t.spacing > 1);
	for (size_t i = 0; i < VISITS; i++) {
		size_t n = draw(&dice, t.n + 1);
		timeline_seek(&t, n);
		want_at(&t, n);
	}
	timeline_release(&t);
}

/* Another file that takes its place is read from its beginning, and nothing of the first remains. */
static void another_log_takes_its_place(void **state)
{
	(void)state;
	struct timeline t;
	make_log(5, MOVES);
	write_log(feed_log.len);
	open_timeline(&t);
	read_all(&t, true);
	timeline_seek(&t, t.n / 2);
	make_log(6, MOVES);
	write_log(feed_log.len);
	read_all(&t, true);
	assert_int_equal(t.n, n_lines_of(feed_log.buf));
	want_at(&t, t.n);
	timeline_seek(&t, t.n / 3);
	want_at(&t, t.n / 3);
	timeline_release(&t);
}

static int open_root(void **state)
{
	(void)state;
	root = scratch_new();
	path = path_join(root, "events.jsonl");
	return 0;
}

static int close_root(void **state)
{
	(void)state;
	scratch_free(root);
	free(path);
	strbuf_release(&feed_log);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(goes_anywhere),
	    cmocka_unit_test(goes_anywhere_while_it_grows),
	    cmocka_unit_test(keeps_so_many),
	    cmocka_unit_test(another_log_takes_its_place),
	};
	return cmocka_run_group_tests(tests, open_root, close_root);
}
