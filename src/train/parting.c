#include "parting.h"
#include "again.h"
#include "in_digits.h"
#include "metrics.h"
#include "session.h"
#include "thaw/base/run_files.h"
#include "thaw/base/version.h"
#include "thaw/base/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- saying so ---- */

/* In as few digits as give it back. */
static void digits(double v, char *out, size_t size)
{
	for (int n = 6; n <= 17; n++) {
		snprintf(out, size, "%.*g", n, v);
		if (isnan(v) || strtod(out, NULL) == v)
			return;
	}
}

/* Once. `p` is without its iteration. */
static void part(struct session *s, const struct event_parted *p)
{
	struct again *a = s->again;
	struct event_parted ev = *p;
	if (a->parted)
		return;
	a->parted = true;
	ev.iter = s->at.iter;
	emit_parted(s->emit, &ev);
	strbuf_addf(&a->how, "at iteration %" PRId64 ": %s %s there, %s here", ev.iter, ev.what,
		    ev.was, ev.now);
}

static bool same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

/* Returns whether they are the same. */
static bool compare(struct session *s, const char *event, const char *what, double was, double now)
{
	char then[40], here[40];
	if (same(was, now))
		return true;
	digits(was, then, sizeof(then));
	digits(now, here, sizeof(here));
	const struct event_parted p = {
	    .event = event, .what = what, .was = then, .now = here, .by = opt_of(now - was)};
	part(s, &p);
	return false;
}

static bool compare_opt(struct session *s, const char *event, const char *what,
			struct opt_double was, struct opt_double now)
{
	return !was.valid || !now.valid || compare(s, event, what, was.value, now.value);
}

static bool compare_text(struct session *s, const char *event, const char *what, const char *was,
			 const char *now)
{
	if (strcmp(was, now) == 0)
		return true;
	const struct event_parted p = {.event = event, .what = what, .was = was, .now = now};
	part(s, &p);
	return false;
}

static void count(struct compared *c, bool same)
{
	c->n++;
	c->n_differ += !same;
}

/* ---- at the start ---- */

static void tell_text(struct session *s, const char *what, const char *was, const char *now)
{
	if (was && now && strcmp(was, now) != 0)
		emit_note(s->emit, NOTE_WARN, s->at.iter,
			  "not as in %s: %s is %s, and was %s: the weights may not be the same to the bit",
			  again_name(s->again), what, now, was);
}

static void tell_number(struct session *s, const char *what, int64_t was, int64_t now)
{
	char then[24], here[24];
	snprintf(then, sizeof(then), "%" PRId64, was);
	snprintf(here, sizeof(here), "%" PRId64, now);
	tell_text(s, what, then, here);
}

static bool other_sum(const char *was, uint64_t now)
{
	return was && now && strtoull(was, NULL, 16) != now;
}

static void tell_data(struct session *s, const struct event_run *was)
{
	const struct dataset *d = s->p->data;
	int64_t n_train = (int64_t)d->train.n, n_valid = (int64_t)d->valid.n;
	tell_number(s, "the number of training pictures", was->n_train, n_train);
	tell_number(s, "the number of validation pictures", was->n_valid, n_valid);
	if (was->n_train == n_train && was->n_valid == n_valid &&
	    other_sum(was->pictures, s->p->data_sum))
		emit_note(s->emit, NOTE_WARN, s->at.iter,
			  "not as in %s: as many pictures, but some are changed, under other names, in "
			  "other classes or split in another way",
			  again_name(s->again));
	if (other_sum(was->loaded, s->p->loaded_sum))
		emit_note(s->emit, NOTE_WARN, s->at.iter,
			  "not as in %s: the weights that it begins with are others",
			  again_name(s->again));
}

