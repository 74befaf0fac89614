/* What the keys of the browser do, in one table; and its questions. */
#include "browser_app.h"
#include "browser_pages.h"

#include "thaw/base/log_filter.h"
#include "remember.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"
#include "thaw/report/comparison.h"
#include "thaw/run/places.h"
#include "thaw/run/remove.h"
#include "thaw/run/run.h"
#include "thaw/term/key.h"
#include "thaw/term/term.h"
#include "thaw/term/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAR 100000000

/* ---- what takes the terminal, or a run's life ---- */

/* What a command takes for the run of a row; the caller frees it. */
static char *operand_of(const struct browser *b, const struct browser_row *row)
{
	for (size_t i = 0; row->host && i < b->n_hosts; i++)
		if (strcmp(b->hosts[i]->url.text, row->host) == 0)
			return remote_url_of(&b->hosts[i]->url, row->run->path);
	return xstrdup(row->run->path);
}

static void choose(struct browser *b, const struct browser_row *row, enum browser_want want)
{
	browser_choice_release(&b->choice);
	b->choice = (struct browser_choice){
	    .want = want,
	    .run = operand_of(b, row),
	    .live = row->known ? browser_row_live(row) : run_live(row->run->path)};
	b->show.done = true;
}

static void choose_several(struct browser *b, const struct browser_row *const *rows,
			   const int *slots, size_t n)
{
	browser_choice_release(&b->choice);
	b->choice = (struct browser_choice){.want = BROWSER_COMPARE,
					    .runs = xcalloc(n, sizeof(char *)),
					    .slots = xcalloc(n, sizeof(int)),
					    .n_runs = n};
	for (size_t i = 0; i < n; i++) {
		b->choice.runs[i] = operand_of(b, rows[i]);
		b->choice.slots[i] = slots[i];
	}
	b->show.done = true;
}

/* The row under the cursor; else says that there is none. */
static const struct browser_row *row_for(struct browser *b)
{
	const struct browser_row *row = browser_row_now(&b->view);
	if (!row)
		browser_tell(b, MESSAGE_INFO, "there is no run here");
	return row;
}

/* The same of a run on this machine: `what` is only done there. */
static const struct browser_row *row_here(struct browser *b, const char *what)
{
	const struct browser_row *row = row_for(b);
	if (row && row->host) {
		browser_tell(b, MESSAGE_BAD, "it is on %.80s: Enter looks at it, %s there",
			     row->place, what);
		return NULL;
	}
	return row;
}

static void do_open(struct browser *b, int arg)
{
	const struct browser_row *row = row_for(b);
	(void)arg;
	if (row && row->run->error)
		browser_tell(b, MESSAGE_BAD, "%s", row->run->error);
	else if (row)
		choose(b, row, BROWSER_LOOK);
}

static void do_resume(struct browser *b, int arg)
{
	const struct browser_row *row = row_here(b, "`thaw resume` goes on with it");
	(void)arg;
	if (!row)
		return;
	if (!row->known)
		browser_tell(b, MESSAGE_INFO, "its log is still to be read");
	else if (browser_row_live(row))
		browser_tell(b, MESSAGE_BAD, "it is at work; Enter looks at it");
	else if (row->run->status == RUN_STATUS_FINISHED)
		browser_tell(b, MESSAGE_BAD,
			     "it has finished; `thaw resume %.80s --epochs N` trains it for longer",
			     row->run->path);
	else if (!row->run->resumable)
		browser_tell(b, MESSAGE_BAD, "it has no checkpoint to go on from");
	else
		browser_ask(&b->view, BROWSER_RESUME);
}

static void do_stop(struct browser *b, int arg)
{
	const struct browser_row *row = row_here(b, "its own S stops it");
	(void)arg;
	if (row && !browser_row_live(row))
		browser_tell(b, MESSAGE_BAD, "it is not at work");
	else if (row)
		browser_ask(&b->view, BROWSER_STOP);
}

static void do_delete(struct browser *b, int arg)
{
	const struct browser_row *row = row_here(b, "it can be deleted");
	(void)arg;
	if (row && browser_row_live(row))
		browser_tell(b, MESSAGE_BAD, "it is at work: stop it first");
	else if (row && file_is_link(row->run->path))
		browser_tell(b, MESSAGE_BAD, "%.120s is a link: delete the run where it is",
			     row->run->name);
	else if (row)
		browser_ask(&b->view, BROWSER_DELETE);
}

/* ---- the list ---- */

static void do_move(struct browser *b, int rows)
{
	struct browser_view *v = &b->view;
	if (v->help) {
		int down = v->help_down + rows;
		v->help_down = down < 0 ? 0 : down > v->help_most ? v->help_most : down;
		return;
	}
	browser_go(v, v->cursor + rows);
}

