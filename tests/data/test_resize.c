/* Resizing against a slow, straightforward reference of Darknet's letterbox. */
#include "pictures.h"

#include <math.h>

static float pixel(const struct image *im, int x, int y, int c)
{
	return (float)(im->rgb[((size_t)y * (size_t)im->w + (size_t)x) * 3 + (size_t)c] / 255.0);
}

/* One value of the whole picture resized to w x h. Source: Darknet image.c resize_image():
 * linear between pixel centres, corner on corner, in float; in its last row the lower neighbour
 * is left out. */
static float resized(const struct image *im, int64_t w, int64_t h, int64_t x, int64_t y, int c)
{
	float scale_x = (float)(im->w - 1) / (float)(w - 1),
	      scale_y = (float)(im->h - 1) / (float)(h - 1);
	float sy = h == 1 ? 0 : (float)y * scale_y, rows[2];
	int iy = (int)sy;
	for (int i = 0; i < 2; i++) {
		int row = iy + i < im->h ? iy + i : im->h - 1;
		float sx = (float)x * scale_x;
		int ix = (int)sx;
		if (x == w - 1 || im->w == 1)
			rows[i] = pixel(im, im->w - 1, row, c);
		else
			rows[i] =
			    (1 - (sx - (float)ix)) * pixel(im, ix, row, c) +
			    (sx - (float)ix) * pixel(im, ix + 1 < im->w ? ix + 1 : ix, row, c);
	}
	float share = sy - (float)iy, v = (1 - share) * rows[0];
	return y == h - 1 || im->h == 1 ? v : v + share * rows[1];
}

/* The size of the whole picture in the frame. */
static void reference_size(const struct image *im, enum resize_mode mode, int w, int h, int64_t *rw,
			   int64_t *rh)
{
	bool wide = (float)w / (float)im->w < (float)h / (float)im->h;
	*rw = w;
	*rh = h;
	if (mode == RESIZE_STRETCH)
		return;
	if (wide == (mode == RESIZE_LETTERBOX))
		*rh = (int64_t)im->h * w / im->w;
	else
		*rw = (int64_t)im->w * h / im->h;
}

static float reference(const struct image *im, enum resize_mode mode, int w, int h, int x, int y,
		       int c)
{
	int64_t rw, rh;
	reference_size(im, mode, w, h, &rw, &rh);
	int64_t u = x - (w - rw) / 2, v = y - (h - rh) / 2;
	if (u < 0 || v < 0 || u >= rw || v >= rh)
		return 0.5f;
	return resized(im, rw, rh, u, v, c);
}

static double worst_difference(const struct image *im, enum resize_mode mode, int w, int h)
{
	float *out = xcalloc((size_t)(3 * w * h), sizeof(*out));
	double worst = 0;
	image_to_input(im, mode, w, h, out);
	for (int c = 0; c < 3; c++)
		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++) {
				double d = fabs((double)out[(c * h + y) * w + x] -
						(double)reference(im, mode, w, h, x, y, c));
				worst = d > worst ? d : worst;
			}
	free(out);
	return worst;
}

static void all_modes_against_reference(void **state)
{
	(void)state;
	static const int pictures[][2] = {{320, 240}, {240, 320}, {500, 333},
					  {64, 64},   {17, 91},   {7, 5}};
	static const int frames[][2] = {{224, 224}, {64, 64},   {100, 50},
					{33, 77},   {300, 300}, {2, 2}};
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < 6; j++)
			for (int mode = 0; mode < RESIZE_N; mode++) {
				struct image im = make_image(pictures[i][0], pictures[i][1], i);
				double worst =
				    worst_difference(&im, mode, frames[j][0], frames[j][1]);
				assert_true(worst < 1e-6);
				image_release(&im);
			}
}

/* Rounding of a row's place decides whether Darknet darkens the last row: hundreds of sizes meet
 * both cases. */
