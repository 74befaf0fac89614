/* The most memory a full training takes, of the process that does it. */
#include "rig.h"
#include "runs.h"
#include "torch.h"

enum { IMAGES = 500, EPOCHS = 1, STEPS = 5 };

static const struct workload tiny = {"tiny", "/usr/share/darknet/cfg/tiny.cfg", 16, 0, false};

/* In a process that has done nothing else and keeps one batch of pictures; the trainer keeps all of
 * its pictures, decoded. */
static double torch_peak(const struct bench *b)
{
	struct bench alone = *b;
	struct rig r;
	alone.torch = torch_open(TORCH_CPU, b->threads);
	if (!alone.torch)
		die("PyTorch does not start a second time");
	rig_open(&r, &alone, &tiny, PEER_TORCH);
	for (int i = 0; i < STEPS; i++)
		rig_torch_step(&r);
	double bytes = torch_number(r.torch, "memory");
	rig_close(&r);
	torch_close(alone.torch);
	return bytes;
}

void bench_memory(struct bench *b)
{
	struct run run = train_made_up(b, IMAGES, "none", EPOCHS);
	report(&(struct figure){.name = "peak memory, tiny 224x224, batch 16: full training",
				.unit = "MB",
				.ours = (double)run.peak_bytes / 1e6,
				.peer = b->torch ? "PyTorch" : NULL,
				.theirs = b->torch ? torch_peak(b) / 1e6 : 0,
				.less = true,
				.runs = 1});
}
