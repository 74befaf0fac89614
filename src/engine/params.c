#include "params.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static float *floats(size_t n)
{
	size_t size = (n * sizeof(float) + 63) / 64 * 64;
	float *p = aligned_alloc(64, size ? size : 64);
	if (!p)
		p = xmalloc(size);
	memset(p, 0, size);
	return p;
}

void params_init(struct params *ps, const network *g, int layer)
{
	struct layer_array arrays[LAYER_ARRAYS_MAX];
	memset(ps, 0, sizeof(*ps));
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
		    .decayed = role == ARRAY_WEIGHTS,
		};
	}
}

static void drop_copies(struct param *p)
{
	free(p->value);
	free(p->grad);
	free(p->velocity);
	p->value = p->grad = p->velocity = NULL;
	p->blocked = false;
	p->n = 0;
}

void params_release(struct params *ps)
{
	for (int i = 0; i < ps->n; i++)
		drop_copies(&ps->p[i]);
	ps->n = 0;
	while (ps->folded) {
		struct folded *next = ps->folded->next;
		free(ps->folded->weights);
		free(ps->folded->bias);
		free(ps->folded);
		ps->folded = next;
	}
}

struct folded *params_folded(struct params *ps, const struct weights_layout *layout, int out_c)
{
	for (struct folded *f = ps->folded; f; f = f->next)
		if (weights_layout_equal(&f->layout, layout))
			return f;
	struct folded *f = xcalloc(1, sizeof(*f));
	*f = (struct folded){.layout = *layout, .next = ps->folded};
	f->weights = floats(layout->floats);
	f->bias = floats((size_t)out_c + 16);
	return ps->folded = f;
}

struct param *params_get(struct params *ps, enum array_role role)
{
	for (int i = 0; i < ps->n; i++)
		if (ps->p[i].role == role)
			return &ps->p[i];
	return NULL;
}

void params_thaw(struct params *ps, int block)
{
	if (ps->training)
		return;
	for (int i = 0; i < ps->n; i++) {
		struct param *p = &ps->p[i];
		size_t pad = p->role == ARRAY_WEIGHTS ? 1 : (size_t)block;
		p->n = (p->n_rest + pad - 1) / pad * pad;
		p->value = floats(p->n);
		memcpy(p->value, p->rest, p->n_rest * sizeof(float));
		p->grad = floats(p->n);
		if (p->learned)
			p->velocity = floats(p->n);
	}
	ps->training = true;
}

void params_freeze(struct params *ps)
{
	if (!ps->training)
		return;
	params_sync(ps);
	for (int i = 0; i < ps->n; i++)
		drop_copies(&ps->p[i]);
	ps->training = false;
}

static void convert(float **data, const struct param *p, const struct weights_layout *to)
{
	float *out = floats(to->floats);
	weights_convert(&p->layout, *data, to, out);
	free(*data);
	*data = out;
}

static void plain_layout(struct param *p, const struct weights_layout *like)
{
	struct weights_layout plain = *like;
	dnnl_memory_desc_init_by_tag(&plain.md, like->md.ndims, like->md.dims, dnnl_f32,
				     like->md.ndims == 5 ? dnnl_abcde : dnnl_abcd);
	plain.floats = p->n_rest;
	p->layout = plain;
}

void params_set_layout(struct param *p, const struct weights_layout *layout)
{
	if (p->blocked && weights_layout_equal(&p->layout, layout))
		return;
	if (!p->blocked)
		plain_layout(p, layout);
	convert(&p->value, p, layout);
	convert(&p->velocity, p, layout);
	convert(&p->grad, p, layout);
	p->layout = *layout;
	p->n = layout->floats;
	p->blocked = true;
}

void params_halt(struct param *p)
{
	memset(p->grad, 0, p->n * sizeof(*p->grad));
	memset(p->velocity, 0, p->n * sizeof(*p->velocity));
}

void params_sync(struct params *ps)
{
	for (int i = 0; ps->training && i < ps->n; i++) {
		struct param *p = &ps->p[i];
		if (p->blocked)
			weights_to_plain(&p->layout, p->value, p->rest);
		else
			memcpy(p->rest, p->value, p->n_rest * sizeof(float));
	}
}

