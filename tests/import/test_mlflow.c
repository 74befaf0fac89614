/* MLflow's folders as runs, made here by the description of its file store. */
#include "collected.h"

#define META                                                                                       \
	"artifact_uri: file:///tmp/mlruns/0/abc/artifacts\nend_time: 1700000300000\n"              \
	"entry_point_name: ''\nlifecycle_stage: active\nrun_id: abc\nrun_name: fast-river\n"       \
	"start_time: 1700000000000\nstatus: %d\n"

static void put_meta(const char *run, int status)
{
	char name[64], text[1024];
	snprintf(name, sizeof(name), "%s/meta.yaml", run);
	snprintf(text, sizeof(text), META, status);
	put_text_file(name, text);
}

static void put_metric(const char *name, int n, int every, double of)
{
	struct strbuf text = STRBUF_INIT;
	for (int i = 0; i < n; i++)
		strbuf_addf(&text, "%lld %.17g %d\n", 1700000000000LL + (i + 1) * every * 100,
			    of / (i + 1), (i + 1) * every);
	char *path = xasprintf("run/metrics/%s", name);
	put_text_file(path, text.buf);
	free(path);
	strbuf_release(&text);
}

static void test_run(void **state)
{
	(void)state;
	put_meta("run", 3);
	put_metric("loss", 100, 1, 1);
	put_metric("val/loss", 10, 10, 2);
	put_metric("system/gpu/0", 5, 20, 3);
	put_text_file("run/params/epochs", "10");
	put_text_file("run/params/batch_size", "64");
	put_text_file("run/tags/mlflow.user", "somebody");
	struct collected c = collect_path(in_dir("run"), NULL);
	expect_points(&c, "step loss", 100, 1, 100, 0.01);
	expect_points(&c, "valid loss", 10, 1, 10, 0.2);
	expect_points(&c, "system/gpu/0", 5, 20, 100, 0.6);
	assert_string_equal(c.run.name, "fast-river");
	assert_true(c.run.started == INT64_C(1700000000000));
	assert_int_equal(c.run.batch, 64);
	assert_int_equal(c.status, END_FINISHED);
	assert_int_equal(c.notes.len, 0);
	collected_release(&c);
}

static void test_ends(void **state)
{
	(void)state;
	static const int64_t ends[] = {-1, -1, -1, END_FINISHED, END_FAILED, END_STOPPED, -1};
	put_metric("x", 3, 1, 1);
	for (int i = 0; i < 7; i++) {
		put_meta("run", i);
		struct collected c = collect_path(in_dir("run"), NULL);
		assert_int_equal(c.status, ends[i]);
		collected_release(&c);
	}
}

/* Old versions have no step, others a 0 for each value, newer ones more words. */
static void test_lines(void **state)
{
	(void)state;
	put_meta("run", 1);
	put_text_file("run/metrics/old", "1700000000000 0.5\n1700000001000 0.25\n");
	put_text_file("run/metrics/zeros", "1700000000000 1 0\n1700000001000 nan 0\n1700000002000 3 0");
	put_text_file("run/metrics/more", "1700000000000 1e-05 4 data 1a2b\n");
	put_text_file("run/metrics/bad", "1700000000000 1 1\nwords\n1700000000000 x 2\n\n"
					 "1700000000000 -inf 3\n1700000000000 1 -4\n");
	struct collected c = collect_path(in_dir("run"), NULL);
	expect_points(&c, "old", 2, 0, 1, 0.25);
	expect_points(&c, "zeros", 3, 0, 2, 3);
	expect_points(&c, "more", 1, 4, 4, 1e-05);
	expect_points(&c, "bad", 2, 1, 3, -INFINITY);
	expect_note(&c, "3 lines are no \"timestamp value step\": left out, the first of them bad:2");
	collected_release(&c);
}

static void test_refused(void **state)
{
	(void)state;
	put_text_file("mlruns/0/meta.yaml", "experiment_id: '0'\n");
	put_meta("mlruns/0/abc", 3);
	put_text_file("mlruns/0/abc/params/x", "1");
	expect_refused(in_dir("mlruns"), "open a run");
	expect_refused(in_dir("mlruns/0"), "an experiment of MLflow");
	assert_false(file_mkdirs(in_dir("mlruns/0/abc/metrics"), NULL));
	expect_refused(in_dir("mlruns/0/abc"), "has logged no metric");
}

/* A folder that points to itself ends, and what is no file is passed over. */
static void test_odd_folders(void **state)
{
	(void)state;
	put_meta("run", 1);
	put_metric("x", 3, 1, 1);
	assert_int_equal(symlink(".", in_dir("run/metrics/loop")), 0);
	assert_int_equal(mkfifo(in_dir("run/metrics/pipe"), 0600), 0);
	assert_int_equal(symlink("/nonexistent", in_dir("run/metrics/gone")), 0);
	struct collected c = collect_path(in_dir("run"), NULL);
	expect_points(&c, "x", 3, 1, 3, 1.0 / 3);
	collected_release(&c);
}

static void test_follow(void **state)
{
	(void)state;
	struct import *im;
	const struct import_options o = {.follow = true};
	bool news = false;
	put_meta("run", 1);
	put_metric("loss", 3, 1, 1);
	assert_false(import_open(&im, in_dir("run"), &o, NULL));
	put_metric("loss", 6, 1, 1);
	put_metric("acc", 2, 1, 1);
	put_meta("run", 3);
	assert_false(import_poll(im, &news, NULL));
	assert_true(news);
	struct collected c = collect(im);
	expect_points(&c, "step loss", 6, 1, 6, 1.0 / 6);
	assert_int_equal(c.status, END_FINISHED);
	collected_release(&c);
	import_close(im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {IN_DIR(test_run),	 IN_DIR(test_ends),
					   IN_DIR(test_lines),	 IN_DIR(test_refused),
					   IN_DIR(test_odd_folders), IN_DIR(test_follow)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
