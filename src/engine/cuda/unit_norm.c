/* Batch-norm with its activation, the activation alone, and the layers that are just these. */
#include "card.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

struct norm_state {
	struct params *params;
	ACTIVATION act;
	bool batch;       /* statistics of the batch; otherwise the rolling ones */
	bool keep_scales; /* BATCHNORM_FOLDED: no gradient for them */
	int c;
	/* [c], slices of one allocation at `a`; k: [3][c] */
	float *a, *b, *mean, *variance, *k;
	/* [c] of it, too: of a layer that is at rest in this plan, as of `version` */
	float *scale, *bias, *rolling_mean, *rolling_variance;
	uint64_t version;
};
enum { NORM_VECTORS = 4 + 3 + 4 };

static void bring(const struct params *ps, enum array_role role, float *to, size_t c)
{
	const struct param *p = params_get((struct params *)(uintptr_t)ps, role);
	if (!p)
		cuda_clear(to, c);
	else if (ps->training)
		cuda_copy(p->value, c, to);
	else
		cuda_to_card(to, p->rest, c * sizeof(*to));
}

static void norm_prepare(struct plan *p, struct unit *n)
{
	(void)p;
	struct norm_state *s = n->state;
	size_t c = (size_t)s->c;
	if (n->trains || s->version == s->params->version)
		return;
	bring(s->params, ARRAY_SCALES, s->scale, c);
	bring(s->params, ARRAY_BIASES, s->bias, c);
	bring(s->params, ARRAY_MEAN, s->rolling_mean, c);
	bring(s->params, ARRAY_VARIANCE, s->rolling_variance, c);
	s->version = s->params->version;
}

/* NULL: a [batchnorm] layer has no biases in its weights file, so none are learned: they are 0. */
static const float *vector_of(const struct unit *n, enum array_role role, const float *at_rest)
{
	const struct norm_state *s = n->state;
	const struct param *p = params_get(s->params, role);
	return n->trains ? p ? p->value : NULL : at_rest;
}

static void coefficients_of_batch(struct unit *n, int rows)
{
	struct norm_state *s = n->state;
	struct norm_sums_args a = {
	    .x = n->in[0]->data->data, .part = n->workspace->data, .rows = rows, .c = s->c,
	    .half = n->in[0]->half};
	unsigned across, blocks = rows_blocks(rows, s->c, NORM_PARTS, &across);
	cuda_launch(KERNEL_norm_sums, blocks, across, BLOCK_THREADS, &a);
	struct norm_finish_args f = {.x = a.x,
				     .part = a.part,
				     .scale = vector_of(n, ARRAY_SCALES, s->scale),
				     .bias = vector_of(n, ARRAY_BIASES, s->bias),
				     .mean = s->mean,
				     .variance = s->variance,
				     .a = s->a,
				     .b = s->b,
				     .rows = rows,
				     .c = s->c,
				     .parts = (int)blocks,
				     .half = n->in[0]->half};
	cuda_launch(KERNEL_norm_finish, (unsigned)(s->c + 31) / 32, 1, BLOCK_THREADS, &f);
}

static void coefficients_at_rest(struct unit *n)
{
	struct norm_state *s = n->state;
	struct norm_rolling_args a = {
	    .scale = vector_of(n, ARRAY_SCALES, s->scale),
	    .bias = vector_of(n, ARRAY_BIASES, s->bias),
	    .rolling_mean = vector_of(n, ARRAY_MEAN, s->rolling_mean),
	    .rolling_variance = vector_of(n, ARRAY_VARIANCE, s->rolling_variance),
	    .mean = s->mean,
	    .variance = s->variance,
	    .a = s->a,
	    .b = s->b,
	    .c = s->c};
	cuda_launch(KERNEL_norm_rolling, each_blocks(s->c), 1, BLOCK_THREADS, &a);
}

