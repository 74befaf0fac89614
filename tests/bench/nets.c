/* Whole training steps, batch-norm in each of its modes, and evaluation with folded batch-norm:
 * thaw, Darknet and PyTorch. */
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

enum { SIDES = 3 };

static const struct work {
	const char *name;
	enum batchnorm_mode batchnorm;
	const char *frozen;
	struct turn turns[SIDES]; /* thaw's, Darknet's, PyTorch's; run is NULL: does no such work */
} works[] = {
    {"training step",
     BATCHNORM_TRAIN,
     "none",
     {{"thaw", rig_our_step, false},
      {"Darknet", rig_stock_step, true},
      {"PyTorch", rig_torch_step, false}}},
    {"evaluation",
     BATCHNORM_TRAIN,
     "all",
     {{"thaw", rig_our_forward, false},
      {"Darknet", rig_stock_forward, true},
      {"PyTorch", rig_torch_forward, false}}},
    {"training step, batch-norm frozen",
     BATCHNORM_FROZEN,
     "none",
     {{"thaw", rig_our_step, false}, {0}, {"PyTorch", rig_torch_step, false}}},
    {"training step, batch-norm folded",
     BATCHNORM_FOLDED,
     "none",
     {{"thaw", rig_our_step, false}, {0}, {"PyTorch", rig_torch_step, false}}},
};

static void compare(struct rig *r, const struct work *work, int runs)
{
	const bool there[SIDES] = {true, r->stock != NULL, r->torch != NULL};
	struct turn turns[SIDES];
	double values[SIDES];
	int n = 0;
	char name[96];
	if (work->batchnorm != r->batchnorm)
		rig_start(r, work->batchnorm);
	rig_freeze(r, work->frozen);
	for (int k = 0; k < SIDES; k++)
		if (there[k] && work->turns[k].run)
			turns[n++] = work->turns[k];
	take_turns(turns, n, runs, r, values);
	for (int k = 0; k < n; k++)
		values[k] = r->batch / values[k];
	snprintf(name, sizeof(name), "%s %dx%d, batch %d: %s", r->load->name, r->w, r->h, r->batch,
		 work->name);
	report_turns(&(struct figure){.name = name, .unit = "images/s", .runs = runs}, turns,
		     values, n);
}

/* Darknet's as it is, not as it was asked for: Debian's libdarknet is built without threads. */
static void tell_threads(const struct bench *b)
{
	struct rig r;
	struct workload one = nets[0];
	one.batch = 1;
	rig_open(&r, b, &one, PEER_DARKNET);
	printf("%s; threads: thaw %d", net_device(r.net), net_threads(r.net));
	if (r.stock)
		printf(", Darknet %d", rig_threads(rig_stock_forward, &r));
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
		rig_open(&r, b, &nets[i], PEER_DARKNET | PEER_TORCH);
		bool normal = rig_has_batchnorm(&r);
		for (size_t k = 0; k < sizeof(works) / sizeof(*works); k++)
			if (normal || works[k].batchnorm == BATCHNORM_TRAIN)
				compare(&r, &works[k], b->runs);
		if (r.torch)
			printf("  (PyTorch's fastest for it: %s)\n", torch_ask(r.torch, "how"));
		rig_close(&r);
	}
}
