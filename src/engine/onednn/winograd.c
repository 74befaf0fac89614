#include "winograd.h"
#include "vector.h"

#include "thaw/base/alloc.h"
#include "thaw/base/simd.h"

#include <omp.h>
#include <stdlib.h>

enum {
	POINTS = 36,
	TILE = 4,
	CHUNK = 2,    /* blocks of the result's channels in one product */
	ROWS_MAX = 6, /* rows of a product that stay in registers */
};

/* The points a and b, and 1 / their shares in the interpolation. */
static const float ROOT_A = 0.70710678118654752f, ROOT_B = 1.41421356237309505f;
static const float SHARE_A = -2.f / 3, SHARE_B = 1.f / 6;

/* One end of a pass: [n][blocks][h][w][block of channels], cut into tiles. */
struct side {
	const float *data;
	int blocks, h, w;
	int tiles_y, tiles_x;
	/* A tile's window of size x size begins `pad` above and left of it. */
	int pad, size;
};

/* Where a pass writes. */
struct result {
	struct side side; /* but its data */
	float *data;
	const float *bias; /* NULL: none */
	float slope;
};

struct weights {
	const float *data;
	int in_blocks;
	bool back; /* led from outputs to inputs, turned around */
};

/* Of the weights: a sum of several copies of u, `copy` floats apart, in order; each channel of the
 * output is scaled. */
struct gradient {
	float *data;
	int in_blocks, copies;
	size_t copy;
	const float *scale; /* NULL: 1 each */
};

struct product {
	const float *a; /* [rows][depth], a_row and a_step apart */
	size_t a_row, a_step;
	const float *b; /* [depth][blocks of LANES] */
	float *c;       /* [rows][…], c_row apart */
	size_t c_row;
	int rows, depth, blocks;
	bool add;
};

struct place {
	int image, y, x;
};

INLINE struct place place_of(const struct side *s, int tile)
{
	int of_image = tile % (s->tiles_y * s->tiles_x);
	return (struct place){tile / (s->tiles_y * s->tiles_x), of_image / s->tiles_x * TILE,
			      of_image % s->tiles_x * TILE};
}

#define LANES 8
#include "winograd_lanes.inc"
#define LANES 16
#include "winograd_lanes.inc"

/* Code for both widths, each with the instructions that go with it. */
#define WIDE(name, params, args)                                                                   \
	SIMD_TARGET(SIMD_V3_NAMES) static void name##_v3 params                                    \
	{                                                                                          \
		name##8 args;                                                                      \
	}                                                                                          \
	SIMD_TARGET(SIMD_V4_NAMES) static void name##_v4 params                                    \
	{                                                                                          \
		name##16 args;                                                                     \
	}                                                                                          \
	static void name params                                                                    \
	{                                                                                          \
		if (simd_level() == SIMD_V4)                                                       \
			name##_v4 args;                                                            \
		else                                                                               \
			name##_v3 args;                                                            \
	}

WIDE(scatter,
     (const struct side *s, int first, int n, int from, int blocks, float *out, size_t point),
     (s, first, n, from, blocks, out, point))
WIDE(gather,
     (const struct result *r, int first, int n, int from, int blocks, const float *m, size_t point),
     (r, first, n, from, blocks, m, point))
WIDE(spread, (const struct weights *k, int source, int from, int blocks, float *u, size_t point),
     (k, source, from, blocks, u, point))
WIDE(collect,
     (const struct gradient *k, int source, int from, int blocks, const float *u, size_t point),
     (k, source, from, blocks, u, point))
WIDE(product, (const struct product *q), (q))

/* ---- how a pass is divided ---- */

enum {
	SMALL_U = 400000,  /* floats of transformed weights that stay in the caches of a core */
	V_OF_CORE = 64000, /* of transformed tiles that a core works on; less than its cache */
	V_AT_ONCE = 600000,
	ALIGN = 16, /* between points, so that they do not fall on the same lines of a cache */
};

/* u: weights [chunks][POINTS][depth][CHUNK blocks]; v: tiles [pieces][POINTS][tiles][depth]; m: their
 * product, or the other factor of the weights' gradient, [POINTS][tiles][CHUNK blocks]. Where u is
 * small it is made whole, and a piece of v for each piece of tiles in turn; else v is made for
 * `at_once` pieces, and u a chunk at a time. */
struct division {
	int depth;          /* channels summed over, or of the weights' input */
	int blocks;         /* of the result */
	int n_tiles, tiles; /* all, of a piece */
	int chunks, pieces, at_once, groups;
	bool whole; /* u is */
	size_t u_point, u_chunk, v_point, v_piece, m_point, m_size;
};

struct wino {
	struct wino_shape s;
	int threads;
	struct side in, out; /* but their data; windows are of the forward pass */
	struct division forward, back, weights;
};

