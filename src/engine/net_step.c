/* One iteration: the plan of a step, its loss and gradients, its update. */
#include "net_core.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static void bind_all(struct net *net)
{
	for (int i = 0; i < PLANS; i++)
		if (net->plans[i])
			plan_bind(net->plans[i], net->memory.at);
}

static void give_memory(struct net *net, struct plan *p)
{
	const float *before = net->memory.at;
	plan_bind(p, room_for(net->backend, &net->memory, plan_floats(p)));
	if (net->memory.at != before)
		bind_all(net);
}

/* A free slot, or the one used longest ago. */
static int plan_slot(struct net *net)
{
	int oldest = 0;
	for (int i = 0; i < PLANS; i++) {
		if (!net->plans[i])
			return i;
		if (net->used[i] < net->used[oldest])
			oldest = i;
	}
	return oldest;
}

static struct plan *new_plan(struct net *net, int n)
{
	for (int i = 0; i < net->g->n; i++)
		if (!layerset_has(&net->frozen, i))
			params_thaw(&net->params[i]);
	struct plan_spec spec = {.backend = net->backend,
				 .n = n,
				 .training = true,
				 .frozen = net->frozen,
				 .batchnorm = net->batchnorm};
	struct plan *p = NULL;
	if (plan_new(&p, &spec, net->g, net->params, NULL))
		abort(); /* net_open() planned the same layers */
	p->times = net->times;
	return p;
}

/* The plan for a step on n pictures, built when needed. */
static struct plan *training_plan(struct net *net, int n)
{
	for (int i = 0; i < PLANS; i++) {
		struct plan *p = net->plans[i];
		if (p && p->spec.n == n) {
			net->used[i] = ++net->clock;
			return p;
		}
	}
	struct plan *p = new_plan(net, n);
	int slot = plan_slot(net);
	plan_free(net->plans[slot]);
	net->plans[slot] = p;
	net->used[slot] = ++net->clock;
	give_memory(net, p);
	return p;
}

uint64_t net_step_bytes(struct net *net, int n)
{
	struct plan *p = new_plan(net, n);
	uint64_t bytes = (uint64_t)plan_floats(p) * sizeof(float);
	plan_free(p);
	return bytes;
}

/* Cross-entropy from the logits, so that it is finite whenever they are. */
static void score(struct plan *p, const int *labels, struct step_result *r)
{
	int classes = p->probs->c, n = p->spec.n;
	const float *logits = plan_view(p, p->logits, 0);
	double loss = 0;
	for (int i = 0; i < n; i++) {
		const float *z = logits + (size_t)i * (size_t)classes;
		double largest = -INFINITY, sum = 0, truth = (double)z[labels[i]];
		int above = 0;
		for (int c = 0; c < classes; c++) {
			largest = (double)z[c] > largest ? (double)z[c] : largest;
			above += z[c] > z[labels[i]] || (z[c] == z[labels[i]] && c < labels[i]);
		}
		for (int c = 0; c < classes; c++)
			sum += exp(((double)z[c] - largest) / (double)p->temperature);
		loss += log(sum) - (truth - largest) / (double)p->temperature;
		r->n_correct += above == 0;
		r->n_top5 += above < 5;
	}
	r->loss = loss / n;
	r->finite = isfinite(r->loss);
}

/* A backend with a queue goes on; its results are still to come. */
static void compute(struct net *net, const struct step *s, struct step_result *r)
{
	const struct queue *q = net->backend->queue;
	memset(r, 0, sizeof(*r));
	omp_set_num_threads(net->threads);
	struct plan *p = training_plan(net, s->n);
	p->labels = s->labels;
	p->label_smoothing = s->label_smoothing;
	p->class_weights = s->class_weights;
	p->dropout_key = s->dropout_key;
	const struct net_images in = {s->x, s->x_on_device, s->key, s->n};
	const float *from = net_enter(net, p, &in);
	plan_prepare(p);
	net->stepped = p;
	if (q) {
		plan_pass(p, from);
		return;
	}
	plan_forward(p, from);
	score(p, s->labels, r);
	if (r->finite)
		plan_backward(p);
}

/* Without a finite loss nothing is to be learnt. */
static void settle(struct net *net, struct step_result *r)
{
	if (net->backend->queue)
		net->backend->queue->results(net->stepped, r);
	net->bad_layer = r->finite ? -1 : plan_first_nonfinite(net->stepped);
	if (!r->finite)
		net->stepped = NULL;
}

void net_forward_backward(struct net *net, const struct step *s, struct step_result *r)
{
	compute(net, s, r);
	settle(net, r);
}

void net_gradients(struct net *net, void (*visit)(void *arg, int layer, float *gradient, size_t n),
		   void *arg)
{
	for (int i = net->g->n - 1; i >= 0; i--)
		for (int k = 0; net->params[i].training && k < net->params[i].n; k++)
			if (net->params[i].p[k].learned)
				visit(arg, i, net->params[i].p[k].grad, net->params[i].p[k].n);
}

static struct update update_of(const struct step *s)
{
	return (struct update){.optimizer = s->optimizer,
			       .lr = s->lr,
			       .momentum = s->momentum,
			       .decay = s->decay,
			       .b1 = s->b1,
			       .b2 = s->b2,
			       .eps = s->optimizer == OPTIMIZER_ADAM ? s->eps / s->n : s->eps,
			       .clip = s->clip};
}

static void prepare_moments(struct net *net, const struct step *s)
{
	for (int i = 0; i < net->g->n; i++)
		if (net->params[i].training)
			params_prepare(&net->params[i], s->optimizer);
}

static void update(struct net *net, const struct step *s, struct step_result *r)
{
	const struct backend *b = net->backend;
	struct update u = update_of(s);
	u.folded = net->batchnorm == BATCHNORM_FOLDED;
	omp_set_num_threads(net->threads);
	prepare_moments(net, s);
	r->gradient_norm = b->update(net->params, net->g->n, &u, net->times);
	plan_after_update(net->stepped);
}

void net_update(struct net *net, const struct step *s, struct step_result *r)
{
	struct plan *p = net->stepped;
	if (!p)
		return;
	update(net, s, r);
	if (net->backend->queue)
		net->backend->queue->results(p, r);
	net->stepped = NULL;
}

/* What was queued behind a loss that is not finite changed nothing: it was no update. */
static void take_back(struct net *net)
{
	for (int i = 0; i < net->g->n; i++)
		params_unprepare(&net->params[i]);
}

void net_step(struct net *net, const struct step *s, struct step_result *r)
{
	compute(net, s, r);
	if (net->backend->queue)
		update(net, s, r);
	settle(net, r);
	if (net->backend->queue && !r->finite)
		take_back(net);
	else if (!net->backend->queue && r->finite)
		update(net, s, r);
	net->stepped = NULL;
}
