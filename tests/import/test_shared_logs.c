/* Logs that other people's programs have written, kept in ../shared/logs. What is expected of each was
 * worked out from the files with Python's csv, json and re. */
#include "seen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LOGS "../shared/logs"

/* NAN: not told. Accuracies as shares; train_loss: of the last epoch, of a log of steps of the last
 * step. */
static const struct expected {
	const char *file, *format;
	int n_epochs; /* -1: any */
	int n_steps;  /* with a loss */
	double valid_loss, valid_acc; /* the last ones */
	double best_acc, train_loss;
} expected[] = {
    {"keras-csv/ahmedz41-sleep.csv", "keras-csv", 100, 0, 0.4532333016395569, 0.7754516005516052, 0.7902061939239502, 0.44787442684173584},
    {"keras-csv/aitzaz-tomato.csv", "keras-csv", 29, 0, 0.41605862975120544, 0.8899999856948853, 0.9190000295639038, 0.091253668},
    {"keras-csv/charlie-unet.csv", "keras-csv", 1, 0, 1.0821812152862549, 0.7145575881004333, 0.7145575881004333, 1.0186389684677124},
    {"keras-csv/crypdick-capsnet-mnist.csv", "keras-csv", 7, 0, 0.018091851286590098, 0.9941000056266784, 0.9941000056266784, 0.015956828555402657},
    {"keras-csv/cs17b-capsnet.csv", "keras-csv", 2, 0, 0.10530637204647064, 0.9431999921798706, 0.9431999921798706, 0.2106800526380539},
    {"keras-csv/galexy-plant.csv", "keras-csv", 9, 0, 0.18957604467868805, 0.9476534128189087, 0.9557761549949646, 0.07860022038221359},
    {"keras-csv/iktaniyalol-colorizer.csv", "keras-csv", 249, 0, NAN, NAN, NAN, 0.002262030029669404},
    {"keras-csv/infinity052-driver-acc.csv", "keras-csv", 10, 0, 0.005544555863925737, 0.9983699649453438, 0.9984261730684678, 0.03723647718267429},
    {"keras-csv/jedflo-capsnet-long.csv", "keras-csv", 200, 0, 0.0903493911027908, 0.9066666960716248, 0.9144444465637208, 0.0536530688405036},
    {"keras-csv/karray-pathology.csv", "keras-csv", 140, 0, 0.6325638443231583, 0.8157958984375, 0.82269287109375, 0.09903129673553493},
    {"keras-csv/matasuke-tabs.csv", "keras-csv", 166, 0, 0.228377, 0.935, 0.96, 0.06591},
    {"keras-csv/matpat-flowers-transfer.csv", "keras-csv", 20, 0, 0.11206653714179993, 0.9590243697166443, 0.9648780226707458, 0.140351340174675},
    {"keras-csv/nosyarlin-yopoco-acc.csv", "keras-csv", 100, 0, 0.16953247102972183, 0.9409633636085315, 0.9472395142361465, 0.07508484612784458},
    {"keras-csv/rkn2-bricks-append.csv", "keras-csv", 3, 0, NAN, NAN, NAN, 14.852638951723012},
    {"keras-csv/shengchen-carnd.csv", "keras-csv", 3, 0, 0.06011490753063789, NAN, NAN, 0.1496337619748446},
    {"keras-csv/tcotte-catdog-index.csv", "keras-csv", 10, 0, 0.5890921175479888, 0.7325000166893005, 0.7325000166893005, 0.24589513666261503},
    {"fastai-csv/tmabraham-retinopathy-earlier.csv", "fastai", 20, 0, 0.264082, 0.904796, 0.904796, 0.297116},
    {"fastai-csv/tmabraham-retinopathy.csv", "fastai", 19, 0, 51.292843, 0.902748, 0.907732, 0.253323},
    {"timm-csv/vuthehuy-convnext_f102.csv", "timm", 300, 0, 1.0023664951615927, 0.7713936426587094, 0.7762836185819072, 1.6710647064096786},
    {"timm-csv/vuthehuy-effb4_cf100.csv", "timm", 300, 0, 1.0590902542114258, 0.7954000000000001, 0.7959, 1.2331151624189907},
    {"timm-csv/vuthehuy-layernorm_food-nan.csv", "timm", 300, 0, NAN, 0.009900990099009901, 0.6053069306930693, NAN},
    {"timm-csv/vuthehuy-resnet50_f102.csv", "timm", 300, 0, 0.46579212999577047, 0.9486552567237163, 0.9523227383863081, 1.1851854341871597},
    {"timm-csv/vuthehuy-stem_food-stopped.csv", "timm", 205, 0, 2.119890040256009, 0.49948514851485154, 0.5055049504950495, 2.7083160396009043},
    {"ultralytics/alexandor-v11cls.csv", "ultralytics", 20, 0, 0.00116, 1.0, 1.0, 0.03483},
    {"ultralytics/jerma-cls.csv", "ultralytics", 30, 0, 0.84351, 0.70224, 0.70224, 0.77126},
    {"ultralytics/keishi-cls-time.csv", "ultralytics", 16, 0, 0.31275, 0.88623, 0.88623, 0.19149},
    {"ultralytics/kethnii-cls.csv", "ultralytics", 300, 0, 0.24726, 0.94166, 0.94227, 0.1762},
    {"ultralytics/tphat-v5cls-exp.csv", "ultralytics", 5, 0, 0.29554, 1.0, 1.0, 0.30298},
    {"ultralytics/tphat-v5cls-exp2.csv", "ultralytics", 5, 0, 0.30621, 1.0, 1.0, 0.31265},
    {"ultralytics/babymelvin-detect.csv", "ultralytics", 10, 0, 3.89254, NAN, NAN, 3.68253},
    {"ultralytics/babymelvin-pose.csv", "ultralytics", 10, 0, 23.105330000000002, NAN, NAN, 23.250349999999997},
    {"ultralytics/babymelvin-segment.csv", "ultralytics", 5, 0, 6.43594, NAN, NAN, 8.26979},
    {"ultralytics/bushra-v5.csv", "ultralytics", 80, 0, 0.0349371, NAN, NAN, 0.050478999999999996},
    {"ultralytics/elegant-v5-300ep.csv", "ultralytics", 300, 0, 0.103257, NAN, NAN, 0.132038},
    {"ultralytics/jinops-v5obb-restart.csv", "ultralytics", 12, 0, 0.8839859999999999, NAN, NAN, 0.893184},
    {"ultralytics/pilarskil-v5.csv", "ultralytics", 3, 0, 0.202043, NAN, NAN, 0.20938299999999999},
    {"ultralytics/devepro-results.txt", "yolo-txt", 30, 0, 0.033503, NAN, NAN, 0.06123},
    {"ultralytics/fengxi-results.txt", "yolo-txt", 250, 0, 0.013257999999999999, NAN, NAN, 0.02736},
    {"ultralytics/samcw-results.txt", "yolo-txt", 100, 0, 0.053822999999999996, NAN, NAN, 0.08574},
    {"keras-history/alphaeus-car.json", "keras-history", 40, 0, 1.8804059028625488, 0.5626535415649414, 0.5687960982322693, 0.11982547491788864},
    {"keras-history/galexy-deepercnn.json", "keras-history", 50, 0, 0.14129899685365224, 0.9530685920577617, 0.9611913357400722, 0.0070238432937477155},
    {"keras-history/horizonseeker.json", "keras-history", 16, 0, 0.19981375980211116, 0.690375251338453, 0.6923859589621841, 0.2416031697908606},
    {"keras-history/icarusleo-animal.json", "keras-history", 10, 0, 0.08389515033581409, 0.89937106918239, 0.9182389937106918, 0.03608700220104096},
    {"keras-history/sumant-plant.json", "keras-history", 10, 0, 0.1272946298122406, 0.9653129577636719, 0.9671925902366638, 0.05715421587228775},
    {"hf-trainer/aigoncharov-viz.json", "hf-trainer", 30, 30, 2.7486727237701416, 0.5935162094763092, 0.6783042394014963, 0.0549},
    {"hf-trainer/anon-crlf.json", "hf-trainer", 3, 4, NAN, NAN, NAN, 0.427},
    {"hf-trainer/fujump-qlora.json", "hf-trainer", 24, 1000, NAN, NAN, NAN, 0.0886},
    {"hf-trainer/ljh696-metamath.json", "hf-trainer", 1, 128, NAN, NAN, NAN, 0.5728},
    {"hf-trainer/maidil-drowsy-imagecls.json", "hf-trainer", 2, 66, 0.08002225309610367, 0.9751972942502819, 0.9751972942502819, 0.083},
    {"hf-trainer/nijat-mt5.json", "hf-trainer", 70, 700, 2.065276861190796, NAN, NAN, 2.2437},
    {"hf-trainer/poludmik-qlora.json", "hf-trainer", 0, 10, NAN, NAN, NAN, 10.3735},
    {"hf-trainer/protaxy-500.json", "hf-trainer", 25, 25, 0.7737733125686646, 0.8123841591813068, 0.8202455672766854, 0.7898},
    {"hf-trainer/sygoat-mistral.json", "hf-trainer", 4, 866, NAN, NAN, NAN, 0.1333},
    {"hf-trainer/tanisha-whisper.json", "hf-trainer", 20, 5, 3.423363447189331, NAN, NAN, 1.7866},
    {"lightning-csv/0xero7-slm-v0.csv", "lightning", 10, 2814, 3.570486068725586, NAN, NAN, 3.565943479537964},
    {"lightning-csv/0xero7-slm-v10.csv", "lightning", 0, 136, NAN, NAN, NAN, 6.279723644256592},
    {"lightning-csv/0xero7-slm-v8.csv", "lightning", 0, 1511, NAN, NAN, NAN, 4.575737476348877},
    {"lightning-csv/aamer98-med-v2.csv", "lightning", 4, 46, 0.17521628737449646, NAN, NAN, 0.535987913608551},
    {"lightning-csv/askmuhsin-mnist-v1.csv", "lightning", 21, 156, 0.01962442509829998, 0.9950000047683716, 0.9950000047683716, 0.008104013279080391},
    {"lightning-csv/askmuhsin-mnist-v11.csv", "lightning", 21, 1250, 0.010400288738310337, 0.9970999956130981, 0.9970999956130981, 0.007504143752157688},
    {"lightning-csv/askmuhsin-mnist-v23.csv", "lightning", 21, 833, 0.00977999996393919, 0.9976000189781189, 0.9976000189781189, 0.13727445900440216},
    {"lightning-csv/awritrojit-v0.csv", "lightning", 3, 0, NAN, NAN, NAN, NAN},
    {"lightning-csv/awritrojit-v3.csv", "lightning", 10, 187, NAN, NAN, NAN, 0.02421467751264572},
    {"lightning-csv/cykolahi-spectrogram-v9.csv", "lightning", 138, 157, 0.47029078006744385, 0.8520408272743225, 0.8698979616165161, 0.05760607123374939},
    {"lightning-csv/gravesreid-blast-v1.csv", "lightning", 0, 4, NAN, NAN, NAN, 0.1637701541185379},
    {"lightning-csv/gravesreid-blast-v3.csv", "lightning", 19, 1736, NAN, NAN, NAN, 0.006600726395845413},
    {"lightning-csv/jithsg-v0.csv", "lightning", 10, 172, 0.13237084448337555, NAN, NAN, 0.02032225951552391},
    {"lightning-csv/jithsg-v15.csv", "lightning", 6, 0, NAN, 0.9488000273704529, 0.9488000273704529, NAN},
    {"lightning-csv/lhowann-trash-v0.csv", "lightning", 10, 388, 1.228519320487976, 0.983818769454956, 0.983818769454956, 0.7983158826828003},
    {"lightning-csv/martinoywa-mnist-v12.csv", "lightning", 20, 720, 2.305514097213745, NAN, NAN, 2.312835931777954},
    {"lightning-csv/r0307-dogcat-v0.csv", "lightning", 10, 50, 0.6586737036705017, 0.703000009059906, 0.7195000052452087, 0.1947530210018158},
    {"lightning-csv/r0307-dogcat-v9.csv", "lightning", 30, 150, 0.416367769241333, 0.8125, 0.824999988079071, 0.3453793525695801},
    {"darknet-classifier/head_detection-darknet53.log", "darknet", -1, 4307, NAN, NAN, NAN, 7.5e-05},
    {"darknet-classifier/issue-excerpts.txt", "darknet", -1, 2, NAN, NAN, NAN, 0.000105},
    {"darknet-detector/abingcbc-train_log_loss.txt", "darknet", -1, 1140, NAN, NAN, NAN, 0.64429},
    {"darknet-detector/buddyzhu-train-1_47am.log", "darknet", -1, 3000, NAN, NAN, NAN, 40.257771},
    {"darknet-detector/buddyzhu-train.log", "darknet", -1, 3000, NAN, NAN, NAN, 3.196224},
    {"darknet-detector/head_detection-res_head_more.log", "darknet", -1, 155, NAN, NAN, NAN, 4.092594},
    {"darknet-detector/nb-aayush-yolov3.txt", "darknet", -1, 71, NAN, NAN, NAN, 1.094743},
    {"darknet-detector/nb-abhi-yolov4.txt", "darknet", -1, 74, NAN, NAN, NAN, 1.340597},
    {"darknet-detector/nb-wiryanata-yolov4.txt", "darknet", -1, 94, NAN, NAN, NAN, 0.172268},
    {"darknet-detector/ricoshallow-training_log.txt", "darknet", -1, 1024, NAN, NAN, NAN, 0.260375},
    {"darknet-detector/zhaojw219-train_log_loss.txt", "darknet", -1, 7811, NAN, NAN, NAN, 0.036955},
};
enum { N_EXPECTED = sizeof(expected) / sizeof(*expected) };

