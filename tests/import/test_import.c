/* Small logs written here, one for each oddity of a format; recognising, refusing, growing. */
#include "../train/scratch.h"
#include "seen.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <utime.h>

#include <cmocka.h>

static char *root;

static int set_up(void **state)
{
	(void)state;
	root = scratch_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(root);
	return 0;
}

static char *write_file(const char *name, const char *text, size_t n)
{
	char *path = path_join(root, name), *dir = path_dir(path);
	assert_int_equal(file_mkdirs(dir, NULL), ERR_OK);
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
	free(dir);
	return path;
}

static char *write_text(const char *name, const char *text)
{
	return write_file(name, text, strlen(text));
}

static void add_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Fold a text as a log by that name. */
static void see(struct seen *s, const char *name, const char *text, const char *format)
{
	char *path = write_text(name, text);
	struct import *im = NULL;
	struct errinfo e = {.msg = ""};
	if (import_open(&im, path, &(struct import_options){0}, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(import_format(im), format);
	seen_import(s, im);
	assert_int_equal(s->n_broken, 0);
	import_close(im);
	free(path);
}

static void refuse(const char *name, const char *text, const struct import_options *o, const char *why)
{
	char *path = write_text(name, text);
	struct import *im = NULL;
	struct errinfo e = {.msg = ""};
	assert_int_not_equal(import_open(&im, path, o ? o : &(struct import_options){0}, &e), ERR_OK);
	if (!strstr(e.msg, why))
		fail_msg("\"%s\" does not say \"%s\"", e.msg, why);
	free(path);
}

static void near(double got, double expect)
{
	if (!(fabs(got - expect) < 1e-9))
		fail_msg("%.12g, not %.12g", got, expect);
}

static void has(const struct strbuf *text, const char *part)
{
	if (!strstr(text->buf, part))
		fail_msg("no \"%s\" in:\n%s", part, text->buf);
}

/* ---- tables ---- */

/* One table, as editors, systems and programs mangle it. */
static void tables_are_read_as_they_come(void **state)
{
	static const char *const texts[] = {
	    "epoch,loss,val_loss,val_accuracy\n0,2,3,0.5\n1,1,2,0.75\n",
	    "epoch,loss,val_loss,val_accuracy\r\n0,2,3,0.5\r\n1,1,2,0.75\r\n",
	    "epoch,loss,val_loss,val_accuracy\r\r\n0,2,3,0.5\r\r\n1,1,2,0.75\r\r\n",
	    "\xef\xbb\xbf"
	    "epoch,loss,val_loss,val_accuracy\n0,2,3,0.5\n1,1,2,0.75\n",
	    "epoch,\tloss,\tval_loss,\tval_accuracy\n0,\t2,\t3,\t0.5\n1,\t1,\t2,\t0.75\n",
	    "epoch\tloss\tval_loss\tval_accuracy\n0\t2\t3\t0.5\n1\t1\t2\t0.75\n",
	    "epoch;loss;val_loss;val_accuracy\n0;2;3;0.5\n1;1;2;0.75\n",
	    "   epoch,      loss,  val_loss, val_accuracy\n     0,         2,         3,    0.5\n"
	    "     1,         1,         2,   0.75\n",
	    "\"epoch\",\"loss\",\"val_loss\",\"val_accuracy\"\n\"0\",\"2\",\"3\",\"0.5\"\n1,1,2,0.75\n",
	    ",loss,val_loss,val_accuracy\n0,2,3,0.5\n1,1,2,0.75\n",
	    "epoch,loss,val_loss,val_accuracy\n0,2,3,0.5\n1,1,2,0.75", /* no newline at the end */
	    "\n\nepoch,loss,val_loss,val_accuracy\n\n0,2,3,0.5\n\n1,1,2,0.75\n\n",
	    "epoch,loss,val_loss,val_accuracy\n0,2e0,3.0,5e-1\n1,+1,2,7.5E-01\n",
	    "epoch,loss,note,val_loss,val_accuracy\n0,2,good,3,0.5\n1,1,better,2,0.75\n",
	    "epoch,loss,val_loss,val_accuracy\n0,2,3,0.5\nepoch,loss,val_loss,val_accuracy\n1,1,2,0.75\n",
	    "epoch,loss,val_loss,val_accuracy\n0,2,3,0.5\nepoch,val_accuracy,val_loss,loss\n1,0.75,2,1\n",
	    "epoch,loss,val_loss,val_accuracy\n0,2,3,0.5,9,9\n1,1,2,0.75\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct seen s;
		see(&s, "table.csv", texts[i], "keras-csv");
		if (s.n_epochs != 2)
			fail_msg("text %zu: %zu epochs", i, s.n_epochs);
		for (int k = 0; k < 2; k++) {
			assert_int_equal(s.epochs[k].number, k + 1);
			near(s.epochs[k].train.loss.value, k ? 1 : 2);
			near(s.epochs[k].valid.loss.value, k ? 2 : 3);
			near(s.epochs[k].valid.acc.value, k ? 0.75 : 0.5);
		}
		seen_release(&s);
	}
}

static void what_is_no_number_is_absent_or_not_finite(void **state)
{
	static const char text[] = "epoch,loss,val_loss,val_accuracy\n"
				   "0,nan,#na#,\n"
				   "1,inf,-nan(ind),NaN\n"
				   "2,-Infinity,1.#QNAN,0.5\n"
				   "3,1\n";
	struct seen s;
	(void)state;
	see(&s, "odd.csv", text, "keras-csv");
	assert_int_equal(s.n_epochs, 4);
	assert_true(isnan(s.epochs[0].train.loss.value) && s.epochs[0].train.loss.valid);
	assert_false(s.epochs[0].valid.loss.valid || s.epochs[0].valid.acc.valid);
	assert_true(isinf(s.epochs[1].train.loss.value) && isnan(s.epochs[1].valid.loss.value));
	assert_true(s.epochs[2].train.loss.value == -INFINITY && isnan(s.epochs[2].valid.loss.value));
	near(s.epochs[2].valid.acc.value, 0.5);
	assert_false(s.epochs[3].valid.loss.valid);
	near(s.epochs[3].train.loss.value, 1);
	seen_release(&s);
}

static void runs_in_one_file_are_counted_on(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "append.csv", "epoch,loss\n0,9\n1,8\n2,7\n0,6\n1,5\n", "keras-csv");
	assert_int_equal(s.n_epochs, 5);
	near(s.epochs[3].train.loss.value, 6);
	assert_int_equal(s.epochs[3].number, 4);
	has(&s.notes, "the epochs begin again here (at 0): they are counted on from 4");
	seen_release(&s);
}

/* A run that is resumed from an earlier epoch trains those behind it again. */
static void an_epoch_that_goes_back_voids_what_came_after(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "back.csv", "epoch,loss\n0,9\n1,8\n2,7\n3,6\n2,5\n3,4\n", "keras-csv");
	assert_int_equal(s.n_epochs, 4);
	near(s.epochs[2].train.loss.value, 5);
	near(s.epochs[3].train.loss.value, 4);
	has(&s.notes, "the log goes back to epoch 3");
	seen_release(&s);
}

