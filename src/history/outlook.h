/* Inside observe.c: everything that the rules ask about the last epoch, gathered once. */
#ifndef THAW_HISTORY_OUTLOOK_H
#define THAW_HISTORY_OUTLOOK_H

#include "fold.h"

#include <math.h>

struct outlook_means { /* over a window of epochs; NaN where none of them has the figure */
	double acc, valid_loss, train_loss;
};

struct outlook {
	const struct history *h;
	const struct history_epoch *e, *prev; /* prev: NULL at the first epoch */
	const char *thawed;
	double n_valid, n_classes;      /* 0 = not known */
	size_t window;                  /* epochs that are judged together */
	struct outlook_means then, now; /* of the window before, and of the one that ends here */
	double tolerance;               /* of an accuracy: the noise of the sample */
	double mean_tolerance;          /* of a mean over the window */
	double best_before;             /* accuracy; NaN when there was none */
	int64_t best_number;            /* the epoch that had it */
	int64_t idle;                   /* epochs since the last gain */
	const struct history_marker *lr_up, *nonfinite; /* since the last epoch; NULL = none */
	double spike_from,
	    spike_to; /* losses around lr_up, or around the highest loss; NaN = not known */
	int64_t spike_iter;
};

/* NaN where the log has none: no rule that compares it applies. */
static inline double acc(const struct history_epoch *e)
{
	return opt_or_nan(e->valid.acc);
}

static inline double valid_loss(const struct history_epoch *e)
{
	return opt_or_nan(e->valid.loss);
}

static inline double train_loss(const struct history_epoch *e)
{
	return opt_or_nan(e->train.loss);
}

/* The epoch n before the last; NULL when there is none. */
static inline const struct history_epoch *back(const struct outlook *o, size_t n)
{
	return o->h->n_epochs > n ? &o->h->epochs[o->h->n_epochs - 1 - n] : NULL;
}

/* Look at the last epoch of `h`; its so_far is told first. */
void look(struct outlook *o, struct history *h, const char *thawed);

#endif
