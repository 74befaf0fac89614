#include "thaw/report/figure.h"

#include "thaw/base/words.h"

#include <math.h>
#include <string.h>

const char *const axis_names[AXIS_N + 1] = {"iteration", "epoch", "time", "clock", NULL};

bool axis_parse(const char *name, enum axis *out)
{
	for (int i = 0; i < AXIS_N; i++)
		if (strcmp(axis_names[i], name) == 0) {
			*out = (enum axis)i;
			return true;
		}
	return false;
}

/* ---- the table ---- */

static struct opt_double step_loss(const struct history_step *s)
{
	return s->loss;
}

static struct opt_double step_lr(const struct history_step *s)
{
	return s->lr;
}

static struct opt_double step_ips(const struct history_step *s)
{
	return s->ips;
}

static struct opt_double valid_acc(const struct history_epoch *e)
{
	return e->valid.acc;
}

static struct opt_double valid_loss(const struct history_epoch *e)
{
	return e->valid.loss;
}

static struct opt_double train_loss(const struct history_epoch *e)
{
	return e->train.loss;
}

static struct opt_double train_acc(const struct history_epoch *e)
{
	return e->train.acc;
}

static struct opt_double epoch_lr(const struct history_epoch *e)
{
	return e->lr;
}

static struct opt_double macro_f1(const struct history_epoch *e)
{
	bool valid = false;
	double v = e->n_classes ? classes_f1(e->classes, e->n_classes, &valid) : 0;
	return (struct opt_double){valid ? v : 0, valid};
}

/* clang-format off */
const struct figure figures[] = {
    {"valid_acc", "validation accuracy", "V.ACC", FIGURE_SHARE, NULL, valid_acc, 0, words_percent},
    {"valid_loss", "validation loss", "V.LOSS", FIGURE_PLAIN, NULL, valid_loss, 0, words_loss},
    {"train_loss", "training loss", "T.LOSS", FIGURE_PLAIN, step_loss, train_loss, STEP_LOSS, words_loss},
    {"lr", "learning rate", "LR", FIGURE_RATE, step_lr, epoch_lr, STEP_LR, words_rate},
    {"train_acc", "training accuracy", "T.ACC", FIGURE_SHARE, NULL, train_acc, 0, words_percent},
    {"macro_f1", "macro F1", "F1", FIGURE_SHARE, NULL, macro_f1, 0, words_percent},
    {"speed", "images a second", "IMG/S", FIGURE_PLAIN, step_ips, NULL, STEP_IPS, words_short},
};
/* clang-format on */
const size_t n_figures = sizeof(figures) / sizeof(*figures);

const struct figure *figure_find(const char *key)
{
	for (size_t i = 0; i < n_figures; i++)
		if (strcmp(figures[i].key, key) == 0)
			return &figures[i];
	return NULL;
}

/* ---- places ---- */

/* Between two ends of epochs in proportion; before the first from 0 at iteration 0, behind the last
 * as fast as the last went. */
static double between_epochs(const struct history *h, size_t next, double iter)
{
	size_t last = h->n_epochs - 1, b = next <= last ? next : last;
	const struct history_epoch *to = &h->epochs[b], *from = b ? &h->epochs[b - 1] : NULL;
	double i0 = from ? (double)from->iter : 0, e0 = from ? (double)from->epoch : 0;
	double i1 = (double)to->iter, e1 = (double)to->epoch;
	if (!(i1 > i0))
		return e1;
	return e0 + (e1 - e0) * (iter - i0) / (i1 - i0);
}

/* *next: where a walk stands among the epochs; it only goes on. */
static double epochs_at(const struct history *h, double iter, size_t *next)
{
	const struct history_epoch *last = h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL;
	double per_epoch = (double)h->run.iterations;
	bool told = last && last->iter > 0;
	if (told && (iter <= (double)last->iter || !(per_epoch > 0))) {
		while (*next < h->n_epochs && (double)h->epochs[*next].iter < iter)
			++*next;
		return between_epochs(h, *next, iter);
	}
	if (!(per_epoch > 0))
		return NAN;
	return told ? (double)last->epoch + (iter - (double)last->iter) / per_epoch
		    : iter / per_epoch;
}

double figure_epochs(const struct history *h, double iter)
{
	size_t next = 0;
	return epochs_at(h, iter, &next);
}

/* An epoch stands where it ended; a log that tells no iterations is placed by the plan's. */
static double iteration_of(const struct history *h, const struct history_epoch *e)
{
	if (e->iter > 0)
		return (double)e->iter;
	return h->run.iterations > 0 ? (double)(e->epoch * h->run.iterations) : NAN;
}

