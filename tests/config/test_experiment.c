/* Reading an experiment: defaults, every error with its line and column, --set, suggestions, the
 * round trip. */
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/config/experiment.h"
#include "thaw/config/settings.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD                                                                                       \
	"network: {cfg: /a.cfg, weights: /a.weights}\ndata: {images: /pictures}\n" /* lines 1 and  \
										      2 */
#define TAIL "phases: [{name: one, epochs: 3, lr: 0.01}]\n"

static enum err parse(struct experiment **x, const char *yaml, const char *set, struct errinfo *e)
{
	return experiment_parse(x, "plan.yaml", yaml, strlen(yaml), &set, set != NULL, e);
}

static struct experiment *good(const char *yaml, const char *set)
{
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	if (parse(&x, yaml, set, &e))
		fail_msg("%s", e.msg);
	return x;
}

static void test_defaults(void **state)
{
	(void)state;
	struct experiment *x = good(HEAD TAIL, NULL);
	assert_string_equal(x->name, "plan");
	assert_string_equal(x->path, "plan.yaml");
	assert_int_equal(x->network.cut, -1);
	assert_string_equal(x->network.cut_text, "");
	assert_true(x->network.input_w == 0 && x->network.input_h == 0);
	assert_int_equal(x->head.init, HEAD_RANDOM);
	assert_true(x->head.ridge == 0 && x->head.dropout == 0);
	assert_true(x->data.valid == VALID_AUTO && x->data.max_bad == 0.1 && x->data.probes == 12);
	assert_string_equal(x->data.valid_dir, "");
	assert_int_equal(x->data.resize, RESIZE_LETTERBOX);
	const struct augment_config *a = &x->data.augment;
	assert_true(!a->flip && a->crop == 1 && a->aspect == 1 && a->translate == 0 &&
		    a->angle == 0);
	assert_true(a->hue == 0);
	assert_true(a->saturation == 1 && a->exposure == 1 && a->erase == 0 && a->views == 0);
	assert_true(x->train.batch == 16 && x->train.seed == 1 && x->train.momentum == 0.9);
	assert_true(x->train.decay == 0.0005 && x->train.label_smoothing == 0 &&
		    !x->train.eval_flip);
	assert_true(x->train.threads == 0 && x->train.cache == UINT64_C(2) << 30 &&
		    x->train.keep == 0);
	assert_string_equal(x->train.device, "auto");
	assert_int_equal(x->train.precision, PRECISION_TF32);
	const struct phase_config *p = x->phases;
	assert_true(x->n_phases == 1 && p->epochs == 3 && p->lr == 0.01 && p->line == 3);
	assert_string_equal(p->freeze, "none");
	assert_true(p->schedule == SCHEDULE_CONSTANT && p->batchnorm == BATCHNORM_FROZEN);
	assert_true(p->layer_decay == 1 && p->warmup == 0 && p->lr_end == 0 && p->power == 4);
	assert_int_equal(experiment_epochs(x), 3);
	experiment_free(x);
}

static const char full[] =
    "name: all-of-it\n"
    "network:\n"
    "  cfg: /a.cfg\n"
    "  weights: \"/with space: and # and \\\" and \\\\ and \\u00fc\"\n"
    "  input: 320x192\n"
    "  cut: 17\n"
    "head: {init: ridge, ridge: 3e-3, dropout: .25}\n"
    "data:\n"
    "  images: /pictures\n"
    "  valid: \"0.3\"\n"
    "  resize: crop\n"
    "  max_bad: 0.05\n"
    "  probes: 7\n"
    "  augment: {flip: yes, crop: 1.15, translate: 0.1, aspect: 0.8, angle: 7, hue: .1,\n"
    "            saturation: .75, exposure: 0.7, erase: 0.25, views: 4}\n"
    "train: {batch: 8, seed: 18446744073709551615, momentum: 0.95, decay: 1e-4,\n"
    "        label_smoothing: 0.1, eval_flip: on, device: cuda:12, precision: bf16,"
    " threads: 3, cache: 1.5GiB, keep: 2}\n"
    "phases:\n"
    "  - &head {name: head, freeze: base, epochs: 2, lr: 1E-2, warmup: 0.5}\n"
    "  - name: tune\n"
    "    freeze: 0-13, 15\n"
    "    epochs: 5\n"
    "    lr: 0.1e-3\n"
    "    schedule: step\n"
    "    lr_end: 0.1\n"
    "    step_scale: 0.3333333333333333\n"
    "    step_epochs: 3\n"
    "    power: 2\n"
    "    layer_decay: 0.9\n"
    "    batchnorm: train\n";

