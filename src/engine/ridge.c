#include "thaw/engine/ridge.h"
#include "thaw/base/alloc.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The normal equations in double: (X'X + penalty I) W = X'Y, with X and Y centred. */
struct ridge {
	const float *x; /* [n][dim] */
	const int *labels;
	size_t n, dim, classes;
	double *mean;   /* [dim] */
	double *share;  /* [classes], of the labels: the mean of one-hot targets */
	double *gram;   /* [dim][dim], then its Cholesky factor in the lower half */
	double *w;      /* [dim][classes], first X'Y */
	double *scores; /* [n][classes], centred scores of the features themselves */
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
		r->share[r->labels[i]] += 1.0 / (double)r->n;
		for (size_t d = 0; d < r->dim; d++)
			r->mean[d] += r->x[i * r->dim + d] / (double)r->n;
	}
}

static double target(const struct ridge *r, size_t i, size_t c)
{
	return ((size_t)r->labels[i] == c ? 1 : 0) - r->share[c];
}

/* Only the lower half of the Gram matrix is filled. */
static void build_equations(struct ridge *r)
{
	double *row = xmalloc(r->dim * sizeof(*row));
	for (size_t i = 0; i < r->n; i++) {
		for (size_t d = 0; d < r->dim; d++)
			row[d] = r->x[i * r->dim + d] - r->mean[d];
		for (size_t d = 0; d < r->dim; d++) {
			double v = row[d], *g = r->gram + d * r->dim;
			for (size_t k = 0; k <= d; k++)
				g[k] += v * row[k];
			for (size_t c = 0; c < r->classes; c++)
				r->w[d * r->classes + c] += v * target(r, i, c);
		}
	}
	free(row);
}

/* lambda times the mean feature variance, times n: the Gram matrix is a sum over images. A trace of
 * zero (constant features) leaves only the bias to fit, so any positive penalty will do. */
static void penalise(struct ridge *r, double lambda)
{
	double trace = 0;
	for (size_t d = 0; d < r->dim; d++)
		trace += r->gram[d * r->dim + d];
	double mean = trace > 0 ? trace / (double)r->dim : 1;
	double penalty = fmax(lambda, 1e-10) * mean; /* duplicate or dead features need a little */
	for (size_t d = 0; d < r->dim; d++)
		r->gram[d * r->dim + d] += penalty;
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

static void find_scores(struct ridge *r)
{
	for (size_t i = 0; i < r->n; i++) {
		double *s = r->scores + i * r->classes;
		memcpy(s, r->share, r->classes * sizeof(*s));
		for (size_t d = 0; d < r->dim; d++) {
			double v = r->x[i * r->dim + d] - r->mean[d];
			for (size_t c = 0; c < r->classes; c++)
				s[c] += v * r->w[d * r->classes + c];
		}
	}
}

/* Nats per image when every score is multiplied by `scale` before softmax. */
static double cross_entropy(const struct ridge *r, double scale)
{
	double total = 0;
	for (size_t i = 0; i < r->n; i++) {
		const double *s = r->scores + i * r->classes;
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
static double best_scale(const struct ridge *r)
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

enum err ridge_fit(const float *features, const int *labels, size_t n, size_t dim, size_t classes,
		   double lambda, float *w, float *b, struct errinfo *e)
{
	struct ridge r = {.x = features, .labels = labels, .n = n, .dim = dim, .classes = classes};
	enum err code = check(&r, lambda, e);
	if (code)
		return code;
	r.mean = xcalloc(dim, sizeof(double));
	r.share = xcalloc(classes, sizeof(double));
	r.gram = xcalloc(dim * dim, sizeof(double));
	r.w = xcalloc(dim * classes, sizeof(double));
	r.scores = xcalloc(n * classes, sizeof(double));
	find_means(&r);
	build_equations(&r);
	penalise(&r, lambda);
	if (factorise(r.gram, dim)) {
		substitute(r.gram, dim, r.w, classes);
		find_scores(&r);
		write_head(&r, best_scale(&r), w, b);
	} else {
		code = err_set(e, ERR_NONFINITE,
			       "ridge: the features span too many magnitudes; raise head.ridge");
	}
	free(r.mean);
	free(r.share);
	free(r.gram);
	free(r.w);
	free(r.scores);
	return code;
}
