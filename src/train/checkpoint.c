#include "checkpoint.h"
#include "parting.h"
#include "pair.h"
#include "session.h"
#include "thaw/base/run_files.h"

#include <inttypes.h>
#include <stdio.h>

static void gather_scales(struct state *st, const struct session *s)
{
	struct strbuf text = STRBUF_INIT;
	for (int i = 0; i < net_n_layers(s->p->net); i++)
		if (s->scales[i] > 0)
			strbuf_addf(&text, "%s%d:%a", text.len ? " " : "", i, s->scales[i]);
	snprintf(st->scales, sizeof(st->scales), "%s", text.buf);
	strbuf_release(&text);
}

static void gather_undo(struct state *st, const struct session *s)
{
	struct strbuf text = STRBUF_INIT;
	undo_encode(s, sizeof(st->undo) - 1, &text);
	snprintf(st->undo, sizeof(st->undo), "%s", text.buf);
	strbuf_release(&text);
}

void checkpoint_gather(struct state *st, struct session *s)
{
	struct strbuf frozen = STRBUF_INIT, held = STRBUF_INIT;
	layerset_format(net_frozen(s->p->net), &frozen);
	layerset_format(&s->held, &held);
	*st = (struct state){
	    .phase = (int64_t)s->at.phase,
	    .epoch = s->at.epoch,
	    .epochs_done = s->at.epochs_done,
	    .iter = s->at.iter,
	    .iter_in_phase = s->at.iter_in_phase,
	    .iter_in_epoch = s->at.iter_in_epoch,
	    .seen = (int64_t)s->at.seen,
	    .seed = (int64_t)s->p->x->train.seed,
	    .has_best = s->best.any,
	    .best_epoch = s->best.epoch,
	    .running_n = s->running.n,
	    .running_correct = s->running.n_correct,
	    .running_top5 = s->running.n_top5,
	    .next_phase = s->next_phase,
	    .keep = s->p->x->train.keep,
	    .thaw_every = s->thaw_every,
	    .data_sum = s->p->data_sum,
	    .factor = s->factor,
	    .last_lr = s->last_lr,
	    .best_acc = s->best.acc,
	    .best_loss = s->best.loss,
	    .best_score = s->best.score,
	    .running_loss = s->running.loss_sum,
	    .momentum = STRBUF_INIT,
	};
	snprintf(st->frozen, sizeof(st->frozen), "%s", frozen.buf);
	snprintf(st->optimizer, sizeof(st->optimizer), "%s",
		 optimizer_name(s->p->x->train.optimizer));
	snprintf(st->resize, sizeof(st->resize), "%s", resize_name(s->p->x->data.resize));
	snprintf(st->held, sizeof(st->held), "%s", held.buf);
	strbuf_release(&frozen);
	strbuf_release(&held);
	gather_scales(st, s);
	gather_undo(st, s);
	snprintf(st->best_by, sizeof(st->best_by), "%s", s->p->x->train.best);
	rules_encode(s, st);
	net_state_write(s->p->net, &st->momentum);
}

static void tell(struct session *s, const struct state *st, enum checkpoint_kind kind,
		 const char *name, size_t bytes)
{
	char sum[17];
	snprintf(sum, sizeof(sum), "%016" PRIx64, st->weights_sum);
	const struct event_checkpoint ev = {.epoch = s->at.epochs_done,
					    .iter = s->at.iter,
					    .kind = kind,
					    .path = name,
					    .bytes = (int64_t)bytes,
					    .sum = sum};
	emit_checkpoint(s->emit, &ev);
	parting_saved(s, &ev);
}

/* What a state says that its checkpoint has become. */
static void tell_all(struct session *s, const struct state *st, size_t bytes)
{
	char name[64];
	snprintf(name, sizeof(name), "checkpoints/epoch-%04" PRId64 ".weights", st->epochs_done);
	tell(s, st, CHECKPOINT_LAST, RUN_LAST, bytes);
	if (st->is_best)
		tell(s, st, CHECKPOINT_BEST, RUN_BEST, bytes);
	if (st->whole && st->keep > 0)
		tell(s, st, CHECKPOINT_EPOCH, name, bytes);
}

enum err checkpoint_write(struct session *s, bool whole, bool best, struct errinfo *e)
{
	struct state st;
	struct strbuf weights = STRBUF_INIT;
	checkpoint_gather(&st, s);
	st.whole = whole;
	st.is_best = best;
	net_weights_write(s->p->net, s->at.seen, &weights);
	enum err r = pair_write(&s->dir.folder, &weights, &st, e);
	if (!r)
		tell_all(s, &st, weights.len);
	strbuf_release(&weights);
	state_release(&st);
	return r;
}
