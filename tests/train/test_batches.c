/* Pictures that the activation cache makes unneeded are left out, and no bit of a result
 * changes. */
#include "../../src/train/batches.h"
#include "../../src/train/evaluate.h"
#include "../engine/card.h"
#include "pictures.h"
#include "scratch.h"

#include "thaw/engine/device.h"
#include "thaw/train/trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIDE 16
#define PER_CLASS 8
#define BATCH 5
#define HEAD 6
#define EPOCHS 6
#define BUDGET (UINT64_C(64) << 20)

static const char cfg_text[] =
    "[net]\nwidth=16\nheight=16\nchannels=3\nbatch=5\n"
    "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
    "[maxpool]\nsize=2\nstride=2\n"
    "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=1\nstride=1\nactivation=leaky\n"
    "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=linear\n"
    "[shortcut]\nfrom=-3\nactivation=leaky\n"
    "[dropout]\nprobability=.3\n"
    "[convolutional]\nfilters=3\nsize=1\nstride=1\nactivation=linear\n"
    "[avgpool]\n"
    "[softmax]\ngroups=1\n";

static char *root, *cfg;
static struct experiment x;
static struct dataset *d;

static int make_root(void **state)
{
	(void)state;
	static char empty[] = "";
	root = scratch_new();
	cfg = path_join(root, "small.cfg");
	x = (struct experiment){.path = empty, .name = empty};
	x.data.images = path_join(root, "train");
	x.data.valid_dir = path_join(root, "valid");
	x.data.darknet = x.data.idx = x.data.names = x.data.classes = empty;
	x.data.augment =
	    (struct augment_config){.crop = 1, .aspect = 1, .saturation = 1, .exposure = 1};
	x.train.seed = 3;
	make_pictures(x.data.images, PER_CLASS, 16, 1);
	make_pictures(x.data.valid_dir, 3, 16, 2);
	assert_int_equal(file_write_atomic(cfg, cfg_text, strlen(cfg_text), NULL), ERR_OK);
	return dataset_open(&d, &x, NULL) == ERR_OK ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	dataset_free(d);
	free(x.data.images);
	free(x.data.valid_dir);
	free(cfg);
	scratch_free(root);
	return 0;
}

/* A network with its two sources of batches. */
struct rig {
	struct net *net;
	struct batches train, valid;
	uint64_t digest; /* of all that was computed */
	size_t n_blank;
};

static void rig_open(struct rig *r, uint64_t budget)
{
	*r = (struct rig){0};
	assert_int_equal(net_open(&r->net, cfg, 1, 1, NULL), ERR_OK);
	if (budget)
		net_set_cache(r->net, budget, NULL);
	batches_open(&r->train, loader_new(d, &x, true, SIDE, SIDE, BATCH, 2, 0), r->net, true,
		     false);
	batches_open(&r->valid, loader_new(d, &x, false, SIDE, SIDE, BATCH, 2, 0), r->net, true,
		     true);
}

static void rig_close(struct rig *r)
{
	batches_release(&r->train);
	batches_release(&r->valid);
	net_free(r->net);
}

static void freeze(struct rig *r, const char *layers)
{
	struct layerset set;
	assert_int_equal(layerset_parse(&set, layers, net_n_layers(r->net), HEAD, NULL), ERR_OK);
	net_set_frozen(r->net, &set);
}

static void add(struct rig *r, const void *data, size_t bytes)
{
	const uint8_t *p = data;
	for (size_t i = 0; i < bytes; i++)
		r->digest = r->digest * UINT64_C(0x100000001b3) + p[i] + 1;
}

/* What is left out means nothing: here it would poison whatever is computed from it. */
static void poison(struct rig *r, const struct batch *b)
{
	for (int i = 0; i < b->n; i++) {
		float *px = b->x + (size_t)i * SIDE * SIDE * 3;
		r->n_blank += b->blank[i];
		for (size_t k = 0; b->blank[i] && k < SIDE * SIDE * 3; k++)
			px[k] = NAN;
	}
}

static enum err next(struct rig *r, struct batches *from, struct batch *b, bool *more)
{
	struct errinfo e;
	enum err err = batches_next(from, b, more, &e);
	if (!err && *more)
		poison(r, b);
	return err;
}

static void step(struct rig *r, const struct batch *b, uint64_t number)
{
	struct step_result result;
	const struct net_images in = batches_images(&r->train, b);
	struct step s = {.x = in.x,
			 .x_on_device = in.on_device,
			 .labels = b->labels,
			 .key = in.key,
			 .n = in.n,
			 .lr = 0.01,
			 .momentum = 0.9,
			 .decay = 1e-4,
			 .dropout_key = number};
	net_step(r->net, &s, &result);
	assert_true(result.finite);
	add(r, &result.loss, sizeof(result.loss));
}

static void validate(struct rig *r)
{
	float probs[BATCH * 3];
	struct batch b;
	bool more;
	loader_start(r->valid.loader, 1, 0);
	while (next(r, &r->valid, &b, &more) == ERR_OK && more) {
		evaluate_batch(&r->valid, &b, probs);
		add(r, probs, (size_t)b.n * 3 * sizeof(*probs));
	}
	assert_false(more);
}

static void add_weights(struct rig *r)
{
	for (int i = 0; i < net_n_layers(r->net); i++) {
		uint64_t layer = net_digest(r->net, i);
		add(r, &layer, sizeof(layer));
	}
}

