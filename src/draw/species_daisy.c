/* Daisy: one or two rings of blunt ray florets round a small dome of disc florets. */
#include "species.h"

#include <math.h>

struct rays {
	int n;
	double reach, lift, curl, width, missing;
};

static void add_rays(struct bloom *b, struct flower *f, const struct rays *r, double disc)
{
	struct dice *d = &f->dice;
	enum petal_shape shape = dice_chance(d, 0.7) ? PETAL_STRAP : PETAL_OVAL;
	struct rgb inner = colour_mix(f->colour, colour_hsv(0.2, 0.5, 0.75), dice_in(d, 0.05, 0.4));
	struct rgb back = colour_mix(f->colour, colour_hsv(0.93, 0.5, 0.85), dice_in(d, 0, 0.5));
	double start = dice_in(d, 0, 6.28);
	for (int i = 0; i < r->n; i++) {
		struct petal p = {.shape = shape, .strips = f->detail > 0.3 ? 2 : 1, .veins = 0.6};
		if (dice_chance(d, r->missing))
			continue;
		p.angle = start + (i + dice_in(d, -0.22, 0.22)) * 6.2831853 / r->n;
		p.base = disc * 0.75;
		p.length = (r->reach - p.base) * dice_in(d, 0.92, 1.06);
		p.width = r->width * 6.2831853 * 0.62 / r->n;
		p.lift = r->lift + dice_normal(d, 0, 0.07);
		p.curl = r->curl + dice_normal(d, 0, 0.12);
		p.trough = dice_in(d, -0.1, 0.3);
		p.inner = inner;
		p.tip = colour_jitter(d, f->colour, 0.03);
		p.back = back;
		p.blend = 0.35;
		p.rim = -0.22;
		bloom_add_petal(b, &p);
	}
}

void daisy_draw(cairo_t *cr, struct flower *f)
{
	struct bloom b = bloom_of(f);
	struct dice *d = &f->dice;
	double disc = dice_in(d, 0.22, 0.36);
	struct rays r = {.n = dice_int(d, 13, 30), .reach = 1};
	r.lift = dice_in(d, -0.15, 0.55);
	r.curl = dice_in(d, -0.7, 0.1);
	r.width = dice_in(d, 0.85, 1.35);
	r.missing = dice_chance(d, 0.15) ? 0.15 : 0;
	bloom_add_bracts(&b, d, 11, 0.35, 0.7);
	add_rays(&b, f, &r, disc);
	if (dice_chance(d, 0.35)) {
		r.reach = dice_in(d, 0.75, 0.95);
		r.lift += 0.15;
		add_rays(&b, f, &r, disc);
	}
	struct rgb yellow = colour_draw(d, &(struct tint){1, {0.11, 0.15}, {0.8, 1}, {0.8, 1}});
	if (dice_chance(d, 0.08))
		yellow = colour_draw(d, &(struct tint){1, {0.04, 0.09}, {0.7, 0.7}, {0.25, 0.5}});
	struct rgb middle = colour_mix(yellow, colour_hsv(0.2, 0.7, 0.7), dice_in(d, 0, 0.6));
	double dome = disc * dice_in(d, 0.25, 0.7);
	struct disc centre = {.radius = disc,
			      .dome = dome,
			      .middle = middle,
			      .ring = yellow,
			      .edge = colour_scale(yellow, 0.85),
			      .ring_at = dice_in(d, 0.3, 0.7),
			      .grain = 1.1,
			      .rough = 0.12};
	bloom_add_disc(&b, &centre);
	bloom_paint(&b, cr);
}
