/* Winograd's convolution against the plain sum in double precision: forward and both ways back, on
 * shapes that end in the middle of a tile, of a block and of a chunk, on any number of threads. */
#include "onednn/onednn.h"
#include "onednn/winograd.h"

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Largest error, as a share of the root mean square of what is right. */
static const double tolerance = 1e-4;

static const struct shape {
	int n, c, out_c, h, w, pad;
} shapes[] = {
    {1, 16, 16, 4, 4, 1},   {2, 16, 24, 14, 14, 1},  {3, 40, 20, 13, 9, 1},  {2, 17, 33, 7, 7, 1},
    {1, 16, 16, 12, 30, 0}, {2, 16, 16, 6, 6, 2},    {5, 64, 48, 28, 28, 1}, {2, 128, 200, 6, 6, 1},
    {3, 128, 256, 8, 8, 1}, {1, 256, 48, 60, 60, 1},
};

struct conv {
	struct wino_shape s;
	struct wino *wino;
	float *x, *dx, *weights, *d_weights, *bias, *scale, *y, *dy, *scratch;
	size_t n_x, n_y, n_weights;
};

static int padded(int channels, int block)
{
	return (channels + block - 1) / block * block;
}

static size_t at(const struct wino_shape *s, int channels, int h, int w, int i, int c, int y, int x)
{
	size_t plane =
	    (size_t)i * (size_t)(padded(channels, s->block) / s->block) + (size_t)(c / s->block);
	return ((plane * (size_t)h + (size_t)y) * (size_t)w + (size_t)x) * (size_t)s->block +
	       (size_t)(c % s->block);
}

static size_t x_at(const struct wino_shape *s, int i, int c, int y, int x)
{
	return at(s, s->c, s->h, s->w, i, c, y, x);
}

static size_t y_at(const struct wino_shape *s, int i, int c, int y, int x)
{
	return at(s, s->out_c, s->out_h, s->out_w, i, c, y, x);
}

static size_t weight_at(const struct wino_shape *s, int o, int c, int tap)
{
	size_t b = (size_t)s->block, blocks = (size_t)padded(s->c, s->block) / b;
	return ((((size_t)o / b * blocks + (size_t)c / b) * 9 + (size_t)tap) * b + (size_t)c % b) *
		   b +
	       (size_t)o % b;
}

/* Channels beyond the last are zero, as in a plan. */
static void fill(struct conv *v)
{
	const struct wino_shape *s = &v->s;
	uint64_t i = 0;
	for (int n = 0; n < s->n; n++) {
		for (int c = 0; c < s->c; c++)
			for (int k = 0; k < s->h * s->w; k++)
				v->x[x_at(s, n, c, k / s->w, k % s->w)] = (float)rng_normal(1, i++);
		for (int c = 0; c < s->out_c; c++)
			for (int k = 0; k < s->out_h * s->out_w; k++)
				v->dy[y_at(s, n, c, k / s->out_w, k % s->out_w)] =
				    (float)rng_normal(2, i++);
	}
	for (int o = 0; o < s->out_c; o++) {
		v->bias[o] = (float)rng_normal(3, i++);
		v->scale[o] = (float)rng_normal(5, i++);
		for (int k = 0; k < s->c * 9; k++)
			v->weights[weight_at(s, o, k / 9, k % 9)] = (float)rng_normal(4, i++);
	}
}

/* False: this processor has no code for it. */
static bool conv_open(struct conv *v, const struct shape *a, int threads)
{
	int grow = 2 * a->pad - 2, b = onednn_block();
	v->s = (struct wino_shape){a->n,        a->c,        a->h,   a->w, a->out_c,
				   a->h + grow, a->w + grow, a->pad, b};
	if (!wino_fits(&v->s))
		return false;
	omp_set_num_threads(threads);
	v->wino = wino_new(&v->s);
	size_t c = (size_t)padded(a->c, b), out_c = (size_t)padded(a->out_c, b);
	v->n_x = (size_t)a->n * c * (size_t)(a->h * a->w);
	v->n_y = (size_t)a->n * out_c * (size_t)(v->s.out_h * v->s.out_w);
	v->n_weights = c * out_c * 9;
	v->x = xcalloc(v->n_x, sizeof(float));
	v->dx = xcalloc(v->n_x, sizeof(float));
	v->y = xcalloc(v->n_y, sizeof(float));
	v->dy = xcalloc(v->n_y, sizeof(float));
	v->weights = xcalloc(v->n_weights, sizeof(float));
	v->d_weights = xcalloc(v->n_weights, sizeof(float));
	v->bias = xcalloc(out_c, sizeof(float));
	v->scale = xcalloc(out_c, sizeof(float));
	v->scratch = xcalloc(wino_scratch(v->wino), sizeof(float));
	fill(v);
	return true;
}

static void conv_close(struct conv *v)
{
	float *all[] = {v->x,         v->dx,   v->y,     v->dy,     v->weights,
			v->d_weights, v->bias, v->scale, v->scratch};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
	wino_free(v->wino);
}

