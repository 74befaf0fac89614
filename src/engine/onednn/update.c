/* What is done to parameters: squared norms of their gradients, and their update. */
#include "cpu.h"
#include "onednn.h"
#include "sums.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/simd.h"
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

static double gradient_norm(struct params *all, int n, bool folded)
{
	double total = 0;
	for (int i = 0; i < n; i++)
		if (all[i].training)
			total += layer_square(&all[i], folded);
	return sqrt(total);
}

/* n numbers of an array from `from` on: sets *sum to the squared norm of their change, which alone
 * depends on how wide this processor's vectors are. */
typedef void change_some(const struct change *c, const struct param *p, size_t from, size_t n,
			 double *sum);

SIMD(static, sgd_some,
     (const struct change *by, const struct param *p, size_t from, size_t n, double *out),
     (by, p, from, n, out))
{
	const struct change c = *by;
	float *restrict w = p->value + from, *restrict velocity = p->moment[MOMENT_FIRST] + from;
	const float *restrict grad = p->grad + from;
	float sum = 0;
#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++) {
		float v = c.momentum * velocity[i] - c.scale * grad[i] - c.decay * w[i];
		float step = c.rate * v;
		velocity[i] = v;
		w[i] += step;
		sum += step * step;
	}
	*out = (double)sum;
}

/* `gain` is NULL where it is 1 everywhere. */
static inline __attribute__((always_inline)) void
adam_loop(const struct change *by, float *restrict w, const float *restrict grad,
	  float *restrict first, float *restrict second, const float *restrict gain, size_t n,
	  double *out)
{
	const struct change c = *by;
	float sum = 0;
#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++) {
		float d = -c.scale * grad[i] - c.decay * w[i];
		float m = c.b1 * first[i] + c.take1 * d;
		float s = c.b2 * second[i] + c.take2 * (d * d);
		float root = c.root * __builtin_sqrtf(s);
		float step = c.rate * m / ((gain ? gain[i] * root : root) + c.eps);
		step -= c.shrink * w[i];
		first[i] = m;
		second[i] = s;
		w[i] += step;
		sum += step * step;
	}
	*out = (double)sum;
}

SIMD(static, adam_some,
     (const struct change *c, const struct param *p, size_t from, size_t n, double *out),
     (c, p, from, n, out))
{
	float *w = p->value + from, *first = p->moment[MOMENT_FIRST] + from,
	      *second = p->moment[MOMENT_SECOND] + from;
	const float *grad = p->grad + from;
	if (p->gain)
		adam_loop(c, w, grad, first, second, p->gain + from, n, out);
	else
		adam_loop(c, w, grad, first, second, NULL, n, out);
}

/* Returns the squared norm of the change. */
static double update_one(const struct param *p, const struct change *c, change_some *some)
{
	long n_chunks = (long)((p->n + SUM_CHUNK - 1) / SUM_CHUNK);
	double *squares = xcalloc((size_t)n_chunks, sizeof(*squares));
#pragma omp parallel for schedule(static)
	for (long i = 0; i < n_chunks; i++) {
		size_t from = (size_t)i * SUM_CHUNK, rest = p->n - from;
		some(c, p, from, rest < SUM_CHUNK ? rest : SUM_CHUNK, &squares[i]);
	}
	double total = 0;
	for (long i = 0; i < n_chunks; i++)
		total += squares[i];
	free(squares);
	return total;
}

static void update_layer(struct params *ps, const struct update *u, double scale)
{
	const struct param *scales = params_get(ps, ARRAY_SCALES);
	bool adam = u->optimizer != OPTIMIZER_SGD, folded = scales && scales->halted;
	double square = 0;
	for (int i = 0; i < ps->n; i++) {
		struct param *p = &ps->p[i];
		if (!p->learned || p->halted)
			continue;
		if (adam && folded && p->weights)
			measured_gain(ps, p);
		struct change c = params_change(ps, p, u);
		c.scale = (float)scale;
		square += update_one(p, &c, adam ? adam_some : sgd_some);
	}
	ps->update_norm = sqrt(square);
	ps->version++;
}

double cpu_update(struct params *all, int n, const struct update *u, struct layer_time *times)
{
	double norm = u->clip > 0 ? gradient_norm(all, n, u->folded) : 0;
	double scale = norm > u->clip ? u->clip / norm : 1;
	for (int i = 0; i < n; i++) {
		if (!all[i].training || !all[i].n)
			continue;
		double since = times ? clock_seconds() : 0;
		update_layer(&all[i], u, scale);
		if (times)
			times[i].update_s += clock_seconds() - since;
	}
	return norm;
}
