#include "attention.h"

#include "panel.h"
#include "thaw/base/file.h"
#include "thaw/term/term.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum attention look(const struct tui *t)
{
	const struct history *h = &t->timeline.history;
	return timeline_end(&t->timeline) ? ATTENTION_ENDED
	       : t->view.crashed          ? ATTENTION_CRASHED
	       : h->trouble.on            ? ATTENTION_TROUBLE
	       : *t->view.unsaved         ? ATTENTION_UNSAVED
					  : ATTENTION_NONE;
}

static const char *name_of(const struct tui *t)
{
	const struct history *h = &t->timeline.history;
	return h->has_run && h->run.name && *h->run.name ? h->run.name
							 : path_tail(t->view.run_dir, 1);
}

/* "flowers-3: finished · best epoch 7: 93.1 % in 3m". */
static void call(struct tui *t, enum attention now)
{
	const struct history *h = &t->timeline.history;
	char text[1024], end[768];
	if (now == ATTENTION_TROUBLE)
		snprintf(end, sizeof(end), "paused, decide: %.300s", h->trouble.why);
	else
		summary_text(h, &t->view, NULL, end, sizeof(end));
	snprintf(text, sizeof(text), "%.200s: %s", name_of(t), end);
	if (t->view.bell)
		term_bell();
	if (t->view.notify != NOTIFY_OFF)
		term_notify(text, t->view.notify == NOTIFY_TMUX);
	t->dirty = true;
}

/* What it does, but not each validation. */
static const char *state_of(const struct tui *t, enum attention now)
{
	static const char *const states[] = {[ATTENTION_CRASHED] = "crashed",
					     [ATTENTION_TROUBLE] = "paused, decide",
					     [ATTENTION_UNSAVED] = "not saved"};
	const struct history *h = &t->timeline.history;
	if (now == ATTENTION_ENDED)
		return end_status_name(timeline_end(&t->timeline)->status);
	if (now != ATTENTION_NONE)
		return states[now];
	return h->stopping                 ? "stopping"
	       : h->state == RUN_TRAINING  ? "training"
	       : h->state == RUN_PAUSED    ? "paused"
	       : h->state == RUN_PREPARING ? "preparing"
					   : "waiting";
}

static void set_title(struct tui *t, enum attention now)
{
	const struct history *h = &t->timeline.history;
	char text[512];
	int n = snprintf(text, sizeof(text), "thaw %.300s: %s", name_of(t),
			 t->from_log ? "replay" : state_of(t, now));
	if (!t->from_log && now != ATTENTION_ENDED && h->n_steps)
		snprintf(text + n, sizeof(text) - (size_t)n, " %.0f %%",
			 floor(100 * history_progress(h)));
	t->dirty = term_title(t->view.title ? text : NULL) || t->dirty;
}

void attention_tick(struct tui *t)
{
	enum attention now = look(t);
	if (t->timeline.reader && !t->more && now != t->attention) {
		if (now != ATTENTION_NONE && t->attended && !t->from_log)
			call(t, now);
		t->attention = now;
	}
	t->attended = t->attended || (t->timeline.reader && !t->more);
	set_title(t, now);
}
