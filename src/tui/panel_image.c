/* One probe image: its picture in half blocks, what the network says now, and how that went over
 * the epochs. */
#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/tui/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Mean colour of the part of the picture that falls into one dot of a w x h raster. */
static void dot_colour(const struct history *h, const uint8_t *rgb, int w, int height, int x, int y,
		       int out[3])
{
	int64_t x0 = x * h->thumb_w / w, x1 = (x + 1) * h->thumb_w / w;
	int64_t y0 = y * h->thumb_h / height, y1 = (y + 1) * h->thumb_h / height;
	int64_t sum[3] = {0}, n = 0;
	x1 = x1 > x0 ? x1 : x0 + 1;
	y1 = y1 > y0 ? y1 : y0 + 1;
	for (int64_t j = y0; j < y1; j++)
		for (int64_t i = x0; i < x1; i++, n++)
			for (int k = 0; k < 3; k++)
				sum[k] += rgb[(j * h->thumb_w + i) * 3 + k];
	for (int k = 0; k < 3; k++)
		out[k] = (int)(sum[k] / n);
}

/* The nearest of the 6x6x6 colours and 24 greys of a 256-colour terminal. */
static uint16_t palette_index(const int rgb[3])
{
	static const int level[] = {0, 95, 135, 175, 215, 255};
	int cube[3], cube_error = 0, grey = (rgb[0] + rgb[1] + rgb[2]) / 3, grey_error = 0;
	for (int k = 0; k < 3; k++) {
		cube[k] = 0;
		for (int i = 1; i < 6; i++)
			if (abs(rgb[k] - level[i]) < abs(rgb[k] - level[cube[k]]))
				cube[k] = i;
		cube_error += (rgb[k] - level[cube[k]]) * (rgb[k] - level[cube[k]]);
	}
	int step = (grey - 3) / 10;
	step = step < 0 ? 0 : step > 23 ? 23 : step;
	for (int k = 0; k < 3; k++)
		grey_error += (rgb[k] - (8 + 10 * step)) * (rgb[k] - (8 + 10 * step));
	return INK_RAW(grey_error < cube_error ? 232 + step
					       : 16 + 36 * cube[0] + 6 * cube[1] + cube[2]);
}

static void draw_cell(const struct history *h, const uint8_t *rgb, struct canvas *c, struct rect r,
		      int x, int y)
{
	int upper[3], lower[3];
	dot_colour(h, rgb, r.w, r.h * 2, x, y * 2, upper);
	dot_colour(h, rgb, r.w, r.h * 2, x, y * 2 + 1, lower);
	if (c->colours >= 256 && c->utf8) {
		struct style s = {palette_index(upper), palette_index(lower), 0};
		canvas_put(c, r.x + x, r.y + y, 0x2580, s);
		return;
	}
	static const char ramp[] = " .:-=+*#%@";
	int grey = 0;
	for (int k = 0; k < 3; k++)
		grey += upper[k] + lower[k];
	canvas_put(c, r.x + x, r.y + y, (uint32_t)ramp[grey * 9 / (255 * 6)], STYLE(INK_NONE));
}

struct rect draw_picture(const struct history *h, const struct history_probe *p, struct canvas *c,
			 struct rect r)
{
	struct rect box = {r.x, r.y, 0, 0};
	if (!p->rgb || h->thumb_w < 1 || h->thumb_h < 1 || r.w < 4 || r.h < 2)
		return box;
	double scale =
	    fmin((double)r.w / (double)h->thumb_w, (double)(r.h * 2) / (double)h->thumb_h);
	scale = fmin(scale, 2);
	box.w = (int)fmax(1, floor((double)h->thumb_w * scale));
	box.h = (int)fmax(1, floor((double)h->thumb_h * scale / 2));
	for (int y = 0; y < box.h; y++)
		for (int x = 0; x < box.w; x++)
			draw_cell(h, p->rgb, c, box, x, y);
	return box;
}