/* Freeze something else between two batches, some of the time, while the next ones are under way;
 * or go back to weights of before. */
static void disturb(struct rig *r, uint64_t key, uint64_t at, struct net_snapshot *good)
{
	static const char *const sets[] = {"none", "0", "0-1", "0-2", "0-3", "0-4", "0-5", "1-5"};
	if (rng_below(key, 2 * at, 12) == 0)
		net_snapshot_restore(r->net, good);
	else if (rng_below(key, 2 * at, 12) < 3)
		freeze(r, sets[rng_below(key, 2 * at + 1, 8)]);
}

static void run(struct rig *r, uint64_t budget, uint64_t key)
{
	uint64_t number = 0;
	rig_open(r, budget);
	freeze(r, "0-5");
	struct net_snapshot *good = net_snapshot_take(r->net, NULL);
	for (uint64_t epoch = 1; epoch <= EPOCHS; epoch++) {
		struct batch b;
		bool more;
		loader_start(r->train.loader, epoch, 0);
		for (;; number++) {
			if (epoch > 2)
				disturb(r, key, number, good);
			assert_int_equal(next(r, &r->train, &b, &more), ERR_OK);
			if (!more)
				break;
			step(r, &b, number);
		}
		validate(r);
	}
	add_weights(r);
	net_snapshot_free(good);
	rig_close(r);
}

static void no_bit_changes_on(const char *device, uint64_t n_keys)
{
	struct errinfo e;
	if (device_choose(device, PRECISION_FP32, &e))
		fail_msg("%s", e.msg);
	for (uint64_t key = 1; key <= n_keys; key++) {
		struct rig without, with;
		run(&without, 0, key);
		run(&with, BUDGET, key);
		assert_int_equal(without.n_blank, 0);
		assert_true(with.n_blank > 0);
		assert_int_equal(with.digest, without.digest);
	}
}

static void no_bit_changes(void **state)
{
	(void)state;
	card_use();
	no_bit_changes_on("cuda", 2);
	no_bit_changes_on("cpu", 5);
}

static void unlink_all(const struct split *s)
{
	for (size_t i = 0; i < s->n; i++)
		assert_int_equal(unlink(s->samples[i].path), 0);
}

/* The second epoch survives without the pictures; a change below the border wants them back. */
static void what_is_kept_needs_no_picture(void **state)
{
	(void)state;
	struct rig r;
	struct batch b;
	bool more = true;
	rig_open(&r, BUDGET);
	freeze(&r, "0-5");
	for (uint64_t epoch = 1; epoch <= 2; epoch++) {
		loader_start(r.train.loader, epoch, 0);
		while (next(&r, &r.train, &b, &more) == ERR_OK && more)
			step(&r, &b, 1);
		assert_false(more);
		validate(&r);
		assert_int_equal(r.n_blank, epoch == 1 ? 0 : d->train.n + d->valid.n);
		if (epoch == 1) {
			unlink_all(&d->train);
			unlink_all(&d->valid);
		}
	}
	loader_start(r.train.loader, 3, 0);
	assert_int_equal(next(&r, &r.train, &b, &more), ERR_OK);
	step(&r, &b, 1);
	freeze(&r, "0-2");
	assert_int_equal(next(&r, &r.train, &b, &more), ERR_IO);
	rig_close(&r);
}

static void whole_run(const char *runs, const char *cache, struct strbuf *weights)
{
	char *yaml = path_join(root, "small.yaml");
	char *text = xasprintf(
	    "network: {cfg: %s, weights: none}\n"
	    "data: {images: %s, valid: %s, augment: {flip: true, crop: 1.2, views: 2}, probes: 2}\n"
	    "train: {batch: %d, seed: 7, threads: 1, eval_flip: true}\n"
	    "phases:\n"
	    "  - {name: head, freeze: base, epochs: 4, lr: 0.05}\n"
	    "  - {name: tune, freeze: 0-2, epochs: 4, lr: 0.01}\n"
	    "  - {name: again, freeze: base, epochs: 3, lr: 0.01}\n",
	    cfg, x.data.images, x.data.valid_dir, BATCH);
	assert_int_equal(file_write_atomic(yaml, text, strlen(text), NULL), ERR_OK);
	const char *const sets[] = {cache};
	struct trainer_options o = {.experiment = yaml,
				    .runs = runs,
				    .name = strchr(cache, '=') + 1,
				    .sets = sets,
				    .n_sets = 1,
				    .report_fd = -1};
	struct errinfo e = {.msg = ""};
	if (trainer_run(&o, &e) != TRAINER_FINISHED)
		fail_msg("%s: %s", cache, e.msg);
	char *path = xasprintf("%s/%s/last.weights", runs, o.name);
	assert_int_equal(file_read(path, weights, NULL), ERR_OK);
	free(path);
	free(text);
	free(yaml);
}

static void whole_runs_learn_the_same(void **state)
{
	(void)state;
	char *runs = path_join(root, "runs");
	struct strbuf without = STRBUF_INIT, with = STRBUF_INIT;
	whole_run(runs, "train.cache=0", &without);
	whole_run(runs, "train.cache=64MiB", &with);
	assert_int_equal(with.len, without.len);
	assert_memory_equal(with.buf, without.buf, with.len);
	strbuf_release(&without);
	strbuf_release(&with);
	free(runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(no_bit_changes, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(what_is_kept_needs_no_picture, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(whole_runs_learn_the_same, make_root, remove_root),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
