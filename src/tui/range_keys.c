#include "range_keys.h"

#include "thaw/base/words.h"

static const struct event_lr_range *newest(const struct tui *t)
{
	const struct history *h = &t->timeline.history;
	return h->range.words ? &h->range : NULL;
}

static bool runs(const struct tui *t)
{
	return newest(t) && newest(t)->state == RANGE_RUNNING;
}

void range_begin(struct tui *t)
{
	t->view.range = true;
	if (t->view.mode == VIEW_LIVE)
		app_command(t, CMD_FIND_LR, NULL);
}

void range_key(struct tui *t, int arg)
{
	(void)arg;
	bool shown = t->view.range;
	t->view.range = true;
	if (shown && runs(t))
		app_command(t, CMD_FIND_LR, "cancel");
	else if (shown)
		app_command(t, CMD_FIND_LR, NULL);
}

bool range_enter(struct tui *t)
{
	const struct event_lr_range *r = newest(t);
	if (!t->view.range)
		return false;
	if (runs(t))
		return true;
	if (t->view.mode == VIEW_LIVE && r && r->state == RANGE_FOUND && r->suggestion.valid) {
		t->view.range = false;
		app_command(t, CMD_LR, words_rate(r->suggestion.value));
	} else {
		app_command(t, CMD_FIND_LR, NULL);
	}
	return true;
}
