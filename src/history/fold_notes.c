/* The notes that are more than their event's words: what an epoch came to, what was saved, and where
 * another trainer went on. */
#include "fold.h"

#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <string.h>

void add_epoch_note(struct history *h, const struct history_epoch *e)
{
	struct strbuf text = STRBUF_INIT;
	strbuf_addf(&text, "%s %lld", history_unit(h), (long long)e->epoch);
	if (e->train.loss.valid)
		strbuf_addf(&text, ": train %s", words_loss(e->train.loss.value));
	if (e->valid.acc.valid)
		strbuf_addf(&text, "%s valid %s %%", e->train.loss.valid ? "," : ":",
			    words_percent(e->valid.acc.value));
	strbuf_addstr(&text, e->best ? ", best" : "");
	add_note(h, NOTE_INFO, strbuf_detach(&text))->kind = NOTE_EPOCH;
}

/* The last of its kind by the same trainer; NULL when there is none. */
static struct history_note *saved_before(const struct history *h, int64_t what)
{
	for (size_t i = h->n_notes; i-- > 0 && h->notes[i].kind != NOTE_RESUMED;)
		if (h->notes[i].kind == NOTE_SAVED && h->notes[i].what == what)
			return &h->notes[i];
	return NULL;
}

static void remove_note(struct history *h, struct history_note *n)
{
	size_t behind = (size_t)(h->notes + h->n_notes - n) - 1;
	shared_drop(n->text);
	memmove(n, n + 1, behind * sizeof(*n));
	h->n_notes--;
}

/* Not at the end of an epoch? */
static bool within_epoch(const struct history *h, int64_t iter)
{
	return !h->n_epochs || h->epochs[h->n_epochs - 1].iter != iter;
}

void add_saved(struct history *h, const struct event_checkpoint *from)
{
	static const char *const names[CHECKPOINT_N] = {"checkpoint", "best", "last"};
	int64_t what =
	    from->kind >= 0 && from->kind < CHECKPOINT_N ? from->kind : CHECKPOINT_EPOCH;
	struct history_note *before = saved_before(h, what);
	int64_t n = before ? before->n + 1 : 1;
	if (before)
		remove_note(h, before);
	struct strbuf text = STRBUF_INIT;
	strbuf_addf(&text, "%s saved", names[what]);
	if (n > 1)
		strbuf_addf(&text, " %s, last", words_n(n, "time"));
	bool within = within_epoch(h, from->iter);
	strbuf_addf(&text, ": %s, %s %lld, %s", from->path ? from->path : "",
		    within ? "iteration" : "epoch", (long long)(within ? from->iter : from->epoch),
		    words_bytes((double)from->bytes));
	struct history_note *note = add_note(h, NOTE_INFO, strbuf_detach(&text));
	note->kind = NOTE_SAVED;
	note->what = what;
	note->n = n;
}

void add_controls_note(struct history *h, const struct event_control *from)
{
	struct strbuf text = STRBUF_INIT;
	if (from->what == CONTROL_GIVEN_UP)
		strbuf_addf(&text, "%s gave up the controls", from->from ? from->from : "somebody");
	else
		strbuf_addf(&text, "%s took the controls", from->who ? from->who : "somebody");
	if (from->what == CONTROL_TAKEN && from->from)
		strbuf_addf(&text, " from %s", from->from);
	strbuf_addf(&text, " at iteration %lld", (long long)from->iter);
	add_note(h, NOTE_INFO, strbuf_detach(&text))->kind = NOTE_CONTROLS;
}

void add_card_note(struct history *h)
{
	if (h->run.device && strncmp(h->run.device, "cuda", 4) == 0)
		add_note(h, NOTE_INFO, xasprintf("computes on %s", h->run.device))->kind =
		    NOTE_DEVICE;
}

/* A figure is told with the difference. */
void fold_parted(struct history *h, const struct event *ev)
{
	const struct event_parted *p = &ev->parted;
	struct strbuf text = STRBUF_INIT;
	const char *of = h->run.again ? h->run.again : "the run that it trains again";
	strbuf_addf(&text, "parted from %s at iteration %lld: %s was %s and is %s", of,
		    (long long)p->iter, p->what, p->was, p->now);
	if (p->by.valid)
		strbuf_addf(&text, " (%+.3g)", p->by.value);
	h->parted = true;
	h->parted_iter = p->iter;
	add_note(h, NOTE_WARN, strbuf_detach(&text));
}

bool history_is_branch(const struct history *h, int64_t iter)
{
	const struct event_run *r = &h->run;
	return r->parent && r->parent_iter.valid && r->parent_iter.value == (double)iter;
}

void add_resumed(struct history *h)
{
	struct history_note *n = add_note(h, NOTE_INFO,
					  history_is_branch(h, h->iter)
					      ? xasprintf("branched off %s", h->run.parent)
					      : xstrdup("resumed"));
	n->kind = NOTE_RESUMED;
	n->unix_ms = h->run.started > 0 ? h->run.started : 0;
}

void tell_resumed(struct history *h, const char *how)
{
	int64_t done = h->n_epochs ? h->epochs[h->n_epochs - 1].epoch : 0;
	for (size_t i = h->n_notes; i-- > 0 && h->notes[i].t_ms >= h->run_ms;)
		if (h->notes[i].kind == NOTE_RESUMED) {
			shared_drop(h->notes[i].text);
			h->notes[i].text = shared_take(
			    xasprintf("%s at epoch %lld", how,
				      (long long)(h->epoch > done ? h->epoch : done + 1)));
			return;
		}
}

const struct history_note *history_newest_note(const struct history *h)
{
	for (size_t i = h->n_notes; i-- > 0;)
		if (h->notes[i].kind != NOTE_SAVED && h->notes[i].kind != NOTE_RESUMED &&
		    h->notes[i].kind != NOTE_CONTROLS)
			return &h->notes[i];
	return NULL;
}
