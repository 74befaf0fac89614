/* Pictures on a card: what the network is given there is what the CPU would have shown it. */
#include "../../src/engine/backend.h"
#include "../../src/train/batches.h"
#include "../../src/train/evaluate.h"
#include "../engine/card.h"
#include "pictures.h"
#include "scratch.h"

#include "thaw/engine/device.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { W = 20, H = 16, FLOATS = 3 * W * H, SIDE = 50, PER_CLASS = 7, BATCH = 4, CLASSES = 3 };

static const char cfg_text[] =
    "[net]\nwidth=20\nheight=16\nchannels=3\nbatch=4\n"
    "[convolutional]\nfilters=8\nsize=3\nstride=2\npad=1\nactivation=leaky\n"
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
	x.data.resize = RESIZE_CROP;
	x.data.augment = (struct augment_config){.flip = true,
						 .crop = 1.4,
						 .aspect = 0.9,
						 .angle = 20,
						 .hue = 0.1,
						 .saturation = 0.7,
						 .exposure = 1,
						 .erase = 0.3};
	x.train.seed = 3;
	make_pictures(x.data.images, PER_CLASS, SIDE, 1);
	make_pictures(x.data.valid_dir, PER_CLASS, SIDE, 2);
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

static struct net *open_on(const char *device)
{
	struct net *net;
	struct errinfo e;
	if (device_choose(device, PRECISION_FP32, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(net_open(&net, cfg, 1, 1, NULL), ERR_OK);
	return net;
}

static struct loader *loader(bool train)
{
	return loader_new(d, &x, train, W, H, BATCH, 3, 0);
}

/* Batches of a card whose store takes so much, and the same of the CPU. */
struct rig {
	struct net *net;
	struct batches card;
	struct loader *cpu;
	size_t n_stored, n_made, n; /* views seen: of those in the store, of the others, all */
	double worst;
};

static bool put(void *arg, uint32_t index, const uint8_t *rgb, int w, int h)
{
	return pictures_put(arg, index, rgb, w, h);
}

static void rig_open(struct rig *r, bool train, uint64_t budget)
{
	*r = (struct rig){.net = open_on("cuda"), .cpu = loader(train)};
	struct pictures *store = pictures_new(budget, W, H, BATCH + 1);
	assert_non_null(store);
	r->card = (struct batches){loader(train), r->net, false, true, store};
	loader_set_store(r->card.loader, &(struct loader_store){put, store});
}

static void rig_close(struct rig *r)
{
	loader_free(r->cpu);
	batches_release(&r->card);
	net_free(r->net);
}

/* What the network would see, on the host. */
static float *fetch(const struct batches *from, const struct batch *b)
{
	size_t n = (size_t)b->n * FLOATS;
	float *out = xcalloc(n, sizeof(*out));
	struct net_images in = batches_images(from, b);
	assert_true(in.on_device && in.n == b->n && !in.key);
	backend_current()->download(in.x, NULL, n, out);
	return out;
}

static void compare(struct rig *r, const struct batch *card, const struct batch *cpu)
{
	float *seen = fetch(&r->card, card);
	for (int i = 0; i < card->n; i++) {
		r->n_stored += card->stored[i];
		r->n_made += !card->stored[i];
		r->n++;
		for (int k = i * FLOATS; k < (i + 1) * FLOATS; k++)
			r->worst = fmax(r->worst, fabs((double)seen[k] - (double)cpu->x[k]));
	}
	free(seen);
}

/* An epoch, each batch also mirrored. */
static void look(struct rig *r, uint64_t epoch)
{
	struct batch a, b;
	bool more;
	loader_start(r->card.loader, epoch, 0);
	loader_start(r->cpu, epoch, 0);
	for (;;) {
		assert_int_equal(loader_next(r->card.loader, &a, &more, NULL), ERR_OK);
		assert_int_equal(loader_next(r->cpu, &b, &more, NULL), ERR_OK);
		if (!more)
			break;
		assert_int_equal(a.n, b.n);
		assert_memory_equal(a.key, b.key, (size_t)a.n * sizeof(*a.key));
		compare(r, &a, &b);
		loader_mirror(r->card.loader, &a);
		loader_mirror(r->cpu, &b);
		compare(r, &a, &b);
	}
}

/* The store takes all, some, none: the views are the same. */
static void any_budget_shows_the_same(void **state)
{
	(void)state;
	static const uint64_t budgets[] = {0, 5 * (3 * SIDE * SIDE + 15), 1};
	for (int train = 0; train < 2; train++)
		for (size_t i = 0; i < 3; i++) {
			struct rig r;
			rig_open(&r, train, budgets[i]);
			for (uint64_t e = 1; e <= 3; e++)
				look(&r, e);
			assert_int_equal(r.n, 3 * 2 * CLASSES * PER_CLASS);
			assert_int_equal(r.n_stored == 0, i == 2);
			assert_int_equal(r.n_made == 0, i == 0);
			assert_true(r.worst < 1e-5);
			rig_close(&r);
		}
}

/* The bytes of a batch that is left are not those that come next: copies wait for what reads them. */
static void batches_follow_one_another_unseen(void **state)
{
	(void)state;
	struct rig r;
	struct batch b;
	float probs[3][(BATCH + 1) * CLASSES], *want;
	rig_open(&r, true, 5 * (3 * SIDE * SIDE + 15));
	for (int queued = 0; queued < 2; queued++) {
		loader_start(r.card.loader, 1, 0);
		for (int i = 0; i < 3; i++) {
			bool more;
			assert_int_equal(loader_next(r.card.loader, &b, &more, NULL), ERR_OK);
			struct net_images in = batches_images(&r.card, &b);
			for (int k = 0; k < 3 * queued;
			     k++) /* whatever is not yet done is done wrong */
				in = batches_images(&r.card, &b);
			want = xcalloc((size_t)b.n * CLASSES, sizeof(*want));
			net_predict(r.net, &in, queued ? want : probs[i]);
			if (queued)
				assert_memory_equal(want, probs[i],
						    (size_t)b.n * CLASSES * sizeof(*want));
			free(want);
		}
	}
	rig_close(&r);
}

/* Pictures that lie there or are brought there from the host are the same to a network. */
static void networks_take_both(void **state)
{
	(void)state;
	struct rig r;
	struct batch b;
	bool more;
	float there[BATCH * CLASSES], brought[BATCH * CLASSES];
	rig_open(&r, false, 0);
	loader_start(r.card.loader, 1, 0);
	assert_int_equal(loader_next(r.card.loader, &b, &more, NULL), ERR_OK);
	struct net_images in = batches_images(&r.card, &b);
	float *host = fetch(&r.card, &b);
	net_predict(r.net, &in, there);
	net_predict(r.net, &(struct net_images){.x = host, .n = b.n}, brought);
	assert_memory_equal(there, brought, sizeof(there));
	struct step_result results[2];
	for (int i = 0; i < 2; i++) {
		struct step s = {
		    .x = i ? host : in.x, .x_on_device = !i, .labels = b.labels, .n = b.n};
		net_step(r.net, &s, &results[i]);
	}
	assert_true(results[0].finite && results[0].loss == results[1].loss);
	free(host);
	rig_close(&r);
}

/* batches_open() finds the store, and the mean over mirror images is the CPU's. */
static void evaluation_agrees(void **state)
{
	(void)state;
	float probs[2][BATCH * CLASSES];
	for (int i = 0; i < 2; i++) {
		struct net *net = open_on(i ? "cuda" : "cpu");
		struct batches from;
		struct batch b;
		bool more;
		batches_open(&from, loader(false), net, false, true);
		assert_int_equal(from.pictures != NULL, i);
		loader_start(from.loader, 1, 0);
		assert_int_equal(batches_next(&from, &b, &more, NULL), ERR_OK);
		evaluate_batch(&from, &b, probs[i]);
		batches_release(&from);
		net_free(net);
	}
	for (int i = 0; i < BATCH * CLASSES; i++)
		assert_true(fabsf(probs[0][i] - probs[1][i]) < 1e-4f);
}

/* What lies on the card is read no more: its file may go. Last, as it goes. */
static void a_picture_is_decoded_once(void **state)
{
	(void)state;
	struct rig r;
	struct batch b;
	bool more;
	rig_open(&r, true, 0);
	look(&r, 1);
	for (size_t i = 0; i < d->train.n; i++)
		assert_int_equal(unlink(d->train.samples[i].path), 0);
	loader_start(r.card.loader, 2, 0);
	do {
		assert_int_equal(loader_next(r.card.loader, &b, &more, NULL), ERR_OK);
	} while (more);
	rig_close(&r);
}

int main(void)
{
	card_use();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_budget_shows_the_same),
	    cmocka_unit_test(batches_follow_one_another_unseen),
	    cmocka_unit_test(networks_take_both),
	    cmocka_unit_test(evaluation_agrees),
	    cmocka_unit_test(a_picture_is_decoded_once),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
