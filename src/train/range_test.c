#include "range_test.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"
#include "thaw/event/command.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOPE_REACH 3      /* points on each side from which a slope is told */
#define SURE 3             /* a fall of so many standard errors is no chance, */
#define LEAST_FALL 0.01    /* and of less than this share of the loss no fall worth a name */

void range_test_init(struct range_test *t, double from, double to, int iterations, int n_classes)
{
	*t = (struct range_test){.from = from,
				 .to = to,
				 .iterations = iterations,
				 .chance = log((double)n_classes),
				 .lowest = INFINITY};
}

void range_test_release(struct range_test *t)
{
	free(t->points);
	*t = (struct range_test){0};
}

bool range_test_goes_on(const struct range_test *t)
{
	return !t->lost && !t->cancelled && t->n < (size_t)t->iterations;
}

double range_test_rate(const struct range_test *t)
{
	return t->from * pow(t->to / t->from, (double)t->n / (t->iterations - 1));
}

void range_test_add(struct range_test *t, double loss)
{
	double rate = range_test_rate(t);
	t->sum = RANGE_MEMORY * t->sum + loss;
	t->weight = RANGE_MEMORY * t->weight + 1;
	double smooth = t->sum / t->weight;
	ALLOC_GROW(t->points, t->n + 1, t->cap);
	t->points[t->n++] = (struct event_range_point){rate, loss, smooth};
	if (t->n > RANGE_SKIP && smooth < t->lowest)
		t->lowest = smooth;
	t->lost = !isfinite(smooth) || (smooth > RANGE_LOST * t->lowest && smooth > t->chance);
}

/* ---- what it tells ---- */

/* The points that may be lowest or steepest end with the last finite one. */
static size_t n_finite(const struct range_test *t)
{
	size_t n = t->n;
	while (n && !isfinite(t->points[n - 1].smooth))
		n--;
	return n;
}

static size_t lowest_at(const struct range_test *t)
{
	size_t at = RANGE_SKIP;
	for (size_t i = RANGE_SKIP; i < n_finite(t); i++)
		if (t->points[i].smooth < t->points[at].smooth)
			at = i;
	return at;
}

/* How much the smoothed loss falls around point i. */
static double fall_at(const struct range_test *t, size_t i)
{
	return t->points[i - SLOPE_REACH].smooth - t->points[i + SLOPE_REACH].smooth;
}

/* Before the lowest: what falls behind a rise is no good start. */
static size_t steepest_at(const struct range_test *t, size_t lowest)
{
	size_t at = RANGE_SKIP + SLOPE_REACH;
	for (size_t i = at; i + SLOPE_REACH <= lowest; i++)
		if (fall_at(t, i) > fall_at(t, at))
			at = i;
	return at;
}

/* The first tenth of the rates is too low for anything to be learnt: the loss before the test, and
 * how far single batches lie from it. */
struct begin {
	double loss, sd;
};

static struct begin begin_of(const struct range_test *t, size_t n)
{
	struct begin b = {0, 0};
	size_t tenth = (size_t)t->iterations / 10;
	if (tenth < RANGE_SKIP)
		tenth = RANGE_SKIP;
	n = n < tenth ? n : tenth;
	for (size_t i = 0; i < n; i++)
		b.loss += t->points[i].loss / (double)n;
	for (size_t i = 0; i < n; i++)
		b.sd += pow(t->points[i].loss - b.loss, 2) / (double)(n - 1);
	b.sd = sqrt(b.sd);
	return b;
}

/* More than chance can make of a curve that stays level: the begin is a mean over a tenth of the
 * batches, a smoothed loss one over (1 + memory) / (1 - memory) of them. */
static bool falls(const struct range_test *t, const struct begin *b, size_t lowest)
{
	double of_begin = fmax(t->iterations / 10, RANGE_SKIP);
	double of_smooth = (1 + RANGE_MEMORY) / (1 - RANGE_MEMORY);
	double error = b->sd * sqrt(1 / of_begin + 1 / of_smooth);
	double fall = b->loss - t->points[lowest].smooth;
	return fall > SURE * error && fall > LEAST_FALL * b->loss;
}

/* The last point up to which the loss stays as it was. */
static size_t last_stable(const struct range_test *t, const struct begin *b, size_t n)
{
	size_t i = n;
	while (i > 1 && t->points[i - 1].smooth > b->loss + fmax(b->sd, LEAST_FALL * b->loss))
		i--;
	return i ? i - 1 : 0;
}

static double two_digits(double v)
{
	char text[32];
	snprintf(text, sizeof(text), "%.1e", v);
	return strtod(text, NULL);
}

static void suggest(const struct range_test *t, struct range_finding *f)
{
	size_t lowest = lowest_at(t), steepest = steepest_at(t, lowest);
	double fast = t->points[steepest].lr, low = t->points[lowest].lr;
	bool by_lowest = low / 10 < fast, below = by_lowest && low / 10 < t->from;
	f->state = RANGE_FOUND;
	f->steepest = opt_of(fast);
	f->lowest = opt_of(low);
	f->suggestion = opt_of(two_digits(below ? t->from : by_lowest ? low / 10 : fast));
	strbuf_addf(&f->words, "%s suggested: ", words_rate(f->suggestion.value));
	if (below)
		strbuf_addf(&f->words,
			    "the lowest that was tried; the loss is lowest at %s already, so begin "
			    "lower to see more",
			    words_rate(low));
	else if (by_lowest)
		strbuf_addf(&f->words,
			    "a tenth of %s, where the loss is lowest (it falls fastest at %s, too "
			    "near to that)",
			    words_rate(low), words_rate(fast));
	else
		strbuf_addf(&f->words, "there the loss falls fastest; it is lowest at %s",
			    words_rate(low));
	if (lowest + 1 == t->n && low < COMMAND_LR_MAX)
		strbuf_addstr(&f->words, "; it still falls at the end: higher rates may tell more");
}

static void judge(const struct range_test *t, struct range_finding *f)
{
	size_t n = n_finite(t);
	struct begin b = n > 1 ? begin_of(t, n) : (struct begin){0, 0};
	size_t stable = last_stable(t, &b, n);
	bool enough = n > RANGE_SKIP + 2 * SLOPE_REACH, rises = t->lost || stable + 1 < n;
	if (enough && falls(t, &b, lowest_at(t))) {
		suggest(t, f);
	} else if (rises && stable < (size_t)t->iterations / 5) {
		f->state = RANGE_DIVERGED;
		strbuf_addf(&f->words,
			    "no rate suggested: the loss rises from the begin, at %s; begin lower, "
			    "or limit the gradient with train.clip",
			    words_rate(t->from));
	} else if (rises) {
		f->state = RANGE_FLAT;
		strbuf_addf(&f->words,
			    "no rate suggested: the loss never falls; up to %s it stays, above it "
			    "rises (these layers know their pictures, or cannot learn more)",
			    words_rate(t->points[stable].lr));
	} else {
		f->state = RANGE_FLAT;
		strbuf_addf(&f->words,
			    "no rate suggested: the loss never falls up to %s; go higher, or let "
			    "more layers learn",
			    words_rate(t->to));
	}
}

void range_test_find(const struct range_test *t, struct range_finding *f)
{
	*f = (struct range_finding){.words = STRBUF_INIT};
	if (!t->cancelled) {
		judge(t, f);
		return;
	}
	f->state = RANGE_CANCELLED;
	strbuf_addf(&f->words, "the range test was cancelled after %zu of %d iterations", t->n,
		    t->iterations);
}

void range_finding_release(struct range_finding *f)
{
	strbuf_release(&f->words);
}