static void norm_forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct norm_state *s = n->state;
	int rows = card_rows(n->in[0]);
	if (s->batch)
		coefficients_of_batch(n, rows);
	else
		coefficients_at_rest(n);
	struct norm_apply_args a = {.x = n->in[0]->data->data,
				    .a = s->a,
				    .b = s->b,
				    .y = n->out->data->data,
				    .rows = rows,
				    .c = s->c,
				    .act = (int)s->act,
				    .half = n->in[0]->half};
	unsigned across, blocks = rows_blocks(rows, s->c, 4096, &across);
	cuda_launch(KERNEL_norm_apply, blocks, across, BLOCK_THREADS, &a);
}

/* The batch's statistics move with x: a second pass. */
static void backward_of_batch(const struct norm_state *s, const struct norm_grad_args *g, float *dx)
{
	struct norm_grad_apply_args a = {.x = g->x,
					 .y = g->y,
					 .dy = g->dy,
					 .a = s->a,
					 .b = s->b,
					 .mean = s->mean,
					 .k = s->k,
					 .dx = dx,
					 .rows = g->rows,
					 .c = s->c,
					 .act = g->act,
					 .half = g->half};
	unsigned across, blocks = rows_blocks(g->rows, s->c, 4096, &across);
	cuda_launch(KERNEL_norm_grad_apply, blocks, across, BLOCK_THREADS, &a);
}

static void norm_backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct norm_state *s = n->state;
	struct param *biases = params_get(s->params, ARRAY_BIASES);
	float *dx = n->in[0]->grad->data;
	struct norm_grad_args a = {.x = n->in[0]->data->data,
				   .y = card_is_slope(s->act) ? NULL : n->out->data->data,
				   .dy = n->out->grad->data,
				   .a = s->a,
				   .b = s->b,
				   .mean = s->mean,
				   .dx = s->batch ? NULL : dx,
				   .part = n->trains ? n->workspace->data : NULL,
				   .rows = card_rows(n->in[0]),
				   .c = s->c,
				   .act = (int)s->act,
				   .half = n->in[0]->half};
	unsigned across, blocks = rows_blocks(a.rows, s->c, NORM_PARTS, &across);
	cuda_launch(KERNEL_norm_grad, blocks, across, BLOCK_THREADS, &a);
	if (!n->trains)
		return;
	struct norm_grad_finish_args f = {
	    .part = a.part,
	    .scale = vector_of(n, ARRAY_SCALES, NULL),
	    .variance = s->variance,
	    .d_scale = s->keep_scales ? NULL : params_get(s->params, ARRAY_SCALES)->grad,
	    .d_bias = biases ? biases->grad : NULL,
	    .k = s->batch ? s->k : NULL,
	    .rows = a.rows,
	    .c = s->c,
	    .parts = (int)blocks};
	cuda_launch(KERNEL_norm_grad_finish, (unsigned)(s->c + 31) / 32, 1, BLOCK_THREADS, &f);
	if (s->batch)
		backward_of_batch(s, &a, dx);
}

static void norm_release(struct unit *n)
{
	struct norm_state *s = n->state;
	cuda_release(s->a);
	free(s);
}

/* What a forward pass measured for the rolling statistics is applied once its update is. */
static void norm_after_update(struct unit *n)
{
	struct norm_state *s = n->state;
	if (!s->batch || !n->trains)
		return;
	struct rolling_args a = {.mean = s->mean,
				 .variance = s->variance,
				 .rolling_mean = params_get(s->params, ARRAY_MEAN)->value,
				 .rolling_variance = params_get(s->params, ARRAY_VARIANCE)->value,
				 .step = card_outputs(),
				 .c = s->c};
	cuda_launch(KERNEL_rolling, each_blocks(s->c), 1, BLOCK_THREADS, &a);
}

static const struct kernel kernel_norm = {.name = "batchnorm",
					  .forward = norm_forward,
					  .backward = norm_backward,
					  .release = norm_release,
					  .prepare = norm_prepare,
					  .after_update = norm_after_update};

static void give_vectors(struct norm_state *s)
{
	float **slices[] = {&s->a,	   &s->b,    &s->mean,	       &s->variance,
			    &s->scale,	   &s->bias, &s->rolling_mean, &s->rolling_variance,
			    &s->k};
	float *memory = cuda_alloc((size_t)NORM_VECTORS * (size_t)(s->c + 3));
	size_t step = ((size_t)s->c + 3) / 4 * 4; /* quads are read whole */
	for (size_t i = 0; i < sizeof(slices) / sizeof(*slices); i++)
		*slices[i] = memory + i * step;
}

