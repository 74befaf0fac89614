/* The two bottom lines: questions, replies, where a replay stands, how a run ended; and the keys.
 */
#include "panel.h"
#include "typed.h"
#include "thaw/tui/action.h"
#include "thaw/event/command.h"
#include "thaw/tui/command_line.h"
#include "thaw/base/words.h"
#include "thaw/base/file.h"

#include <stdio.h>
#include <string.h>

static const char *phase_name(const struct history *h, int64_t i)
{
	return i >= 0 && (size_t)i < h->n_phases && h->phases[i].name ? h->phases[i].name : "";
}

static void ask_next_phase(const struct scene *s, char *out, size_t size)
{
	const struct history *h = s->history;
	if (h->phase + 1 < (int64_t)h->n_phases)
		snprintf(out, size, "end phase %.20s now and go on to %.20s? y/n",
			 phase_name(h, h->phase), phase_name(h, h->phase + 1));
	else
		snprintf(out, size, "end the last phase, and with it the run? y/n");
}

static void ask_rate(const struct scene *s, char *out, size_t size)
{
	snprintf(out, size, "learning rate (now %s): ",
		 words_opt(words_rate, s->history->lr));
}

/* The epoch that a point stands for; 0 when the log does not tell. */
static int64_t epoch_of(const struct history *h, const struct point *p)
{
	if (p->kind == POINT_EPOCH)
		return p->epoch;
	if (p->kind == POINT_LAST)
		return h->n_epochs ? h->epochs[h->n_epochs - 1].epoch : 0;
	return history_best(h).epoch;
}

static void ask_back(const struct scene *s, char *out, size_t size)
{
	const struct history *h = s->history;
	struct point p = {.kind = POINT_BEST};
	point_parse(s->view->typed, &p, NULL);
	int64_t epoch = epoch_of(h, &p),
		done = h->n_epochs ? h->epochs[h->n_epochs - 1].epoch : 0;
	int64_t dropped = epoch > 0 && done > epoch ? done - epoch : 0;
	int n = epoch > 0 ? snprintf(out, size, "go back to epoch %lld", (long long)epoch)
			  : snprintf(out, size, "go back to %.20s", s->view->typed);
	if (dropped)
		snprintf(out + n, size - (size_t)n, ", and drop the %lld epoch%s since? y/n",
			 (long long)dropped, dropped == 1 ? "" : "s");
	else
		snprintf(out + n, size - (size_t)n, ", and drop what came since? y/n");
}

static void ask_branch(const struct scene *s, char *out, size_t size)
{
	snprintf(out, size, "branch off %s y/n", s->view->typed);
}

static const struct {
	const char *text; /* the question, or what stands before what is typed */
	void (*write)(const struct scene *s, char *out,
		      size_t size); /* where it is not a fixed one */
	const char
	    *aside; /* below what is typed, as long as nothing else is to be said; NULL: y or n */
} prompts[] = {
    [PROMPT_LR] = {NULL, ask_rate, "a number, e.g. 1e-4, or a factor, e.g. x0.5 · Enter sets it · Esc leaves"},
    [PROMPT_NEXT_PHASE] = {NULL, ask_next_phase, NULL},
    [PROMPT_STOP] = {"save and stop the run? y/n", NULL, NULL},
    [PROMPT_QUIT] = {"leave the viewer? a live run goes on. y/n", NULL, NULL},
    [PROMPT_BACK] = {NULL, ask_back, NULL},
    [PROMPT_BRANCH] = {NULL, ask_branch, NULL},
    [PROMPT_COMMAND] =
	{":", NULL, "a command, e.g. freeze 0-12 · Tab completes · ↑ ↓ earlier ones · Esc leaves"},
    [PROMPT_FILTER] = {"/", NULL,
		       "a pattern, e.g. freeze|lr or ^d · Enter keeps it · Esc lists all"},
    [PROMPT_HELP] = {"/", NULL, "what the help says of it · Enter keeps it, then n N · Esc leaves"},
};

static void prompt_text(const struct scene *s, char *out, size_t size)
{
	enum prompt prompt = s->view->prompt;
	if (prompts[prompt].write)
		prompts[prompt].write(s, out, size);
	else
		snprintf(out, size, "%s", prompts[prompt].text);
}

static bool is_typed(const struct view *v)
{
	return prompts[v->prompt].aside != NULL;
}

