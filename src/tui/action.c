#include "thaw/tui/action.h"

#include "app.h"
#include "panel.h"
#include "thaw/term/term.h"
#include "thaw/term/theme.h"
#include "thaw/base/clock.h"

#include <stdio.h>

#define GRACE_MS 800

static const struct history *history_of(struct tui *t)
{
	return &t->timeline.history;
}

void app_page(struct tui *t, int page)
{
	if (view_summary(&t->view))
		t->view.summary = false; /* told once; s brings it back */
	t->view.page = (enum page)page;
	t->view.mark = -1;
}

static void do_next_page(struct tui *t, int step)
{
	app_page(t, ((int)t->view.page + step + PAGE_N) % PAGE_N);
}

#define TO_FIRST (-1000000)
#define TO_LAST 1000000

/* The log goes up as far as its oldest line that is shown, and no further. */
static void move_log(struct tui *t, int rows)
{
	struct view *v = &t->view;
	const struct canvas *c = &t->canvas;
	int most = log_count(history_of(t), v->filter);
	for (size_t i = 0; i < c->n_zones; i++)
		if (c->zones[i].kind == ZONE_PANEL && c->zones[i].index == PANEL_LOG)
			most -= c->zones[i].r.h;
	v->log_up -= rows;
	v->log_up = v->log_up > most ? most : v->log_up;
	v->log_up = v->log_up < 0 ? 0 : v->log_up;
}

/* Move what the page has a cursor on. The log counts upwards from its newest line. */
static void do_move(struct tui *t, int rows)
{
	struct view *v = &t->view;
	if (v->help) {
		int most = help_scroll(t->canvas.h), down = v->help_down + rows;
		v->help_down = down < 0 ? 0 : down > most ? most : down;
		return;
	}
	if (learn_scroll_summary(t, rows))
		return;
	switch (v->page) {
	case PAGE_TRAIN:
	case PAGE_LAYERS:
		v->layer = view_layer(v, history_of(t));
		v->layer = v->layer + rows < 0 ? 0 : v->layer + rows;
		break;
	case PAGE_CLASSES:
		v->class_index += rows;
		break;
	case PAGE_IMAGES:
		if (v->mistakes && !v->trace)
			v->mistake += rows;
		else
			v->probe += rows;
		break;
	case PAGE_LEARN:
		v->points_up = v->points_up - rows;
		break;
	default:
		move_log(t, rows);
		break;
	}
	view_clamp(v, history_of(t));
}

static void do_scroll(struct tui *t, int rows)
{
	if (t->view.page == PAGE_TRAIN && !t->view.help && !view_summary(&t->view))
		t->view.epochs_up -= rows / 2;
	else if (t->view.page == PAGE_LEARN && !t->view.help)
		learn_scroll_lesson(t, rows / 2);
	else
		do_move(t, rows);
	view_clamp(&t->view, history_of(t));
}

static void do_ask(struct tui *t, int prompt)
{
	if (app_live(t))
		prompt_open(t, prompt);
}

/* Prompts that are about the viewer alone. */
static void do_open(struct tui *t, int prompt)
{
	prompt_open(t, prompt);
	if (prompt == PROMPT_FILTER)
		edit_set(&t->view.input, t->view.filter);
}

static void do_match(struct tui *t, int direction)
{
	if (!t->view.filter[0])
		app_say(t, MESSAGE_INFO, "no pattern yet: / asks for one");
	else
		do_move(t, direction);
}

