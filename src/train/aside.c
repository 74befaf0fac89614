#include "aside.h"
#include "phases.h"
#include "session.h"
#include "sweep.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"

#include <stdlib.h>

#define TOLD 10 /* times that a test says how far it is */

struct testing {
	struct session *s;
	struct aside *a;
	struct strbuf frozen;
};

static struct event_lr_range told_of(const struct testing *a, const struct range_test *t)
{
	return (struct event_lr_range){
	    .iter = a->s->at.iter,
	    .cause = a->a->cause,
	    .done = (int64_t)t->n,
	    .iterations = t->iterations,
	    .from = t->from,
	    .to = t->to,
	    .frozen = a->frozen.buf,
	    .lr = opt_of(session_lr(a->s)),
	};
}

static bool go_on(void *arg, const struct range_test *t)
{
	struct testing *a = arg;
	if (t->n % (size_t)(t->iterations / TOLD) == 0) {
		struct event_lr_range ev = told_of(a, t);
		emit_lr_range(a->s->emit, &ev);
	}
	return !a->a->stop(a->a->arg);
}

static void tell(const struct testing *a, const struct range_test *t, const struct range_finding *f)
{
	struct event_lr_range ev = told_of(a, t);
	ev.state = f->state;
	ev.suggestion = f->suggestion;
	ev.steepest = f->steepest;
	ev.lowest = f->lowest;
	ev.words = f->words.buf;
	ev.points = t->points;
	ev.n_points = t->n;
	emit_lr_range(a->s->emit, &ev);
}

/* What the test found in the cache is none of the epoch's. */
static void forget_hits(struct session *s, const struct net_cache_info *before)
{
	struct net_cache_info now;
	net_cache_info(s->p->net, &now);
	if (now.layer != before->layer || now.hits < before->hits || now.misses < before->misses)
		return;
	s->cache.hits += now.hits - before->hits;
	s->cache.misses += now.misses - before->misses;
}

static enum err test(struct testing *a, struct range_test *t, struct errinfo *e)
{
	struct session *s = a->s;
	struct net *net = s->p->net;
	const struct sweep w = {.p = s->p,
				.epoch = s->at.epoch > 0 ? s->at.epoch : 1,
				.start = (size_t)s->at.iter_in_epoch * (size_t)s->p->x->train.batch,
				.go_on = go_on,
				.arg = a};
	struct net_cache_info cache;
	struct net_snapshot *before = net_snapshot_take(net, NULL);
	net_cache_info(net, &cache);
	enum err r = sweep_run(&w, t, e);
	net_snapshot_restore(net, before);
	net_snapshot_free(before);
	forget_hits(s, &cache);
	return r;
}

enum err aside_find_lr(struct session *s, struct aside *aside, struct errinfo *e)
{
	struct testing a = {s, aside, STRBUF_INIT};
	struct range_test t;
	struct range_finding f;
	double since = clock_seconds();
	layerset_format(net_frozen(s->p->net), &a.frozen);
	range_test_init(&t, RANGE_FROM, RANGE_TO, RANGE_ITERATIONS, (int)s->p->data->n_classes);
	enum err r = test(&a, &t, e);
	t.cancelled = t.cancelled || r;
	range_test_find(&t, &f);
	tell(&a, &t, &f);
	aside->found = f.state == RANGE_FOUND;
	strbuf_addstr(&aside->words, f.words.buf);
	range_finding_release(&f);
	range_test_release(&t);
	strbuf_release(&a.frozen);
	s->aside_s += clock_seconds() - since;
	return r;
}
