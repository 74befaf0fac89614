#include "leaf.h"

#include <math.h>

enum { STEPS = 28 };

/* Half the width at u is u^a (1 - u)^b, at most `wide` of the length; `teeth` along each edge, each
 * as deep as `depth` of the width; `back` makes them point towards the base. */
struct outline {
	double a, b, wide;
	double teeth, depth, back;
	int veins;
};

static const struct outline outlines[] = {
    [LEAF_LANCE] = {0.45, 0.70, 0.10, 0, 0, 0, 0},
    [LEAF_SPOON] = {1.70, 0.45, 0.16, 5, 0.22, 0, 3},
    [LEAF_HEART] = {0.38, 0.80, 0.36, 9, 0.10, 0, 5},
    [LEAF_SAW] = {0.75, 0.35, 0.17, 6, 0.75, 1, 5},
    [LEAF_SERRATE] = {0.60, 0.62, 0.30, 12, 0.09, 0, 6},
};

struct spine {
	double x[STEPS + 1], y[STEPS + 1], nx[STEPS + 1], ny[STEPS + 1], half[STEPS + 1];
};

static double half_width(const struct outline *o, double u)
{
	double widest = o->a / (o->a + o->b);
	double peak = pow(widest, o->a) * pow(1 - widest, o->b);
	double w = o->wide * pow(u, o->a) * pow(1 - u, o->b) / peak;
	double saw = u * o->teeth - floor(u * o->teeth);
	double tooth = o->back > 0 ? 1 - saw : saw;
	return w * (1 - o->depth * (1 - tooth));
}

static void make_spine(struct spine *s, const struct leaf *leaf, const struct outline *o)
{
	double x = leaf->x, y = leaf->y, step = leaf->length / STEPS;
	for (int i = 0; i <= STEPS; i++) {
		double u = (double)i / STEPS, a = leaf->angle + leaf->bend * u;
		s->x[i] = x;
		s->y[i] = y;
		s->nx[i] = -sin(a);
		s->ny[i] = cos(a);
		s->half[i] = leaf->length * leaf->width * half_width(o, u);
		x += step * cos(a);
		y += step * sin(a);
	}
}

static void paint_half(cairo_t *cr, const struct spine *s, double side, struct rgb base,
		       struct rgb tip)
{
	cairo_pattern_t *p =
	    cairo_pattern_create_linear(s->x[0], s->y[0], s->x[STEPS], s->y[STEPS]);
	colour_stop(p, 0, base, 1);
	colour_stop(p, 1, tip, 1);
	cairo_new_path(cr);
	for (int i = 0; i <= STEPS; i++)
		cairo_line_to(cr, s->x[i], s->y[i]);
	for (int i = STEPS; i >= 0; i--)
		cairo_line_to(cr, s->x[i] + side * s->nx[i] * s->half[i],
			      s->y[i] + side * s->ny[i] * s->half[i]);
	cairo_close_path(cr);
	cairo_set_source(cr, p);
	cairo_fill(cr);
	cairo_pattern_destroy(p);
}

static void paint_lines(cairo_t *cr, const struct spine *s, const struct outline *o, double length,
			struct rgb c)
{
	cairo_set_line_width(cr, fmax(0.5, length * 0.012));
	colour_source(cr, c, 0.7);
	cairo_new_path(cr);
	for (int i = 0; i < STEPS; i++)
		cairo_line_to(cr, s->x[i], s->y[i]);
	cairo_stroke(cr);
	cairo_set_line_width(cr, fmax(0.4, length * 0.006));
	colour_source(cr, c, 0.4);
	for (int k = 1; k <= o->veins; k++)
		for (int side = -1; side <= 1; side += 2) {
			int i = k * STEPS / (o->veins + 2), j = i + STEPS / 7;
			cairo_move_to(cr, s->x[i], s->y[i]);
			cairo_line_to(cr, s->x[j] + side * s->nx[j] * s->half[j] * 0.8,
				      s->y[j] + side * s->ny[j] * s->half[j] * 0.8);
		}
	cairo_stroke(cr);
}

