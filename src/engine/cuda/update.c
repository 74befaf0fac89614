/* What is done to parameters: one launch over all arrays that learn, and what a step found out. */
#include "card.h"

#include "thaw/base/alloc.h"
#include "thaw/engine/net.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESULTS_LAYERS = 1024 };

/* In the card's memory, but for `host`. */
static struct {
	struct step_inputs *inputs;
	struct results {
		struct step_outputs step;
		double squares[RESULTS_LAYERS]; /* of the last update, of each layer that learned */
	} *results, *host;                      /* host: pinned */
	float *arrays, *map, *part;             /* of update_args; map: of[], then first[] */
	size_t cap_arrays, cap_map, cap_part;   /* floats */
	struct update_array *list, *pinned; /* the host's; as uploaded: what is queued reads it */
	size_t cap_list, cap_pinned;
	int *blocks; /* the host's: what `map` holds, [n_map] */
	size_t n_map, cap_blocks;
	struct params **layer; /* [n_layers] of the last update */
	size_t n_layers, cap_layer;
} u;

static void open_once(void)
{
	if (u.results)
		return;
	size_t floats = (sizeof(*u.results) + sizeof(*u.inputs)) / sizeof(float) + 1;
	u.results = (struct results *)(void *)cuda_alloc(floats);
	u.inputs = (struct step_inputs *)(void *)(u.results + 1);
	u.host = cuda_pinned(sizeof(*u.host));
	cuda_clear((float *)(void *)u.results, floats);
}

struct step_inputs *card_inputs(void)
{
	open_once();
	return u.inputs;
}

struct step_outputs *card_outputs(void)
{
	open_once();
	return &u.results->step;
}

/* Room for n floats of the card's; what was there is lost. */
static void room(float **at, size_t *cap, size_t n)
{
	if (n <= *cap)
		return;
	cuda_release(*at);
	*cap = n * 2;
	*at = cuda_alloc(*cap);
}

static struct update_array array_of(struct params *ps, const struct param *p, const struct update *by)
{
	struct change c = params_change(ps, p, by);
	struct update_array a = {.value = p->value,
				 .first = p->moment[MOMENT_FIRST],
				 .second = p->moment[MOMENT_SECOND],
				 .grad = p->grad,
				 .n = (long)p->n,
				 .adam = by->optimizer != OPTIMIZER_SGD,
				 .rate = c.rate,
				 .decay = c.decay,
				 .momentum = c.momentum,
				 .b1 = c.b1,
				 .b2 = c.b2,
				 .take1 = c.take1,
				 .take2 = c.take2,
				 .root = c.root,
				 .eps = c.eps,
				 .shrink = c.shrink};
	const struct param *scales = params_get(ps, ARRAY_SCALES);
	if (p->weights && scales && scales->halted) {
		a.scale = scales->value;
		a.variance = params_get(ps, ARRAY_VARIANCE)->value;
		a.row = (int)(p->n / scales->n);
	}
	return a;
}

static void add_layer(struct params *ps, const struct update *by, size_t *n, int *blocks)
{
	assert(u.n_layers < RESULTS_LAYERS);
	for (int i = 0; i < ps->n; i++) {
		const struct param *p = &ps->p[i];
		if (!p->learned || p->halted)
			continue;
		ALLOC_GROW(u.list, *n + 1, u.cap_list);
		struct update_array *a = &u.list[(*n)++];
		*a = array_of(ps, p, by);
		a->layer = (int)u.n_layers;
		a->first_block = *blocks;
		*blocks += (int)((a->n + UPDATE_CHUNK - 1) / UPDATE_CHUNK);
	}
	ALLOC_GROW(u.layer, u.n_layers + 1, u.cap_layer);
	u.layer[u.n_layers++] = ps;
}

