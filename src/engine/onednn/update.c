/* What is done to parameters: squared norms of their gradients, and their update. */
#include "cpu.h"
#include "onednn.h"
#include "sums.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/engine/net.h"

#include <math.h>
#include <stdlib.h>

/* Rows of weights in Darknet's order, [out][...], each by its channel's gain. */
static double folded_square(struct params *ps, const struct param *w)
{
	size_t channels = params_get(ps, ARRAY_SCALES)->n_rest, row = w->n_rest / channels;
	float *plain = w->layout ? xcalloc(w->n_rest, sizeof(*plain)) : NULL;
	if (plain)
		weights_to_plain(w->layout, w->grad, plain);
	double total = 0;
	for (size_t c = 0; c < channels; c++) {
		double gain = (double)channel_gain(ps, c);
		total += gain * gain * sum_of_squares((plain ? plain : w->grad) + c * row, row);
	}
	free(plain);
	return total;
}

static double layer_square(struct params *ps, bool folded)
{
	double total = 0;
	folded = folded && params_get(ps, ARRAY_SCALES);
	for (int i = 0; i < ps->n; i++) {
		const struct param *p = &ps->p[i];
		if (!p->learned)
			continue;
		total += folded && p->role == ARRAY_WEIGHTS ? folded_square(ps, p)
							    : sum_of_squares(p->grad, p->n);
	}
	return total;
}

double cpu_gradient_square(struct params *all, int n, bool folded)
{
	double total = 0;
	for (int i = 0; i < n; i++)
		if (all[i].training)
			total += layer_square(&all[i], folded);
	return total;
}

/* Returns the squared norm of the change. */
static double update_one(struct param *p, double lr, const struct update *u)
{
	float momentum = (float)u->momentum, decay = p->decayed ? (float)u->decay : 0,
	      rate = (float)lr;
	float scale = (float)u->gradient_scale;
	long n_chunks = (long)((p->n + SUM_CHUNK - 1) / SUM_CHUNK);
	double *squares = xcalloc((size_t)n_chunks, sizeof(*squares));
#pragma omp parallel for schedule(static)
	for (long c = 0; c < n_chunks; c++) {
		size_t from = (size_t)c * SUM_CHUNK;
		size_t to = from + SUM_CHUNK < p->n ? from + SUM_CHUNK : p->n;
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

static void update_layer(struct params *ps, const struct update *u)
{
	double square = 0;
	for (int i = 0; i < ps->n; i++)
		if (ps->p[i].learned)
			square += update_one(&ps->p[i], u->lr * ps->lr_scale * ps->user_scale, u);
	ps->update_norm = sqrt(square);
	ps->version++;
}

void cpu_update(struct params *all, int n, const struct update *u, struct layer_time *times)
{
	for (int i = 0; i < n; i++) {
		if (!all[i].training || !all[i].n)
			continue;
		double since = times ? clock_seconds() : 0;
		update_layer(&all[i], u);
		if (times)
			times[i].update_s += clock_seconds() - since;
	}
}
