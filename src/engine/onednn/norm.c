#include "norm.h"
#include "vector.h"

#include "thaw/base/alloc.h"
#include "thaw/base/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LANES_MAX 16
#define CHUNK 64 /* pixels whose block stays in the first-level cache */

INLINE float act1(ACTIVATION act, float x)
{
	switch (act) {
	case LEAKY:
		return x > 0 ? x : .1f * x;
	case RELU:
		return x > 0 ? x : 0;
	case LINEAR:
		return x;
	case LOGISTIC:
		return 1.f / (1.f + expf(-x));
	case LOGGY:
		return 2.f / (1.f + expf(-x)) - 1;
	case ELU:
		return x >= 0 ? x : expm1f(x);
	case SELU:
		return 1.0507f * (x >= 0 ? x : 1.6732f * expm1f(x));
	case RELIE:
		return x > 0 ? x : .01f * x;
	case RAMP:
		return (x > 0 ? x : 0) + .1f * x;
	case TANH:
		return tanhf(x);
	case PLSE:
		return x < -4 ? .01f * (x + 4) : x > 4 ? .01f * (x - 4) + 1 : .125f * x + .5f;
	case HARDTAN:
		return x < -1 ? -1 : x > 1 ? 1 : x;
	case LHTAN:
		return x < 0 ? .001f * x : x > 1 ? .001f * (x - 1) + 1 : x;
	case STAIR: {
		float n = floorf(x);
		return fmodf(n, 2) == 0 ? floorf(x / 2) : (x - n) + floorf(x / 2);
	}
	}
	return x;
}

/* The derivative, from the output y. */
INLINE float act1_gradient(ACTIVATION act, float y)
{
	switch (act) {
	case LEAKY:
		return y > 0 ? 1 : .1f;
	case RELU:
		return y > 0 ? 1 : 0;
	case LINEAR:
		return 1;
	case LOGISTIC:
		return (1 - y) * y;
	case LOGGY:
		return .5f * (1 + y) * (1 - y);
	case ELU:
		return y >= 0 ? 1 : y + 1;
	case SELU:
		return y >= 0 ? 1.0507f : y + 1.0507f * 1.6732f;
	case RELIE:
		return y > 0 ? 1 : .01f;
	case RAMP:
		return (y > 0 ? 1 : 0) + .1f;
	case TANH:
		return 1 - y * y;
	case PLSE:
		return y < 0 || y > 1 ? .01f : .125f;
	case HARDTAN:
		return y > -1 && y < 1 ? 1 : 0;
	case LHTAN:
		return y > 0 && y < 1 ? 1 : .001f;
	case STAIR:
		return floorf(y) == y ? 0 : 1;
	}
	return 1;
}

struct moments {
	double n, mean[LANES_MAX], m2[LANES_MAX];
};

/* Chan, Golub, LeVeque: pairwise combination of mean and sum of squared differences. */
static void moments_merge(struct moments *to, const struct moments *from, int lanes)
{
	double n = to->n + from->n;
	for (int l = 0; l < lanes; l++) {
		double d = from->mean[l] - to->mean[l];
		to->mean[l] += d * from->n / n;
		to->m2[l] += from->m2[l] + d * d * to->n * from->n / n;
	}
	to->n = n;
}

INLINE bool is_slope(ACTIVATION act, float *slope)
{
	*slope = act == LEAKY ? .1f : act == RELIE ? .01f : act == RELU ? 0 : 1;
	return act == LEAKY || act == RELU || act == RELIE || act == LINEAR;
}

bool activation_slope(ACTIVATION act, float *slope)
{
	return is_slope(act, slope);
}

/* Sums over one piece of dz and dz (x - mean), where dz is the gradient before the activation. */
struct sums {
	double d[LANES_MAX], dx[LANES_MAX];
};

struct piece {
	const float *x, *y, *dy;
	float *dx;
	int pixels, lanes;
	const float *a, *b, *mean;
	const float *k0, *k1, *k2; /* dx = k2 dz + k1 (x - mean) + k0 */
};

