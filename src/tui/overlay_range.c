/* The newest learning-rate range test: a window over every page. How far it is, then its curve and
 * what it suggests. */
#include "panel.h"
#include "prose.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"
#include "thaw/term/plot_rates.h"

#include <stdio.h>
#include <stdlib.h>

#define WINDOW_W 92
#define WINDOW_H 24

static const char introduction[] =
    "A hundred iterations at learning rates from 1e-6 to 1 tell where the loss falls fastest. They "
    "are made on the side, with what learns now and the pictures that come next: the run stands "
    "still meanwhile, and then goes on as if nothing had been, to the bit.";

/* The newest test, NULL before the first. */
static const struct event_lr_range *test_of(const struct scene *s)
{
	return s->history->range.words ? &s->history->range : NULL;
}

/* What the keys do now. */
static void keys_text(const struct scene *s, char *out, size_t size)
{
	const struct event_lr_range *r = test_of(s);
	if (s->view->mode != VIEW_LIVE)
		snprintf(out, size, " Esc closes ");
	else if (!r)
		snprintf(out, size, " Enter begins, Esc closes ");
	else if (r->state == RANGE_RUNNING)
		snprintf(out, size, " r cancels, Esc hides ");
	else if (r->state == RANGE_FOUND && r->suggestion.valid)
		snprintf(out, size, " Enter takes %s, r tests again, Esc closes ",
			 words_rate(r->suggestion.value));
	else
		snprintf(out, size, " Enter tests again, Esc closes ");
}

static struct rect draw_window(const struct scene *s, struct canvas *c)
{
	char keys[96];
	keys_text(s, keys, sizeof(keys));
	return window_draw(c, window_rect(c, WINDOW_W, WINDOW_H), INK_ACCENT,
			   " Learning-rate range test ", keys);
}

/* Returns the rows that the text took, at the top or the bottom of `in`. */
static int draw_prose(struct canvas *c, struct rect in, bool bottom, struct style s, const char *text)
{
	struct prose p = {0};
	prose_init(&p, c, in.w);
	prose_add(&p, 0, s, text);
	int rows = (int)p.n < in.h ? (int)p.n : in.h;
	prose_draw(&p, c, (struct rect){in.x, bottom ? in.y + in.h - rows : in.y, in.w, rows}, 0);
	prose_release(&p);
	return rows;
}

static void draw_running(const struct event_lr_range *r, struct canvas *c, struct rect in)
{
	char text[160];
	int64_t all = r->iterations > 0 ? r->iterations : 1;
	snprintf(text, sizeof(text), "iteration %lld of %lld; the run stands still meanwhile",
		 (long long)r->done, (long long)all);
	int rows = draw_prose(c, in, false, STYLE(INK_NONE), text);
	if (rows + 2 <= in.h)
		canvas_bar(c, in.x, in.y + rows + 1, in.w, (double)r->done / (double)all,
			   STYLE(INK_GOOD));
}

static bool draw_curve(const struct event_lr_range *r, struct canvas *c, struct rect in)
{
	size_t n = r->n_points;
	double *v = xcalloc(3 * n + 1, sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		v[i] = r->points[i].lr;
		v[n + i] = r->points[i].loss;
		v[2 * n + i] = r->points[i].smooth;
	}
	const struct rate_curve k = {v, v + n, v + 2 * n, n, opt_or_nan(r->suggestion),
				     opt_or_nan(r->lowest)};
	bool drawn = plot_rates(c, in, &k);
	free(v);
	return drawn;
}

static void draw_result(const struct event_lr_range *r, struct canvas *c, struct rect in)
{
	char head[256];
	snprintf(head, sizeof(head), "at iteration %lld, frozen %.120s; the rate was %s",
		 (long long)r->iter, *r->frozen ? r->frozen : "none", words_opt(words_rate, r->lr));
	canvas_text(c, in.x, in.y, in.w, STYLE(INK_MUTED), head);
	in.y++;
	in.h--;
	enum ink ink = r->state == RANGE_FOUND ? INK_GOOD : INK_WARN;
	in.h -= draw_prose(c, in, true, STYLE(ink), r->words);
	if (in.h >= 4)
		draw_curve(r, c, (struct rect){in.x, in.y, in.w, in.h - (in.h > 6)});
}

void overlay_range(const struct scene *s, struct canvas *c)
{
	const struct event_lr_range *r = test_of(s);
	struct rect in = draw_window(s, c);
	if (!r)
		draw_prose(c, in, false, STYLE(INK_NONE),
			   s->view->mode == VIEW_LIVE ? introduction
						      : "no range test was made up to here");
	else if (r->state == RANGE_RUNNING)
		draw_running(r, c, in);
	else
		draw_result(r, c, in);
}
