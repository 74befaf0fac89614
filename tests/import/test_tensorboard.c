/* TensorBoard's event files as runs: made here by their description (bytes.h), and real ones by other
 * people, whose figures expect_tensorboard.py has read: a reader in Python that shares nothing with
 * ours. */
#include "collected.h"

#define LOGS "../shared/logs/tensorboard/"
#define T0 1700000000.0

/* ---- real files ---- */

static char *real(const char *name)
{
	char *path = xasprintf(LOGS "%s", name);
	if (!file_exists(path)) {
		print_message("skipped: %s is not here\n", path);
		free(path);
		skip();
	}
	return path;
}

struct expected {
	const char *name;
	int n;
	int64_t first, last;
	double value;
};

static void check_real(const char *file, const struct expected *of, size_t n)
{
	char *path = real(file);
	struct collected c = collect_path(path, NULL);
	for (size_t i = 0; i < n; i++)
		expect_points(&c, of[i].name, of[i].n, of[i].first, of[i].last, of[i].value);
	collected_release(&c);
	free(path);
}

#define CHECK_REAL(file, ...)                                                                      \
	do {                                                                                       \
		static const struct expected of[] = {__VA_ARGS__};                                 \
		check_real(file, of, sizeof(of) / sizeof(*of));                                    \
	} while (0)

static void test_yolo11(void **state)
{
	(void)state;
	CHECK_REAL("alexandor.events.out.tfevents.1733903426.ad-Sablin.30276.1",
		   {"step loss", 20, 1, 20, 0.0348300003}, {"valid loss", 20, 1, 20, 0.00115999999},
		   {"valid acc", 20, 1, 20, 1}, {"lr/pg2", 20, 1, 20, 4.24829996e-05});
}

static void test_yolo5(void **state)
{
	(void)state;
	CHECK_REAL("samcw.events.out.tfevents.1622117458.r95-PowerEdge-R730.24100.0",
		   {"train/obj_loss", 100, 0, 99, 0.0346299335},
		   {"metrics/mAP_0.5:0.95", 100, 0, 99, 0.539741278},
		   {"val/cls_loss", 100, 0, 99, 0.00397269707}, {"x/lr2", 100, 0, 99, 0.00200789305});
}

static void test_keras(void **state)
{
	(void)state;
	CHECK_REAL("thecodehead-train.events.out.tfevents.1690483602.v2",
		   {"epoch loss", 10, 1, 10, 0.0319282748}, {"epoch acc", 10, 1, 10, 0.989499986});
	CHECK_REAL("always.events.out.tfevents.1584802246.v2", {"step loss", 5, 0, 4, 0.158866942},
		   {"valid loss", 5, 1, 5, 0.287521869});
	CHECK_REAL("wandb.events.out.tfevents.1585769947.cvp", {"step loss", 17, 0, 16, 2.93250559e-05},
		   {"batch_acc", 17, 0, 16, 1}, {"epoch acc", 17, 1, 17, 1},
		   {"valid loss", 17, 1, 17, 2.93250559e-05});
}

static void test_torch(void **state)
{
	(void)state;
	CHECK_REAL("dipesh.events.out.tfevents.1663763728", {"step loss", 100, 0, 99, 0.922663867},
		   {"valid loss", 100, 1, 100, 0.7454198}, {"valid acc", 100, 1, 100, 0.337118238},
		   {"epoch acc", 100, 1, 100, 0.755630076});
	CHECK_REAL("cursed.events.out.tfevents.1622179822.DESKTOP-EB1F4C5.6800.3",
		   {"rollout/ep_rew_mean", 200, 10000, 2000000, 0.170000002},
		   {"rollout/exploration rate", 200, 10000, 2000000, 0.0500000007},
		   {"time/fps", 200, 10000, 2000000, 317}, {"step loss", 195, 60000, 2000000, 0.0273154769});
	CHECK_REAL("janosh-lax.events.out.tfevents.1622543341.janoshs-mbp.lan.86862.5",
		   {"lax/foo", 130, 0, 129, 3.6575532}, {"lax/bar_3", 130, 0, 129, 3.44432783},
		   {"lax/bar_4", 130, 0, 129, 3.62245226});
}

