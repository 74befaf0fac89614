#include "prompt.h"

#include "command_keys.h"
#include "list.h"
#include "log_filter.h"
#include "rate.h"
#include "thaw/term/key.h"

#include <stdio.h>

static void answer_lr(struct tui *t)
{
	struct errinfo e = {.msg = ""};
	if (rate_typed(t, t->view.input.text, &e))
		app_say(t, MESSAGE_BAD, "%s", e.msg);
}

static void answer_next_phase(struct tui *t)
{
	app_command(t, CMD_NEXT_PHASE, NULL);
}

static void answer_stop(struct tui *t)
{
	app_command(t, CMD_STOP, NULL);
}

static void answer_back(struct tui *t)
{
	app_command(t, CMD_BACK, t->view.typed);
}

static void answer_quit(struct tui *t)
{
	t->quit = true;
}

static void (*const answers[])(struct tui *t) = {
    [PROMPT_LR] = answer_lr,
    [PROMPT_NEXT_PHASE] = answer_next_phase,
    [PROMPT_STOP] = answer_stop,
    [PROMPT_QUIT] = answer_quit,
    [PROMPT_BACK] = answer_back,
};

static void prompt_close(struct tui *t, bool yes)
{
	enum prompt prompt = t->view.prompt;
	t->view.prompt = PROMPT_NONE;
	if (yes)
		answers[prompt](t);
	else
		app_say(t, MESSAGE_INFO, "left as it is");
}

/* The list follows what is typed, as far as it is a pattern. */
static void filter_key(struct tui *t, int key)
{
	struct view *v = &t->view;
	char why[128] = "";
	if (key == K_BACKSPACE && v->input.len == 0)
		key = K_ENTER;
	bool good = (key != K_ENTER && !edit_key(&v->input, key)) ||
		    log_filter_check(v->input.text, why, sizeof(why));
	snprintf(v->aside, sizeof(v->aside), "%s", why);
	v->aside_bad = !good;
	if (!good)
		return;
	char *filter = v->lists[list_shown(v)].filter;
	snprintf(filter, sizeof(v->lists->filter), "%s", v->input.text);
	v->log_up = 0;
	list_settle(v, &t->timeline.history);
	if (key == K_ENTER)
		v->prompt = PROMPT_NONE;
}

static void lr_key(struct tui *t, int key)
{
	if (key == K_ENTER)
		prompt_close(t, t->view.input.len > 0);
	else
		edit_key(&t->view.input, key);
}

/* Esc leaves each of them. */
static void leave(struct tui *t)
{
	struct view *v = &t->view;
	if (v->prompt == PROMPT_FILTER)
		v->lists[list_shown(v)].filter[0] = '\0';
	if (v->prompt == PROMPT_FILTER || v->prompt == PROMPT_COMMAND)
		v->prompt = PROMPT_NONE;
	else
		prompt_close(t, false);
}

bool prompt_key(struct tui *t, int key)
{
	static void (*const typed[])(struct tui * t, int key) = {
	    [PROMPT_LR] = lr_key, [PROMPT_COMMAND] = command_key, [PROMPT_FILTER] = filter_key};
	enum prompt prompt = t->view.prompt;
	if (prompt == PROMPT_NONE)
		return false;
	if (key == K_ESC)
		leave(t);
	else if (typed[prompt])
		typed[prompt](t, key);
	else if (key == 'n' || key == 'N' || key == 'q')
		prompt_close(t, false);
	else if (key == 'y' || key == 'Y')
		prompt_close(t, true);
	return true;
}