static void do_page(struct browser *b, int pages)
{
	int rows = b->view.rows_shown;
	do_move(b, pages * (rows > 2 ? rows - 1 : 1));
}

static void do_filter(struct browser *b, int arg)
{
	(void)arg;
	browser_ask(&b->view, BROWSER_FILTER);
	edit_set(&b->view.input, b->view.filter);
}

static void do_order(struct browser *b, int reverse)
{
	browser_tell(b, MESSAGE_INFO, "order: %s", browser_turn(&b->view, reverse));
}

static void do_mark(struct browser *b, int arg)
{
	const struct browser_row *row = browser_row_now(&b->view);
	(void)arg;
	if (!row)
		return;
	browser_mark(&b->view, row);
	browser_go(&b->view, b->view.cursor + 1);
}

static void do_unmark(struct browser *b, int arg)
{
	(void)arg;
	browser_unmark_all(&b->view);
}

static void do_compare(struct browser *b, int arg)
{
	const struct browser_row *rows[COMPARISON_MOST];
	int slots[COMPARISON_MOST];
	(void)arg;
	if (b->view.n_marks > COMPARISON_MOST)
		browser_tell(b, MESSAGE_BAD,
			     "%zu runs are marked, and %d can be told apart; u takes all marks away",
			     b->view.n_marks, COMPARISON_MOST);
	else if (b->view.n_marks || row_for(b))
		choose_several(b, rows, slots, browser_compared(&b->view, rows, slots));
}

static void do_facts(struct browser *b, int arg)
{
	struct browser_view *v = &b->view;
	(void)arg;
	if (!v->facts_shown && v->facts > 0)
		browser_tell(b, MESSAGE_INFO, "there is no room for it");
	v->facts = v->facts_shown ? -1 : 1;
}

/* ---- places ---- */

static void do_remember(struct browser *b, int on)
{
	const struct browser_row *row = browser_row_now(&b->view);
	struct errinfo e;
	bool known = false;
	if (!row)
		return;
	char *place = path_dir(row->run->path);
	for (size_t i = 0; row->host && i < b->n_hosts; i++)
		if (strcmp(b->hosts[i]->url.text, row->host) == 0) {
			free(place);
			place = xstrdup(b->hosts[i]->url.text);
		}
	if (places_set(place, on, &known, &e))
		browser_tell(b, MESSAGE_BAD, "%s", e.msg);
	else if (on)
		browser_tell(b, MESSAGE_GOOD,
			     known ? "%.200s is remembered already"
				   : "`thaw` alone will show %.200s, too",
			     place);
	else
		browser_tell(b, MESSAGE_GOOD,
			     known ? "%.200s is not remembered any more"
				   : "%.200s was not remembered",
			     place);
	free(place);
}

/* ---- the screen ---- */

static void do_help(struct browser *b, int arg)
{
	(void)arg;
	b->view.help = !b->view.help;
	b->view.help_down = 0;
	browser_sweep_free(b->view.sweep);
	b->view.sweep = NULL;
}

static void do_sweep(struct browser *b, int arg)
{
	struct browser_view *v = &b->view;
	const struct browser_row *row = v->help ? NULL : row_here(b, "`thaw sweep NAME --show` shows it");
	(void)arg;
	if (v->help) {
		v->help = false;
		return;
	}
	browser_sweep_free(v->sweep);
	v->sweep = row ? browser_sweep_new(row->run->path) : NULL;
	v->help = v->sweep != NULL;
	v->help_down = 0;
	if (row && !v->sweep)
		browser_tell(b, MESSAGE_INFO, "%.120s belongs to no sweep; `thaw sweep` makes one",
			     row->run->name);
}

static void do_theme(struct browser *b, int arg)
{
	(void)arg;
	theme_next();
	remember_theme_write();
	browser_tell(b, MESSAGE_INFO, "theme: %s", theme_now());
}

static void do_redraw(struct browser *b, int arg)
{
	(void)arg;
	b->show.redraw = true;
	for (size_t i = 0; i < b->n_hosts; i++)
		remote_retry(b->hosts[i]->remote);
}

static void do_quit(struct browser *b, int arg)
{
	(void)arg;
	if (b->view.help)
		b->view.help = false;
	else
		b->show.done = true;
}

