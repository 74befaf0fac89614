#include "plan.h"
#include "bf16.h"

#include "thaw/base/alloc.h"
#include "thaw/engine/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct layer_kind *layer_kind_find(const struct backend *b, LAYER_TYPE type)
{
	for (const struct layer_kind *k = b->kinds; k->add; k++)
		if (k->type == type)
			return k;
	return NULL;
}

void plan_pass_on(struct plan *p, int layer)
{
	p->out[layer] = plan_layer_input(p, layer);
}

static struct tensor *add_tensor(struct plan *p, struct tensor shape, bool grad)
{
	struct tensor *t = xcalloc(1, sizeof(*t));
	enum layout layout = shape.layout;
	*t = shape;
	t->n = p->spec.n;
	t->block = layout == BLOCKED ? p->spec.backend->block(t->c) : 1;
	t->data = arena_buf(&p->arena, tensor_memory(t));
	t->grad = grad && p->spec.training ? arena_buf(&p->arena, tensor_memory(t)) : NULL;
	ALLOC_GROW(p->tensors, p->n_tensors + 1, p->cap_tensors);
	p->tensors[p->n_tensors++] = t;
	return t;
}

struct tensor *plan_tensor(struct plan *p, int c, int h, int w, enum layout layout, bool grad)
{
	struct tensor shape = {.c = c, .h = h, .w = w, .layout = layout};
	return add_tensor(p, shape, grad);
}

struct tensor *plan_half_tensor(struct plan *p, int c, int h, int w, enum layout layout, bool grad)
{
	struct tensor shape = {.c = c, .h = h, .w = w, .layout = layout, .half = true};
	return add_tensor(p, shape, grad);
}

struct unit *plan_unit(struct plan *p, const struct kernel *k, int layer, struct tensor *const *in,
		       int n_in, struct tensor *out, void *state)
{
	struct unit *n = xcalloc(1, sizeof(*n));
	*n = (struct unit){.kernel = k, .layer = layer, .n_in = n_in, .out = out, .state = state};
	n->in = xcalloc((size_t)n_in, sizeof(*n->in));
	memcpy(n->in, in, (size_t)n_in * sizeof(*n->in));
	ALLOC_GROW(p->units, p->n_units + 1, p->cap_units);
	p->units[p->n_units++] = n;
	return n;
}

struct buf *plan_workspace(struct plan *p, size_t floats)
{
	if (!p->workspace)
		p->workspace = arena_buf(&p->arena, 0);
	buf_grow(p->workspace, floats);
	return p->workspace;
}

struct buf *plan_kept(struct plan *p, size_t floats)
{
	return arena_buf(&p->arena, floats);
}

struct tensor *plan_layer_input(struct plan *p, int layer)
{
	return layer ? p->out[layer - 1] : p->input;
}

bool plan_trains(const struct plan *p, int layer)
{
	return p->spec.training && p->params[layer].n && !layerset_has(&p->spec.frozen, layer);
}

float *gradient_target(struct unit *n, int i, bool *accumulate)
{
	struct tensor *t = n->in[i];
	if (!t->grad)
		return NULL;
	*accumulate = t->grad_written;
	t->grad_written = true;
	return t->grad->data;
}

static int last_consumer(const struct plan *p, const struct tensor *t)
{
	for (int i = (int)p->n_units - 1; i >= 0; i--)
		for (int k = 0; k < p->units[i]->n_in; k++)
			if (p->units[i]->in[k] == t)
				return i;
	return -1;
}

/* What is read when all units have run. */
static void keep_until(struct plan *p, int end)
{
	struct tensor *outputs[] = {p->logits, p->probs, p->spec.training ? NULL : p->head_in,
				    p->spec.training ? NULL : p->head_map};
	if (p->spec.below) {
		buf_use(p->border->data, end);
		return;
	}
	for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++)
		if (outputs[i])
			buf_use(outputs[i]->data, end);
	for (int i = p->border_layer + 1; i < p->graph->n; i++)
		if (layerset_has(&p->spec.keep, i))
			buf_use(p->out[i]->data, end);
}

/* The caller's memory, not the arena's. */
static void borrowed(struct buf *b)
{
	b->first = 1;
	b->last = 0;
}

