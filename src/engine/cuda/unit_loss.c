/* [softmax] with cross-entropy, and the loss of a step. */
#include "card.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

struct softmax_state {
	/* Of a plan that trains; else NULL. */
	int *labels;    /* [n] */
	float *weights; /* [classes] */
	float *score;   /* [n][3] */
};

enum { SOFTMAX_THREADS = 128 };

static void softmax_forward(struct plan *p, struct unit *n)
{
	struct softmax_state *s = n->state;
	struct softmax_args a = {.x = n->in[0]->data->data,
				 .y = n->out->data->data,
				 .score = s->score,
				 .labels = s->labels,
				 .n = n->out->n,
				 .classes = n->out->c,
				 .temperature = p->temperature};
	cuda_launch(KERNEL_softmax, (unsigned)a.n, 1, SOFTMAX_THREADS, &a);
}

static void softmax_backward(struct plan *p, struct unit *n)
{
	struct softmax_state *s = n->state;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (!dx)
		return;
	struct softmax_grad_args a = {.y = n->out->data->data,
				      .weights = s->weights,
				      .dx = dx,
				      .labels = s->labels,
				      .step = card_inputs(),
				      .n = n->out->n,
				      .classes = n->out->c,
				      .add = add,
				      .share = 1.f / (float)n->out->n / p->temperature};
	cuda_launch(KERNEL_softmax_grad, each_blocks((long)a.n * a.classes), 1, BLOCK_THREADS, &a);
}

static void softmax_release(struct unit *n)
{
	struct softmax_state *s = n->state;
	cuda_release((float *)(void *)s->labels);
	cuda_release(s->weights);
	cuda_release(s->score);
	free(s);
}

static const struct kernel kernel_softmax = {.name = "softmax",
					     .forward = softmax_forward,
					     .backward = softmax_backward,
					     .release = softmax_release};

void card_softmax(struct plan *p, int layer)
{
	struct tensor *in = card_layout(p, plan_layer_input(p, layer), PLAIN, layer);
	int classes = in->c * in->h * in->w;
	struct softmax_state *s = xcalloc(1, sizeof(*s));
	if (p->spec.training) {
		s->labels = (int *)(void *)cuda_alloc((size_t)in->n);
		s->weights = cuda_alloc((size_t)classes);
		s->score = cuda_alloc((size_t)in->n * 3);
	}
	p->temperature =
	    p->graph->layers[layer].temperature > 0 ? p->graph->layers[layer].temperature : 1;
	struct tensor *out = plan_tensor(p, classes, 1, 1, PLAIN, in->grad);
	plan_unit(p, &kernel_softmax, layer, &in, 1, out, s)->keep_out = true;
	p->logits = in;
	p->probs = out;
	p->out[layer] = out;
}

/* The last that a plan has: the loss is of its output. */
static const struct softmax_state *softmax_of(const struct plan *p)
{
	for (size_t i = p->n_units; i-- > 0;)
		if (p->units[i]->kernel == &kernel_softmax)
			return p->units[i]->state;
	return NULL;
}

void card_step_inputs(struct plan *p)
{
	const struct softmax_state *s = softmax_of(p);
	struct step_inputs in = {.dropout_key = p->dropout_key,
				 .smoothing = (float)p->label_smoothing,
				 .weighted = p->class_weights != NULL};
	cuda_to_card(card_inputs(), &in, sizeof(in));
	cuda_to_card(s->labels, p->labels, (size_t)p->spec.n * sizeof(*p->labels));
	if (p->class_weights)
		cuda_to_card(s->weights, p->class_weights,
			     (size_t)p->probs->c * sizeof(*p->class_weights));
}

void card_score(struct plan *p)
{
	struct score_args a = {
	    .score = softmax_of(p)->score, .step = card_outputs(), .n = p->spec.n};
	cuda_launch(KERNEL_score, 1, 1, BLOCK_THREADS, &a);
}
