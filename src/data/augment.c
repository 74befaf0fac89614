#include "colour.h"
#include "reduce.h"
#include "rows.h"
#include "shrink.h"
#include "view.h"

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"
#include "thaw/base/simd.h"
#include "thaw/data/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Area-reduce first when an output pixel spans at least this many source pixels each way. */
enum { REDUCE_FROM = 2 };

/* One counter a draw. Renumbering changes every run: append only. */
enum draw {
	DRAW_FLIP,
	DRAW_ZOOM,
	DRAW_SHIFT_X,
	DRAW_SHIFT_Y,
	DRAW_ASPECT,
	DRAW_ASPECT_SIDE,
	DRAW_ANGLE,
	DRAW_HUE,
	DRAW_SATURATION,
	DRAW_SATURATION_SIDE,
	DRAW_EXPOSURE,
	DRAW_EXPOSURE_SIDE,
	DRAW_ERASE,
	DRAW_ERASE_AREA,
	DRAW_ERASE_SHAPE,
	DRAW_ERASE_X,
	DRAW_ERASE_Y,
	DRAW_TRANSLATE_X,
	DRAW_TRANSLATE_Y,
};

/* The view as seen through the output: zoomed, shifted (in shares of the free room, -1..1), moved
 * (in shares of the sides), stretched, turned. */
struct geometry {
	bool flip, anywhere; /* anywhere: the window is cut out of the picture, not of the frame */
	double zoom, shift_x, shift_y, move_x, move_y, aspect, angle; /* angle in radians */
};

static double draw_between(uint64_t key, enum draw use, double low, double high)
{
	return low + (high - low) * rng_uniform(key, use);
}

static bool is_scale(double s)
{
	return s > 0 && s != 1;
}

/* A factor between s and 1/s. Source: Darknet utils.c rand_scale(). */
static double draw_scale(uint64_t key, enum draw use, enum draw side, double s)
{
	if (!is_scale(s))
		return 1;
	double scale = draw_between(key, use, 1, s);
	return rng_uniform(key, side) < 0.5 ? scale : 1 / scale;
}

static struct geometry draw_geometry(const struct augment_config *a, uint64_t key)
{
	struct geometry g = {.zoom = 1, .flip = a->flip && rng_uniform(key, DRAW_FLIP) < 0.5};
	if (a->crop > 1)
		g.zoom = draw_between(key, DRAW_ZOOM, 1, a->crop);
	g.shift_x = draw_between(key, DRAW_SHIFT_X, -1, 1);
	g.shift_y = draw_between(key, DRAW_SHIFT_Y, -1, 1);
	g.move_x = draw_between(key, DRAW_TRANSLATE_X, -a->translate, a->translate);
	g.move_y = draw_between(key, DRAW_TRANSLATE_Y, -a->translate, a->translate);
	g.aspect = draw_scale(key, DRAW_ASPECT, DRAW_ASPECT_SIDE, a->aspect);
	if (a->angle != 0)
		g.angle = draw_between(key, DRAW_ANGLE, -a->angle, a->angle) *
			  3.14159265358979323846 / 180;
	return g;
}

static bool colour_any(const struct augment_config *a)
{
	return a->hue != 0 || is_scale(a->saturation) || is_scale(a->exposure);
}

/* Whether views have a geometry of their own. */
static bool resamples(const struct augment_config *a)
{
	return a->crop > 1 || a->translate > 0 || is_scale(a->aspect) || a->angle != 0;
}

bool augment_any(const struct augment_config *a)
{
	return a->flip || resamples(a) || colour_any(a) || a->erase > 0;
}

static struct colour_shift draw_colour(const struct augment_config *a, uint64_t key)
{
	return (struct colour_shift){
	    .hue = a->hue != 0 ? (float)draw_between(key, DRAW_HUE, -a->hue, a->hue) : 0,
	    .saturation =
		(float)draw_scale(key, DRAW_SATURATION, DRAW_SATURATION_SIDE, a->saturation),
	    .exposure = (float)draw_scale(key, DRAW_EXPOSURE, DRAW_EXPOSURE_SIDE, a->exposure),
	};
}

/* Affine map from output pixels to frame pixels: x' = xx * x + xy * y + x0, y' = yx * x + yy * y
 * + y0. */
struct affine {
	double xx, xy, x0, yx, yy, y0;
};

/* The middle of a window along one side, shifted by a share of the free room, -1..1: inside the
 * frame, as far as its zoom leaves room, */
