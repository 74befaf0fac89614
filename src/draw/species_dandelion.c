/* Dandelion: a cushion of a hundred narrow ray florets with no disc, or the clock of seeds that
 * follows it, or a head that is still half closed. */
#include "species.h"

#include <math.h>

static const double golden_angle = 2.39996322972865;

static void add_florets(struct bloom *b, struct flower *f, double open)
{
	struct dice *d = &f->dice;
	int n = (int)(dice_int(d, 150, 200) * (0.35 + 0.65 * f->detail));
	struct rgb inner =
	    colour_mix(f->colour, colour_hsv(0.09, 0.95, 0.85), dice_in(d, 0.3, 0.7));
	for (int i = 0; i < n; i++) {
		double t = (i + 0.5) / n;
		struct petal p = {.shape = PETAL_STRAP, .strips = 1, .rim = -0.22};
		p.angle = i * golden_angle + dice_in(d, -0.15, 0.15);
		p.base = 0.05 + 0.12 * t;
		p.length = (0.40 + 0.52 * pow(t, 0.7)) * dice_in(d, 0.9, 1.07);
		p.width = 0.095 * dice_in(d, 0.8, 1.25) / sqrt(0.45 + 0.55 * f->detail);
		p.lift = 1.45 - (1.45 - 0.15) * open * pow(t, 0.75) + dice_normal(d, 0, 0.08);
		p.curl = dice_in(d, -0.35, 0.05);
		p.inner = inner;
		p.tip = colour_jitter(d, colour_mix(inner, f->colour, 0.4 + 0.6 * t), 0.045);
		p.back = colour_scale(f->colour, 0.85);
		p.blend = 0.7;
		bloom_add_petal(b, &p);
	}
}

static void head(cairo_t *cr, struct flower *f, double open)
{
	struct bloom b = bloom_of(f);
	bloom_add_bracts(&b, &f->dice, 14, 0.55, open < 0.7 ? 1.3 : 0.85);
	bloom_add_bracts(&b, &f->dice, 9, 0.35, -0.9);
	add_florets(&b, f, open);
	if (open > 0.7) { /* those in the middle are still rolled up */
		struct rgb c = colour_mix(f->colour, colour_hsv(0.09, 0.95, 0.85), 0.4);
		struct disc tuft = {.radius = 0.17, .dome = 0.16, .height = 0.2};
		tuft.middle = colour_scale(c, 0.85);
		tuft.ring = tuft.edge = c;
		tuft.ring_at = 0.6;
		tuft.grain = 1;
		tuft.rough = 0.2;
		bloom_add_disc(&b, &tuft);
	}
	bloom_paint(&b, cr);
}

struct clock {
	int seeds, hairs;
	double gone;     /* share of the seeds that have flown */
	struct vec wind; /* from where they went first */
	struct rgb down;
};

/* The i-th of n directions, evenly over the sphere (Fibonacci's lattice). */
static struct vec direction(int i, int n)
{
	double z = 1 - (2 * i + 1.0) / n, r = sqrt(1 - z * z);
	return (struct vec){r * cos(i * golden_angle), r * sin(i * golden_angle), z};
}

static double towards(struct vec a, struct vec b)
{
	return a.x * b.x + a.y * b.y + a.z * b.z;
}

/* The parachute of one seed: hairs from the top of its stalk. */
static void trace_hairs(cairo_t *cr, const struct pose *v, struct vec dir, double spin, int hairs)
{
	struct vec any = fabs(dir.z) < 0.9 ? (struct vec){0, 0, 1} : (struct vec){1, 0, 0};
	struct vec s = vec_unit(vec_cross(dir, any)), t = vec_cross(dir, s);
	double cx = v->x + v->size * dir.x * 0.72, cy = v->y + v->size * dir.y * 0.72;
	for (int h = 0; h < hairs; h++) {
		double a = spin + h * 6.2831853 / hairs, c = 0.24 * cos(a), w = 0.24 * sin(a);
		cairo_move_to(cr, cx, cy);
		cairo_line_to(cr, v->x + v->size * (dir.x * 0.93 + s.x * c + t.x * w),
			      v->y + v->size * (dir.y * 0.93 + s.y * c + t.y * w));
	}
}