static const struct refused {
	const char *file, *why;
} refused[] = {
    {"darknet-classifier/head_detection-dar_avg.log", "a script has taken colons and commas"},
    {"darknet-detector/phonston-output.txt", "there is no figure in it yet"},
    {"hf-trainer/mellymeter.json", "no loss was logged: logging_steps is 500"},
};
enum { N_REFUSED = sizeof(refused) / sizeof(*refused) };

/* What a person is told of a log's oddities. */
static const struct {
	const char *file, *note;
} notes[] = {
    {"keras-csv/ahmedz41-sleep.csv", "the epochs begin again here (at 0): they are counted on from 51"},
    {"keras-csv/rkn2-bricks-append.csv", "they are counted on from 3"},
    {"keras-csv/crypdick-capsnet-mnist.csv", "validation accuracy: \"val_capsnet_acc\" is taken for it"},
    {"ultralytics/jinops-v5obb-restart.csv", "they are counted on from 12"},
    {"ultralytics/babymelvin-detect.csv",
     "training loss: train/box_loss + train/cls_loss + train/dfl_loss, for no total is told"},
    {"fastai-csv/tmabraham-retinopathy.csv", "the epochs begin again here"},
    {"hf-trainer/aigoncharov-viz.json", "before training: validation loss 5.742, accuracy 70.8"},
    {"hf-trainer/anon-crlf.json", "mean training loss over all of it: 2.3821, in 472 s"},
    {"darknet-classifier/issue-excerpts.txt", "the log goes back from step"},
    {"lightning-csv/jithsg-v15.csv", "\"val_acc\" is told twice at one place"},
};
enum { N_NOTES = sizeof(notes) / sizeof(*notes) };

