#include "params.h"
#include "sums.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static float *zeros(const struct backend *b, size_t n)
{
	float *p = b->alloc(n);
	b->clear(p, n);
	return p;
}

void params_init(struct params *ps, const network *g, int layer, const struct backend *b)
{
	struct layer_array arrays[LAYER_ARRAYS_MAX];
	memset(ps, 0, sizeof(*ps));
	ps->backend = b;
	ps->n = graph_arrays(g, layer, arrays);
	ps->lr_scale = g->layers[layer].learning_rate_scale;
	ps->user_scale = 1;
	ps->version = 1;
	for (int i = 0; i < ps->n; i++) {
		enum array_role role = arrays[i].role;
		ps->p[i] = (struct param){
		    .role = role,
		    .rest = arrays[i].data,
		    .n_rest = arrays[i].n,
		    .learned = role != ARRAY_MEAN && role != ARRAY_VARIANCE,
		    .weights = role == ARRAY_WEIGHTS,
		};
	}
}

static void drop(const struct backend *b, float **data)
{
	b->release(*data);
	*data = NULL;
}

static void drop_copies(const struct backend *b, struct param *p)
{
	drop(b, &p->value);
	drop(b, &p->grad);
	drop(b, &p->gain);
	for (int m = 0; m < MOMENTS; m++)
		drop(b, &p->moment[m]);
	p->layout = NULL;
	p->n = 0;
}

void params_release(struct params *ps)
{
	for (int i = 0; i < ps->n; i++)
		drop_copies(ps->backend, &ps->p[i]);
	ps->n = 0;
	while (ps->folded) {
		struct folded *next = ps->folded->next;
		ps->backend->release(ps->folded->weights);
		ps->backend->release(ps->folded->bias);
		free(ps->folded);
		ps->folded = next;
	}
}

struct folded *params_folded(struct params *ps, const struct weights_layout *layout, int out_c)
{
	const struct backend *b = ps->backend;
	for (struct folded *f = ps->folded; f; f = f->next)
		if (f->layout == layout)
			return f;
	struct folded *f = xcalloc(1, sizeof(*f));
	*f = (struct folded){.layout = layout, .next = ps->folded};
	f->weights = zeros(b, b->layout_floats(layout));
	f->bias = zeros(b, (size_t)out_c + 16);
	return ps->folded = f;
}

struct param *params_get(struct params *ps, enum array_role role)
{
	for (int i = 0; i < ps->n; i++)
		if (ps->p[i].role == role)
			return &ps->p[i];
	return NULL;
}

void params_thaw(struct params *ps)
{
	const struct backend *b = ps->backend;
	if (ps->training)
		return;
	for (int i = 0; i < ps->n; i++) {
		struct param *p = &ps->p[i];
		size_t pad = p->role == ARRAY_WEIGHTS ? 1 : (size_t)b->block((int)p->n_rest);
		p->n = (p->n_rest + pad - 1) / pad * pad;
		p->value = zeros(b, p->n);
		b->upload(p->rest, p->n_rest, NULL, p->value);
		p->grad = zeros(b, p->n);
		if (p->learned)
			p->moment[MOMENT_FIRST] = zeros(b, p->n);
	}
	ps->n_updates = 0;
	ps->training = true;
}

void params_freeze(struct params *ps)
{
	if (!ps->training)
		return;
	params_sync(ps);
	for (int i = 0; i < ps->n; i++)
		drop_copies(ps->backend, &ps->p[i]);
	ps->n_updates = 0;
	ps->training = false;
}

static void convert(const struct backend *b, float **data, const struct param *p,
		    const struct weights_layout *to)
{
	float *plain = xcalloc(p->n_rest, sizeof(*plain)), *out = zeros(b, b->layout_floats(to));
	b->download(*data, p->layout, p->n_rest, plain);
	b->upload(plain, p->n_rest, to, out);
	b->release(*data);
	free(plain);
	*data = out;
}

void params_set_layout(struct params *ps, struct param *p, const struct weights_layout *layout)
{
	if (p->layout == layout)
		return;
	convert(ps->backend, &p->value, p, layout);
	convert(ps->backend, &p->grad, p, layout);
	for (int m = 0; m < MOMENTS; m++)
		if (p->moment[m])
			convert(ps->backend, &p->moment[m], p, layout);
	drop(ps->backend, &p->gain);
	p->layout = layout;
	p->n = ps->backend->layout_floats(layout);
}

/* Moments as after params_thaw(). */
static void forget(const struct backend *b, struct param *p)
{
	if (p->moment[MOMENT_FIRST])
		b->clear(p->moment[MOMENT_FIRST], p->n);
	drop(b, &p->moment[MOMENT_SECOND]);
}