static void do_log_loss(struct tui *t, int arg)
{
	(void)arg;
	t->view.log_loss = !t->view.log_loss;
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

static void do_help(struct tui *t, int arg)
{
	(void)arg;
	t->view.help = !t->view.help;
	t->view.help_down = 0;
}

static void do_theme(struct tui *t, int arg)
{
	(void)arg;
	theme_next();
	t->redraw = true;
	app_say(t, MESSAGE_INFO, "theme %s", theme_now());
}

static void do_redraw(struct tui *t, int arg)
{
	(void)arg;
	t->redraw = true;
}

static void do_quit(struct tui *t, int arg)
{
	(void)arg;
	if (t->view.help)
		t->view.help = false;
	else
		t->quit = true;
}

#define HINT_TUNE (HINT_ON(PAGE_TRAIN) | HINT_ON(PAGE_LAYERS))

/* clang-format off */
const struct action action_table[] = {
    {"Training", "freeze", "freeze", "freeze or unfreeze the layer, or the marked ones",
     IN_BOTH | HINT_LIVE | HINT_TUNE, {'f'}, CHOICE_TOGGLE, control_choose},
    {NULL, "freeze-below", "below", "freeze it and everything below, or the marked ones",
     IN_BOTH | HINT_LIVE | HINT_TUNE, {'F'}, CHOICE_BELOW, control_choose},
    {NULL, "unfreeze-above", "above", "unfreeze it and everything above, or the marked ones",
     IN_BOTH | HINT_LIVE | HINT_TUNE, {'U'}, CHOICE_ABOVE, control_choose},
    {NULL, "thaw-block", "block", "unfreeze the next block, down to the pooling below it",
     IN_BOTH | HINT_LIVE | HINT_TUNE, {'T'}, CHOICE_BLOCK, control_choose},
    {NULL, "invert", NULL, "swap frozen and learning, of the marked ones or of all",
     IN_BOTH, {'i'}, CHOICE_INVERT, control_choose},
    {NULL, "mark", "mark", "Layers: mark layers from here to where the cursor goes",
     IN_BOTH | HINT_LIVE | ON_PAGE(PAGE_LAYERS), {'v'}, 0, control_mark},
    {NULL, "lr-up", "- lr", "double the learning rate, or that of the marked layers",
     IN_LIVE, {'+', '='}, 1, control_lr},
    {NULL, "lr-down", NULL, "halve it", IN_LIVE, {'-', '_'}, -1, control_lr},
    {NULL, "undo", "undo", "take back the last intervention",
     IN_BOTH | HINT_LIVE, {'u'}, 0, control_undo},
    {NULL, "lr", NULL, "type a learning rate", IN_LIVE, {'l'}, PROMPT_LR, do_ask},
    {NULL, "pause", "pause", "pause or go on", IN_LIVE, {'p', ' '}, 0, control_pause},
    {NULL, "next-phase", "next", "end this phase and go on to the next (asks)",
     IN_BOTH | HINT_LIVE, {'n'}, PROMPT_NEXT_PHASE, do_ask},
    {NULL, "stop", "stop", "save and stop the run (asks)",
     IN_BOTH | HINT_LIVE, {'S'}, PROMPT_STOP, do_ask},
    {"Replay", "play", "play", "play or pause", IN_REPLAY, {' ', 'p'}, 0, replay_toggle},
    {NULL, "back", "→ epoch", "one epoch back; with the crosshair on, move that",
     IN_REPLAY, {K_LEFT, 'h'}, -1, chart_left_right},
    {NULL, "forward", NULL, "one epoch forward; the same",
     IN_REPLAY, {K_RIGHT, 'l'}, 1, chart_left_right},
    {NULL, "epoch-back", NULL, "one epoch back", IN_REPLAY, {','}, -1, replay_step},
    {NULL, "epoch-forward", NULL, "one epoch forward", IN_REPLAY, {'.'}, 1, replay_step},
    {NULL, "faster", "- speed", "twice the speed", IN_REPLAY, {'+', '='}, 1, replay_faster},
    {NULL, "slower", NULL, "half the speed", IN_REPLAY, {'-', '_'}, -1, replay_faster},
    {NULL, "start", "End", "to the start", IN_REPLAY, {K_HOME}, 0, replay_jump},
    {NULL, "end", NULL, "to the end", IN_REPLAY, {K_END}, 1, replay_jump},
    {"Pages", "next-page", NULL, "the next page", IN_BOTH, {K_TAB}, 1, do_next_page},
    {NULL, "previous-page", NULL, "the page before", IN_BOTH, {K_BACKTAB}, -1, do_next_page},
#define PAGE_ACTION(id, layout, name, action, key, help) \
    {NULL, action, NULL, help, IN_BOTH, {key}, PAGE_##id, app_page},
    PAGES(PAGE_ACTION)
#undef PAGE_ACTION
    {"Moving", "up", NULL, "up: layer, class, image or line", IN_BOTH, {K_UP, 'k'}, -1, do_move},
    {NULL, "down", NULL, "down", IN_BOTH, {K_DOWN, 'j'}, 1, do_move},
    {NULL, "first", NULL, "to the first", IN_BOTH, {'g'}, TO_FIRST, do_move},
    {NULL, "last", NULL, "to the last", IN_BOTH, {'G'}, TO_LAST, do_move},
    {NULL, "page-up", NULL, "scroll up (Train: the epochs)",
     IN_BOTH, {K_PAGE_UP, K_CTRL('b')}, -10, do_scroll},
    {NULL, "page-down", NULL, "scroll down", IN_BOTH, {K_PAGE_DOWN, K_CTRL('f')}, 10, do_scroll},
    {"Charts", "narrower", NULL, "a shorter part of the run, or around the crosshair",
     IN_BOTH, {']'}, 1, chart_zoom},
    {NULL, "wider", NULL, "a longer part of it", IN_BOTH, {'['}, -1, chart_zoom},
    {NULL, "recent", NULL, "its last quarter, or all of it", IN_BOTH, {'{', '}'}, 0, chart_recent},
    {NULL, "crosshair", "read", "read the curves at one iteration; ← → move it",
     IN_BOTH | HINT_ON(PAGE_TRAIN), {'x'}, 0, chart_cross},
    {NULL, "cross-left", NULL, "the crosshair to the left",
     IN_LIVE, {K_LEFT, 'h'}, -1, chart_left_right},
    {NULL, "cross-right", NULL, "the crosshair to the right",
     IN_LIVE, {K_RIGHT}, 1, chart_left_right},
    {"Looking", "shares", "shares", "Classes: the matrix in counts, or in shares of each row",
     IN_BOTH | HINT_ON(PAGE_CLASSES), {'c'}, SWITCH_SHARES, do_switch},
    {NULL, "mistakes", "mistakes", "Images: the probe images, or the worst mistakes",
     IN_BOTH | HINT_ON(PAGE_IMAGES), {'m'}, SWITCH_MISTAKES, do_switch},
    {NULL, "look", "look", "Images: where the network looks, over every picture",
     IN_BOTH | HINT_ON(PAGE_IMAGES), {'a'}, SWITCH_LOOK, do_switch},
    {NULL, "trace", "trace", "Images: from picture to prediction, layer by layer",
     IN_BOTH | ON_PAGE(PAGE_IMAGES), {K_ENTER}, 0, do_trace},
    {NULL, "quiz", "quiz", "Learn: begin the quiz, or leave it",
     IN_BOTH | HINT_ON(PAGE_LEARN), {'z'}, 0, learn_quiz},
    {NULL, "summary", NULL, "Train: how the run ended, and what to do next",
     IN_BOTH, {'s'}, 0, learn_summary},
    {"Viewer", "log-loss", NULL, "the loss on a logarithmic scale, or back",
     IN_BOTH, {'y'}, 0, do_log_loss},
    {NULL, "theme", NULL, "the next theme (THAW_THEME=NAME starts with one)",
     IN_BOTH, {'t'}, 0, do_theme},
    {NULL, "command-line", "command", "type a command; Tab completes it",
     IN_BOTH, {':'}, PROMPT_COMMAND, do_open},
    {NULL, "filter", "filter", "Log: show the lines that match a pattern",
     IN_BOTH | ON_PAGE(PAGE_LOG), {'/'}, PROMPT_FILTER, do_open},
    {NULL, "newer-match", NULL, "Log: the next line that matches",
     IN_REPLAY | ON_PAGE(PAGE_LOG), {'n'}, 1, do_match},
    {NULL, "older-match", NULL, "Log: the line before that matches",
     IN_BOTH | ON_PAGE(PAGE_LOG), {'N'}, -1, do_match},
    {NULL, "redraw", NULL, "draw the screen afresh", IN_BOTH, {K_CTRL('l')}, 0, do_redraw},
    {NULL, "help", "help", "this page", IN_BOTH, {'?', K_F1}, 0, do_help},
    {NULL, "quit", "quit", "leave the viewer; a live run goes on", IN_BOTH, {'q'}, 0, do_quit},
};
/* clang-format on */

const size_t n_actions = sizeof(action_table) / sizeof(*action_table);

/* A key meant for the run that ended this very moment must not start a replay. */
static bool just_ended(const struct tui *t, const struct action *a, int key)
{
	const struct action *live = action_find(key, VIEW_LIVE, t->view.page);
	return t->ended_ms > 0 && clock_ms() - t->ended_ms < GRACE_MS && live &&
	       live->run != a->run;
}

/* Esc: the topmost thing that is open closes; with nothing open the message goes. */
static void leave_top(struct tui *t)
{
	struct view *v = &t->view;
	v->message_kind = MESSAGE_NONE;
	if (v->help)
		v->help = false;
	else if (view_summary(v))
		v->summary = false;
	else if (v->quiz_on && v->page == PAGE_LEARN)
		v->quiz_on = false;
	else if (v->preview != CHOICE_NONE)
		v->preview = CHOICE_NONE;
	else if (v->mark >= 0)
		v->mark = -1;
	else if (v->trace && v->page == PAGE_IMAGES)
		v->trace = false;
	else if (v->cross && v->page == PAGE_TRAIN)
		v->cross = false;
	else if (v->page == PAGE_LOG)
		v->filter[0] = '\0';
}

void action_run(struct tui *t, const struct action *a)
{
	if (a->run != control_choose || a->arg != (int)t->view.preview)
		t->view.preview = CHOICE_NONE;
	a->run(t, a->arg);
}

void app_key(struct tui *t, int key)
{
	t->urgent = true;
	if (key == K_MOUSE) {
		struct pointer p = term_pointer();
		app_pointer(t, &p);
		return;
	}
	if (prompt_key(t, key) || learn_key(t, key))
		return;
	const struct action *a = action_find(key, t->view.mode, t->view.page);
	if (key == K_ESC)
		leave_top(t);
	else if (t->view.preview != CHOICE_NONE && key == K_ENTER)
		control_apply(t);
	else if (a && !just_ended(t, a, key))
		action_run(t, a);
}
