/* What happens to the run while the viewer looks on: events arrive, replies arrive, the trainer
 * may vanish. */
#include "app.h"

#include "panel.h"
#include "term.h"
#include "thaw/base/clock.h"
#include "thaw/base/run_files.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define READ_BUDGET_MS 25    /* of one turn of the loop */
#define MESSAGE_MS 9000      /* how long a message stays */
#define CHECK_MS 1000        /* between looks at the trainer's lock */
#define MISSING_LIMIT 2      /* looks in a row that make a crash */
#define NO_LOG_GRACE_MS 4000 /* a trainer that has just been started has no log yet */

void app_say(struct tui *t, enum message_kind kind, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	view_message(&t->view, kind, "%s", text);
	t->message_until_ms = clock_ms() + MESSAGE_MS;
	t->dirty = true;
}

bool app_live(struct tui *t)
{
	if (t->view.mode == VIEW_LIVE)
		return true;
	bool ended = t->timeline.history.ended && view_at_end(&t->view);
	app_say(t, MESSAGE_BAD, "%s; there is nothing to control",
		ended ? "the run has ended" : "this is a replay");
	return false;
}

void app_command(struct tui *t, enum command_type type, const char *arg)
{
	struct errinfo e = {.code = ERR_OK};
	if (!app_live(t))
		return;
	if (link_send(&t->link, type, arg, &e))
		app_say(t, MESSAGE_BAD, "%s", e.msg);
	else
		app_say(t, MESSAGE_INFO, "asked: %s%s%s …", command_table[type].name,
			arg ? " " : "", arg ? arg : "");
}

void app_reply(void *arg, const struct reply *r)
{
	struct tui *t = arg;
	if (r->unsaved) {
		bool over = *t->view.unsaved && !*r->unsaved;
		snprintf(t->view.unsaved, sizeof(t->view.unsaved), "%s", r->unsaved);
		t->dirty = true;
		if (over)
			app_say(t, MESSAGE_GOOD, "everything is saved, the run goes on");
		return;
	}
	app_say(t, r->ok ? MESSAGE_GOOD : MESSAGE_BAD, "%s%s",
		r->ok ? "" : "refused: ", r->msg ? r->msg : "");
}

static bool trainer_alive(const struct tui *t)
{
	return folder_locked(&t->run, RUN_LOCK) || t->link.client; /* its directory may be gone */
}

static void on_log(void *arg, int fd, short revents)
{
	struct tui *t = arg;
	(void)fd;
	(void)revents;
	app_read(t, clock_ms());
}

/* It may come later; what can never be read is said. */
static void open_log(struct tui *t)
{
	struct errinfo e = {.code = ERR_OK};
	if (t->timeline.reader)
		return;
	enum err r = t->run.fd < 0 ? timeline_open(&t->timeline, t->view.run_dir, &e)
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
		t->view.crashed = !timeline_end(&t->timeline) && !trainer_alive(t);
		replay_start(t, now);
	} else if (t->view.mode == VIEW_LIVE && t->timeline.history.ended) {
		t->ended_ms = now;
		t->view.summary = true;
		replay_stand_at_end(t);
	}
}

/* The log counts up from its newest line: who reads further up keeps the lines he reads. */
void app_seek(struct tui *t, size_t n)
{
	struct view *v = &t->view;
	int before = v->log_up > 0 ? log_count(&t->timeline.history, v->filter) : 0;
	timeline_seek(&t->timeline, n);
	if (v->log_up > 0)
		v->log_up += log_count(&t->timeline.history, v->filter) - before;
	v->log_up = v->log_up < 0 ? 0 : v->log_up;
}

void app_read(struct tui *t, int64_t now)
{
	if (t->view.mode == VIEW_REPLAY && !t->view.loading)
		return;
	size_t before = t->timeline.n;
	t->more = timeline_read(&t->timeline, READ_BUDGET_MS);
	if (t->timeline.n != before) {
		t->event_ms = now;
		t->times_missing = 0;
		t->dirty = true;
	}
	if (t->view.mode == VIEW_LIVE)
		app_seek(t, t->timeline.n);
	if (t->more && t->timeline.reader) {
		int64_t size = log_reader_size(t->timeline.reader);
		t->view.loading = true;
		t->view.loaded =
		    size > 0 ? (double)log_reader_offset(t->timeline.reader) / (double)size : 0;
		t->dirty = true;
	} else if (t->timeline.reader) {
		on_drained(t, now);
	}
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
	t->times_missing = trainer_alive(t) ? 0 : t->times_missing + 1;
	if (t->times_missing < MISSING_LIMIT)
		return;
	t->view.crashed = t->view.summary = true;
	t->view.loading = false;
	replay_stand_at_end(t);
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

/* What the terminal is sent, while anything moves; told anew once a second. */
static void tell_link(struct tui *t, int64_t now)
{
	struct view *v = &t->view;
	bool moves = v->mode == VIEW_LIVE ? v->elapsed_ms >= 0 : v->playing;
	double before = v->link_rate;
	if (moves && now - t->link_ms < 1000)
		return;
	t->link_ms = now;
	v->link_rate = moves ? term_rate() : 0;
	t->dirty = t->dirty || (int64_t)before != (int64_t)v->link_rate;
}

void app_tick(struct tui *t, int64_t now)
{
	open_log(t);
	app_read(t, now);
	look_for_trainer(t, now);
	bool linked = t->link.client != NULL;
	if (t->view.mode == VIEW_LIVE)
		link_tick(&t->link);
	t->dirty = t->dirty || linked != t->view.linked;
	t->view.linked = linked;
	if (t->view.mode == VIEW_REPLAY && t->view.playing)
		replay_advance(t, (double)(now - t->tick_ms));
	t->tick_ms = now;
	if (t->view.message_kind != MESSAGE_NONE && now >= t->message_until_ms) {
		t->view.message_kind = MESSAGE_NONE;
		t->dirty = true;
	}
	tell_clock(t, now);
	tell_link(t, now);
}
