/* The fold of a run that goes on from its last checkpoint: what was logged after it is void. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void cut_points(struct history *h, size_t n)
{
	while (h->n_points > n)
		shared_drop(h->points[--h->n_points].layers);
}

void points_release(struct history *h)
{
	cut_points(h, 0);
}

/* How many of them are not after an iteration. */
static size_t points_until(const struct history *h, int64_t iter)
{
	size_t n = h->n_points;
	while (n && h->points[n - 1].iter > iter)
		n--;
	return n;
}

static const struct history_checkpoint *point_at(const struct history *h, int64_t iter)
{
	size_t n = points_until(h, iter);
	return n && h->points[n - 1].iter == iter ? &h->points[n - 1] : NULL;
}

/* The same as the last point's, most often. */
static struct history_layers_then *layers_now(const struct history *h)
{
	struct history_layers_then *last = h->n_points ? h->points[h->n_points - 1].layers : NULL;
	size_t bytes = sizeof(*last) + h->n_layers * sizeof(*last->scales);
	struct history_layers_then *now = shared_new(bytes);
	memset(now, 0, bytes);
	now->frozen = h->frozen;
	now->epoch_frozen = h->epoch_frozen;
	now->epoch_frozen_known = h->epoch_frozen_known;
	now->n_layers = h->n_layers;
	for (size_t i = 0; i < h->n_layers; i++)
		now->scales[i] = h->layers[i].lr_scale;
	if (shared_bytes(last) != bytes || memcmp(last, now, bytes) != 0)
		return now;
	shared_drop(now);
	return shared_hold(last);
}

void fold_saved(struct history *h, int64_t iter)
{
	cut_points(h, points_until(h, iter));
	if (point_at(h, iter))
		cut_points(h, h->n_points - 1);
	struct history_checkpoint point = {
	    .iter = iter, .phase = h->phase, .n_markers = h->n_markers, .layers = layers_now(h)};
	ALLOC_GROW(h->points, h->n_points + 1, h->cap_points);
	h->points[h->n_points++] = point;
}

static void cut_markers(struct history *h, size_t n)
{
	while (h->n_markers > n)
		shared_drop(h->markers[--h->n_markers].text);
}

/* Without the point in the log the iteration alone must tell what came after it. */
size_t history_markers_at(const struct history *h, int64_t iter)
{
	const struct history_checkpoint *p = point_at(h, iter);
	size_t n = h->n_markers;
	while (!p && n && h->markers[n - 1].iter > iter)
		n--;
	return p && p->n_markers < n ? p->n_markers : n;
}

/* By the last phase that was told to begin. */
static int64_t phase_now(const struct history *h)
{
	for (size_t i = h->n_markers; i-- > 0;)
		if (h->markers[i].kind == MARK_PHASE)
			return (int64_t)h->markers[i].value;
	return h->phase;
}

static void cut_interventions(struct history *h, int64_t iter)
{
	const struct history_checkpoint *p = point_at(h, iter);
	cut_markers(h, history_markers_at(h, iter));
	int64_t phase = p ? p->phase : phase_now(h), n = (int64_t)h->n_phases;
	h->phase = phase < n ? phase : n - 1;
	if (p) {
		set_frozen(h, &p->layers->frozen);
		set_scales(h, p->layers->scales);
		h->epoch_frozen = p->layers->epoch_frozen;
		h->epoch_frozen_known = p->layers->epoch_frozen_known;
	}
	cut_points(h, points_until(h, iter));
}

/* Layers may have been thawed and frozen again since: what they held then is not known. */
static void forget_digests(struct history *h)
{
	for (size_t i = 0; i < h->n_layers; i++)
		h->layers[i].digest_known = false;
}