void leaf_paint(cairo_t *cr, struct dice *d, const struct leaf *leaf)
{
	const struct outline *o = &outlines[leaf->kind];
	struct spine s;
	make_spine(&s, leaf, o);
	struct rgb light = colour_scale(leaf->colour, dice_in(d, 1.05, 1.3));
	struct rgb dark = colour_scale(leaf->colour, dice_in(d, 0.7, 0.92));
	double lit = cos(leaf->angle) > 0 ? -1 : 1; /* the half that faces up */
	paint_half(cr, &s, lit, colour_scale(light, 0.8), light);
	paint_half(cr, &s, -lit, colour_scale(dark, 0.8), dark);
	if (leaf->length > 14)
		paint_lines(cr, &s, o, leaf->length,
			    colour_mix(light, (struct rgb){0.9, 1, 0.7}, 0.35));
}

void leaf_paint_compound(cairo_t *cr, struct dice *d, const struct leaf *whole)
{
	int pairs = dice_int(d, 1, 2);
	double a = whole->angle, tip_x = whole->x + whole->length * 0.55 * cos(a);
	double tip_y = whole->y + whole->length * 0.55 * sin(a);
	cairo_set_line_width(cr, fmax(0.7, whole->length * 0.025));
	colour_source(cr, colour_scale(whole->colour, 0.85), 1);
	cairo_move_to(cr, whole->x, whole->y);
	cairo_line_to(cr, tip_x, tip_y);
	cairo_stroke(cr);
	for (int k = pairs; k >= 0; k--) {
		double t = 1 - 0.42 * k;
		struct leaf one = *whole;
		one.kind = LEAF_SERRATE;
		one.x = whole->x + (tip_x - whole->x) * t;
		one.y = whole->y + (tip_y - whole->y) * t;
		one.length = whole->length * (k ? 0.42 : 0.5) * dice_in(d, 0.9, 1.1);
		for (int side = -1; side <= (k ? 1 : -1); side += 2) {
			one.angle = a + (k ? side * dice_in(d, 0.9, 1.2) : 0);
			one.bend = k ? -side * 0.3 : whole->bend;
			leaf_paint(cr, d, &one);
		}
	}
}

void stem_at(const struct stem *s, double t, double out[2])
{
	for (int i = 0; i < 2; i++)
		out[i] = (1 - t) * (1 - t) * s->from[i] + 2 * t * (1 - t) * s->bend[i] +
			 t * t * s->to[i];
}

static void stroke_stem(cairo_t *cr, const struct stem *s, double off, double width)
{
	cairo_new_path(cr);
	for (int i = 0; i <= 16; i++) {
		double at[2];
		stem_at(s, i / 16.0, at);
		cairo_line_to(cr, at[0] + off, at[1]);
	}
	cairo_set_line_width(cr, width);
	cairo_stroke(cr);
}

void stem_paint(cairo_t *cr, struct dice *d, const struct stem *s)
{
	colour_source(cr, colour_scale(s->colour, 0.72), 1);
	for (int i = 0; i < (int)s->thorns; i++) {
		double at[2], side = i % 2 ? 1 : -1, size = s->width * dice_in(d, 1.0, 1.5);
		stem_at(s, (i + dice_in(d, 0.3, 0.9)) / s->thorns, at);
		cairo_move_to(cr, at[0], at[1] - size * 0.6);
		cairo_line_to(cr, at[0] + side * size, at[1] - size * 0.1);
		cairo_line_to(cr, at[0], at[1] + size * 0.6);
		cairo_fill(cr);
	}
	stroke_stem(cr, s, 0, s->width);
	colour_source(cr, s->colour, 1);
	stroke_stem(cr, s, -s->width * 0.1, s->width * 0.7);
	colour_source(cr, colour_scale(s->colour, 1.3), 0.8);
	stroke_stem(cr, s, -s->width * 0.22, s->width * 0.25);
}
