/* Random views: at rest they are the view itself, and what they disturb stays within what was
 * asked for. */
#include "pictures.h"

#include "thaw/base/clock.h"
#include "thaw/data/augment.h"

#include <dirent.h>
#include <math.h>

static const struct augment_config at_rest = {
    .crop = 1, .aspect = 1, .saturation = 1, .exposure = 1};

static float *view_of_picture(const struct image *im, const struct augment_config *a,
			      enum resize_mode mode, uint64_t key, int w, int h)
{
	float *out = xcalloc((size_t)(3 * w * h), sizeof(*out));
	augment_to_input(im, a, mode, key, w, h, out);
	return out;
}

static double worst(const float *a, const float *b, int n)
{
	double d = 0;
	for (int i = 0; i < n; i++)
		d = fmax(d, fabs((double)a[i] - (double)b[i]));
	return d;
}

static void at_rest_is_the_plain_view(void **state)
{
	(void)state;
	assert_false(augment_any(&at_rest));
	for (int mode = 0; mode < RESIZE_N; mode++) {
		struct image im = make_image(120, 90, 1);
		float plain[3 * 64 * 48], *out = view_of_picture(&im, &at_rest, mode, 7, 64, 48);
		image_to_input(&im, mode, 64, 48, plain);
		assert_memory_equal(out, plain, sizeof(plain));
		free(out);
		image_release(&im);
	}
}

/* Hardly moving takes the way of the affine resampling, which must then give the plain view as
 * well. */
static void affine_agrees_with_the_plain_view(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.translate = 1e-9;
	static const int shapes[][2] = {{120, 90}, {70, 90}, {64, 48}, {40, 30},
					{1, 1},    {1, 50},  {100, 2}};
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		for (int mode = 0; mode < RESIZE_N; mode++) {
			struct image im = make_image(shapes[i][0], shapes[i][1], i);
			int w = 64, h = 48;
			float plain[3 * 64 * 48], *out = view_of_picture(&im, &a, mode, 7, w, h);
			image_to_input(&im, mode, w, h, plain);
			int differ = 0;
			for (int k = 0; k < 3 * w * h; k++)
				differ += fabs((double)plain[k] - (double)out[k]) > 1e-3;
			/* Darknet darkens the last row where rounding says so: one row may
			 * differ */
			bool thin = im.w < 3 || im.h < 3;
			assert_true(thin || differ <= 3 * w);
			free(out);
			image_release(&im);
		}
}

/* A frame that is hardly turned, which is sampled pixel by pixel, and one that is not, which is
 * sampled by rows and columns, show the same. */
static void turned_agrees_with_straight(void **state)
{
	(void)state;
	static const int shapes[][2] = {{120, 90}, {300, 200}, {40, 30}, {1, 50}, {100, 2}};
	struct augment_config straight = at_rest;
	straight.flip = true;
	straight.crop = 1.4;
	straight.aspect = 0.8;
	straight.hue = 0.1;
	struct augment_config turned = straight;
	turned.angle = 1e-6;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		for (int mode = 0; mode < RESIZE_N; mode++) {
			struct image im = make_image(shapes[i][0], shapes[i][1], i);
			float *a = view_of_picture(&im, &straight, mode, 40 + i, 64, 48),
			      *b = view_of_picture(&im, &turned, mode, 40 + i, 64, 48);
			int differ = 0;
			for (int k = 0; k < 3 * 64 * 48; k++)
				differ += fabsf(a[k] - b[k]) > 1e-3f;
			assert_true(differ <= 3 * 64); /* the picture's edge may fall between */
			free(a);
			free(b);
			image_release(&im);
		}
}

static void flip_is_the_mirror_image(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.flip = true;
	struct image im = make_image(101, 70, 1);
	float plain[3 * 64 * 48];
	image_to_input(&im, RESIZE_LETTERBOX, 64, 48, plain);
	int flipped = 0;
	for (uint64_t key = 0; key < 200; key++) {
		float *out = view_of_picture(&im, &a, RESIZE_LETTERBOX,
					     rng_key(1, RNG_AUGMENT, key, 0), 64, 48);
		bool mirrored = memcmp(out, plain, sizeof(plain)) != 0;
		for (int k = 0; k < 3 * 48 * 64 && mirrored; k++)
			assert_true(out[k] == plain[k / 64 * 64 + 63 - k % 64]);
		flipped += mirrored;
		free(out);
	}
	assert_in_range(flipped, 70, 130);
	image_release(&im);
}