static void test_every_setting(void **state)
{
	(void)state;
	struct experiment *x = good(full, NULL);
	assert_string_equal(x->network.weights, "/with space: and # and \" and \\ and \xc3\xbc");
	assert_true(x->network.input_w == 320 && x->network.input_h == 192 && x->network.cut == 17);
	assert_string_equal(x->network.cut_text, "17");
	assert_true(x->head.init == HEAD_RIDGE && x->head.ridge == 3e-3 && x->head.dropout == 0.25);
	char *folder = path_dir(x->data.valid_dir); /* in quotes a number is the name of a folder */
	assert_true(folder[0] == '/' && strcmp(path_base(x->data.valid_dir), "0.3") == 0);
	free(folder);
	assert_true(x->data.resize == RESIZE_CROP && x->data.augment.flip &&
		    x->data.augment.views == 4);
	assert_true(x->train.seed == UINT64_MAX && x->train.eval_flip);
	assert_string_equal(x->train.device, "cuda:12");
	assert_int_equal(x->train.precision, PRECISION_BF16);
	assert_true(x->train.cache == UINT64_C(3) << 29);
	assert_string_equal(x->phases[1].freeze, "0-13, 15");
	assert_true(x->phases[0].warmup == 0.5 && x->phases[1].lr == 1e-4);
	assert_true(x->phases[1].schedule == SCHEDULE_STEP && x->phases[1].step_epochs == 3);
	assert_true(x->phases[1].batchnorm == BATCHNORM_TRAIN && x->phases[1].line == 20);
	assert_string_equal(schedule_name(x->phases[1].schedule), "step");
	assert_string_equal(batchnorm_name(BATCHNORM_TRAIN), "train");
	assert_string_equal(resize_name(RESIZE_STRETCH), "stretch");
	assert_string_equal(head_init_name(HEAD_RIDGE), "ridge");
	experiment_free(x);
}

/* Whatever is read, written and read again is the same, field by field and in the writer's bytes.
 */
static void assert_round_trip(const struct experiment *x)
{
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct errinfo e = {.msg = ""};
	struct experiment *again = NULL;
	experiment_write(x, &first);
	if (experiment_parse(&again, "elsewhere/experiment.yaml", first.buf, first.len, NULL, 0,
			     &e))
		fail_msg("%s\n%s", e.msg, first.buf);
	experiment_write(again, &second);
	assert_string_equal(first.buf, second.buf);
	assert_string_equal(x->name, again->name);
	assert_string_equal(x->network.weights, again->network.weights);
	assert_string_equal(x->network.cut_text, again->network.cut_text);
	assert_memory_equal(&x->network.cut, &again->network.cut, 3 * sizeof(int));
	assert_memory_equal(&x->head, &again->head, sizeof(x->head));
	assert_string_equal(x->data.valid_dir, again->data.valid_dir);
	assert_true(x->data.valid == again->data.valid && x->data.limit == again->data.limit);
	assert_string_equal(x->data.idx, again->data.idx);
	assert_string_equal(x->data.names, again->data.names);
	assert_string_equal(x->data.classes, again->data.classes);
	assert_string_equal(x->train.device, again->train.device);
	assert_int_equal(x->train.precision, again->train.precision);
	assert_memory_equal(&x->train.seed, &again->train.seed, sizeof(x->train.seed));
	assert_true(x->train.cache == again->train.cache && x->train.decay == again->train.decay);
	assert_int_equal(x->n_phases, again->n_phases);
	for (size_t i = 0; i < x->n_phases; i++) {
		assert_string_equal(x->phases[i].name, again->phases[i].name);
		assert_string_equal(x->phases[i].freeze, again->phases[i].freeze);
		assert_true(x->phases[i].lr == again->phases[i].lr);
		assert_true(x->phases[i].step_scale == again->phases[i].step_scale);
	}
	experiment_free(again);
	strbuf_release(&first);
	strbuf_release(&second);
}

