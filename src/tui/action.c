#include "thaw/tui/action.h"

#include "app.h"
#include "panel.h"
#include "theme.h"
#include "thaw/base/clock.h"

#include <stdio.h>

#define GRACE_MS 800

static const struct history *history_of(struct tui *t)
{
	return &t->timeline.history;
}

static void do_page(struct tui *t, int page)
{
	t->view.page = (enum page)page;
}

static void do_next_page(struct tui *t, int step)
{
	t->view.page = (enum page)(((int)t->view.page + step + PAGE_N) % PAGE_N);
}

#define TO_FIRST (-1000000)
#define TO_LAST 1000000

/* Move what the page has a cursor on. The log counts upwards from its newest line. */
static void do_move(struct tui *t, int rows)
{
	struct view *v = &t->view;
	if (v->help) {
		v->help_down = v->help_down + rows < 0 ? 0 : v->help_down + rows;
		return;
	}
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
		v->probe += rows;
		break;
	default:
		v->log_up -= rows;
		break;
	}
	view_clamp(v, history_of(t));
}

static void do_scroll(struct tui *t, int rows)
{
	if (t->view.page == PAGE_TRAIN && !t->view.help)
		t->view.epochs_up -= rows / 2;
	else
		do_move(t, rows);
	view_clamp(&t->view, history_of(t));
}

enum { ONE_LAYER, LAYERS_BELOW, LAYERS_ABOVE };

static void do_freeze(struct tui *t, int which)
{
	const struct history *h = history_of(t);
	int at = view_layer(&t->view, h);
	char range[64], kind[32];
	if (!app_live(t) || at < 0)
		return;
	const struct history_layer *l = &h->layers[at];
	layer_kind(&l->info, kind, sizeof(kind));
	if (which == ONE_LAYER && !layer_learns(l)) {
		app_say(t, MESSAGE_BAD, "layer %d (%s) has nothing to freeze", at, kind);
		return;
	}
	if (which == ONE_LAYER)
		snprintf(range, sizeof(range), "%d", at);
	else
		snprintf(range, sizeof(range), "%d-%d", which == LAYERS_BELOW ? 0 : at,
			 which == LAYERS_BELOW ? at : (int)h->n_layers - 1);
	bool thaw = which == LAYERS_ABOVE || (which == ONE_LAYER && l->frozen);
	app_command(t, thaw ? CMD_UNFREEZE : CMD_FREEZE, range);
}

static void do_lr(struct tui *t, int direction)
{
	app_command(t, CMD_LR, direction > 0 ? "x2" : "x0.5");
}

static void do_pause(struct tui *t, int arg)
{
	(void)arg;
	app_command(t, history_of(t)->state == RUN_PAUSED ? CMD_RESUME : CMD_PAUSE, NULL);
}

static void do_undo(struct tui *t, int arg)
{
	(void)arg;
	app_command(t, CMD_UNDO, NULL);
}

static void do_ask(struct tui *t, int prompt)
{
	if (app_live(t))
		prompt_open(t, prompt);
}