/* The two files of one run, alone and as the folder that they were in. */
static void test_lightning(void **state)
{
	(void)state;
	static const char *const files[] = {
	    "hcdescamps.events.out.tfevents.1785441771.squirrels-iMac.local.1798.3",
	    "hcdescamps.events.out.tfevents.1785441960.squirrels-iMac.local.1798.4"};
	CHECK_REAL(files[0], {"step loss", 5, 1718, 8594, 0.0199992713},
		   {"valid loss", 5, 1, 5, 0.0569204465}, {"valid acc", 5, 1, 5, 0.984600008},
		   {"hp_metric", 1, 0, 0, -1});
	for (int i = 0; i < 2; i++) {
		struct strbuf bytes = STRBUF_INIT;
		char *path = real(files[i]), *name = xasprintf("version_0/%s", files[i]);
		assert_false(file_read(path, &bytes, NULL));
		put_file(name, bytes.buf, bytes.len);
		strbuf_release(&bytes);
		free(name);
		free(path);
	}
	struct collected c = collect_path(in_dir("version_0"), NULL);
	expect_points(&c, "step loss", 5, 1718, 8594, 0.0199992713);
	expect_points(&c, "valid acc", 6, 1, 6, 0.992799997);
	expect_points(&c, "hp_metric", 2, 0, 0, -1);
	assert_int_equal(c.n_back, 0);
	assert_string_equal(c.run.name, "version_0");
	collected_release(&c);
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"fish-40bytes.events.out.tfevents.1676589886.woozy-tower.31223.0",
	     "no more than the version of the format"},
	    {"bryce.events.out.tfevents.1709179689.小白票.60412.0",
	     "no more than the version of the format"},
	    {"jis1218.events.out.tfevents.1524643228.LAPTOP-TVQ2NCOD",
	     "of its 3 records none holds a number with a name"},
	    {"maxi-lfs-pointer.events.out.tfevents.1672427575", "git lfs pull"},
	    {"", "event files of several runs (alexandor.events.out."},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *path = real(cases[i][0]);
		expect_refused(path, cases[i][1]);
		free(path);
	}
}

/* ---- made here ---- */

static void write_losses(struct strbuf *file, double wall, int64_t from, int64_t to)
{
	for (int64_t i = from; i < to; i++)
		put_scalar(file, wall + (double)(i - from), i, "train/loss", 1 / (float)(i + 1));
}