static void run(struct conv *v, float slope)
{
	wino_forward(v->wino, v->x, v->weights, v->bias, slope, v->y, v->scratch);
	wino_backward_data(v->wino, v->dy, v->weights, v->dx, v->scratch);
	wino_backward_weights(v->wino, v->x, v->dy, v->scale, v->d_weights, v->scratch);
}

/* Adds what every pair of an input and an output pixel contributes, told of its three places. */
static void each_product(const struct conv *v, double *y, double *dx, double *dw)
{
	const struct wino_shape *s = &v->s;
	for (int n = 0; n < s->n; n++)
		for (int o = 0; o < s->out_c; o++)
			for (int p = 0; p < s->out_h * s->out_w; p++)
				for (int tap = 0; tap < 9; tap++) {
					int row = p / s->out_w + tap / 3 - s->pad;
					int col = p % s->out_w + tap % 3 - s->pad;
					if (row < 0 || row >= s->h || col < 0 || col >= s->w)
						continue;
					size_t to = y_at(s, n, o, p / s->out_w, p % s->out_w);
					for (int c = 0; c < s->c; c++) {
						size_t from = x_at(s, n, c, row, col);
						size_t by = weight_at(s, o, c, tap);
						double x = (double)v->x[from],
						       w = (double)v->weights[by];
						y[to] += x * w;
						dx[from] += w * (double)v->dy[to];
						dw[by] +=
						    x * (double)v->dy[to] * (double)v->scale[o];
					}
				}
}

static void compare(const float *ours, const double *right, size_t n, const char *what,
		    const struct shape *a)
{
	double square = 0, worst = 0;
	for (size_t i = 0; i < n; i++) {
		square += right[i] * right[i];
		worst = fmax(worst, fabs((double)ours[i] - right[i]));
	}
	if (!(worst <= tolerance * sqrt(square / (double)n)))
		fail_msg("%s of %dx%dx%dx%d -> %d, pad %d: off by %g of %g", what, a->n, a->c, a->h,
			 a->w, a->out_c, a->pad, worst, sqrt(square / (double)n));
}

static void agrees(const struct conv *v, const struct shape *a, float slope)
{
	const struct wino_shape *s = &v->s;
	double *y = xcalloc(v->n_y, sizeof(*y)), *dx = xcalloc(v->n_x, sizeof(*dx));
	double *dw = xcalloc(v->n_weights, sizeof(*dw));
	each_product(v, y, dx, dw);
	for (int n = 0; n < s->n; n++)
		for (int o = 0; o < s->out_c; o++)
			for (int p = 0; p < s->out_h * s->out_w; p++) {
				double *z = &y[y_at(s, n, o, p / s->out_w, p % s->out_w)];
				*z += (double)v->bias[o];
				*z *= *z > 0 ? 1 : (double)slope;
			}
	compare(v->y, y, v->n_y, "output", a);
	compare(v->dx, dx, v->n_x, "gradient by the input", a);
	compare(v->d_weights, dw, v->n_weights, "gradient by the weights", a);
	free(y);
	free(dx);
	free(dw);
}

static void is_the_plain_sum(void **state)
{
	(void)state;
	int fitting = 0;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct conv v = {0};
		if (!conv_open(&v, &shapes[i], 1 + (int)i % 3))
			continue;
		fitting++;
		run(&v, i % 2 ? .1f : 1);
		agrees(&v, &shapes[i], i % 2 ? .1f : 1);
		conv_close(&v);
	}
	if (!fitting)
		skip();
	assert_int_equal(fitting, sizeof(shapes) / sizeof(*shapes));
}

/* The same call twice, over scratch that the first has left behind; other threads. */
static void same_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct conv a = {0}, b = {0};
		if (!conv_open(&a, &shapes[i], 3))
			skip();
		run(&a, 1);
		float *first = xcalloc(a.n_weights, sizeof(*first));
		memcpy(first, a.d_weights, a.n_weights * sizeof(*first));
		run(&a, 1);
		assert_memory_equal(first, a.d_weights, a.n_weights * sizeof(*first));
		assert_true(conv_open(&b, &shapes[i], 1));
		run(&b, 1);
		assert_memory_equal(a.y, b.y, a.n_y * sizeof(float));
		assert_memory_equal(a.dx, b.dx, a.n_x * sizeof(float));
		free(first);
		conv_close(&a);
		conv_close(&b);
	}
}

/* Two pixels of an output cost as many products as a tile. */
static void leaves_small_maps_alone(void **state)
{
	(void)state;
	int b = onednn_block();
	struct wino_shape two = {1, 32, 2, 2, 32, 2, 2, 1, b},
			  few = {1, 3, 32, 32, 32, 32, 32, 1, b};
	assert_false(wino_fits(&two));
	assert_false(wino_fits(&few));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_the_plain_sum),
	    cmocka_unit_test(same_bits),
	    cmocka_unit_test(leaves_small_maps_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