#define LANES 8
#include "norm_lanes.inc"
#define LANES 16
#include "norm_lanes.inc"

static float sum_of1(const float *x, int pixels)
{
	float sum = 0;
	for (int p = 0; p < pixels; p++)
		sum += x[p];
	return sum;
}

static void chunk_moments1(const float *x, int pixels, struct moments *out)
{
	float mean = sum_of1(x, pixels) / (float)pixels, square = 0;
	for (int p = 0; p < pixels; p++)
		square += (x[p] - mean) * (x[p] - mean);
	out->n = pixels;
	out->mean[0] = (double)mean;
	out->m2[0] = (double)square;
}

SIMD(static, piece_moments, (const float *x, int pixels, int lanes, struct moments *out),
     (x, pixels, lanes, out))
{
	memset(out, 0, sizeof(*out));
	for (int p = 0; p < pixels; p += CHUNK) {
		struct moments m;
		int n = pixels - p < CHUNK ? pixels - p : CHUNK;
		const float *chunk = x + (size_t)p * (size_t)lanes;
		if (lanes == 16)
			chunk_moments16(chunk, n, &m);
		else if (lanes == 8)
			chunk_moments8(chunk, n, &m);
		else
			chunk_moments1(chunk, n, &m);
		moments_merge(out, &m, lanes);
	}
}

void norm_statistics(struct view v, const float *x, float *mean, float *variance)
{
	long pieces = (long)v.n * v.blocks;
	size_t stride = (size_t)v.pixels * (size_t)v.lanes;
	struct moments *m = xcalloc((size_t)pieces, sizeof(*m));
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++)
		piece_moments(x + (size_t)i * stride, v.pixels, v.lanes, &m[i]);
	for (int b = 0; b < v.blocks; b++) {
		struct moments all = m[b];
		for (int i = 1; i < v.n; i++)
			moments_merge(&all, &m[(long)i * v.blocks + b], v.lanes);
		for (int l = 0; l < v.lanes; l++) {
			mean[b * v.lanes + l] = (float)all.mean[l];
			variance[b * v.lanes + l] = (float)(all.m2[l] / (all.n - 1));
		}
	}
	free(m);
}

SIMD(static, piece_sum, (const float *x, int pixels, int lanes, double *sum),
     (x, pixels, lanes, sum))
{
	for (int p = 0; p < pixels; p += CHUNK) {
		int n = pixels - p < CHUNK ? pixels - p : CHUNK;
		const float *chunk = x + (size_t)p * (size_t)lanes;
		if (lanes == 16)
			chunk_sum16(chunk, n, sum);
		else if (lanes == 8)
			chunk_sum8(chunk, n, sum);
		else
			sum[0] += (double)sum_of1(chunk, n);
	}
}

void channel_sums(struct view v, const float *x, float *sums)
{
	size_t stride = (size_t)v.pixels * (size_t)v.lanes;
#pragma omp parallel for schedule(static)
	for (int b = 0; b < v.blocks; b++) {
		double sum[LANES_MAX] = {0};
		for (int i = 0; i < v.n; i++)
			piece_sum(x + ((size_t)i * (size_t)v.blocks + (size_t)b) * stride, v.pixels,
				  v.lanes, sum);
		for (int l = 0; l < v.lanes; l++)
			sums[b * v.lanes + l] = (float)sum[l];
	}
}

void norm_coefficients(int n, const float *scale, const float *bias, const float *mean,
		       const float *variance, float *a, float *b)
{
	for (int i = 0; i < n; i++) {
		a[i] = scale[i] / (sqrtf(variance[i]) + .000001f);
		b[i] = bias[i] - mean[i] * a[i];
	}
}

INLINE void apply_piece(const float *x, float *y, int pixels, const int lanes, const float *a,
			const float *b, ACTIVATION act)
{
	for (int p = 0; p < pixels; p++)
		for (int l = 0; l < lanes; l++)
			y[p * lanes + l] = act1(act, x[p * lanes + l] * a[l] + b[l]);
}

