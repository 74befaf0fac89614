#include "background.h"

#include "colour.h"
#include "leaf.h"

#include <math.h>

static void fill_down(cairo_t *cr, struct rgb top, struct rgb bottom)
{
	cairo_pattern_t *p = cairo_pattern_create_linear(0, 0, 0, 1);
	colour_stop(p, 0, top, 1);
	colour_stop(p, 1, bottom, 1);
	cairo_set_source(cr, p);
	cairo_paint(cr);
	cairo_pattern_destroy(p);
}

static void spot(cairo_t *cr, double x, double y, double r, struct rgb c, double alpha)
{
	cairo_pattern_t *p = cairo_pattern_create_radial(x, y, 0, x, y, r);
	colour_stop(p, 0, c, alpha);
	colour_stop(p, 1, c, 0);
	cairo_set_source(cr, p);
	cairo_rectangle(cr, x - r, y - r, 2 * r, 2 * r);
	cairo_fill(cr);
	cairo_pattern_destroy(p);
}

static struct rgb green(struct dice *d)
{
	return colour_draw(d, &(struct tint){1, {0.17, 0.38}, {0.3, 0.75}, {0.2, 0.65}});
}

static void blades(cairo_t *cr, struct dice *d, struct rgb base, int n)
{
	for (int i = 0; i < n; i++) {
		double x = dice_in(d, -0.1, 1.1), y = dice_in(d, 0.3, 1.25);
		struct leaf l = {
		    .kind = LEAF_LANCE, .x = x, .y = y, .angle = dice_in(d, -2.1, -1.0)};
		l.length = dice_in(d, 0.2, 0.7);
		l.width = dice_in(d, 0.15, 0.5);
		l.bend = dice_in(d, -0.7, 0.7);
		l.colour = colour_jitter(d, base, 0.12);
		leaf_paint(cr, d, &l);
	}
}

static void meadow(cairo_t *cr, struct dice *d)
{
	struct rgb base = green(d);
	fill_down(cr, colour_scale(base, 1.15), colour_scale(base, 0.65));
	blades(cr, d, base, dice_int(d, 25, 60));
	struct rgb speck = colour_draw(d, &(struct tint){1, {0, 1}, {0, 0.9}, {0.95, 0.95}});
	for (int n = dice_int(d, 0, 14); n > 0; n--) {
		double x = dice_in(d, 0, 1), y = dice_in(d, 0, 0.9), r = dice_in(d, 0.02, 0.07);
		spot(cr, x, y, r, speck, 0.9);
	}
}

static void sky(cairo_t *cr, struct dice *d)
{
	double hue = dice_in(d, 0.54, 0.62), value = dice_in(d, 0.6, 1);
	double deep = dice_in(d, 0.4, 0.8), pale = dice_in(d, 0.05, 0.4);
	fill_down(cr, colour_hsv(hue, deep, value), colour_hsv(hue, pale, value));
	for (int n = dice_int(d, 0, 5); n > 0; n--) {
		double x = dice_in(d, 0, 1), y = dice_in(d, 0, 0.8), r = dice_in(d, 0.08, 0.2);
		for (int k = 0; k < 8; k++) {
			double dx = dice_normal(d, 0, 0.12), dy = dice_normal(d, 0, 0.03);
			spot(cr, x + dx, y + dy, r * dice_in(d, 0.5, 1), (struct rgb){1, 1, 1},
			     0.55);
		}
	}
	if (!dice_chance(d, 0.6))
		return;
	struct rgb wood = colour_scale(green(d), 0.7);
	double horizon = dice_in(d, 0.6, 0.95);
	for (int i = 0; i < 26; i++) {
		double y = horizon + dice_in(d, 0.02, 0.1), r = dice_in(d, 0.06, 0.14);
		spot(cr, i / 25.0, y, r, colour_jitter(d, wood, 0.06), 1);
	}
	colour_source(cr, wood, 1);
	cairo_rectangle(cr, 0, horizon + 0.06, 1, 1);
	cairo_fill(cr);
}

