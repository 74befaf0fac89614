#include "panel.h"
#include "thaw/base/words.h"

#include <stdio.h>
#include <string.h>

struct run_word {
	const char *text;
	enum ink ink;
};

static struct run_word run_word(const struct scene *s)
{
	static const struct run_word states[RUN_STATE_N] = {
	    [RUN_EMPTY] = {"· waiting", INK_BAR_MUTED},
	    [RUN_PREPARING] = {"▶ preparing", INK_ACCENT},
	    [RUN_TRAINING] = {"▶ training", INK_GOOD},
	    [RUN_PAUSED] = {"‖ paused", INK_WARN},
	    [RUN_ENDED] = {"✓ finished", INK_GOOD},
	};
	static const struct run_word ends[END_STATUS_N] = {
	    [END_FINISHED] = {"✓ finished", INK_GOOD},
	    [END_STOPPED] = {"■ stopped", INK_WARN},
	    [END_FAILED] = {"✗ failed", INK_BAD},
	};
	const struct history *h = s->history;
	if (h->ended && h->end.status >= 0 && h->end.status < END_STATUS_N)
		return ends[h->end.status];
	if (s->view->crashed && view_at_end(s->view))
		return (struct run_word){"✗ crashed", INK_BAD};
	if (*s->view->unsaved)
		return (struct run_word){"! not saved", INK_BAD};
	if (h->stopping)
		return (struct run_word){"■ stopping", INK_WARN};
	return states[h->state];
}

static void draw_clock(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct style muted = {INK_BAR_MUTED, INK_BAR_BG, ATTR_CLOCK},
			   plain = {INK_BAR, INK_BAR_BG, ATTR_CLOCK};
	canvas_fill(c, r, plain);
	if (!h->has_run)
		return;
	char text[64];
	int64_t elapsed = s->view->elapsed_ms >= 0 ? s->view->elapsed_ms : h->t_ms, eta;
	int x = r.x + r.w - 1;
	snprintf(text, sizeof(text), "%s", words_duration((double)elapsed / 1000));
	x -= text_width(text, c->utf8);
	canvas_text(c, x, r.y, r.x + r.w - x, plain, text);
	x -= 8;
	if (x >= r.x)
		canvas_text(c, x, r.y, 8, muted, "elapsed ");
	bool over = h->ended || (s->view->crashed && view_at_end(s->view));
	if (over || !history_eta_ms(h, &eta) || x < r.x + 12)
		return;
	snprintf(text, sizeof(text), "%s", words_duration((double)eta / 1000));
	x -= text_width(text, c->utf8) + 2;
	canvas_text(c, x, r.y, 16, plain, text);
	canvas_text(c, x - 4, r.y, 4, muted, "ETA ");
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

/* What goes to the terminal, right before the clocks where there is room. */
static void draw_link(const struct scene *s, struct canvas *c, int y, int from, int end)
{
	double rate = s->view->link_rate;
	char text[32];
	if (!(rate >= 1))
		return;
	if (rate < 1000)
		snprintf(text, sizeof(text), "%.0f B/s", rate);
	else
		snprintf(text, sizeof(text), "%.1f KB/s", rate / 1000);
	int w = text_width(text, c->utf8);
	if (from + w + 2 <= end)
		canvas_text(c, end - w - 1, y, w,
			    (struct style){INK_BAR_MUTED, INK_BAR_BG, ATTR_CLOCK}, text);
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
	int x = r.x + 1, name_w = c->w >= 100 ? 30 : c->w >= 76 ? 18 : c->w - 52;
	if (c->w >= 76 || !h->has_run)
		x = part(c, x, r.y, end, (struct style){INK_ACCENT, INK_BAR_BG, ATTR_BOLD}, "thaw");
	if (h->has_run && h->run.name && name_w > 4)
		x += canvas_name(c, x, r.y, name_w, (struct style){INK_BAR, INK_BAR_BG, ATTR_BOLD},
				 h->run.name) +
		     2;
	struct run_word word = run_word(s);
	x = part(c, x, r.y, end, (struct style){(uint16_t)word.ink, INK_BAR_BG, ATTR_BOLD},
		 word.text);
	if (!h->has_run)
		return;
	if (h->epoch > 0) {
		how_far(text, sizeof(text), "epoch", h->epoch, h->run.epochs);
		x = part(c, x, r.y, end, plain, text);
	}
	if (h->phase >= 0 && (size_t)h->phase < h->n_phases && h->phases[h->phase].name) {
		snprintf(text, sizeof(text), "%.20s", h->phases[h->phase].name);
		x = part(c, x, r.y, end, muted, text);
	}
	if (h->iter > 0) {
		how_far(text, sizeof(text), "iter", h->iter, h->run.epochs * h->run.iterations);
		x = part(c, x, r.y, end, muted, text);
	}
	if (history_speed(h).valid) {
		snprintf(text, sizeof(text), "%.0f img/s", history_speed(h).value);
		x = part(c, x, r.y, end, muted, text);
	}
	draw_link(s, c, r.y, x, end);
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
