#include "colour.h"

#include <math.h>

static double clamp(double v)
{
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

struct rgb colour_hsv(double hue, double saturation, double value)
{
	double c[3];
	for (int i = 0; i < 3; i++) {
		double k = fmod((i == 0 ? 5 : i == 1 ? 3 : 1) + (hue - floor(hue)) * 6, 6);
		c[i] = value - value * saturation * clamp(fmin(k, 4 - k));
	}
	return (struct rgb){c[0], c[1], c[2]};
}

struct rgb colour_mix(struct rgb a, struct rgb b, double t)
{
	return (struct rgb){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

struct rgb colour_scale(struct rgb c, double f)
{
	return (struct rgb){clamp(c.r * f), clamp(c.g * f), clamp(c.b * f)};
}

struct rgb colour_jitter(struct dice *d, struct rgb c, double amount)
{
	double all = dice_in(d, -amount, amount);
	c.r = clamp(c.r + all + dice_in(d, -amount, amount) * 0.5);
	c.g = clamp(c.g + all + dice_in(d, -amount, amount) * 0.5);
	c.b = clamp(c.b + all + dice_in(d, -amount, amount) * 0.5);
	return c;
}

struct rgb colour_draw(struct dice *d, const struct tint *t)
{
	double hue = dice_in(d, t->hue[0], t->hue[1]);
	double saturation = dice_in(d, t->saturation[0], t->saturation[1]);
	return colour_hsv(hue, saturation, dice_in(d, t->value[0], t->value[1]));
}

void colour_source(cairo_t *cr, struct rgb c, double alpha)
{
	cairo_set_source_rgba(cr, c.r, c.g, c.b, alpha);
}

void colour_stop(cairo_pattern_t *p, double at, struct rgb c, double alpha)
{
	cairo_pattern_add_color_stop_rgba(p, at, c.r, c.g, c.b, alpha);
}