static void pebbles(cairo_t *cr, struct dice *d, struct rgb base, int n, double size)
{
	fill_down(cr, base, colour_scale(base, 0.75));
	for (int i = 0; i < n; i++) {
		double x = dice_in(d, 0, 1), y = dice_in(d, 0, 1), r = size * dice_in(d, 0.3, 1);
		colour_source(cr, colour_scale(base, 0.45), 0.7);
		cairo_arc(cr, x + r * 0.2, y + r * 0.3, r, 0, 6.2831853);
		cairo_fill(cr);
		colour_source(cr, colour_jitter(d, base, 0.14), 1);
		cairo_arc(cr, x, y, r, 0, 6.2831853);
		cairo_fill(cr);
	}
}

static void soil(cairo_t *cr, struct dice *d)
{
	struct rgb base = colour_draw(d, &(struct tint){1, {0.05, 0.1}, {0.3, 0.6}, {0.22, 0.5}});
	int n = dice_int(d, 90, 200);
	pebbles(cr, d, base, n, dice_in(d, 0.015, 0.04));
	struct rgb grass = green(d);
	if (dice_chance(d, 0.6))
		blades(cr, d, grass, dice_int(d, 2, 12));
}

static void stones(cairo_t *cr, struct dice *d)
{
	struct rgb base = colour_draw(d, &(struct tint){1, {0, 1}, {0, 0.12}, {0.4, 0.75}});
	int n = dice_int(d, 60, 130);
	pebbles(cr, d, base, n, dice_in(d, 0.03, 0.08));
}

static void bokeh(cairo_t *cr, struct dice *d)
{
	struct rgb base = dice_chance(d, 0.7)
			      ? green(d)
			      : colour_draw(d, &(struct tint){1, {0, 1}, {0.35, 0.35}, {0.2, 0.7}});
	fill_down(cr, colour_scale(base, 0.9), colour_scale(base, 0.5));
	struct rgb light = colour_mix(base, (struct rgb){1, 1, 0.85}, dice_in(d, 0.3, 0.8));
	for (int n = dice_int(d, 10, 35); n > 0; n--) {
		struct rgb c = colour_jitter(d, light, 0.15);
		double x = dice_in(d, 0, 1), y = dice_in(d, 0, 1), r = dice_in(d, 0.02, 0.11);
		colour_source(cr, c, dice_in(d, 0.12, 0.5));
		cairo_arc(cr, x, y, r, 0, 6.2831853);
		cairo_fill_preserve(cr);
		colour_source(cr, c, 0.3);
		cairo_set_line_width(cr, 0.008);
		cairo_stroke(cr);
	}
}

static void bricks(cairo_t *cr, struct dice *d)
{
	struct rgb mortar = colour_hsv(0.1, 0.08, dice_in(d, 0.5, 0.8));
	struct rgb base = colour_draw(d, &(struct tint){1, {0, 0.07}, {0.2, 0.6}, {0.4, 0.7}});
	double h = dice_in(d, 0.08, 0.16), w = h * 2.4;
	fill_down(cr, mortar, mortar);
	for (int row = 0; row * h < 1; row++)
		for (double x = row % 2 ? -w / 2 : 0; x < 1; x += w) {
			colour_source(cr, colour_jitter(d, base, 0.08), 1);
			cairo_rectangle(cr, x + 0.008, row * h + 0.008, w - 0.016, h - 0.016);
			cairo_fill(cr);
		}
}

static void planks(cairo_t *cr, struct dice *d)
{
	struct rgb base = colour_draw(d, &(struct tint){1, {0.06, 0.12}, {0.05, 0.5}, {0.3, 0.85}});
	double w = dice_in(d, 0.12, 0.3);
	fill_down(cr, colour_scale(base, 0.35), colour_scale(base, 0.3));
	for (double x = -dice_in(d, 0, w); x < 1; x += w) {
		struct rgb board = colour_jitter(d, base, 0.05);
		colour_source(cr, board, 1);
		cairo_rectangle(cr, x + 0.006, 0, w - 0.012, 1);
		cairo_fill(cr);
		colour_source(cr, colour_scale(board, 0.75), 0.5);
		cairo_set_line_width(cr, 0.006);
		for (int k = 0; k < 6; k++) {
			double at = x + dice_in(d, 0.1, 0.9) * w, bend = dice_in(d, -0.03, 0.03);
			cairo_move_to(cr, at, 0);
			cairo_curve_to(cr, at + bend, 0.3, at - bend, 0.7, at, 1);
			cairo_stroke(cr);
		}
	}
}

