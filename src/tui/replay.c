#include "replay.h"

#include <math.h>

#define PLEASANT_MS 40000.0 /* how long a whole run takes at the default speed */

static void stand(struct tui *t, size_t at)
{
	app_seek(t, at);
	t->view.position = t->timeline.at;
	t->view.n_events = t->timeline.n;
	t->play_ms = (double)timeline_ms(&t->timeline, t->timeline.at);
	t->dirty = true;
}

static double round_speed(double s)
{
	if (!(s > 1))
		return s > 0 ? s : 1;
	double power = pow(10, floor(log10(s)));
	double lead = s / power;
	return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

void replay_start(struct tui *t, int64_t now)
{
	double total = (double)timeline_ms(&t->timeline, t->timeline.n);
	t->view.speed = t->asked_speed > 0 ? t->asked_speed : round_speed(total / PLEASANT_MS);
	t->view.playing = t->timeline.n > 0;
	t->tick_ms = now;
	stand(t, 0);
}

void replay_stand_at_end(struct tui *t)
{
	t->view.mode = VIEW_REPLAY;
	t->view.playing = false;
	t->view.elapsed_ms = -1;
	t->view.message_kind = MESSAGE_NONE;
	if (t->view.prompt != PROMPT_NONE) /* what is being typed must not run as keys */
		view_aside(&t->view, true, "the run has ended meanwhile; Esc leaves this");
	t->view.preview = CHOICE_NONE;
	t->view.mark = -1;
	stand(t, t->timeline.n);
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
	if (!t->view.playing)
		return;
	double ms = t->play_ms + elapsed_ms * t->view.speed;
	size_t at = timeline_at_ms(&t->timeline, t->timeline.at, ms);
	if (at != t->timeline.at)
		stand(t, at);
	t->play_ms = ms;
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
	if (!t->view.playing && t->view.speed <= 1 && t->asked_speed <= 0) {
		int64_t total = timeline_ms(&t->timeline, t->timeline.n);
		t->view.speed = round_speed((double)total / PLEASANT_MS);
	}
	t->view.playing = !t->view.playing && t->timeline.n > 0;
}

void replay_step(struct tui *t, int direction)
{
	if (t->view.loading)
		return;
	t->view.playing = false;
	stand(t, direction > 0 ? timeline_next_epoch(&t->timeline, t->timeline.at)
			       : timeline_previous_epoch(&t->timeline, t->timeline.at));
}

void replay_jump(struct tui *t, int to_end)
{
	if (t->view.loading)
		return;
	t->view.playing = false;
	stand(t, to_end ? t->timeline.n : 0);
}

/* A replay goes there; a live run stays where it is, and the crosshair goes to the epoch's end. */
bool replay_goto_epoch(struct tui *t, int64_t epoch)
{
	const struct history *h = &t->timeline.history;
	const struct timeline_epoch *to = timeline_find_epoch(&t->timeline, epoch);
	if (!to)
		return false;
	if (t->view.mode == VIEW_REPLAY && !t->view.loading) {
		t->view.playing = false;
		stand(t, to->behind);
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

void replay_faster(struct tui *t, int direction)
{
	double speed = t->view.speed * (direction > 0 ? 2 : 0.5);
	t->view.speed = fmin(fmax(speed, 0.125), 65536);
	t->asked_speed = t->view.speed;
	app_say(t, MESSAGE_INFO, "speed ×%.*g", t->view.speed < 99 ? 2 : 6, t->view.speed);
}