/* "none" is no file; a file of that name is written as a path. */
static void test_from_scratch(void **state)
{
	(void)state;
	struct experiment *x = good(full, "network.weights=none");
	assert_string_equal(x->network.weights, "");
	experiment_free(x);
	x = good(full, "network.weights=./none");
	assert_string_equal(path_base(x->network.weights), "none");
	assert_int_equal(x->network.weights[0], '/');
	experiment_free(x);
}

/* Where pictures may come from, and which of them. */
static void test_sources(void **state)
{
	(void)state;
	static const char yaml[] =
	    "network: {cfg: /a.cfg, weights: none}\n"
	    "data: {idx: /sets/fashion, names: /sets/names, classes: \"all\", limit: 500}\n" TAIL;
	const char *path;
	struct experiment *x = good(yaml, NULL);
	assert_string_equal(experiment_source(x, &path), "data.idx");
	assert_string_equal(path, "/sets/fashion");
	assert_string_equal(x->data.names, "/sets/names");
	assert_string_equal(x->data.classes, "all"); /* in quotes: a class of that name */
	assert_true(x->data.limit == 500 && x->data.valid == VALID_AUTO);
	assert_round_trip(x);
	experiment_free(x);
	x = good(yaml, "data.classes=5-9");
	assert_string_equal(x->data.classes, "5-9");
	assert_round_trip(x);
	experiment_free(x);
	x = good(HEAD TAIL, NULL);
	assert_string_equal(experiment_source(x, NULL), "data.images");
	assert_true(!*x->data.classes && !*x->data.idx && x->data.limit == 0);
	experiment_free(x);
}

static void test_round_trip(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.decay=0.1234567890123456789",
					   "train.cache=123457",
					   "train.cache=0",
					   "data.valid=0",
					   "phases.0.lr=1.0000000000000002",
					   "name=1e5",
					   "data.valid=0x10",
					   "data.valid=auto",
					   "data.valid=./auto",
					   "data.classes=all",
					   "data.classes=0-4,7",
					   "data.classes=T-shirt/top, Ankle boot",
					   "data.limit=500",
					   "network.weights=null",
					   "network.weights=-a, b",
					   "network.weights=~",
					   "network.weights=none",
					   "network.weights=./none",
					   "network.input=288",
					   "network.cut=none",
					   "head.ridge=1e6",
					   "phases.0.lr=1e-9",
					   "data.images=&a *b !c %d @e `f",
					   "train.seed=9007199254740993",
					   "data.images=a: b",
					   "data.images=\xe2\x82\xac"};
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		struct experiment *x = good(full, sets[i]);
		assert_round_trip(x);
		experiment_free(x);
	}
}

/* Random numbers survive to the bit. */
static void test_round_trip_numbers(void **state)
{
	(void)state;
	uint64_t key = rng_key(1, RNG_SPLIT, 0, 0);
	struct experiment *x = good(full, NULL);
	for (uint64_t i = 0; i < 200; i++) {
		x->train.decay = rng_uniform(key, 4 * i);
		x->phases[0].lr = 1e-9 + 9 * rng_uniform(key, 4 * i + 1);
		x->train.seed = rng_u64(key, 4 * i + 2);
		x->train.cache = rng_u64(key, 4 * i + 3) >> (18 + i % 40);
		assert_round_trip(x);
	}
	experiment_free(x);
}