static void paint_seeds(cairo_t *cr, struct flower *f, const struct clock *c, bool near)
{
	const struct pose *v = &f->pose;
	struct rgb brown = {0.42, 0.32, 0.2};
	for (int i = 0; i < c->seeds; i++) {
		struct vec dir = direction(i, c->seeds);
		double spin = i * 1.7;
		if ((dir.z >= 0) != near || 0.5 + 0.5 * towards(dir, c->wind) < c->gone)
			continue;
		colour_source(cr, colour_mix(c->down, brown, 0.5), near ? 0.7 : 0.4);
		cairo_set_line_width(cr, fmax(0.5, v->size * 0.008));
		cairo_move_to(cr, v->x + v->size * dir.x * 0.14, v->y + v->size * dir.y * 0.14);
		cairo_line_to(cr, v->x + v->size * dir.x * 0.72, v->y + v->size * dir.y * 0.72);
		cairo_stroke(cr);
		double lit = 0.75 + 0.3 * towards(dir, v->light);
		colour_source(cr, colour_scale(c->down, lit), near ? 0.75 : 0.4);
		cairo_set_line_width(cr, fmax(0.45, v->size * 0.009));
		trace_hairs(cr, v, dir, spin, c->hairs);
		cairo_stroke(cr);
		if (v->size > 24) {
			colour_source(cr, brown, near ? 0.9 : 0.4);
			cairo_arc(cr, v->x + v->size * dir.x * 0.18, v->y + v->size * dir.y * 0.18,
				  v->size * 0.022, 0, 6.2831853);
			cairo_fill(cr);
		}
	}
}

static void seed_clock(cairo_t *cr, struct flower *f)
{
	struct dice *d = &f->dice;
	const struct pose *v = &f->pose;
	struct clock c = {.seeds = (int)(dice_int(d, 80, 130) * (0.4 + 0.6 * f->detail)),
			  .hairs = f->detail > 0.5 ? 11 : 7};
	c.down = colour_jitter(d, (struct rgb){0.94, 0.94, 0.92}, 0.05);
	c.wind.x = dice_in(d, -1, 1);
	c.wind.y = dice_in(d, -1, 1);
	c.wind.z = dice_in(d, -1, 1);
	c.wind = vec_unit(c.wind);
	c.gone = dice_chance(d, 0.4) ? dice_in(d, 0.15, 0.65) : 0;
	cairo_pattern_t *haze = cairo_pattern_create_radial(v->x, v->y, 0, v->x, v->y, v->size);
	double thick = 0.5 * (1 - c.gone);
	colour_stop(haze, 0.0, colour_scale(c.down, 0.8), thick * 0.6);
	colour_stop(haze, 0.8, c.down, thick * 0.6);
	colour_stop(haze, 1.0, c.down, 0);
	cairo_set_source(cr, haze);
	cairo_arc(cr, v->x, v->y, v->size, 0, 6.2831853);
	cairo_fill(cr);
	cairo_pattern_destroy(haze);
	paint_seeds(cr, f, &c, false);
	colour_source(cr, colour_jitter(d, (struct rgb){0.55, 0.52, 0.36}, 0.06), 1);
	cairo_arc(cr, v->x, v->y, v->size * 0.14, 0, 6.2831853);
	cairo_fill(cr);
	paint_seeds(cr, f, &c, true);
}

void dandelion_draw(cairo_t *cr, struct flower *f)
{
	double form = dice_in(&f->dice, 0, 1);
	if (form < 0.36)
		seed_clock(cr, f);
	else
		head(cr, f,
		     form < 0.46 ? dice_in(&f->dice, 0.3, 0.6) : dice_in(&f->dice, 0.9, 1.1));
}
