#include "replay.h"

#include "timebar.h"
#include "thaw/tui/action.h"

#include <math.h>

static void stand(struct tui *t, size_t at)
{
	app_seek(t, at);
	t->view.position = t->timeline.at;
	t->view.n_events = t->timeline.n;
	t->play_ms = (double)timeline_ms(&t->timeline, t->timeline.at);
	t->view.play_ms = (int64_t)t->play_ms;
	t->dirty = true;
}

static void stop_at(struct tui *t, size_t at)
{
	t->view.playing = false;
	t->view.message_kind = MESSAGE_NONE;
	stand(t, at);
}

static void choose_speed(struct tui *t)
{
	t->view.speed = t->asked_speed.factor > 0 ? t->asked_speed
						  : speed_pleasant(t->timeline.track.active_ms);
}

void replay_start(struct tui *t, int64_t now)
{
	choose_speed(t);
	t->view.playing = t->timeline.n > 0;
	t->tick_ms = now;
	stand(t, 0);
}

void replay_stand_at_end(struct tui *t)
{
	t->view.mode = VIEW_REPLAY;
	t->view.elapsed_ms = -1;
	t->view.message_kind = MESSAGE_NONE;
	if (t->view.prompt != PROMPT_NONE) /* what is being typed must not run as keys */
		view_aside(&t->view, true, "the run has ended meanwhile; Esc leaves this");
	t->view.preview = CHOICE_NONE;
	t->view.mark = -1;
	choose_speed(t);
	stop_at(t, t->timeline.n);
}

/* Between the events before and behind a place; 0 at the end. */
static int64_t wait_at(const struct timeline *t, size_t at)
{
	return at < t->n ? timeline_ms(t, at + 1) - timeline_ms(t, at) : 0;
}

/* Where the replay has come to after so much of the screen's time: event by event, for what lies
 * behind a wait that is shortened must not be run through with it. */
static size_t play(struct tui *t, double left_ms)
{
	const struct timeline *tl = &t->timeline;
	size_t at = tl->at;
	while (at < tl->n) {
		double rate = speed_rate(t->view.speed, wait_at(tl, at));
		double rest = fmax((double)timeline_ms(tl, at + 1) - t->play_ms, 0) / rate;
		if (rest > left_ms) {
			t->play_ms += left_ms * rate;
			return at;
		}
		t->play_ms += rest * rate;
		left_ms -= rest;
		at++;
	}
	return at;
}

void replay_grown(struct tui *t, bool at_end)
{
	bool same = t->view.position == t->timeline.at; /* or another log has taken its place */
	t->view.n_events = t->timeline.n;
	if (at_end || !same)
		stand(t, at_end ? t->timeline.n : t->timeline.at);
}

void replay_advance(struct tui *t, double elapsed_ms)
{
	if (!t->view.playing || t->scrub.on)
		return;
	size_t at = play(t, elapsed_ms);
	double ms = t->play_ms;
	if (at != t->timeline.at)
		stand(t, at);
	t->play_ms = ms;
	t->view.play_ms = (int64_t)ms;
	t->view.playing = at < t->timeline.n;
	t->dirty = true;
}

void replay_toggle(struct tui *t, int arg)
{
	(void)arg;
	if (t->view.loading)
		return;
	if (!t->view.playing && t->timeline.at == t->timeline.n)
		stand(t, 0);
	t->view.message_kind = MESSAGE_NONE;
	t->view.playing = !t->view.playing && t->timeline.n > 0;
}

/* ---- steps ---- */

static size_t step_event(const struct timeline *t, size_t at, int direction)
{
	return direction > 0 ? at + (at < t->n) : at - (at > 0);
}

static size_t step_iteration(const struct timeline *t, size_t at, int direction)
{
	return track_step(&t->track, at, direction);
}

static size_t step_epoch(const struct timeline *t, size_t at, int direction)
{
	return direction > 0 ? timeline_next_epoch(t, at) : timeline_previous_epoch(t, at);
}

static size_t step_mark(const struct timeline *t, size_t at, int direction)
{
	return track_step_mark(&t->track, at, direction);
}

static const struct {
	const char *name;
	size_t (*step)(const struct timeline *t, size_t at, int direction);
} steps[STEP_N] = {
    [STEP_EVENT] = {"event", step_event},
    [STEP_ITERATION] = {"iteration", step_iteration},
    [STEP_EPOCH] = {"epoch", step_epoch},
    [STEP_MARK] = {"intervention", step_mark},
};

/* The newest marker; of those that a phase or the way back brought along the one that says so. */
static const struct history_marker *newest_marker(const struct history *h)
{
	const struct history_marker *last = h->n_markers ? &h->markers[h->n_markers - 1] : NULL;
	bool brought = last && (last->cause == CAUSE_PHASE || last->cause == CAUSE_BACK);
	for (const struct history_marker *m = last;
	     brought && m >= h->markers && m->iter == last->iter; m--)
		if (m->kind == MARK_PHASE || m->kind == MARK_BACK)
			return m;
	return last;
}

