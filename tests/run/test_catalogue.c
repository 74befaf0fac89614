/* The runs of folders as rows: what is read, what the index spares, and that it is never believed
 * against a log. */
#include "../train/scratch.h"
#include "../tui/sample.h"

#include "thaw/base/clock.h"
#include "thaw/run/catalogue.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cmocka.h>

static char *root, *runs, *index_dir;

static int make_root(void **state)
{
	(void)state;
	root = scratch_new();
	runs = path_join(root, "runs");
	index_dir = path_join(root, "index");
	return file_mkdirs(runs, NULL);
}

static int remove_root(void **state)
{
	(void)state;
	scratch_free(root);
	free(runs);
	free(index_dir);
	return 0;
}

/* A path below a run; lives until the next call. */
static const char *in_run(const char *name, const char *file)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/%s%s%s", runs, name, *file ? "/" : "", file);
	return path;
}

static void write_run(const char *name, int epochs, bool ends)
{
	assert_int_equal(file_mkdirs(in_run(name, ""), NULL), ERR_OK);
	struct sample s = {fopen(in_run(name, "events.jsonl"), "w"), 0, 0, 1};
	assert_non_null(s.out);
	sample_begin(&s);
	sample_epochs(&s, 1, epochs);
	if (ends)
		sample_end(&s, END_STOPPED, "stopped by the user");
	fclose(s.out);
}

static struct catalogue *open_with(const char *index)
{
	struct catalogue *c = catalogue_new(&(struct catalogue_options){.index = index});
	catalogue_add(c, runs);
	return c;
}

static struct catalogue *read_all(const char *index)
{
	struct catalogue *c = open_with(index);
	assert_false(catalogue_work(c, -1));
	return c;
}

/* NULL: no row has that name. */
static const struct catalogue_row *row_of(const struct catalogue *c, const char *name)
{
	for (size_t i = 0; i < catalogue_count(c); i++) {
		const struct catalogue_row *row = catalogue_at(c, i);
		if (row && strcmp(row->run.name, name) == 0)
			return row;
	}
	return NULL;
}

static const struct run_summary *run_of(const struct catalogue *c, const char *name)
{
	const struct catalogue_row *row = row_of(c, name);
	assert_non_null(row);
	assert_true(row->known);
	return &row->run;
}

/* All rows, as text. */
static char *lines_of(const struct catalogue *c)
{
	struct strbuf out = STRBUF_INIT;
	for (size_t i = 0; i < catalogue_count(c); i++)
		if (catalogue_at(c, i))
			run_summary_encode(&catalogue_at(c, i)->run, &out);
	return strbuf_detach(&out);
}

/* Work until the row is as it should be. */
static void wait_for(struct catalogue *c, bool (*holds)(const struct catalogue *c))
{
	int64_t end = clock_ms() + 60000;
	while (!holds(c) && clock_ms() < end)
		catalogue_work(c, 20);
	assert_true(holds(c));
}

/* The file of the index, which is the only one in its folder. */
static char *index_file(void)
{
	char *real = realpath(runs, NULL), *path = NULL;
	struct strbuf text = STRBUF_INIT;
	char *list = xasprintf("ls %s", index_dir);
	FILE *p = popen(list, "r");
	char name[64] = "";
	assert_non_null(fgets(name, sizeof(name), p));
	pclose(p);
	name[strcspn(name, "\n")] = '\0';
	path = path_join(index_dir, name);
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	assert_non_null(strstr(text.buf, real));
	strbuf_release(&text);
	free(list);
	free(real);
	return path;
}

/* Change one digit of every accuracy in the index, and its sum with it when `sum`: what is read from it
 * can be told from what is read from the logs. */
static void mark_index(const char *from, const char *to)
{
	char *path = index_file();
	struct strbuf text = STRBUF_INIT;
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	char *at = strstr(text.buf, from);
	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	const char *lines = strchr(text.buf, '\n') + 1;
	uint64_t sum = UINT64_C(14695981039346656037);
	for (const char *p = lines; *p; p++)
		sum = (sum ^ (unsigned char)*p) * UINT64_C(1099511628211);
	char *space = strchr(strchr(text.buf, ' ') + 1, ' ') + 1, digits[17];
	snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)sum);
	memcpy(space, digits, 16);
	assert_int_equal(file_write_atomic(path, text.buf, text.len, NULL), ERR_OK);
	strbuf_release(&text);
	free(path);
}

