#include "thaw/engine/ridge.h"
#include "thaw/base/alloc.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The normal equations in double: (X'X + penalty I) W = X'Y, X and Y centred, over some rows. */
struct ridge {
	const float *x; /* [all][dim] */
	const int *labels;
	const size_t *rows; /* [n] which of them take part */
	size_t n, dim, classes;
	int threads;
	double *mean;  /* [dim] */
	double *share; /* [classes], of the labels: the mean of one-hot targets */
	double *gram;  /* [dim][dim], lower half */
	double *xy;    /* [dim][classes] */
	double *l;     /* [dim][dim], Cholesky factor of gram + penalty, lower half */
	double *w;     /* [dim][classes] */
};

static enum err check(const struct ridge *r, double lambda, struct errinfo *e)
{
	if (r->n == 0 || r->dim == 0 || r->classes == 0)
		return err_set(
		    e, ERR_VALUE,
		    "ridge: %zu images with %zu features for %zu classes: nothing to fit", r->n,
		    r->dim, r->classes);
	if (!(lambda >= 0) || !isfinite(lambda))
		return err_set(e, ERR_VALUE, "ridge: a regularisation of %g is not possible",
			       lambda);
	for (size_t i = 0; i < r->n; i++)
		if (r->labels[i] < 0 || (size_t)r->labels[i] >= r->classes)
			return err_set(e, ERR_VALUE, "ridge: image %zu has class %d of %zu", i,
				       r->labels[i], r->classes);
	for (size_t i = 0; i < r->n * r->dim; i++)
		if (!isfinite(r->x[i]))
			return err_set(e, ERR_NONFINITE,
				       "ridge: feature %zu of image %zu is not a number",
				       i % r->dim, i / r->dim);
	return ERR_OK;
}

static void find_means(struct ridge *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const float *x = r->x + r->rows[i] * r->dim;
		r->share[r->labels[r->rows[i]]] += 1.0 / (double)r->n;
		for (size_t d = 0; d < r->dim; d++)
			r->mean[d] += (double)x[d] / (double)r->n;
	}
}

static double target(const struct ridge *r, size_t row, size_t c)
{
	return ((size_t)r->labels[row] == c ? 1 : 0) - r->share[c];
}

/* Only the lower half of the Gram matrix is filled. */
static void build_equations(struct ridge *r)
{
	double *row = xmalloc(r->dim * sizeof(*row));
	for (size_t i = 0; i < r->n; i++) {
		for (size_t d = 0; d < r->dim; d++)
			row[d] = (double)r->x[r->rows[i] * r->dim + d] - r->mean[d];
		for (size_t d = 0; d < r->dim; d++) {
			double v = row[d], *g = r->gram + d * r->dim;
			for (size_t k = 0; k <= d; k++)
				g[k] += v * row[k];
			for (size_t c = 0; c < r->classes; c++)
				r->xy[d * r->classes + c] += v * target(r, r->rows[i], c);
		}
	}
	free(row);
}

/* lambda times the mean feature variance, times n: the Gram matrix is a sum over images. A trace of
 * zero (constant features) leaves only the bias to fit, so any positive penalty will do. */
static double penalty(const struct ridge *r, double lambda)
{
	double trace = 0;
	for (size_t d = 0; d < r->dim; d++)
		trace += r->gram[d * r->dim + d];
	double mean = trace > 0 ? trace / (double)r->dim : 1;
	return fmax(lambda, 1e-10) * mean; /* duplicate or dead features need a little */
}

/* Four sums side by side: the order is fixed, and the processor need not wait for each addition. */
static double dot(const double *p, const double *q, size_t n)
{
	double sum[4] = {0};
	size_t k = 0;
	for (; k + 4 <= n; k += 4)
		for (size_t j = 0; j < 4; j++)
			sum[j] += p[k + j] * q[k + j];
	for (; k < n; k++)
		sum[0] += p[k] * q[k];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Cholesky in place, lower half; false when a pivot is not positive. */
static bool factorise(double *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++) {
			double sum = a[i * n + j] - dot(a + i * n, a + j * n, j);
			if (i == j && !(sum > 0))
				return false;
			a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
		}
	}
	return true;
}

