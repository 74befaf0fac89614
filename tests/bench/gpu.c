/* The group gpu, and what of it is more than networks: the head's epoch, a whole experiment, keys. */
#include "gpu.h"

#include "rig.h"
#include "runs.h"
#include "torch.h"

#include "thaw/base/alloc.h"
#include "thaw/engine/device.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPERIMENT "cfg/flower-photos.yaml"
#define PHOTOGRAPHS "../shared/flower_photos"
#define WEIGHTS "../shared/weights/tiny.weights"
#define TINY "/usr/share/darknet/cfg/tiny.cfg"

enum { KEYS = 200, QUIET_MS = 25, HEAD_EPOCHS = 5 };

/* As flowers.c has it: the best accuracies of two that do the same work differ by chance, but not
 * by more. */
static const double ACCURACY_TOLERANCE = .02;

void gpu_report(const char *name, const char *unit, bool less, int runs, const double values[3],
		const char *fastest)
{
	char *row = xasprintf("card: %s", name), *who = xasprintf("fastest: %s", fastest);
	struct turn turns[3] = {{.who = "thaw"}};
	double there[3] = {values[0]};
	int n = 1;
	if (values[1] > 0)
		turns[n].who = "eager", there[n++] = values[1];
	if (values[2] > 0)
		turns[n].who = who, there[n++] = values[2];
	report_turns(&(struct figure){.name = row, .unit = unit, .less = less, .runs = runs}, turns,
		     there, n);
	free(row);
	free(who);
}

/* ---- an epoch of the head, features kept ---- */

static const struct workload tiny = {"tiny", TINY, 16, 0, false};

static double torch_head(struct rig *r, const char *way)
{
	const char *text;
	if (!torch_try(r->torch, &text, "begin train %g %s", rig_rate(r), way) ||
	    !torch_try(r->torch, &text, "head %d %d", RIG_HEAD_IMAGES, HEAD_EPOCHS)) {
		printf("  (PyTorch, %s: %s)\n", way, text);
		return 0;
	}
	return atof(text);
}

void gpu_head(struct bench *b)
{
	static const char *const fast = "tf32-graph";
	struct rig r;
	double values[3] = {0};
	const struct turn ours = {"thaw", rig_our_head, false};
	rig_open(&r, b, &tiny, PEER_NONE);
	if (b->torch) {
		rig_open_torch(&r, b);
		values[1] = torch_head(&r, gpu_ways[GPU_EAGER].name);
		values[2] = torch_head(&r, fast);
	}
	rig_keep_features(&r);
	take_turns(&ours, 1, b->runs, &r, values);
	gpu_report("head epoch, features kept by both, 500 images", "s", true, b->runs, values,
		   fast);
	rig_close(&r);
}

/* ---- the whole flower experiment ---- */

static double torch_plan(struct bench *b, double our_acc)
{
	double seconds, acc;
	const char *text;
	if (!torch_try(b->torch, &text, "plan\t%s\t%s\t%s/train\t%s/valid", TINY, WEIGHTS,
		       PHOTOGRAPHS, PHOTOGRAPHS) ||
	    sscanf(text, "%lf %lf", &seconds, &acc) != 2) {
		fail(b, "the flower experiment by PyTorch: %s", text);
		return 0;
	}
	printf("  (PyTorch's best validation accuracy: %.3f)\n", acc);
	if (fabs(acc - our_acc) > ACCURACY_TOLERANCE)
		fail(b, "the flower experiment: PyTorch reaches %.3f, thaw %.3f: not the same work",
		     acc, our_acc);
	return seconds;
}

void gpu_flowers(struct bench *b)
{
	if (!have_flowers("the flower experiment"))
		return;
	double seconds[LONG_RUNS], values[3] = {0}, acc = 0;
	int runs = b->runs < LONG_RUNS ? b->runs : LONG_RUNS;
	for (int i = 0; i < runs; i++) {
		struct run run = run_experiment(b, EXPERIMENT, false);
		seconds[i] = run.seconds;
		acc = run.best_acc;
	}
	printf("  (thaw's best validation accuracy: %.3f)\n", acc);
	values[0] = median_of(seconds, runs);
	if (b->torch && (b->full || device_is_card()))
		values[2] = torch_plan(b, acc);
	gpu_report("flower experiment, 500 + 500 photographs, 5 + 5 epochs", "s", true, runs,
		   values, "tf32");
}

/* ---- keys ---- */

struct beside {
	struct bench *b;
	struct background run;
};

static void begin_training(void *beside)
{
	static const char *const without_end[] = {"--set", "phases.tune.epochs=10000", NULL};
	struct beside *c = beside;
	c->run = train_beside(c->b, EXPERIMENT, without_end);
}

static void end_training(void *beside)
{
	struct beside *c = beside;
	end_beside(c->b, c->run);
}

void gpu_viewer(struct bench *b)
{
	if (!have_flowers("the viewer beside training") || !viewer_can())
		return;
	struct beside beside = {.b = b};
	double ms[KEYS];
	viewer_latency(b, KEYS, QUIET_MS, (struct company){begin_training, end_training, &beside},
		       ms);
	gpu_report("viewer beside training: key to screen, median", "ms", true, KEYS,
		   (double[3]){ms[KEYS / 2]}, "");
	gpu_report("viewer beside training: key to screen, 99 of 100", "ms", true, KEYS,
		   (double[3]){ms[KEYS * 99 / 100]}, "");
}

/* ---- the group ---- */

/* NULL: it takes no part, and why is said. */
static struct torch *open_peer(const struct bench *b)
{
	struct torch *t = b->peers & PEER_TORCH ? torch_open(TORCH_CARD, b->threads) : NULL;
	const char *text;
	if (!t)
		printf("left out: PyTorch (not asked for, or no python3 with torch)\n");
	else if (torch_try(t, &text, "device %s", device_is_card() ? "cuda" : "cpu"))
		printf("PyTorch %s on %s\n", torch_version(t), text);
	else {
		printf("left out: PyTorch (%s)\n", text);
		torch_close(t);
		return NULL;
	}
	return t;
}

void bench_gpu(struct bench *all)
{
	struct bench b = *all;
	struct errinfo e = {0};
	if (device_choose(b.card, (enum precision)b.precision, &e)) {
		printf("left out: gpu (%s)\n", e.msg);
		return;
	}
	printf("thaw on %s\n", device_name());
	b.device = b.card;
	b.torch = open_peer(&b);
	gpu_head(&b);
	gpu_flowers(&b);
	gpu_viewer(&b);
	gpu_nets(&b);
	torch_close(b.torch);
	device_choose("cpu", PRECISION_FP32, &e);
	all->n_failed = b.n_failed;
}
