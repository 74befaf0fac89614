#include "saving.h"
#include "checkpoint.h"
#include "session.h"
#include "thaw/base/say.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/run_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_MS 10   /* until the second try; each takes twice as long to come, */
#define AGAIN_MS 1000 /* ... at most so long */

int64_t (*saving_clock)(void) = clock_ms;

void saving_begin(struct session *s)
{
	s->saving.saved_ms = saving_clock();
	s->saving.saved_iter = s->at.iter;
}

bool saving_due(const struct session *s)
{
	const char *what;
	double every_ms = s->p->x->train.checkpoint_minutes * 60000;
	return every_ms > 0 && s->at.iter != s->saving.saved_iter &&
	       (double)(saving_clock() - s->saving.saved_ms) >= every_ms && !s->guard.strikes &&
	       net_nonfinite_layer(s->p->net, &what) < 0;
}

void saving_promise(struct session *s, bool whole, bool best)
{
	s->saving.owes = true;
	s->saving.whole = s->saving.whole || whole;
	s->saving.best = s->saving.best || best;
}

bool saving_waits(const struct session *s)
{
	return s->saving.reason && !s->saving.give_up;
}

void saving_again(struct session *s)
{
	s->saving.next_ms = 0;
}

int saving_wait_ms(const struct session *s)
{
	int64_t left = saving_waits(s) ? s->saving.next_ms - clock_ms() : 0;
	return left > 0 ? (int)left : 0;
}

/* ---- telling ---- */

/* The message without the directory, which everybody who reads it has named. */
static const char *shortened(const struct session *s, const char *msg)
{
	size_t n = strlen(s->dir.path);
	bool below = strncmp(msg, s->dir.path, n) == 0 && msg[n] == '/';
	return below ? msg + n + 1 : msg;
}

static void wait_for(struct session *s, const char *msg)
{
	struct saving *w = &s->saving;
	const char *reason = shortened(s, msg);
	int64_t now = clock_ms();
	w->pause_ms = !w->reason                   ? FIRST_MS
		      : w->pause_ms * 2 < AGAIN_MS ? w->pause_ms * 2
						   : AGAIN_MS;
	w->next_ms = now + w->pause_ms;
	if (w->reason && strcmp(w->reason, reason) == 0)
		return;
	if (!w->reason)
		w->since_ms = now;
	free(w->reason);
	w->reason = xstrdup(reason);
	say(stderr, "thaw: not saved, waiting after iteration %lld: %s", (long long)s->at.iter,
	    w->reason);
	control_server_tell_unsaved(s->control, s->at.iter, w->reason);
}

static void go_on(struct session *s)
{
	struct saving *w = &s->saving;
	if (!w->reason)
		return;
	double waited = (double)(clock_ms() - w->since_ms) / 1000;
	say(stderr, "thaw: saved after iteration %lld, going on", (long long)s->at.iter);
	control_server_tell_unsaved(s->control, s->at.iter, NULL);
	if (!w->ended)
		emit_note(s->emit, NOTE_WARN, s->at.iter, "waited %.0f s to save: %s", waited,
			  w->reason);
	free(w->reason);
	w->reason = NULL;
}

/* ---- trying ---- */

/* What is written from now on would go nowhere. */
static enum err check_removed(const struct session *s, struct errinfo *e)
{
	bool dir = run_dir_removed(&s->dir);
	if (!dir && !log_writer_removed(emitter_log(s->emit)))
		return ERR_OK;
	return err_set(e, ERR_IO, "%s%s was removed while the run went on: nothing can be saved %s",
		       s->dir.path, dir ? "" : "/" RUN_LOG, dir ? "any more" : "in it any more");
}

/* A checkpoint that survives a loss of power finds its iterations in the log. */
static enum err write_log(struct session *s, struct errinfo *e)
{
	struct log_writer *log = emitter_log(s->emit);
	bool sync = s->saving.ended || s->saving.owes;
	return sync ? log_writer_sync(log, e) : log_writer_flush(log, e);
}

static enum err write_checkpoint(struct session *s, struct errinfo *e)
{
	struct saving *w = &s->saving;
	if (!w->owes)
		return ERR_OK;
	enum err r = checkpoint_write(s, w->whole, w->best, e);
	if (r)
		return r;
	w->owes = w->whole = w->best = false;
	saving_begin(s);
	return ERR_OK;
}

/* The log tells of every iteration that a checkpoint holds. */
static void tell_iterations(struct session *s)
{
	if (s->saving.owes)
		emit_held(s->emit);
}

/* A state worth telling, once for each checkpoint that is owed. */
static void tell_saving(struct session *s)
{
	if (s->saving.owes && !s->saving.reason && !s->saving.ended && !s->busy.on)
		busy_begin(s, PROGRESS_SAVE, 0);
}

enum err saving_try(struct session *s, struct errinfo *e)
{
	struct saving *w = &s->saving;
	struct errinfo why = {0};
	if (check_removed(s, &why)) {
		wait_for(s, why.msg);
		w->give_up = true;
		return err_set(e, ERR_IO, "%s", why.msg);
	}
	if (w->reason && clock_ms() < w->next_ms)
		return ERR_OK;
	tell_iterations(s);
	tell_saving(s);
	if (write_log(s, &why) || write_checkpoint(s, &why) || write_log(s, &why))
		wait_for(s, why.msg);
	else
		go_on(s);
	busy_end(s);
	return ERR_OK;
}

enum err saving_last(struct session *s, struct errinfo *e)
{
	struct errinfo why = {0};
	enum err r = check_removed(s, &why);
	tell_iterations(s);
	tell_saving(s);
	if (!r)
		r = write_log(s, &why);
	enum err lost = write_checkpoint(s, r ? NULL : &why);
	if (!r && !lost)
		r = write_log(s, &why);
	r = r ? r : lost;
	if (r)
		wait_for(s, why.msg);
	else
		go_on(s);
	busy_end(s);
	return r ? err_set(e, r, "%s", why.msg) : ERR_OK;
}

void saving_release(struct session *s)
{
	free(s->saving.reason);
	s->saving = (struct saving){0};
}