static void same_key_same_bits(void **state)
{
	(void)state;
	struct augment_config a = {.flip = true,
				   .crop = 1.3,
				   .aspect = 0.8,
				   .angle = 20,
				   .hue = 0.1,
				   .saturation = 0.7,
				   .exposure = 0.7,
				   .erase = 0.5};
	struct image im = make_image(160, 120, 1);
	int n = 3 * 64 * 64, same = 0;
	float *before = view_of_picture(&im, &a, RESIZE_LETTERBOX, 999, 64, 64);
	for (uint64_t key = 0; key < 50; key++) {
		float *x = view_of_picture(&im, &a, RESIZE_LETTERBOX,
					   rng_key(3, RNG_AUGMENT, key, 0), 64, 64);
		float *y = view_of_picture(&im, &a, RESIZE_LETTERBOX,
					   rng_key(3, RNG_AUGMENT, key, 0), 64, 64);
		assert_memory_equal(x, y, (size_t)n * sizeof(*x));
		same += worst(x, before, n) == 0;
		free(before);
		before = x;
		free(y);
	}
	assert_int_equal(same, 0);
	free(before);
	image_release(&im);
}

/* A picture whose red is its x and whose green is its y, so that a view tells where it looked. */
static struct image map_of(int w, int h)
{
	uint8_t *px = xcalloc((size_t)(w * h), 3);
	for (int i = 0; i < w * h; i++) {
		px[3 * i] = (uint8_t)(i % w);
		px[3 * i + 1] = (uint8_t)(i / w);
	}
	return (struct image){w, h, px};
}

static struct image map_image(int n)
{
	return map_of(n, n);
}

/* crop 1.5: between 1/1.5 and all of the picture is seen, never anything beyond it. */
static void crop_cuts_a_window(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.crop = 1.5;
	struct image im = map_image(256);
	double least = 256, most = 0, left = 256, right = 0;
	for (uint64_t key = 0; key < 300; key++) {
		float *out = view_of_picture(&im, &a, RESIZE_STRETCH,
					     rng_key(4, RNG_AUGMENT, key, 0), 256, 256);
		double x0 = (double)out[0] * 255, x1 = (double)out[255] * 255;
		double y0 = (double)out[65536] * 255, y1 = (double)out[65536 + 255 * 256] * 255;
		assert_true(x0 >= -0.01 && x1 <= 255.01 && y0 >= -0.01 && y1 <= 255.01);
		assert_true(fabs((x1 - x0) - (y1 - y0)) < 0.01); /* the aspect stays */
		assert_true(x1 - x0 >= 255 / 1.5 - 0.01);
		least = fmin(least, x1 - x0);
		most = fmax(most, x1 - x0);
		left = fmin(left, x0);
		right = fmax(right, x1);
		free(out);
	}
	assert_true(least < 180 && most > 245 && left < 5 && right > 250);
	image_release(&im);
}

/* Where each of 400 windows of a map lies: its share of the free room along the longer side. */
static void place_windows(const struct augment_config *a, bool wide, double at[400])
{
	enum { SIDE = 80, PLANE = SIDE * SIDE, LONG = 240 };
	struct image im = wide ? map_of(LONG, SIDE) : map_of(SIDE, LONG);
	for (uint64_t key = 0; key < 400; key++) {
		float *out = view_of_picture(&im, a, RESIZE_CROP, rng_key(4, RNG_AUGMENT, key, 0),
					     SIDE, SIDE);
		double x0 = (double)out[0] * 255, x1 = (double)out[SIDE - 1] * 255;
		double y0 = (double)out[PLANE] * 255, y1 = (double)out[PLANE + PLANE - SIDE] * 255;
		for (int i = 0; i < PLANE; i++)
			assert_true(out[2 * PLANE + i] == 0); /* nothing beyond the picture */
		assert_true(fabs((x1 - x0) - (y1 - y0)) < 0.01);
		assert_true(x1 - x0 >= (SIDE - 1) / a->crop - 0.01 && x1 - x0 <= SIDE - 0.99);
		at[key] = (wide ? x0 : y0) / (LONG - 1 - (x1 - x0));
		free(out);
	}
	image_release(&im);
}