static int at_most(int a, int b)
{
	return a < b ? a : b;
}

static int ceil_div(int a, int b)
{
	return (a + b - 1) / b;
}

static struct division divide(const struct wino *w, int depth_blocks, int blocks, int n_tiles)
{
	int block = w->s.block;
	struct division d = {.depth = depth_blocks * block, .blocks = blocks, .n_tiles = n_tiles};
	d.chunks = ceil_div(blocks, CHUNK);
	d.u_point = (size_t)(d.depth * CHUNK * block + ALIGN);
	d.u_chunk = POINTS * d.u_point;
	d.whole = (size_t)d.chunks * d.u_chunk <= SMALL_U;
	int fit = d.whole ? V_OF_CORE / (POINTS * d.depth) : 4 * ROWS_MAX;
	d.tiles = (fit < ROWS_MAX ? ROWS_MAX : at_most(fit, 8 * ROWS_MAX)) / ROWS_MAX * ROWS_MAX;
	d.tiles = at_most(d.tiles, n_tiles);
	d.pieces = ceil_div(n_tiles, d.tiles);
	d.groups = at_most(w->threads, d.pieces);
	d.v_point = (size_t)(d.tiles * d.depth + ALIGN);
	d.v_piece = POINTS * d.v_point;
	d.m_point = (size_t)(d.tiles * CHUNK * block + ALIGN);
	d.m_size = POINTS * d.m_point;
	size_t u = (size_t)d.chunks * d.u_chunk, most = u > V_AT_ONCE ? u : V_AT_ONCE;
	int fits = (int)(most / d.v_piece);
	d.at_once = at_most(fits < 1 ? 1 : fits, d.pieces);
	return d;
}

static size_t scratch_of(const struct wino *w, const struct division *d)
{
	size_t threads = (size_t)w->threads;
	if (d->whole)
		return (size_t)d->chunks * d->u_chunk + threads * (d->v_piece + d->m_size);
	return (size_t)d->at_once * d->v_piece + threads * (d->u_chunk + d->m_size);
}

/* The gradient of a chunk is kept until all tiles have been added: at once, by its thread. */
static bool keeps_chunks(const struct division *d)
{
	return d->at_once < d->pieces;
}