static double place_on(struct figure_walk *w, enum axis axis, double iter, int64_t epoch,
		       double seconds)
{
	const struct history *h = &w->course->history;
	double epochs;
	switch (axis) {
	case AXIS_ITERATION:
		return iter;
	case AXIS_EPOCH:
		epochs = epochs_at(h, iter, &w->epoch);
		return isnan(epochs) && epoch > 0 ? (double)epoch : epochs;
	case AXIS_TIME:
		return w->timed && seconds >= 0 ? seconds : (double)NAN;
	default:
		return w->timed ? course_wall_s(w->course, seconds) : (double)NAN;
	}
}

static void place_step(struct figure_walk *w, const struct history_step *s, double seconds,
		       struct figure_point *p)
{
	p->iter = s->iter;
	p->epoch = s->epoch;
	for (int axis = 0; axis < AXIS_N; axis++)
		p->at[axis] = w->axes & 1u << axis
				  ? place_on(w, (enum axis)axis, (double)s->iter, s->epoch, seconds)
				  : (double)NAN;
}

/* An epoch stands at its own number. */
static void place_epoch(struct figure_walk *w, const struct history_epoch *e, double seconds,
			struct figure_point *p)
{
	double iter = iteration_of(&w->course->history, e);
	p->iter = e->iter;
	p->epoch = e->epoch;
	for (int axis = 0; axis < AXIS_N; axis++)
		p->at[axis] = axis == AXIS_EPOCH
				  ? (double)e->epoch
				  : place_on(w, (enum axis)axis, iter, e->epoch, seconds);
}

/* ---- walking ---- */

static bool steps_tell(const struct course *c, const struct figure *f)
{
	const struct history *h = &c->history;
	size_t n = h->n_steps / HISTORY_BLOCK, blocks = n < h->n_blocks ? n : h->n_blocks, i;
	if (!f->of_step)
		return false;
	for (i = 0; i < blocks; i++)
		if (history_block(h, i)->of[f->step].told)
			return true;
	for (i *= HISTORY_BLOCK; i < h->n_steps; i++) {
		struct history_step s = history_step_at(h, i);
		if (f->of_step(&s).valid)
			return true;
	}
	return false;
}

void figure_walk(struct figure_walk *w, const struct course *c, const struct figure *f)
{
	*w = (struct figure_walk){
	    .course = c,
	    .figure = f,
	    .axes = FIGURE_AXES,
	    .steps = steps_tell(c, f),
	    .timed = history_timed(&c->history)};
	w->n = w->steps ? c->history.n_steps : f->of_epoch ? c->history.n_epochs : 0;
}

static bool next_step(struct figure_walk *w, struct figure_point *p)
{
	struct history_step s = history_step_next(&w->course->history, w->i, &w->spell);
	struct opt_double v = w->figure->of_step(&s);
	if (!v.valid)
		return false;
	place_step(w, &s, w->course->step_s[w->i], p);
	p->value = v.value;
	p->wild = s.wild && w->figure->step == STEP_LOSS;
	return true;
}

static bool next_epoch(struct figure_walk *w, struct figure_point *p)
{
	const struct history_epoch *e = &w->course->history.epochs[w->i];
	struct opt_double v = w->figure->of_epoch(e);
	if (!v.valid)
		return false;
	place_epoch(w, e, w->course->epoch_s[w->i], p);
	p->value = v.value;
	p->wild = false;
	return true;
}

bool figure_next(struct figure_walk *w, struct figure_point *p)
{
	for (; w->i < w->n; w->i++)
		if (w->steps ? next_step(w, p) : next_epoch(w, p)) {
			w->i++;
			return true;
		}
	return false;
}

static void widen(const struct figure_point *p, enum axis axis, double *lo, double *hi)
{
	double v = p->at[axis];
	*lo = isfinite(v) && !(*lo <= v) ? v : *lo;
	*hi = isfinite(v) && !(*hi >= v) ? v : *hi;
}

bool figure_span(const struct course *c, enum axis axis, double *lo, double *hi)
{
	const struct history *h = &c->history;
	struct figure_walk w = {.course = c, .axes = 1u << axis, .timed = history_timed(h)};
	struct figure_point p;
	*lo = *hi = NAN;
	for (int end = 0; end < 2; end++) {
		size_t i = end && h->n_steps ? h->n_steps - 1 : 0;
		size_t k = end && h->n_epochs ? h->n_epochs - 1 : 0;
		if (h->n_steps) {
			struct history_step s = history_step_at(h, i);
			place_step(&w, &s, c->step_s[i], &p);
			widen(&p, axis, lo, hi);
		}
		if (h->n_epochs) {
			place_epoch(&w, &h->epochs[k], c->epoch_s[k], &p);
			widen(&p, axis, lo, hi);
		}
	}
	return isfinite(*lo);
}
