/* Cost against work: images, batch, arithmetic. Linear means that the last column stays at 1. */
#include "rig.h"
#include "runs.h"

#include <stdio.h>

static const int image_counts[] = {250, 500, 1000};
static const int batches[] = {4, 8, 16, 32};
static const int sides[] = {112, 160, 224, 320};

enum { EPOCHS_ALL = 3, EPOCHS_HEAD = 6, HEAD_IMAGES = 500, BATCH = 16 };
enum { N_COUNTS = sizeof(image_counts) / sizeof(*image_counts) };

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* The first epoch decodes, and the next ones have the pictures in memory. */
static double later_epochs(struct run *run)
{
	return median_of(run->train_s + 1, run->n_epochs - 1);
}

static void images_all(const struct bench *b)
{
	report_cost_title("an epoch of the trainer, nothing frozen");
	for (int i = 0; i < N_COUNTS; i++) {
		char name[64];
		struct run run = train_made_up(b, image_counts[i], "none", EPOCHS_ALL);
		snprintf(name, sizeof(name), "epoch, nothing frozen, %d images", image_counts[i]);
		report_cost(name, image_counts[i], later_epochs(&run), EPOCHS_ALL - 1);
	}
}

static void images_frozen(const struct bench *b)
{
	double first[N_COUNTS], later[N_COUNTS], head = 0;
	for (int i = 0; i < N_COUNTS; i++) {
		struct run run = train_made_up(b, image_counts[i], "base", EPOCHS_HEAD);
		first[i] = run.train_s[0];
		later[i] = later_epochs(&run);
		if (image_counts[i] == HEAD_IMAGES)
			head = later[i];
	}
	const struct {
		const char *name;
		const double *seconds;
		int runs;
	} tables[] = {{"epoch, base frozen, first", first, 1},
		      {"epoch, base frozen, features kept", later, EPOCHS_HEAD - 1}};
	for (size_t k = 0; k < LENGTH(tables); k++) {
		report_cost_title(tables[k].name);
		for (int i = 0; i < N_COUNTS; i++) {
			char name[64];
			snprintf(name, sizeof(name), "%s, %d images", tables[k].name,
				 image_counts[i]);
			report_cost(name, image_counts[i], tables[k].seconds[i], tables[k].runs);
		}
	}
	report(&(struct figure){.name = "head epoch, features kept, 500 images (in the trainer)",
				.unit = "s",
				.ours = head,
				.peer = b->torch_head_s > 0 ? "PyTorch" : NULL,
				.theirs = b->torch_head_s,
				.less = true,
				.runs = EPOCHS_HEAD - 1});
}

/* Seconds of a whole training step of Tiny Darknet, and its multiply-adds x 2, forward. */
static double step_of(const struct bench *b, int batch, int side, double *flops)
{
	struct workload load = {"tiny", "/usr/share/darknet/cfg/tiny.cfg", batch, side, false};
	struct rig r;
	double seconds;
	rig_open(&r, b, &load, PEER_NONE);
	take_turns(&(struct turn){"thaw", rig_our_step, false}, 1, b->runs, &r, &seconds);
	*flops = 0;
	for (int i = 0; i < net_n_layers(r.net); i++) {
		struct layer_info l;
		net_layer(r.net, i, &l);
		*flops += (double)l.flops * batch;
	}
	rig_close(&r);
	return seconds;
}

static void steps(const struct bench *b)
{
	char name[64];
	double flops;
	report_cost_title("a training step, by batch");
	for (size_t i = 0; i < LENGTH(batches); i++) {
		double seconds = step_of(b, batches[i], 0, &flops);
		snprintf(name, sizeof(name), "step, tiny 224x224, batch %d (%.2f ms an image)",
			 batches[i], 1e3 * seconds / batches[i]);
		report_cost(name, batches[i], seconds, b->runs);
	}
	report_cost_title("a training step, by arithmetic");
	for (size_t i = 0; i < LENGTH(sides); i++) {
		double seconds = step_of(b, BATCH, sides[i], &flops);
		snprintf(name, sizeof(name), "step, tiny %dx%d, batch %d (%.1f GFLOP forward)",
			 sides[i], sides[i], BATCH, flops / 1e9);
		report_cost(name, flops, seconds, b->runs);
	}
}

void bench_cost(struct bench *b)
{
	images_all(b);
	images_frozen(b);
	steps(b);
}
