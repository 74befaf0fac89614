#include "thaw/term/plot_rates.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ABOVE_BEGIN 1.25 /* of the first smoothed loss: what is shown of a loss that is lost */

static struct range losses_shown(const struct rate_curve *k)
{
	struct range all = {0, 0, false}, shown = {0, 0, false};
	double first = NAN;
	for (size_t i = 0; i < k->n; i++) {
		range_add(&all, k->smooth[i]);
		first = isfinite(first) ? first : k->smooth[i];
	}
	double most = ABOVE_BEGIN * first;
	range_add(&shown, all.lo);
	range_add(&shown, all.hi > most && most > all.lo ? most : all.hi);
	return shown;
}

/* "1e-4", one a decade, as many as there is room for, below the field. */
static void draw_decades(const struct plot *p, struct rect area)
{
	enum { LABEL_W = 6 };
	int y = p->r.y + p->r.h, n = (int)(p->x1 - p->x0) + 1, room = p->r.w / LABEL_W;
	int step = room < 1 ? n : (n + room - 1) / room;
	canvas_fill(p->canvas, (struct rect){area.x, y, area.w, 1}, STYLE(INK_NONE));
	for (int d = (int)ceil(p->x0 - 1e-9); d <= p->x1 + 1e-9; d += step) {
		char label[16];
		int w = snprintf(label, sizeof(label), d == 0 ? "1" : "1e%d", d);
		int x = plot_column(p, d) - w / 2, most = p->r.x + p->r.w - w;
		x = x > most ? most : x < p->r.x ? p->r.x : x;
		canvas_text(p->canvas, x, y, w, STYLE(INK_MUTED), label);
	}
}

bool plot_rates(struct canvas *c, struct rect area, const struct rate_curve *k)
{
	struct range x = {0, 0, false}, y = losses_shown(k);
	double *logs = xcalloc(k->n + 1, sizeof(*logs));
	struct plot p;
	for (size_t i = 0; i < k->n; i++) {
		logs[i] = log10(k->rates[i]);
		range_add(&x, logs[i]);
	}
	bool drawn = x.any && y.any && plot_begin(&p, c, area, x, y, PLOT_LINEAR);
	if (drawn) {
		draw_decades(&p, area);
		plot_points(&p, logs, k->losses, k->n, 0xB7, STYLE(INK_MUTED));
		plot_line(&p, logs, k->smooth, k->n, STYLE(INK_TRAIN));
		if (isfinite(k->lowest))
			plot_mark(&p, log10(k->lowest), 0x25CB, STYLE(INK_MUTED));
		if (isfinite(k->suggestion))
			plot_mark(&p, log10(k->suggestion), 0x25BC, STYLE_BOLD(INK_ACCENT));
	}
	free(logs);
	return drawn;
}