static double middle_in_frame(double shift, double zoom, double centre)
{
	return centre + shift * (1 - 1 / zoom) * centre;
}

/* or inside the picture, as far as `half` of a window fits to either side. */
static double middle_in_picture(double shift, int64_t at, int64_t size, double half)
{
	double centre = (double)(size - 1) / 2;
	return (double)at + centre + shift * fmax(centre - half, 0);
}

/* `v`: where the picture lies, when windows are cut out of all of it; else NULL. */
static struct affine frame_map(const struct geometry *g, const struct view *v, int w, int h)
{
	double cx = (w - 1) / 2.0, cy = (h - 1) / 2.0, stretch = sqrt(g->aspect);
	double c = cos(g->angle) / g->zoom, s = sin(g->angle) / g->zoom, side = g->flip ? -1 : 1;
	struct affine m = {
	    .xx = side * c * stretch,
	    .xy = -side * s * stretch,
	    .yx = s / stretch,
	    .yy = c / stretch,
	};
	double x = middle_in_frame(g->shift_x, g->zoom, cx),
	       y = middle_in_frame(g->shift_y, g->zoom, cy);
	if (v) {
		double half_x = fabs(m.xx) * cx + fabs(m.xy) * cy,
		       half_y = fabs(m.yx) * cx + fabs(m.yy) * cy;
		x = middle_in_picture(g->shift_x, v->x, v->w, half_x);
		y = middle_in_picture(g->shift_y, v->y, v->h, half_y);
	}
	m.x0 = x + g->move_x * w - m.xx * cx - m.xy * cy;
	m.y0 = y + g->move_y * h - m.yx * cx - m.yy * cy;
	return m;
}

/* One axis of the way from frame pixels to source pixels: s = (q - from) * scale + add, inside
 * while low <= q < high, then clamped to 0..last. */
struct axis {
	float from, scale, add, low, high;
	int last;
};

static struct axis axis_of(int64_t at, int64_t size, int n_in)
{
	struct axis a = {.from = (float)at, .last = n_in - 1};
	a.low = (float)((double)at - 0.5);
	a.high = (float)((double)(at + size) - 0.5);
	a.scale = size > 1 ? (float)(n_in - 1) / (float)(size - 1) : (float)n_in;
	a.add = size > 1 ? 0 : (float)(n_in - 1) / 2;
	return a;
}

/* The same way into a picture of blocks of `factor` source pixels, n_in of them. */
static struct axis axis_reduced(struct axis a, int factor, int n_in)
{
	a.scale /= (float)factor;
	a.add = (a.add + 0.5f) / (float)factor - 0.5f;
	a.last = n_in - 1;
	return a;
}

/* How many source pixels one output pixel spans, on its shorter side. */
static double shrinking(const struct affine *m, const struct axis *ax, const struct axis *ay)
{
	double across = hypot(m->xx * (double)ax->scale, m->yx * (double)ay->scale);
	double down = hypot(m->xy * (double)ax->scale, m->yy * (double)ay->scale);
	return fmin(across, down);
}

/* Where each pixel of an output row samples the picture. */
struct row_taps {
	int *x, *y;     /* left and upper of the four pixels */
	float *fx, *fy; /* share of the right and lower ones */
	float *in;      /* 1 inside the picture, 0 outside */
};

static inline int clamp_tap(float s, int last, float *share)
{
	float top = (float)last;
	s = s > 0 ? s : 0;
	s = s < top ? s : top;
	int at = (int)s, most = last > 0 ? last - 1 : 0;
	at = at < most ? at : most;
	*share = s - (float)at;
	return at;
}

/* One column or row alone; *in says whether it is inside the picture. */
static struct tap tap_of(float q, const struct axis *a, float *in)
{
	struct tap t = {0};
	*in = (float)((q >= a->low) & (q < a->high));
	t.at = clamp_tap((q - a->from) * a->scale + a->add, a->last, &t.share);
	t.next = a->last > 0 ? t.at + 1 : t.at;
	return t;
}

