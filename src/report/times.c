#include "thaw/report/times.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

/* One that goes back takes the place of those behind it. */
static void add(struct times_points *p, int64_t at, int64_t ms)
{
	while (p->n && p->points[p->n - 1].at >= at)
		p->n--;
	ALLOC_GROW(p->points, p->n + 1, p->cap);
	p->points[p->n].at = at;
	p->points[p->n++].ms = ms;
}

void times_add(struct times *t, const struct event *ev)
{
	switch (ev->type) {
	case EV_RUN:
		if (ev->run.started > 0)
			add(&t->starts, ev->t_ms, ev->run.started);
		break;
	case EV_STEP:
		add(&t->steps, ev->step.iter, ev->t_ms);
		break;
	case EV_STEPS:
		if (ev->steps.n_loss)
			add(&t->steps, ev->steps.iter + (int64_t)ev->steps.n_loss - 1, ev->t_ms);
		break;
	case EV_EPOCH:
		add(&t->epochs, ev->epoch.epoch, ev->t_ms);
		break;
	default:
		break;
	}
}

void times_release(struct times *t)
{
	free(t->steps.points);
	free(t->epochs.points);
	free(t->starts.points);
	*t = (struct times){0};
}

/* How many points are at or before a place. */
static size_t up_to(const struct times_points *p, double at)
{
	size_t lo = 0, hi = p->n;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if ((double)p->points[middle].at <= at)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

struct opt_double times_step_ms(const struct times *t, int64_t iter)
{
	const struct times_points *p = &t->steps;
	size_t n = up_to(p, (double)iter);
	if (!p->n)
		return (struct opt_double){0};
	if (n == p->n || n == 0 || p->points[n - 1].at == iter)
		return opt_of((double)p->points[n ? n - 1 : 0].ms);
	double part =
	    (double)(iter - p->points[n - 1].at) / (double)(p->points[n].at - p->points[n - 1].at);
	return opt_of((double)p->points[n - 1].ms +
		      part * (double)(p->points[n].ms - p->points[n - 1].ms));
}

struct opt_double times_epoch_ms(const struct times *t, int64_t epoch)
{
	size_t n = up_to(&t->epochs, (double)epoch);
	bool told = n && t->epochs.points[n - 1].at == epoch;
	return told ? opt_of((double)t->epochs.points[n - 1].ms) : (struct opt_double){0};
}

double times_wall_seconds(const struct times *t, double ms)
{
	size_t n = up_to(&t->starts, ms);
	if (!t->starts.n)
		return ms / 1000;
	size_t i = n ? n - 1 : 0;
	return ((double)t->starts.points[i].ms + ms - (double)t->starts.points[i].at) / 1000;
}
