/* Rose: broad petals along a spiral, upright and tight in the middle, opening and rolling back
 * outwards; five green sepals below. */
#include "species.h"

#include <math.h>

void rose_draw(cairo_t *cr, struct flower *f)
{
	struct bloom b = bloom_of(f);
	struct dice *d = &f->dice;
	double open = dice_in(d, 0, 1); /* 0 a bud, 1 full-blown */
	int n = (int)(dice_in(d, 15, 26) * (0.6 + 0.4 * f->detail) + 6 * open);
	double turn = dice_in(d, 2.2, 2.5), start = dice_in(d, 0, 6.28);
	struct rgb heart = colour_scale(f->colour, dice_in(d, 0.5, 0.8));
	struct rgb warm = colour_hsv(dice_in(d, 0.02, 0.14), 0.8, 0.85);
	struct rgb shaded = colour_mix(heart, warm, dice_in(d, 0, 0.25));
	bloom_add_bracts(&b, d, 5, 0.8, 0.1 + 0.5 * (1 - open));
	for (int i = 0; i < n; i++) {
		double t = (i + 0.5) / n; /* 0 in the middle */
		struct petal p = {.shape = PETAL_BROAD, .wrap = 0.9, .veins = 0.25};
		p.strips = f->detail > 0.3 ? 6 : 4;
		p.angle = start + i * turn + dice_normal(d, 0, 0.1);
		p.base = 0.03 + 0.07 * t;
		p.height = -0.25;
		p.length = (0.74 + 0.36 * t) * dice_in(d, 0.94, 1.06);
		p.width = (0.45 + 0.75 * t) * dice_in(d, 0.9, 1.15);
		p.lift = 1.52 - (0.3 + 0.75 * open) * pow(t, 0.9) + dice_normal(d, 0, 0.05);
		p.curl = 0.12 - (0.75 + 0.75 * open) * pow(t, 1.3) + dice_normal(d, 0, 0.06);
		p.trough = 0.05;
		p.ruffle = 0.025 * t;
		p.phase = dice_in(d, 0, 6.28);
		p.inner = shaded;
		p.tip = colour_jitter(d, f->colour, 0.035);
		p.back = colour_scale(p.tip, 0.94);
		p.blend = 0.85;
		p.rim = 0.35;
		bloom_add_petal(&b, &p);
	}
	bloom_paint(&b, cr);
}