void parting_begin(struct session *s)
{
	struct again *a = s->again;
	if (!a)
		return;
	const struct event_run *was = trained_run(&a->of);
	size_t n = 0;
	for (size_t i = 0; (i = trained_find(&a->of, EV_COMMAND, i)) < a->of.n; i++)
		n++;
	emit_note(s->emit, NOTE_INFO, s->at.iter, "trains %s again, with its %s", was->name,
		  words_n((int64_t)n, "command"));
	tell_text(s, "the version", was->program, "thaw " THAW_VERSION);
	tell_text(s, "the device", was->device, net_device(s->p->net));
	tell_number(s, "the number of threads", was->threads, net_threads(s->p->net));
	tell_data(s, was);
	if (a->of.lost_epochs)
		emit_note(s->emit, NOTE_INFO, s->at.iter,
			  "%s went back beyond ends of epochs, which are not trained again: its " RUN_BEST
			  " may be of one of those",
			  was->name);
	if (a->of.unrecorded)
		emit_note(s->emit, NOTE_WARN, s->at.iter,
			  "the log of %s is of an earlier version, which did not record commands: "
			  "they are not given again",
			  was->name);
}

/* ---- as it goes ---- */

/* The figures of an iteration; false: the log does not tell them. */
static bool find_step(struct again *a, int64_t iter, struct event_step *out)
{
	for (; a->step < a->of.n; a->step++) {
		const struct event *ev = &a->of.events[a->step];
		bool pack = ev->type == EV_STEPS;
		if ((!pack && ev->type != EV_STEP) || trained_iter(ev) < iter)
			continue;
		if ((pack ? ev->steps.iter : ev->step.iter) > iter)
			return false;
		*out = pack ? event_steps_at(&ev->steps, (size_t)(iter - ev->steps.iter)) : ev->step;
		return true;
	}
	return false;
}

void parting_step(struct session *s, double loss, double lr)
{
	struct event_step was;
	if (!s->again || !find_step(s->again, s->at.iter, &was))
		return;
	bool rate = compare_opt(s, "step", "the learning rate", was.lr, opt_of(in_rate(lr)));
	bool same = compare_opt(s, "step", "the loss", was.loss, opt_of(in_loss(loss)));
	count(&s->again->steps, rate && same);
}

static const struct event_epoch *find_epoch(struct again *a, int64_t epoch)
{
	for (; a->epoch < a->of.n; a->epoch++) {
		const struct event *ev = &a->of.events[a->epoch];
		if (ev->type == EV_EPOCH && ev->epoch.epoch >= epoch)
			return ev->epoch.epoch == epoch ? &ev->epoch : NULL;
	}
	return NULL;
}

static bool compare_score(struct session *s, const struct event_score *was,
			  const struct event_score *now, const char *const names[4])
{
	bool loss = compare_opt(s, "epoch", names[0], was->loss, now->loss),
	     acc = compare_opt(s, "epoch", names[1], was->acc, now->acc),
	     top2 = compare_opt(s, "epoch", names[2], was->top2, now->top2),
	     top5 = compare_opt(s, "epoch", names[3], was->top5, now->top5);
	return loss && acc && top2 && top5;
}

static bool compare_digests(struct session *s, const struct event_epoch *was)
{
	bool all = true;
	for (size_t i = 0; i < was->n_frozen; i++) {
		int64_t layer = was->frozen[i].layer;
		char now[17], what[48];
		if (layer < 0 || layer >= net_n_layers(s->p->net))
			continue;
		snprintf(now, sizeof(now), "%016" PRIx64, net_digest(s->p->net, (int)layer));
		snprintf(what, sizeof(what), "the digest of frozen layer %" PRId64, layer);
		all = compare_text(s, "epoch", what, was->frozen[i].digest, now) && all;
	}
	return all;
}