static void accuracies_are_shares_whatever_their_unit(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "share.csv", "epoch,loss,val_accuracy\n0,1,0.4\n1,1,1\n", "keras-csv");
	near(s.epochs[1].valid.acc.value, 1);
	seen_release(&s);
	/* 0.9 % would be taken for a share, had not a later one told. */
	see(&s, "percent.csv", "epoch,loss,val_accuracy\n0,1,0.9\n1,1,55\n", "keras-csv");
	near(s.epochs[0].valid.acc.value, 0.009);
	near(s.epochs[1].valid.acc.value, 0.55);
	has(&s.notes, "accuracies are told in percent");
	seen_release(&s);
	see(&s, "neither.csv", "epoch,loss,val_loss,val_accuracy\n0,1,1,0.9\n1,1,1,5500\n", "keras-csv");
	assert_false(s.epochs[0].valid.acc.valid || s.epochs[1].valid.acc.valid);
	has(&s.notes, "beyond 100 %");
	has(&s.metrics, "val_accuracy 2 5500");
	seen_release(&s);
	see(&s, "error.csv", "epoch,train_loss,valid_loss,error_rate\n0,1,1,0.25\n", "fastai");
	near(s.epochs[0].valid.acc.value, 0.75);
	seen_release(&s);
}

static void timm_counts_in_percent_from_the_first_epoch_on(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "summary.csv", "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr\n0,7,6,0.5,0.9,1e-05\n",
	    "timm");
	near(s.epochs[0].valid.acc.value, 0.005);
	near(s.epochs[0].valid.top5.value, 0.009);
	near(s.epochs[0].lr.value, 1e-5);
	seen_release(&s);
}

