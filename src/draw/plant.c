#include "scene.h"

#include <math.h>

static struct stem stem_of(const struct scene *s, const struct plant *p, const struct pose *v,
			   struct dice *d)
{
	const struct species *kind = &species_table[p->kind];
	struct vec down = pose_project(v, (struct vec){0, 0, -1});
	double dx = down.x - p->x, dy = down.y - p->y;
	double end = fmax(s->size * 1.08, p->y + p->radius * 2);
	struct stem stem = {.from = {p->x + dx * 0.15, p->y + dy * 0.15}};
	stem.bend[0] = p->x + dx * 1.6;
	stem.bend[1] = p->y + fabs(dy) * 1.4 + 0.4 * p->radius;
	stem.to[0] = p->x + dx * dice_in(d, 0.6, 2.2);
	stem.to[0] += p->radius * dice_normal(d, 0, 0.4);
	stem.to[1] = end;
	stem.width = fmax(1, kind->stem * p->radius * dice_in(d, 0.85, 1.2));
	stem.colour = colour_jitter(d, kind->stalk, 0.05);
	stem.thorns = p->radius > 14 ? kind->thorns : 0;
	return stem;
}

static void paint_leaves(cairo_t *cr, const struct scene *s, const struct plant *p,
			 const struct stem *stem, struct dice *d)
{
	const struct species *kind = &species_table[p->kind];
	int n = dice_int(d, 1, 3);
	n += (int)(2 * s->knobs->v[KNOB_CLUTTER] * dice_in(d, 0, 1));
	struct rgb green = colour_jitter(d, colour_scale(kind->stalk, 0.85), 0.07);
	for (int i = 0; i < n; i++) {
		double side = (i + (p->x > s->size / 2.0)) % 2 ? 1 : -1, at[2];
		double low = kind->leaf_low;
		stem_at(stem, 0.25 + 0.6 * low + dice_in(d, 0, 0.5 - 0.35 * low), at);
		struct leaf leaf = {.kind = kind->leaf, .x = at[0], .y = at[1], .colour = green};
		double up = low * dice_in(d, 0.5, 1.2);
		up += (1 - low) * dice_in(d, -0.3, 0.8);
		leaf.angle = side > 0 ? -up : -3.14159265 + up;
		leaf.length = kind->leaf_length * p->radius * dice_in(d, 0.75, 1.2);
		leaf.width = dice_in(d, 0.85, 1.2);
		leaf.bend = side * dice_in(d, -0.2, 0.7);
		if (kind->leaf == LEAF_SERRATE)
			leaf_paint_compound(cr, d, &leaf);
		else
			leaf_paint(cr, d, &leaf);
	}
}

/* On whatever is behind the flower, away from the light. */
static void paint_shadow(cairo_t *cr, const struct scene *s, const struct plant *p)
{
	double x = p->x - s->light.x * p->radius * 0.35, y = p->y - s->light.y * p->radius * 0.35;
	double r = p->radius * 1.25;
	cairo_pattern_t *dark = cairo_pattern_create_radial(x, y, r * 0.4, x, y, r);
	colour_stop(dark, 0, (struct rgb){0}, 0.4);
	colour_stop(dark, 1, (struct rgb){0}, 0);
	cairo_set_source(cr, dark);
	cairo_arc(cr, x, y, r, 0, 6.2831853);
	cairo_fill(cr);
	cairo_pattern_destroy(dark);
}

void plant_paint(cairo_t *cr, struct scene *s, const struct plant *p, struct dice dice)
{
	struct flower f = {.pose = pose_make(p->x, p->y, p->radius, p->tilt, p->roll)};
	f.pose.light = s->light;
	f.pose.ambient = s->ambient;
	f.dice = dice_fork(&dice);
	f.colour = p->colour;
	f.detail = fmin(1, p->radius / 45);
	struct stem stem = stem_of(s, p, &f.pose, &dice);
	stem_paint(cr, &dice, &stem);
	paint_leaves(cr, s, p, &stem, &dice);
	paint_shadow(cr, s, p);
	species_table[p->kind].draw(cr, &f);
}
