#include "thaw/term/picture.h"

#include "thaw/base/alloc.h"

#include <math.h>

#define STOPS 6

/* The colours of heat 0, 0.2 … 1. */
static const unsigned char stops[STOPS][3] = {{8, 8, 24},    {62, 22, 112},  {150, 38, 106},
					      {224, 88, 48}, {250, 176, 44}, {252, 246, 190}};

static double unit(double v)
{
	return v > 0 ? fmin(v, 1) : 0;
}

static void heat_colour(double heat, int out[3])
{
	double at = unit(heat) * (STOPS - 1);
	int lo = (int)fmin(floor(at), STOPS - 2);
	for (int k = 0; k < 3; k++) {
		double from = stops[lo][k], to = stops[lo + 1][k];
		out[k] = (int)lround(from + (to - from) * (at - lo));
	}
}

struct style heat_style(const struct canvas *c, double share, enum ramp ramp)
{
	static const unsigned char few[RAMP_N] = {
	    [RAMP_GOOD] = INK_GOOD, [RAMP_BAD] = INK_BAD, [RAMP_HEAT] = INK_HOT};
	int level = (int)lround(unit(share) * (RAMP_LEVELS - 1));
	if (c->colours < 256)
		return (struct style){few[ramp], INK_NONE, share >= 0.5 ? ATTR_BOLD : 0};
	return (struct style){INK_CONTRAST, INK_RAMP(ramp, level), 0};
}

/* A plane of bytes of which dots of a smaller or larger raster are read. */
struct plane {
	const uint8_t *data; /* [h][w][stride], the first of each */
	int64_t w, h;
	int stride;
};

/* Between the four nearest. */
static double between(const struct plane *p, double x, double y)
{
	x = fmin(fmax(x, 0), (double)(p->w - 1));
	y = fmin(fmax(y, 0), (double)(p->h - 1));
	int64_t x0 = (int64_t)x, y0 = (int64_t)y;
	int64_t x1 = x0 + 1 < p->w ? x0 + 1 : x0, y1 = y0 + 1 < p->h ? y0 + 1 : y0;
	double fx = x - (double)x0, fy = y - (double)y0;
	double upper = p->data[(y0 * p->w + x0) * p->stride] * (1 - fx) +
		       p->data[(y0 * p->w + x1) * p->stride] * fx;
	double lower = p->data[(y1 * p->w + x0) * p->stride] * (1 - fx) +
		       p->data[(y1 * p->w + x1) * p->stride] * fx;
	return upper * (1 - fy) + lower * fy;
}

/* The value of dot x, y of a w x h raster: the mean of what falls into it, or what lies there. */
static double dot_value(const struct plane *p, int w, int h, int x, int y)
{
	int64_t x0 = x * p->w / w, x1 = (x + 1) * p->w / w, sum = 0, n = 0;
	int64_t y0 = y * p->h / h, y1 = (y + 1) * p->h / h;
	if (w > p->w || h > p->h)
		return between(p, (x + 0.5) * (double)p->w / w - 0.5,
			       (y + 0.5) * (double)p->h / h - 0.5);
	for (int64_t j = y0; j < y1; j++)
		for (int64_t i = x0; i < x1; i++, n++)
			sum += p->data[(j * p->w + i) * p->stride];
	return n ? (double)sum / (double)n : 0;
}

struct dot {
	int rgb[3];
	double shade; /* 0..1 */
};

/* Where heat lies over a picture, the picture fades to grey and takes its colour. */
static struct dot dot_at(const struct picture *p, int w, int h, int x, int y)
{
	struct dot d = {{0, 0, 0}, 0};
	double heat = 0, grey = 0;
	if (p->heat) {
		struct plane plane = {p->heat, p->heat_w, p->heat_h, 1};
		heat = dot_value(&plane, w, h, x, y) / 255;
		heat_colour(heat, d.rgb);
		d.shade = heat;
	}
	if (!p->rgb)
		return d;
	double v[3];
	for (int k = 0; k < 3; k++) {
		struct plane plane = {p->rgb + k, p->w, p->h, 3};
		v[k] = dot_value(&plane, w, h, x, y);
		grey += v[k] / 3;
	}
	double over = p->heat ? 0.2 + 0.6 * heat : 0;
	for (int k = 0; k < 3; k++) {
		double under = p->heat ? 0.5 * grey + 0.5 * v[k] : v[k];
		d.rgb[k] = (int)lround(under * (1 - over) + d.rgb[k] * over);
	}
	d.shade = p->heat ? heat * (0.5 + 0.5 * grey / 255) : grey / 255;
	return d;
}

struct rect picture_box(const struct picture *p, struct rect r, double most)
{
	struct rect box = {r.x, r.y, 0, 0};
	double w = (double)(p->rgb ? p->w : p->heat_w), h = (double)(p->rgb ? p->h : p->heat_h);
	if ((!p->rgb && !p->heat) || w < 1 || h < 1 || r.w < 2 || r.h < 1)
		return box;
	if (p->heat && (p->heat_w < 1 || p->heat_h < 1))
		return box;
	double scale = fmin(fmin(r.w / w, r.h * 2 / h), most);
	box.w = (int)fmax(1, floor(w * scale));
	box.h = (int)fmax(1, floor(h * scale / 2));
	return box;
}

static uint32_t dot_ink(const struct dot *d)
{
	return INK_RGB(d->rgb[0], d->rgb[1], d->rgb[2]);
}

static void draw_cell(struct canvas *c, const struct picture *p, struct rect box, int x, int y)
{
	static const char ramp[] = " .:-=+*#%@";
	int w = box.w, h = 2 * box.h;
	struct dot upper = dot_at(p, w, h, x, 2 * y), lower = dot_at(p, w, h, x, 2 * y + 1);
	double shade = unit((upper.shade + lower.shade) / 2);
	if (c->colours >= 256 && c->utf8)
		canvas_put(c, box.x + x, box.y + y, 0x2580,
			   (struct style){dot_ink(&upper), dot_ink(&lower), 0});
	else
		canvas_put(c, box.x + x, box.y + y, (uint32_t)ramp[(int)(shade * 9)],
			   STYLE(INK_NONE));
}

#define IMAGE_LEAST 32 /* heat is a few numbers: the colours between them are ours */

/* The picture itself, in its own dots. */
static void add_image(struct canvas *c, const struct picture *p, struct rect box)
{
	int w = (int)(p->rgb ? p->w : p->heat_w), h = (int)(p->rgb ? p->h : p->heat_h);
	int times = !p->rgb && w < IMAGE_LEAST ? (IMAGE_LEAST + w - 1) / w : 1;
	w *= times;
	h *= times;
	uint8_t *rgb = xcalloc((size_t)w * (size_t)h, 3);
	for (int i = 0; i < w * h; i++) {
		struct dot d = dot_at(p, w, h, i % w, i / w);
		for (int k = 0; k < 3; k++)
			rgb[i * 3 + k] = (uint8_t)d.rgb[k];
	}
	canvas_image(c, box, w, h, rgb);
}

struct rect picture_draw(struct canvas *c, const struct picture *p, struct rect r, double most)
{
	struct rect box = picture_box(p, r, most);
	for (int y = 0; y < box.h; y++)
		for (int x = 0; x < box.w; x++)
			draw_cell(c, p, box, x, y);
	if (c->pictures && box.w && box.h)
		add_image(c, p, box);
	return box;
}
