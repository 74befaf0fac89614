/* The fold of one epoch: figures, classes, confusion matrix, digests, then its observation. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void epoch_release(struct history_epoch *e)
{
	shared_drop(e->classes);
	shared_drop(e->confusion);
	shared_drop(e->phase);
	shared_drop(e->words);
	shared_drop(e->brief);
}

static const char *class_name(const struct history *h, const struct event_epoch *from, size_t i)
{
	const char *name = from->classes[i].name;
	return name ? name : i < h->run.n_classes ? h->run.classes[i] : "";
}

/* In one piece: the classes, then their names. */
static void copy_classes(const struct history *h, struct history_epoch *to,
			 const struct event_epoch *from)
{
	size_t n = from->n_classes, bytes = n * sizeof(*to->classes);
	for (size_t i = 0; i < n; i++)
		bytes += strlen(class_name(h, from, i)) + 1;
	to->n_classes = n;
	to->classes = shared_new(bytes);
	char *text = (char *)(to->classes + n);
	for (size_t i = 0; i < n; i++) {
		const char *name = class_name(h, from, i);
		size_t len = strlen(name) + 1;
		to->classes[i] = from->classes[i];
		to->classes[i].name = memcpy(text, name, len);
		text += len;
	}
}

/* Counts, and runs of zeros; false unless they are exactly n. Shape: to[n], 0 before */
static bool copy_row(int64_t *to, size_t n, const struct event_row *from)
{
	size_t at = 0;
	for (size_t i = 0; i < from->n_counts; i++) {
		int64_t count = from->counts[i];
		uint64_t take = count < 0 ? -(uint64_t)count : 1;
		if (take > n - at)
			return false;
		if (count > 0)
			to[at] = count;
		at += take;
	}
	return at == n;
}

/* Only a square matrix over the epoch's classes is kept. */
static void copy_confusion(struct history_epoch *to, const struct event_epoch *from)
{
	size_t n = to->n_classes;
	if (!n || from->n_confusion != n)
		return;
	to->confusion = shared_new(n * n * sizeof(*to->confusion));
	memset(to->confusion, 0, n * n * sizeof(*to->confusion));
	for (size_t i = 0; i < n; i++)
		if (!copy_row(&to->confusion[i * n], n, &from->confusion[i])) {
			shared_drop(to->confusion);
			to->confusion = NULL;
			return;
		}
}

/* The best of those before the last one is known while it is there; -1 has all looked at. */
int find_best(const struct history *h)
{
	const struct metric m = history_metric(h);
	int at = h->best_epoch < (int)h->n_epochs - 1 ? h->best_epoch : -1;
	struct opt_double best = at < 0 ? h->dropped.score : h->epochs[at].score;
	for (size_t i = at < 0 ? h->best_from : h->n_epochs - 1; i < h->n_epochs; i++) {
		struct opt_double score = h->epochs[i].score;
		if (!opt_finite(score) ||
		    (best.valid && !metric_gains(&m, score.value, best.value, 0)))
			continue;
		best = score;
		at = (int)i;
	}
	return at;
}

static void set_score(const struct history *h, struct history_epoch *e)
{
	const struct metric m = history_metric(h);
	e->score = metric_value(&m, &e->valid, e->classes, e->n_classes);
}

void judge_again(struct history *h)
{
	for (size_t i = 0; i < h->n_epochs; i++)
		set_score(h, &h->epochs[i]);
	h->best_epoch = -1;
	h->best_epoch = find_best(h);
}

static bool parse_digest(const char *text, uint64_t *digest)
{
	if (!text || strlen(text) != 16 || strspn(text, "0123456789abcdefABCDEF") != 16)
		return false;
	*digest = strtoull(text, NULL, 16);
	return true;
}

/* A digest may be compared with the last epoch's only when the layer was frozen all the time
 * between. A thaw is told by a `freeze` event (set_frozen() forgets the digest) or by the layer
 * missing from an epoch. */
static void fold_digests(struct history *h, const struct event_epoch *from)
{
	struct layerset listed;
	layerset_clear(&listed, (int)h->n_layers);
	for (size_t i = 0; i < from->n_frozen; i++) {
		int64_t at = from->frozen[i].layer;
		uint64_t digest;
		if (at < 0 || at >= (int64_t)h->n_layers ||
		    !parse_digest(from->frozen[i].digest, &digest))
			continue;
		struct history_layer *l = &h->layers[at];
		layerset_set(&listed, (int)at, true);
		if (l->digest_known && l->digest != digest)
			l->digest_changed = true;
		l->digest = digest;
		l->digest_known = true;
	}
	for (size_t i = 0; i < h->n_layers; i++)
		if (!layerset_has(&listed, (int)i))
			h->layers[i].digest_known = false;
}

static void observe(struct history *h)
{
	struct strbuf thawed = STRBUF_INIT;
	struct layerset gone = h->epoch_frozen;
	if (h->epoch_frozen_known) {
		layerset_remove(&gone, &h->frozen);
		if (layerset_count(&gone))
			layerset_format(&gone, &thawed);
	}
	observe_epoch(h, thawed.buf);
	strbuf_release(&thawed);
	h->epoch_frozen = h->frozen;
	h->epoch_frozen_known = h->n_layers > 0;
}

/* What the cache spared is told right before its epoch. */
static struct opt_double saved_in(const struct history *h, int64_t epoch)
{
	struct opt_double saved = h->cache.saved;
	if (!saved.valid || h->cache.epoch != epoch || !(saved.value >= 0 && saved.value <= 1))
		return (struct opt_double){0};
	return saved;
}

void fold_epoch(struct history *h, const struct event *ev)
{
	const struct event_epoch *from = &ev->epoch;
	if (from->epoch < 0)
		return;
	while (h->n_epochs && h->epochs[h->n_epochs - 1].epoch >= from->epoch)
		epoch_release(&h->epochs[--h->n_epochs]);
	h->best_from = h->best_from < h->n_epochs ? h->best_from : h->n_epochs;
	ALLOC_GROW(h->epochs, h->n_epochs + 1, h->cap_epochs);
	struct history_epoch *to = &h->epochs[h->n_epochs++];
	*to = (struct history_epoch){
	    .epoch = from->epoch,
	    .iter = from->iter,
	    .phase = shared_text(from->phase),
	    .lr = from->lr,
	    .train = from->train,
	    .valid = from->valid,
	    .seconds = from->seconds,
	    .saved = saved_in(h, from->epoch),
	};
	copy_classes(h, to, from);
	copy_confusion(to, from);
	set_score(h, to);
	h->best_epoch = find_best(h);
	to->best = h->best_epoch == (int)h->n_epochs - 1;
	h->epoch = from->epoch;
	h->epoch_end_ms = h->t_ms;
	busy_over(h);
	fold_digests(h, from);
	observe(h);
	add_epoch_note(h, to);
}