SIMD(static, apply_dispatch,
     (const float *x, float *y, int pixels, int lanes, const float *a, const float *b,
      ACTIVATION act),
     (x, y, pixels, lanes, a, b, act))
{
	float slope;
	bool sloped = is_slope(act, &slope);
	if (sloped && lanes == 16)
		apply_piece16(x, y, pixels, a, b, slope);
	else if (sloped && lanes == 8)
		apply_piece8(x, y, pixels, a, b, slope);
	else if (lanes == 1)
		apply_piece(x, y, pixels, 1, a, b, act);
	else
		apply_piece(x, y, pixels, lanes, a, b, act);
}

void norm_apply(struct view v, const float *x, const float *a, const float *b, ACTIVATION act,
		float *y)
{
	long pieces = (long)v.n * v.blocks;
	size_t stride = (size_t)v.pixels * (size_t)v.lanes;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++) {
		int c = (int)(i % v.blocks) * v.lanes;
		apply_dispatch(x + (size_t)i * stride, y + (size_t)i * stride, v.pixels, v.lanes,
			       a + c, b + c, act);
	}
}

/* Slopes are told from x, so that y need not be read again. */
INLINE float gradient_at(const struct piece *q, int at, int l, ACTIVATION act)
{
	float slope;
	if (is_slope(act, &slope))
		return q->x[at] * q->a[l] + q->b[l] > 0 ? q->dy[at] : q->dy[at] * slope;
	return q->dy[at] * act1_gradient(act, q->y[at]);
}

INLINE void piece_sums(const struct piece *q, const int lanes, ACTIVATION act, bool scaled,
		       struct sums *out)
{
	for (int from = 0; from < q->pixels; from += CHUNK) {
		int to = q->pixels - from < CHUNK ? q->pixels : from + CHUNK;
		float d[LANES_MAX] = {0}, dx[LANES_MAX] = {0};
		for (int p = from; p < to; p++)
			for (int l = 0; l < lanes; l++) {
				int at = p * lanes + l;
				float dz = gradient_at(q, at, l, act);
				d[l] += dz;
				dx[l] += dz * (q->x[at] - q->mean[l]);
				if (scaled)
					q->dx[at] = q->a[l] * dz;
			}
		for (int l = 0; l < lanes; l++) {
			out->d[l] += (double)d[l];
			out->dx[l] += (double)dx[l];
		}
	}
}

INLINE void piece_gradient(const struct piece *q, const int lanes, ACTIVATION act)
{
	for (int p = 0; p < q->pixels; p++)
		for (int l = 0; l < lanes; l++) {
			int at = p * lanes + l;
			float dz = gradient_at(q, at, l, act);
			q->dx[at] = q->k2[l] * dz + q->k1[l] * (q->x[at] - q->mean[l]) + q->k0[l];
		}
}

/* `scaled`: dx is a dz, at once. */
SIMD(static, sums_dispatch, (const struct piece *q, ACTIVATION act, bool scaled, struct sums *out),
     (q, act, scaled, out))
{
	float slope;
	bool sloped = is_slope(act, &slope);
	if (sloped && q->lanes == 16)
		piece_sums16(q, slope, scaled, out);
	else if (sloped && q->lanes == 8)
		piece_sums8(q, slope, scaled, out);
	else
		piece_sums(q, q->lanes, act, scaled, out);
}

SIMD(static, gradient_dispatch, (const struct piece *q, ACTIVATION act), (q, act))
{
	float slope;
	bool sloped = is_slope(act, &slope);
	if (sloped && q->lanes == 16)
		piece_gradient16(q, slope);
	else if (sloped && q->lanes == 8)
		piece_gradient8(q, slope);
	else if (q->lanes == 1)
		piece_gradient(q, 1, act);
	else
		piece_gradient(q, q->lanes, act);
}

static struct piece piece_at(struct view v, const struct norm_backward *n, long i)
{
	size_t at = (size_t)i * (size_t)v.pixels * (size_t)v.lanes;
	int c = (int)(i % v.blocks) * v.lanes;
	return (struct piece){n->x + at,   n->y ? n->y + at : NULL,
			      n->dy + at,  n->dx + at,
			      v.pixels,    v.lanes,
			      n->a + c,    n->b + c,
			      n->mean + c, NULL,
			      NULL,        NULL};
}