static size_t weights_scratch(const struct wino *w, const struct division *d)
{
	size_t threads = (size_t)w->threads, chunks = (size_t)d->chunks;
	if (d->whole)
		return (size_t)d->groups * chunks * d->u_chunk + threads * (d->v_piece + d->m_size);
	return (size_t)d->at_once * d->v_piece + (keeps_chunks(d) ? chunks : threads) * d->u_chunk +
	       threads * d->m_size;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

size_t wino_scratch(const struct wino *w)
{
	return larger(weights_scratch(w, &w->weights),
		      larger(scratch_of(w, &w->forward), scratch_of(w, &w->back)));
}

static int tiles_along(int length)
{
	return ceil_div(length, TILE);
}

/* A tile costs POINTS multiplications instead of nine for each of its pixels; the transforms want
 * some gain beyond. */
bool wino_fits(const struct wino_shape *s)
{
	int width = simd_level() == SIMD_V4 ? 16 : simd_level() == SIMD_V3 ? 8 : 0;
	int tiles = tiles_along(s->out_h) * tiles_along(s->out_w);
	return s->block == width && s->c >= s->block && s->out_c >= s->block &&
	       2 * tiles * POINTS <= s->out_h * s->out_w * 9;
}

struct wino *wino_new(const struct wino_shape *s)
{
	struct wino *w = xcalloc(1, sizeof(*w));
	*w = (struct wino){.s = *s, .threads = omp_get_max_threads()};
	int b = s->block, in = ceil_div(s->c, b), out = ceil_div(s->out_c, b);
	w->in = (struct side){NULL, in, s->h, s->w, tiles_along(s->h), tiles_along(s->w), 0, 6};
	w->out = (struct side){
	    NULL, out, s->out_h, s->out_w, tiles_along(s->out_h), tiles_along(s->out_w), 0, TILE};
	int there = s->n * w->out.tiles_y * w->out.tiles_x;
	int back = s->n * w->in.tiles_y * w->in.tiles_x;
	w->forward = divide(w, in, out, there);
	w->back = divide(w, out, in, back);
	w->weights = divide(w, in, out, there);
	return w;
}

void wino_free(struct wino *w)
{
	free(w);
}

/* ---- passes ---- */

/* What a thread or a group has for itself: number i of blocks of `size` floats at `at`. */
static float *own(float *at, int i, size_t size)
{
	return at + (size_t)i * size;
}

static int blocks_of(const struct division *d, int chunk)
{
	return at_most(CHUNK, d->blocks - chunk * CHUNK);
}

static int tiles_of(const struct division *d, int piece)
{
	return at_most(d->tiles, d->n_tiles - piece * d->tiles);
}

/* A chunk of the output's channels for a piece of its tiles. */
static void multiply(const struct wino *w, const struct division *d, const struct result *to,
		     int piece, int chunk, const float *v, const float *u, float *m)
{
	int blocks = blocks_of(d, chunk), tiles = tiles_of(d, piece);
	for (int p = 0; p < POINTS; p++)
		product(&(struct product){.a = v + (size_t)p * d->v_point,
					  .a_row = (size_t)d->depth,
					  .a_step = 1,
					  .b = u + (size_t)p * d->u_point,
					  .c = m + (size_t)p * d->m_point,
					  .c_row = (size_t)(blocks * w->s.block),
					  .rows = tiles,
					  .depth = d->depth,
					  .blocks = blocks});
	gather(to, piece * d->tiles, tiles, chunk * CHUNK, blocks, m, d->m_point);
}

static void convolve_small(const struct wino *w, const struct division *d, const struct side *from,
			   const struct weights *k, const struct result *to, float *scratch)
{
	float *u = scratch, *v = u + (size_t)d->chunks * d->u_chunk;
	float *m = v + (size_t)w->threads * d->v_piece;
	int sources = d->depth / w->s.block;
#pragma omp parallel num_threads(w->threads)
	{
		float *my_v = own(v, omp_get_thread_num(), d->v_piece);
		float *my_m = own(m, omp_get_thread_num(), d->m_size);
#pragma omp for schedule(static)
		for (int i = 0; i < d->chunks * sources; i++)
			spread(k, i % sources, i / sources * CHUNK, blocks_of(d, i / sources),
			       own(u, i / sources, d->u_chunk), d->u_point);
#pragma omp for schedule(dynamic, 1)
		for (int i = 0; i < d->pieces; i++) {
			scatter(from, i * d->tiles, tiles_of(d, i), 0, from->blocks, my_v,
				d->v_point);
			for (int c = 0; c < d->chunks; c++)
				multiply(w, d, to, i, c, my_v, own(u, c, d->u_chunk), my_m);
		}
	}
}

/* Tiles of pieces first .. first + n - 1, shared out one by one among the threads of a region. */
static void scatter_pieces(const struct division *d, const struct side *from, int first, int n,
			   float *v)
{
	int begin = first * d->tiles, end = at_most(begin + n * d->tiles, d->n_tiles);
#pragma omp for schedule(dynamic, 1)
	for (int t = begin; t < end; t++)
		scatter(from, t, 1, 0, from->blocks,
			own(v, (t - begin) / d->tiles, d->v_piece) +
			    (size_t)((t - begin) % d->tiles * d->depth),
			d->v_point);
}

static void convolve_large(const struct wino *w, const struct division *d, const struct side *from,
			   const struct weights *k, const struct result *to, float *scratch)
{
	float *v = scratch, *u = v + (size_t)d->at_once * d->v_piece;
	float *m = u + (size_t)w->threads * d->u_chunk;
#pragma omp parallel num_threads(w->threads)
	for (int first = 0; first < d->pieces; first += d->at_once) {
		float *my_u = own(u, omp_get_thread_num(), d->u_chunk);
		float *my_m = own(m, omp_get_thread_num(), d->m_size);
		int n = at_most(d->at_once, d->pieces - first);
		scatter_pieces(d, from, first, n, v);
#pragma omp for schedule(dynamic, 1)
		for (int c = 0; c < d->chunks; c++) {
			for (int s = 0; s < d->depth / w->s.block; s++)
				spread(k, s, c * CHUNK, blocks_of(d, c), my_u, d->u_point);
			for (int i = 0; i < n; i++)
				multiply(w, d, to, first + i, c, own(v, i, d->v_piece), my_u, my_m);
		}
	}
}

static void convolve(const struct wino *w, const struct division *d, const struct side *from,
		     const struct weights *k, const struct result *to, float *scratch)
{
	if (d->whole)
		convolve_small(w, d, from, k, to, scratch);
	else
		convolve_large(w, d, from, k, to, scratch);
}

/* The windows of 6x6 that lead to the tiles of `to`. */
static struct side windows(const struct side *from, const struct side *to, int pad,
			   const float *data)
{
	struct side s = *from;
	s.data = data;
	s.tiles_y = to->tiles_y;
	s.tiles_x = to->tiles_x;
	s.pad = pad;
	s.size = 6;
	return s;
}

void wino_forward(const struct wino *w, const float *x, const float *weights, const float *bias,
		  float slope, float *y, float *scratch)
{
	struct side from = windows(&w->in, &w->out, w->s.pad, x);
	struct weights k = {weights, w->in.blocks, false};
	struct result to = {w->out, y, bias, slope};
	convolve(w, &w->forward, &from, &k, &to, scratch);
}

void wino_backward_data(const struct wino *w, const float *dy, const float *weights, float *dx,
			float *scratch)
{
	struct side from = windows(&w->out, &w->in, 2 - w->s.pad, dy);
	struct weights k = {weights, w->in.blocks, true};
	struct result to = {w->in, dx, NULL, 1};
	convolve(w, &w->back, &from, &k, &to, scratch);
}

/* Add a piece of tiles to the transformed gradient of a chunk. */
static void learn(const struct wino *w, const struct division *d, const struct side *dy, int piece,
		  int chunk, const float *v, float *u, float *m, bool add)
{
	int blocks = blocks_of(d, chunk), tiles = tiles_of(d, piece);
	scatter(dy, piece * d->tiles, tiles, chunk * CHUNK, blocks, m, d->m_point);
	for (int p = 0; p < POINTS; p++)
		product(&(struct product){.a = v + (size_t)p * d->v_point,
					  .a_row = 1,
					  .a_step = (size_t)d->depth,
					  .b = m + (size_t)p * d->m_point,
					  .c = u + (size_t)p * d->u_point,
					  .c_row = (size_t)(blocks * w->s.block),
					  .rows = d->depth,
					  .depth = tiles,
					  .blocks = blocks,
					  .add = add});
}

/* Each group adds up its own pieces. */
static void learn_small(const struct wino *w, const struct side *x, const struct side *dy,
			struct gradient *to, float *scratch)
{
	const struct division *d = &w->weights;
	size_t u_size = (size_t)d->chunks * d->u_chunk;
	to->copies = d->groups;
	to->copy = u_size;
	float *u = scratch, *v = u + (size_t)d->groups * u_size;
	float *m = v + (size_t)w->threads * d->v_piece;
	int sources = w->in.blocks;
#pragma omp parallel num_threads(w->threads)
	{
		float *my_v = own(v, omp_get_thread_num(), d->v_piece);
		float *my_m = own(m, omp_get_thread_num(), d->m_size);
#pragma omp for schedule(static, 1)
		for (int g = 0; g < d->groups; g++) {
			int from = (int)((long)g * d->pieces / d->groups);
			int end = (int)((long)(g + 1) * d->pieces / d->groups);
			for (int i = from; i < end; i++) {
				scatter(x, i * d->tiles, tiles_of(d, i), 0, x->blocks, my_v,
					d->v_point);
				for (int c = 0; c < d->chunks; c++)
					learn(w, d, dy, i, c, my_v,
					      own(u, g, u_size) + (size_t)c * d->u_chunk, my_m,
					      i > from);
			}
		}
#pragma omp for schedule(static)
		for (int i = 0; i < d->chunks * sources; i++)
			collect(to, i % sources, i / sources * CHUNK, blocks_of(d, i / sources),
				own(u, i / sources, d->u_chunk), d->u_point);
	}
}

static void learn_large(const struct wino *w, const struct side *x, const struct side *dy,
			struct gradient *to, float *scratch)
{
	const struct division *d = &w->weights;
	float *v = scratch, *u = v + (size_t)d->at_once * d->v_piece;
	float *m = u + (size_t)(keeps_chunks(d) ? d->chunks : w->threads) * d->u_chunk;
#pragma omp parallel num_threads(w->threads)
	for (int first = 0; first < d->pieces; first += d->at_once) {
		float *my_m = own(m, omp_get_thread_num(), d->m_size);
		int n = at_most(d->at_once, d->pieces - first);
		scatter_pieces(d, x, first, n, v);
#pragma omp for schedule(dynamic, 1)
		for (int c = 0; c < d->chunks; c++) {
			float *my_u =
			    own(u, keeps_chunks(d) ? c : omp_get_thread_num(), d->u_chunk);
			for (int i = 0; i < n; i++)
				learn(w, d, dy, first + i, c, own(v, i, d->v_piece), my_u, my_m,
				      first + i > 0);
			for (int s = 0; first + n == d->pieces && s < w->in.blocks; s++)
				collect(to, s, c * CHUNK, blocks_of(d, c), my_u, d->u_point);
		}
	}
}

void wino_backward_weights(const struct wino *w, const float *x, const float *dy,
			   const float *scale, float *d_weights, float *scratch)
{
	struct side from = windows(&w->in, &w->out, w->s.pad, x), back = w->out;
	struct gradient to = {d_weights, w->in.blocks, 1, 0, scale};
	back.data = dy;
	if (w->weights.whole)
		learn_small(w, &from, &back, &to, scratch);
	else
		learn_large(w, &from, &back, &to, scratch);
}
