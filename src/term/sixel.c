#include "sixel.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* ---- colours: the median cut ---- */

struct colour {
	uint8_t rgb[3];
};

struct box { /* colours[from .. to) */
	size_t from, to;
	int axis, spread; /* where it is widest, and how wide */
};

static void measure(const struct colour *colours, struct box *b)
{
	uint8_t lo[3] = {255, 255, 255}, hi[3] = {0, 0, 0};
	b->spread = -1;
	for (size_t i = b->from; i < b->to; i++)
		for (int k = 0; k < 3; k++) {
			lo[k] = colours[i].rgb[k] < lo[k] ? colours[i].rgb[k] : lo[k];
			hi[k] = colours[i].rgb[k] > hi[k] ? colours[i].rgb[k] : hi[k];
		}
	for (int k = 0; k < 3; k++)
		if (hi[k] - lo[k] > b->spread) {
			b->spread = hi[k] - lo[k];
			b->axis = k;
		}
}

static int by_axis(const void *a, const void *b, void *axis)
{
	const struct colour *x = a, *y = b;
	int k = *(int *)axis;
	return x->rgb[k] - y->rgb[k];
}

/* Returns how many there are. */
static int choose_colours(const struct canvas_image *image, struct colour out[SIXEL_COLOURS])
{
	size_t n = (size_t)image->w * (size_t)image->h;
	struct colour *all = xcalloc(n + 1, sizeof(*all));
	struct box boxes[SIXEL_COLOURS] = {{0, n, 0, 0}};
	int count = 1;
	memcpy(all, image->rgb, n * 3);
	measure(all, &boxes[0]);
	while (count < SIXEL_COLOURS) {
		struct box *widest = &boxes[0];
		for (int i = 1; i < count; i++)
			if (boxes[i].spread > widest->spread)
				widest = &boxes[i];
		if (widest->spread <= 0 || widest->to - widest->from < 2)
			break;
		qsort_r(all + widest->from, widest->to - widest->from, sizeof(*all), by_axis,
			&widest->axis);
		size_t middle = (widest->from + widest->to) / 2;
		boxes[count] = (struct box){middle, widest->to, 0, 0};
		widest->to = middle;
		measure(all, widest);
		measure(all, &boxes[count++]);
	}
	for (int i = 0; i < count; i++)
		for (int k = 0; k < 3; k++) {
			size_t sum = 0, size = boxes[i].to - boxes[i].from;
			for (size_t j = boxes[i].from; j < boxes[i].to; j++)
				sum += all[j].rgb[k];
			out[i].rgb[k] = (uint8_t)(size ? sum / size : 0);
		}
	free(all);
	return count;
}

static int nearest(const struct colour *colours, int n, const uint8_t rgb[3])
{
	int best = 0, least = 1 << 30;
	for (int i = 0; i < n; i++) {
		int d = 0;
		for (int k = 0; k < 3; k++) {
			int diff = colours[i].rgb[k] - rgb[k];
			d += diff * diff;
		}
		if (d < least) {
			least = d;
			best = i;
		}
	}
	return best;
}

/* ---- pixels ---- */

/* One pixel of the image stretched to w x h, between the four nearest. */
static void stretched(const struct canvas_image *image, int w, int h, int x, int y, uint8_t rgb[3])
{
	/* in 256ths of a source pixel, from its middle */
	int64_t fx = ((int64_t)(2 * x + 1) * image->w * 128) / w - 128,
		fy = ((int64_t)(2 * y + 1) * image->h * 128) / h - 128;
	fx = fx < 0 ? 0 : fx;
	fy = fy < 0 ? 0 : fy;
	int64_t x0 = fx >> 8, y0 = fy >> 8, x1 = x0 + 1 < image->w ? x0 + 1 : x0,
		y1 = y0 + 1 < image->h ? y0 + 1 : y0, ax = fx & 255, ay = fy & 255;
	for (int k = 0; k < 3; k++) {
		const uint8_t *at = image->rgb + k;
		int64_t upper = at[(y0 * image->w + x0) * 3] * (256 - ax) +
				at[(y0 * image->w + x1) * 3] * ax;
		int64_t lower = at[(y1 * image->w + x0) * 3] * (256 - ax) +
				at[(y1 * image->w + x1) * 3] * ax;
		rgb[k] = (uint8_t)((upper * (256 - ay) + lower * ay + 32768) >> 16);
	}
}

static void add_run(struct strbuf *out, char sign, int n)
{
	if (n > 3)
		strbuf_addf(out, "!%d%c", n, sign);
	else
		while (n-- > 0)
			strbuf_addch(out, sign);
}

/* Six rows of pixels: for each colour in them one line over all columns. */
static void add_band(struct strbuf *out, const uint8_t *pixels, int w, int rows)
{
	bool used[SIXEL_COLOURS] = {false}, first = true;
	for (int i = 0; i < w * rows; i++)
		used[pixels[i]] = true;
	for (int colour = 0; colour < SIXEL_COLOURS; colour++) {
		char last = 0;
		int run = 0;
		if (!used[colour])
			continue;
		strbuf_addf(out, "%s#%d", first ? "" : "$", colour);
		first = false;
		for (int x = 0; x < w; x++) {
			int bits = 0;
			for (int y = 0; y < rows; y++)
				bits |= (pixels[y * w + x] == colour) << y;
			char sign = (char)('?' + bits);
			if (sign != last)
				add_run(out, last, run);
			run = sign == last ? run + 1 : 1;
			last = sign;
		}
		if (last != '?')
			add_run(out, last, run);
	}
}

void sixel_add(struct strbuf *out, const struct canvas_image *image, int w, int h, int y, int rows)
{
	struct colour colours[SIXEL_COLOURS];
	int n = choose_colours(image, colours);
	uint8_t *pixels = xcalloc((size_t)w * (size_t)rows + 1, 1), rgb[3];
	bool used[SIXEL_COLOURS] = {false};
	for (int j = 0; j < rows; j++)
		for (int i = 0; i < w; i++) {
			stretched(image, w, h, i, y + j, rgb);
			int colour = nearest(colours, n, rgb);
			pixels[j * w + i] = (uint8_t)colour;
			used[colour] = true;
		}
	strbuf_addf(out, "\x1bP0;1;0q\"1;1;%d;%d", w, rows);
	for (int i = 0; i < n; i++)
		if (used[i])
			strbuf_addf(out, "#%d;2;%d;%d;%d", i, (colours[i].rgb[0] * 100 + 127) / 255,
				    (colours[i].rgb[1] * 100 + 127) / 255,
				    (colours[i].rgb[2] * 100 + 127) / 255);
	for (int j = 0; j < rows; j += 6) {
		if (j)
			strbuf_addch(out, '-');
		add_band(out, pixels + j * w, w, rows - j < 6 ? rows - j : 6);
	}
	strbuf_addstr(out, "\x1b\\");
	free(pixels);
}