/* L L' w = b for every class at once; w[dim][classes] holds b before. */
static void substitute(const double *l, size_t n, double *w, size_t classes)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k <= i; k++)
			for (size_t c = 0; c < classes; c++)
				w[i * classes + c] =
				    k < i ? w[i * classes + c] - l[i * n + k] * w[k * classes + c]
					  : w[i * classes + c] / l[i * n + i];
	for (size_t i = n; i-- > 0;) {
		for (size_t c = 0; c < classes; c++)
			w[i * classes + c] /= l[i * n + i];
		for (size_t k = 0; k < i; k++)
			for (size_t c = 0; c < classes; c++)
				w[k * classes + c] -= l[i * n + k] * w[i * classes + c];
	}
}

static void ridge_open(struct ridge *r, const size_t *rows, size_t n)
{
	r->rows = rows;
	r->n = n;
	r->mean = xcalloc(r->dim, sizeof(double));
	r->share = xcalloc(r->classes, sizeof(double));
	r->gram = xcalloc(r->dim * r->dim, sizeof(double));
	r->l = xcalloc(r->dim * r->dim, sizeof(double));
	r->xy = xcalloc(r->dim * r->classes, sizeof(double));
	r->w = xcalloc(r->dim * r->classes, sizeof(double));
	find_means(r);
	build_equations(r);
}

static void ridge_close(struct ridge *r)
{
	double *all[] = {r->mean, r->share, r->gram, r->l, r->xy, r->w};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
}

/* False when the equations cannot be solved in double precision. */
static bool ridge_solve(struct ridge *r, double lambda)
{
	double add = penalty(r, lambda);
	memcpy(r->l, r->gram, r->dim * r->dim * sizeof(*r->l));
	memcpy(r->w, r->xy, r->dim * r->classes * sizeof(*r->w));
	for (size_t d = 0; d < r->dim; d++)
		r->l[d * r->dim + d] += add;
	if (!factorise(r->l, r->dim))
		return false;
	substitute(r->l, r->dim, r->w, r->classes);
	return true;
}

static void score_row(const struct ridge *r, size_t row, double *s)
{
	memcpy(s, r->share, r->classes * sizeof(*s));
	for (size_t d = 0; d < r->dim; d++) {
		double v = (double)r->x[row * r->dim + d] - r->mean[d];
		for (size_t c = 0; c < r->classes; c++)
			s[c] += v * r->w[d * r->classes + c];
	}
}

struct scores {
	const int *labels;
	size_t n, classes;
	double *s; /* [n][classes] */
};

/* Nats per image when every score is multiplied by `scale` before softmax. */
static double cross_entropy(const struct scores *r, double scale)
{
	double total = 0;
	for (size_t i = 0; i < r->n; i++) {
		const double *s = r->s + i * r->classes;
		double top = s[0], sum = 0;
		for (size_t c = 1; c < r->classes; c++)
			top = fmax(top, s[c]);
		for (size_t c = 0; c < r->classes; c++)
			sum += exp(scale * (s[c] - top));
		total += log(sum) - scale * (s[r->labels[i]] - top);
	}
	return total / (double)r->n;
}

/* Golden-section search over the logarithm of the scale; the cross-entropy is convex in the scale,
 * so it has one valley. Bounded, because scores that fit perfectly would ask for infinity. */
static double best_scale(const struct scores *r)
{
	const double ratio = (sqrt(5) - 1) / 2;
	double lo = log(0.1), hi = log(50);
	double a = hi - ratio * (hi - lo), b = lo + ratio * (hi - lo);
	double fa = cross_entropy(r, exp(a)), fb = cross_entropy(r, exp(b));
	while (hi - lo > 1e-4) {
		if (fa <= fb) {
			hi = b;
			b = a;
			fb = fa;
			a = hi - ratio * (hi - lo);
			fa = cross_entropy(r, exp(a));
		} else {
			lo = a;
			a = b;
			fa = fb;
			b = lo + ratio * (hi - lo);
			fb = cross_entropy(r, exp(b));
		}
	}
	return exp((lo + hi) / 2);
}

static void write_head(const struct ridge *r, double scale, float *w, float *b)
{
	for (size_t c = 0; c < r->classes; c++) {
		double bias = r->share[c];
		for (size_t d = 0; d < r->dim; d++) {
			double v = r->w[d * r->classes + c];
			w[c * r->dim + d] = (float)(scale * v);
			bias -= v * r->mean[d];
		}
		b[c] = (float)(scale * bias);
	}
}

#define FOLDS 5

