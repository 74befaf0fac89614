/* Where an iteration's time goes: the experiment's own network and pictures, timed layer by layer.
 */
#include "optimizing.h"
#include "phases.h"
#include "preflight.h"
#include "thaw/base/words.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/say.h"
#include "thaw/data/loader.h"
#include "thaw/train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WARM_UP 2 /* iterations before the clock: plans are made, memory is touched */
#define RATE 1e-9 /* the arithmetic is that of any rate, and the weights stay where they are */

struct profile {
	const struct preflight *p;
	int iterations;
	int n; /* pictures in the batch */
	float *x, *probs;
	int *labels;
	uint64_t *key;
	double *wall_s;           /* [iterations] */
	struct layer_time *times; /* [iterations][layers] */
	FILE *out;
};

/* The first batch of the first epoch, as a run would see it. */
static enum err load_batch(struct profile *f, struct errinfo *e)
{
	const struct preflight *p = f->p;
	int w, h, c, size = p->x->train.batch;
	net_input(p->net, &w, &h, &c);
	struct loader *l = loader_new(p->data, p->x, true, w, h, size, 1, 0);
	struct batch b;
	bool more;
	loader_start(l, 1, 0);
	enum err r = loader_next(l, &b, &more, e);
	if (!r) {
		size_t n = (size_t)b.n, floats = n * (size_t)(c * h * w);
		f->n = b.n;
		f->x = xmalloc(floats * sizeof(*f->x));
		f->labels = xmalloc(n * sizeof(*f->labels));
		f->key = xmalloc(n * sizeof(*f->key));
		f->probs = xcalloc(n * (size_t)net_classes(p->net), sizeof(*f->probs));
		memcpy(f->x, b.x, floats * sizeof(*f->x));
		memcpy(f->labels, b.labels, n * sizeof(*f->labels));
		memcpy(f->key, b.key, n * sizeof(*f->key));
	}
	loader_free(l);
	return r;
}

static void release(struct profile *f)
{
	free(f->x);
	free(f->labels);
	free(f->key);
	free(f->probs);
	free(f->wall_s);
	free(f->times);
}

static enum err train_once(const struct profile *f, bool cached, struct errinfo *e)
{
	struct step step = optimizing_step(f->p);
	step.x = f->x;
	step.labels = f->labels;
	step.key = cached ? f->key : NULL;
	step.n = f->n;
	step.lr = RATE;
	struct step_result r;
	net_step(f->p->net, &step, &r);
	if (!r.finite)
		return err_set(e, ERR_NONFINITE,
			       "the loss of the first batch is not finite: the weights do not fit "
			       "the network, so there is nothing to measure");
	return ERR_OK;
}

static enum err predict_once(const struct profile *f, bool cached, struct errinfo *e)
{
	(void)e;
	net_predict(f->p->net, &(struct net_images){.x = f->x, .key = cached ? f->key : NULL, .n = f->n}, f->probs);
	return ERR_OK;
}

/* What is measured. */
struct work {
	enum err (*once)(const struct profile *f, bool cached, struct errinfo *e);
	bool learns;
};

static const struct work training = {train_once, true}, evaluation = {predict_once, false};

static void keep_times(const struct profile *f, int iteration, double wall_s)
{
	int n = net_n_layers(f->p->net);
	f->wall_s[iteration] = wall_s;
	for (int i = 0; i < n; i++)
		net_profile(f->p->net, i, &f->times[iteration * n + i]);
}