/* clang-format off */
const struct browser_action browser_actions[] = {
    {"Runs", "open", "look", "look at it: attach to a live one, play another", do_open, 0, {K_ENTER}},
    {NULL, "mark", "mark", "mark it, or take its mark away", do_mark, 0, {' ', 'v'}},
    {NULL, "filter", "filter", "list those that match a pattern: name, status, data, ...", do_filter, 0, {'/'}},
    {NULL, "compare", "compare", "lay the marked ones over each other: curves, settings, classes", do_compare, 0, {'c'}},
    {NULL, "resume", "resume", "go on with one that stopped, failed or crashed (asks)", do_resume, 0, {'r'}},
    {NULL, "stop", "stop", "save and stop a live one (asks)", do_stop, 0, {'S'}},
    {NULL, "delete", "delete", "delete it, with its weights; never a live one (asks)", do_delete, 0, {'d'}},
    {NULL, "sweep", NULL, "the sweep that it belongs to, as a table with means over seeds", do_sweep, 0, {'s'}},
    {NULL, "facts", "facts", "what is known of it, below the list", do_facts, 0, {'w'}},
    {NULL, "order", "order", "the next order", do_order, 0, {'o'}},
    {NULL, "reverse", NULL, "turn the order round", do_order, 1, {'O'}},
    {NULL, "unmark", NULL, "take all marks away", do_unmark, 0, {'u'}},
    {"Moving", "up", NULL, "up", do_move, -1, {K_UP, 'k'}},
    {NULL, "down", NULL, "down", do_move, 1, {K_DOWN, 'j'}},
    {NULL, "page-up", NULL, "a page up", do_page, -1, {K_PAGE_UP, K_CTRL('b')}},
    {NULL, "page-down", NULL, "a page down", do_page, 1, {K_PAGE_DOWN, K_CTRL('f')}},
    {NULL, "first", NULL, "to the first", do_move, -FAR, {'g', K_HOME}},
    {NULL, "last", NULL, "to the last", do_move, FAR, {'G', K_END}},
    {"Places", "remember", NULL, "show its folder or machine whenever `thaw` is called alone", do_remember, 1, {'+'}},
    {NULL, "forget", NULL, "do so no more", do_remember, 0, {'-'}},
    {"The screen", "theme", NULL, "the next theme", do_theme, 0, {'t'}},
    {NULL, "redraw", NULL, "draw it afresh; try lost machines again at once", do_redraw, 0, {K_CTRL('l')}},
    {NULL, "help", "help", "these keys", do_help, 0, {'?', K_F1}},
    {NULL, "quit", "quit", "leave; live runs go on", do_quit, 0, {'q'}},
};
/* clang-format on */
const size_t n_browser_actions = sizeof(browser_actions) / sizeof(*browser_actions);

/* ---- questions ---- */

static void answer_resume(struct browser *b, const struct browser_row *row)
{
	choose(b, row, BROWSER_RESUME_RUN);
}

static void answer_stop(struct browser *b, const struct browser_row *row)
{
	browser_links_stop(b, row->run->path);
}

static void answer_delete(struct browser *b, const struct browser_row *row)
{
	struct errinfo e;
	int64_t freed;
	char *name = xstrdup(row->run->name);
	if (run_remove(row->run->path, &freed, &e))
		browser_tell(b, MESSAGE_BAD, "%s", e.msg);
	else
		browser_tell(b, MESSAGE_GOOD, "%.120s is deleted, %s are free", name,
			     words_bytes((double)freed));
	catalogue_refresh(b->runs);
	free(name);
}

static void (*const answers[BROWSER_PROMPT_N])(struct browser *b, const struct browser_row *row) = {
    [BROWSER_RESUME] = answer_resume,
    [BROWSER_STOP] = answer_stop,
    [BROWSER_DELETE] = answer_delete,
};

static void close_prompt(struct browser *b, bool yes)
{
	enum browser_prompt prompt = b->view.prompt;
	const struct browser_row *row = browser_asked(&b->view);
	b->view.prompt = BROWSER_ASKS_NOTHING;
	if (yes && row)
		answers[prompt](b, row);
	else
		browser_tell(b, MESSAGE_INFO, yes ? "it is gone" : "left as it is");
}

static void say_aside(struct browser *b, bool bad, const char *text)
{
	snprintf(b->view.aside, sizeof(b->view.aside), "%s", text);
	b->view.aside_bad = bad;
}

static void question_key(struct browser *b, int key)
{
	if (key == 'y' || key == 'Y')
		close_prompt(b, true);
	else if (key == 'n' || key == 'N' || key == 'q')
		close_prompt(b, false);
	else
		say_aside(b, true, PROMPT_ANSWERS);
}

static void delete_key(struct browser *b, int key)
{
	const char *text = b->view.input.text;
	if (key != K_ENTER)
		edit_key(&b->view.input, key);
	else if (strcmp(text, "y") == 0 || strcmp(text, "yes") == 0)
		close_prompt(b, true);
	else
		close_prompt(b, false);
}

