/* One line of the Train page: how far the run is, and what makes it fast or slow. */
#include "panel.h"

#include <math.h>
#include <stdio.h>

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

static void say_cache(const struct history *h, int form, struct strbuf *out)
{
	history_cache_words(h, form, out);
}

static void say_device(const struct history *h, int form, struct strbuf *out)
{
	if (h->run.threads > 0 && form == 0)
		strbuf_addf(out, "%s, ", h->run.device);
	if (h->run.threads > 0 && form < 2)
		strbuf_addf(out, "%lld thread%s", (long long)h->run.threads,
			    h->run.threads == 1 ? "" : "s");
}

static const struct part parts[] = {
    {INK_WARN, say_wait},
    {INK_FROZEN, say_cache},
    {INK_MUTED, say_device},
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

void panel_progress(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (!h->has_run)
		return;
	double share = history_progress(h);
	int x = r.x + 1, end = r.x + r.w, bar = r.w >= 110 ? BAR_W : r.w / 6, form[N_PARTS];
	canvas_bar(c, x, r.y, bar, share, STYLE(INK_GOOD));
	x += bar + 1;
	x += canvas_textf(c, x, r.y, end - x, STYLE(INK_NONE), "%3.0f %%", floor(share * 100));
	choose_forms(h, end - x, c->utf8, form);
	for (int i = 0; i < N_PARTS; i++)
		x = draw_part(h, i, form[i], c, x, r.y, end);
}