/* What the newest intervention was, once it is on the screen. */
static void say_mark(struct tui *t)
{
	const struct history *h = &t->timeline.history;
	const struct history_marker *last = h->n_markers ? &h->markers[h->n_markers - 1] : NULL;
	const struct history_note *n = h->n_notes ? &h->notes[h->n_notes - 1] : NULL;
	if (last && last->t_ms == h->t_ms)
		app_say(t, MESSAGE_INFO, "%s", newest_marker(h)->text);
	else if (n && n->seq == h->seq)
		app_say(t, MESSAGE_INFO, "%s", n->text);
}

void replay_step(struct tui *t, int what)
{
	int direction = what > 0 ? 1 : -1, kind = what * direction;
	if (t->view.loading)
		return;
	replay_settle(t);
	size_t at = t->timeline.at, to = steps[kind].step(&t->timeline, at, direction);
	stop_at(t, to);
	if (to == at)
		app_say(t, MESSAGE_INFO, "no %s %s this; %s goes to the %s", steps[kind].name,
			direction > 0 ? "after" : "before",
			action_call(direction > 0 ? "end" : "start", VIEW_REPLAY, t->view.page),
			direction > 0 ? "end" : "start");
	else if (kind == STEP_MARK)
		say_mark(t);
}

void replay_jump(struct tui *t, int to_end)
{
	if (!t->view.loading)
		stop_at(t, to_end ? t->timeline.n : 0);
}

void replay_best(struct tui *t, int arg)
{
	(void)arg;
	int64_t epoch = t->timeline.track.best_epoch;
	if (t->view.loading)
		return;
	if (!epoch || !replay_goto_epoch(t, epoch))
		app_say(t, MESSAGE_INFO, "the log tells of no best epoch");
}

/* ---- places ---- */

static void cross_at(struct tui *t, int64_t iter)
{
	t->view.cross_iter = iter;
	t->view.cross = t->timeline.history.n_steps > 0;
	t->dirty = true;
}

void replay_goto(struct tui *t, size_t at)
{
	if (t->view.mode == VIEW_REPLAY && !t->view.loading)
		stop_at(t, at);
	else
		cross_at(t, track_iter_at(&t->timeline.track, at));
}

bool replay_goto_epoch(struct tui *t, int64_t epoch)
{
	const struct history *h = &t->timeline.history;
	const struct timeline_epoch *to = timeline_find_epoch(&t->timeline, epoch);
	if (!to)
		return false;
	if (t->view.mode == VIEW_REPLAY && !t->view.loading) {
		stop_at(t, to->behind);
		return true;
	}
	for (size_t i = 0; i < h->n_epochs; i++)
		if (h->epochs[i].epoch == epoch) {
			t->view.epochs_up = (int)(h->n_epochs - 1 - i);
			t->view.cross_iter = h->epochs[i].iter;
			t->view.cross = true;
		}
	t->dirty = true;
	return true;
}

/* ---- the bar ---- */

void replay_press(struct tui *t, int x, int w, int column)
{
	if (t->view.loading || t->view.mode != VIEW_REPLAY)
		return;
	t->scrub.on = true;
	t->scrub.x = x;
	t->scrub.w = w;
	replay_drag(t, column);
}

void replay_drag(struct tui *t, int column)
{
	if (!t->scrub.on)
		return;
	t->scrub.column = column;
	t->scrub.moved = true;
}

void replay_let_go(struct tui *t)
{
	replay_settle(t);
	t->scrub.on = false;
	t->view.playing = t->view.playing && t->timeline.at < t->timeline.n;
}

void replay_settle(struct tui *t)
{
	if (t->scrub.moved)
		stand(t, timebar_pointed(&t->timeline, t->scrub.w, t->scrub.column - t->scrub.x));
	t->scrub.moved = false;
}

/* ---- speed ---- */

static void take_speed(struct tui *t, struct speed s)
{
	t->view.speed = t->asked_speed = s;
	app_say(t, MESSAGE_INFO, s.recorded ? "speed as recorded, with all its pauses" : "speed %s",
		speed_words(s));
}

void replay_faster(struct tui *t, int direction)
{
	take_speed(t, speed_next(t->view.speed, direction));
}

void replay_recorded(struct tui *t, int arg)
{
	(void)arg;
	struct speed before = t->speed_before;
	if (!t->view.speed.recorded) {
		t->speed_before = t->view.speed;
		take_speed(t, (struct speed){1, true});
	} else {
		take_speed(t, before.factor > 0 ? before : (struct speed){1, false});
	}
}

void replay_skip(struct tui *t, int arg)
{
	(void)arg;
	if (t->view.playing && speed_waits(t->view.speed, wait_at(&t->timeline, t->timeline.at)))
		stand(t, t->timeline.at + 1);
	else
		app_say(t, MESSAGE_INFO, "nothing is waited for");
}