/* Batch-norm rewrites its gradient in place, so the input shares the output's buffer. That needs an
 * input whose only consumer is this unit: the convolution's own output, or a copy. */
struct tensor *card_norm(struct plan *p, int layer, struct tensor *x, ACTIVATION act)
{
	struct tensor *y = card_tensor(p, x->c, x->h, x->w, x->layout, x->grad);
	struct norm_state *s = xcalloc(1, sizeof(*s));
	bool trains = plan_trains(p, layer);
	s->params = &p->params[layer];
	s->act = act;
	s->c = x->c;
	s->batch = trains && p->spec.batchnorm == BATCHNORM_TRAIN &&
		   card_rows(x) > 1; /* one value has no variance */
	give_vectors(s);
	if (y->grad)
		x->grad = y->grad;
	s->keep_scales =
	    p->spec.batchnorm == BATCHNORM_FOLDED && p->graph->layers[layer].type != BATCHNORM;
	if (trains)
		params_fold(s->params, s->keep_scales);
	struct unit *n = plan_unit(p, &kernel_norm, layer, &x, 1, y, s);
	n->trains = trains;
	if (trains)
		n->workspace = plan_workspace(p, (size_t)NORM_PARTS * 2 * (size_t)s->c);
	n->keep_in = true;
	n->keep_out = !card_is_slope(act);
	return y;
}

/* ---- the activation alone ---- */

struct act_state {
	ACTIVATION act;
};

static void act_forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct act_state *s = n->state;
	struct shortcut_args a = {.x = n->in[0]->data->data,
				  .y = n->out->data->data,
				  .n = (long)tensor_floats(n->out),
				  .alpha = 1,
				  .act = (int)s->act,
				  .half = n->out->half};
	cuda_launch(KERNEL_shortcut, each_blocks(a.n / 4), 1, BLOCK_THREADS, &a);
}

static void act_backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct act_state *s = n->state;
	struct act_grad_args a = {.y = n->out->data->data,
				  .dy = n->out->grad->data,
				  .dx = n->in[0]->grad->data,
				  .n = (long)tensor_floats(n->out),
				  .act = (int)s->act,
				  .half = n->out->half};
	cuda_launch(KERNEL_act_grad, each_blocks(a.n / 4), 1, BLOCK_THREADS, &a);
}

static const struct kernel kernel_act = {
    .name = "activation", .forward = act_forward, .backward = act_backward};

static void copy_forward(struct plan *p, struct unit *n)
{
	(void)p;
	cuda_copy(n->in[0]->data->data, tensor_memory(n->out), n->out->data->data);
}

static void copy_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		card_blend(n->out->grad->data, dx, n->out, 1, add ? 1 : 0);
}

static const struct kernel kernel_copy = {
    .name = "copy", .forward = copy_forward, .backward = copy_backward};

/* A private copy of the layer's input, for the kinds that work in place. */
static struct tensor *private_copy(struct plan *p, int layer, bool grad)
{
	struct tensor *in = card_layout(p, plan_layer_input(p, layer), BLOCKED, layer);
	struct tensor *x = card_tensor(p, in->c, in->h, in->w, in->layout, grad || in->grad);
	plan_unit(p, &kernel_copy, layer, &in, 1, x, NULL);
	return x;
}

void card_batchnorm(struct plan *p, int layer)
{
	p->out[layer] = card_norm(p, layer, private_copy(p, layer, plan_trains(p, layer)), LINEAR);
}

void card_activation(struct plan *p, int layer)
{
	struct tensor *x = private_copy(p, layer, false);
	struct tensor *y = card_tensor(p, x->c, x->h, x->w, x->layout, x->grad);
	struct act_state *s = xcalloc(1, sizeof(*s));
	s->act = p->graph->layers[layer].activation;
	if (y->grad)
		x->grad = y->grad;
	x->data = y->data;
	plan_unit(p, &kernel_act, layer, &x, 1, y, s)->keep_out = true;
	p->out[layer] = y;
}
