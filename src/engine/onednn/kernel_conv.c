/* [convolutional] and [connected]: one operation with bias and activation fused where they can be,
 * Winograd's (winograd.h) where it fits, else oneDNN's.
 *
 * Frozen (and everywhere in inference): the batch-norm is folded into weights and bias, W' = a W
 * and b' = b of norm_coefficients(), so that a whole layer is one primitive, and its data gradient
 * uses W' too. Trainable with batch-norm: the convolution alone; the norm unit (kernel_norm.c)
 * follows. BATCHNORM_FOLDED divides the gradient of each output channel's weights by a^2, which
 * makes the step one of gradient descent in W'.
 */
#include "cpu.h"
#include "fold.h"
#include "onednn.h"
#include "winograd.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct conv_state {
	struct conv_op *op; /* NULL: `wino` */
	struct wino *wino;
	float slope; /* of the activation in wino's forward pass */
	struct conv_shape shape;
	struct params *params;
	ACTIVATION fused;      /* activation inside the primitive; LINEAR: none */
	struct folded *folded; /* NULL while the layer trains */
	/* [channels]: 1 / a^2, where `wino` takes it; whether BATCHNORM_FOLDED trains this layer */
	float *share;
	bool preconditioned;
};

static const struct {
	ACTIVATION act;
	dnnl_alg_kind_t alg;
	float alpha;
} post_ops[] = {
    {LEAKY, dnnl_eltwise_relu, .1f},      {RELU, dnnl_eltwise_relu, 0},
    {RELIE, dnnl_eltwise_relu, .01f},     {TANH, dnnl_eltwise_tanh, 0},
    {LOGISTIC, dnnl_eltwise_logistic, 0}, {ELU, dnnl_eltwise_elu, 1},
};

static struct post_op post_op_for(ACTIVATION act)
{
	for (size_t i = 0; i < sizeof(post_ops) / sizeof(*post_ops); i++)
		if (post_ops[i].act == act)
			return (struct post_op){true, post_ops[i].alg, post_ops[i].alpha, 0};
	return (struct post_op){0};
}

static void fold(struct plan *p, struct unit *n)
{
	(void)p;
	struct conv_state *s = n->state;
	struct folded *f = s->folded;
	if (!f || f->version == s->params->version)
		return;
	float *plain = fold_plain(s->params, s->shape.out_c, f->bias);
	weights_from_plain(f->layout, plain, f->weights);
	free(plain);
	f->version = s->params->version;
}

static const float *conv_weights(const struct conv_state *s)
{
	return s->folded ? s->folded->weights : params_get(s->params, ARRAY_WEIGHTS)->value;
}

static void forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct conv_state *s = n->state;
	const float *bias =
	    s->folded ? s->folded->bias : params_get(s->params, ARRAY_BIASES)->value;
	const float *x = n->in[0]->data->data;
	if (s->wino)
		wino_forward(s->wino, x, conv_weights(s), s->shape.bias ? bias : NULL, s->slope,
			     n->out->data->data, n->workspace->data);
	else
		conv_op_forward(s->op, x, conv_weights(s), bias, n->out->data->data);
}

static void backward_data(struct unit *n, const float *dz)
{
	struct conv_state *s = n->state;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (!dx)
		return;
	float *to = add ? n->scratch->data : dx;
	if (s->wino)
		wino_backward_data(s->wino, dz, conv_weights(s), to, n->workspace->data);
	else
		conv_op_backward_data(s->op, dz, conv_weights(s), to);
	if (add)
		floats_add(tensor_floats(n->in[0]), n->scratch->data, dx, true);
}

/* For a kernel that cannot: what it has computed, by 1 / a^2. Zeros pad both. */
static void precondition(struct params *ps)
{
	struct param *w = params_get(ps, ARRAY_WEIGHTS);
	const float *gain = measured_gain(ps, w);
#pragma omp parallel for simd schedule(static)
	for (size_t i = 0; i < w->n; i++) {
		float square = gain[i] * gain[i];
		w->grad[i] /= square > 0 ? square : 1;
	}
}

static const float *shares(struct conv_state *s)
{
	for (int c = 0; c < s->shape.out_c; c++) {
		float gain = folded_gain(s->params, (size_t)c);
		s->share[c] = 1 / (gain * gain);
	}
	return s->share;
}

static void backward_weights(struct unit *n, const float *dz)
{
	struct conv_state *s = n->state;
	const float *x = n->in[0]->data->data;
	float *dw = params_get(s->params, ARRAY_WEIGHTS)->grad;
	float *db = s->shape.bias ? params_get(s->params, ARRAY_BIASES)->grad : NULL;
	if (s->wino) {
		wino_backward_weights(s->wino, x, dz, s->preconditioned ? shares(s) : NULL, dw,
				      n->workspace->data);
		if (db)
			channel_sums(tensor_view(n->out), dz, db);
		return;
	}
	conv_op_backward_weights(s->op, x, dz, dw, db);
	if (s->preconditioned)
		precondition(s->params);
}

