/* The two bottom lines: questions, replies, where a replay stands, how a run ended; and the keys.
 */
#include "panel.h"
#include "thaw/tui/action.h"

#include <stdio.h>
#include <string.h>

static const char *phase_name(const struct history *h, int64_t i)
{
	return i >= 0 && (size_t)i < h->n_phases && h->phases[i].name ? h->phases[i].name : "";
}

static void prompt_text(const struct scene *s, char *out, size_t size)
{
	const struct history *h = s->history;
	switch (s->view->prompt) {
	case PROMPT_LR:
		snprintf(out, size, "learning rate (now %s, Enter sets it, Esc leaves it): %s_",
			 text_lr(h->lr), s->view->input);
		break;
	case PROMPT_NEXT_PHASE:
		if (h->phase + 1 < (int64_t)h->n_phases)
			snprintf(out, size, "end phase %.20s now and go on to %.20s? y/n",
				 phase_name(h, h->phase), phase_name(h, h->phase + 1));
		else
			snprintf(out, size, "end the last phase, and with it the run? y/n");
		break;
	case PROMPT_STOP:
		snprintf(out, size, "save and stop the run? y/n");
		break;
	default:
		snprintf(out, size, "leave the viewer? a live run goes on. y/n");
		break;
	}
}

void summary_text(const struct history *h, const struct view *v, const char *where, char *out,
		  size_t size)
{
	static const char *const words[END_STATUS_N] = {"✓ finished", "■ stopped", "✗ failed"};
	int n = 0;
	if (!h->ended)
		n = snprintf(out, size,
			     v->crashed ? "✗ crashed: the trainer is gone without an end in the log"
					: "the log ends here; the run goes on");
	else if (h->end.status >= 0 && h->end.status < END_STATUS_N)
		n = snprintf(out, size, "%s", words[h->end.status]);
	if (h->ended && h->end.status != END_FINISHED && h->end.reason && *h->end.reason)
		n += snprintf(out + n, size - (size_t)n, ": %.200s", h->end.reason);
	if (h->best_epoch >= 0) {
		const struct history_epoch *e = &h->epochs[h->best_epoch];
		n += snprintf(out + n, size - (size_t)n, " · best epoch %lld: %s %%",
			      (long long)e->epoch, text_percent(e->valid.acc));
	}
	if (h->ended)
		n += snprintf(out + n, size - (size_t)n, " in %s", format_duration(h->end.seconds));
	if (h->best_epoch >= 0 && where && *where)
		snprintf(out + n, size - (size_t)n, " · weights in %.120s", where);
}

/* How the pages are written: with air, without, or only the one shown with its name. */
static const struct tab_look {
	int air; /* columns besides the name */
	bool bare;
} tab_looks[] = {{4, false}, {3, false}, {4, true}};
#define N_TAB_LOOKS (int)(sizeof(tab_looks) / sizeof(*tab_looks))

static const char *const page_names[PAGE_N] = {"Train", "Layers", "Classes", "Images", "Log"};

static int tab_w(const struct tab_look *look, int page, bool shown)
{
	return look->bare && !shown ? 3 : (int)strlen(page_names[page]) + look->air;
}

/* Columns that the pages need in a look. */
static int tabs_w(const struct scene *s, int look)
{
	int w = 0;
	for (int i = 0; i < PAGE_N; i++)
		w += tab_w(&tab_looks[look], i, i == (int)s->view->page);
	return w;
}

/* The pages, right-aligned where `used` columns leave room. */
static void draw_tabs(const struct scene *s, struct canvas *c, struct rect r, int used)
{
	int at = 0;
	while (at < N_TAB_LOOKS && used + 3 + tabs_w(s, at) > r.w)
		at++;
	if (at == N_TAB_LOOKS)
		return;
	const struct tab_look *look = &tab_looks[at];
	int x = r.x + r.w - tabs_w(s, at);
	for (int i = 0; i < PAGE_N; i++) {
		bool shown = i == (int)s->view->page;
		struct style text =
		    shown ? (struct style){INK_ACCENT, INK_BAR_BG, ATTR_BOLD} : STYLE(INK_MUTED);
		int w = tab_w(look, i, shown);
		char tab[32];
		if (look->bare && !shown)
			snprintf(tab, sizeof(tab), " %d ", i + 1);
		else
			snprintf(tab, sizeof(tab), look->air == 4 ? " %d %s " : "%d %s ", i + 1,
				 page_names[i]);
		canvas_text(c, x, r.y, w, text, tab);
		x += w;
	}
}