/* resize: crop cuts its windows out of the whole picture, each place as likely as another. */
static void crop_looks_everywhere(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.crop = 1.5;
	for (int wide = 0; wide < 2; wide++) {
		double at[400];
		int tenth[10] = {0};
		place_windows(&a, wide, at);
		for (int i = 0; i < 400; i++) {
			assert_true(at[i] > -1e-3 && at[i] < 1 + 1e-3);
			tenth[(int)fmin(fmax(at[i], 0) * 10, 9)]++;
		}
		for (int i = 0; i < 10; i++)
			assert_in_range(tenth[i], 20, 60);
	}
}

/* Stretched, turned and mirrored, windows do not reach beyond the ends of the longer side either:
 * the corners are where the middle says, as the way into the picture is linear. */
static void a_window_of_any_shape_stays_inside(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.flip = true;
	a.crop = 1.5;
	a.aspect = 0.7;
	a.angle = 40;
	struct image im = map_of(240, 80);
	double left = 240, right = 0;
	for (uint64_t key = 0; key < 400; key++) {
		float *out =
		    view_of_picture(&im, &a, RESIZE_CROP, rng_key(4, RNG_AUGMENT, key, 0), 80, 80);
		const float *mid = out + 40 * 80 + 40;
		double across = (double)(mid[20] - mid[-20]) * 255 / 40,
		       down = (double)(mid[20 * 80] - mid[-20 * 80]) * 255 / 40;
		double x = (double)*mid * 255 - (across + down) / 2,
		       reach = 39.5 * (fabs(across) + fabs(down));
		left = fmin(left, x - reach);
		right = fmax(right, x + reach);
		free(out);
	}
	assert_true(left > -0.1 && left < 3 && right < 239.1 && right > 236);
	image_release(&im);
}

static void aspect_stays_within(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.aspect = 0.8;
	struct image im = map_image(256);
	double least = 9, most = 0;
	for (uint64_t key = 0; key < 300; key++) {
		float *out = view_of_picture(&im, &a, RESIZE_STRETCH,
					     rng_key(4, RNG_AUGMENT, key, 0), 256, 256);
		const float *mid = out + 128 * 256;
		double across = (double)(mid[160] - mid[96]),
		       down = (double)(out[65536 + 160 * 256 + 128] - out[65536 + 96 * 256 + 128]);
		least = fmin(least, across / down);
		most = fmax(most, across / down);
		free(out);
	}
	assert_true(least > 0.79 && least < 0.83 && most < 1.26 && most > 1.2);
	image_release(&im);
}

static void angle_turns_about_the_middle(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.angle = 30;
	struct image im = map_image(257);
	double most = 0;
	memset(im.rgb, 0, 3 * 257 * 257);
	for (int i = 0; i < 257 * 257; i++) {
		im.rgb[3 * i] = (uint8_t)(i % 257 / 2);
		im.rgb[3 * i + 1] = (uint8_t)(i / 257 / 2);
	}
	for (uint64_t key = 0; key < 100; key++) {
		float *out = view_of_picture(&im, &a, RESIZE_STRETCH,
					     rng_key(4, RNG_AUGMENT, key, 0), 257, 257);
		int mid = 128 * 257 + 128, n = 257 * 257;
		assert_true(fabs((double)out[mid] * 255 - 64) < 0.6 &&
			    fabs((double)out[n + mid] * 255 - 64) < 0.6);
		double dx = (double)(out[mid + 60] - out[mid - 60]),
		       dy = (double)(out[n + mid + 60] - out[n + mid - 60]);
		assert_true(fabs(hypot(dx, dy) * 255 - 60) < 1.5);
		double angle = atan2(dy, dx) * 57.29578;
		assert_true(fabs(angle) < 30.5);
		most = fmax(most, fabs(angle));
		free(out);
	}
	assert_true(most > 25);
	image_release(&im);
}