static void cut_epochs(struct history *h, int64_t iter)
{
	int64_t number = 0;
	while (h->n_epochs && h->epochs[h->n_epochs - 1].iter > iter)
		epoch_release(&h->epochs[--h->n_epochs]);
	if (h->n_epochs)
		number = h->epochs[h->n_epochs - 1].epoch;
	probes_cut(h, number);
	stats_cut(h, number);
	worst_cut(h, number);
	int64_t trained = h->n_steps ? history_step_at(h, h->n_steps - 1).epoch : number;
	h->epoch = trained > number ? trained : number;
}

/* Whose weights best.weights are, as the trainer says; old logs do not. */
static void settle_best(struct history *h, const struct event_control *from)
{
	double number = from->best_epoch.value;
	size_t i = 0;
	while (i < h->n_epochs && ((double)h->epochs[i].epoch != number ||
				   h->epochs[i].score.value != from->best_score.value))
		i++;
	bool none = from->best_epoch.valid && !(number >= 1 && number <= 1e9);
	bool here = !from->best_epoch.valid || i < h->n_epochs;
	h->dropped = (struct history_best){0};
	if (!none && !here)
		h->dropped = (struct history_best){(int64_t)number, from->best_score,
						   from->best_acc, from->best_loss, true};
	h->best_from = none ? h->n_epochs : 0;
	h->best_epoch = -1; /* none of them is known to be */
	h->best_epoch = find_best(h);
}

/* What is before is another run's, too. */
static void branched(struct history *h, const struct event_control *from)
{
	char *words = xasprintf("branched off %s", h->run.parent);
	tell_resumed(h, words);
	add_marker(h, MARK_BACK, from->iter, from->cause, xasprintf("%s here", words));
	free(words);
}

/* Another trainer took the run up. */
static void resumed(struct history *h, const struct event_control *from)
{
	h->ended = h->stopping = false;
	h->state = RUN_PREPARING;
	if (history_is_branch(h, from->iter)) {
		branched(h, from);
		return;
	}
	h->n_resumed++;
	tell_resumed(h, "resumed");
	add_note(h, NOTE_INFO,
		 xasprintf("resumed after iteration %lld (%s)", (long long)from->iter,
			   cause_name(from->cause)));
}

static void went_back(struct history *h, const struct event_control *from)
{
	h->n_back++;
	add_marker(h, MARK_BACK, from->iter, from->cause,
		   xasprintf("went back here from iteration %lld (%s)", (long long)h->iter,
			     cause_name(from->cause)));
}

void fold_continued(struct history *h, const struct event_control *from)
{
	bool back = from->what == CONTROL_BACK;
	if (from->iter < 0)
		return;
	if (from->iter < h->iter)
		forget_digests(h);
	if (from->iter < INT64_MAX) {
		cut_steps(h, from->iter + 1);
		series_cut(h, from->iter + 1);
	}
	cut_epochs(h, from->iter);
	settle_best(h, from);
	forget_ending(h);
	cut_interventions(h, from->iter);
	if (back)
		went_back(h, from);
	else
		resumed(h, from);
	h->iter = from->iter;
	thaw_forget(h);
	range_ended(h);
	busy_over(h);
	h->has_cache = false;
}

void forget_ending(struct history *h)
{
	shared_drop(h->ending.why);
	h->ending = (struct history_ending){0};
}

void fold_ending(struct history *h, const struct event_control *from)
{
	forget_ending(h);
	if (from->what == CONTROL_ENDING)
		h->ending = (struct history_ending){
		    .on = true, .seq = h->seq, .why = shared_text(from->why), .wait = from->wait};
}

void trouble_release(struct history *h)
{
	shared_drop(h->trouble.why);
	shared_drop(h->trouble.undo);
	h->trouble = (struct history_trouble){0};
}

void fold_trouble(struct history *h, const struct event_control *from)
{
	bool begins = from->what == CONTROL_PAUSED && from->why;
	trouble_release(h);
	if (begins)
		h->trouble = (struct history_trouble){.on = true,
						      .seq = h->seq,
						      .why = shared_text(from->why),
						      .undo = shared_text(from->undo),
						      .wait = from->wait};
}