void summary_text(const struct history *h, const struct view *v, const char *where, char *out,
		  size_t size)
{
	struct strbuf end = STRBUF_INIT;
	int n = 0;
	if (!h->ended && *v->unsaved)
		n = snprintf(out, size, "✗ not saved: %s", v->unsaved);
	else if (!h->ended && v->crashed && history_killed_words(h, &end))
		n = snprintf(out, size, "✗ %s", end.buf);
	else if (!h->ended && h->run.format && !v->alive)
		n = snprintf(out, size, "the log ends here; it does not tell how the run ended");
	else if (!h->ended)
		n = snprintf(out, size,
			     v->crashed ? "✗ crashed: the trainer is gone without an end in the log"
					: "the log ends here; the run goes on");
	else if (h->end.status == END_FINISHED)
		n = snprintf(out, size, "✓ finished");
	else {
		history_end_words(h, &end);
		n = snprintf(out, size, "%s %.220s", h->end.status == END_STOPPED ? "■" : "✗",
			     end.buf);
	}
	const struct history_best best = history_best(h);
	if (best.epoch)
		n += snprintf(out + n, size - (size_t)n, " · best %s %lld: %.80s",
			      history_unit(h), (long long)best.epoch, history_best_words(h, &end));
	if (h->ended && history_timed(h))
		n += snprintf(out + n, size - (size_t)n, " in %s",
			      words_duration(history_seconds(h)));
	if (best.epoch && where && *where && !h->run.format)
		snprintf(out + n, size - (size_t)n, " · weights in %.120s", where);
	strbuf_release(&end);
}

/* How the pages are written: with air, without, or only the one shown with its name. */
static const struct tab_look {
	int air; /* columns besides the name */
	bool bare;
} tab_looks[] = {{4, false}, {3, false}, {4, true}};
#define N_TAB_LOOKS (int)(sizeof(tab_looks) / sizeof(*tab_looks))

static int tab_w(const struct tab_look *look, int page, bool shown)
{
	return look->bare && !shown ? 3 : (int)strlen(page_names[page]) + look->air;
}

/* Columns that the pages need in a look. */
static int tabs_w(const struct scene *s, int look)
{
	int w = 0;
	for (int i = 0; i < PAGE_N; i++)
		w += !page_offered(s->view, i) ? 0 : tab_w(&tab_looks[look], i, i == (int)s->view->page);
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
		if (!page_offered(s->view, i))
			continue;
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
		canvas_zone(c, (struct rect){x, r.y, w, 1}, ZONE_PAGE, i);
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

/* A wait that is long on the screen: what for, and how to leave it. False: there is none. */
static bool wait_words(const struct scene *s, char *out, size_t size)
{
	const struct view *v = s->view;
	const struct history *h = s->history;
	const struct timeline *t = v->log;
	if (!t || !v->playing || v->position >= t->n)
		return false;
	int64_t from = timeline_ms(t, v->position), to = timeline_ms(t, v->position + 1);
	bool told = h->ended || h->busy.on || h->state == RUN_PAUSED;
	if (!speed_waits(v->speed, to - from))
		return false;
	int n = snprintf(out, size, "▶ %s for %s", told ? history_state(h) : "nothing logged",
			 words_duration((double)(to - from) / 1000));
	n += v->speed.recorded
		 ? snprintf(out + n, size - (size_t)n, ", %s to go",
			    words_duration((double)(to - v->play_ms) / 1000))
		 : snprintf(out + n, size - (size_t)n, ", shortened");
	snprintf(out + n, size - (size_t)n, " · %s skips",
		 action_call("skip", VIEW_REPLAY, v->page));
	return true;
}

static void draw_replay_bar(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct view *v = s->view;
	const struct history *h = s->history;
	char text[160];
	if (v->loading)
		snprintf(text, sizeof(text), "reading the log, %.0f%%", v->loaded * 100);
	else if (!wait_words(s, text, sizeof(text)))
		snprintf(text, sizeof(text), "%s replay %s · epoch %lld/%lld",
			 v->playing ? "▶" : "‖", speed_words(v->speed), (long long)h->epoch,
			 (long long)(h->has_run ? h->run.epochs : 0));
	int used = canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE(INK_ACCENT), text);
	if (layout_bar_h(v, c->w, c->h)) {
		draw_tabs(s, c, r, used);
		return;
	}
	int x = r.x + 1 + used + 2;
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

/* What the choice would do, in as many words as fit. */
static void draw_preview(const struct scene *s, struct canvas *c, struct rect r)
{
	char why[256];
	struct layerset now;
	struct strbuf words = STRBUF_INIT;
	if (choice_frozen(s->history, s->view, s->view->preview, &now, why, sizeof(why)))
		preview_text(s->history, &now, r.w - 2, c->utf8, &words);
	else
		strbuf_addstr(&words, why);
	canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE_BOLD(INK_WARN), words.buf);
	canvas_zone(c, r, ZONE_PREVIEW, 0);
	strbuf_release(&words);
}

/* The rate that would be set. */
static void draw_rate(const struct scene *s, struct canvas *c, struct rect r)
{
	struct strbuf words = STRBUF_INIT;
	rate_text(s->view, r.w - 2, c->utf8, &words);
	canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE_BOLD(INK_WARN), words.buf);
	strbuf_release(&words);
}

