#include "recipe.h"
#include "reduce.h"
#include "view.h"

#include "thaw/base/rng.h"
#include "thaw/data/augment.h"

#include <math.h>

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

static void draw_colour(struct view_recipe *r, const struct augment_config *a, uint64_t key)
{
	r->flags |= VIEW_COLOUR;
	r->hue = a->hue != 0 ? (float)draw_between(key, DRAW_HUE, -a->hue, a->hue) : 0;
	r->saturation =
	    (float)draw_scale(key, DRAW_SATURATION, DRAW_SATURATION_SIDE, a->saturation);
	r->exposure = (float)draw_scale(key, DRAW_EXPOSURE, DRAW_EXPOSURE_SIDE, a->exposure);
}

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

/* From pixels of the view to those of the frame. `v`: where the picture lies, when windows are cut
 * out of all of it; else NULL. */
static void map_frame(struct view_recipe *r, const struct geometry *g, const struct view *v, int w,
		      int h)
{
	double cx = (w - 1) / 2.0, cy = (h - 1) / 2.0, stretch = sqrt(g->aspect);
	double c = cos(g->angle) / g->zoom, s = sin(g->angle) / g->zoom, side = g->flip ? -1 : 1;
	r->xx = side * c * stretch;
	r->xy = -side * s * stretch;
	r->yx = s / stretch;
	r->yy = c / stretch;
	double x = middle_in_frame(g->shift_x, g->zoom, cx),
	       y = middle_in_frame(g->shift_y, g->zoom, cy);
	if (v) {
		double half_x = fabs(r->xx) * cx + fabs(r->xy) * cy,
		       half_y = fabs(r->yx) * cx + fabs(r->yy) * cy;
		x = middle_in_picture(g->shift_x, v->x, v->w, half_x);
		y = middle_in_picture(g->shift_y, v->y, v->h, half_y);
	}
	r->x0 = x + g->move_x * w - r->xx * cx - r->xy * cy;
	r->y0 = y + g->move_y * h - r->yx * cx - r->yy * cy;
}

/* The same way into a picture of blocks of `factor` source pixels. */
static void reduce_axis(struct view_axis *a, int factor)
{
	a->scale /= (float)factor;
	a->add = (a->add + 0.5f) / (float)factor - 0.5f;
}

/* How many source pixels one output pixel spans, on its shorter side. */
static double shrinking(const struct view_recipe *r)
{
	double across = hypot(r->xx * (double)r->x.scale, r->yx * (double)r->y.scale);
	double down = hypot(r->xy * (double)r->x.scale, r->yy * (double)r->y.scale);
	return fmin(across, down);
}

/* A view with a geometry of its own. */
static void place(struct view_recipe *r, const struct shrunk *s, const struct geometry *g,
		  enum resize_mode mode, int w, int h)
{
	const struct image *im = &s->im, whole = {s->w, s->h, NULL};
	struct view v = view_of(&whole, mode, w, h);
	*r = (struct view_recipe){.x = view_axis_of(v.x, v.w, s->w),
				  .y = view_axis_of(v.y, v.h, s->h),
				  .reduce = 1,
				  .last_x = -1,
				  .last_y = -1};
	map_frame(r, g, g->anywhere ? &v : NULL, w, h);
	double most = fmin(REDUCE_MAX_FACTOR, fmin(im->w, im->h));
	int factor = (int)fmin(shrinking(r) / s->by, most);
	if (s->by > 1) {
		r->x.add += (float)s->left;
		r->y.add += (float)s->top;
		reduce_axis(&r->x, s->by);
		reduce_axis(&r->y, s->by);
	}
	if (factor >= REDUCE_FROM) {
		reduce_axis(&r->x, factor);
		reduce_axis(&r->y, factor);
		r->reduce = (uint16_t)factor;
	}
}

/* Blank one rectangle of 2 % to 20 % of the area, between 1:2 and 2:1. */
static void draw_erasing(struct view_recipe *r, uint64_t key, int w, int h)
{
	double area = draw_between(key, DRAW_ERASE_AREA, 0.02, 0.2) * w * h;
	double shape = exp2(draw_between(key, DRAW_ERASE_SHAPE, -1, 1));
	int rw = (int)lrint(fmin(fmax(sqrt(area * shape), 1), w));
	int rh = (int)lrint(fmin(fmax(sqrt(area / shape), 1), h));
	r->erase_w = (uint16_t)rw;
	r->erase_h = (uint16_t)rh;
	r->erase_x = (uint16_t)rng_below(key, DRAW_ERASE_X, (uint64_t)(w - rw + 1));
	r->erase_y = (uint16_t)rng_below(key, DRAW_ERASE_Y, (uint64_t)(h - rh + 1));
}

void recipe_draw(struct view_recipe *r, const struct shrunk *s, const struct augment_config *a,
		 enum resize_mode mode, uint64_t key, int w, int h)
{
	struct geometry g = draw_geometry(a, key);
	g.anywhere = mode == RESIZE_CROP && a->crop > 1;
	if (resamples(a))
		place(r, s, &g, mode, w, h);
	else
		recipe_plain(r, &s->im, mode, w, h);
	if (!resamples(a) && g.flip)
		view_recipe_mirror(r, w);
	if (colour_any(a))
		draw_colour(r, a, key);
	if (a->erase > 0 && rng_uniform(key, DRAW_ERASE) < a->erase)
		draw_erasing(r, key, w, h);
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
	struct view_recipe r;
	recipe_draw(&r, s, a, mode, key, w, h);
	recipe_render(&r, &s->im, w, h, out);
}

void augment_to_input(const struct image *im, const struct augment_config *a, enum resize_mode mode,
		      uint64_t key, int w, int h, float *out)
{
	struct shrunk whole = {.im = *im, .by = 1, .w = im->w, .h = im->h};
	augment_shrunk(&whole, a, mode, key, w, h, out);
}