/* The summary beside the pages: where the weights are goes first when it is too long. */
static void fit_summary(const struct scene *s, int room, bool utf8, char *out, size_t size)
{
	const char *dir = s->view->run_dir;
	const char *forms[] = {dir && dir[0] == '/' ? path_tail(dir, 2) : dir, NULL};
	for (int i = 0; i < 2; i++) {
		summary_text(s->history, s->view, forms[i], out, size);
		if (text_width(out, utf8) + 4 + tabs_w(s, N_TAB_LOOKS - 1) <= room)
			return;
	}
}

static void draw_replay_bar(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct view *v = s->view;
	const struct history *h = s->history;
	char text[128];
	if (v->loading)
		snprintf(text, sizeof(text), "reading the log, %.0f%%", v->loaded * 100);
	else
		snprintf(text, sizeof(text), "%s replay ×%g · epoch %lld/%lld",
			 v->playing ? "▶" : "‖", v->speed, (long long)h->epoch,
			 (long long)(h->has_run ? h->run.epochs : 0));
	int x = r.x + 1 + canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE(INK_ACCENT), text) + 2;
	int tabs = tabs_w(s, r.w >= 110 ? 0 : N_TAB_LOOKS - 1), room = r.x + r.w - x - 3 - tabs;
	double share = v->loading    ? v->loaded
		       : v->n_events ? (double)v->position / (double)v->n_events
				     : 0;
	room = room > 60 ? 60 : room < 8 ? 0 : room;
	canvas_bar(c, x, r.y, room, share, STYLE(INK_ACCENT));
	draw_tabs(s, c, r, x - r.x + room);
}

static enum ink summary_ink(const struct history *h, const struct view *v)
{
	if (h->ended)
		return h->end.status == END_FINISHED  ? INK_GOOD
		       : h->end.status == END_STOPPED ? INK_WARN
						      : INK_BAD;
	return v->crashed ? INK_BAD : INK_MUTED;
}

void panel_message(const struct scene *s, struct canvas *c, struct rect r)
{
	static const unsigned char inks[] = {INK_NONE, INK_NONE, INK_GOOD, INK_BAD};
	const struct view *v = s->view;
	const struct history *h = s->history;
	char text[768] = "";
	struct style style = STYLE(INK_MUTED);
	int room = r.w - 2;
	if (v->prompt != PROMPT_NONE) {
		prompt_text(s, text, sizeof(text));
		style = STYLE_BOLD(INK_WARN);
	} else if (v->message_kind != MESSAGE_NONE) {
		snprintf(text, sizeof(text), "%s", v->message);
		style = STYLE_BOLD(inks[v->message_kind]);
	} else if (view_at_end(v)) {
		fit_summary(s, r.w, c->utf8, text, sizeof(text));
		style = STYLE_BOLD(summary_ink(h, v));
	} else if (v->mode == VIEW_REPLAY || v->loading) {
		draw_replay_bar(s, c, r);
		return;
	} else if (!h->has_run) {
		snprintf(text, sizeof(text), "waiting for the trainer …");
	} else if (h->n_notes) { /* the pages need their room more */
		snprintf(text, sizeof(text), "%s", h->notes[h->n_notes - 1].text);
		room = r.w - tabs_w(s, 1) - 4 > 20 ? r.w - tabs_w(s, 1) - 4 : room;
	}
	int used = canvas_text(c, r.x + 1, r.y, room, style, text);
	draw_tabs(s, c, r, used);
}

static int hint(struct canvas *c, int x, int y, int end, const struct action *a)
{
	const char *key = key_name(a->keys[0]);
	int w = text_width(key, c->utf8) + 1 + text_width(a->hint, c->utf8);
	if (x + w > end)
		return x;
	x += canvas_text(c, x, y, end - x, STYLE_BOLD(INK_KEY), key) + 1;
	return x + canvas_text(c, x, y, end - x, STYLE(INK_MUTED), a->hint) + 2;
}

void panel_hints(const struct scene *s, struct canvas *c, struct rect r)
{
	int in = s->view->mode == VIEW_LIVE ? IN_LIVE : IN_REPLAY, x = r.x + 1, end = r.x + r.w;
	const struct action *help = action_find('?', s->view->mode),
			    *quit = action_find('q', s->view->mode);
	int last = hint(c, r.x + r.w - 15, r.y, end, help);
	hint(c, last, r.y, end, quit);
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		bool idle = in == IN_REPLAY && a->modes != IN_REPLAY; /* nothing to control there */
		if (a->hint && a->modes & in && !idle && a != help && a != quit)
			x = hint(c, x, r.y, r.x + r.w - 16, a);
	}
}