static void letterbox_at_many_sizes(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 400; i++) {
		uint64_t key = rng_key(5, RNG_INIT, i, 0);
		int w = 1 + (int)rng_below(key, 0, 90), h = 1 + (int)rng_below(key, 1, 90);
		int fw = 1 + (int)rng_below(key, 2, 60), fh = 1 + (int)rng_below(key, 3, 60);
		struct image im = make_image(w, h, i);
		assert_true(worst_difference(&im, RESIZE_LETTERBOX, fw, fh) < 1e-6);
		image_release(&im);
	}
}

static void same_size_changes_nothing(void **state)
{
	(void)state;
	enum { N = 40 };
	struct image im = make_image(N, N, 1);
	float out[3 * N * N];
	for (int mode = 0; mode < RESIZE_N; mode++) {
		image_to_input(&im, mode, N, N, out);
		for (int c = 0; c < 3; c++)
			for (int i = 0; i < N * N; i++)
				assert_true(fabs((double)(out[c * N * N + i] * 255) -
						 im.rgb[3 * i + c]) < 1e-3);
	}
	image_release(&im);
}

static void bars_are_grey(void **state)
{
	(void)state;
	struct image im = make_image(100, 50, 1);
	float out[3 * 64 * 64];
	image_to_input(&im, RESIZE_LETTERBOX, 64, 64, out);
	for (int c = 0; c < 3; c++)
		for (int x = 0; x < 64; x++) {
			assert_true(out[c * 4096 + 15 * 64 + x] == 0.5f &&
				    out[c * 4096 + 48 * 64 + x] == 0.5f);
			assert_true(out[c * 4096 + 63 * 64 + x] == 0.5f);
		}
	image_release(&im);
}

/* Shapes so extreme that one side of the resized picture vanishes, or that a product leaves 32
 * bits. */
static void extreme_shapes(void **state)
{
	(void)state;
	static const int shapes[][2] = {{1, 1}, {1, 3000},    {3000, 1},
					{2, 1}, {1000000, 1}, {1, 1000000}};
	float out[3 * 32 * 32];
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct image im = make_image(shapes[i][0], shapes[i][1], i);
		for (int mode = 0; mode < RESIZE_N; mode++) {
			image_to_input(&im, mode, 32, 32, out);
			for (int k = 0; k < 3 * 32 * 32; k++)
				assert_true(out[k] >= 0 && out[k] <= 1);
		}
		image_release(&im);
	}
}

static void thumbnail_averages_areas(void **state)
{
	(void)state;
	/* 80 x 40, of which the middle 40 x 40 is kept: columns of blocks of one colour */
	uint8_t *px = xcalloc(80 * 40, 3);
	for (int i = 0; i < 80 * 40; i++)
		memset(px + 3 * i, i % 80 < 20 ? 255 : (i % 2 ? 100 : 50) + i % 80, 3);
	struct image im = {80, 40, px};
	uint8_t out[10 * 10 * 3];
	image_thumbnail(&im, 10, 10, out);
	for (int y = 0; y < 10; y++)
		for (int x = 0; x < 10; x++) {
			double want = 75 + 20 + 4 * x + 1.5;
			for (int c = 0; c < 3; c++)
				assert_true(fabs(out[(y * 10 + x) * 3 + c] - want) <= 1);
		}
	image_release(&im);
}

static void thumbnail_of_any_shape(void **state)
{
	(void)state;
	static const int shapes[][2] = {{1, 1}, {3, 500}, {500, 3}, {13, 7}, {16, 12}};
	for (size_t i = 0; i < 5; i++) {
		struct image im = make_image(shapes[i][0], shapes[i][1], i);
		uint8_t out[16 * 12 * 3];
		memset(im.rgb, 77, (size_t)(3 * im.w * im.h));
		image_thumbnail(&im, 16, 12, out);
		for (size_t k = 0; k < sizeof(out); k++)
			assert_int_equal(out[k], 77);
		image_release(&im);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_modes_against_reference),
	    cmocka_unit_test(letterbox_at_many_sizes),
	    cmocka_unit_test(same_size_changes_nothing),
	    cmocka_unit_test(bars_are_grey),
	    cmocka_unit_test(extreme_shapes),
	    cmocka_unit_test(thumbnail_averages_areas),
	    cmocka_unit_test(thumbnail_of_any_shape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
