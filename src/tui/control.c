#include "control.h"
#include "rate.h"
#include "thaw/base/clock.h"
#include "thaw/tui/action.h"

#include <stdio.h>

static const struct history *history_of(const struct tui *t)
{
	return &t->timeline.history;
}

/* One command, so that one undo takes it back. */
static void send_difference(struct tui *t, const struct layerset *now)
{
	struct layerset before, freeze = *now, thaw;
	struct strbuf text = STRBUF_INIT;
	choice_present(history_of(t), &before);
	thaw = before;
	layerset_remove(&thaw, now);
	layerset_remove(&freeze, &before);
	bool both = layerset_count(&thaw) && layerset_count(&freeze);
	const struct layerset *which = both ? now : layerset_count(&thaw) ? &thaw : &freeze;
	layerset_format(which, &text);
	app_command(t,
		    both             ? CMD_FREEZE_ONLY
		    : which == &thaw ? CMD_UNFREEZE
				     : CMD_FREEZE,
		    text.buf);
	strbuf_release(&text);
}

void control_apply(struct tui *t)
{
	char why[256];
	struct layerset now;
	enum choice which = t->view.preview;
	t->view.preview = CHOICE_NONE;
	if (!app_live(t))
		return;
	if (!choice_frozen(history_of(t), &t->view, which, &now, why, sizeof(why))) {
		app_say(t, MESSAGE_BAD, "%s", why);
		return;
	}
	send_difference(t, &now);
	t->view.mark = -1;
}

bool control_preview(struct tui *t, enum choice which, char *why, size_t size)
{
	if (!choice_frozen(history_of(t), &t->view, which, NULL, why, size))
		return false;
	t->view.preview = which;
	t->view.message_kind = MESSAGE_NONE;
	return true;
}

void control_choose(struct tui *t, int which)
{
	char why[256];
	if (!app_live(t))
		return;
	if (t->view.preview == (enum choice)which)
		control_apply(t);
	else if (!control_preview(t, (enum choice)which, why, sizeof(why)))
		app_say(t, MESSAGE_BAD, "%s", why);
}

void control_mark(struct tui *t, int arg)
{
	(void)arg;
	struct view *v = &t->view;
	const struct list_view *list = &v->lists[LIST_LAYERS];
	if (v->mark < 0 && (list->filter[0] || list->sort > 1 || list->reverse)) {
		app_say(t, MESSAGE_BAD,
			"a mark spans layers as they follow each other: list all of them, in their "
			"order, first (/ and o)");
		return;
	}
	v->mark = v->mark >= 0 ? -1 : view_layer(v, history_of(t));
	if (v->mark >= 0)
		app_say(t, MESSAGE_INFO,
			"marking from layer %d: move to widen, then f F U i + - act on it, Esc "
			"drops it",
			v->mark);
	else
		v->message_kind = MESSAGE_NONE;
}

/* The rate of all, or the multipliers of the marked layers. */
void control_lr(struct tui *t, int direction)
{
	rate_press(t, direction, clock_ms());
}

void control_back(struct tui *t, int arg)
{
	(void)arg;
	control_ask_back(t, "best");
}

void control_ask_back(struct tui *t, const char *point)
{
	if (!app_live(t))
		return;
	snprintf(t->view.typed, sizeof(t->view.typed), "%s", point);
	view_ask(&t->view, PROMPT_BACK);
}

void control_pause(struct tui *t, int arg)
{
	(void)arg;
	app_command(t, history_of(t)->state == RUN_PAUSED ? CMD_UNPAUSE : CMD_PAUSE, NULL);
}

void control_undo(struct tui *t, int arg)
{
	(void)arg;
	app_command(t, CMD_UNDO, NULL);
}