void params_fold(struct params *ps, bool folded)
{
	struct param *scales = params_get(ps, ARRAY_SCALES), *w = params_get(ps, ARRAY_WEIGHTS);
	scales->halted = folded;
	if (w)
		drop(ps->backend, &w->gain);
	if (!folded)
		return;
	ps->backend->clear(scales->grad, scales->n);
	forget(ps->backend, scales);
}

void params_rescale(struct params *ps)
{
	for (int i = 0; i < ps->n; i++)
		if (ps->p[i].moment[MOMENT_SECOND])
			forget(ps->backend, &ps->p[i]);
	ps->n_updates = 0;
}

/* Of an array with a first moment, Adam's second moment is there from its first update on. */
void params_prepare(struct params *ps, enum optimizer optimizer)
{
	bool adam = optimizer != OPTIMIZER_SGD;
	for (int i = 0; i < ps->n; i++) {
		struct param *p = &ps->p[i];
		if (!p->learned || p->halted || adam == (p->moment[MOMENT_SECOND] != NULL))
			continue;
		forget(ps->backend, p);
		ps->n_updates = 0;
		if (adam)
			p->moment[MOMENT_SECOND] = zeros(ps->backend, p->n);
	}
	ps->n_updates += adam;
}

struct change params_change(const struct params *ps, const struct param *p, const struct update *u)
{
	double lr = u->lr * ps->lr_scale * ps->user_scale, t = (double)ps->n_updates;
	bool adam = u->optimizer != OPTIMIZER_SGD, apart = u->optimizer == OPTIMIZER_ADAMW;
	double decay = p->weights || u->optimizer == OPTIMIZER_ADAM ? u->decay : 0;
	return (struct change){
	    .rate = (float)(adam ? lr / (1 - pow(u->b1, t)) : lr),
	    .scale = 1,
	    .decay = (float)(apart ? 0 : decay),
	    .momentum = (float)u->momentum,
	    .b1 = (float)u->b1,
	    .b2 = (float)u->b2,
	    .take1 = (float)(1 - u->b1),
	    .take2 = (float)(1 - u->b2),
	    .root = (float)(adam ? 1 / sqrt(1 - pow(u->b2, t)) : 0),
	    .eps = (float)u->eps,
	    .shrink = (float)(apart ? lr * decay : 0),
	};
}

void params_unprepare(struct params *ps)
{
	ps->n_updates -= ps->training && ps->n_updates > 0;
}

void params_sync(struct params *ps)
{
	for (int i = 0; ps->training && i < ps->n; i++) {
		struct param *p = &ps->p[i];
		ps->backend->download(p->value, p->layout, p->n_rest, p->rest);
	}
}

void params_reload(struct params *ps)
{
	ps->version++;
	ps->n_updates = 0;
	for (int i = 0; ps->training && i < ps->n; i++) {
		struct param *p = &ps->p[i];
		ps->backend->upload(p->rest, p->n_rest, p->layout, p->value);
		forget(ps->backend, p);
		drop(ps->backend, &p->gain);
	}
}

void params_moment(const struct params *ps, const struct param *p, enum moment m, float *out)
{
	ps->backend->download(p->moment[m], p->layout, p->n_rest, out);
}

void params_set_moment(struct params *ps, struct param *p, enum moment m, const float *in)
{
	if (!p->moment[m])
		p->moment[m] = zeros(ps->backend, p->n);
	ps->backend->upload(in, p->n_rest, p->layout, p->moment[m]);
}

double params_weight_square(struct params *ps)
{
	double total = 0;
	params_sync(ps);
	for (int i = 0; i < ps->n; i++)
		if (ps->p[i].learned)
			total += sum_of_squares(ps->p[i].rest, ps->p[i].n_rest);
	return total;
}

bool params_finite(struct params *ps)
{
	params_sync(ps);
	for (int i = 0; i < ps->n; i++)
		for (size_t k = 0; k < ps->p[i].n_rest; k++)
			if (!isfinite(ps->p[i].rest[k]))
				return false;
	return true;
}

uint64_t params_digest(struct params *ps)
{
	if (!ps->n)
		return 0;
	static const enum array_role order[] = {ARRAY_WEIGHTS, ARRAY_BIASES, ARRAY_SCALES,
						ARRAY_MEAN, ARRAY_VARIANCE};
	params_sync(ps);
	XXH3_state_t *state = XXH3_createState();
	XXH3_64bits_reset(state);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		struct param *p = params_get(ps, order[i]);
		if (p)
			XXH3_64bits_update(state, p->rest, p->n_rest * sizeof(float));
	}
	uint64_t digest = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return digest;
}
