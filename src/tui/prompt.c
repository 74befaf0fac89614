/* Questions in the message line: a typed learning rate, and yes or no. */
#include "app.h"
#include "thaw/tui/action.h"

#include <string.h>

static void answer_lr(struct tui *t)
{
	app_command(t, CMD_LR, t->view.input);
}

static void answer_next_phase(struct tui *t)
{
	app_command(t, CMD_NEXT_PHASE, NULL);
}

static void answer_stop(struct tui *t)
{
	app_command(t, CMD_STOP, NULL);
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
};

void prompt_open(struct tui *t, int prompt)
{
	t->view.prompt = (enum prompt)prompt;
	t->view.input_len = 0;
	t->view.input[0] = '\0';
}

static void prompt_close(struct tui *t, bool yes)
{
	enum prompt prompt = t->view.prompt;
	t->view.prompt = PROMPT_NONE;
	if (yes)
		answers[prompt](t);
	else
		app_say(t, MESSAGE_INFO, "left as it is");
}

static void edit(struct view *v, int key)
{
	if (key == K_CTRL('u'))
		v->input_len = 0;
	else if (key == K_BACKSPACE && v->input_len > 0)
		v->input_len--;
	else if (key > ' ' && key < 0x7F && v->input_len + 1 < sizeof(v->input))
		v->input[v->input_len++] = (char)key;
	v->input[v->input_len] = '\0';
}

bool prompt_key(struct tui *t, int key)
{
	if (t->view.prompt == PROMPT_NONE)
		return false;
	bool typed = t->view.prompt == PROMPT_LR;
	if (key == K_ESC || (!typed && (key == 'n' || key == 'N' || key == 'q')))
		prompt_close(t, false);
	else if (typed && key == K_ENTER)
		prompt_close(t, t->view.input_len > 0);
	else if (typed)
		edit(&t->view, key);
	else if (key == 'y' || key == 'Y')
		prompt_close(t, true);
	return true;
}