static void rows_come_in_order_and_tell_what_the_logs_do(void **state)
{
	(void)state;
	write_run("b-10", 2, true);
	write_run("b-9", 3, false);
	file_mkdirs(in_run("no-run", ""), NULL);
	file_mkdirs(in_run(".hidden", ""), NULL);
	file_mkdirs(in_run("bad", ""), NULL);
	file_write_atomic(in_run("bad", "events.jsonl"), "\x89PNG", 4, NULL);
	struct catalogue *c = read_all(NULL);
	assert_null(row_of(c, "no-run"));
	assert_null(row_of(c, ".hidden"));
	assert_non_null(strstr(run_of(c, "bad")->error, "events.jsonl"));
	assert_int_equal(run_of(c, "b-10")->status, RUN_STATUS_STOPPED);
	assert_int_equal(run_of(c, "b-10")->n_epochs, 2);
	assert_int_equal(run_of(c, "b-9")->status, RUN_STATUS_CRASHED);
	size_t order = 0, seen[2] = {0};
	for (size_t i = 0; i < catalogue_count(c); i++)
		if (catalogue_at(c, i)) {
			seen[0] = strcmp(catalogue_at(c, i)->run.name, "b-9") ? seen[0] : ++order;
			seen[1] = strcmp(catalogue_at(c, i)->run.name, "b-10") ? seen[1] : ++order;
		}
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 2);
	catalogue_free(c);
}

static void a_folder_is_one_by_any_name(void **state)
{
	(void)state;
	write_run("a", 1, true);
	struct catalogue *c = open_with(NULL);
	char *same = path_join(runs, "../runs/."), *link = path_join(root, "link"),
	     *none = path_join(root, "none");
	assert_int_equal(symlink(runs, link), 0);
	catalogue_add(c, same);
	catalogue_add(c, link);
	catalogue_add(c, none);
	catalogue_work(c, -1);
	assert_int_equal(catalogue_places(c), 2);
	assert_int_equal(catalogue_place_error(c, 0), 0);
	assert_int_equal(catalogue_place_error(c, 1), ENOENT);
	assert_int_equal(catalogue_count(c), 1);
	catalogue_free(c);
	free(same);
	free(link);
	free(none);
}

static void the_index_spares_the_reading_and_changes_nothing(void **state)
{
	(void)state;
	write_run("a", 2, true);
	write_run("b", 3, false);
	struct catalogue *c = read_all(index_dir);
	char *without = lines_of(c);
	catalogue_free(c);
	c = read_all(index_dir);
	char *with = lines_of(c);
	assert_string_equal(with, without);
	catalogue_free(c);
	mark_index("\"n_epochs\":2", "\"n_epochs\":7");
	c = read_all(index_dir);
	assert_int_equal(run_of(c, "a")->n_epochs, 7); /* it was the index that told */
	assert_int_equal(run_of(c, "b")->n_epochs, 3);
	catalogue_free(c);
	free(without);
	free(with);
}

/* Make an index that says 7 epochs of the run "a", which has 2. */
static void make_wrong_index(void)
{
	write_run("a", 2, true);
	catalogue_free(read_all(index_dir));
	mark_index("\"n_epochs\":2", "\"n_epochs\":7");
}

static void expect_epochs(int64_t n)
{
	struct catalogue *c = read_all(index_dir);
	assert_int_equal(run_of(c, "a")->n_epochs, n);
	catalogue_free(c);
}

static void a_log_that_grew_is_read(void **state)
{
	(void)state;
	make_wrong_index();
	FILE *log = fopen(in_run("a", "events.jsonl"), "a");
	assert_non_null(log);
	fputs("{\"seq\":100000,\"t\":1,\"ev\":\"later\"}\n", log);
	fclose(log);
	expect_epochs(2);
	expect_epochs(2); /* and the index says so now */
}

