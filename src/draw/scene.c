#include "scene.h"
#include "background.h"
#include "raster.h"

#include <math.h>
#include <stdlib.h>

/* A layer that is blurred before it is laid over the picture needs half the pixels only. */
static cairo_surface_t *begin_layer(const struct scene *s, cairo_t **on)
{
	int half = s->size / 2 > 8 ? s->size / 2 : 8;
	cairo_surface_t *layer = raster_new(half);
	*on = raster_draw(layer);
	cairo_scale(*on, (double)half / s->size, (double)half / s->size);
	return layer;
}

/* `blur` in pixels of the whole picture. */
static void end_layer(cairo_t *cr, const struct scene *s, cairo_surface_t *layer, cairo_t *on,
		      double blur)
{
	cairo_destroy(on);
	raster_blur(layer, blur / 2);
	raster_over(cr, layer, s->size);
	cairo_surface_destroy(layer);
}

static void paint_background(cairo_t *cr, struct scene *s)
{
	cairo_t *on;
	cairo_surface_t *back = begin_layer(s, &on);
	cairo_scale(on, s->size, s->size);
	double blur = background_paint(on, &s->dice);
	end_layer(cr, s, back, on, s->depth * blur * s->size);
}

static void paint_weed(cairo_t *cr, struct scene *s, struct rgb base, double scale)
{
	static const enum leaf_kind kinds[] = {LEAF_LANCE, LEAF_LANCE, LEAF_LANCE,  LEAF_SPOON,
					       LEAF_HEART, LEAF_SAW,   LEAF_SERRATE};
	struct dice *d = &s->dice;
	struct leaf leaf = {.kind = kinds[dice_below(d, sizeof(kinds) / sizeof(*kinds))]};
	bool grass = leaf.kind == LEAF_LANCE;
	leaf.x = s->size * dice_in(d, -0.1, 1.1);
	leaf.y = s->size * dice_in(d, 0.75, 1.15);
	leaf.angle = dice_in(d, -2.3, -0.85);
	leaf.length = s->size * scale * dice_in(d, 0.25, grass ? 0.85 : 0.5);
	leaf.width = grass ? dice_in(d, 0.2, 0.6) : dice_in(d, 0.8, 1.2);
	leaf.bend = dice_in(d, -0.6, 0.6);
	leaf.colour = colour_jitter(d, base, 0.07);
	if (leaf.kind == LEAF_SERRATE)
		leaf_paint_compound(cr, d, &leaf);
	else
		leaf_paint(cr, d, &leaf);
}

static void paint_weeds(cairo_t *cr, struct scene *s, int n)
{
	struct rgb base =
	    colour_draw(&s->dice, &(struct tint){1, {0.18, 0.36}, {0.35, 0.7}, {0.3, 0.55}});
	for (int i = 0; i < n; i++)
		paint_weed(cr, s, base, 1);
}

/* Flowers of another kind, smaller, and more or less out of focus. */
static void paint_strangers(cairo_t *cr, struct scene *s)
{
	cairo_t *on;
	cairo_surface_t *layer = begin_layer(s, &on);
	struct dice *d = &s->dice;
	const struct species *kind = &species_table[s->stranger];
	for (int i = 0; i < s->n_strangers; i++) {
		struct plant p = {.kind = s->stranger, .roll = dice_normal(d, 0, 0.3)};
		p.x = s->size * dice_in(d, 0, 1);
		p.y = s->size * dice_in(d, 0.05, 0.6);
		p.radius = fmin(s->plants[0].radius * 0.6, s->size * dice_in(d, 0.07, 0.14));
		p.tilt = dice_in(d, kind->tilt[0], kind->tilt[1]);
		p.colour = colour_draw(d, &kind->tints[0]);
		plant_paint(on, s, &p, dice_fork(d));
	}
	end_layer(cr, s, layer, on, s->size * dice_in(d, 0.004, 0.014));
}

/* Grass and leaves close to the lens. */
static void paint_front(cairo_t *cr, struct scene *s)
{
	cairo_t *on;
	cairo_surface_t *layer = begin_layer(s, &on);
	struct dice *d = &s->dice;
	struct rgb base = colour_draw(d, &(struct tint){1, {0.17, 0.36}, {0.3, 0.7}, {0.25, 0.7}});
	for (int n = 2 + (int)(5 * s->in_front); n > 0; n--)
		paint_weed(on, s, base, 0.8 + 0.5 * s->in_front);
	if (dice_chance(d, 0.5 * s->in_front)) { /* one leaf across a flower */
		const struct plant *p = &s->plants[0];
		double a = dice_in(d, 0, 6.28), reach = p->radius * 1.4;
		struct leaf leaf = {.kind = (enum leaf_kind)dice_below(d, 5), .angle = a + 3.14159};
		leaf.x = p->x + reach * cos(a);
		leaf.y = p->y + reach * sin(a);
		leaf.length = reach * dice_in(d, 0.8, 1.3);
		leaf.width = dice_in(d, 0.9, 1.5);
		leaf.colour = base;
		leaf_paint(on, d, &leaf);
	}
	end_layer(cr, s, layer, on, s->size * dice_in(d, 0.002, 0.02));
}

static int smaller_first(const void *pa, const void *pb)
{
	const struct plant *a = pa, *b = pb;
	return (a->radius > b->radius) - (a->radius < b->radius);
}

static void paint_plants(cairo_t *cr, struct scene *s)
{
	qsort(s->plants, (size_t)s->n_plants, sizeof(*s->plants), smaller_first);
	int weeds = (int)(s->knobs->v[KNOB_CLUTTER] * dice_in(&s->dice, 0, 16));
	paint_weeds(cr, s, weeds);
	for (int i = 0; i < s->n_plants; i++)
		plant_paint(cr, s, &s->plants[i], dice_fork(&s->dice));
}

cairo_surface_t *scene_paint(struct scene *s)
{
	cairo_surface_t *surface = raster_new(s->size);
	cairo_t *cr = raster_draw(surface);
	paint_background(cr, s);
	if (s->n_strangers)
		paint_strangers(cr, s);
	paint_plants(cr, s);
	if (s->in_front > 0)
		paint_front(cr, s);
	cairo_destroy(cr);
	return surface;
}
