#include "act.h"

#include "branch_off.h"
#include "chart_keys.h"
#include "control.h"
#include "focus.h"
#include "help_keys.h"
#include "list.h"
#include "page.h"
#include "quiz_keys.h"
#include "range_keys.h"
#include "rate.h"
#include "replay.h"
#include "thaw/term/theme.h"


static void do_next_page(struct tui *t, int step)
{
	int page = (int)t->view.page;
	do
		page = (page + step + PAGE_N) % PAGE_N;
	while (!page_offered(&t->view, page));
	app_page(t, page);
}

#define TO_FIRST (-1000000)
#define TO_LAST 1000000

static void do_ask(struct tui *t, int prompt)
{
	if (app_live(t))
		view_ask(&t->view, prompt);
}

/* Prompts that are about the viewer alone. */
static void do_open(struct tui *t, int prompt)
{
	view_ask(&t->view, prompt);
}

/* The list of the page; of a Train page without room for the classes that of their own page. */
static enum list_id list_here(struct tui *t)
{
	struct layout l;
	layout_view(&l, &t->view, t->canvas.w, t->canvas.h);
	if (t->view.page == PAGE_TRAIN && layout_find(&l, PANEL_CLASSES).w == 0)
		app_page(t, PAGE_CLASSES);
	enum list_id list = list_shown(&t->view);
	if (list == LIST_N)
		app_say(t, MESSAGE_INFO, "there is no list here");
	return list;
}

static void do_filter(struct tui *t, int arg)
{
	(void)arg;
	struct view *v = &t->view;
	enum list_id list = list_here(t);
	if (list == LIST_N)
		return;
	v->mark = -1;
	view_ask(v, PROMPT_FILTER);
	edit_set(&v->input, v->lists[list].filter);
}

/* The cursor stays on what it is on. */
static void do_sort(struct tui *t, int reverse)
{
	struct view *v = &t->view;
	enum list_id list = list_here(t);
	v->mark = -1;
	if (list < LIST_N)
		app_say(t, MESSAGE_INFO, "order: %s",
			list_turn(&v->lists[list], list, &t->timeline.history, reverse));
}

static void do_match(struct tui *t, int direction)
{
	if (!t->view.lists[LIST_LOG].filter[0])
		app_say(t, MESSAGE_INFO, "no pattern yet: / asks for one");
	else
		pages_move(t, direction);
}

static void do_log_loss(struct tui *t, int arg)
{
	(void)arg;
	struct view *v = &t->view;
	bool *on = v->page == PAGE_METRICS ? &v->series_log : &v->log_loss;
	*on = !*on;
}

/* What a key of one page switches there; pressed elsewhere it goes there first. */
enum { SWITCH_SHARES, SWITCH_MISTAKES, SWITCH_LOOK };

static void do_switch(struct tui *t, int which)
{
	struct view *v = &t->view;
	const struct {
		enum page page;
		bool *on;
	} switches[] = {
	    [SWITCH_SHARES] = {PAGE_CLASSES, &v->shares},
	    [SWITCH_MISTAKES] = {PAGE_IMAGES, &v->mistakes},
	    [SWITCH_LOOK] = {PAGE_IMAGES, &v->look},
	};
	if (v->page == switches[which].page)
		*switches[which].on = !*switches[which].on;
	v->page = switches[which].page;
	if (which == SWITCH_MISTAKES)
		v->trace = false;
}

static void do_trace(struct tui *t, int arg)
{
	(void)arg;
	struct view *v = &t->view;
	if (v->page != PAGE_IMAGES)
		return;
	if (v->mistakes && !v->trace)
		app_say(t, MESSAGE_INFO, "the log traces the probe images only: m shows them");
	else
		v->trace = !v->trace;
}

static void do_theme(struct tui *t, int arg)
{
	(void)arg;
	theme_next();
	t->redraw = true;
	app_say(t, MESSAGE_INFO, "theme %s", theme_now());
}

/* It turned the themes once. */
static void do_take(struct tui *t, int arg)
{
	(void)arg;
	if (t->view.mode == VIEW_LIVE)
		app_take(t);
	else
		app_say(t, MESSAGE_INFO, "a replay has no controls; the next theme is on C now");
}

static void do_redraw(struct tui *t, int arg)
{
	(void)arg;
	t->redraw = true;
}

static void do_retry(struct tui *t, int arg)
{
	(void)arg;
	if (!link_retry(&t->link))
		app_say(t, MESSAGE_INFO, "no link is lost");
}

static void do_quit(struct tui *t, int arg)
{
	(void)arg;
	if (t->view.help)
		t->view.help = false;
	else
		t->quit = true;
}

static const struct {
	void (*run)(struct tui *t, int arg);
	int arg;
} handlers[] = {
#define ACTION(group, name, hint, help, modes, arg, handler, ...) {handler, arg},
#include "actions.inc"
#undef ACTION
};

void act(struct tui *t, const struct action *a)
{
	size_t i = (size_t)(a - action_table);
	if (handlers[i].run != control_choose || handlers[i].arg != (int)t->view.preview)
		t->view.preview = CHOICE_NONE;
	if (handlers[i].run != control_lr)
		rate_settle(t);
	handlers[i].run(t, handlers[i].arg);
}

bool act_same(const struct action *a, const struct action *b)
{
	return handlers[a - action_table].run == handlers[b - action_table].run;
}