void parting_epoch(struct session *s)
{
	static const char *const of_train[] = {"the training loss", "the training accuracy",
					       "the training top-2", "the training top-5"},
			  *const of_valid[] = {"the validation loss", "the validation accuracy",
					       "the validation top-2", "the validation top-5"};
	const struct event_epoch *was = s->again ? find_epoch(s->again, s->at.epochs_done) : NULL;
	if (!was)
		return;
	struct event_score train = metrics_score(&s->running), valid = metrics_score(&s->valid_metrics);
	bool iter = compare(s, "epoch", "the last iteration", (double)was->iter, (double)s->at.iter),
	     learnt = compare_score(s, &was->train, &train, of_train),
	     judged = compare_score(s, &was->valid, &valid, of_valid),
	     frozen = compare_digests(s, was);
	count(&s->again->epochs, iter && learnt && judged && frozen);
}

/* The same file, written at the same place. */
static const struct event_checkpoint *find_saved(struct again *a, const struct event_checkpoint *now)
{
	const struct trained *t = &a->of;
	a->saved = trained_find(t, EV_CHECKPOINT, a->saved);
	while (a->saved < t->n && t->events[a->saved].checkpoint.iter < now->iter)
		a->saved = trained_find(t, EV_CHECKPOINT, a->saved + 1);
	for (size_t i = a->saved; i < t->n; i = trained_find(t, EV_CHECKPOINT, i + 1)) {
		const struct event_checkpoint *c = &t->events[i].checkpoint;
		if (c->iter != now->iter)
			return NULL;
		if (c->kind == now->kind && c->epoch == now->epoch)
			return c->sum ? c : NULL;
	}
	return NULL;
}

void parting_saved(struct session *s, const struct event_checkpoint *now)
{
	const struct event_checkpoint *was = s->again ? find_saved(s->again, now) : NULL;
	if (was)
		count(&s->again->weights,
		      compare_text(s, "checkpoint", "the sum of the weights", was->sum, now->sum));
}

void parting_answer(struct session *s, const struct waiting *w, bool ok, const char *msg)
{
	if (!s->again || ok || w->cause != CAUSE_RERUN)
		return;
	struct strbuf words = STRBUF_INIT, why = STRBUF_INIT;
	strbuf_addf(&words, "%s%s%s", command_table[w->cmd.type].name, w->cmd.arg ? " " : "",
		    w->cmd.arg ? w->cmd.arg : "");
	strbuf_addf(&why, "refused: %s", msg);
	part(s, &(struct event_parted){
			    .event = "command", .what = "command", .was = words.buf, .now = why.buf});
	strbuf_release(&words);
	strbuf_release(&why);
}

/* ---- at the end ---- */

static void add_count(struct strbuf *out, const char *sep, const struct compared *c,
		      const char *what, bool differ)
{
	if (differ)
		strbuf_addf(out, "%s%" PRId64 " of %s", c->n ? sep : "", c->n_differ,
			    words_n(c->n, what));
	else
		strbuf_addf(out, "%s%s", c->n ? sep : "", words_n(c->n, what));
}

/* Where it ends, when the other did. */
static void compare_end(struct session *s)
{
	const struct trained *t = &s->again->of;
	size_t i = trained_find(t, EV_END, 0);
	if (i < t->n && t->events[i].end.status != END_FAILED)
		compare(s, "end", "the number of iterations", (double)t->events[i].end.iters,
			(double)s->at.iter);
}

void parting_end(struct session *s)
{
	struct again *a = s->again;
	if (!a)
		return;
	compare_end(s);
	struct strbuf words = STRBUF_INIT;
	add_count(&words, "", &a->steps, "iteration", a->parted);
	add_count(&words, ", ", &a->epochs, "epoch", a->parted);
	add_count(&words, ", ", &a->weights, "weights file", a->parted);
	if (a->parted && a->how.len)
		emit_note(s->emit, NOTE_WARN, s->at.iter, "parted from %s %s; %s differ",
			  again_name(a), a->how.buf, words.buf);
	else if (a->parted)
		emit_note(s->emit, NOTE_WARN, s->at.iter, "parted from %s; %s differ",
			  again_name(a), words.buf);
	else
		emit_note(s->emit, NOTE_INFO, s->at.iter, "the same as %s: %s, to the last digit",
			  again_name(a), words.buf);
	strbuf_release(&words);
}
