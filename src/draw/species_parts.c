/* What flowers of several kinds have in common. */
#include "species.h"

struct bloom bloom_of(struct flower *f)
{
	struct bloom b = {.pose = f->pose};
	b.dice = dice_fork(&f->dice);
	return b;
}

void bloom_add_bracts(struct bloom *b, struct dice *d, int n, double length, double lift)
{
	struct rgb green = colour_jitter(d, (struct rgb){0.34, 0.50, 0.20}, 0.05);
	for (int i = 0; i < n; i++) {
		struct petal p = {.shape = PETAL_LANCE, .strips = 1, .blend = 1, .rim = -0.3};
		p.angle = (i + dice_in(d, -0.2, 0.2)) * 6.2831853 / n;
		p.base = 0.08;
		p.height = -0.2;
		p.sink = 0.8;
		p.length = length * dice_in(d, 0.85, 1.15);
		p.width = 4.2 * length / n + 0.06;
		p.lift = lift + dice_in(d, -0.15, 0.15);
		p.inner = p.back = colour_scale(green, 0.8);
		p.tip = colour_scale(green, dice_in(d, 0.9, 1.15));
		bloom_add_petal(b, &p);
	}
}
