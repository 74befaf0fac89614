/* Whole training steps, and evaluation with folded batch-norm: thaw, Darknet and PyTorch. */
#include "rig.h"
#include "torch.h"

#include "thaw/base/alloc.h"

#include <stdio.h>

static const struct workload nets[] = {
    {"tiny", "/usr/share/darknet/cfg/tiny.cfg", 16, 0, false},
    {"darknet19", "/usr/share/darknet/cfg/darknet19.cfg", 8, 0, false},
    {"resnet18", "/usr/share/darknet/cfg/resnet18.cfg", 8, 0, false},
    {"squeezenet10", "cfg/squeezenet10.cfg", 8, 0, true},
};

static const struct work {
	const char *name;
	const char *frozen;
	struct turn turns[3]; /* thaw's first */
} works[] = {
    {"training step",
     "none",
     {{"thaw", rig_our_step, false},
      {"Darknet", rig_stock_step, true},
      {"PyTorch", rig_torch_step, false}}},
    {"evaluation",
     "all",
     {{"thaw", rig_our_forward, false},
      {"Darknet", rig_stock_forward, true},
      {"PyTorch", rig_torch_forward, false}}},
};

static void compare(struct rig *r, const struct work *work, int runs)
{
	double seconds[3];
	int n = r->torch ? 3 : 2;
	char name[96];
	rig_freeze(r, work->frozen);
	take_turns(work->turns, n, runs, r, seconds);
	snprintf(name, sizeof(name), "%s %dx%d, batch %d: %s", r->load->name, r->w, r->h, r->batch,
		 work->name);
	for (int k = 1; k < n; k++)
		report(&(struct figure){.name = name,
					.unit = "images/s",
					.ours = r->batch / seconds[0],
					.peer = work->turns[k].who,
					.theirs = r->batch / seconds[k],
					.runs = runs});
}

/* Darknet's as it is, not as it was asked for: Debian's libdarknet is built without threads. */
static void tell_threads(const struct bench *b)
{
	struct rig r;
	struct workload one = nets[0];
	one.batch = 1;
	rig_open(&r, b, &one, RIG_STOCK);
	printf("%s; threads: thaw %d, Darknet %d", net_device(r.net), net_threads(r.net),
	       rig_threads(rig_stock_forward, &r));
	if (b->torch)
		printf(", PyTorch %s %d", torch_version(b->torch), b->threads);
	putchar('\n');
	rig_close(&r);
}

void bench_nets(struct bench *b)
{
	tell_threads(b);
	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++) {
		struct rig r;
		rig_open(&r, b, &nets[i], RIG_STOCK | RIG_TORCH);
		for (size_t k = 0; k < sizeof(works) / sizeof(*works); k++)
			compare(&r, &works[k], b->runs);
		if (r.torch)
			printf("  (PyTorch's fastest for it: %s)\n", torch_ask(r.torch, "how"));
		rig_close(&r);
	}
}
