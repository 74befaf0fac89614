/* The Log page: interventions and notes in the order they happened, all or those that match. */
#include "thaw/base/log_filter.h"
#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Walks markers and notes backwards by time; at equal times the note comes later. */
struct log_walk {
	size_t markers, notes;
};

struct log_line {
	const struct history_marker *marker; /* or a note */
	const struct history_note *note;
};

static bool step_back(const struct history *h, struct log_walk *w, struct log_line *l)
{
	*l = (struct log_line){NULL, NULL};
	if (!w->notes && !w->markers)
		return false;
	if (w->notes &&
	    (!w->markers || h->notes[w->notes - 1].t_ms >= h->markers[w->markers - 1].t_ms))
		l->note = &h->notes[--w->notes];
	else
		l->marker = &h->markers[--w->markers];
	return true;
}

#define TEXT_MAX 512

static const char *text_of(const struct log_line *l, char out[TEXT_MAX])
{
	const struct history_marker *m = l->marker;
	if (l->note && l->note->kind == NOTE_RESUMED && l->note->unix_ms)
		snprintf(out, TEXT_MAX, "%s, %s", l->note->text, words_moment(l->note->unix_ms));
	else if (l->note)
		snprintf(out, TEXT_MAX, "%s", l->note->text);
	else if (m->text && strstr(m->text, "iteration")) /* it says so itself */
		snprintf(out, TEXT_MAX, "%s", m->text);
	else
		snprintf(out, TEXT_MAX, "iteration %lld  %s", (long long)m->iter,
			 m->text ? m->text : "");
	return out;
}

/* The lines that pass, newest first; the caller frees them. */
static struct log_line *matching(const struct history *h, const struct log_filter *f, int *n)
{
	struct log_walk w = {h->n_markers, h->n_notes};
	struct log_line *lines = xcalloc(h->n_markers + h->n_notes + 1, sizeof(*lines)), l;
	char text[TEXT_MAX];
	size_t from, to;
	*n = 0;
	while (step_back(h, &w, &l))
		if (log_filter_match(f, text_of(&l, text), &from, &to))
			lines[(*n)++] = l;
	return lines;
}

int log_count(const struct history *h, const char *filter)
{
	struct log_filter f;
	int n;
	log_filter_init(&f, filter);
	free(matching(h, &f, &n));
	log_filter_release(&f);
	return n;
}

/* Text, and in it what matched. */
static void draw_text(struct canvas *c, struct rect r, struct style s, const struct log_filter *f,
		      char *text)
{
	size_t from, to;
	canvas_text(c, r.x, r.y, r.w, s, text);
	if (!f->on || !log_filter_match(f, text, &from, &to) || from == to)
		return;
	char after = text[to];
	text[to] = '\0';
	int width = text_width(text + from, c->utf8);
	text[to] = after;
	after = text[from];
	text[from] = '\0';
	int before = text_width(text, c->utf8);
	text[from] = after;
	for (int x = r.x + before; x < r.x + before + width && x < r.x + r.w; x++) {
		const struct cell *cell = canvas_at(c, x, r.y);
		if (cell && cell->width == 1)
			canvas_put(c, x, r.y, cell->ch,
				   (struct style){INK_BAR, INK_SELECT_BG, ATTR_BOLD});
	}
}

static const struct marker_look note_looks[NOTE_LEVEL_N] = {
    [NOTE_INFO] = {0xB7, INK_NONE},
    [NOTE_WARN] = {'!', INK_WARN},
    [NOTE_ERROR] = {'!', INK_BAD},
    [NOTE_DARKNET] = {'>', INK_MUTED},
};

static const struct marker_look *look_of(const struct log_line *l)
{
	static const struct marker_look epoch = {0x25CF, INK_VALID}, saved = {0xB7, INK_MUTED};
	return l->marker                     ? &marker_looks[l->marker->kind]
	       : l->note->kind == NOTE_EPOCH ? &epoch
	       : l->note->kind == NOTE_SAVED ? &saved
					     : &note_looks[l->note->level];
}

/* What another trainer did stands below a rule. */
static void draw_rule(struct canvas *c, struct rect r, const struct log_line *l,
		      const struct log_filter *f)
{
	char text[TEXT_MAX];
	int w = text_width(text_of(l, text), c->utf8);
	canvas_hline(c, r.x, r.y, r.w, 0x2500, STYLE(INK_ACCENT));
	canvas_put(c, r.x + 2, r.y, ' ', STYLE(INK_NONE));
	draw_text(c, (struct rect){r.x + 3, r.y, r.w - 3, 1}, STYLE_BOLD(INK_ACCENT), f, text);
	canvas_put(c, r.x + 3 + w, r.y, ' ', STYLE(INK_NONE));
}

static void draw_line(struct canvas *c, struct rect r, const struct log_line *l,
		      const struct log_filter *f)
{
	char text[TEXT_MAX];
	if (l->note && l->note->kind == NOTE_RESUMED) {
		draw_rule(c, r, l, f);
		return;
	}
	int64_t sec = (l->note ? l->note->t_ms : l->marker->t_ms) / 1000;
	const struct marker_look *look = look_of(l);
	struct style s = STYLE(look->ink);
	canvas_textf(c, r.x + 1, r.y, 8, STYLE(INK_MUTED), "%2lld:%02lld:%02lld",
		     (long long)(sec / 3600), (long long)(sec / 60 % 60), (long long)(sec % 60));
	canvas_put(c, r.x + 11, r.y, look->ch, s);
	text_of(l, text);
	draw_text(c, (struct rect){r.x + 13, r.y, r.w - 13, 1}, s, f, text);
}

/* Which lines are shown, of how many; and the pattern. */
static void head(const struct scene *s, struct canvas *c, struct rect r, int first, int last, int n)
{
	const struct history *h = s->history;
	const char *filter = s->view->lists[LIST_LOG].filter;
	char text[EDIT_MAX + 64];
	int used = 0;
	if (!*filter || last - first + 1 < n) {
		snprintf(text, sizeof(text), "%d-%d of %d", first, last, n);
		used = panel_note(c, r, used, STYLE(INK_MUTED), text);
	}
	snprintf(text, sizeof(text), "%d of %zu match /%s/", n, h->n_markers + h->n_notes, filter);
	if (!panel_note_fits(c, r, used, text))
		snprintf(text, sizeof(text), "%d of %zu match", n, h->n_markers + h->n_notes);
	if (*filter)
		panel_note(c, r, used, STYLE_BOLD(INK_ACCENT), text);
}

void panel_log(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	struct log_filter f;
	int n;
	if (h->n_markers + h->n_notes == 0) {
		panel_empty(c, r, "nothing happened yet");
		return;
	}
	log_filter_init(&f, s->view->lists[LIST_LOG].filter);
	struct log_line *lines = matching(h, &f, &n);
	int up = s->view->log_up > n - r.h ? n - r.h : s->view->log_up;
	up = up < 0 ? 0 : up;
	int shown = n - up < r.h ? n - up : r.h;
	bool above = s->view->lists[LIST_LOG].reverse; /* the newest stands on top */
	for (int i = 0; i < shown; i++)
		draw_line(c, (struct rect){r.x, r.y + (above ? i : shown - 1 - i), r.w, 1},
			  &lines[up + i], &f);
	if (n == 0)
		panel_empty(c, r, "no line matches; / asks for another pattern, Esc shows all");
	head(s, c, r, n - up - shown + 1, n - up, n);
	free(lines);
	log_filter_release(&f);
}
