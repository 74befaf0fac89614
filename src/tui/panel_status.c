/* The line that is there on every page and at every size: what the run does now, how good it is,
 * and how long it will take. What has no room is left out whole, the less important first. */
#include "panel.h"
#include "thaw/base/shorten.h"
#include "thaw/base/words.h"

#include <math.h>
#include <string.h>

static struct run_word word_of_end(const struct history *h)
{
	static const struct run_word ends[END_STATUS_N] = {
	    [END_FINISHED] = {"✓ finished", INK_GOOD},
	    [END_STOPPED] = {"■ stopped", INK_WARN},
	    [END_FAILED] = {"✗ failed", INK_BAD},
	};
	return ends[h->end.status];
}

static bool is_gone(const struct scene *s)
{
	return s->view->crashed && view_at_end(s->view);
}

/* What it does is not known, or it does nothing. */
static bool is_hindered(const struct scene *s)
{
	return *s->view->unsaved || *s->view->lost;
}

struct run_word run_word(const struct scene *s)
{
	static const struct run_word states[RUN_STATE_N] = {
	    [RUN_EMPTY] = {"· waiting", INK_BAR_MUTED},
	    [RUN_PREPARING] = {"▶ preparing", INK_ACCENT},
	    [RUN_TRAINING] = {"▶ training", INK_GOOD},
	    [RUN_PAUSED] = {"‖ paused", INK_WARN},
	    [RUN_ENDED] = {"✓ finished", INK_GOOD},
	};
	const struct history *h = s->history;
	if (h->ended)
		return word_of_end(h);
	if (is_gone(s))
		return (struct run_word){"✗ crashed", INK_BAD};
	if (h->run.format && view_at_end(s->view) && !s->view->alive)
		return (struct run_word){"· imported", INK_BAR_MUTED};
	if (*s->view->lost)
		return (struct run_word){"! link lost", INK_BAD};
	if (*s->view->unsaved)
		return (struct run_word){"! not saved", INK_BAD};
	if (h->stopping)
		return (struct run_word){"■ stopping", INK_WARN};
	if (h->ending.on && h->state != RUN_PAUSED)
		return (struct run_word){"■ about to end", INK_WARN};
	return states[h->state];
}

/* Is it busy with something that nothing more urgent hides? */
static bool is_busy(const struct scene *s)
{
	const struct history *h = s->history;
	return h->busy.on && !h->ended && !h->stopping && !is_hindered(s) && !is_gone(s);
}

/* Milliseconds by which a live screen is ahead of the last event. */
static double ahead_ms(const struct scene *s)
{
	int64_t elapsed = s->view->elapsed_ms;
	return elapsed > s->history->t_ms ? (double)(elapsed - s->history->t_ms) : 0;
}

static void add_left(const struct scene *s, const char *before, int64_t ms, struct strbuf *out)
{
	strbuf_addf(out, "%s%s", before, words_duration(fmax((double)ms - ahead_ms(s), 0) / 1000));
}

/* "validating 40 %", or the command that waits for its end. */
static void say_busy(const struct scene *s, bool full, struct strbuf *out)
{
	const struct history_busy *b = &s->history->busy;
	int64_t left;
	bool told = history_busy_left_ms(s->history, &left);
	if (b->waits) {
		bool stop = strcmp(b->waits, "stop") == 0, pause = strcmp(b->waits, "pause") == 0;
		strbuf_addf(out, "%s %s%s after %s",
			    stop    ? "■"
			    : pause ? "‖"
				    : "▶",
			    b->waits, full ? " takes effect" : "", progress_after(b->what));
		if (told)
			add_left(s, ", ~", left, out);
		return;
	}
	strbuf_addf(out, "▶ %s", progress_title(b->what));
	if (b->total)
		strbuf_addf(out, " %.0f %%", floor(100 * (double)b->done / (double)b->total));
	if (full && told)
		add_left(s, ", ~", left, out);
}

static void say_state(const struct scene *s, bool full, struct strbuf *out)
{
	if (is_busy(s))
		say_busy(s, full, out);
	else
		strbuf_addstr(out, run_word(s).text);
	if (full && *s->view->unsaved && !*s->view->lost && !s->history->ended && !is_gone(s))
		strbuf_addstr(out, ", waiting for the disk");
}

/* "head 3/5": the phase and its epoch. */
static void say_phase(const struct scene *s, bool full, struct strbuf *out)
{
	const struct history *h = s->history;
	if (h->phase < 0 || (size_t)h->phase >= h->n_phases)
		return;
	const struct event_phase_plan *p = &h->phases[h->phase];
	int64_t at = h->epoch - p->first_epoch + 1;
	strbuf_addf(out, "%.20s", p->name);
	if (full && p->epochs > 0 && at >= 1 && at <= p->epochs)
		strbuf_addf(out, " %lld/%lld", (long long)at, (long long)p->epochs);
}

static void say_rate(const struct scene *s, bool full, struct strbuf *out)
{
	const struct history *h = s->history;
	if (!h->lr.valid)
		return;
	strbuf_addf(out, "lr %s", words_rate(h->lr.value));
	if (full && h->phase >= 0 && (size_t)h->phase < h->n_phases &&
	    strcmp(h->phases[h->phase].schedule, "constant") != 0)
		strbuf_addf(out, " %.12s", h->phases[h->phase].schedule);
}