/* The picture itself moves, neither zoomed nor cut anew, up to the share either way. */
static void translate_moves_the_picture(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.translate = 0.25;
	struct image im = map_image(256);
	int side = 256, most_x = 0, most_y = 0, least_x = 0, least_y = 0;
	for (uint64_t key = 0; key < 200; key++) {
		float *out = view_of_picture(&im, &a, RESIZE_STRETCH,
					     rng_key(4, RNG_AUGMENT, key, 0), side, side);
		int n = side * side, mid = 128 * side + 128;
		double x = (double)out[mid] * 255 - 128, y = (double)out[n + mid] * 255 - 128;
		assert_true(fabs(x) <= 64.01 && fabs(y) <= 64.01);
		assert_true(fabs((double)(out[mid + 60] - out[mid]) * 255 - 60) < 0.01);
		assert_true(fabs((double)(out[n + mid + 60 * side] - out[n + mid]) * 255 - 60) <
			    0.01);
		/* What comes in on one side is grey, as wide as the picture has moved. */
		int grey = 0;
		for (int i = 0; i < side; i++)
			grey += out[2 * n + 128 * side + i] == 0.5f;
		assert_true(abs(grey - (int)lrint(fabs(x))) <= 1);
		most_x = x > most_x ? (int)x : most_x;
		most_y = y > most_y ? (int)y : most_y;
		least_x = x < least_x ? (int)x : least_x;
		least_y = y < least_y ? (int)y : least_y;
		free(out);
	}
	assert_true(most_x > 56 && most_y > 56 && least_x < -56 && least_y < -56);
	image_release(&im);
}

/* Beyond the picture, and in the bars, is grey whatever the colours do. */
static void outside_stays_grey(void **state)
{
	(void)state;
	struct augment_config turned = {
	    .crop = 1.2, .aspect = 1, .angle = 45, .hue = 0.2, .saturation = 0.5, .exposure = 0.5};
	struct augment_config plain = {
	    .crop = 1, .aspect = 1, .hue = 0.2, .saturation = 0.5, .exposure = 0.5};
	struct image im = make_image(200, 20, 1);
	memset(im.rgb, 240, 3 * 200 * 20);
	for (uint64_t key = 0; key < 50; key++) {
		float *out = view_of_picture(&im, &plain, RESIZE_LETTERBOX, key, 50, 50);
		for (int c = 0; c < 3; c++)
			for (int x = 0; x < 50; x++)
				assert_true(out[(c * 50 + 3) * 50 + x] == 0.5f &&
					    out[(c * 50 + 25) * 50 + x] != 0.5f);
		free(out);
		out = view_of_picture(&im, &turned, RESIZE_LETTERBOX, key, 50, 50);
		int grey = 0;
		for (int i = 0; i < 2500; i++) {
			grey += out[i] == 0.5f;
			assert_true((out[i] == 0.5f) == (out[2500 + i] == 0.5f));
		}
		assert_in_range(grey, 1800, 2480);
		free(out);
	}
	image_release(&im);
}

/* Hue, saturation and value one pixel at a time, with the six sectors written out. */
static void reference_colour(const double in[3], double hue, double saturation, double exposure,
			     double out[3])
{
	double v = fmax(fmax(in[0], in[1]), in[2]), d = v - fmin(fmin(in[0], in[1]), in[2]), h = 0;
	if (d > 0 && in[0] == v)
		h = (in[1] - in[2]) / d;
	else if (d > 0 && in[1] == v)
		h = 2 + (in[2] - in[0]) / d;
	else if (d > 0)
		h = 4 + (in[0] - in[1]) / d;
	double s = v > 0 ? d / v * saturation : 0;
	v *= exposure;
	h = fmod(h + 6 * hue + 12, 6);
	int sector = (int)h;
	double f = h - sector, p = v * (1 - s), q = v * (1 - s * f), t = v * (1 - s * (1 - f));
	double table[6][3] = {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}};
	for (int c = 0; c < 3; c++)
		out[c] = fmin(fmax(table[sector][c], 0), 1);
}

/* The draws are not known outside, so find the shift that explains one pixel and hold the others
 * to it. */
