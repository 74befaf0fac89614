#include "back.h"
#include "again.h"
#include "guard.h"
#include "pair.h"
#include "phases.h"
#include "session.h"
#include "take_up.h"
#include "thawing.h"
#include "thaw/base/run_files.h"
#include "thaw/engine/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err check(const struct session *s, const struct state *st, struct errinfo *e)
{
	if (st->iter > s->at.iter)
		return err_set(e, ERR_STATE,
			       "epoch %" PRId64 " lies ahead: the run went back from there, to "
			       "iteration %" PRId64,
			       st->epochs_done, s->at.iter);
	return take_up_check(st, s, e);
}

static enum err load_weights(struct session *s, const char *weights, struct errinfo *e)
{
	int fd;
	char *path = run_dir_file(&s->dir, weights);
	enum err r = pair_open_point(&s->dir.folder, weights, &fd, e);
	if (!r)
		r = model_load_file(s->p->net, path, fd, NULL, e);
	if (fd >= 0)
		close(fd);
	free(path);
	return r;
}

static size_t n_entries(const char *undo)
{
	size_t n = 0;
	for (; *undo; undo++)
		n += *undo == ';';
	return n;
}

static const char *s_of(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* Before anything is changed. */
static void say_where(const struct session *s, const struct state *st, const char *weights,
		      struct strbuf *did)
{
	struct strbuf since = STRBUF_INIT;
	int64_t epochs = s->at.epochs_done - st->epochs_done;
	undo_since(s, st->iter, n_entries(st->undo), &since);
	strbuf_addf(did, "back to the end of epoch %" PRId64 ", iteration %" PRId64 " (%s)",
		    st->epochs_done, st->iter, weights);
	if (epochs > 0)
		strbuf_addf(did, "; %" PRId64 " epoch%s since dropped", epochs, s_of(epochs));
	if (since.len)
		strbuf_addf(did, "; what was done by hand since is dropped: %s", since.buf);
	strbuf_release(&since);
}

/* What holds from here on, behind the event that takes back what was told. */
static void tell(struct session *s, enum cause cause, double lr_was)
{
	const struct layerset *frozen = net_frozen(s->p->net);
	session_tell_place(s, CONTROL_BACK, cause);
	emit_freeze(s->emit, s->at.iter, CAUSE_BACK, frozen, frozen,
		    phases_trainable(s->p->net, frozen));
	session_tell_lr(s, CAUSE_BACK, session_lr(s), lr_was);
	session_tell_scales(s, CAUSE_BACK);
	thawing_tell(s, CAUSE_BACK);
}

static void forget_epoch(struct session *s)
{
	layer_stats_stop(s);
	s->stats.n_images = 0;
	s->complete = false;
	s->moved = true;
}

/* The weights are there; the state fits the plan, and its momentum belongs to them. */
static enum err take_up(struct session *s, const struct state *st, enum cause cause,
			struct errinfo *e)
{
	double lr_was = session_lr(s);
	forget_epoch(s);
	probe_set_forget(s);
	take_up_position(st, s);
	ending_drop(s);
	net_set_batchnorm(s->p->net, session_phase(s)->batchnorm);
	enum err r = take_up_network(st, s, e);
	if (r)
		return r;
	tell(s, cause, lr_was);
	again_moved(s);
	saving_promise(s, false, false);
	return guard_begin(s, e);
}

enum err back_to(struct session *s, const struct point *p, enum cause cause, struct strbuf *did,
		 struct errinfo *e)
{
	struct state st;
	char weights[64];
	const struct folder *f = &s->dir.folder;
	if ((s->saving.owes && s->saving.whole) || s->saving.reason)
		return err_set(e, ERR_STATE, "an epoch is not saved yet; try again once it is");
	enum err r = pair_settle(f, e);
	if (!r)
		r = pair_read_point(f, p, &st, weights, sizeof(weights), e);
	if (r)
		return r;
	r = check(s, &st, e);
	if (!r)
		r = load_weights(s, weights, e);
	if (!r) {
		say_where(s, &st, weights, did);
		r = take_up(s, &st, cause, e);
	}
	if (!r)
		emit_note(s->emit, NOTE_INFO, s->at.iter, "%s", did->buf);
	state_release(&st);
	return r;
}