/* Node i runs forward at time i and backward at time 2N - i; the loss sits between. */
static void assign_lives(struct plan *p)
{
	int n_units = (int)p->n_units, end = 2 * n_units + 1;
	for (int i = 0; i < n_units; i++) {
		struct unit *n = p->units[i];
		bool backward = n->out->grad && n->kernel->backward;
		int back = 2 * n_units - i;
		buf_use(n->out->data, i);
		buf_use(n->workspace, i);
		buf_use(n->kept, i);
		n->unused = n->out != p->probs && last_consumer(p, n->out) < 0;
		for (int k = 0; k < n->n_in; k++) {
			buf_use(n->in[k]->data, i);
			if (backward && n->keep_in)
				buf_use(n->in[k]->data, back);
			if (backward)
				buf_use(n->in[k]->grad, back);
		}
		if (!backward)
			continue;
		buf_use(n->out->grad, back);
		buf_use(n->workspace, back);
		buf_use(n->kept, back);
		if (n->keep_out)
			buf_use(n->out->data, back);
		if (n->kernel->overwrites && n->in[0]->grad && last_consumer(p, n->in[0]) != i) {
			n->scratch = arena_buf(&p->arena, n->in[0]->grad->n);
			buf_use(n->scratch, back);
		}
	}
	keep_until(p, end);
	borrowed(p->input->data);
	borrowed(p->from->data);
}

static enum err build(struct plan *p, struct errinfo *e)
{
	int head = graph_head(p->graph);
	for (int i = 0; i < p->graph->n; i++) {
		const struct layer_kind *kind =
		    layer_kind_find(p->spec.backend, p->graph->layers[i].type);
		if (!kind)
			return err_set(e, ERR_VALUE,
				       "layer %d is of a kind that cannot be trained here", i);
		if (i == head)
			p->head_in = plan_layer_input(p, i);
		kind->add(p, i);
		if (i == head)
			p->head_map = p->out[i];
	}
	if (!p->probs)
		return err_set(e, ERR_VALUE,
			       "the network has no [softmax]: it is not a classifier");
	return ERR_OK;
}

static bool uses(const struct unit *n, const struct tensor *t)
{
	for (int k = 0; k < n->n_in; k++)
		if (n->in[k]->data == t->data)
			return true;
	return false;
}

/* Is `t` the only thing that units from `at` on take from those before? */
static bool crosses_alone(const struct plan *p, size_t at, const struct tensor *t)
{
	for (size_t i = at; i < p->n_units; i++) {
		const struct unit *n = p->units[i];
		for (int k = 0; k < n->n_in; k++) {
			if (n->in[k]->data == t->data)
				continue;
			bool above = false;
			for (size_t j = at; j < i && !above; j++)
				above = p->units[j]->out->data == n->in[k]->data;
			if (!above)
				return false;
		}
	}
	return true;
}

static void unit_free(struct unit *n)
{
	if (n->kernel->release)
		n->kernel->release(n);
	else
		free(n->state);
	free(n->in);
	free(n);
}

/* A plan for what is below keeps the units before `at`, another those from there on. */
static void cut_units(struct plan *p, size_t at)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->n_units; i++) {
		if ((i < at) == p->spec.below)
			p->units[kept++] = p->units[i];
		else
			unit_free(p->units[i]);
	}
	p->n_units = kept;
}

/* Whether a picture of it ends within a float of memory. */
static bool torn(const struct tensor *t)
{
	return t->half && tensor_picture(t) % 2;
}

/* The highest layer below the head such that it and all below are frozen and only its output is
 * used above. What the head takes and makes is looked at: it is never cut away. */
static void cut_at_border(struct plan *p)
{
	int first = layerset_first_missing(&p->spec.frozen), head = graph_head(p->graph);
	first = first < head ? first : head;
	p->border_layer = -1;
	p->from = p->input;
	for (int layer = first - 1; layer >= 0 && p->border_layer < 0; layer--) {
		size_t at = p->n_units;
		while (at > 0 && p->units[at - 1]->layer > layer)
			at--;
		struct tensor *t = p->out[layer];
		if (at == 0 || at == p->n_units || t == p->input || t->grad || torn(t) ||
		    !uses(p->units[at], t) || !crosses_alone(p, at, t))
			continue;
		p->border_layer = layer;
		p->border = t;
		p->from = p->spec.below ? p->input : t;
		cut_units(p, at);
	}
}

enum err plan_new(struct plan **out, const struct plan_spec *spec, network *g,
		  struct params *params, struct errinfo *e)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	p->spec = *spec;
	p->graph = g;
	p->params = params;
	p->temperature = 1;
	p->out = xcalloc((size_t)g->n, sizeof(*p->out));
	p->input = plan_tensor(p, g->c, g->h, g->w, PLAIN, false);
	enum err r = build(p, e);
	if (r) {
		plan_free(p);
		return r;
	}
	cut_at_border(p);
	assign_lives(p);
	arena_layout(&p->arena);
	*out = p;
	return ERR_OK;
}

size_t plan_floats(const struct plan *p)
{
	return p->arena.floats;
}

/* What was recorded has other addresses. */
static void forget_recordings(struct plan *p)
{
	const struct queue *q = p->spec.backend->queue;
	if (!q)
		return;
	q->forget(p->recording);
	q->forget(p->recording_after);
	p->recording = p->recording_after = NULL;
}

