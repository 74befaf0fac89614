/* Tulip: six tepals in two whorls of three, a cup that is seen from the side when closed and shows
 * its stamens and the blotch at its bottom when open. */
#include "species.h"

#include <math.h>

struct cup {
	double open;  /* 0 closed, 1 wide open */
	double point; /* 0 round, 1 pointed tepals */
	struct rgb blotch, tip;
};

static void add_whorl(struct bloom *b, struct flower *f, const struct cup *c, bool outer,
		      double start)
{
	struct dice *d = &f->dice;
	for (int i = 0; i < 3; i++) {
		struct petal p = {
		    .shape = c->point > 0.5 ? PETAL_EGG : PETAL_OVAL, .wrap = 1, .veins = 0.5};
		p.strips = f->detail > 0.3 ? 7 : 5;
		p.angle = start + (i * 2 + outer) * 6.2831853 / 6 + dice_normal(d, 0, 0.08);
		p.base = 0.06;
		p.height = -0.45;
		p.length = 1.5 * dice_in(d, 0.95, 1.05) * (outer ? 1 : 0.97);
		p.width = (0.98 + 0.1 * c->open) * dice_in(d, 0.94, 1.06);
		p.lift = 0.35 - 0.1 * c->open + (outer ? 0 : 0.05);
		p.curl =
		    1.95 - 1.45 * c->open + dice_normal(d, 0, 0.06) - (outer ? 0.06 * c->open : 0);
		p.ruffle = 0.012;
		p.phase = dice_in(d, 0, 6.28);
		p.inner = c->blotch;
		p.tip = colour_jitter(d, c->tip, 0.025);
		p.back = colour_mix(f->colour, c->tip, 0.5);
		p.blend = 0.3 + 0.25 * c->point;
		p.rim = -0.28;
		bloom_add_petal(b, &p);
	}
}

void tulip_draw(cairo_t *cr, struct flower *f)
{
	struct bloom b = bloom_of(f);
	struct dice *d = &f->dice;
	double seen_from_above = f->pose.cos_tilt;
	struct cup c = {.open = dice_in(d, 0, 0.3)};
	c.open += 0.75 * seen_from_above * dice_in(d, 0.2, 1);
	c.point = dice_in(d, 0, 1);
	c.tip = f->colour;
	if (dice_chance(d, 0.2)) /* edges of another colour */
		c.tip = colour_mix(
		    f->colour,
		    dice_chance(d, 0.5) ? colour_hsv(0.14, 0.8, 1) : colour_hsv(0, 0.03, 1), 0.75);
	int base = dice_below(d, 3);
	c.blotch = base == 0   ? colour_hsv(0.75, 0.5, 0.15)
		   : base == 1 ? colour_hsv(0.145, 0.8, 0.95)
			       : colour_mix(f->colour, colour_hsv(0.2, 0.4, 0.85), 0.5);
	double start = dice_in(d, 0, 6.28);
	add_whorl(&b, f, &c, true, start);
	add_whorl(&b, f, &c, false, start);
	struct stamens s = {.length = 0.55, .spread = 0.9, .lift = 1.0, .n = 6};
	s.filament = colour_hsv(0.15, 0.5, 0.8);
	s.anther = dice_chance(d, 0.5) ? colour_hsv(0.75, 0.4, 0.15) : colour_hsv(0.13, 0.8, 0.9);
	bloom_add_stamens(&b, &s);
	bloom_paint(&b, cr);
}
