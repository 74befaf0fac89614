#include "help_keys.h"

#include "help.h"
#include "thaw/tui/action.h"

#include <stdio.h>

void help_toggle(struct tui *t, int arg)
{
	struct view *v = &t->view;
	(void)arg;
	v->help = !v->help;
	v->help_down = 0;
	v->help_sought[0] = '\0';
}

void help_move(struct tui *t, int rows)
{
	int most = help_most(&t->view, t->canvas.w, t->canvas.h), down = t->view.help_down + rows;
	t->view.help_down = down < 0 ? 0 : down > most ? most : down;
}

/* Show the row from `from` on that has it; among those below it stay in sight. */
static bool go_to_match(struct tui *t, int from, int step)
{
	struct view *v = &t->view;
	struct help help;
	help_build(&help, v, t->canvas.w, t->canvas.h);
	int at = help_find(&help, v->help_sought, from, step);
	help_release(&help);
	if (at < 0)
		return false;
	v->help_at = at;
	help_move(t, at - help_rows_shown(t->canvas.h) / 3 - v->help_down);
	return true;
}

void help_seek(struct tui *t)
{
	struct view *v = &t->view;
	snprintf(v->help_sought, sizeof(v->help_sought), "%s", v->input.text);
	bool found = !*v->help_sought || go_to_match(t, 0, 1);
	view_aside(v, !found, found ? "" : "the help says nothing of it");
}

static void next_match(struct tui *t, int step)
{
	if (*t->view.help_sought)
		go_to_match(t, t->view.help_at + step, step);
	else
		app_say(t, MESSAGE_INFO, "nothing is searched for yet: / asks");
}

bool help_key(struct tui *t, int key)
{
	const struct view *v = &t->view;
	const struct action *a = action_find(key, v->mode, v->page);
	if (!v->help || key == K_ESC)
		return false;
	if (key == '/')
		view_ask(&t->view, PROMPT_HELP);
	else if (key == 'n' || key == 'N')
		next_match(t, key == 'n' ? 1 : -1);
	else if (a && a->modes & IN_HELP)
		return false;
	else
		app_say(t, MESSAGE_INFO, "the help is open: Esc closes it");
	return true;
}
