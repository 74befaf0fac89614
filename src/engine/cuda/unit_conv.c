/* [convolutional] and [connected]: a convolution of cuDNN's, then bias and activation in one pass.
 *
 * Frozen (and everywhere in inference): batch-norm is folded into weights and bias. Trainable with
 * batch-norm: the convolution alone; the norm unit follows. BATCHNORM_FOLDED divides the gradient of
 * each output channel's weights by a^2, which makes the step one of gradient descent in a W.
 */
#include "card.h"
#include "dnn.h"
#include "fold.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

struct conv_state {
	struct dnn_conv *op;
	struct params *params;
	ACTIVATION act;        /* of the pass that follows; LINEAR: none */
	bool bias;             /* is added by that pass */
	struct folded *folded; /* NULL while the layer trains */
	int out_c;
	bool preconditioned;
	/* Of a layer that trains in bf16: its weights, and their gradient. Else NULL. */
	float *half_weights, *half_gradient;
};

static void fold(struct plan *p, struct unit *n)
{
	(void)p;
	struct conv_state *s = n->state;
	struct folded *f = s->folded;
	if (!f || f->version == s->params->version)
		return;
	float *bias = xcalloc((size_t)s->out_c, sizeof(*bias));
	float *plain = fold_plain(s->params, s->out_c, bias);
	size_t n_weights = params_get(s->params, ARRAY_WEIGHTS)->n_rest;
	card_upload(plain, n_weights, f->layout, f->weights);
	card_upload(bias, (size_t)s->out_c, NULL, f->bias);
	free(plain);
	free(bias);
	f->version = s->params->version;
}

static const float *weights_of(const struct conv_state *s)
{
	if (s->half_weights)
		return s->half_weights;
	return s->folded ? s->folded->weights : params_get(s->params, ARRAY_WEIGHTS)->value;
}

static void narrow_weights(const struct conv_state *s)
{
	const struct param *w = params_get(s->params, ARRAY_WEIGHTS);
	struct narrow_args a = {w->value, (unsigned short *)(void *)s->half_weights, (long)w->n};
	cuda_launch(KERNEL_narrow, each_blocks(a.n), 1, BLOCK_THREADS, &a);
}

static void *workspace_of(const struct unit *n)
{
	return n->workspace ? n->workspace->data : NULL;
}

static void forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct conv_state *s = n->state;
	float *y = n->out->data->data;
	if (s->half_weights)
		narrow_weights(s);
	dnn_conv_forward(s->op, n->in[0]->data->data, weights_of(s), y, workspace_of(n));
	if (!s->bias && s->act == LINEAR)
		return;
	const float *bias =
	    s->folded ? s->folded->bias : params_get(s->params, ARRAY_BIASES)->value;
	struct norm_apply_args a = {.x = y,
				    .y = y,
				    .b = s->bias ? bias : NULL,
				    .rows = card_rows(n->out),
				    .c = n->out->c,
				    .act = (int)s->act,
				    .half = n->out->half};
	unsigned across, blocks = rows_blocks(a.rows, a.c, 4096, &across);
	cuda_launch(KERNEL_norm_apply, blocks, across, BLOCK_THREADS, &a);
}

/* The gradient before activation, in place, and that of the bias. */
static void backward_act(struct unit *n, float *dz, bool bias)
{
	struct conv_state *s = n->state;
	if (!bias && s->act == LINEAR)
		return;
	struct norm_grad_args a = {.y = s->act == LINEAR ? dz : n->out->data->data,
				   .dy = dz,
				   .dx = s->act == LINEAR ? NULL : dz,
				   .part = bias ? n->workspace->data : NULL,
				   .rows = card_rows(n->out),
				   .c = n->out->c,
				   .act = (int)s->act,
				   .half = n->out->half};
	unsigned across, blocks = rows_blocks(a.rows, a.c, NORM_PARTS, &across);
	cuda_launch(KERNEL_norm_grad, blocks, across, BLOCK_THREADS, &a);
	if (!bias)
		return;
	struct norm_grad_finish_args f = {.part = a.part,
					  .d_bias = params_get(s->params, ARRAY_BIASES)->grad,
					  .rows = a.rows,
					  .c = a.c,
					  .parts = (int)blocks};
	cuda_launch(KERNEL_norm_grad_finish, (unsigned)(a.c + 31) / 32, 1, BLOCK_THREADS, &f);
}

/* What cuDNN computed to what the layer learns from. */
static void finish_weights(const struct conv_state *s)
{
	const struct param *w = params_get(s->params, ARRAY_WEIGHTS);
	struct precondition_args a = {.x = s->half_gradient ? s->half_gradient : w->grad,
				      .dw = w->grad,
				      .n = (long)w->n,
				      .half = s->half_gradient != NULL};
	if (s->preconditioned) {
		const struct param *scale = params_get(s->params, ARRAY_SCALES);
		a.scale = scale->value;
		a.variance = params_get(s->params, ARRAY_VARIANCE)->value;
		a.row = (int)(w->n / scale->n);
	}
	cuda_launch(KERNEL_precondition, each_blocks(a.n), 1, BLOCK_THREADS, &a);
}