void plan_bind(struct plan *p, float *memory)
{
	forget_recordings(p);
	arena_bind(&p->arena, memory);
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	forget_recordings(p);
	for (size_t i = 0; i < p->n_units; i++)
		unit_free(p->units[i]);
	for (size_t i = 0; i < p->n_tensors; i++) {
		free(p->tensors[i]->seen.at);
		free(p->tensors[i]);
	}
	free(p->units);
	free(p->tensors);
	free(p->out);
	arena_release(&p->arena);
	free(p);
}

static void forward_units(struct plan *p)
{
	for (size_t i = 0; i < p->n_units; i++) {
		struct unit *n = p->units[i];
		double since = p->times ? p->spec.backend->clock() : 0;
		n->kernel->forward(p, n);
		if (p->times)
			p->times[n->layer].forward_s += p->spec.backend->clock() - since;
	}
}

/* Either now, or as it was recorded; not while it is measured. */
static void play(struct plan *p, struct recording **r, uint64_t key, void (*work)(void *arg))
{
	const struct queue *q = p->spec.backend->queue;
	if (q && !p->times)
		q->play(r, key, work, p);
	else
		work(p);
}

static void begin_at(struct plan *p, const float *x)
{
	p->from->data->data = (float *)(uintptr_t)x;
	p->n_forward++;
}

static void forward_work(void *arg)
{
	forward_units(arg);
}

void plan_forward(struct plan *p, const float *x)
{
	begin_at(p, x);
	play(p, &p->recording, (uint64_t)(uintptr_t)x, forward_work);
}

static void pass_work(void *arg)
{
	struct plan *p = arg;
	forward_units(p);
	p->spec.backend->queue->score(p);
	plan_backward(p);
}

void plan_pass(struct plan *p, const float *x)
{
	begin_at(p, x);
	p->spec.backend->queue->inputs(p);
	play(p, &p->recording, (uint64_t)(uintptr_t)x, pass_work);
}

void plan_prepare(struct plan *p)
{
	for (size_t i = 0; i < p->n_units; i++)
		if (p->units[i]->kernel->prepare)
			p->units[i]->kernel->prepare(p, p->units[i]);
}

void plan_backward(struct plan *p)
{
	for (size_t i = 0; i < p->n_tensors; i++)
		p->tensors[i]->grad_written = false;
	for (size_t i = p->n_units; i-- > 0;) {
		struct unit *n = p->units[i];
		if (!n->out->grad || !n->kernel->backward)
			continue;
		double since = p->times ? p->spec.backend->clock() : 0;
		if (n->unused)
			p->spec.backend->clear(n->out->grad->data, tensor_memory(n->out));
		n->kernel->backward(p, n);
		if (p->times)
			p->times[n->layer].backward_s += p->spec.backend->clock() - since;
	}
}

static void after_update_work(void *arg)
{
	struct plan *p = arg;
	for (size_t i = 0; i < p->n_units; i++)
		if (p->units[i]->kernel->after_update)
			p->units[i]->kernel->after_update(p->units[i]);
}

void plan_after_update(struct plan *p)
{
	play(p, &p->recording_after, 0, after_update_work);
}

static const float *take_view(const struct backend *b, struct tensor *t)
{
	size_t n = tensor_floats(t);
	if (!t->half)
		return memory_view(b, t->data->data, n, &t->seen);
	ALLOC_GROW(t->seen.at, n, t->seen.floats);
	/* They lie at the end of their floats, which are filled from the front. */
	size_t memory = tensor_memory(t);
	float *half = t->seen.at + n - memory;
	b->download(t->data->data, NULL, memory, half);
	bf16_widen(half, n, t->seen.at);
	return t->seen.at;
}

const float *plan_view(struct plan *p, const struct tensor *t, int first)
{
	struct tensor *of = (struct tensor *)(uintptr_t)t;
	bool known = of->seen.at && of->seen_at == p->n_forward;
	of->seen_at = p->n_forward;
	return (known ? of->seen.at : take_view(p->spec.backend, of)) +
	       (size_t)first * tensor_picture(t);
}

static bool tensor_finite(struct plan *p, const struct tensor *t)
{
	const float *v = plan_view(p, t, 0);
	size_t n = tensor_floats(t);
	for (size_t i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return false;
	return true;
}

int plan_first_nonfinite(struct plan *p)
{
	p->n_forward++;
	if (p->border && !tensor_finite(p, p->from))
		return p->border_layer;
	for (size_t i = 0; i < p->n_units; i++) {
		struct unit *n = p->units[i];
		n->kernel->forward(p, n);
		p->n_forward++;
		if (!tensor_finite(p, n->out))
			return n->layer;
	}
	return -1;
}
