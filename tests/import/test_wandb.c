/* Weights & Biases' files as runs, made here by their description (bytes.h). */
#include "collected.h"

#define SECONDS 1700000000

static void put_row(struct strbuf *file, int step)
{
	struct strbuf history = STRBUF_INIT;
	char text[64];
	snprintf(text, sizeof(text), "%.17g", 2.0 / (step + 1));
	put_item(&history, "train/loss", step == 7 ? "NaN" : text);
	snprintf(text, sizeof(text), "%d", step);
	put_item(&history, "_step", text);
	snprintf(text, sizeof(text), "%d.5", SECONDS + step);
	put_item(&history, "_timestamp", text);
	if (step % 5 == 4) {
		snprintf(text, sizeof(text), "%g", step / 1000.0);
		put_item(&history, "val/accuracy", text);
		snprintf(text, sizeof(text), "%d", step / 5);
		put_item(&history, "epoch", text);
	}
	put_item(&history, "examples", "{\"_type\": \"table-file\"}");
	put_item(&history, "gpu", "55");
	put_history(file, &history);
}

static void put_run(struct strbuf *file)
{
	struct strbuf record = STRBUF_INIT, run = STRBUF_INIT, config = STRBUF_INIT, time = STRBUF_INIT;
	put_item(&config, "epochs", "8");
	put_item(&config, "batch_size", "32");
	put_item(&config, "model", "\"resnet\"");
	put_int(&time, 1, SECONDS);
	put_text(&run, 1, "abc");
	put_text(&run, 8, "fast-river-3");
	put_message(&run, 4, &config);
	put_message(&run, 17, &time);
	put_message(&record, 17, &run);
	put_wandb(file, &record);
}

static void put_exit(struct strbuf *file, int code)
{
	struct strbuf record = STRBUF_INIT, end = STRBUF_INIT;
	if (code)
		put_int(&end, 1, code);
	put_message(&record, 18, &end);
	put_wandb(file, &record);
}

static void put_rows(struct strbuf *file, int n)
{
	put_wandb_header(file);
	put_run(file);
	for (int i = 0; i < n; i++)
		put_row(file, i);
}

static struct collected of_file(const struct strbuf *file)
{
	return collect_path(put_file("run-abc.wandb", file->buf, file->len), NULL);
}

static void test_run(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	put_rows(&file, 1000); /* several blocks */
	put_exit(&file, 0);
	assert_true(file.len > 4 * 32768);
	struct collected c = of_file(&file);
	expect_points(&c, "step loss", 1000, 0, 999, 2.0 / 1000);
	expect_points(&c, "valid acc", 200, 1, 200, 0.999);
	expect_points(&c, "gpu", 1000, 0, 999, 55);
	assert_null(collected_points(&c, "_step"));
	assert_null(collected_points(&c, "examples"));
	assert_string_equal(c.run.name, "fast-river-3");
	assert_int_equal(c.run.epochs, 8);
	assert_int_equal(c.run.batch, 32);
	assert_true(c.run.started == INT64_C(1000) * SECONDS);
	assert_int_equal(c.status, END_FINISHED);
	assert_int_equal(c.notes.len, 0);
	collected_release(&c);
	/* the folder that it lies in is the same run */
	put_file("offline-run-1/run-abc.wandb", file.buf, file.len);
	put_text_file("offline-run-1/files/output.log", "");
	c = collect_path(in_dir("offline-run-1"), NULL);
	expect_points(&c, "gpu", 1000, 0, 999, 55);
	collected_release(&c);
	strbuf_release(&file);
}

static void test_exit_code(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	put_rows(&file, 3);
	put_exit(&file, 255);
	struct collected c = of_file(&file);
	assert_int_equal(c.status, END_FAILED);
	assert_non_null(strstr(c.log.buf, "exit code 255"));
	collected_release(&c);
	strbuf_release(&file);
}

static void test_cut_at_every_byte(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	size_t ends[6];
	put_wandb_header(&file);
	put_run(&file);
	for (int i = 0; i < 6; i++) {
		put_row(&file, i);
		ends[i] = file.len;
	}
	for (size_t n = 0; n <= file.len; n++) {
		struct import *im;
		struct errinfo e = {.msg = ""};
		const struct import_options o = {.format = "wandb"};
		int whole = 0;
		while (whole < 6 && ends[whole] <= n)
			whole++;
		enum err r = import_open(&im, put_file("run-1.wandb", file.buf, n), &o, &e);
		assert_int_equal(r, whole ? ERR_OK : ERR_FORMAT);
		if (!whole)
			continue;
		struct collected c = collect(im);
		expect_points(&c, "gpu", whole, 0, whole - 1, 55);
		assert_int_equal(c.status, -1);
		assert_int_equal(strstr(c.notes.buf, "ends within a record") != NULL,
				 n != ends[whole - 1]);
		collected_release(&c);
		import_close(im);
	}
	strbuf_release(&file);
}

static void test_damage(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT, sought = STRBUF_INIT;
	put_rows(&file, 4);
	size_t at = file.len;
	put_row(&file, 4);
	file.buf[at + 12] ^= 1;
	struct collected c = of_file(&file);
	expect_points(&c, "gpu", 4, 0, 3, 55);
	strbuf_addf(&sought, "at byte %zu a checksum", at);
	expect_note(&c, sought.buf);
	collected_release(&c);
	expect_refused(put_text_file("run-2.wandb", "no header"), "without its header");
	expect_refused(put_file("run-3.wandb", ":W&B\xe1\xbe", 7), "logged no number");
	strbuf_release(&file);
	strbuf_release(&sought);
}

static void test_follow(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	put_rows(&file, 3);
	size_t begin = file.len;
	for (int i = 3; i < 30; i++)
		put_row(&file, i);
	put_exit(&file, 0);
	expect_follows("run-1.wandb", &file, begin, 23);
	expect_follows("run-1.wandb", &file, begin, 40000);
	strbuf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {IN_DIR(test_run), IN_DIR(test_exit_code),
					   IN_DIR(test_cut_at_every_byte), IN_DIR(test_damage),
					   IN_DIR(test_follow)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