/* Steps and validations in rows of their own; several rows at one step are one. */
static void sparse_rows_become_steps_and_epochs(void **state)
{
	static const char text[] = "epoch,lr-Adam,step,train_loss_epoch,train_loss_step,val_acc,val_loss\n"
				   ",0.1,9,,,,\n0,,9,,4.0,,\n0,,19,,2.0,,\n0,,19,,,0.5,3.0\n"
				   "0,,19,3.0,,,\n1,,29,,1.0,,\n1,,39,,,0.6,2.5\n";
	struct seen s;
	(void)state;
	see(&s, "metrics.csv", text, "lightning");
	assert_int_equal(s.n_steps, 3);
	assert_int_equal(s.steps[0].iter, 9);
	near(s.steps[0].lr.value, 0.1);
	assert_int_equal(s.n_epochs, 2);
	near(s.epochs[0].train.loss.value, 3.0);
	near(s.epochs[0].valid.acc.value, 0.5);
	assert_int_equal(s.epochs[0].iter, 19);
	near(s.epochs[1].train.loss.value, 1.0); /* the mean of its steps */
	assert_null(s.run.run.unit);
	seen_release(&s);
}

static void several_validations_in_an_epoch_are_counted(void **state)
{
	static const char text[] = "epoch,step,train_loss,val_loss\n0,1,4,\n0,1,,3\n0,2,3,\n0,2,,2.5\n"
				   "1,3,2,\n1,3,,2\n";
	struct seen s;
	(void)state;
	see(&s, "metrics.csv", text, "lightning");
	assert_int_equal(s.n_epochs, 3);
	assert_string_equal(s.run.run.unit, "evaluation");
	for (int i = 0; i < 3; i++)
		assert_int_equal(s.epochs[i].number, i + 1);
	seen_release(&s);
}

static void a_test_is_no_validation_where_there_is_one(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "metrics.csv", "epoch,step,train_loss,val_loss,test_loss\n0,1,4,,\n0,1,,3,\n1,2,,,9\n",
	    "lightning");
	assert_int_equal(s.n_epochs, 1);
	has(&s.metrics, "test_loss 2 9");
	seen_release(&s);
}