static void backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct conv_state *s = n->state;
	float *dz = n->out->grad->data;
	if (s->fused != LINEAR)
		activation_backward(s->fused, tensor_floats(n->out), n->out->data->data, dz, dz);
	backward_data(n, dz);
	if (n->trains)
		backward_weights(n, dz);
}

static void release(struct unit *n)
{
	struct conv_state *s = n->state;
	conv_op_free(s->op);
	wino_free(s->wino);
	free(s->share);
	free(s);
}

static const struct kernel kernel_conv = {.name = "convolution",
					  .forward = forward,
					  .backward = backward,
					  .release = release,
					  .overwrites = true,
					  .prepare = fold};

/* What wino can do of it; NULL: nothing. */
static struct wino *wino_for(const struct conv_shape *s)
{
	struct wino_shape w = {s->n,     s->c,     s->h,   s->w,          s->out_c,
			       s->out_h, s->out_w, s->pad, onednn_block()};
	bool right = !s->inner && s->size == 3 && s->stride == 1 && s->groups == 1 &&
		     s->in_layout == BLOCKED && s->out_layout == BLOCKED;
	return right && wino_fits(&w) ? wino_new(&w) : NULL;
}

/* Returns the layout in which it wants the weights. */
static const struct weights_layout *make_op(struct plan *p, struct conv_state *s,
					    const struct post_op *post, bool trains, bool in_grad)
{
	const struct param *w = params_get(s->params, ARRAY_WEIGHTS);
	if (activation_slope(s->fused, &s->slope))
		s->wino = wino_for(&s->shape);
	if (s->wino)
		return weights_layout_blocked(&s->shape);
	bool data = in_grad && p->spec.training;
	s->op = conv_op_new(&s->shape, data || trains ? CONV_TRAINING : CONV_INFERENCE, post,
			    trains ? w->layout : NULL, data, trains);
	return conv_op_layout(s->op);
}

/* Shared by both kinds, once the geometry is known. Returns the layer's output. */
static struct tensor *add_weighted(struct plan *p, int layer, struct tensor *in,
				   struct conv_shape *shape, bool norm)
{
	bool trains = plan_trains(p, layer);
	ACTIVATION act = p->graph->layers[layer].activation;
	bool separate_norm = trains && norm;
	struct post_op post = separate_norm ? (struct post_op){0} : post_op_for(act);
	struct conv_state *s = xcalloc(1, sizeof(*s));
	shape->bias = !separate_norm;
	s->shape = *shape;
	s->params = &p->params[layer];
	s->fused = post.present ? act : LINEAR;

	struct param *w = params_get(s->params, ARRAY_WEIGHTS);
	bool grad = trains || in->grad;
	const struct weights_layout *layout = make_op(p, s, &post, trains, in->grad);
	if (trains)
		params_set_layout(s->params, w, layout);
	else
		s->folded = params_folded(s->params, layout, shape->out_c);
	struct tensor *x =
	    plan_tensor(p, shape->out_c, shape->out_h, shape->out_w, shape->out_layout, grad);
	struct unit *n = plan_unit(p, &kernel_conv, layer, &in, 1, x, s);
	n->trains = trains;
	if (s->wino)
		n->workspace = plan_workspace(p, wino_scratch(s->wino));
	s->preconditioned = separate_norm && p->spec.batchnorm == BATCHNORM_FOLDED;
	if (s->preconditioned) {
		struct view v = tensor_view(x);
		s->share = xcalloc((size_t)(v.blocks * v.lanes), sizeof(*s->share));
	}
	n->keep_in = trains;
	n->keep_out = s->fused != LINEAR;
	if (separate_norm)
		return add_norm(p, layer, x, act);
	return post.present || act == LINEAR ? x : add_act(p, layer, x, act);
}

/* Grouped convolutions whose groups are not whole blocks have no blocked kernel. */
static enum layout conv_layout(const layer *l, int block)
{
	return l->groups > 1 && ((l->c / l->groups) % block || (l->n / l->groups) % block)
		   ? PLAIN
		   : BLOCKED;
}

void add_convolutional(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = plan_layer_input(p, layer);
	enum layout layout = conv_layout(l, onednn_block());
	bool image = in == p->input; /* few channels: oneDNN reads them as they are */
	if (!image || l->c > 4)
		in = in_layout(p, in, layout, layer);
	struct conv_shape s = {.n = p->spec.n,
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
			       .in_layout = in->layout,
			       .out_layout = layout};
	p->out[layer] = add_weighted(p, layer, in, &s, l->batch_normalize);
}

void add_connected(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = plan_layer_input(p, layer);
	struct conv_shape s = {.n = p->spec.n,
			       .c = in->c,
			       .h = in->h,
			       .w = in->w,
			       .out_c = l->outputs,
			       .out_h = 1,
			       .out_w = 1,
			       .groups = 1,
			       .inner = true,
			       .in_layout = in->layout,
			       .out_layout = PLAIN};
	p->out[layer] = add_weighted(p, layer, in, &s, l->batch_normalize);
}