static void filter_changed(struct browser *b)
{
	struct browser_view *v = &b->view;
	char why[128] = "";
	bool good = log_filter_check(v->input.text, why, sizeof(why));
	say_aside(b, !good, why);
	if (!good)
		return;
	snprintf(v->filter, sizeof(v->filter), "%s", v->input.text);
	browser_arrange(v);
}

static void filter_key(struct browser *b, int key)
{
	struct edit *input = &b->view.input;
	bool over = key == K_ENTER || (key == K_BACKSPACE && input->len == 0);
	if (over || edit_key(input, key))
		filter_changed(b);
	if (over && !b->view.aside_bad)
		b->view.prompt = BROWSER_ASKS_NOTHING;
}

static void drop_filter(struct browser *b)
{
	b->view.filter[0] = '\0';
	browser_arrange(&b->view);
}

static void prompt_key(struct browser *b, int key)
{
	static void (*const keys[BROWSER_PROMPT_N])(struct browser * b,
						    int key) = {[BROWSER_FILTER] = filter_key,
								[BROWSER_DELETE] = delete_key,
								[BROWSER_RESUME] = question_key,
								[BROWSER_STOP] = question_key};
	enum browser_prompt prompt = b->view.prompt;
	if (key != K_ESC) {
		keys[prompt](b, key);
	} else if (prompt == BROWSER_FILTER) {
		b->view.prompt = BROWSER_ASKS_NOTHING;
		drop_filter(b);
	} else {
		close_prompt(b, false);
	}
}

/* Pasted text goes into the filter, and is no answer. */
static void paste(struct browser *b)
{
	if (b->view.prompt == BROWSER_FILTER) {
		edit_paste(&b->view.input, term_paste());
		filter_changed(b);
	} else {
		browser_tell(b, MESSAGE_INFO, "pasted text ignored");
	}
}

/* ---- keys and mouse ---- */

static void leave_top(struct browser *b)
{
	struct browser_view *v = &b->view;
	v->message_kind = MESSAGE_NONE;
	if (v->help)
		v->help = false;
	else if (*v->filter)
		drop_filter(b);
	else
		browser_unmark_all(v);
}

/* Twice at the same place, at once? */
static bool is_double(struct browser *b, const struct pointer *p)
{
	enum { DOUBLE_MS = 400 };
	int64_t now = clock_ms();
	bool again = b->clicked_ms && b->clicked.y == p->y && now - b->clicked_ms <= DOUBLE_MS;
	b->clicked = *p;
	b->clicked_ms = again ? 0 : now;
	return again;
}

static void click(struct browser *b, const struct pointer *p)
{
	struct browser_view *v = &b->view;
	struct zone at = canvas_zone_at(&b->show.canvas, p->x, p->y, ZONE_NONE);
	if (v->prompt != BROWSER_ASKS_NOTHING || p->what > POINTER_WHEEL_DOWN)
		return;
	if (p->what != POINTER_PRESS) {
		do_move(b, p->what == POINTER_WHEEL_UP ? -1 : 1);
	} else if (v->help) {
		v->help = false;
	} else if (at.kind == BROWSER_ZONE_ROW) {
		bool twice = is_double(b, p) && at.index == v->cursor;
		browser_go(v, at.index);
		if (twice)
			do_open(b, 0);
	} else if (at.kind == BROWSER_ZONE_ACTION) {
		browser_actions[at.index].run(b, browser_actions[at.index].arg);
	}
}

static const struct browser_action *action_of(int key)
{
	for (size_t i = 0; i < n_browser_actions; i++)
		for (int k = 0; k < 4 && browser_actions[i].keys[k]; k++)
			if (browser_actions[i].keys[k] == key)
				return &browser_actions[i];
	return NULL;
}

/* With the help open only what moves in it and what closes it. */
static bool works_in_help(const struct browser_action *a)
{
	return a->run == do_move || a->run == do_page || a->run == do_help || a->run == do_quit ||
	       a->run == do_sweep || a->run == do_redraw || a->run == do_theme;
}

void browser_key(struct browser *b, int key)
{
	struct pointer p;
	b->show.urgent = true;
	if (key == K_MOUSE) {
		p = term_pointer();
		click(b, &p);
	} else if (key == K_PASTE) {
		paste(b);
	} else if (b->view.prompt != BROWSER_ASKS_NOTHING) {
		prompt_key(b, key);
	} else if (key == K_ESC) {
		leave_top(b);
	} else {
		const struct browser_action *a = action_of(key);
		if (a && (!b->view.help || works_in_help(a)))
			a->run(b, a->arg);
	}
}
