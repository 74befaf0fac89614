#include "follow.h"

#include "attention.h"
#include "rate.h"
#include "replay.h"
#include "thaw/base/clock.h"

#include <poll.h>
#include <string.h>

#define READ_BUDGET_MS 25    /* of one turn of the loop */
#define CHECK_MS 1000        /* between looks at the trainer's lock */
#define MISSING_LIMIT 2      /* looks in a row that make a crash */
#define NO_LOG_GRACE_MS 4000 /* a trainer that has just been started has no log yet */

static void on_log(void *arg, int fd, short revents)
{
	struct tui *t = arg;
	(void)fd;
	(void)revents;
	follow_read(t, clock_ms());
}

/* It may come later; what can never be read is said. */
static void open_log(struct tui *t)
{
	struct errinfo e = {.code = ERR_OK};
	if (t->timeline.reader)
		return;
	enum err r = t->run.fd < 0 ? timeline_open(&t->timeline, t->dir, &e)
				   : timeline_open_in(&t->timeline, &t->run, &e);
	if (r && r != ERR_NOT_FOUND)
		app_say(t, MESSAGE_BAD, "%s", e.msg);
	if (r)
		return;
	int fd = log_reader_fd(t->timeline.reader);
	if (fd >= 0)
		loop_fd(t->loop, fd, POLLIN, on_log, t);
}

/* Everything that can be read was read: what it means depends on the mode. */
static void on_drained(struct tui *t, int64_t now)
{
	bool first = t->view.loading;
	t->view.loading = false;
	if (t->view.mode == VIEW_REPLAY && first) {
		t->view.crashed = !timeline_end(&t->timeline) && !t->alive && !t->foreign &&
				  !t->follow &&
				  !link_alive(&t->link);
		replay_start(t, now);
	} else if (t->view.mode == VIEW_LIVE && t->timeline.history.ended) {
		t->ended_ms = now;
		t->view.summary = true;
		replay_stand_at_end(t);
	}
}

/* A replay that is read and does not follow its log: what is written then would wake it for ever. */
static void unwatch(struct tui *t)
{
	int fd = t->timeline.reader ? log_reader_fd(t->timeline.reader) : -1;
	if (fd < 0)
		return;
	loop_fd_remove(t->loop, fd);
	log_reader_unwatch(t->timeline.reader);
}

void follow_read(struct tui *t, int64_t now)
{
	bool replays = t->view.mode == VIEW_REPLAY && !t->view.loading;
	if (replays && !t->follow) {
		unwatch(t);
		return;
	}
	size_t before = t->timeline.n;
	bool at_end = view_at_end(&t->view);
	t->more = app_read(t, READ_BUDGET_MS);
	if (t->timeline.n != before) {
		t->event_ms = now;
		t->times_missing = 0;
		t->dirty = true;
	}
	if (replays) {
		if (t->timeline.n != before)
			replay_grown(t, at_end);
	} else if (t->more && t->timeline.reader) {
		int64_t size = log_reader_size(t->timeline.reader);
		t->view.loading = true;
		t->view.loaded =
		    size > 0 ? (double)log_reader_offset(t->timeline.reader) / (double)size : 0;
		t->dirty = true;
	} else if (t->timeline.reader) {
		on_drained(t, now);
		attention_tick(t); /* at once: who leaves now is still called */
	}
}

/* What was said before makes way for it. */
static void look_for_ending(struct tui *t)
{
	const struct history_ending *now = &t->timeline.history.ending;
	if (!now->on || t->view.mode != VIEW_LIVE || now->seq == t->ending_seq)
		return;
	t->ending_seq = now->seq;
	t->view.message_kind = MESSAGE_NONE;
	t->dirty = true;
}

/* A pause after accidents is shown once, until it is over. */
static void look_for_trouble(struct tui *t)
{
	const struct history_trouble *now = &t->timeline.history.trouble;
	struct view *v = &t->view;
	bool shown = v->trouble;
	if (now->on && v->mode == VIEW_LIVE && now->seq != t->trouble_seq) {
		t->trouble_seq = now->seq;
		v->trouble = true;
	}
	v->trouble = v->trouble && now->on && v->mode == VIEW_LIVE;
	t->dirty = t->dirty || shown != v->trouble;
}

/* A log without an end and nobody who could write it. Looks twice, so that a trainer that just
 * ended or is just starting is not called crashed. */
static void look_for_trainer(struct tui *t, int64_t now)
{
	if (t->view.mode != VIEW_LIVE || t->more || now - t->checked_ms < CHECK_MS)
		return;
	t->checked_ms = now;
	if (t->timeline.n == 0 && now - t->opened_ms < NO_LOG_GRACE_MS)
		return;
	t->times_missing = link_alive(&t->link) ? 0 : t->times_missing + 1;
	if (t->times_missing < MISSING_LIMIT)
		return;
	t->view.crashed = t->view.summary = true;
	t->view.loading = false;
	replay_stand_at_end(t);
}

/* Between machines: why nothing comes. */
static void look_at_link(struct tui *t)
{
	char lost[sizeof(t->view.lost)] = "";
	if (t->view.mode == VIEW_LIVE)
		link_words(&t->link, lost, sizeof(lost));
	t->dirty = t->dirty || strcmp(lost, t->view.lost) != 0;
	strcpy(t->view.lost, lost);
}

static void tell_clock(struct tui *t, int64_t now)
{
	const struct history *h = &t->timeline.history;
	int64_t before = t->view.elapsed_ms;
	bool runs = t->view.mode == VIEW_LIVE && h->has_run && !h->ended && t->event_ms > 0;
	t->view.elapsed_ms = runs ? h->t_ms + (now - t->event_ms) : -1;
	if (t->view.elapsed_ms / 1000 != before / 1000)
		t->dirty = true;
}

static void feed(struct tui *t, int64_t now)
{
	if (!t->feed || now - t->fed_ms < CHECK_MS)
		return;
	t->fed_ms = now;
	t->feed(t->feed_arg);
}

void follow_tick(struct tui *t, int64_t now)
{
	feed(t, now);
	open_log(t);
	follow_read(t, now);
	look_for_trainer(t, now);
	look_for_trouble(t);
	look_for_ending(t);
	rate_tick(t, now);
	bool linked = t->link.client != NULL;
	if (t->view.mode == VIEW_LIVE)
		link_tick(&t->link);
	look_at_link(t);
	t->dirty = t->dirty || linked != t->view.linked;
	t->view.linked = linked;
	if (!linked) { /* who has the controls is told anew */
		t->view.controls[0] = '\0';
		t->view.controls_ours = false;
		t->view.viewers = 0;
	}
	if (t->view.mode == VIEW_REPLAY && t->view.playing)
		replay_advance(t, (double)(now - t->tick_ms));
	t->tick_ms = now;
	if (t->view.message_kind != MESSAGE_NONE && now >= t->message_until_ms) {
		t->view.message_kind = MESSAGE_NONE;
		t->dirty = true;
	}
	tell_clock(t, now);
	attention_tick(t);
}
