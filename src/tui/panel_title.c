#include "panel.h"
#include "thaw/base/words.h"

#include <stdio.h>
#include <string.h>

static void draw_clock(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct style muted = {INK_BAR_MUTED, INK_BAR_BG, ATTR_CLOCK},
			   plain = {INK_BAR, INK_BAR_BG, ATTR_CLOCK};
	canvas_fill(c, r, plain);
	if (!h->has_run || !history_timed(h))
		return;
	char text[64];
	int64_t elapsed = s->view->elapsed_ms >= 0 ? s->view->elapsed_ms : h->t_ms;
	int x = r.x + r.w - 1;
	snprintf(text, sizeof(text), "%s", words_duration((double)elapsed / 1000));
	x -= text_width(text, c->utf8);
	canvas_text(c, x, r.y, r.x + r.w - x, plain, text);
	x -= 8;
	if (x >= r.x)
		canvas_text(c, x, r.y, 8, muted, "elapsed ");
}

/* Draw the next part of the title when it fits before `end`; returns where the one after it
 * starts. */
static int part(struct canvas *c, int x, int y, int end, struct style s, const char *text)
{
	int w = text_width(text, c->utf8);
	if (x + w > end)
		return x;
	canvas_text(c, x, y, w, s, text);
	return x + w + 2;
}

/* "epoch 3/10"; "epoch 3" of a run that does not say how many it wants. */
static void how_far(char *out, size_t size, const char *unit, int64_t n, int64_t of)
{
	int used = snprintf(out, size, "%s %lld", unit, (long long)n);
	if (of > 0)
		snprintf(out + used, size - (size_t)used, "/%lld", (long long)of);
}

void panel_title(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct style plain = {INK_BAR, INK_BAR_BG, 0}, muted = {INK_BAR_MUTED, INK_BAR_BG, 0};
	struct rect clock = layout_clock(c->w, c->h);
	int end = clock.x - 1;
	char text[160];
	canvas_fill(c, r, plain);
	draw_clock(s, c, clock);
	int x = r.x + 1, name_w = c->w >= 100 ? 30 : end - 13 > 18 ? 18 : end - 13;
	if (c->w >= 76 || !h->has_run)
		x = part(c, x, r.y, end, (struct style){INK_ACCENT, INK_BAR_BG, ATTR_BOLD}, "thaw");
	if (h->has_run && h->run.name && name_w > 4)
		x += canvas_name(c, x, r.y, name_w, (struct style){INK_BAR, INK_BAR_BG, ATTR_BOLD},
				 h->run.name) +
		     2;
	if (!h->has_run)
		return;
	if (h->epoch > 0) {
		how_far(text, sizeof(text), h->run.unit ? "eval" : "epoch", h->epoch, h->run.epochs);
		x = part(c, x, r.y, end, plain, text);
	}
	if (h->iter > 0) {
		how_far(text, sizeof(text), "iter", h->iter, h->run.epochs * h->run.iterations);
		x = part(c, x, r.y, end, muted, text);
	}
	if (history_speed(h).valid) {
		snprintf(text, sizeof(text), "%.0f img/s", history_speed(h).value);
		part(c, x, r.y, end, muted, text);
	}
}

/* Below the least size: the longest words that fit, and more below them where there are rows; a
 * single cell shows the sign of the run's state. */
void panel_too_small(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct history_epoch *e = h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL;
	struct run_word word = run_word(s);
	long long epoch = (long long)h->epoch, epochs = (long long)(h->has_run ? h->run.epochs : 0);
	char lines[3][96], sign[8];
	snprintf(sign, sizeof(sign), "%.*s", (int)strcspn(word.text, " "), word.text);
	snprintf(lines[0], sizeof(lines[0]), "%s · epoch %lld/%lld · thaw needs %dx%d, has %dx%d",
		 word.text, epoch, epochs, LAYOUT_MIN_W, LAYOUT_MIN_H, r.w, r.h);
	if (text_width(lines[0], c->utf8) > r.w)
		snprintf(lines[0], sizeof(lines[0]), "%s thaw needs %dx%d", sign, LAYOUT_MIN_W,
			 LAYOUT_MIN_H);
	if (text_width(lines[0], c->utf8) > r.w)
		snprintf(lines[0], sizeof(lines[0]), "%s", sign);
	snprintf(lines[1], sizeof(lines[1]), r.w >= 11 ? "epoch %lld/%lld" : "%lld/%lld", epoch,
		 epochs);
	snprintf(lines[2], sizeof(lines[2]), "%s %%",
		 e ? words_opt(words_percent, e->valid.acc) : "-");
	for (int i = 0; i < 3 && i < r.h; i++) {
		struct style style = STYLE(i ? INK_NONE : word.ink);
		if (text_width(lines[i], c->utf8) <= r.w)
			canvas_text(c, r.x, r.y + i, r.w, style, lines[i]);
	}
}
