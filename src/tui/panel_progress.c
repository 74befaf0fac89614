/* How far the run is, and what makes it fast or slow: one line of the Train page, or two. */
#include "panel.h"

#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_FORMS = 3, GAP = 3, BAR_W = 24 };

/* One part, the more important first: what it says, from form 0, in full, to N_FORMS - 1, in a few
 * words; nothing when it has nothing to say. */
struct part {
	enum ink ink;
	void (*say)(const struct history *h, int form, struct strbuf *out);
};

static void say_wait(const struct history *h, int form, struct strbuf *out)
{
	double share;
	if (!history_data_bound(h, &share))
		return;
	strbuf_addstr(out, "data-bound");
	if (form == 0)
		strbuf_addf(out, ": waits for pictures %.0f %% of the time", 100 * share);
	else if (form == 1)
		strbuf_addf(out, " %.0f %%", 100 * share);
}

static void say_range(const struct history *h, int form, struct strbuf *out)
{
	const struct event_lr_range *r = &h->range;
	if (r->words && r->state == RANGE_RUNNING)
		strbuf_addf(out, form < 2 ? "range test: %lld of %lld" : "range test %lld/%lld",
			    (long long)r->done, (long long)r->iterations);
}

static void say_thaw(const struct history *h, int form, struct strbuf *out)
{
	static const char *const words[N_FORMS] = {"next to thaw: ", "thaws ", "thaws "};
	size_t start = out->len;
	strbuf_addstr(out, words[form]);
	if (h->ended || !history_thaw_words(h, out))
		strbuf_remove(out, start, out->len - start);
}

static void say_cache(const struct history *h, int form, struct strbuf *out)
{
	history_cache_words(h, form, out);
}

static void say_speed(const struct history *h, int form, struct strbuf *out)
{
	struct opt_double ips = history_speed(h);
	if (form == 0 && ips.valid)
		strbuf_addf(out, "%.0f img/s", ips.value);
}

static void say_stall(const struct history *h, int form, struct strbuf *out)
{
	double share;
	if (form == 0 && h->state == RUN_TRAINING && !history_data_bound(h, &share) &&
	    history_wait(h, 20, &share) && share >= 0.01)
		strbuf_addf(out, "data wait %.0f %%", 100 * share);
}

static void say_live(const struct history *h, int form, struct strbuf *out)
{
	const struct history_device *d = history_device_now(h);
	if (d)
		history_device_words(h, d, form, out);
}

enum { BLOCKS = 12, BLOCKS_FEW = 6 };

/* How busy a card was of late, a block a measurement, and how hot it is. */
static void say_card(const struct history *h, int form, struct strbuf *out)
{
	const struct history_device *d = history_device_now(h);
	if (!d || !history_device_is_card(d))
		return;
	history_device_lately(h, form ? BLOCKS_FEW : BLOCKS, out);
	if (form < 2) {
		strbuf_addch(out, ' ');
		history_device_heat(d, form, out);
	}
}

/* The same of the cores; beside a card what they do now. */
static void say_cores(const struct history *h, int form, struct strbuf *out)
{
	const struct history_device *d = history_device_now(h);
	if (!d || form > 0)
		return;
	if (history_device_is_card(d)) {
		history_host_words(d, out);
		return;
	}
	strbuf_addf(out, "%lld core%s ", (long long)d->cores, d->cores == 1 ? "" : "s");
	history_device_lately(h, BLOCKS, out);
	if (d->peak_rss > 0)
		strbuf_addf(out, ", peak %s", words_bytes((double)d->peak_rss));
}

static void say_memory(const struct history *h, int form, struct strbuf *out)
{
	struct opt_double card = history_card_peak(h);
	if (form > 0 || !h->ended || h->end.peak_rss <= 0)
		return;
	strbuf_addf(out, "peak memory %.0f MB", (double)h->end.peak_rss / 1e6);
	if (card.valid)
		strbuf_addf(out, ", of the card %s", words_bytes(card.value));
}

static void say_learning(const struct history *h, int form, struct strbuf *out)
{
	history_learning_words(h, form, out);
}

/* Of a card's long line its name: the Log page has it all. */
static void say_device(const struct history *h, int form, struct strbuf *out)
{
	if (h->run.threads > 0 && form == 0)
		strbuf_addf(out, "%.*s, ", (int)strcspn(h->run.device, ","), h->run.device);
	if (h->run.threads > 0 && form < 2)
		strbuf_addf(out, "%s", words_n(h->run.threads, "thread"));
}

static const struct part parts[] = {
    {INK_ACCENT, say_range},   {INK_WARN, say_wait},    {INK_NONE, say_live},
    {INK_NONE, say_card},      {INK_HOT, say_thaw},     {INK_FROZEN, say_cache},
    {INK_NONE, say_speed},     {INK_NONE, say_cores},   {INK_MUTED, say_stall},
    {INK_MUTED, say_memory},   {INK_MUTED, say_learning}, {INK_MUTED, say_device},
};
enum { N_PARTS = sizeof(parts) / sizeof(*parts) };