static bool have_logs(void)
{
	if (file_is_dir(LOGS))
		return true;
	print_message("skipped: no logs in " LOGS "\n");
	return false;
}

static void look(struct seen *s, const char *file, const char *format, struct import **keep)
{
	char *path = path_join(LOGS, file);
	struct import *im = NULL;
	struct errinfo e = {.msg = ""};
	if (import_open(&im, path, &(struct import_options){0}, &e))
		fail_msg("%s", e.msg);
	if (format)
		assert_string_equal(import_format(im), format);
	seen_import(s, im);
	assert_int_equal(s->n_broken, 0);
	free(path);
	if (keep)
		*keep = im;
	else
		import_close(im);
}

static void same(const char *file, const char *what, double expect, struct opt_double got)
{
	double v = got.valid ? got.value : (double)NAN;
	if (isnan(expect) ? !isnan(v) : !(fabs(v - expect) <= 1e-5 * fmax(fabs(expect), 1e-3)))
		fail_msg("%s: %s is %.9g, not %.9g", file, what, v, expect);
}

static double best_acc(const struct seen *s)
{
	double best = NAN;
	for (size_t i = 0; i < s->n_epochs; i++)
		if (s->epochs[i].valid.acc.valid)
			best = fmax(best, s->epochs[i].valid.acc.value);
	return best;
}