static double fit(const float *plain, const float *out, int n, const double shift[3])
{
	const int plane = 32 * 32;
	double far = 0;
	for (int i = 0; i < n; i++) {
		double in[3] = {(double)plain[i], (double)plain[plane + i],
				(double)plain[2 * plane + i]},
		       want[3];
		reference_colour(in, shift[0], shift[1], shift[2], want);
		for (int c = 0; c < 3; c++)
			far = fmax(far, fabs(want[c] - (double)out[c * plane + i]));
	}
	return far;
}

static void one_colour_setting(struct augment_config a, double low, double high, int which)
{
	struct image im = make_image(32, 32, 3);
	float plain[3 * 32 * 32];
	image_to_input(&im, RESIZE_STRETCH, 32, 32, plain);
	double least = 9, most = -9;
	for (uint64_t key = 0; key < 40; key++) {
		float *out = view_of_picture(&im, &a, RESIZE_STRETCH,
					     rng_key(6, RNG_AUGMENT, key, 0), 32, 32);
		double best = 9, at = 0;
		for (double v = low; v <= high; v += (high - low) / 4000) {
			double try[3] = {0, 1, 1};
			try[which] = v;
			double far = fit(plain, out, 8, try);
			at = far < best ? v : at;
			best = fmin(best, far);
		}
		double found[3] = {0, 1, 1};
		found[which] = at;
		assert_true(fit(plain, out, 32 * 32, found) < 2e-3);
		least = fmin(least, at);
		most = fmax(most, at);
		free(out);
	}
	assert_true(least < low + (high - low) * 0.2 && most > high - (high - low) * 0.2);
	image_release(&im);
}

static void colours_as_darknet_disturbs_them(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.hue = 0.1;
	one_colour_setting(a, -0.1, 0.1, 0);
	a = at_rest;
	a.saturation = 0.75;
	one_colour_setting(a, 0.75, 1 / 0.75, 1);
	a = at_rest;
	a.exposure = 0.75;
	one_colour_setting(a, 0.75, 1 / 0.75, 2);
}

static void erase_blanks_one_rectangle(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.erase = 0.5;
	struct image im = make_image(50, 50, 1);
	memset(im.rgb, 200, 3 * 50 * 50);
	int erased = 0;
	for (uint64_t key = 0; key < 200; key++) {
		float *out = view_of_picture(&im, &a, RESIZE_STRETCH,
					     rng_key(6, RNG_AUGMENT, key, 0), 50, 50);
		int x0 = 50, x1 = -1, y0 = 50, y1 = -1, n = 0;
		for (int i = 0; i < 2500; i++) {
			if (out[i] != 0.5f)
				continue;
			n++;
			x0 = i % 50 < x0 ? i % 50 : x0;
			x1 = i % 50 > x1 ? i % 50 : x1;
			y0 = i / 50 < y0 ? i / 50 : y0;
			y1 = i / 50 > y1 ? i / 50 : y1;
		}
		assert_memory_equal(out, out + 2500, 2500 * sizeof(*out));
		if (n) {
			erased++;
			assert_int_equal(n, (x1 - x0 + 1) * (y1 - y0 + 1));
			assert_in_range(n, 30, 560);
		}
		free(out);
	}
	assert_in_range(erased, 70, 130);
	image_release(&im);
}

/* Shrinking much: areas are averaged, so that noise is smoothed rather than sampled. */
static void shrinking_averages(void **state)
{
	(void)state;
	struct augment_config a = at_rest;
	a.crop = 1.1;
	struct image im = make_image(1024, 768, 1);
	for (int i = 0; i < 1024 * 768; i++)
		memset(im.rgb + 3 * i, (i + i / 1024) % 2 ? 255 : 0, 3); /* a fine checkerboard */
	float *out = view_of_picture(&im, &a, RESIZE_CROP, 5, 64, 64);
	for (int i = 0; i < 3 * 64 * 64; i++)
		assert_true(fabs((double)out[i] - 0.5) < 0.15);
	free(out);
	image_release(&im);
	/* and the averaged picture lies where the picture lay */
	im = map_image(256);
	float plain[3 * 32 * 32];
	image_to_input(&im, RESIZE_STRETCH, 32, 32, plain);
	a.crop = 1 + 1e-9;
	out = view_of_picture(&im, &a, RESIZE_STRETCH, 5, 32, 32);
	for (int y = 2; y < 30; y++)
		for (int x = 2; x < 30; x++)
			for (int c = 0; c < 2; c++) {
				int i = (c * 32 + y) * 32 + x;
				assert_true(fabs((double)plain[i] - (double)out[i]) < 0.005);
			}
	free(out);
	image_release(&im);
}