static void say_loss(const struct scene *s, bool full, struct strbuf *out)
{
	const struct history *h = s->history;
	struct opt_double loss = {0};
	if (full && h->n_steps)
		loss = history_step_at(h, h->n_steps - 1).loss;
	if (loss.valid)
		strbuf_addf(out, "loss %s", words_loss(loss.value));
}

static void say_valid(const struct scene *s, bool full, struct strbuf *out)
{
	const struct history *h = s->history;
	(void)full;
	if (h->n_epochs && opt_finite(h->epochs[h->n_epochs - 1].valid.acc))
		strbuf_addf(out, "valid %s %%",
			    words_percent(h->epochs[h->n_epochs - 1].valid.acc.value));
}

static void say_best(const struct scene *s, bool full, struct strbuf *out)
{
	const struct history *h = s->history;
	const struct history_best best = history_best(h);
	struct strbuf words = STRBUF_INIT;
	if (!best.epoch)
		return;
	strbuf_addf(out, "best %s @%lld", history_best_words(h, &words), (long long)best.epoch);
	int64_t ago = h->n_epochs ? h->epochs[h->n_epochs - 1].epoch - best.epoch : 0;
	if (full && best.dropped)
		strbuf_addstr(out, " (dropped)");
	else if (full && ago > 0)
		strbuf_addf(out, " (%lld ago)", (long long)ago);
	strbuf_release(&words);
}

static void say_eta(const struct scene *s, bool full, struct strbuf *out)
{
	int64_t ms;
	(void)full;
	if (!is_gone(s) && !is_hindered(s) && history_eta_ms(s->history, &ms))
		add_left(s, "ETA ", ms, out);
}

/* Who has the controls, where that is a question at all. */
static void say_controls(const struct scene *s, bool full, struct strbuf *out)
{
	const struct view *v = s->view;
	bool live = v->mode == VIEW_LIVE && !s->history->ended && !is_gone(s);
	if (!live)
		return;
	if (*v->controls && !v->controls_ours) {
		strbuf_addstr(out, full ? "" : "controls: ");
		shorten(out, v->controls, full ? 30 : 14, true);
		strbuf_addstr(out, full ? " has the controls" : "");
	} else if (v->watch) {
		strbuf_addstr(out, "watching only");
	} else if (v->controls_ours && v->viewers > 1) {
		strbuf_addstr(out, full ? "you have the controls" : "controls: you");
	}
}

enum { STATE, CONTROLS, PHASE, RATE, LOSS, VALID, BEST, ETA, N_PARTS };

static void (*const parts[N_PARTS])(const struct scene *s, bool full, struct strbuf *out) = {
    [STATE] = say_state, [PHASE] = say_phase, [RATE] = say_rate, [LOSS] = say_loss,
    [VALID] = say_valid, [BEST] = say_best,   [ETA] = say_eta,  [CONTROLS] = say_controls,
};

/* What is taken in, as far as there is room for all of it, in this order. */
static const struct {
	unsigned char part;
	bool full;
} wishes[] = {
    {STATE, false}, {CONTROLS, false}, {VALID, false},   {ETA, false},
    {BEST, false},  {RATE, false},     {CONTROLS, true}, {STATE, true},
    {BEST, true},   {RATE, true},      {PHASE, true},    {PHASE, false},
    {LOSS, true},
};

static const char separator[] = " · ";

/* Take in a part, or more of one, when the line is no wider than `room` then. */
static void grant(const struct scene *s, bool utf8, int room, struct strbuf text[N_PARTS], int part,
		  bool full)
{
	struct strbuf more = STRBUF_INIT;
	int used = 0;
	parts[part](s, full, &more);
	for (int i = 0; i < N_PARTS; i++) {
		const struct strbuf *t = i == part ? &more : &text[i];
		used += t->len ? text_width(t->buf, utf8) + (used ? 3 : 0) : 0;
	}
	if (used > room || text_width(more.buf, utf8) < text_width(text[part].buf, utf8)) {
		strbuf_release(&more);
		return;
	}
	strbuf_release(&text[part]);
	text[part] = more;
}

static struct style style_of(const struct scene *s, int part)
{
	const struct history_busy *b = &s->history->busy;
	if (part == STATE)
		return (struct style){is_busy(s) ? b->waits ? INK_WARN : INK_ACCENT
						 : (uint16_t)run_word(s).ink,
				      INK_BAR_BG, ATTR_BOLD};
	if (part == CONTROLS)
		return (struct style){s->view->controls_ours ? INK_GOOD : INK_WARN, INK_BAR_BG,
				      ATTR_BOLD};
	return (struct style){INK_BAR, INK_BAR_BG, part == ETA ? ATTR_CLOCK : 0};
}

void panel_status(const struct scene *s, struct canvas *c, struct rect r)
{
	struct strbuf text[N_PARTS];
	const struct style muted = {INK_BAR_MUTED, INK_BAR_BG, 0};
	int x = r.x + 1, end = r.x + r.w;
	canvas_fill(c, r, muted);
	for (int i = 0; i < N_PARTS; i++)
		strbuf_init(&text[i]);
	for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++)
		grant(s, c->utf8, r.w - 2, text, wishes[i].part, wishes[i].full);
	for (int i = 0; i < N_PARTS; i++) {
		if (text[i].len && x > r.x + 1)
			x += canvas_text(c, x, r.y, end - x, muted, separator);
		if (text[i].len)
			x += canvas_text(c, x, r.y, end - x, style_of(s, i), text[i].buf);
		strbuf_release(&text[i]);
	}
}