/* Which array each block has, then the first block of each layer and one past the last. */
static void upload_map(size_t n, int blocks)
{
	size_t n_map = (size_t)blocks + u.n_layers + 1;
	int *map = xcalloc(n_map, sizeof(*map));
	for (size_t i = 0; i < n; i++) {
		int end = i + 1 < n ? u.list[i + 1].first_block : blocks;
		for (int b = u.list[i].first_block; b < end; b++)
			map[b] = (int)i;
	}
	for (size_t i = n; i-- > 0;)
		map[blocks + u.list[i].layer] = u.list[i].first_block;
	map[n_map - 1] = blocks;
	room(&u.map, &u.cap_map, n_map);
	room(&u.part, &u.cap_part, (size_t)blocks);
	if (n_map != u.n_map || memcmp(map, u.blocks, n_map * sizeof(*map)) != 0)
		cuda_to_card(u.map, map, n_map * sizeof(*map));
	free(u.blocks);
	u.blocks = map;
	u.n_map = n_map;
}

static void launch(int blocks, const struct update *by)
{
	const struct update_array *arrays = (const struct update_array *)(const void *)u.arrays;
	const int *of = (const int *)(const void *)u.map;
	if (by->clip > 0) {
		struct gradient_square_args g = {arrays, of, u.part};
		cuda_launch(KERNEL_gradient_square, (unsigned)blocks, 1, BLOCK_THREADS, &g);
		struct clip_args c = {u.part, card_outputs(), blocks, (float)by->clip};
		cuda_launch(KERNEL_clip, 1, 1, BLOCK_THREADS, &c);
	}
	struct update_args a = {arrays, of, u.part, card_outputs()};
	cuda_launch(KERNEL_update, (unsigned)blocks, 1, BLOCK_THREADS, &a);
	struct layer_sums_args s = {u.part, of + blocks, u.results->squares};
	cuda_launch(KERNEL_layer_sums, (unsigned)u.n_layers, 1, BLOCK_THREADS, &s);
}

/* By their share of the parameters. */
static void share_time(struct params *all, int n, double seconds, struct layer_time *times)
{
	double total = 0;
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < n; i++)
			for (int k = 0; all[i].training && k < all[i].n; k++) {
				double floats = (double)all[i].p[k].n;
				if (pass)
					times[i].update_s += seconds * floats / total;
				else
					total += floats;
			}
}

/* The step before has been waited for: nothing reads the memory any more. */
static void stage(size_t n)
{
	if (n > u.cap_pinned) {
		cuda_pinned_free(u.pinned);
		u.cap_pinned = n * 2;
		u.pinned = cuda_pinned(u.cap_pinned * sizeof(*u.pinned));
	}
	memcpy(u.pinned, u.list, n * sizeof(*u.list));
}

double card_update(struct params *all, int n, const struct update *by, struct layer_time *times)
{
	size_t n_arrays = 0;
	int blocks = 0;
	double since = times ? cuda_clock() : 0;
	u.n_layers = 0;
	for (int i = 0; i < n; i++)
		if (all[i].training && all[i].n)
			add_layer(&all[i], by, &n_arrays, &blocks);
	if (!n_arrays)
		return 0;
	size_t bytes = n_arrays * sizeof(*u.list);
	room(&u.arrays, &u.cap_arrays, bytes / sizeof(float) + 1);
	stage(n_arrays);
	cuda_to_card(u.arrays, u.pinned, bytes);
	upload_map(n_arrays, blocks);
	launch(blocks, by);
	for (size_t i = 0; i < u.n_layers; i++)
		u.layer[i]->version++;
	if (times)
		share_time(all, n, cuda_clock() - since, times);
	return 0;
}

void card_results(struct plan *p, struct step_result *r)
{
	(void)p;
	size_t bytes = sizeof(u.host->step) + u.n_layers * sizeof(u.host->squares[0]);
	cuda_to_host(u.host, u.results, bytes);
	r->finite = u.host->step.finite != 0;
	r->loss = u.host->step.loss;
	r->n_correct = u.host->step.correct;
	r->n_top5 = u.host->step.top5;
	r->gradient_norm = u.host->step.norm;
	for (size_t i = 0; r->finite && i < u.n_layers; i++)
		u.layer[i]->update_norm = sqrt(u.host->squares[i]);
	u.n_layers = 0;
}