void panel_message(const struct scene *s, struct canvas *c, struct rect r)
{
	static const unsigned char inks[] = {INK_NONE, INK_NONE, INK_GOOD, INK_BAD};
	const struct view *v = s->view;
	const struct history *h = s->history;
	char text[768] = "";
	struct style style = STYLE(INK_MUTED);
	int room = r.w - 2;
	if (v->prompt != PROMPT_NONE)
		prompt_text(s, text, sizeof(text));
	if (is_typed(v)) {
		typed_draw(c, r, &v->input, text);
		return;
	}
	if (v->prompt != PROMPT_NONE) {
		style = STYLE_BOLD(INK_WARN);
	} else if (v->rate.on) {
		draw_rate(s, c, r);
		return;
	} else if (v->preview != CHOICE_NONE) {
		draw_preview(s, c, r);
		return;
	} else if (v->message_kind != MESSAGE_NONE) {
		snprintf(text, sizeof(text), "%s", v->message);
		style = STYLE_BOLD(inks[v->message_kind]);
	} else if (view_at_end(v)) {
		fit_summary(s, r.w, c->utf8, text, sizeof(text));
		style = STYLE_BOLD(summary_ink(h, v));
	} else if (*v->lost) {
		snprintf(text, sizeof(text), "%s", v->lost);
		style = STYLE_BOLD(INK_BAD);
	} else if (v->mode == VIEW_REPLAY || v->loading) {
		draw_replay_bar(s, c, r);
		return;
	} else if (h->trouble.on) {
		snprintf(text, sizeof(text),
			 "paused, decide: u undo, b back, - lr, p go on, S stop · %.300s",
			 h->trouble.why);
		style = STYLE_BOLD(INK_BAD);
	} else if (h->ending.on) {
		snprintf(text, sizeof(text), "about to end: u takes that back · %.300s",
			 h->ending.why);
		style = STYLE_BOLD(INK_WARN);
	} else if (*v->unsaved) {
		snprintf(text, sizeof(text), "waiting to save: %s", v->unsaved);
		style = STYLE_BOLD(INK_BAD);
	} else if (!h->has_run) {
		snprintf(text, sizeof(text), "waiting for the trainer …");
	} else if (history_newest_note(h)) { /* the pages need their room more */
		snprintf(text, sizeof(text), "%s", history_newest_note(h)->text);
		room = r.w - tabs_w(s, 1) - 4 > 20 ? r.w - tabs_w(s, 1) - 4 : room;
	}
	int used = canvas_text(c, r.x + 1, r.y, room, style, text);
	draw_tabs(s, c, r, used);
}

static int hint(const struct view *v, struct canvas *c, int x, int y, int end,
		const struct action *a)
{
	int first = action_key(a, v->mode, v->page), from = x;
	if (!first)
		return x;
	const char *key = key_name(first);
	int w = text_width(key, c->utf8) + 1 + text_width(a->hint, c->utf8);
	if (x + w > end)
		return x;
	x += canvas_text(c, x, y, end - x, STYLE_BOLD(INK_KEY), key) + 1;
	x += canvas_text(c, x, y, end - x, STYLE(INK_MUTED), a->hint);
	canvas_zone(c, (struct rect){from, y, x - from, 1}, ZONE_ACTION, (int)(a - action_table));
	return x + 2;
}

/* Below what is typed: what completes it, what is wrong with it, or what the command takes. */
static void draw_aside(const struct view *v, struct canvas *c, struct rect r)
{
	const char *text = v->aside;
	if (!*text && v->prompt == PROMPT_COMMAND)
		text = command_line_usage(v->input.text);
	if (!*text)
		text = is_typed(v) ? prompts[v->prompt].aside : PROMPT_ANSWERS;
	canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE(v->aside_bad ? INK_BAD : INK_MUTED), text);
}

/* What belongs to the page goes first, then what holds everywhere; each in the table's order. */
static bool hint_now(const struct view *v, const struct action *a, bool of_page)
{
	const int all_pages = HINT_ON(PAGE_N) - HINT_ON(0);
	bool here = a->modes & (ON_PAGE(v->page) | HINT_ON(v->page));
	bool elsewhere = !here && a->modes & all_pages;
	bool idle = v->mode == VIEW_REPLAY && a->modes & HINT_LIVE;
	return a->hint && action_allowed(a, v->mode, v->page) && !idle && !elsewhere &&
	       here == of_page;
}

void panel_hints(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct view *v = s->view;
	int x = r.x + 1, end = r.x + r.w;
	if (v->prompt != PROMPT_NONE) {
		draw_aside(v, c, r);
		return;
	}
	const struct action *help = action_named("help", v->mode),
			    *quit = action_named("quit", v->mode);
	int last = hint(v, c, r.x + r.w - 15, r.y, end, help);
	hint(v, c, last, r.y, end, quit);
	for (int of_page = 1; of_page >= 0; of_page--)
		for (size_t i = 0; i < n_actions; i++) {
			const struct action *a = &action_table[i];
			if (hint_now(v, a, of_page) && a != help && a != quit)
				x = hint(v, c, x, r.y, r.x + r.w - 16, a);
		}
}