static void copy_file(const char *from, const char *to)
{
	struct strbuf text = STRBUF_INIT;
	assert_int_equal(file_read(from, &text, NULL), ERR_OK);
	FILE *out = fopen(to, "w");
	assert_int_equal(fwrite(text.buf, 1, text.len, out), text.len);
	fclose(out);
	strbuf_release(&text);
}

static void set_times(const char *path, const struct stat *like)
{
	const struct timespec times[2] = {like->st_atim, like->st_mtim};
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Of the same size, and by its time of change as old: by rename, and in its own place. */
static void a_log_that_was_replaced_by_one_as_large_is_read(void **state)
{
	(void)state;
	struct stat st;
	make_wrong_index();
	char *log = xstrdup(in_run("a", "events.jsonl")), *copy = path_join(root, "copy");
	assert_int_equal(stat(log, &st), 0);
	copy_file(log, copy);
	set_times(copy, &st);
	assert_int_equal(rename(copy, log), 0);
	expect_epochs(2);

	mark_index("\"n_epochs\":2", "\"n_epochs\":7");
	expect_epochs(7);
	assert_int_equal(stat(log, &st), 0);
	struct stat now = st;
	for (int64_t end = clock_ms() + 60000; now.st_ctim.tv_sec == st.st_ctim.tv_sec &&
					       now.st_ctim.tv_nsec == st.st_ctim.tv_nsec;) {
		copy_file(log, copy); /* until the clock of the disk has gone on */
		copy_file(copy, log);
		set_times(log, &st);
		assert_int_equal(stat(log, &now), 0);
		assert_true(clock_ms() < end);
	}
	assert_int_equal(now.st_size, st.st_size);
	expect_epochs(2);
	free(log);
	free(copy);
}

static void a_damaged_index_is_none(void **state)
{
	(void)state;
	make_wrong_index();
	char *path = index_file();
	struct strbuf whole = STRBUF_INIT;
	assert_int_equal(file_read(path, &whole, NULL), ERR_OK);
	for (size_t cut = 0; cut < whole.len; cut += 1 + whole.len / 20) {
		assert_int_equal(file_write_atomic(path, whole.buf, cut, NULL), ERR_OK);
		expect_epochs(2);
		assert_int_equal(file_write_atomic(path, whole.buf, whole.len, NULL), ERR_OK);
		expect_epochs(7);
		whole.buf[cut] ^= 1;
		assert_int_equal(file_write_atomic(path, whole.buf, whole.len, NULL), ERR_OK);
		expect_epochs(2);
		whole.buf[cut] ^= 1;
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0); /* what is no file is none, too */
	expect_epochs(2);
	strbuf_release(&whole);
	free(path);
}

static void an_index_of_another_folder_is_none(void **state)
{
	(void)state;
	make_wrong_index();
	char *other = path_join(root, "other");
	assert_int_equal(rename(runs, other), 0);
	assert_int_equal(file_mkdirs(runs, NULL), ERR_OK);
	write_run("a", 2, true);
	expect_epochs(2);
	free(other);
}

static int take_lock(const char *name)
{
	int fd = open(in_run(name, "lock"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

static void a_crashed_run_whose_lock_is_taken_is_live(void **state)
{
	(void)state;
	write_run("a", 2, false);
	catalogue_free(read_all(index_dir));
	mark_index("\"n_epochs\":2", "\"n_epochs\":7");
	int lock = take_lock("a");
	struct catalogue *c = read_all(index_dir);
	assert_int_equal(run_of(c, "a")->status, RUN_STATUS_RUNNING);
	assert_int_equal(run_of(c, "a")->n_epochs, 2);
	catalogue_free(c);
	close(lock);
}

static bool a_runs(const struct catalogue *c)
{
	return row_of(c, "a") && row_of(c, "a")->known &&
	       row_of(c, "a")->run.status == RUN_STATUS_RUNNING;
}

static bool a_has_three(const struct catalogue *c)
{
	return row_of(c, "a")->run.n_epochs == 3;
}

static bool a_has_crashed(const struct catalogue *c)
{
	return row_of(c, "a")->run.status == RUN_STATUS_CRASHED;
}

static bool a_waits(const struct catalogue *c)
{
	return row_of(c, "a")->run.status == RUN_STATUS_UNSAVED &&
	       strcmp(row_of(c, "a")->run.unsaved, "the disk is full") == 0;
}

static bool b_is_there(const struct catalogue *c)
{
	return row_of(c, "b") && row_of(c, "b")->known;
}

static bool b_is_gone(const struct catalogue *c)
{
	return !row_of(c, "b");
}

static void rows_keep_up_with_the_disk(void **state)
{
	(void)state;
	assert_int_equal(file_mkdirs(in_run("a", ""), NULL), ERR_OK);
	struct sample s = {fopen(in_run("a", "events.jsonl"), "w"), 0, 0, 1};
	struct catalogue *c = read_all(index_dir);
	int lock = take_lock("a");
	sample_begin(&s);
	sample_epochs(&s, 1, 2);
	fflush(s.out);
	wait_for(c, a_runs);
	assert_true(run_summary_live(run_of(c, "a")));
	catalogue_unsaved(c, run_of(c, "a")->path, "the disk is full");
	assert_true(a_waits(c));
	catalogue_unsaved(c, run_of(c, "a")->path, NULL);
	assert_true(a_runs(c));
	uint64_t before = catalogue_version(c);
	sample_epochs(&s, 3, 3);
	fflush(s.out);
	wait_for(c, a_has_three);
	assert_true(catalogue_version(c) > before && row_of(c, "a")->version > before);
	write_run("b", 1, true);
	wait_for(c, b_is_there);
	close(lock);
	fclose(s.out);
	wait_for(c, a_has_crashed);
	char *away = path_join(root, "away");
	assert_int_equal(rename(in_run("b", ""), away), 0);
	wait_for(c, b_is_gone);
	catalogue_free(c);
	free(away);
}

static void names_come_first_and_live_runs_before_others(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++) {
		char name[16];
		snprintf(name, sizeof(name), "run-%02d", i);
		write_run(name, 2, i != 12);
	}
	int lock = take_lock("run-12");
	struct catalogue *c = open_with(NULL);
	bool named = false;
	while (catalogue_work(c, 0)) {
		named = named || (row_of(c, "run-00") && !row_of(c, "run-00")->known);
		for (size_t i = 0; i < catalogue_count(c); i++)
			if (catalogue_at(c, i) && catalogue_at(c, i)->known)
				assert_true(row_of(c, "run-12")->known);
	}
	assert_true(named);
	assert_int_equal(catalogue_unknown(c), 0);
	assert_int_equal(catalogue_count(c), 30);
	catalogue_free(c);
	close(lock);
}

static void what_can_be_resumed_is_told(void **state)
{
	(void)state;
	write_run("a", 2, true);
	write_run("b", 2, true);
	file_write_atomic(in_run("a", "last.weights"), "w", 1, NULL);
	file_write_atomic(in_run("a", "last.state"), "s", 1, NULL);
	file_write_atomic(in_run("a", "experiment.yaml"), "e", 1, NULL);
	file_write_atomic(in_run("b", "experiment.yaml"), "e", 1, NULL);
	for (int i = 0; i < 2; i++) { /* from the logs, from the index */
		struct catalogue *c = read_all(index_dir);
		assert_true(run_of(c, "a")->resumable);
		assert_false(run_of(c, "b")->resumable);
		catalogue_free(c);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, make_root, remove_root)
	    T(rows_come_in_order_and_tell_what_the_logs_do),
	    T(a_folder_is_one_by_any_name),
	    T(the_index_spares_the_reading_and_changes_nothing),
	    T(a_log_that_grew_is_read),
	    T(a_log_that_was_replaced_by_one_as_large_is_read),
	    T(a_damaged_index_is_none),
	    T(an_index_of_another_folder_is_none),
	    T(a_crashed_run_whose_lock_is_taken_is_live),
	    T(rows_keep_up_with_the_disk),
	    T(names_come_first_and_live_runs_before_others),
	    T(what_can_be_resumed_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
