#include "thaw/report/smooth.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>

static const double weights[] = {0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.97, 0.99, 0.995, 0.999};
static const double windows[] = {1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000};
enum { N_AMOUNTS = sizeof(weights) / sizeof(*weights) };

static double amount_of(const struct smoothing *s)
{
	return s->kind == SMOOTH_WINDOW ? (double)s->window : s->weight;
}

bool smoothing_on(const struct smoothing *s)
{
	return s->kind == SMOOTH_WINDOW ? s->window > 1 : s->weight > 0;
}

void smoothing_turn(struct smoothing *s, int by)
{
	const double *amounts = s->kind == SMOOTH_WINDOW ? windows : weights;
	double now = amount_of(s), next = now;
	for (int i = 0; i < N_AMOUNTS; i++) {
		int k = by > 0 ? N_AMOUNTS - 1 - i : i;
		if (by > 0 ? amounts[k] > now : amounts[k] < now)
			next = amounts[k];
	}
	if (s->kind == SMOOTH_WINDOW)
		s->window = (size_t)next;
	else
		s->weight = next;
}

void smoothing_words(const struct smoothing *s, struct strbuf *out)
{
	if (!smoothing_on(s))
		strbuf_addstr(out, "none");
	else if (s->kind == SMOOTH_WINDOW)
		strbuf_addf(out, "mean of %zu", s->window);
	else
		strbuf_addf(out, "%.4g", s->weight);
}

enum err smoothing_parse(struct smoothing *s, const char *text, struct errinfo *e)
{
	char *end;
	double v = strtod(text, &end);
	bool number = end != text && !*end;
	if (number && v >= 0 && v < 1)
		*s = (struct smoothing){SMOOTH_EXPONENTIAL, v, 1};
	else if (number && v >= 1 && v <= SMOOTH_WINDOW_MOST && v == floor(v))
		*s = (struct smoothing){SMOOTH_WINDOW, 0, (size_t)v};
	else
		return err_set(
		    e, ERR_VALUE,
		    "smoothing is a weight from 0 to below 1, or a number of points up to "
		    "%d, not '%s'",
		    SMOOTH_WINDOW_MOST, text);
	return ERR_OK;
}

void smoother_init(struct smoother *s, const struct smoothing *by)
{
	*s = (struct smoother){.by = *by, .missing = 1};
	if (by->kind == SMOOTH_WINDOW)
		s->last = xcalloc(by->window ? by->window : 1, sizeof(double));
}

void smoother_release(struct smoother *s)
{
	free(s->last);
	s->last = NULL;
}

static double exponential(struct smoother *s, double v)
{
	double w = s->by.weight;
	s->mean = w * s->mean + (1 - w) * v;
	s->missing *= w;
	return s->mean / (1 - s->missing);
}

/* Summed anew whenever the ring is full: rounding does not add up. */
static double add_up(struct smoother *s)
{
	s->sum = 0;
	for (size_t i = 0; i < s->n; i++)
		s->sum += s->last[i];
	return s->sum;
}

static double window(struct smoother *s, double v)
{
	size_t size = s->by.window ? s->by.window : 1;
	if (s->n == size)
		s->sum -= s->last[s->at];
	else
		s->n++;
	s->last[s->at] = v;
	s->sum += v;
	s->at = (s->at + 1) % size;
	if (s->at == 0)
		add_up(s);
	return s->sum / (double)s->n;
}

double smoother_next(struct smoother *s, double v)
{
	if (!isfinite(v))
		return v;
	return s->by.kind == SMOOTH_WINDOW ? window(s, v) : exponential(s, v);
}