/* Score the rows of one fold for every lambda by fits to the other folds. */
static bool hold_out(const struct ridge *all, const size_t *group, size_t fold,
		     const double *lambdas, size_t n_lambdas, struct scores *out)
{
	struct ridge r = *all;
	size_t *rows = xcalloc(all->n, sizeof(*rows)), n = 0;
	bool ok = true;
	for (size_t i = 0; i < all->n; i++)
		if ((group ? group[i] : i) % FOLDS != fold)
			rows[n++] = i;
	ridge_open(&r, rows, n);
	for (size_t k = 0; k < n_lambdas && ok; k++) {
		ok = ridge_solve(&r, lambdas[k]);
		for (size_t i = 0; ok && i < all->n; i++)
			if ((group ? group[i] : i) % FOLDS == fold)
				score_row(&r, i, out[k].s + i * all->classes);
	}
	ridge_close(&r);
	free(rows);
	return ok;
}

/* A fit to four fifths of the images wants a larger penalty than one to all: of the penalties that
 * do almost as well as the best, the smallest is taken. */
static const double almost = 1.01;

/* The lambda and the scale from the cross-entropy of held-out images; false when unsolvable. */
static bool choose(const struct ridge *all, const size_t *group, const double *lambdas,
		   size_t n_lambdas, double *lambda, double *scale)
{
	struct scores *held = xcalloc(n_lambdas, sizeof(*held));
	bool ok[FOLDS], every = true;
	double *loss = xcalloc(n_lambdas, sizeof(*loss)), best = INFINITY;
	for (size_t k = 0; k < n_lambdas; k++) {
		held[k] = (struct scores){all->labels, all->n, all->classes, NULL};
		held[k].s = xcalloc(all->n * all->classes, sizeof(double));
	}
#pragma omp parallel for schedule(dynamic, 1) num_threads(all->threads)
	for (int f = 0; f < FOLDS; f++)
		ok[f] = hold_out(all, group, (size_t)f, lambdas, n_lambdas, held);
	for (int f = 0; f < FOLDS; f++)
		every = every && ok[f];
	for (size_t k = 0; k < n_lambdas && every; k++) {
		loss[k] = cross_entropy(&held[k], best_scale(&held[k]));
		best = loss[k] < best ? loss[k] : best;
	}
	for (size_t k = n_lambdas; every && k-- > 0;)
		if (loss[k] <= almost * best) {
			*lambda = lambdas[k];
			*scale = best_scale(&held[k]);
		}
	free(loss);
	for (size_t k = 0; k < n_lambdas; k++)
		free(held[k].s);
	free(held);
	return every;
}

/* The scale when there are too few images to hold any out. */
static double fitted_scale(const struct ridge *r)
{
	struct scores s = {r->labels, r->n, r->classes, xcalloc(r->n * r->classes, sizeof(double))};
	for (size_t i = 0; i < r->n; i++)
		score_row(r, i, s.s + i * r->classes);
	double scale = best_scale(&s);
	free(s.s);
	return scale;
}

enum err ridge_fit(const struct ridge_data *d, double lambda, float *w, float *b, double *used,
		   struct errinfo *e)
{
	static const double grid[] = {0.01, 0.03, 0.1, 0.3, 1, 3};
	struct ridge r = {
	    .x = d->features, .labels = d->labels, .n = d->n, .dim = d->dim, .classes = d->classes};
	r.threads = d->threads > 0 ? d->threads : omp_get_num_procs();
	enum err code = check(&r, lambda, e);
	if (code)
		return code;
	size_t *rows = xcalloc(d->n, sizeof(*rows));
	for (size_t i = 0; i < d->n; i++)
		rows[i] = i;
	bool hold = d->n >= 20 * d->classes, search = lambda <= 0 && hold;
	double chosen = lambda, scale = 1;
	bool ok = !hold || choose(&r, d->group, search ? grid : &lambda,
				  search ? sizeof(grid) / sizeof(*grid) : 1, &chosen, &scale);
	ridge_open(&r, rows, d->n);
	if (ok && ridge_solve(&r, chosen)) {
		write_head(&r, hold ? scale : fitted_scale(&r), w, b);
		if (used)
			*used = chosen;
	} else {
		code = err_set(e, ERR_NONFINITE,
			       "ridge: the features span too many magnitudes; raise head.ridge");
	}
	ridge_close(&r);
	free(rows);
	return code;
}
