/* Batch-norm with its activation in one pass, the activation alone, and the layers that are just
 * these. */
#include "cpu.h"
#include "onednn.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

struct norm_state {
	struct params *params;
	ACTIVATION act;
	bool batch;       /* statistics of the batch; otherwise the rolling ones */
	bool keep_scales; /* BATCHNORM_FOLDED: no gradient for them */
	int channels;     /* padded */
	/* [channels], slices of one allocation at `a` */
	float *a, *b, *mean, *variance, *scale, *bias, *d_scale, *d_bias;
};

/* Padded copies of the parameters: the masters when they train, Darknet's arrays when they are
 * frozen. A [batchnorm] layer has no biases in its weights file, so none are learned: they stay
 * zero. */
static void take(const struct params *ps, const struct param *p, float *out)
{
	if (p)
		memcpy(out, ps->training ? p->value : p->rest,
		       (ps->training ? p->n : p->n_rest) * sizeof(*out));
}

static void norm_forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct norm_state *s = n->state;
	struct view v = tensor_view(n->in[0]);
	take(s->params, params_get(s->params, ARRAY_SCALES), s->scale);
	take(s->params, params_get(s->params, ARRAY_BIASES), s->bias);
	if (s->batch) {
		norm_statistics(v, n->in[0]->data->data, s->mean, s->variance);
	} else {
		take(s->params, params_get(s->params, ARRAY_MEAN), s->mean);
		take(s->params, params_get(s->params, ARRAY_VARIANCE), s->variance);
	}
	norm_coefficients(s->channels, s->scale, s->bias, s->mean, s->variance, s->a, s->b);
	norm_apply(v, n->in[0]->data->data, s->a, s->b, s->act, n->out->data->data);
	clear_padding(n->out);
}

static void norm_unit_backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct norm_state *s = n->state;
	struct norm_backward b = {.x = n->in[0]->data->data,
				  .y = n->out->data->data,
				  .dy = n->out->grad->data,
				  .dx = n->in[0]->grad->data,
				  .a = s->a,
				  .b = s->b,
				  .scale = s->scale,
				  .mean = s->mean,
				  .variance = s->variance,
				  .act = s->act,
				  .batch_statistics = s->batch};
	struct param *biases = params_get(s->params, ARRAY_BIASES);
	b.d_scale =
	    n->trains && !s->keep_scales ? params_get(s->params, ARRAY_SCALES)->grad : s->d_scale;
	b.d_bias = n->trains && biases ? biases->grad : s->d_bias;
	norm_backward(tensor_view(n->in[0]), &b);
}

static void norm_release(struct unit *n)
{
	struct norm_state *s = n->state;
	free(s->a);
	free(s);
}

/* What a forward pass measured for the rolling statistics is applied once its update is. */
static void norm_after_update(struct unit *n)
{
	struct norm_state *s = n->state;
	if (!s->batch || !n->trains)
		return;
	float *mean = params_get(s->params, ARRAY_MEAN)->value;
	float *variance = params_get(s->params, ARRAY_VARIANCE)->value;
	for (int c = 0; c < s->channels; c++) {
		mean[c] = .99f * mean[c] + .01f * s->mean[c];
		variance[c] = .99f * variance[c] + .01f * s->variance[c];
	}
}

static const struct kernel kernel_norm = {.name = "batchnorm",
					  .forward = norm_forward,
					  .backward = norm_unit_backward,
					  .release = norm_release,
					  .after_update = norm_after_update};

/* Batch-norm rewrites its gradient in place, so the input shares the output's buffer. That needs an
 * input whose only consumer is this unit: the convolution's own output, or a copy. */
struct tensor *add_norm(struct plan *p, int layer, struct tensor *x, ACTIVATION act)
{
	struct tensor *y = plan_tensor(p, x->c, x->h, x->w, x->layout, x->grad);
	struct view v = tensor_view(x);
	struct norm_state *s = xcalloc(1, sizeof(*s));
	s->params = &p->params[layer];
	s->act = act;
	int block = onednn_block(); /* the parameters' padding, whatever this tensor's layout */
	s->channels = (v.blocks * v.lanes + block - 1) / block * block;
	s->batch = plan_trains(p, layer) && p->spec.batchnorm == BATCHNORM_TRAIN &&
		   v.n * v.pixels > 1; /* one value has no variance */
	float **slices[] = {&s->a,     &s->b,    &s->mean,    &s->variance,
			    &s->scale, &s->bias, &s->d_scale, &s->d_bias};
	size_t n_slices = sizeof(slices) / sizeof(*slices);
	float *memory = xcalloc(n_slices * (size_t)s->channels, sizeof(*memory));
	for (size_t i = 0; i < n_slices; i++)
		*slices[i] = memory + i * (size_t)s->channels;
	if (y->grad)
		x->grad = y->grad;
	s->keep_scales =
	    p->spec.batchnorm == BATCHNORM_FOLDED && p->graph->layers[layer].type != BATCHNORM;
	if (plan_trains(p, layer))
		params_fold(s->params, s->keep_scales);
	struct unit *n = plan_unit(p, &kernel_norm, layer, &x, 1, y, s);
	n->trains = plan_trains(p, layer);
	n->keep_in = true;
	float slope;
	n->keep_out = !activation_slope(act, &slope); /* those are told from the input */
	return y;
}

struct act_state {
	ACTIVATION act;
};

static void act_forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct act_state *s = n->state;
	activation_apply(s->act, tensor_floats(n->in[0]), n->in[0]->data->data, n->out->data->data);
	clear_padding(n->out);
}

static void act_backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct act_state *s = n->state;
	float *dy = n->out->grad->data;
	activation_backward(s->act, tensor_floats(n->out), n->out->data->data, dy,
			    n->in[0]->grad->data);
}

static const struct kernel kernel_act = {
    .name = "activation", .forward = act_forward, .backward = act_backward};

/* As for batch-norm, the input's only consumer must be this unit; data and gradient are then
 * rewritten in place. */
struct tensor *add_act(struct plan *p, int layer, struct tensor *x, ACTIVATION act)
{
	struct tensor *y = plan_tensor(p, x->c, x->h, x->w, x->layout, x->grad);
	struct act_state *s = xcalloc(1, sizeof(*s));
	s->act = act;
	if (y->grad)
		x->grad = y->grad;
	x->data = y->data;
	plan_unit(p, &kernel_act, layer, &x, 1, y, s)->keep_out = true;
	return y;
}

static void copy_forward(struct plan *p, struct unit *n)
{
	(void)p;
	floats_add(tensor_floats(n->out), n->in[0]->data->data, n->out->data->data, false);
}

static void copy_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		floats_add(tensor_floats(n->out), n->out->grad->data, dx, add);
}

static const struct kernel kernel_copy = {
    .name = "copy", .forward = copy_forward, .backward = copy_backward};

/* A private copy of the layer's input, for the kinds that work in place. */
static struct tensor *private_copy(struct plan *p, int layer, bool grad)
{
	struct tensor *in = plan_layer_input(p, layer);
	struct tensor *x = plan_tensor(p, in->c, in->h, in->w, in->layout, grad || in->grad);
	plan_unit(p, &kernel_copy, layer, &in, 1, x, NULL);
	return x;
}

void add_batchnorm(struct plan *p, int layer)
{
	p->out[layer] = add_norm(p, layer, private_copy(p, layer, plan_trains(p, layer)), LINEAR);
}

void add_activation(struct plan *p, int layer)
{
	p->out[layer] =
	    add_act(p, layer, private_copy(p, layer, false), p->graph->layers[layer].activation);
}