struct bad {
	const char *yaml;
	int line, col;
	const char *says; /* a part of the message */
};

static const struct bad bads[] = {
    {"", 0, 0, "empty"},
    {"# nothing\n", 0, 0, "empty"},
    {"hello\n", 1, 1, "must be a group of keys"},
    {"- a\n", 1, 1, "must be a group of keys"},
    {"a: b: c\n", 1, 5, "a ':' is not expected here"},
    {HEAD TAIL "train:\n\tbatch: 1\n", 5, 1, "a tab"},
    {HEAD TAIL "train: {batch: 1\n", 5, 1, "opened on line 4"},
    {HEAD TAIL "name: \"abc\n", 5, 1, "a quote is not closed; it was opened on line 4"},
    {HEAD TAIL "name: @x\n", 4, 7, "put the text in quotes"},
    {HEAD TAIL "name: *x\n", 4, 7, "without its anchor"},
    {HEAD TAIL "train:\n   batch: 1\n  seed: 2\n", 6, 3, "indentation"},
    {HEAD TAIL "---\nname: two\n", 5, 1, "one document"},
    {"na\x01me: x\n", 1, 3, "not a text file"},
    {"name: \xc3\xbc\xff\n", 1, 8, "not UTF-8"},
    {HEAD TAIL "nam: x\n", 4, 1, "unknown key 'nam'; did you mean 'name'?"},
    {HEAD TAIL "train: {momentun: 0.9}\n", 4, 9, "did you mean 'train.momentum'?"},
    {HEAD TAIL "train:\n  batch: 2\n  sede: 2\n", 6, 3, "did you mean 'train.seed'?"},
    {HEAD TAIL "batch: 2\n", 4, 1, "it belongs in 'train' (train.batch)"},
    {HEAD TAIL "lr: 2\n", 4, 1, "it belongs in each of the phases"},
    {HEAD TAIL "train: {name: x}\n", 4, 9, "it belongs at the top"},
    {HEAD TAIL "zzz: 2\n", 4, 1, "known here: name, network, head, data, train, stop, plateau, on_end, phases"},
    {HEAD TAIL "train.batch: 2\n", 4, 1, "indented below 'train:'"},
    {HEAD TAIL "'': 2\n", 4, 1, "unknown key"},
    {HEAD TAIL "'*': 2\n", 4, 1, "unknown key"},
    {HEAD TAIL "? [a]\n: 2\n", 4, 3, "not a word"},
    {HEAD TAIL "<<: {a: 1}\n", 4, 1, "merge"},
    {HEAD TAIL "name: a\nname: b\n", 5, 1, "given twice, first on line 4"},
    {HEAD TAIL "train: {batch: 1, batch: 2}\n", 4, 19, "train.batch is given twice"},
    {HEAD TAIL "train: {batch: 1}\ntrain: {seed: 1}\n", 5, 1, "train is given twice"},
    {HEAD TAIL "train: 5\n", 4, 8, "must be a group of keys"},
    {HEAD TAIL "train: {batch: [1]}\n", 4, 16, "not a list"},
    {HEAD TAIL "train: {batch: {a: 1}}\n", 4, 16, "not a group"},
    {HEAD TAIL "train:\n  batch:\n", 5, 9, "no value"},
    {HEAD TAIL "name: \"a\\nb\"\n", 4, 7, "control character"},
    {HEAD TAIL "name: a/b\n", 4, 7, "not a name"},
    {HEAD TAIL "name: ..\n", 4, 7, "not a name"},
    {HEAD TAIL "train: {batch: 0}\n", 4, 16, "a whole number from 1 to 4096"},
    {HEAD TAIL "train: {batch: 4097}\n", 4, 16, "from 1 to 4096"},
    {HEAD TAIL "train: {batch: -1}\n", 4, 16, "from 1 to 4096"},
    {HEAD TAIL "train: {batch: 1.5}\n", 4, 16, "a whole number"},
    {HEAD TAIL "train: {batch: 0x10}\n", 4, 16, "a whole number"},
    {HEAD TAIL "train: {batch: 010}\n", 4, 16, "a whole number"},
    {HEAD TAIL "train: {batch: 99999999999999999999999}\n", 4, 16, "a whole number"},
    {HEAD TAIL "train: {batch: many}\n", 4, 16, "'many' is not a whole number"},
    {HEAD TAIL "train: {batch: \"16\"}\n", 4, 16, "take the quotes off"},
    {HEAD TAIL "train: {seed: 18446744073709551616}\n", 4, 15, "a whole number"},
    {HEAD TAIL "train: {decay: .nan}\n", 4, 16, "a number from 0 to 1"},
    {HEAD TAIL "train: {decay: nan}\n", 4, 16, "a number from 0 to 1"},
    {HEAD TAIL "train: {decay: .inf}\n", 4, 16, "a number from 0 to 1"},
    {HEAD TAIL "train: {decay: 1e999}\n", 4, 16, "a number from 0 to 1"},
    {HEAD TAIL "train: {decay: 0x1p-3}\n", 4, 16, "a number from 0 to 1"},
    {HEAD TAIL "train: {decay: 1e}\n", 4, 16, "a number from 0 to 1"},
    {HEAD TAIL "train: {decay: .}\n", 4, 16, "a number from 0 to 1"},
    {HEAD TAIL "train:\n  decay: 0,5\n", 5, 10, "the decimal mark is a point"},
    {HEAD TAIL "train:\n  decay: 20%\n", 5, 10, "20 % is written 0.2"},
    {HEAD TAIL "train: {eval_flip: maybe}\n", 4, 20, "true or false"},
    {HEAD TAIL "train: {cache: 2GiBs}\n", 4, 16, "a size like 2GiB"},
    {HEAD TAIL "train: {cache: -1}\n", 4, 16, "a size like 2GiB"},
    {HEAD TAIL "train: {cache: 65TiB}\n", 4, 16, "at most 64TiB"},
    {HEAD TAIL "head: {init: ridg}\n", 4, 14, "did you mean 'ridge'?"},
    {HEAD TAIL "head: {init: Ridge}\n", 4, 14, "one of random, ridge"},
    {"network: {cfg: a, weights: b, input: 224*224}\ndata: {images: c}\n" TAIL, 1, 38,
     "a size like 224x224"},
    {"network: {cfg: a, weights: b, input: 4}\ndata: {images: c}\n" TAIL, 1, 38, "from 8 to 4096"},
    {"network: {cfg: a, weights: b, input: 224x}\ndata: {images: c}\n" TAIL, 1, 38,
     "a size like 224x224"},
    {"network: {cfg: a, weights: b, cut: -2}\ndata: {images: c}\n" TAIL, 1, 36,
     "none, or the number"},
    {"network: {cfg: a, weights: b}\ndata: {images: c, valid: 0.95}\n" TAIL, 2, 26,
     "a share from 0 to 0.9"},
    {"network: {cfg: a, weights: ''}\ndata: {images: c}\n" TAIL, 1, 28, "not a path"},
    {"data: {images: c}\nnetwork:\n  cfg: a\n" TAIL, 2, 1, "network.weights is missing"},
    {"data: {images: c}\n" TAIL, 1, 1, "network.cfg is missing"},
    {"network: {cfg: a, weights: b}\n" TAIL, 1, 1, "data.images is missing"},
    {"network: {cfg: a, weights: b}\ndata: {images: c, darknet: d}\n" TAIL, 2, 28, "remove one"},
    {"network: {cfg: a, weights: b}\ndata: {valid: c, darknet: d}\n" TAIL, 2, 15,
     "validation list"},
    {"network: {cfg: a, weights: b}\ndata: {images: c, idx: d}\n" TAIL, 2, 24,
     "data.images and data.idx are both given; remove one"},
    {"network: {cfg: a, weights: b}\ndata: {valid: c, idx: d}\n" TAIL, 2, 15, "t10k files"},
    {"network: {cfg: a, weights: b}\ndata: {images: c, names: d}\n" TAIL, 2, 26,
     "data.names goes with data.idx alone"},
    {HEAD "train: {device: gpu}\n" TAIL, 3, 17, "'gpu' is not auto, cpu, cuda, or cuda:N"},
    {HEAD "train: {device: 'cuda:'}\n" TAIL, 3, 17, "did you mean 'cuda'?"},
    {HEAD "train: {device: cuda:1x}\n" TAIL, 3, 17, "'cuda:1x' is not"},
    {HEAD "train: {device: cuda:1000}\n" TAIL, 3, 17, "'cuda:1000' is not"},
    {HEAD "train:\n  precision: fp16\n" TAIL, 4, 14, "one of fp32, tf32, bf16"},
    {HEAD, 1, 1, "phases is missing"},
    {HEAD "phases: []\n", 3, 1, "phases is missing"},
    {HEAD "phases:\n", 3, 1, "phases is missing"},
    {HEAD "phases: {name: a}\n", 3, 9, "must be a list"},
    {HEAD "phases: [a]\n", 3, 10, "must be a group"},
    {HEAD "phases:\n  -\n", 4, 4, "phases.0 is empty"},
    {HEAD "phases:\n  - name: a\n    lr: 1\n", 4, 5, "phases.0.epochs is missing"},
    {HEAD "phases:\n  - name: a\n    epochs: 1\n", 4, 5, "phases.0.lr is missing"},
    {HEAD "phases:\n  - epochs: 1\n    lr: 1\n", 4, 5, "phases.0.name is missing"},
    {HEAD "phases:\n  - {name: a, epochs: 1, lr: 1}\n  - {name: a, epochs: 1, lr: 1}\n", 5, 12,
     "already"},
    {HEAD "phases: [{name: 1, epochs: 1, lr: 1}]\n", 3, 17, "mere number"},
    {HEAD "phases: [{name: a.b, epochs: 1, lr: 1}]\n", 3, 17, "point"},
    {HEAD "phases: [{name: a, epochs: 0, lr: 1}]\n", 3, 28, "from 1"},
    {HEAD "phases: [{name: a, epochs: 1, lr: 0}]\n", 3, 35, "a number from 1e-9 to 10"},
    {HEAD "phases: [{name: a, epochs: 1, lr: 1, warmup: 2}]\n", 3, 46, "more than the phase's 1"},
    {HEAD "phases: [{name: a, epochs: 1, lr: 1, schedule: cos}]\n", 3, 48,
     "did you mean 'cosine'?"},
    {HEAD "phases: [{name: a, epochs: 1, lr: 1, epoch: 1}]\n", 3, 38,
     "did you mean 'phases.0.epochs'?"},
    {HEAD "phases: [{name: a, epochs: 1, lr: 1, freeze: bas}]\n", 3, 46, "'bas' is not a layer"},
    {HEAD "phases: [{name: a, epochs: 1, lr: 1, freeze: 0-13,15}]\n", 3, 51, "put it in quotes"},
    {HEAD "phases: [{name: a, epochs: 1, lr: 1, freeze: '0-13,x'}]\n", 3, 52, "'x' is not a layer"},
    {HEAD "phases:\n - name: a\n   epochs: 1\n   lr: 1\n   freeze: 0-3, 9-5\n", 7, 17, "'9-5'"},
    {HEAD "phases:\n - name: a\n   epochs: 1\n   lr: 1\n   freeze: [0, 1]\n", 7, 12, "not a list"},
};

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(*bads); i++) {
		const struct bad *b = &bads[i];
		struct experiment *x = (struct experiment *)(uintptr_t)1;
		struct errinfo e = {.msg = ""};
		struct strbuf start = STRBUF_INIT;
		enum err r = parse(&x, b->yaml, NULL, &e);
		strbuf_addstr(&start, "plan.yaml");
		if (b->line)
			strbuf_addf(&start, ":%d:%d", b->line, b->col);
		strbuf_addstr(&start, ": ");
		if (r == ERR_OK || r != e.code || x != (struct experiment *)(uintptr_t)1 ||
		    e.line != b->line || e.col != b->col ||
		    strncmp(e.msg, start.buf, start.len) != 0 || !strstr(e.msg, b->says) ||
		    strchr(e.msg, '\n'))
			fail_msg("row %zu: wanted %s … %s\n     got %s\n%s", i, start.buf, b->says,
				 e.msg, b->yaml);
		strbuf_release(&start);
	}
}

