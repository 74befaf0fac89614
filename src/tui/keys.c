#include "keys.h"

#include "act.h"
#include "click.h"
#include "control.h"
#include "help_keys.h"
#include "page.h"
#include "prompt.h"
#include "quiz_keys.h"
#include "range_keys.h"
#include "rate.h"
#include "replay.h"
#include "thaw/base/clock.h"
#include "thaw/term/term.h"

#define GRACE_MS 800

/* A key meant for the run that ended this very moment must not start a replay. */
static bool just_ended(const struct tui *t, const struct action *a, int key)
{
	const struct action *live = action_find(key, VIEW_LIVE, t->view.page);
	return t->ended_ms > 0 && clock_ms() - t->ended_ms < GRACE_MS && live &&
	       !act_same(live, a);
}

/* Esc: the topmost thing that is open closes; with nothing open the message goes. */
static void leave_top(struct tui *t)
{
	struct view *v = &t->view;
	const struct overlay *over = overlay_shown(v);
	v->message_kind = MESSAGE_NONE;
	if (v->rate.on)
		rate_drop(t);
	else if (over)
		over->close(v);
	else if (v->preview != CHOICE_NONE)
		v->preview = CHOICE_NONE;
	else if (v->mark >= 0)
		v->mark = -1;
	else if (!pages_leave(t))
		v->whole = 0;
}

/* A key of the other mode. */
static void say_other(struct tui *t, int key)
{
	bool live = t->view.mode == VIEW_LIVE;
	const struct action *a = action_find(key, live ? VIEW_REPLAY : VIEW_LIVE, t->view.page);
	if (a)
		app_say(t, MESSAGE_INFO, "%s (%s) is for %s", key_name(key), a->name,
			live ? "replays; this run is live" : "live runs; this is a replay");
}

void keys_press(struct tui *t, int key)
{
	t->urgent = true;
	if (key == K_MOUSE) {
		struct pointer p = term_pointer();
		click_on(t, &p);
		return;
	}
	replay_let_go(t);
	if (key == K_PASTE) {
		prompt_paste(t, term_paste());
		return;
	}
	if (prompt_key(t, key) || help_key(t, key) || quiz_key(t, key) ||
	    (key == K_ENTER && range_enter(t)))
		return;
	const struct action *a = action_find(key, t->view.mode, t->view.page);
	if (key == K_ESC)
		leave_top(t);
	else if (t->view.rate.on && key == K_ENTER)
		rate_confirm(t);
	else if (t->view.preview != CHOICE_NONE && key == K_ENTER)
		control_apply(t);
	else if (a && !just_ended(t, a, key))
		act(t, a);
	else if (!a)
		say_other(t, key);
}
