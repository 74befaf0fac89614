#include "bloom.h"

#include <math.h>

static const double golden_angle = 2.39996322972865;

static struct rgb zone(const struct disc *d, double t)
{
	return t < d->ring_at
		   ? colour_mix(d->middle, d->ring, t / fmax(d->ring_at, 0.01))
		   : colour_mix(d->ring, d->edge, (t - d->ring_at) / (1.01 - d->ring_at));
}

static struct vec on_dome(const struct disc *d, double t, double angle)
{
	double r = d->radius * t;
	return (struct vec){r * cos(angle), r * sin(angle), d->height + d->dome * (1 - t * t)};
}

/* The ground between the florets. */
static void paint_ground(cairo_t *cr, const struct pose *v, const struct disc *d)
{
	cairo_new_path(cr);
	for (int ring = 0; ring < 4; ring++) {
		double t = 1 - 0.25 * ring;
		for (int i = 0; i < 24; i++) {
			struct vec p = pose_project(v, on_dome(d, t, i * 6.2831853 / 24));
			cairo_line_to(cr, p.x, p.y);
		}
		cairo_close_path(cr);
		colour_source(cr, colour_scale(zone(d, t), 0.55 + 0.1 * ring), 1);
		cairo_fill(cr);
	}
}

static void paint_floret(cairo_t *cr, const struct pose *v, struct dice *dice, const struct disc *d,
			 double t, double angle, double radius)
{
	struct vec at = pose_project(v, on_dome(d, t, angle));
	double slope = 2 * d->dome * t / d->radius;
	struct vec tip = pose_project(v, (struct vec){slope * cos(angle), slope * sin(angle), 1});
	struct vec origin = pose_project(v, (struct vec){0});
	struct vec n = vec_unit(vec_sub(tip, origin));
	if (n.z < -0.1)
		return;
	double light = pose_shade(v, n) * (1 + d->rough * dice_in(dice, -1, 1));
	struct rgb c = colour_scale(zone(d, t), light);
	colour_source(cr, c, 1);
	cairo_arc(cr, at.x, at.y, radius, 0, 6.2831853);
	cairo_fill(cr);
	if (radius > 1.2) {
		colour_source(cr, colour_mix(c, (struct rgb){1, 1, 0.85}, 0.45), 0.8);
		cairo_arc(cr, at.x + v->light.x * radius * 0.35, at.y + v->light.y * radius * 0.35,
			  radius * 0.38, 0, 6.2831853);
		cairo_fill(cr);
	}
}

void disc_paint(cairo_t *cr, const struct pose *v, struct dice *dice, const struct disc *d)
{
	double pixels = v->size * d->radius;
	int n = (int)fmax(14, fmin(420, pixels * pixels * 0.32));
	double space = pixels * 1.7 / sqrt(n);
	paint_ground(cr, v, d);
	for (int i = n - 1; i >= 0; i--) {
		double t = sqrt((i + 0.5) / n);
		paint_floret(cr, v, dice, d, t, i * golden_angle, 0.5 * space * d->grain);
	}
}

void stamens_paint(cairo_t *cr, const struct pose *v, struct dice *dice, const struct stamens *s)
{
	struct vec root = pose_project(v, (struct vec){0, 0, 0.05});
	for (int i = 0; i < s->n; i++) {
		double angle = (i + dice_in(dice, -0.2, 0.2)) * 6.2831853 / s->n;
		double reach = s->length * cos(s->lift) * s->spread;
		struct vec tip = {reach * cos(angle), reach * sin(angle), s->length * sin(s->lift)};
		struct vec at = pose_project(v, tip);
		colour_source(cr, s->filament, 1);
		cairo_set_line_width(cr, fmax(0.6, v->size * 0.025));
		cairo_move_to(cr, root.x, root.y);
		cairo_line_to(cr, at.x, at.y);
		cairo_stroke(cr);
		colour_source(cr, s->anther, 1);
		cairo_arc(cr, at.x, at.y, fmax(0.7, v->size * 0.045), 0, 6.2831853);
		cairo_fill(cr);
	}
	struct vec pistil = pose_project(v, (struct vec){0, 0, s->length * 0.9});
	colour_source(cr, colour_mix(s->filament, (struct rgb){0.6, 0.7, 0.3}, 0.7), 1);
	cairo_set_line_width(cr, fmax(1, v->size * 0.08));
	cairo_move_to(cr, root.x, root.y);
	cairo_line_to(cr, pistil.x, pistil.y);
	cairo_stroke(cr);
}