static void test_set(void **state)
{
	(void)state;
	struct experiment *x = good(full, " phases.tune.epochs = 9 ");
	assert_int_equal(x->phases[1].epochs, 9);
	assert_string_equal(experiment_where(x, "phases.1.epochs"),
			    "--set  phases.tune.epochs = 9 ");
	assert_string_equal(experiment_where(x, "phases.1.freeze"), "plan.yaml:21:13");
	assert_string_equal(experiment_where(x, "data"), "plan.yaml:8:1");
	assert_string_equal(experiment_where(x, "phases.0.schedule"), "plan.yaml");
	experiment_free(x);
	x = good(full, "phases.0.lr=0.5");
	assert_true(x->phases[0].lr == 0.5);
	experiment_free(x);
	x = good("network: {cfg: a}\ndata: {images: c}\n" TAIL,
		 "network.weights=/w"); /* makes it whole */
	assert_string_equal(x->network.weights, "/w");
	experiment_free(x);

	const char *sets[] = {"data.images=", "data.darknet=/d.data", "phases.one.name=two",
			      "phases.two.epochs=7"};
	struct errinfo e = {.msg = ""};
	const char yaml[] = HEAD TAIL;
	assert_int_equal(experiment_parse(&x, "p.yaml", yaml, strlen(yaml), sets, 4, &e), ERR_OK);
	assert_string_equal(x->data.images, "");
	assert_string_equal(x->data.darknet, "/d.data");
	assert_int_equal(x->phases[0].epochs, 7);
	experiment_free(x);
}