SIMD(static, place_row, (struct row_taps *t, const struct affine *m, const struct axis *ax,
      const struct axis *ay, int y, int w),
     (t, m, ax, ay, y, w))
{
	float x0 = (float)(m->xy * y + m->x0), y0 = (float)(m->yy * y + m->y0);
	float xx = (float)m->xx, yx = (float)m->yx;
	for (int i = 0; i < w; i++) {
		float qx = x0 + xx * (float)i, qy = y0 + yx * (float)i;
		int in = (qx >= ax->low) & (qx < ax->high) & (qy >= ay->low) & (qy < ay->high);
		t->in[i] = (float)in;
		t->x[i] = clamp_tap((qx - ax->from) * ax->scale + ax->add, ax->last, &t->fx[i]);
		t->y[i] = clamp_tap((qy - ay->from) * ay->scale + ay->add, ay->last, &t->fy[i]);
	}
}

static void sample_row(const struct image *im, const struct row_taps *t, int w, float *const rgb[3])
{
	size_t stride = (size_t)im->w * 3, right = im->w > 1 ? 3 : 0, down = im->h > 1 ? stride : 0;
	float *red = rgb[0], *green = rgb[1], *blue = rgb[2];
	for (int i = 0; i < w; i++) {
		const uint8_t *p = im->rgb + (size_t)t->y[i] * stride + (size_t)t->x[i] * 3,
			      *q = p + down;
		float fx = t->fx[i], fy = t->fy[i] * (1 / 255.0f), gy = 1 / 255.0f - fy;
		float a = (1 - fx) * gy, b = fx * gy, c = (1 - fx) * fy, d = fx * fy;
		red[i] = a * p[0] + b * p[right] + c * q[0] + d * q[right];
		green[i] = a * p[1] + b * p[right + 1] + c * q[1] + d * q[right + 1];
		blue[i] = a * p[2] + b * p[right + 2] + c * q[2] + d * q[right + 2];
	}
}

SIMD(static, fill_outside, (const float *in, float inside, int w, float *row),
     (in, inside, w, row))
{
	for (int i = 0; i < w; i++) {
		float share = in[i] * inside;
		row[i] = row[i] * share + VIEW_FILL * (1 - share);
	}
}

static void resample_turned(const struct image *im, const struct affine *m, const struct axis *ax,
			    const struct axis *ay, const struct colour_shift *colour, int w, int h,
			    float *out)
{
	size_t n = (size_t)w;
	float *floats = xcalloc(3 * n, sizeof(*floats));
	int *ints = xcalloc(2 * n, sizeof(*ints));
	struct row_taps t = {ints, ints + n, floats, floats + n, floats + 2 * n};
	for (int y = 0; y < h; y++) {
		float *rgb[3];
		for (int c = 0; c < 3; c++)
			rgb[c] = out + ((size_t)c * (size_t)h + (size_t)y) * n;
		place_row(&t, m, ax, ay, y, w);
		sample_row(im, &t, w, rgb);
		if (colour)
			colour_row(colour, rgb[0], rgb[1], rgb[2], n);
		for (int c = 0; c < 3; c++)
			fill_outside(t.in, 1, w, rgb[c]);
	}
	free(floats);
	free(ints);
}

/* The same where the frame is not turned: columns and rows go their own ways. */
static void resample_straight(const struct image *im, const struct affine *m, const struct axis *ax,
			      const struct axis *ay, const struct colour_shift *colour, int w,
			      int h, float *out)
{
	size_t plane = (size_t)w * (size_t)h;
	struct tap *taps = xcalloc((size_t)w, sizeof(*taps));
	float *in = xcalloc((size_t)w, sizeof(*in));
	for (int i = 0; i < w; i++)
		taps[i] = tap_of((float)m->x0 + (float)m->xx * (float)i, ax, &in[i]);
	struct rows rows;
	rows_init(&rows, im, taps, w);
	for (int y = 0; y < h; y++) {
		float *row = out + (size_t)y * (size_t)w, inside;
		struct tap t = tap_of((float)(m->yy * y + m->y0), ay, &inside);
		rows_get(&rows, &t, row, plane);
		if (colour)
			colour_row(colour, row, row + plane, row + 2 * plane, (size_t)w);
		for (size_t c = 0; c < 3; c++)
			fill_outside(in, inside, w, row + c * plane);
	}
	rows_release(&rows);
	free(taps);
	free(in);
}