static void do_log_loss(struct tui *t, int arg)
{
	(void)arg;
	t->view.log_loss = !t->view.log_loss;
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
	theme_flip();
	t->redraw = true;
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

/* clang-format off */
const struct action action_table[] = {
    {"Training", "freeze", "freeze", "freeze or unfreeze the layer under the cursor",
     IN_BOTH, {'f'}, ONE_LAYER, do_freeze},
    {NULL, "freeze-below", "below", "freeze it and everything below",
     IN_BOTH, {'F'}, LAYERS_BELOW, do_freeze},
    {NULL, "unfreeze-above", "above", "unfreeze it and everything above",
     IN_BOTH, {'U'}, LAYERS_ABOVE, do_freeze},
    {NULL, "lr-up", "- lr", "double the learning rate", IN_LIVE, {'+', '='}, 1, do_lr},
    {NULL, "lr-down", NULL, "halve the learning rate", IN_LIVE, {'-', '_'}, -1, do_lr},
    {NULL, "lr", "set lr", "type a learning rate", IN_LIVE, {'l'}, PROMPT_LR, do_ask},
    {NULL, "pause", "pause", "pause or go on", IN_LIVE, {'p', ' '}, 0, do_pause},
    {NULL, "next-phase", "next", "end this phase and go on to the next (asks)",
     IN_BOTH, {'n'}, PROMPT_NEXT_PHASE, do_ask},
    {NULL, "stop", "stop", "save and stop the run (asks)", IN_BOTH, {'S'}, PROMPT_STOP, do_ask},
    {NULL, "undo", "undo", "take back the last intervention", IN_BOTH, {'u'}, 0, do_undo},
    {"Replay", "play", "play", "play or pause", IN_REPLAY, {' ', 'p'}, 0, replay_toggle},
    {NULL, "back", "→ epoch", "one epoch back", IN_REPLAY, {K_LEFT, ',', 'h'}, -1, replay_step},
    {NULL, "forward", NULL, "one epoch forward", IN_REPLAY, {K_RIGHT, '.', 'l'}, 1, replay_step},
    {NULL, "faster", "- speed", "twice the speed", IN_REPLAY, {'+', '='}, 1, replay_faster},
    {NULL, "slower", NULL, "half the speed", IN_REPLAY, {'-', '_'}, -1, replay_faster},
    {NULL, "start", "End", "to the start", IN_REPLAY, {K_HOME}, 0, replay_jump},
    {NULL, "end", NULL, "to the end", IN_REPLAY, {K_END}, 1, replay_jump},
    {"Pages", "page-train", NULL, "Train: curves, epochs, layers, predictions",
     IN_BOTH, {'1'}, PAGE_TRAIN, do_page},
    {NULL, "page-layers", NULL, "Layers: every layer and its state",
     IN_BOTH, {'2'}, PAGE_LAYERS, do_page},
    {NULL, "page-classes", NULL, "Classes: confusion matrix and figures",
     IN_BOTH, {'3'}, PAGE_CLASSES, do_page},
    {NULL, "page-images", NULL, "Images: the probe images over the epochs",
     IN_BOTH, {'4'}, PAGE_IMAGES, do_page},
    {NULL, "page-log", NULL, "Log: what happened, and when", IN_BOTH, {'5'}, PAGE_LOG, do_page},
    {NULL, "next-page", NULL, "the next page", IN_BOTH, {K_TAB}, 1, do_next_page},
    {NULL, "previous-page", NULL, "the page before", IN_BOTH, {K_BACKTAB}, -1, do_next_page},
    {"Moving", "up", NULL, "up: layer, class, image or line", IN_BOTH, {K_UP, 'k'}, -1, do_move},
    {NULL, "down", NULL, "down", IN_BOTH, {K_DOWN, 'j'}, 1, do_move},
    {NULL, "first", NULL, "to the first", IN_BOTH, {'g'}, TO_FIRST, do_move},
    {NULL, "last", NULL, "to the last", IN_BOTH, {'G'}, TO_LAST, do_move},
    {NULL, "page-up", NULL, "scroll up (Train: the epochs)",
     IN_BOTH, {K_PAGE_UP, K_CTRL('b')}, -10, do_scroll},
    {NULL, "page-down", NULL, "scroll down", IN_BOTH, {K_PAGE_DOWN, K_CTRL('f')}, 10, do_scroll},
    {"Viewer", "log-loss", NULL, "the loss on a logarithmic scale, or back",
     IN_BOTH, {'y'}, 0, do_log_loss},
    {NULL, "theme", NULL, "colours for a light or a dark ground (THAW_THEME=light starts so)",
     IN_BOTH, {'t'}, 0, do_theme},
    {NULL, "redraw", NULL, "draw the screen afresh", IN_BOTH, {K_CTRL('l')}, 0, do_redraw},
    {NULL, "help", "help", "this page", IN_BOTH, {'?', K_F1}, 0, do_help},
    {NULL, "quit", "quit", "leave the viewer; a live run goes on", IN_BOTH, {'q'}, 0, do_quit},
};
/* clang-format on */

const size_t n_actions = sizeof(action_table) / sizeof(*action_table);

const struct action *action_find(int key, enum view_mode mode)
{
	int in = mode == VIEW_LIVE ? IN_LIVE : IN_REPLAY;
	for (size_t i = 0; i < n_actions; i++)
		for (int k = 0; k < 4 && action_table[i].keys[k]; k++)
			if (action_table[i].keys[k] == key && action_table[i].modes & in)
				return &action_table[i];
	return NULL;
}

const char *key_name(int key)
{
	static const struct {
		int key;
		const char *name;
	} names[] = {
	    {K_UP, "↑"},          {K_DOWN, "↓"},         {K_LEFT, "←"},    {K_RIGHT, "→"},
	    {K_PAGE_UP, "PgUp"},  {K_PAGE_DOWN, "PgDn"}, {K_HOME, "Home"}, {K_END, "End"},
	    {K_BACKTAB, "S-Tab"}, {K_F1, "F1"},          {' ', "Space"},   {K_TAB, "Tab"},
	    {K_ESC, "Esc"},       {K_ENTER, "Enter"},
	};
	static char text[8];
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].key == key)
			return names[i].name;
	snprintf(text, sizeof(text), key < ' ' ? "^%c" : "%c", key < ' ' ? key + '@' : key & 0x7F);
	return text;
}

/* A key meant for the run that ended this very moment must not start a replay. */
static bool just_ended(const struct tui *t, const struct action *a, int key)
{
	return t->ended_ms > 0 && clock_ms() - t->ended_ms < GRACE_MS &&
	       action_find(key, VIEW_LIVE) && action_find(key, VIEW_LIVE) != a;
}

void app_key(struct tui *t, int key)
{
	t->urgent = true;
	if (prompt_key(t, key))
		return;
	if (key == K_ESC) {
		t->view.help = false;
		t->view.message_kind = MESSAGE_NONE;
		return;
	}
	const struct action *a = action_find(key, t->view.mode);
	if (a && !just_ended(t, a, key))
		a->run(t, a->arg);
}