static void test_set_errors(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
	    {"train.batch", "no '='"},
	    {"train.batsh=1", "did you mean 'train.batch'?"},
	    {"trian.batch=1", "did you mean 'train'?"},
	    {"batch=1", "it belongs in 'train'"},
	    {"=1", "group of settings"},
	    {"train=1", "group of settings"},
	    {"phases=1", "phases.0.lr=0.001"},
	    {"phases.0=1", "group of settings"},
	    {"phases.2.lr=1", "there is no phase '2'; the phases are head, tune"},
	    {"phases.99999999999999999999.lr=1", "there is no phase"},
	    {"phases.haed.lr=1", "there is no phase 'haed'; the phases are head, tune"},
	    {"phases..lr=1", "there is no phase ''"},
	    {"phases.=1", "there is no phase ''"},
	    {"phases.head.lrr=1", "did you mean 'phases.0.lr'?"},
	    {"train.batch.x=1", "unknown key"},
	    {"train.batch.=1", "unknown key"},
	    {"train.batch=", "'' is not a whole number"},
	    {"train.batch=\x1b[2J", "control character"},
	    {"name=\xff", "broken UTF-8"},
	    {"phases.tune.freeze=0-3,zz", "'zz' is not a layer"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct experiment *x = NULL;
		struct errinfo e = {.msg = ""};
		enum err r = parse(&x, full, rows[i][0], &e);
		if (r != ERR_VALUE || e.line || strncmp(e.msg, "--set ", 6) != 0 ||
		    !strstr(e.msg, rows[i][1]))
			fail_msg("%s: %s", rows[i][0], e.msg);
	}
}