static void columns_are_what_the_user_says(void **state)
{
	static const char text[] = "when,objective,held_out,hits\n10,5,6,50\n20,4,5,60\n";
	struct import_options o = {.columns = "step=when,loss=objective,val_loss=held_out,val_acc=hits"};
	struct seen s;
	struct errinfo e = {.msg = ""};
	(void)state;
	char *path = write_text("own.csv", text);
	if (seen_open(&s, path, &o, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(s.n_steps, 2);
	assert_int_equal(s.steps[1].iter, 20);
	near(s.epochs[1].valid.loss.value, 5);
	near(s.epochs[1].valid.acc.value, 0.6);
	seen_release(&s);
	free(path);
	path = write_text("bare.csv", "1,9,0.5\n2,8,0.6\n");
	o.columns = "epoch=1,loss=2,val_acc=3";
	if (seen_open(&s, path, &o, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(s.n_epochs, 2);
	near(s.epochs[1].train.loss.value, 8);
	seen_release(&s);
	free(path);
	o.columns = "loss=nothing";
	refuse("own.csv", text, &o, "own.csv:1: no column 'nothing'; there are: when, objective");
	o.columns = "weight=when";
	refuse("own.csv", text, &o, "not 'weight=when'; WHAT is one of step, epoch");
}

static void fastai_tells_minutes(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "history.csv", "epoch,train_loss,valid_loss,accuracy,time\n0,3,#na#\n1,2,1,0.5,01:30\n",
	    "fastai");
	assert_int_equal(s.n_epochs, 2);
	near(s.epochs[1].seconds.value, 90);
	near(s.epochs[1].valid.acc.value, 0.5);
	seen_release(&s);
}

/* ---- the others ---- */

static void hugging_face_tells_not_a_number_bare(void **state)
{
	static const char text[] =
	    "{\"max_steps\": 4, \"num_train_epochs\": 2, \"global_step\": 4, \"log_history\": [\r\n"
	    "{\"epoch\": 0, \"eval_loss\": 9, \"step\": 0},"
	    "{\"epoch\": 0.5, \"loss\": NaN, \"learning_rate\": 1e-05, \"step\": 1},"
	    "{\"epoch\": 1.0, \"loss\": 2.5, \"step\": 2},"
	    "{\"epoch\": 1.0, \"eval_loss\": Infinity, \"eval_accuracy\": 0.5, \"eval_runtime\": 3, \"step\": 2},"
	    "{\"epoch\": 1.0, \"eval_b_loss\": 7, \"eval_b_accuracy\": 0.1, \"step\": 2},"
	    "{\"epoch\": 2.0, \"loss\": 1.5, \"step\": 4},"
	    "{\"epoch\": 2.0, \"train_loss\": 2, \"train_runtime\": 12.0, \"step\": 4}]}";
	struct seen s;
	(void)state;
	see(&s, "trainer_state.json", text, "hf-trainer");
	assert_int_equal(s.n_steps, 3);
	assert_true(isnan(s.steps[0].loss.value));
	near(s.steps[0].lr.value, 1e-5);
	assert_int_equal(s.n_epochs, 2);
	assert_true(isinf(s.epochs[0].valid.loss.value));
	near(s.epochs[0].valid.acc.value, 0.5);
	near(s.epochs[1].train.loss.value, 1.5);
	assert_true(s.ended && s.end_status == END_FINISHED);
	assert_int_equal(s.run.run.iterations, 2);
	has(&s.metrics, "eval_b_loss 2 7");
	seen_release(&s);
	refuse("cut.json", "{\"log_history\": [{\"step\": 1, \"loss\"", NULL, "cut.json:1:36");
}

static void a_history_is_an_object_of_lists(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "history.json",
	    "{\"loss\": [2, NaN], \"val_accuracy\": [0.5, 0.75], \"name\": \"x\", \"lr\": [1e-3, null],"
	    " \"classes\": [1, 2, 3]}",
	    "keras-history");
	assert_int_equal(s.n_epochs, 3);
	seen_release(&s);
	see(&s, "history.json",
	    "{\"history\": {\"loss\": [2, 1], \"val_accuracy\": [0.5, 0.75]}, \"params\": {\"epochs\": 2}}",
	    "keras-history");
	assert_int_equal(s.n_epochs, 2);
	near(s.epochs[1].valid.acc.value, 0.75);
	seen_release(&s);
}

/* Three programs' lines, and what stands around them. */
static void darknet_is_read_through_its_noise(void **state)
{
	static const char text[] =
	    "layer     filters    size              input                output\n"
	    "Loaded: 0.000042 seconds\r\n"
	    "Syncing... 1, 0.010: 2.500000, 2.500000 avg, 0.001000 rate, 2.000000 seconds, 64 images\n"
	    " 2: 2.0, 2.4 avg loss, 0.001 rate, 1.5 seconds, 128 images, 3.2 hours left\r\n"
	    "v3 (mse loss, Normalizer: (iou: 0.75) Region 82 Avg (IOU: 0.5), total_loss = -nan(ind)\n"
	    "\033]2;3/9: loss=1.0 map=0.50 best=0.50\a 3: -nan(ind), 2.3 avg loss, 0.001 rate, 0.5 "
	    "seconds, 192 images\n"
	    "\033[1;37m4\033[0m: loss=\033[1;36m1.500\033[0m, avg loss=\033[1;36m2.000\033[0m, "
	    "rate=0.000026, 64.000 milliseconds, 256 images, time remaining=7 seconds\n"
	    " mean_average_precision (mAP@0.50) = 0.991541 \n"
	    "-> last accuracy mAP@0.50=\033[0;31m99.15%\033[0m, best=99.15%\n"
	    "5: 1.0, 2.0 avg, 0.001 rate, 1.0 sec"; /* torn */
	struct seen s;
	(void)state;
	see(&s, "training.log", text, "darknet");
	assert_int_equal(s.n_steps, 4);
	near(s.steps[0].loss.value, 2.5);
	assert_int_equal(s.steps[1].t_ms, 3500);
	assert_true(isnan(s.steps[2].loss.value));
	near(s.steps[3].loss.value, 1.5);
	near(s.steps[3].lr.value, 0.000026);
	assert_int_equal(s.steps[3].t_ms, 4064);
	assert_int_equal(s.run.run.batch, 64);
	has(&s.metrics, "mAP@0.50 4 0.991541");
	assert_null(strstr(s.metrics.buf, "0.9915\n")); /* not once more */
	seen_release(&s);
}

static void layers_are_taken_from_a_whole_table(void **state)
{
	static const char head[] = "layer     filters    size              input                output\n"
				   "    0 conv     32  3 x 3 / 2   224 x 224 x   3   ->   112 x 112 x  32  0.087 BFLOPs\n"
				   "    1 max          2 x 2 / 2   112 x 112 x  32   ->    56 x  56 x  32\n",
			  loss[] = "Learning Rate: 0.1, Momentum: 0.9, Decay: 0.0005\n"
				   "1, 0.1: 5.0, 5.0 avg, 0.1 rate, 1.0 seconds, 64 images\n";
	static const struct {
		const char *rest;
		size_t n;
	} rows[] = {{"    2 avg                       56 x  56 x  32   ->    32\n    3 softmax  32\n", 4},
		    {"    3 softmax\n", 0}, /* one was lost */
		    {"    2 blob\n", 0},
		    {"", 2}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = xasprintf("%s%s%s", head, rows[i].rest, loss);
		struct seen s;
		see(&s, "training.log", text, "darknet");
		assert_int_equal(s.n_layers, rows[i].n);
		if (s.n_layers) {
			assert_int_equal(s.layer0.size, 3);
			assert_int_equal(s.layer0.stride, 2);
			assert_int_equal(s.layer0.in_c, 3);
			assert_int_equal(s.layer0.out_w, 112);
			assert_int_equal(s.layer0.out_c, 32);
			assert_int_equal(s.layer0.flops, 87000000);
		}
		seen_release(&s);
		free(text);
	}
}

static void darknet_that_goes_back_voids_what_came_after(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "training.log",
	    "10: 5.0, 5.0 avg, 0.1 rate, 1.0 seconds, 640 images\n"
	    "11: 4.0, 5.0 avg, 0.1 rate, 1.0 seconds, 704 images\n"
	    "11: 3.0, 3.0 avg, 0.1 rate, 1.0 seconds, 704 images\n"
	    "6: 2.0, 2.0 avg, 0.1 rate, 1.0 seconds, 384 images\n",
	    "darknet");
	assert_int_equal(s.n_steps, 1);
	near(s.steps[0].loss.value, 2);
	has(&s.notes, "the log goes back from step 11 to 6");
	seen_release(&s);
}

static void yolo_without_a_header(void **state)
{
	struct seen s;
	(void)state;
	see(&s, "results.txt",
	    "   0/2   3.1G  0.1  0.02  0.03  0.15  17 640  0.5 0.4 0.3 0.2  0.01 0.02 0.03\n"
	    "   1/2   3.1G  0.1  0.02  0.03  0.14  17 640  0.5 0.4 0.35 0.2  0.01 0.02 0.02\n",
	    "yolo-txt");
	assert_int_equal(s.n_epochs, 2);
	assert_int_equal(s.run.run.epochs, 3);
	near(s.epochs[1].train.loss.value, 0.14);
	near(s.epochs[1].valid.loss.value, 0.05);
	has(&s.metrics, "metrics/mAP_0.5 2 0.35");
	seen_release(&s);
}

static void folders_are_taken_by_what_is_in_them(void **state)
{
	static const struct {
		const char *folder, *file, *text, *format;
	} rows[] = {
	    {"version_3", "version_3/metrics.csv", "epoch,step,train_loss\n0,1,4\n", "lightning"},
	    {"train7", "train7/results.csv", "epoch,train/loss,val/loss\n1,2,3\n", "ultralytics"},
	    {"exp", "exp/results.txt", "0/2 3G 1 2 3 6 17 640 .5 .4 .3 .2 1 2 3\n", "yolo-txt"},
	    {"checkpoint-5", "checkpoint-5/trainer_state.json",
	     "{\"log_history\": [{\"step\": 5, \"loss\": 1}]}", "hf-trainer"},
	    {"dvclive", "dvclive/plots/metrics/train/loss.tsv", "step\tloss\n0\t3\n1\t2\n", "dvclive"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *folder = path_join(root, rows[i].folder);
		struct import *im = NULL;
		struct errinfo e = {.msg = ""};
		free(write_text(rows[i].file, rows[i].text));
		assert_true(import_knows(folder));
		if (import_open(&im, folder, &(struct import_options){0}, &e))
			fail_msg("%s", e.msg);
		assert_string_equal(import_format(im), rows[i].format);
		import_close(im);
		free(folder);
	}
}

static void dvclive_reads_its_tables_side_by_side(void **state)
{
	struct seen s;
	struct errinfo e = {.msg = ""};
	(void)state;
	free(write_text("live/plots/metrics/train/loss.tsv", "step\tloss\n0\t3\n1\t2\n2\t1\n"));
	free(write_text("live/plots/metrics/eval/acc.tsv", "timestamp\tstep\tacc\n99\t0\t0.5\n100\t2\t0.75\n"));
	char *folder = path_join(root, "live");
	if (seen_open(&s, folder, &(struct import_options){0}, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(s.n_steps, 3);
	assert_int_equal(s.n_epochs, 2);
	near(s.epochs[1].valid.acc.value, 0.75);
	assert_int_equal(s.epochs[1].iter, 2);
	near(s.epochs[1].train.loss.value, 1.5);
	seen_release(&s);
	free(folder);
}

/* ---- what is none ---- */

static void unknown_content_is_refused_with_the_formats(void **state)
{
	(void)state;
	refuse("x.txt", "Dear reader,\n\nthis is a letter, not a log.\n", NULL, "text without an event in it");
	refuse("x.txt", "Dear reader,\n", NULL, "lightning, timm, ultralytics");
	refuse("x.csv", "name,price\nroses,3\n", NULL, "thaw help formats");
	refuse("x.csv", "", NULL, "empty, not an event log");
	refuse("x.gz", "\x1f\x8b\x08", NULL, "compressed with gzip");
	refuse("x.json", "{\"a\": 1}", NULL, "JSON without an event in it");
	refuse("x.log", "33001 4.299 0.000084 0.000084 avg 0.002400 rate 4.12 seconds 3300100 images\n", NULL,
	       "colons and commas");
	refuse("x.csv", "1,2\n3,4\n", &(struct import_options){.format = "csv"},
	       "x.csv:1: a table without names for its columns");
	refuse("x.csv", "epoch,loss\n", &(struct import_options){.format = "kerascsv"},
	       "no format is called 'kerascsv'");
	refuse("x.csv", "epoch,loss\n", NULL, "no figure in it yet");
}

static void formats_are_forced(void **state)
{
	struct seen s;
	struct errinfo e = {.msg = ""};
	(void)state;
	char *path = write_text("table.csv", "epoch,step,loss\n0,10,3\n1,20,2\n");
	if (seen_open(&s, path, &(struct import_options){.format = "keras-csv"}, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(s.run.run.format, "keras-csv");
	assert_int_equal(s.n_epochs, 2);
	seen_release(&s);
	free(path);
}

/* ---- growth ---- */

static void a_log_that_grows_is_read_on(void **state)
{
	struct import *im = NULL;
	struct log_reader *r = NULL;
	struct seen s;
	bool news;
	(void)state;
	char *path = write_text("grows.csv", "epoch,loss,val_loss\n0,3,4\n1,2,3");
	assert_int_equal(import_open(&im, path, &(struct import_options){.follow = true}, NULL), ERR_OK);
	seen_init(&s);
	assert_int_equal(log_reader_open(&r, import_log(im), NULL), ERR_OK);
	seen_read(&s, r);
	assert_int_equal(s.n_epochs, 1); /* the second line may still be written */
	assert_true(import_live(im));
	add_text(path, ".5\n2,1,2\n");
	assert_int_equal(import_poll(im, &news, NULL), ERR_OK);
	assert_true(news);
	seen_read(&s, r);
	assert_int_equal(s.n_epochs, 3);
	near(s.epochs[1].valid.loss.value, 3.5);
	assert_int_equal(s.n_broken, 0);
	assert_int_equal(import_poll(im, &news, NULL), ERR_OK);
	assert_false(news);
	log_reader_close(r);
	seen_release(&s);
	import_close(im);
	free(path);
}

/* JSON is written anew each time: what readers have read holds while the new one begins with it. */
static void a_whole_file_written_anew_goes_on_where_it_can(void **state)
{
	static const char *const texts[] = {
	    "{\"log_history\": [{\"step\": 1, \"loss\": 3}]}",
	    "{\"log_history\": [{\"step\": 1, \"loss\": 3}, {\"step\": 2, \"loss\": 2}]}",
	    "{\"log_history\": [{\"step\": 1, \"loss\": 9}]}",
	};
	struct import *im = NULL;
	struct log_reader *r = NULL;
	struct seen s;
	bool news;
	(void)state;
	char *path = write_text("state.json", texts[0]);
	assert_int_equal(import_open(&im, path, &(struct import_options){.follow = true}, NULL), ERR_OK);
	seen_init(&s);
	assert_int_equal(log_reader_open(&r, import_log(im), NULL), ERR_OK);
	seen_read(&s, r);
	assert_int_equal(s.n_steps, 1);
	free(write_text("state.json", texts[1]));
	assert_int_equal(import_poll(im, &news, NULL), ERR_OK);
	assert_true(news);
	seen_read(&s, r);
	assert_int_equal(s.n_broken, 0);
	assert_int_equal(s.n_steps, 2);
	free(write_text("state.json", texts[2]));
	assert_int_equal(import_poll(im, &news, NULL), ERR_OK);
	seen_read(&s, r);
	assert_int_equal(s.n_broken, 1); /* another log has taken its place */
	assert_int_equal(s.n_steps, 1);
	near(s.steps[0].loss.value, 9);
	log_reader_close(r);
	seen_release(&s);
	import_close(im);
	free(path);
}

/* Lightning writes the file anew when a column comes. */
static void a_header_written_anew_is_noticed(void **state)
{
	struct import *im = NULL;
	struct seen s;
	bool news;
	(void)state;
	char *path = write_text("metrics.csv", "epoch,step,train_loss\n0,1,4\n0,2,3\n");
	assert_int_equal(import_open(&im, path, &(struct import_options){.follow = true}, NULL), ERR_OK);
	free(write_text("metrics.csv", "epoch,step,train_loss,val_loss\n0,1,4,\n0,2,3,\n0,2,,5\n"));
	assert_int_equal(import_poll(im, &news, NULL), ERR_OK);
	seen_import(&s, im);
	assert_int_equal(s.n_epochs, 1);
	near(s.epochs[0].valid.loss.value, 5);
	seen_release(&s);
	import_close(im);
	free(path);
}

static void an_old_log_is_not_live(void **state)
{
	struct import *im = NULL;
	(void)state;
	char *path = write_text("old.csv", "epoch,loss\n0,3\n");
	struct utimbuf old = {.actime = 1000000000, .modtime = 1000000000};
	assert_int_equal(utime(path, &old), 0);
	assert_int_equal(import_open(&im, path, &(struct import_options){0}, NULL), ERR_OK);
	assert_false(import_live(im));
	import_close(im);
	free(path);
}

/* ---- damage ---- */

static const struct {
	const char *name, *text;
} samples[] = {
    {"a.csv", "epoch,loss,val_loss,val_accuracy\r\n0,2,\"3\",0.5\n1,nan,2,75\n"},
    {"m.csv", "epoch,step,train_loss_step,val_acc\n0,1,4,\n0,1,,0.5\n1,2,3,\n1,2,,0.6\n"},
    {"r.txt", "0/2 3G 1 2 3 6 17 640 .5 .4 .3 .2 1 2 3\n1/2 3G 1 2 3 6 17 640 .5 .4 .3 .2 1 2 3\n"},
    {"s.json", "{\"max_steps\": 2, \"log_history\": [{\"epoch\": 0.5, \"loss\": NaN, \"step\": 1},"
	       "{\"epoch\": 1.0, \"eval_loss\": 2, \"x\": \"\\u00e9\", \"step\": 2}]}"},
    {"h.json", "{\"history\": {\"loss\": [2, NaN, 1e-3], \"acc\": [0.1, null, 0.3]}}"},
    {"d.log", "1, 0.1: 2.5, 2.5 avg, 0.1 rate, 2.0 seconds, 64 images\n\033]2;x\a 2: nan, 2.4 avg loss, "
	      "0.1 rate, 1.5 seconds, 128 images\n mean_average_precision (mAP@0.50) = 0.99\n"},
};

/* Cut at every byte a log opens or is refused, and every event that comes of it is one. */
static void logs_cut_at_every_byte_are_borne(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		for (size_t n = 0; n <= strlen(samples[i].text); n++) {
			char *path = write_file(samples[i].name, samples[i].text, n);
			struct seen s;
			struct errinfo e = {.msg = ""};
			if (!seen_open(&s, path, &(struct import_options){0}, &e)) {
				assert_int_equal(s.n_broken, 0);
				assert_true(s.has_run);
				seen_release(&s);
			} else {
				assert_true(e.msg[0]);
			}
			free(path);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables_are_read_as_they_come),
	    cmocka_unit_test(what_is_no_number_is_absent_or_not_finite),
	    cmocka_unit_test(runs_in_one_file_are_counted_on),
	    cmocka_unit_test(an_epoch_that_goes_back_voids_what_came_after),
	    cmocka_unit_test(accuracies_are_shares_whatever_their_unit),
	    cmocka_unit_test(timm_counts_in_percent_from_the_first_epoch_on),
	    cmocka_unit_test(sparse_rows_become_steps_and_epochs),
	    cmocka_unit_test(several_validations_in_an_epoch_are_counted),
	    cmocka_unit_test(a_test_is_no_validation_where_there_is_one),
	    cmocka_unit_test(columns_are_what_the_user_says),
	    cmocka_unit_test(fastai_tells_minutes),
	    cmocka_unit_test(hugging_face_tells_not_a_number_bare),
	    cmocka_unit_test(a_history_is_an_object_of_lists),
	    cmocka_unit_test(darknet_is_read_through_its_noise),
	    cmocka_unit_test(layers_are_taken_from_a_whole_table),
	    cmocka_unit_test(darknet_that_goes_back_voids_what_came_after),
	    cmocka_unit_test(yolo_without_a_header),
	    cmocka_unit_test(folders_are_taken_by_what_is_in_them),
	    cmocka_unit_test(dvclive_reads_its_tables_side_by_side),
	    cmocka_unit_test(unknown_content_is_refused_with_the_formats),
	    cmocka_unit_test(formats_are_forced),
	    cmocka_unit_test(a_log_that_grows_is_read_on),
	    cmocka_unit_test(a_whole_file_written_anew_goes_on_where_it_can),
	    cmocka_unit_test(a_header_written_anew_is_noticed),
	    cmocka_unit_test(an_old_log_is_not_live),
	    cmocka_unit_test(logs_cut_at_every_byte_are_borne),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