void params_reload(struct params *ps)
{
	ps->version++;
	for (int i = 0; ps->training && i < ps->n; i++) {
		struct param *p = &ps->p[i];
		struct weights_layout layout = p->layout;
		bool blocked = p->blocked;
		if (blocked) {
			plain_layout(p, &layout);
			weights_convert(&p->layout, p->rest, &layout, p->value);
			p->layout = layout;
		} else {
			memcpy(p->value, p->rest, p->n_rest * sizeof(float));
		}
		if (p->velocity)
			memset(p->velocity, 0, p->n * sizeof(float));
	}
}

#define CHUNK                                                                                      \
	16384 /* floats summed at a time, so that sums do not depend on the number of threads */

static double square_of(const float *v, size_t n)
{
	double total = 0;
	for (size_t from = 0; from < n; from += CHUNK) {
		size_t to = from + CHUNK < n ? from + CHUNK : n;
		float sum = 0;
#pragma omp simd reduction(+ : sum)
		for (size_t i = from; i < to; i++)
			sum += v[i] * v[i];
		total += (double)sum;
	}
	return total;
}

float params_gain(struct params *ps, size_t channel)
{
	const struct param *scale = params_get(ps, ARRAY_SCALES),
			   *variance = params_get(ps, ARRAY_VARIANCE);
	const float *s = ps->training ? scale->value : scale->rest,
		    *v = ps->training ? variance->value : variance->rest;
	return s[channel] / (sqrtf(v[channel]) + .000001f);
}

/* Rows of weights in Darknet's order, [out][...], each by its channel's gain. */
static double folded_square(struct params *ps, const struct param *w)
{
	size_t channels = params_get(ps, ARRAY_SCALES)->n_rest, row = w->n_rest / channels;
	float *plain = w->blocked ? floats(w->n_rest) : NULL;
	if (plain)
		weights_to_plain(&w->layout, w->grad, plain);
	double total = 0;
	for (size_t c = 0; c < channels; c++) {
		double gain = (double)params_gain(ps, c);
		total += gain * gain * square_of((plain ? plain : w->grad) + c * row, row);
	}
	free(plain);
	return total;
}

double params_gradient_square(struct params *ps, bool folded)
{
	double total = 0;
	folded = folded && params_get(ps, ARRAY_SCALES);
	for (int i = 0; i < ps->n; i++) {
		const struct param *p = &ps->p[i];
		if (folded && p->role == ARRAY_WEIGHTS)
			total += folded_square(ps, p);
		else if (p->learned)
			total += square_of(p->grad, p->n);
	}
	return total;
}

double params_weight_square(struct params *ps)
{
	double total = 0;
	params_sync(ps);
	for (int i = 0; i < ps->n; i++)
		if (ps->p[i].learned)
			total += square_of(ps->p[i].rest, ps->p[i].n_rest);
	return total;
}

/* Returns the squared norm of the change. */
static double update_one(struct param *p, double lr, const struct update *u)
{
	float momentum = (float)u->momentum, decay = p->decayed ? (float)u->decay : 0,
	      rate = (float)lr;
	float scale = (float)u->gradient_scale;
	long n_chunks = (long)((p->n + CHUNK - 1) / CHUNK);
	double *squares = xcalloc((size_t)n_chunks, sizeof(*squares));
#pragma omp parallel for schedule(static)
	for (long c = 0; c < n_chunks; c++) {
		size_t from = (size_t)c * CHUNK, to = from + CHUNK < p->n ? from + CHUNK : p->n;
		float sum = 0;
#pragma omp simd reduction(+ : sum)
		for (size_t i = from; i < to; i++) {
			float v =
			    momentum * p->velocity[i] - scale * p->grad[i] - decay * p->value[i];
			float step = rate * v;
			p->velocity[i] = v;
			p->value[i] += step;
			sum += step * step;
		}
		squares[c] = (double)sum;
	}
	double total = 0;
	for (long c = 0; c < n_chunks; c++)
		total += squares[c];
	free(squares);
	return total;
}

void params_update(struct params *ps, const struct update *u)
{
	double square = 0;
	for (int i = 0; i < ps->n; i++)
		if (ps->p[i].learned)
			square += update_one(&ps->p[i], u->lr * ps->lr_scale * ps->user_scale, u);
	ps->update_norm = sqrt(square);
	ps->version++;
}

bool params_finite(const struct params *ps)
{
	for (int i = 0; i < ps->n; i++) {
		const struct param *p = &ps->p[i];
		const float *v = ps->training ? p->value : p->rest;
		size_t n = ps->training ? p->n : p->n_rest;
		for (size_t k = 0; k < n; k++)
			if (!isfinite(v[k]))
				return false;
	}
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
