/* The whole flower experiment, decoding included: from exec to exit. */
#include "runs.h"
#include "torch.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPERIMENT "cfg/flower-photos.yaml"
#define PHOTOGRAPHS "../shared/flower_photos"
#define WEIGHTS "../shared/weights/tiny.weights"

/* The best accuracies of two that do the same work differ by chance, but not by more than this. */
static const double ACCURACY_TOLERANCE = .02;

/* The same plan by PyTorch, once: it takes minutes. */
static double torch_plan(const struct bench *b, double our_acc)
{
	double seconds, acc;
	const char *text =
	    torch_ask(b->torch, "plan\t/usr/share/darknet/cfg/tiny.cfg\t%s\t%s/train\t%s/valid",
		      WEIGHTS, PHOTOGRAPHS, PHOTOGRAPHS);
	if (sscanf(text, "%lf %lf", &seconds, &acc) != 2)
		die("PyTorch answers '%s' to 'plan'", text);
	printf("  (PyTorch's best validation accuracy: %.3f)\n", acc);
	if (fabs(acc - our_acc) > ACCURACY_TOLERANCE)
		die("the flower experiment: PyTorch reaches %.3f, thaw %.3f: not the same work",
		    acc, our_acc);
	return seconds;
}

void bench_flowers(struct bench *b)
{
	if (!have_flowers("the flower experiment"))
		return;
	double seconds[LONG_RUNS], acc = 0;
	int runs = b->runs < LONG_RUNS ? b->runs : LONG_RUNS;
	for (int i = 0; i < runs; i++) {
		struct run run = run_experiment(b, EXPERIMENT, false);
		seconds[i] = run.seconds;
		acc = run.best_acc;
	}
	printf("  (thaw's best validation accuracy: %.3f)\n", acc);
	bool compare = b->full && b->torch;
	report(&(struct figure){.name = "flower experiment, 500 + 500 photographs, 5 + 5 epochs",
				.unit = "s",
				.ours = median_of(seconds, runs),
				.peer = compare ? "PyTorch" : NULL,
				.theirs = compare ? torch_plan(b, acc) : 0,
				.less = true,
				.runs = runs});
}