static void foliage(cairo_t *cr, struct dice *d)
{
	static const enum leaf_kind kinds[] = {LEAF_HEART, LEAF_SERRATE, LEAF_LANCE, LEAF_SAW,
					       LEAF_SPOON};
	struct rgb base = green(d);
	enum leaf_kind kind = kinds[dice_below(d, 5)];
	fill_down(cr, colour_scale(base, 0.5), colour_scale(base, 0.35));
	for (int n = dice_int(d, 35, 70); n > 0; n--) {
		struct leaf l = {.kind = kind, .x = dice_in(d, -0.1, 1.1)};
		l.y = dice_in(d, -0.1, 1.1);
		l.angle = dice_in(d, 0, 6.28);
		l.length = dice_in(d, 0.15, 0.4);
		l.width = dice_in(d, 0.8, 1.4);
		l.bend = dice_in(d, -0.5, 0.5);
		l.colour = colour_jitter(d, base, 0.1);
		l.colour = colour_scale(l.colour, dice_in(d, 0.6, 1.2));
		leaf_paint(cr, d, &l);
	}
}

static void night(cairo_t *cr, struct dice *d)
{
	struct rgb c = colour_draw(d, &(struct tint){1, {0, 1}, {0.1, 0.5}, {0.04, 0.2}});
	fill_down(cr, c, colour_scale(c, 0.5));
	double x = dice_in(d, 0, 1), y = dice_in(d, 0, 1), r = dice_in(d, 0.4, 0.9);
	spot(cr, x, y, r, colour_scale(c, 2.2), 0.7);
}

static void room(cairo_t *cr, struct dice *d)
{
	struct rgb wall = colour_draw(d, &(struct tint){1, {0, 1}, {0.03, 0.3}, {0.5, 0.95}});
	fill_down(cr, wall, colour_scale(wall, 0.85));
	for (int n = dice_int(d, 0, 3); n > 0; n--) {
		colour_source(cr, colour_draw(d, &(struct tint){1, {0, 1}, {0, 0.5}, {0.2, 1}}),
			      0.8);
		double x = dice_in(d, -0.2, 0.9), y = dice_in(d, -0.2, 0.5),
		       w = dice_in(d, 0.1, 0.5);
		cairo_rectangle(cr, x, y, w, dice_in(d, 0.2, 0.7));
		cairo_fill(cr);
	}
	colour_source(cr, colour_draw(d, &(struct tint){1, {0.03, 0.12}, {0.1, 0.5}, {0.25, 0.8}}),
		      1);
	cairo_rectangle(cr, 0, dice_in(d, 0.7, 0.95), 1, 1);
	cairo_fill(cr);
}

/* A bed or a field: rows of colour that run to the horizon. */
static void rows(cairo_t *cr, struct dice *d)
{
	struct rgb leaf = green(d);
	fill_down(cr, colour_mix(leaf, colour_hsv(0.57, 0.3, 0.95), 0.5), leaf);
	struct rgb c = colour_draw(d, &(struct tint){1, {0.9, 1.2}, {0.1, 0.9}, {0.7, 1}});
	for (double y = dice_in(d, 0.1, 0.3), h = 0.03; y < 1; y += h * 2.2, h *= 1.4)
		for (int n = 0; n < 30; n++) {
			double x = dice_in(d, 0, 1), off = dice_normal(d, 0, h * 0.25);
			double r = h * dice_in(d, 0.4, 0.9);
			spot(cr, x, y + off, r, colour_jitter(d, c, 0.08), 0.9);
		}
}

struct background {
	double weight;
	double blur; /* at most, as a share of the width */
	void (*paint)(cairo_t *cr, struct dice *d);
};

static const struct background backgrounds[] = {
    {24, 0.035, meadow}, {10, 0.02, sky},   {8, 0.02, soil},     {16, 0.03, bokeh},
    {5, 0.02, bricks},   {5, 0.02, planks}, {14, 0.03, foliage}, {6, 0.02, night},
    {6, 0.03, room},     {4, 0.02, stones}, {6, 0.025, rows},
};

double background_paint(cairo_t *cr, struct dice *d)
{
	int n = sizeof(backgrounds) / sizeof(*backgrounds);
	const struct background *b =
	    &backgrounds[dice_pick(d, &backgrounds[0].weight, sizeof(*backgrounds), n)];
	b->paint(cr, d);
	return b->blur;
}