static char start_dir[PATH_MAX];

static void test_paths(void **state)
{
	(void)state;
	char dir[] = P_tmpdir "/thaw-config-XXXXXX";
	char *real = realpath(mkdtemp(dir), NULL), *deep = path_join(real, "deep"),
	     *here = path_join(deep, "here");
	assert_int_equal(file_mkdirs(here, NULL), ERR_OK);
	assert_int_equal(chdir(deep), 0);
	static const char yaml[] =
	    "network: {cfg: here, weights: ../gone}\ndata: {images: ./gone, valid: /x}\n" TAIL;
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	assert_int_equal(experiment_parse(&x, "here/p.yaml", yaml, strlen(yaml), NULL, 0, &e),
			 ERR_OK);
	assert_string_equal(x->network.cfg, here); /* is in the working directory */
	char *beside = path_join(deep, "gone"), *inside = path_join(here, "gone");
	assert_string_equal(x->network.weights,
			    beside); /* nowhere: from the file's folder, here/../gone */
	assert_string_equal(x->data.images, inside);
	assert_string_equal(x->data.valid_dir, "/x");
	assert_int_equal(chdir(start_dir), 0);
	assert_round_trip(x); /* the same from another directory */
	experiment_free(x);
	rmdir(here);
	rmdir(deep);
	rmdir(real);
	free(beside);
	free(inside);
	free(here);
	free(deep);
	free(real);
}