/* Columns of a part in a form, the gap before it included. */
static int part_w(const struct history *h, int i, int form, bool utf8)
{
	struct strbuf text = STRBUF_INIT;
	parts[i].say(h, form, &text);
	int w = text.len ? GAP + text_width(text.buf, utf8) : 0;
	strbuf_release(&text);
	return w;
}

/* All in a few words first; then the earlier ones say as much as there is room for. */
static void choose_forms(const struct history *h, int room, bool utf8, int form[N_PARTS])
{
	for (int i = 0; i < N_PARTS; i++) {
		form[i] = N_FORMS - 1;
		room -= part_w(h, i, form[i], utf8);
	}
	for (int i = 0; i < N_PARTS; i++)
		while (form[i] > 0) {
			int more = part_w(h, i, form[i] - 1, utf8) - part_w(h, i, form[i], utf8);
			if (more > room)
				break;
			room -= more;
			form[i]--;
		}
}

/* Returns where the next one may begin; one without room is left out. */
static int draw_part(const struct history *h, int i, int form, struct canvas *c, int x, int y,
		     int end)
{
	struct strbuf text = STRBUF_INIT;
	parts[i].say(h, form, &text);
	if (text.len && x + GAP + text_width(text.buf, c->utf8) <= end)
		x += GAP + canvas_text(c, x + GAP, y, end - x - GAP, STYLE(parts[i].ink), text.buf);
	strbuf_release(&text);
	return x;
}

/* How far something is: what it says, and its share. */
struct meter {
	char text[64];
	double share;
};

static struct meter batch_meter(const struct history *h)
{
	struct meter m = {"", 0};
	int64_t n = h->run.iterations, done = h->iter - (h->epoch > 0 ? h->epoch - 1 : 0) * n;
	done = done < 0 ? 0 : done > n ? n : done;
	m.share = n > 0 ? (double)done / (double)n : 0;
	snprintf(m.text, sizeof(m.text), "batch %lld/%lld", (long long)done, (long long)n);
	return m;
}

static struct meter phase_meter(const struct history *h)
{
	struct meter m = {"", 0};
	if (h->phase < 0 || (size_t)h->phase >= h->n_phases)
		return m;
	const struct event_phase_plan *p = &h->phases[h->phase];
	int64_t at = h->epoch - p->first_epoch + 1;
	at = at < 0 ? 0 : at > p->epochs ? p->epochs : at;
	double within = h->ended ? 1 : batch_meter(h).share;
	m.share = p->epochs > 0 && at > 0 ? ((double)at - 1 + within) / (double)p->epochs : 0;
	snprintf(m.text, sizeof(m.text), "%.20s: epoch %lld/%lld", p->name, (long long)at,
		 (long long)p->epochs);
	return m;
}

static struct meter run_meter(const struct history *h)
{
	struct meter m = {"", history_progress(h)};
	snprintf(m.text, sizeof(m.text), "run %.0f %%", floor(m.share * 100));
	return m;
}

/* Thinner than a bar: there are three of them in a row. */
static void draw_meter(struct canvas *c, int x, int y, int w, double share)
{
	int full = (int)(fmin(fmax(share, 0), 1) * w + 1e-9);
	canvas_hline(c, x, y, full, c->utf8 ? 0x2501 : '=', STYLE(INK_GOOD));
	canvas_hline(c, x + full, y, w - full, 0x2500, STYLE(INK_FRAME));
}

static void draw_meters(const struct history *h, struct canvas *c, struct rect r)
{
	const struct meter meters[] = {batch_meter(h), phase_meter(h), run_meter(h)};
	enum { N = sizeof(meters) / sizeof(*meters) };
	for (int i = 0; i < N; i++) {
		int x = r.x + 1 + (r.w - 1) * i / N, end = r.x + 1 + (r.w - 1) * (i + 1) / N - 2;
		if (!*meters[i].text)
			continue;
		x += canvas_text(c, x, r.y, end - x - 6, STYLE(INK_NONE), meters[i].text) + 1;
		draw_meter(c, x, r.y, end - x, meters[i].share);
	}
}

void panel_progress(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (!h->has_run)
		return;
	double share = history_progress(h);
	int x = r.x + 1, y = r.y, end = r.x + r.w, form[N_PARTS];
	if (r.h > 1) {
		draw_meters(h, c, r);
		x = r.x + 1 - GAP;
		y++;
	} else {
		int bar = r.w >= 110 ? BAR_W : r.w / 6;
		canvas_bar(c, x, y, bar, share, STYLE(INK_GOOD));
		x += bar + 1;
		x +=
		    canvas_textf(c, x, y, end - x, STYLE(INK_NONE), "%3.0f %%", floor(share * 100));
	}
	choose_forms(h, end - x, c->utf8, form);
	for (int i = 0; i < N_PARTS; i++)
		x = draw_part(h, i, form[i], c, x, y, end);
}
