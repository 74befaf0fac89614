/* The trace of a run as plain bars, one row an epoch: what the charts are where nothing but ASCII
 * can be shown. */
#include "panel.h"
#include "thaw/base/words.h"
#include "thaw/term/plot.h"

#include <math.h>
#include <stdio.h>

#define LABEL_W 11 /* "  5  1.20 |" */
#define SIGNS_W 4

/* What happened while an epoch was trained, as the signs of its markers. */
static void signs_of(const struct history *h, size_t i, char out[SIGNS_W])
{
	int64_t from = i ? h->epochs[i - 1].iter : 0, to = h->epochs[i].iter;
	int n = 0;
	for (size_t k = 0; k < h->n_markers && n < SIGNS_W - 1; k++) {
		const struct history_marker *m = &h->markers[k];
		bool planned = m->cause == CAUSE_SCHEDULE && m->kind != MARK_NONFINITE;
		char sign = glyph_ascii(marker_looks[m->kind].ch);
		if (m->iter > 0 && m->iter >= from && m->iter < to && !planned &&
		    (n == 0 || out[n - 1] != sign))
			out[n++] = sign;
	}
	out[n] = '\0';
}

static int column_of(double value, const struct range *y, int w)
{
	if (!isfinite(value))
		return -1;
	double share = (value - y->lo) / (y->hi - y->lo);
	return (int)lround(fmin(fmax(share, 0), 1) * (w - 1));
}

struct bars {
	const struct history *h;
	epoch_fn *train, *valid;
	const char *(*text)(double v);
	struct range y;
};

static void draw_bar(const struct bars *b, struct canvas *c, struct rect r, size_t i)
{
	const struct history_epoch *e = &b->h->epochs[i];
	char signs[SIGNS_W];
	int w = r.w - LABEL_W - SIGNS_W, x = r.x + LABEL_W;
	struct opt_double train = b->train(e), valid = b->valid(e);
	canvas_textf(c, r.x, r.y, LABEL_W, STYLE(INK_MUTED), "%3lld %5s |", (long long)e->epoch,
		     words_opt(b->text, train));
	int end = column_of(opt_or_nan(train), &b->y, w),
	    at = column_of(opt_or_nan(valid), &b->y, w);
	canvas_hline(c, x, r.y, end + 1, '*', STYLE(INK_TRAIN));
	if (at >= 0)
		canvas_put(c, x + at, r.y, 'o', STYLE(INK_VALID));
	signs_of(b->h, i, signs);
	canvas_text(c, x + w + 1, r.y, SIGNS_W - 1, STYLE(INK_ACCENT), signs);
}

void panel_bars(const struct scene *s, struct canvas *c, struct rect r, epoch_fn *train,
		epoch_fn *valid, const char *(*text)(double v))
{
	const struct history *h = s->history;
	struct bars b = {h, train, valid, text, {0, 0, false}};
	int n = (int)h->n_epochs;
	if (n == 0 || r.w < LABEL_W + 12) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	for (int i = 0; i < n; i++) {
		range_add(&b.y, opt_or_nan(train(&h->epochs[i])));
		range_add(&b.y, opt_or_nan(valid(&h->epochs[i])));
	}
	range_add(&b.y, 0);
	padded_range(&b.y, INFINITY);
	int last = n - s->view->epochs_up < r.h ? (n < r.h ? n : r.h) : n - s->view->epochs_up;
	int first = last > r.h ? last - r.h : 0;
	for (int i = first; i < last; i++)
		draw_bar(&b, c, (struct rect){r.x, r.y + i - first, r.w, 1}, (size_t)i);
	panel_note(c, r, 0, STYLE(INK_MUTED), "* train  o valid");
}
