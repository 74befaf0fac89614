/* The Log page: interventions and notes in the order they happened. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

/* Walks markers and notes backwards by time; at equal times the note comes later. */
struct log_walk {
	size_t markers, notes;
};

static const struct history_marker *pick(const struct history *h, struct log_walk *w,
					 const struct history_note **note)
{
	*note = NULL;
	if (w->notes &&
	    (!w->markers || h->notes[w->notes - 1].t_ms >= h->markers[w->markers - 1].t_ms)) {
		*note = &h->notes[--w->notes];
		return NULL;
	}
	return &h->markers[--w->markers];
}

static void draw_line(struct canvas *c, struct rect r, int y, int64_t t_ms, struct style s,
		      uint32_t mark, const char *text)
{
	int64_t sec = t_ms / 1000;
	canvas_textf(c, r.x + 1, y, 8, STYLE(INK_MUTED), "%2lld:%02lld:%02lld",
		     (long long)(sec / 3600), (long long)(sec / 60 % 60), (long long)(sec % 60));
	canvas_put(c, r.x + 11, y, mark, s);
	canvas_text(c, r.x + 13, y, r.w - 13, s, text);
}

static void draw_marker(struct canvas *c, struct rect r, int y, const struct history_marker *m)
{
	char text[512];
	if (m->text && strstr(m->text, "iteration")) /* it says so itself */
		snprintf(text, sizeof(text), "%s", m->text);
	else
		snprintf(text, sizeof(text), "iteration %lld  %s", (long long)m->iter,
			 m->text ? m->text : "");
	draw_line(c, r, y, m->t_ms, STYLE(marker_looks[m->kind].ink), marker_looks[m->kind].ch,
		  text);
}

void panel_log(const struct scene *s, struct canvas *c, struct rect r)
{
	static const unsigned char inks[NOTE_LEVEL_N] = {INK_NONE, INK_WARN, INK_BAD};
	const struct history *h = s->history;
	struct log_walk w = {h->n_markers, h->n_notes};
	int total = (int)(w.markers + w.notes);
	if (total == 0) {
		panel_empty(c, r, "nothing happened yet");
		return;
	}
	int up = s->view->log_up > total - r.h ? total - r.h : s->view->log_up;
	up = up < 0 ? 0 : up;
	int shown = total - up < r.h ? total - up : r.h;
	const struct history_note *note;
	for (int i = 0; i < up; i++)
		pick(h, &w, &note);
	for (int y = r.y + shown - 1; y >= r.y; y--) {
		const struct history_marker *m = pick(h, &w, &note);
		if (m)
			draw_marker(c, r, y, m);
		else
			draw_line(c, r, y, note->t_ms,
				  STYLE(note->level >= 0 && note->level < NOTE_LEVEL_N
					    ? inks[note->level]
					    : INK_NONE),
				  note->level == NOTE_INFO ? 0xB7 : '!', note->text);
	}
	char text[64];
	snprintf(text, sizeof(text), "%d-%d of %d", total - up - shown + 1, total - up, total);
	panel_note(c, r, 0, STYLE(INK_MUTED), text);
}