static void test_files(void **state)
{
	(void)state;
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	assert_int_equal(experiment_read(&x, "no/such.yaml", NULL, 0, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.msg, "no/such.yaml"));
	assert_int_equal(experiment_read(&x, "/", NULL, 0, &e), ERR_FORMAT);
	assert_int_equal(experiment_read(&x, "/dev/zero", NULL, 0, &e),
			 ERR_FORMAT); /* never ends */
	assert_non_null(strstr(e.msg, "larger than 256 KiB"));
	assert_null(x);
	if (experiment_read(&x, "cfg/flower-photos.yaml", NULL, 0, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(x->name, "flower-photos");
	assert_int_equal(experiment_epochs(x), 10);
	assert_round_trip(x);
	experiment_free(x);
}

/* Names for a run that has none: from the file's name, made safe. */
static void test_names(void **state)
{
	(void)state;
	static const char *const rows[][2] = {{"a/b/flowers.yaml", "flowers"},
					      {"my flowers.v2.yml", "my-flowers-v2"},
					      {".hidden", "hidden"},
					      {"---.yaml", "experiment"},
					      {"\xc3\xbc.yaml", "experiment"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct experiment *x = NULL;
		static const char yaml[] = HEAD TAIL;
		assert_int_equal(
		    experiment_parse(&x, rows[i][0], yaml, strlen(yaml), NULL, 0, NULL), ERR_OK);
		assert_string_equal(x->name, rows[i][1]);
		assert_round_trip(x);
		experiment_free(x);
	}
}

/* A long path must not push the message out of the line. */
static void test_long_path(void **state)
{
	(void)state;
	char path[3000];
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	struct errinfo e = {.msg = ""};
	struct experiment *x = NULL;
	assert_int_equal(experiment_parse(&x, path, "nam: x\n", 7, NULL, 0, &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "p:1:1: unknown key 'nam'"));
}

int main(void)
{
	if (!getcwd(start_dir, sizeof(start_dir)))
		return 1;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),     cmocka_unit_test(test_every_setting),
	    cmocka_unit_test(test_from_scratch), cmocka_unit_test(test_sources),
	    cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_round_trip_numbers),
	    cmocka_unit_test(test_errors),       cmocka_unit_test(test_set),
	    cmocka_unit_test(test_set_errors),   cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_files),        cmocka_unit_test(test_names),
	    cmocka_unit_test(test_long_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
