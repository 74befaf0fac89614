/* The fold of what is to come, and of what was tried beside the run: the layers that the plan will
 * thaw, and learning-rate range tests. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <inttypes.h>

void thaw_forget(struct history *h)
{
	record_release(event_record(EV_THAW), &h->thaw);
}

void fold_thaw(struct history *h, const struct event *ev)
{
	struct strbuf words = STRBUF_INIT;
	struct event_thaw some = ev->thaw;
	some.n_steps = some.n_steps < MAX_THAWS ? some.n_steps : MAX_THAWS;
	thaw_forget(h);
	record_copy(event_record(EV_THAW), &h->thaw, &some);
	if (ev->thaw.cause != CAUSE_PHASE && history_thaw_words(h, &words))
		add_note(h, NOTE_INFO,
			 xasprintf("next to thaw: %s (%s)", words.buf, cause_name(ev->thaw.cause)));
	else if (ev->thaw.cause != CAUSE_PHASE)
		add_note(h, NOTE_INFO,
			 xasprintf("nothing more thaws in this phase (%s)",
				   cause_name(ev->thaw.cause)));
	strbuf_release(&words);
}

/* Steps whose time has come are past: the log tells of what has thawed. */
static const struct event_thaw_step *next_step(const struct history *h)
{
	for (size_t i = 0; i < h->thaw.n_steps; i++)
		if (h->thaw.steps[i].epoch > h->epoch)
			return &h->thaw.steps[i];
	return NULL;
}

bool history_thaw_words(const struct history *h, struct strbuf *out)
{
	const struct event_thaw_step *s = next_step(h);
	if (s)
		strbuf_addf(out, "%.200s at epoch %" PRId64, s->layers, s->epoch);
	return s;
}

int64_t history_thaws_at(const struct history *h, int layer)
{
	struct layerset which;
	int n = h->n_layers < LAYERSET_MAX ? (int)h->n_layers : LAYERSET_MAX;
	for (size_t i = 0; i < h->thaw.n_steps; i++) {
		const struct event_thaw_step *s = &h->thaw.steps[i];
		if (s->epoch > h->epoch &&
		    layerset_parse(&which, s->layers, n, n ? n - 1 : 0, NULL) == ERR_OK &&
		    layer >= 0 && layer < n && layerset_has(&which, layer))
			return s->epoch;
	}
	return 0;
}

void fold_lr_range(struct history *h, const struct event *ev)
{
	const struct event_lr_range *from = &ev->lr_range;
	record_release(event_record(EV_LR_RANGE), &h->range);
	record_copy(event_record(EV_LR_RANGE), &h->range, from);
	if (from->state != RANGE_RUNNING)
		add_note(h, NOTE_INFO,
			 xasprintf("range test at iteration %" PRId64 ": %s", from->iter,
				   from->words));
}

void range_ended(struct history *h)
{
	if (h->range.words && h->range.state == RANGE_RUNNING)
		record_release(event_record(EV_LR_RANGE), &h->range);
}