/* The coefficients of dx where mean and variance are of the batch. Shape: k[3][channels] */
static void batch_coefficients(const struct norm_backward *n, int channels, double count, int c,
			       double d, double dx, float *k)
{
	double scale = (double)n->scale[c], inv = 1 / sqrt((double)n->variance[c] + 1e-5);
	k[c] = (float)(-scale * inv * d / count);
	k[channels + c] = (float)(-scale * inv * inv * inv * dx / count);
	k[2 * channels + c] = (float)(scale * inv);
}

static void batch_gradient(struct view v, const struct norm_backward *n, const float *k)
{
	long pieces = (long)v.n * v.blocks;
	int channels = v.blocks * v.lanes;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++) {
		struct piece q = piece_at(v, n, i);
		int c = (int)(i % v.blocks) * v.lanes;
		q.k0 = k + c;
		q.k1 = k + channels + c;
		q.k2 = k + 2 * channels + c;
		gradient_dispatch(&q, n->act);
	}
}

void norm_backward(struct view v, const struct norm_backward *n)
{
	long pieces = (long)v.n * v.blocks;
	int channels = v.blocks * v.lanes;
	bool batch = n->batch_statistics;
	struct sums *s = xcalloc((size_t)pieces, sizeof(*s));
	float *k = xcalloc((size_t)channels * 3, sizeof(*k));
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++) {
		struct piece q = piece_at(v, n, i);
		sums_dispatch(&q, n->act, !batch, &s[i]);
	}
	for (int c = 0; c < channels; c++) {
		double d = 0, dx = 0;
		for (int i = 0; i < v.n; i++) {
			const struct sums *one = &s[(long)i * v.blocks + c / v.lanes];
			d += one->d[c % v.lanes];
			dx += one->dx[c % v.lanes];
		}
		n->d_bias[c] = (float)d;
		n->d_scale[c] = (float)(dx / (sqrt((double)n->variance[c]) + 1e-6));
		if (batch)
			batch_coefficients(n, channels, (double)v.n * v.pixels, c, d, dx, k);
	}
	if (batch)
		batch_gradient(v, n, k);
	free(s);
	free(k);
}

#define SLICE 8192 /* floats a thread takes at a time */

SIMD(static, apply_slice, (ACTIVATION act, size_t n, const float *x, float *y), (act, n, x, y))
{
	float slope;
	if (is_slope(act, &slope))
		slope_slice16(n, x, x, slope, y);
	else
		for (size_t i = 0; i < n; i++)
			y[i] = act1(act, x[i]);
}

SIMD(static, backward_slice, (ACTIVATION act, size_t n, const float *y, const float *dy, float *dx),
     (act, n, y, dy, dx))
{
	float slope;
	if (is_slope(act, &slope))
		slope_slice16(n, y, dy, slope, dx);
	else
		for (size_t i = 0; i < n; i++)
			dx[i] = dy[i] * act1_gradient(act, y[i]);
}

static size_t slice_length(size_t n, size_t from)
{
	return n - from < SLICE ? n - from : SLICE;
}

void activation_apply(ACTIVATION act, size_t n, const float *x, float *y)
{
#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < n; i += SLICE)
		apply_slice(act, slice_length(n, i), x + i, y + i);
}

void activation_backward(ACTIVATION act, size_t n, const float *y, const float *dy, float *dx)
{
#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < n; i += SLICE)
		backward_slice(act, slice_length(n, i), y + i, dy + i, dx + i);
}

void floats_add(size_t n, const float *src, float *dst, bool accumulate)
{
#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < n; i += SLICE) {
		size_t len = slice_length(n, i);
		if (!accumulate)
			memcpy(dst + i, src + i, len * sizeof(*dst));
		else
			for (size_t k = i; k < i + len; k++)
				dst[k] += src[k];
	}
}