/* Wherever it is cut the points before are there, and no more; never a crash. */
static void test_cut_at_every_byte(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	size_t ends[8];
	put_version(&file, T0);
	for (int i = 0; i < 6; i++) {
		put_scalar(&file, T0 + i, i, "figure", (float)i);
		ends[i] = file.len;
	}
	for (size_t n = 0; n <= file.len; n++) {
		struct import *im;
		struct errinfo e = {.msg = ""};
		const struct import_options o = {.format = "tensorboard"};
		int whole = 0;
		while (whole < 6 && ends[whole] <= n)
			whole++;
		enum err r = import_open(&im, put_file("x.tfevents.1", file.buf, n), &o, &e);
		if (whole == 0) {
			assert_int_equal(r, ERR_FORMAT);
			continue;
		}
		assert_int_equal(r, ERR_OK);
		struct collected c = collect(im);
		expect_points(&c, "figure", whole, 0, whole - 1, whole - 1);
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
	put_version(&file, T0);
	write_losses(&file, T0, 0, 3);
	size_t at = file.len;
	write_losses(&file, T0 + 3, 3, 6);
	for (int where = 0; where < 2; where++) {
		size_t byte = at + (where ? 20 : 3);
		file.buf[byte] ^= 1;
		struct collected c = collect_path(put_file("events.out.tfevents.1", file.buf, file.len), NULL);
		expect_points(&c, "step loss", 3, 0, 2, 1.0 / 3);
		strbuf_reset(&sought);
		strbuf_addf(&sought, "events.out.tfevents.1: at byte %zu the checksum", at);
		expect_note(&c, sought.buf);
		file.buf[byte] ^= 1;
		collected_release(&c);
	}
	file.buf[8] ^= 1; /* at its begin it is no such file */
	expect_refused(put_file("events.out.tfevents.1", file.buf, file.len), "its first record is none");
	strbuf_release(&sought);
	strbuf_release(&file);
}

/* A program that begins again at a step says so: what was told from it on is void. */
static void test_restart(void **state)
{
	(void)state;
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	put_version(&first, T0);
	put_start(&first, T0, 0);
	write_losses(&first, T0, 0, 10);
	put_version(&second, T0 + 100);
	put_start(&second, T0 + 100, 5);
	put_scalar(&second, T0 + 101, 5, "train/loss", 9);
	/* by their times, whatever their names */
	put_file("logs/events.out.tfevents.2", first.buf, first.len);
	put_file("logs/events.out.tfevents.1", second.buf, second.len);
	struct collected c = collect_path(in_dir("logs"), NULL);
	assert_int_equal(c.n_back, 1);
	expect_note(&c, "goes back from step 9 to 5");
	expect_points(&c, "step loss", 11, 0, 5, 9);
	collected_release(&c);
	strbuf_release(&first);
	strbuf_release(&second);
}

/* Keras writes train/ and validation/ of one run, at the same epochs. */
static void test_splits(void **state)
{
	(void)state;
	struct strbuf train = STRBUF_INIT, valid = STRBUF_INIT;
	put_version(&train, T0);
	put_version(&valid, T0);
	for (int i = 0; i < 4; i++) {
		put_scalar(&train, T0 + i * 10, i, "epoch_loss", 1 / (float)(i + 1));
		put_scalar(&train, T0 + i * 10, i, "epoch_accuracy", (float)i / 4);
		put_scalar(&valid, T0 + i * 10 + 1, i, "epoch_loss", 2 / (float)(i + 1));
		put_scalar(&valid, T0 + i * 10 + 1, i, "epoch_accuracy", (float)i / 8);
		put_scalar(&valid, T0 + i * 10 + 1, i * 100, "evaluation_loss_vs_iterations", 3);
	}
	put_file("run/train/events.out.tfevents.1.v2", train.buf, train.len);
	put_file("run/validation/events.out.tfevents.2.v2", valid.buf, valid.len);
	struct collected c = collect_path(in_dir("run"), NULL);
	expect_points(&c, "epoch loss", 4, 1, 4, 0.25);
	expect_points(&c, "epoch acc", 4, 1, 4, 0.75);
	expect_points(&c, "valid loss", 4, 1, 4, 0.5);
	expect_points(&c, "valid acc", 4, 1, 4, 0.375);
	collected_release(&c);
	strbuf_release(&train);
	strbuf_release(&valid);
}

static void test_several_runs(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	put_version(&file, T0);
	write_losses(&file, T0, 0, 3);
	put_file("all/one/events.out.tfevents.1", file.buf, file.len);
	put_file("all/two/events.out.tfevents.1", file.buf, file.len);
	expect_refused(in_dir("all"), "each in a folder of its own (one, two)");
	assert_false(import_knows(in_dir("none")));
	strbuf_release(&file);
}

/* Curves of one name by torch's add_scalars(): the further files are in folders below. */
static void test_further_curves(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT, further = STRBUF_INIT;
	put_version(&file, T0);
	write_losses(&file, T0, 0, 3);
	put_version(&further, T0);
	put_scalar(&further, T0 + 1, 1, "f", 7);
	put_file("run/events.out.tfevents.1", file.buf, file.len);
	put_file("run/f_sine/events.out.tfevents.2", further.buf, further.len);
	struct collected c = collect_path(in_dir("run"), NULL);
	expect_points(&c, "step loss", 3, 0, 2, 1.0 / 3);
	expect_points(&c, "f_sine/f", 1, 1, 1, 7);
	collected_release(&c);
	strbuf_release(&file);
	strbuf_release(&further);
}

/* Most names count iterations, one counts epochs, and one is all over the place. */
static void test_units(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	put_version(&file, T0);
	for (int i = 0; i < 50; i++) {
		put_scalar(&file, T0 + i, i, "train/loss", 1 / (float)(i + 1));
		put_scalar(&file, T0 + i, i % 7, "odd", (float)i);
		if (i % 10 == 9)
			put_scalar(&file, T0 + i, i / 10, "val/accuracy", (float)i / 100);
	}
	struct collected c = collect_path(put_file("events.out.tfevents.1", file.buf, file.len), NULL);
	expect_points(&c, "step loss", 50, 0, 49, 0.02);
	expect_points(&c, "valid acc", 5, 1, 5, 0.49);
	expect_points(&c, "odd", 50, 0, 0, 49);
	assert_int_equal(c.n_back, 0);
	collected_release(&c);
	strbuf_release(&file);
}

/* Steps that no iteration has, tags that are none, values that are no numbers. */
static void test_odd_figures(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT, value = STRBUF_INIT;
	put_version(&file, T0);
	put_scalar(&file, T0, -5, "x", 1);
	put_scalar(&file, T0, INT64_C(1) << 40, "x", 1);
	put_scalar(&file, T0, 1, "", 1);
	put_scalar(&file, T0, 1, "x", NAN);
	put_scalar(&file, T0, 2, "x", INFINITY);
	put_text(&value, 1, "\xff\x1b[2J"); /* no UTF-8, and a terminal's */
	put_float(&value, 2, 3);
	put_summary(&file, T0, 2, &value);
	struct collected c = collect_path(put_file("events.out.tfevents.1", file.buf, file.len), NULL);
	expect_points(&c, "x", 2, 1, 2, INFINITY);
	expect_points(&c, "\xef\xbf\xbd\x1b[2J", 1, 2, 2, 3);
	expect_note(&c, "2 figures at steps below 0");
	assert_int_equal(c.n_points, 2);
	collected_release(&c);
	strbuf_release(&file);
}

/* A record too long for a figure, whose data is not read: a hole in the file. */
static void test_long_record(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT, rest = STRBUF_INIT;
	const off_t len = 300 << 20;
	put_version(&file, T0);
	size_t at = file.len;
	put_number(&file, (uint64_t)len, 8);
	put_masked(&file, file.buf + at, 8);
	const char *path = put_file("events.out.tfevents.1", file.buf, file.len);
	write_losses(&rest, T0, 0, 3);
	FILE *out = fopen(path, "r+");
	assert_int_equal(fseeko(out, (off_t)file.len + len + 4, SEEK_SET), 0);
	assert_int_equal(fwrite(rest.buf, 1, rest.len, out), rest.len);
	fclose(out);
	struct collected c = collect_path(path, NULL);
	expect_points(&c, "step loss", 3, 0, 2, 1.0 / 3);
	collected_release(&c);
	strbuf_release(&file);
	strbuf_release(&rest);
}

/* However it comes in pieces the events are those of the whole file. */
static void test_follow(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	put_version(&file, T0);
	write_losses(&file, T0, 0, 5);
	size_t begin = file.len;
	for (int i = 5; i < 40; i++) {
		put_scalar(&file, T0 + i, i, "train/loss", 1 / (float)i);
		if (i % 5 == 4)
			put_scalar(&file, T0 + i, i / 5, "val/loss", 2 / (float)i);
	}
	expect_follows("events.out.tfevents.1", &file, begin, 13);
	expect_follows("events.out.tfevents.1", &file, begin, 1000);
	strbuf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_yolo11),
	    cmocka_unit_test(test_yolo5),
	    cmocka_unit_test(test_keras),
	    cmocka_unit_test(test_torch),
	    IN_DIR(test_lightning),
	    cmocka_unit_test(test_refused),
	    IN_DIR(test_cut_at_every_byte),
	    IN_DIR(test_damage),
	    IN_DIR(test_restart),
	    IN_DIR(test_splits),
	    IN_DIR(test_several_runs),
	    IN_DIR(test_further_curves),
	    IN_DIR(test_units),
	    IN_DIR(test_odd_figures),
	    IN_DIR(test_long_record),
	    IN_DIR(test_follow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
