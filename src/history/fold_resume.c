/* The fold of a run that goes on from its last checkpoint: what was logged after it is void. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

void fold_last_checkpoint(struct history *h, int64_t iter)
{
	free(h->last.scales);
	h->last = (struct history_checkpoint){
	    .known = true,
	    .iter = iter,
	    .phase = h->phase,
	    .n_markers = h->n_markers,
	    .frozen = h->frozen,
	    .epoch_frozen = h->epoch_frozen,
	    .epoch_frozen_known = h->epoch_frozen_known,
	    .scales = scales_now(h),
	};
}

static void cut_markers(struct history *h, size_t n)
{
	while (h->n_markers > n)
		free(h->markers[--h->n_markers].text);
}

/* Without the checkpoint in the log the iteration alone must tell what came after it. */
static void cut_interventions(struct history *h, int64_t iter)
{
	size_t n = h->n_markers;
	if (h->last.known && h->last.iter == iter) {
		cut_markers(h, h->last.n_markers);
		set_frozen(h, &h->last.frozen);
		set_scales(h, h->last.scales);
		h->phase =
		    h->last.phase < (int64_t)h->n_phases ? h->last.phase : (int64_t)h->n_phases - 1;
		h->epoch_frozen = h->last.epoch_frozen;
		h->epoch_frozen_known = h->last.epoch_frozen_known;
		return;
	}
	h->last.known = false;
	while (n && h->markers[n - 1].iter > iter)
		n--;
	cut_markers(h, n);
}

static void cut_epochs(struct history *h, int64_t iter)
{
	int64_t number = 0;
	while (h->n_epochs && h->epochs[h->n_epochs - 1].iter > iter)
		epoch_release(&h->epochs[--h->n_epochs]);
	if (h->n_epochs)
		number = h->epochs[h->n_epochs - 1].epoch;
	h->best_epoch = find_best(h);
	probes_cut(h, number);
	stats_cut(h, number);
	worst_cut(h, number);
	h->epoch = h->n_steps && h->steps[h->n_steps - 1].epoch > number
		       ? h->steps[h->n_steps - 1].epoch
		       : number;
}

void fold_continued(struct history *h, const struct event_control *from)
{
	if (from->iter < 0)
		return;
	while (h->n_steps && h->steps[h->n_steps - 1].iter > from->iter)
		h->n_steps--;
	cut_epochs(h, from->iter);
	cut_interventions(h, from->iter);
	h->iter = from->iter;
	thaw_forget(h);
	range_ended(h);
	busy_over(h);
	h->has_cache = h->ended = h->stopping = false;
	h->state = RUN_PREPARING;
	h->n_resumed++;
	add_note(h, NOTE_INFO,
		 xasprintf("resumed after iteration %lld (%s)", (long long)from->iter,
			   cause_name(from->cause)));
}