static void any_setting_gives_finite_pixels(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 400; i++) {
		uint64_t k = rng_key(8, RNG_INIT, i, 0);
		struct augment_config a = {
		    .flip = rng_below(k, 0, 2),
		    .crop = 1 + 3 * rng_uniform(k, 1),
		    .aspect = 0.1 + 0.9 * rng_uniform(k, 2),
		    .angle = 180 * rng_uniform(k, 3),
		    .hue = rng_uniform(k, 4),
		    .saturation = rng_uniform(k, 5),
		    .exposure = rng_uniform(k, 6),
		    .erase = rng_uniform(k, 7),
		    .translate = 0.5 * rng_uniform(k, 13),
		};
		struct image im =
		    make_image(1 + (int)rng_below(k, 8, 300), 1 + (int)rng_below(k, 9, 300), i);
		int w = 1 + (int)rng_below(k, 10, 40), h = 1 + (int)rng_below(k, 11, 40);
		float *out =
		    view_of_picture(&im, &a, (enum resize_mode)rng_below(k, 12, RESIZE_N), k, w, h);
		for (int j = 0; j < 3 * w * h; j++)
			assert_true(out[j] >= 0 && out[j] <= 1.000001f);
		free(out);
		image_release(&im);
	}
}

/* Pictures a second on one core, all in: read, decode, resize, disturb. A figure to look at, not
 * a test of speed. */
static void speed(void **state)
{
	(void)state;
	const char *dir = "../shared/flower_photos/train/roses";
	DIR *d = opendir(dir);
	if (!d) {
		print_message("skipped: no %s\n", dir);
		return;
	}
	struct augment_config a = {.flip = true,
				   .crop = 1.15,
				   .aspect = 1,
				   .hue = 0.1,
				   .saturation = 0.75,
				   .exposure = 0.75};
	float *out = xcalloc(3 * 224 * 224, sizeof(*out));
	double decode_s = 0, augment_s = 0;
	int n = 0;
	for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
		char *path = path_join(dir, entry->d_name);
		struct image im;
		double t0 = clock_seconds();
		if (entry->d_name[0] != '.' && image_decode(&im, path, NULL) == ERR_OK) {
			double t1 = clock_seconds();
			augment_to_input(&im, &a, RESIZE_LETTERBOX, (uint64_t)n++, 224, 224, out);
			augment_s += clock_seconds() - t1;
			decode_s += t1 - t0;
			image_release(&im);
		}
		free(path);
	}
	closedir(d);
	free(out);
	assert_true(n > 0);
	print_message(
	    "%d photographs: decode %.2f ms, resize and augment %.2f ms each; %.0f a second\n", n,
	    1e3 * decode_s / n, 1e3 * augment_s / n, n / (decode_s + augment_s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(at_rest_is_the_plain_view),
	    cmocka_unit_test(affine_agrees_with_the_plain_view),
	    cmocka_unit_test(turned_agrees_with_straight),
	    cmocka_unit_test(flip_is_the_mirror_image),
	    cmocka_unit_test(same_key_same_bits),
	    cmocka_unit_test(crop_cuts_a_window),
	    cmocka_unit_test(crop_looks_everywhere),
	    cmocka_unit_test(a_window_of_any_shape_stays_inside),
	    cmocka_unit_test(aspect_stays_within),
	    cmocka_unit_test(angle_turns_about_the_middle),
	    cmocka_unit_test(translate_moves_the_picture),
	    cmocka_unit_test(outside_stays_grey),
	    cmocka_unit_test(colours_as_darknet_disturbs_them),
	    cmocka_unit_test(erase_blanks_one_rectangle),
	    cmocka_unit_test(shrinking_averages),
	    cmocka_unit_test(any_setting_gives_finite_pixels),
	    cmocka_unit_test(speed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