static enum err measure(const struct profile *f, const struct work *w, bool cached,
			struct errinfo *e)
{
	enum err r = ERR_OK;
	for (int i = -WARM_UP; i < f->iterations && !r; i++) {
		net_profile_start(f->p->net);
		double since = clock_seconds();
		r = w->once(f, cached, e);
		if (i >= 0)
			keep_times(f, i, clock_seconds() - since);
	}
	return r;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Of every `stride`-th number from `first` on, one an iteration. */
static double median(const struct profile *f, const double *first, size_t stride)
{
	size_t n = (size_t)f->iterations;
	double *sorted = xcalloc(n, sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = first[i * stride];
	qsort(sorted, n, sizeof(*sorted), by_value);
	double m = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
	free(sorted);
	return m;
}

static double wall_seconds(const struct profile *f)
{
	return median(f, f->wall_s, 1);
}

static struct layer_time layer_seconds(const struct profile *f, int layer)
{
	const struct layer_time *t = &f->times[layer];
	size_t stride = (size_t)net_n_layers(f->p->net) * (sizeof(*t) / sizeof(double));
	return (struct layer_time){
	    median(f, &t->forward_s, stride),
	    median(f, &t->backward_s, stride),
	    median(f, &t->update_s, stride),
	};
}

/* A time in a column; a dash where there was no such work. */
static void add_ms(const struct profile *f, double seconds, struct strbuf *line)
{
	if (seconds > 0)
		strbuf_addf(line, "  %8.3f", 1000 * seconds / f->n);
	else
		strbuf_addf(line, "  %8s", "-");
}

static void add_times(const struct profile *f, const struct layer_time *t, double all_s,
		      struct strbuf *line)
{
	add_ms(f, t->forward_s, line);
	add_ms(f, t->backward_s, line);
	add_ms(f, t->update_s, line);
	double share = (t->forward_s + t->backward_s + t->update_s) / fmax(all_s, 1e-9);
	strbuf_addf(line, "  %5.1f %%", 100 * share);
}

static const char *state_of(const struct profile *f, const struct layer_info *l,
			    const struct work *w)
{
	if (!l->has_weights || !w->learns)
		return "";
	return layerset_has(net_frozen(f->p->net), l->index) ? "frozen" : "learns";
}

static void print_layer(const struct profile *f, int i, const struct work *w,
			const struct layer_time *t, double all_s)
{
	struct layer_info l;
	struct strbuf line = STRBUF_INIT;
	char kind[48], shape[48];
	net_layer(f->p->net, i, &l);
	if (l.size > 0)
		snprintf(kind, sizeof(kind), "%.20s %dx%d/%d", l.kind, l.size, l.size, l.stride);
	else
		snprintf(kind, sizeof(kind), "%.30s", l.kind);
	snprintf(shape, sizeof(shape), "%dx%dx%d", l.out_w, l.out_h, l.out_c);
	strbuf_addf(&line, "%5d  %-20s  %12s  %-6s", i, kind, shape, state_of(f, &l, w));
	add_times(f, t, all_s, &line);
	double flops = (double)l.flops * f->n;
	if (flops > 0 && t->forward_s > 0)
		strbuf_addf(&line, "  %7.1f", flops / t->forward_s / 1e9);
	say(f->out, "%s", line.buf);
	strbuf_release(&line);
}

static void print_rate(const struct profile *f, double wall_s, const char *how)
{
	say(f->out, "       %.3f ms an image, %.1f images/s%s", 1000 * wall_s / f->n,
	    f->n / fmax(wall_s, 1e-9), how);
}

static void print_table(const struct profile *f, const struct work *w)
{
	struct layer_time sum = {0};
	struct strbuf line = STRBUF_INIT;
	double all_s = wall_seconds(f);
	say(f->out, "%5s  %-20s  %12s  %-6s  %8s  %8s  %8s  %7s  %7s", "layer", "kind", "output",
	    "", "forward", "backward", "update", "share", "GFLOP/s");
	for (int i = 0; i < net_n_layers(f->p->net); i++) {
		struct layer_time t = layer_seconds(f, i);
		print_layer(f, i, w, &t, all_s);
		sum.forward_s += t.forward_s;
		sum.backward_s += t.backward_s;
		sum.update_s += t.update_s;
	}
	strbuf_addf(&line, "%5s  %-20s  %12s  %-6s", "", "all layers", "", "");
	add_times(f, &sum, all_s, &line);
	say(f->out, "%s", line.buf);
	strbuf_release(&line);
	print_rate(f, all_s, "");
}

/* The same steps once more, the frozen layers' outputs being kept. */
static enum err print_cached(const struct profile *f, struct errinfo *e)
{
	struct net *net = f->p->net;
	if (!f->p->x->train.cache)
		return ERR_OK;
	net_set_cache(net, f->p->x->train.cache, NULL);
	enum err r = measure(f, &training, true, e);
	struct net_cache_info c;
	net_cache_info(net, &c);
	if (!r && c.images) {
		char how[64];
		snprintf(how, sizeof(how), " with layers 0-%d from the activation cache", c.layer);
		print_rate(f, wall_seconds(f), how);
	}
	net_set_cache(net, 0, NULL);
	return r;
}

static enum err profile_phase(const struct profile *f, size_t i, struct errinfo *e)
{
	const struct phase_config *phase = &f->p->x->phases[i];
	const struct layerset *frozen = &f->p->frozen[i];
	struct strbuf set = STRBUF_INIT;
	layerset_format(frozen, &set);
	fputs("\n", f->out);
	say(f->out, "phase %s: training step, frozen: %s; milliseconds an image", phase->name,
	    set.buf);
	strbuf_release(&set);
	net_set_batchnorm(f->p->net, phase->batchnorm);
	net_set_frozen(f->p->net, frozen);
	enum err r = measure(f, &training, false, e);
	if (r)
		return r;
	print_table(f, &training);
	return print_cached(f, e);
}

/* Has a phase before it the same frozen layers and rules? Then it computes the same. */
static bool is_repeated(const struct preflight *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (layerset_equal(&p->frozen[k], &p->frozen[i]) &&
		    p->x->phases[k].batchnorm == p->x->phases[i].batchnorm)
			return true;
	return false;
}

static enum err profile_all(const struct profile *f, struct errinfo *e)
{
	enum err r = ERR_OK;
	say(f->out, "%s, %s; medians of %s of %s", net_device(f->p->net),
	    words_n(net_threads(f->p->net), "thread"), words_n(f->iterations, "iteration"),
	    words_n(f->n, "image"));
	for (size_t i = 0; i < f->p->x->n_phases && !r; i++)
		if (!is_repeated(f->p, i))
			r = profile_phase(f, i, e);
	if (r)
		return r;
	fputs("\nevaluation; milliseconds an image\n", f->out);
	r = measure(f, &evaluation, false, e);
	if (!r)
		print_table(f, &evaluation);
	return r;
}

enum err trainer_profile(const struct trainer_options *o, int iterations, FILE *out,
			 struct errinfo *e)
{
	struct preflight p;
	enum err r = preflight_run(&p, o, e);
	if (r)
		return r;
	size_t n = (size_t)iterations;
	struct profile f = {.p = &p, .iterations = iterations, .out = out};
	f.wall_s = xcalloc(n, sizeof(*f.wall_s));
	f.times = xcalloc(n * (size_t)net_n_layers(p.net), sizeof(*f.times));
	r = load_batch(&f, e);
	if (!r)
		r = profile_all(&f, e);
	release(&f);
	preflight_release(&p);
	return r;
}
