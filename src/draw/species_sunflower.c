/* Sunflower: two rings of pointed ray florets round a broad disc of seeds, dark but for the ring in
 * bloom. */
#include "species.h"

#include <math.h>

static void add_ring(struct bloom *b, struct flower *f, int n, double disc, double reach,
		     double lift)
{
	struct dice *d = &f->dice;
	struct rgb inner = colour_mix(f->colour, colour_hsv(0.05, 0.9, 0.7), dice_in(d, 0.2, 0.6));
	double start = dice_in(d, 0, 6.28), wide = dice_in(d, 0.95, 1.35);
	double curl = dice_in(d, -0.5, 0.35);
	for (int i = 0; i < n; i++) {
		struct petal p = {
		    .shape = PETAL_LANCE, .strips = f->detail > 0.3 ? 2 : 1, .veins = 0.9};
		p.angle = start + (i + dice_in(d, -0.3, 0.3)) * 6.2831853 / n;
		p.base = disc * 0.82;
		p.length = (reach - p.base) * dice_in(d, 0.85, 1.12);
		p.width = wide * 6.2831853 * 0.75 / n;
		p.lift = lift + dice_normal(d, 0, 0.12);
		p.curl = curl + dice_normal(d, 0, 0.25);
		p.trough = dice_in(d, 0, 0.5);
		p.inner = inner;
		p.tip = colour_jitter(d, f->colour, 0.04);
		p.back = colour_mix(f->colour, colour_hsv(0.2, 0.6, 0.6), 0.4);
		p.blend = dice_in(d, 0.3, 0.6);
		p.rim = -0.25;
		bloom_add_petal(b, &p);
	}
}

static struct disc seed_disc(struct dice *d, double radius)
{
	struct rgb brown =
	    colour_draw(d, &(struct tint){1, {0.04, 0.09}, {0.5, 0.8}, {0.14, 0.34}});
	struct rgb pollen =
	    colour_draw(d, &(struct tint){1, {0.08, 0.13}, {0.85, 0.85}, {0.5, 0.85}});
	struct rgb green =
	    colour_draw(d, &(struct tint){1, {0.15, 0.24}, {0.55, 0.55}, {0.35, 0.6}});
	bool young = dice_chance(d, 0.3);
	struct disc disc = {.radius = radius, .ring = brown, .rough = 0.3};
	disc.dome = radius * dice_in(d, 0.08, 0.3);
	disc.middle = young ? green : colour_mix(brown, green, dice_in(d, 0, 0.5));
	disc.edge = dice_chance(d, 0.6) ? pollen : colour_scale(brown, 1.3);
	disc.ring_at = dice_in(d, 0.4, 0.85);
	disc.grain = dice_in(d, 0.85, 1.1);
	return disc;
}

void sunflower_draw(cairo_t *cr, struct flower *f)
{
	struct bloom b = bloom_of(f);
	struct dice *d = &f->dice;
	double radius = dice_in(d, 0.36, 0.56), lift = dice_in(d, -0.1, 0.45);
	int n = dice_int(d, 17, 30);
	bloom_add_bracts(&b, d, 16, 0.75, 0.25);
	add_ring(&b, f, n, radius, 1, lift);
	if (dice_chance(d, 0.85))
		add_ring(&b, f, n, radius, dice_in(d, 0.85, 0.97), lift + 0.2);
	struct disc centre = seed_disc(d, radius);
	bloom_add_disc(&b, &centre);
	bloom_paint(&b, cr);
}
