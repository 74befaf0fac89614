#include "convolution.h"

#include <stdlib.h>
#include <string.h>

/* The filter's taps that lie within the picture, for the output pixel. */
struct taps {
	int r0, r1, s0, s1, y, x; /* y, x: where tap 0, 0 lies */
};

static int least(int a, int b)
{
	return a < b ? a : b;
}

static struct taps taps_of(const struct geometry *g, int oy, int ox)
{
	int y = oy * g->stride_h - g->pad_h, x = ox * g->stride_w - g->pad_w;
	return (struct taps){
	    y < 0 ? -y : 0, least(g->r, g->h - y), x < 0 ? -x : 0, least(g->s, g->w - x), y, x};
}

static void add_scaled(float *restrict to, float scale, const float *restrict from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] += scale * from[i];
}

/* [k][r][s][c] -> [groups][r][s][c][k / groups], so that sums over taps run along k. */
static float *across(const struct geometry *g, const float *w)
{
	int c = g->c / g->groups, k = g->k / g->groups, taps = g->r * g->s * c;
	float *out = malloc((size_t)g->k * (size_t)taps * sizeof(*out));
	for (int i = 0; i < g->k; i++)
		for (int t = 0; t < taps; t++)
			out[((size_t)(i / k) * (size_t)taps + (size_t)t) * (size_t)k +
			    (size_t)(i % k)] = w[(size_t)i * (size_t)taps + (size_t)t];
	return out;
}

static const float *pixel(const struct geometry *g, const float *x, int n, int y, int col)
{
	return x +
	       (((size_t)n * (size_t)g->h + (size_t)y) * (size_t)g->w + (size_t)col) * (size_t)g->c;
}

static void forward_pixel(const struct geometry *g, const float *x, const float *w, int n, int oy,
			  int ox, float *out)
{
	struct taps t = taps_of(g, oy, ox);
	int c = g->c / g->groups, k = g->k / g->groups;
	memset(out, 0, (size_t)g->k * sizeof(*out));
	for (int group = 0; group < g->groups; group++)
		for (int r = t.r0; r < t.r1; r++)
			for (int s = t.s0; s < t.s1; s++) {
				const float *in = pixel(g, x, n, t.y + r, t.x + s) + group * c;
				const float *row = w + (size_t)((group * g->r + r) * g->s + s) *
							   (size_t)c * (size_t)k;
				for (int i = 0; i < c; i++)
					add_scaled(out + group * k, in[i],
						   row + (size_t)i * (size_t)k, k);
			}
}

static void backward_pixel(const struct geometry *g, const float *dy, const float *w, int n, int oy,
			   int ox, float *dx)
{
	struct taps t = taps_of(g, oy, ox);
	int c = g->c / g->groups, per = g->k / g->groups;
	for (int k = 0; k < g->k; k++)
		for (int r = t.r0; r < t.r1; r++)
			for (int s = t.s0; s < t.s1; s++) {
				size_t at = (size_t)(pixel(g, dx, n, t.y + r, t.x + s) - dx);
				add_scaled(dx + at + k / per * c, dy[k],
					   w + (size_t)((k * g->r + r) * g->s + s) * (size_t)c, c);
			}
}

static void filter_pixel(const struct geometry *g, const float *x, const float *dy, int n, int oy,
			 int ox, float *dw)
{
	struct taps t = taps_of(g, oy, ox);
	int c = g->c / g->groups, per = g->k / g->groups;
	for (int k = 0; k < g->k; k++)
		for (int r = t.r0; r < t.r1; r++)
			for (int s = t.s0; s < t.s1; s++)
				add_scaled(dw + (size_t)((k * g->r + r) * g->s + s) * (size_t)c,
					   dy[k], pixel(g, x, n, t.y + r, t.x + s) + k / per * c,
					   c);
}

static size_t out_at(const struct geometry *g, int n, int oy, int ox)
{
	return (((size_t)n * (size_t)g->out_h + (size_t)oy) * (size_t)g->out_w + (size_t)ox) *
	       (size_t)g->k;
}

static void forward(const struct geometry *g, const float *x, const float *w, float *y)
{
	float *turned = across(g, w);
	for (int n = 0; n < g->n; n++)
		for (int oy = 0; oy < g->out_h; oy++)
			for (int ox = 0; ox < g->out_w; ox++)
				forward_pixel(g, x, turned, n, oy, ox, y + out_at(g, n, oy, ox));
	free(turned);
}

static void backward(const struct geometry *g, const float *dy, const float *w, float *dx)
{
	memset(dx, 0, (size_t)g->n * (size_t)g->h * (size_t)g->w * (size_t)g->c * sizeof(*dx));
	for (int n = 0; n < g->n; n++)
		for (int oy = 0; oy < g->out_h; oy++)
			for (int ox = 0; ox < g->out_w; ox++)
				backward_pixel(g, dy + out_at(g, n, oy, ox), w, n, oy, ox, dx);
}

/* The sum of a row of pixels in float, those of rows in double. */
static void filter(const struct geometry *g, const float *x, const float *dy, float *dw)
{
	size_t n_taps = (size_t)g->k * (size_t)(g->r * g->s) * (size_t)(g->c / g->groups);
	double *sum = calloc(n_taps, sizeof(*sum));
	for (int n = 0; n < g->n; n++)
		for (int oy = 0; oy < g->out_h; oy++) {
			memset(dw, 0, n_taps * sizeof(*dw));
			for (int ox = 0; ox < g->out_w; ox++)
				filter_pixel(g, x, dy + out_at(g, n, oy, ox), n, oy, ox, dw);
			for (size_t i = 0; i < n_taps; i++)
				sum[i] += (double)dw[i];
		}
	for (size_t i = 0; i < n_taps; i++)
		dw[i] = (float)sum[i];
	free(sum);
}

void convolve(const struct geometry *g, enum direction d, const float *a, const float *b,
	      float *out)
{
	static void (*const ways[])(const struct geometry *, const float *, const float *,
				    float *) = {forward, backward, filter};
	ways[d](g, a, b, out);
}