/* The last one that is told. */
static struct opt_double last_valid(const struct seen *s, bool acc)
{
	for (size_t i = s->n_epochs; i-- > 0;) {
		const struct event_score *v = &s->epochs[i].valid;
		struct opt_double figure = acc ? v->acc : v->loss;
		if (figure.valid)
			return figure;
	}
	return (struct opt_double){0};
}

static void check(const struct expected *x)
{
	struct seen s;
	look(&s, x->file, x->format, NULL);
	if (x->n_epochs >= 0 && (size_t)x->n_epochs != s.n_epochs)
		fail_msg("%s: %zu epochs, not %d", x->file, s.n_epochs, x->n_epochs);
	if ((size_t)x->n_steps != s.n_steps)
		fail_msg("%s: %zu steps, not %d", x->file, s.n_steps, x->n_steps);
	same(x->file, "validation loss", x->valid_loss, last_valid(&s, false));
	same(x->file, "validation accuracy", x->valid_acc, last_valid(&s, true));
	same(x->file, "best accuracy", x->best_acc, opt_of(best_acc(&s)));
	struct opt_double loss = x->n_steps	? s.steps[s.n_steps - 1].loss
				 : s.n_epochs ? s.epochs[s.n_epochs - 1].train.loss
					      : (struct opt_double){0};
	if (x->n_steps || !isnan(x->train_loss))
		same(x->file, "training loss", x->train_loss, loss);
	assert_true(s.has_run);
	assert_string_equal(s.run.run.format, x->format);
	seen_release(&s);
}