static void resample(const struct shrunk *s, const struct geometry *g, enum resize_mode mode,
		     const struct colour_shift *colour, int w, int h, float *out)
{
	const struct image *im = &s->im, whole = {s->w, s->h, NULL};
	struct view v = view_of(&whole, mode, w, h);
	struct affine m = frame_map(g, g->anywhere ? &v : NULL, w, h);
	struct axis ax = axis_of(v.x, v.w, s->w), ay = axis_of(v.y, v.h, s->h);
	double most = fmin(REDUCE_MAX_FACTOR, fmin(im->w, im->h));
	int factor = (int)fmin(shrinking(&m, &ax, &ay) / s->by, most);
	struct image reduced = {0, 0, NULL};
	if (s->by > 1) {
		ax.add += (float)s->left;
		ay.add += (float)s->top;
		ax = axis_reduced(ax, s->by, im->w);
		ay = axis_reduced(ay, s->by, im->h);
	}
	if (factor >= REDUCE_FROM) {
		image_reduce(&reduced, im, factor);
		ax = axis_reduced(ax, factor, reduced.w);
		ay = axis_reduced(ay, factor, reduced.h);
	}
	(m.xy == 0 && m.yx == 0 ? resample_straight : resample_turned)(
	    reduced.rgb ? &reduced : im, &m, &ax, &ay, colour, w, h, out);
	image_release(&reduced);
}

static void mirror_row(float *row, int w)
{
	for (int i = 0, j = w - 1; i < j; i++, j--) {
		float swap = row[i];
		row[i] = row[j];
		row[j] = swap;
	}
}

/* Without zoom, stretch or turn: the un-augmented view itself, bit for bit, or its mirror image. */
static void plain_view(const struct image *im, bool flip, enum resize_mode mode,
		       const struct colour_shift *colour, int w, int h, float *out)
{
	struct view v = view_of(im, mode, w, h);
	int x_end, y_end, x0 = view_clip(v.x, v.w, w, &x_end), y0 = view_clip(v.y, v.h, h, &y_end);
	size_t plane = (size_t)w * (size_t)h;
	image_to_input(im, mode, w, h, out);
	for (int y = y0; y < y_end && colour; y++) {
		float *row = out + (size_t)y * (size_t)w + x0;
		colour_row(colour, row, row + plane, row + 2 * plane, (size_t)(x_end - x0));
	}
	for (int y = 0; y < 3 * h && flip; y++)
		mirror_row(out + (size_t)y * (size_t)w, w);
}

/* Blank one rectangle of 2 % to 20 % of the area, between 1:2 and 2:1. */
static void erase(uint64_t key, int w, int h, float *out)
{
	double area = draw_between(key, DRAW_ERASE_AREA, 0.02, 0.2) * w * h;
	double shape = exp2(draw_between(key, DRAW_ERASE_SHAPE, -1, 1));
	int rw = (int)lrint(fmin(fmax(sqrt(area * shape), 1), w));
	int rh = (int)lrint(fmin(fmax(sqrt(area / shape), 1), h));
	int x = (int)rng_below(key, DRAW_ERASE_X, (uint64_t)(w - rw + 1));
	int y = (int)rng_below(key, DRAW_ERASE_Y, (uint64_t)(h - rh + 1));
	for (int c = 0; c < 3; c++)
		for (int i = 0; i < rh; i++) {
			float *row =
			    out + ((size_t)c * (size_t)h + (size_t)(y + i)) * (size_t)w + x;
			for (int j = 0; j < rw; j++)
				row[j] = VIEW_FILL;
		}
}

bool augment_shrink(struct shrink *out, const struct augment_config *a, enum resize_mode mode,
		    int w, int h)
{
	double aspect = is_scale(a->aspect) ? fmax(a->aspect, 1 / a->aspect) : 1;
	*out = (struct shrink){mode, w, h, fmax(a->crop, 1) * sqrt(aspect)};
	return resamples(a);
}

void augment_shrunk(const struct shrunk *s, const struct augment_config *a, enum resize_mode mode,
		    uint64_t key, int w, int h, float *out)
{
	struct geometry g = draw_geometry(a, key);
	g.anywhere = mode == RESIZE_CROP && a->crop > 1;
	struct colour_shift shift = draw_colour(a, key), *colour = colour_any(a) ? &shift : NULL;
	if (resamples(a))
		resample(s, &g, mode, colour, w, h, out);
	else
		plain_view(&s->im, g.flip, mode, colour, w, h, out);
	if (a->erase > 0 && rng_uniform(key, DRAW_ERASE) < a->erase)
		erase(key, w, h, out);
}

void augment_to_input(const struct image *im, const struct augment_config *a, enum resize_mode mode,
		      uint64_t key, int w, int h, float *out)
{
	struct shrunk whole = {.im = *im, .by = 1, .w = im->w, .h = im->h};
	augment_shrunk(&whole, a, mode, key, w, h, out);
}