static void draw_probs(const struct history *h, const double *probs, int64_t label,
		       struct canvas *c, struct rect r)
{
	int top = probe_top(h, probs), n = (int)h->run.n_classes, rows = r.h < n ? r.h : n;
	int first = list_top(n, rows, (int)label);
	for (int i = 0; i < rows; i++) {
		int k = first + i;
		bool truth = k == label;
		struct style s = STYLE(truth ? INK_GOOD : k == top ? INK_BAD : INK_MUTED);
		canvas_put(c, r.x, r.y + i, truth ? 0x25B8 : ' ', s);
		canvas_text(c, r.x + 2, r.y + i, 11, s, class_name(h, k));
		canvas_textf(c, r.x + 14, r.y + i, 6, STYLE(INK_NONE), "%5.1f%%", probs[k] * 100);
		canvas_bar(c, r.x + 21, r.y + i, r.w - 21, probs[k], s);
	}
}

/* The probability of every class over the epochs, the true one drawn last. */
static void draw_history(const struct history *h, size_t probe, struct canvas *c, struct rect r)
{
	size_t n = h->n_probe_epochs;
	int64_t label = h->probes[probe].label;
	struct plot p;
	struct range x = {0, n ? fmax(1, (double)h->probe_epochs[n - 1]) : 1, true},
		     y = {0, 1, true};
	if (n == 0 || !plot_begin(&p, c, r, x, y, PLOT_PERCENT))
		return;
	double *xs = xcalloc(n, sizeof(*xs)), *ys = xcalloc(n, sizeof(*ys));
	size_t n_classes = h->run.n_classes;
	for (size_t k = 0; k < n_classes; k++) {
		size_t shown = k < n_classes - 1 ? k + ((int64_t)k >= label) : (size_t)label;
		if (label < 0 || shown >= n_classes)
			shown = k;
		for (size_t i = 0; i < n; i++) {
			const double *probs = probe_probs(h, probe, i);
			xs[i] = (double)h->probe_epochs[i];
			ys[i] = probs ? probs[shown] : NAN;
		}
		plot_line(&p, xs, ys, n, STYLE((int64_t)shown == label ? INK_GOOD : INK_FRAME));
		if ((int64_t)shown == label)
			plot_points(&p, xs, ys, n, 0x25CF, STYLE(INK_GOOD));
	}
	free(xs);
	free(ys);
}

void panel_image(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (h->n_probes == 0 || !h->has_run) {
		panel_empty(c, r, "no probe images in this log");
		return;
	}
	size_t at = (size_t)s->view->probe;
	const struct history_probe *p = &h->probes[at];
	struct rect inside = {r.x + 1, r.y, r.w - 2, r.h};
	bool chart = inside.h >= 16;
	int upper = chart ? inside.h / 2 + 1 : inside.h;
	struct rect art = {inside.x, inside.y, inside.w / 2, upper - chart};
	struct rect box = draw_picture(h, p, c, art);
	int x = box.w ? box.x + box.w + 2 : inside.x, room = inside.x + inside.w - x;
	canvas_textf(c, x, r.y, room, STYLE_BOLD(INK_TITLE), "%s", class_name(h, p->label));
	canvas_text(c, x, r.y + 1, room, STYLE(INK_MUTED), path_tail(p->path, 2));
	const double *probs = h->n_probe_epochs ? probe_probs(h, at, h->n_probe_epochs - 1) : NULL;
	int rows = upper - chart - 3;
	if (probs && rows > 0)
		draw_probs(h, probs, p->label, c, (struct rect){x, r.y + 3, room, rows});
	if (!chart)
		return;
	int y = inside.y + upper;
	canvas_text(c, inside.x, y, inside.w, STYLE(INK_MUTED),
		    "probability of each class % by epoch");
	canvas_textf(c, inside.x + 37, y, inside.w - 37, STYLE(INK_GOOD), "● %s",
		     class_name(h, p->label));
	draw_history(h, at, c, (struct rect){inside.x, y + 1, inside.w, inside.h - upper - 1});
}
