#include "prompt.h"

#include "branch_off.h"
#include "command_keys.h"
#include "help_keys.h"
#include "list.h"
#include "thaw/base/log_filter.h"
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

static void answer_branch(struct tui *t)
{
	branch_off(t);
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
    [PROMPT_BRANCH] = answer_branch,
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
static void filter_changed(struct tui *t)
{
	struct view *v = &t->view;
	char why[128] = "";
	bool good = log_filter_check(v->input.text, why, sizeof(why));
	view_aside(v, !good, why);
	if (!good)
		return;
	char *filter = v->lists[list_shown(v)].filter;
	snprintf(filter, sizeof(v->lists->filter), "%s", v->input.text);
	v->log_up = 0;
	list_settle(v, &t->timeline.history);
}

static void filter_key(struct tui *t, int key)
{
	struct view *v = &t->view;
	bool over = key == K_ENTER || (key == K_BACKSPACE && v->input.len == 0);
	if (line_history_key(&t->patterns, key, &v->input) || over)
		filter_changed(t);
	if (!over || v->aside_bad)
		return;
	line_history_add(&t->patterns, v->input.text);
	v->prompt = PROMPT_NONE;
}

/* The help goes to where it stands while it is typed. */
static void sought_key(struct tui *t, int key)
{
	struct view *v = &t->view;
	if (key == K_ENTER || (key == K_BACKSPACE && v->input.len == 0))
		v->prompt = PROMPT_NONE;
	else if (edit_key(&v->input, key))
		help_seek(t);
}

static void aside_gone(struct tui *t)
{
	view_aside(&t->view, false, "");
}

/* What cannot be a rate stays there to be mended. */
static void lr_key(struct tui *t, int key)
{
	struct view *v = &t->view;
	struct command c;
	struct errinfo e;
	if (key != K_ENTER) {
		if (edit_key(&v->input, key))
			aside_gone(t);
		return;
	}
	if (v->input.len == 0) {
		prompt_close(t, false);
	} else if (command_parse(&c, command_table[CMD_LR].name, v->input.text, &e)) {
		view_aside(v, true, e.msg);
	} else {
		command_release(&c);
		prompt_close(t, true);
	}
}

static const struct {
	void (*key)(struct tui *t, int key); /* NULL: a question, y or n */
	void (*changed)(struct tui *t);      /* otherwise than by its keys */
} typed[] = {
    [PROMPT_LR] = {lr_key, aside_gone},
    [PROMPT_COMMAND] = {command_key, command_changed},
    [PROMPT_FILTER] = {filter_key, filter_changed},
    [PROMPT_HELP] = {sought_key, help_seek},
};

static void question_key(struct tui *t, int key)
{
	if (key == 'n' || key == 'N' || key == 'q')
		prompt_close(t, false);
	else if (key == 'y' || key == 'Y')
		prompt_close(t, true);
	else
		view_aside(&t->view, true, PROMPT_ANSWERS);
}

/* Esc leaves each of them. */
static void leave(struct tui *t)
{
	struct view *v = &t->view;
	if (v->prompt == PROMPT_FILTER)
		v->lists[list_shown(v)].filter[0] = '\0';
	if (v->prompt == PROMPT_HELP)
		v->help_sought[0] = '\0';
	if (v->prompt == PROMPT_FILTER || v->prompt == PROMPT_COMMAND || v->prompt == PROMPT_HELP)
		v->prompt = PROMPT_NONE;
	else
		prompt_close(t, false);
}

bool prompt_key(struct tui *t, int key)
{
	enum prompt prompt = t->view.prompt;
	if (prompt == PROMPT_NONE)
		return false;
	if (key == K_ESC)
		leave(t);
	else if (prompt < sizeof(typed) / sizeof(*typed) && typed[prompt].key)
		typed[prompt].key(t, key);
	else
		question_key(t, key);
	return true;
}

void prompt_paste(struct tui *t, const char *text)
{
	struct view *v = &t->view;
	if (v->prompt == PROMPT_NONE) {
		app_say(t, MESSAGE_INFO, "pasted text ignored: open : first");
	} else if (v->prompt >= sizeof(typed) / sizeof(*typed) || !typed[v->prompt].key) {
		view_aside(v, true, "pasted text is no answer: " PROMPT_ANSWERS);
	} else {
		bool all = edit_paste(&v->input, text);
		typed[v->prompt].changed(t);
		if (!all && !v->aside_bad)
			view_aside(v, false, "its first line, as far as there is room");
	}
}