static void backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct conv_state *s = n->state;
	float *dz = n->out->grad->data;
	backward_act(n, dz, n->trains && s->bias);
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		dnn_conv_backward_data(s->op, dz, weights_of(s), dx, add, workspace_of(n));
	if (!n->trains)
		return;
	float *dw = s->half_gradient ? s->half_gradient
				     : params_get(s->params, ARRAY_WEIGHTS)->grad;
	dnn_conv_backward_weights(s->op, n->in[0]->data->data, dz, dw, workspace_of(n));
	if (s->preconditioned || s->half_gradient)
		finish_weights(s);
}

static void release(struct unit *n)
{
	struct conv_state *s = n->state;
	dnn_conv_free(s->op);
	cuda_release(s->half_weights);
	cuda_release(s->half_gradient);
	free(s);
}

static const struct kernel kernel_conv = {.name = "convolution",
					  .forward = forward,
					  .backward = backward,
					  .release = release,
					  .prepare = fold};

/* Of cuDNN, and of the sums that the bias's gradient is made of. */
static struct buf *workspace_for(struct plan *p, const struct conv_state *s, bool trains)
{
	size_t floats = (dnn_conv_workspace_bytes(s->op) + sizeof(float) - 1) / sizeof(float);
	size_t sums = trains && s->bias ? (size_t)NORM_PARTS * 2 * (size_t)s->out_c : 0;
	floats = sums > floats ? sums : floats;
	return floats ? plan_workspace(p, floats) : NULL;
}

/* Shared by both kinds, once the geometry is known. Returns the layer's output. */
static struct tensor *add_weighted(struct plan *p, int layer, struct tensor *in,
				   const struct dnn_shape *shape, enum layout out_layout)
{
	const struct layer *l = &p->graph->layers[layer];
	bool trains = plan_trains(p, layer), separate_norm = trains && l->batch_normalize;
	struct conv_state *s = xcalloc(1, sizeof(*s));
	*s = (struct conv_state){.params = &p->params[layer],
				 .act = separate_norm ? LINEAR : l->activation,
				 .bias = !separate_norm,
				 .out_c = shape->out_c};
	struct param *w = params_get(s->params, ARRAY_WEIGHTS);
	const struct weights_layout *layout = card_weights_layout(
	    shape->out_c, shape->c / shape->groups, shape->size, shape->half && !trains);
	if (trains)
		params_set_layout(s->params, w, layout);
	else
		s->folded = params_folded(s->params, layout, shape->out_c);
	if (trains && shape->half) {
		s->half_weights = cuda_alloc((w->n + 1) / 2);
		s->half_gradient = cuda_alloc((w->n + 1) / 2);
	}
	s->op = dnn_conv_new(shape, in->grad && p->spec.training, trains);
	struct tensor *x = card_tensor(p, shape->out_c, shape->out_h, shape->out_w, out_layout,
				       trains || in->grad);
	struct unit *n = plan_unit(p, &kernel_conv, layer, &in, 1, x, s);
	n->trains = trains;
	n->workspace = workspace_for(p, s, trains);
	n->keep_in = trains;
	n->keep_out = s->act != LINEAR;
	s->preconditioned = separate_norm && p->spec.batchnorm == BATCHNORM_FOLDED;
	return separate_norm ? card_norm(p, layer, x, l->activation) : x;
}

void card_convolutional(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = card_layout(p, plan_layer_input(p, layer), BLOCKED, layer);
	struct dnn_shape s = {.n = p->spec.n,
			      .c = l->c,
			      .h = l->h,
			      .w = l->w,
			      .out_c = l->n,
			      .out_h = l->out_h,
			      .out_w = l->out_w,
			      .groups = l->groups,
			      .size = l->size,
			      .stride = l->stride,
			      .pad = l->pad,
			      .half = in->half,
			      .precision = card_precision()};
	p->out[layer] = add_weighted(p, layer, in, &s, BLOCKED);
}

void card_connected(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = card_layout(p, plan_layer_input(p, layer), PLAIN, layer);
	struct dnn_shape s = {.n = p->spec.n,
			      .c = in->c * in->h * in->w,
			      .h = 1,
			      .w = 1,
			      .out_c = l->outputs,
			      .out_h = 1,
			      .out_w = 1,
			      .groups = 1,
			      .size = 1,
			      .stride = 1,
			      .precision = card_precision()};
	p->out[layer] = add_weighted(p, layer, in, &s, PLAIN);
}
