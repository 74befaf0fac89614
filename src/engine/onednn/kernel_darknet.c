/* Kinds without a kernel of ours: Darknet's own functions, one image at a time.
 *
 * Darknet's arrays hold one image. Forward runs each image through them; backward runs an image
 * forward again, then backward, so that what Darknet keeps between the two (norms, indexes) belongs
 * to that image. Its deltas point downhill: they are the negative of the gradients here. Its
 * [local] asks for a workspace of floats in bytes, a quarter of what it uses: the unit brings its
 * own. Forward of several plans may be called at once: they take turns.
 */
#include "cpu.h"

#include "thaw/base/alloc.h"

#include <string.h>

static network view_of_graph(struct plan *p, const struct unit *n, bool training)
{
	network net = *p->graph;
	net.train = training;
	net.batch = 1;
	net.truth = NULL;
	net.workspace = n->state;
	return net;
}

static void run_image(struct plan *p, struct unit *n, int image)
{
	struct layer l = p->graph->layers[n->layer];
	network net = view_of_graph(p, n, p->spec.training);
	net.input = n->in[0]->data->data + (size_t)image * (size_t)l.inputs;
	l.forward(l, net);
}

/* Forward writes the arrays that all plans share. */
static void prepare(struct plan *p, struct unit *n)
{
	params_sync(&p->params[n->layer]);
}

static void forward(struct plan *p, struct unit *n)
{
	struct layer l = p->graph->layers[n->layer];
#pragma omp critical(darknet)
	for (int i = 0; i < n->out->n; i++) {
		run_image(p, n, i);
		memcpy(n->out->data->data + (size_t)i * (size_t)l.outputs, l.output,
		       (size_t)l.outputs * sizeof(float));
	}
}

static void clear_updates(const struct param *p, float *updates)
{
	if (p && updates)
		memset(updates, 0, p->n_rest * sizeof(*updates));
}

static void take_gradient(const struct param *p, const float *updates)
{
	for (size_t i = 0; p && p->grad && updates && i < p->n_rest; i++)
		p->grad[i] = -updates[i];
}

static void backward_image(struct plan *p, struct unit *n, int image, float *dx, bool add)
{
	struct layer l = p->graph->layers[n->layer];
	size_t inputs = (size_t)l.inputs, outputs = (size_t)l.outputs;
	float *delta = xcalloc(inputs, sizeof(*delta));
	const float *dy = n->out->grad->data + (size_t)image * outputs;
	run_image(p, n, image);
	for (size_t i = 0; i < outputs; i++)
		l.delta[i] = -dy[i];
	network net = view_of_graph(p, n, true);
	net.input = n->in[0]->data->data + (size_t)image * inputs;
	net.delta = delta;
	l.backward(l, net);
	for (size_t i = 0; dx && i < inputs; i++)
		dx[(size_t)image * inputs + i] =
		    (add ? dx[(size_t)image * inputs + i] : 0) - delta[i];
	free(delta);
}

static void backward(struct plan *p, struct unit *n)
{
	struct params *ps = &p->params[n->layer];
	struct layer *l = &p->graph->layers[n->layer];
	bool add = false;
	float *dx = gradient_target(n, 0, &add);
	struct param *weights = params_get(ps, ARRAY_WEIGHTS),
		     *biases = params_get(ps, ARRAY_BIASES);
	clear_updates(weights, l->weight_updates);
	clear_updates(biases, l->bias_updates);
	for (int i = 0; i < n->out->n; i++)
		backward_image(p, n, i, dx, add);
	if (!n->trains)
		return;
	take_gradient(weights, l->weight_updates);
	take_gradient(biases, l->bias_updates);
}

static const struct kernel kernel_darknet = {
    .name = "darknet", .forward = forward, .backward = backward, .prepare = prepare};

void add_darknet(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = in_layout(p, plan_layer_input(p, layer), PLAIN, layer);
	bool trains = plan_trains(p, layer);
	int c = l->out_c, h = l->out_h, w = l->out_w;
	if (c * h * w != l->outputs) {
		c = l->outputs;
		h = w = 1;
	}
	p->out[layer] = plan_tensor(p, c, h, w, PLAIN, trains || in->grad);
	struct unit *n = plan_unit(p, &kernel_darknet, layer, &in, 1, p->out[layer],
				   xcalloc(l->workspace_size + 1, sizeof(float)));
	n->trains = trains;
	n->keep_in = true;
}