static void every_log_tells_what_its_file_does(void **state)
{
	(void)state;
	for (size_t i = 0; have_logs() && i < N_EXPECTED; i++)
		check(&expected[i]);
}

static void what_cannot_be_shown_is_refused_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; have_logs() && i < N_REFUSED; i++) {
		char *path = path_join(LOGS, refused[i].file);
		struct import *im = NULL;
		struct errinfo e = {.msg = ""};
		assert_int_equal(import_open(&im, path, &(struct import_options){0}, &e), ERR_FORMAT);
		if (!strstr(e.msg, refused[i].why))
			fail_msg("%s: %s", refused[i].file, e.msg);
		free(path);
	}
}

static void oddities_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; have_logs() && i < N_NOTES; i++) {
		struct seen s;
		look(&s, notes[i].file, NULL, NULL);
		if (!strstr(s.notes.buf, notes[i].note))
			fail_msg("%s: no note \"%s\" in:\n%s", notes[i].file, notes[i].note, s.notes.buf);
		seen_release(&s);
	}
}

static bool is_known(const char *file)
{
	for (size_t i = 0; i < N_EXPECTED; i++)
		if (strcmp(expected[i].file, file) == 0)
			return true;
	for (size_t i = 0; i < N_REFUSED; i++)
		if (strcmp(refused[i].file, file) == 0)
			return true;
	return false;
}

/* Those of TensorBoard have tests of their own. */
static void the_manifest_names_no_other_log(void **state)
{
	struct strbuf text = STRBUF_INIT;
	size_t n = 0;
	(void)state;
	if (!have_logs())
		return;
	assert_int_equal(file_read(LOGS "/MANIFEST.tsv", &text, NULL), ERR_OK);
	char *rest = text.buf, *line = strsep(&rest, "\n"); /* the header */
	while ((line = strsep(&rest, "\n"))) {
		char *file = strsep(&line, "\t");
		if (!*file || strncmp(file, "tensorboard/", 12) == 0)
			continue;
		n++;
		if (!is_known(file))
			fail_msg("%s is not tested here", file);
	}
	assert_true(n >= 80);
	strbuf_release(&text);
}

/* pandas' index, Lightning's numbering of epochs and Hugging Face's fractions all come to 1, 2, 3. */
static void epochs_are_counted_from_1(void **state)
{
	static const char *const files[] = {
	    "keras-csv/tcotte-catdog-index.csv", "timm-csv/vuthehuy-effb4_cf100.csv",
	    "ultralytics/keishi-cls-time.csv",   "lightning-csv/r0307-dogcat-v9.csv",
	    "hf-trainer/tanisha-whisper.json",   "keras-csv/ahmedz41-sleep.csv",
	};
	(void)state;
	for (size_t i = 0; have_logs() && i < sizeof(files) / sizeof(*files); i++) {
		struct seen s;
		look(&s, files[i], NULL, NULL);
		for (size_t k = 0; k < s.n_epochs; k++)
			if (s.epochs[k].number != (int64_t)k + 1)
				fail_msg("%s: epoch %zu has number %lld", files[i], k + 1,
					 (long long)s.epochs[k].number);
		seen_release(&s);
	}
}

/* Time is the log's own, or is said not to be known. */
static void times_are_those_of_the_log(void **state)
{
	static const struct {
		const char *file;
		int64_t t_ms; /* of the last event; -1: not told */
	} rows[] = {
	    {"ultralytics/keishi-cls-time.csv", 3482280},
	    {"ultralytics/jerma-cls.csv", 1724830},
	    {"keras-csv/galexy-plant.csv", -1},
	    {"lightning-csv/jithsg-v0.csv", -1},
	};
	(void)state;
	for (size_t i = 0; have_logs() && i < sizeof(rows) / sizeof(*rows); i++) {
		struct seen s;
		look(&s, rows[i].file, NULL, NULL);
		assert_int_equal(!s.run.run.clock, rows[i].t_ms != -1);
		if (rows[i].t_ms >= 0 && llabs(s.t_ms - rows[i].t_ms) > 1)
			fail_msg("%s: %lld ms", rows[i].file, (long long)s.t_ms);
		seen_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_log_tells_what_its_file_does),
	    cmocka_unit_test(what_cannot_be_shown_is_refused_with_a_reason),
	    cmocka_unit_test(oddities_are_told),
	    cmocka_unit_test(the_manifest_names_no_other_log),
	    cmocka_unit_test(epochs_are_counted_from_1),
	    cmocka_unit_test(times_are_those_of_the_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
