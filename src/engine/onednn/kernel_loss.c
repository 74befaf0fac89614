/* [softmax] with cross-entropy.
 *
 * The gradient at the logits is w (p - t) / n for the batch mean, t being the smoothed truth and w
 * the weight of the picture's class.
 * Source: Darknet softmax_layer.c, blas.c softmax_x_ent_cpu().
 */
#include "cpu.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <string.h>

static void softmax_row(const float *x, int n, float temperature, float *p)
{
	float largest = x[0], sum = 0;
	for (int i = 1; i < n; i++)
		largest = x[i] > largest ? x[i] : largest;
	for (int i = 0; i < n; i++) {
		p[i] = expf((x[i] - largest) / temperature);
		sum += p[i];
	}
	for (int i = 0; i < n; i++)
		p[i] /= sum;
}

static void softmax_forward(struct plan *p, struct unit *n)
{
	int classes = n->out->c;
	for (int i = 0; i < n->out->n; i++)
		softmax_row(n->in[0]->data->data + i * classes, classes, p->temperature,
			    n->out->data->data + i * classes);
}

static void softmax_backward(struct plan *p, struct unit *n)
{
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (!dx)
		return;
	int classes = n->out->c, images = n->out->n;
	float smooth = (float)p->label_smoothing, share = 1.f / (float)images / p->temperature;
	const float *probs = n->out->data->data;
	for (int i = 0; i < images; i++) {
		float weighted = share * (p->class_weights ? p->class_weights[p->labels[i]] : 1);
		for (int c = 0; c < classes; c++) {
			float truth =
			    smooth / (float)classes + (c == p->labels[i] ? 1 - smooth : 0);
			float g = (probs[i * classes + c] - truth) * weighted;
			dx[i * classes + c] = add ? dx[i * classes + c] + g : g;
		}
	}
}

static const struct kernel kernel_softmax = {
    .name = "softmax", .forward = softmax_forward, .backward = softmax_backward};

void add_softmax(struct plan *p, int layer)
{
	struct tensor *in = in_layout(p, plan_layer_input(p, layer), PLAIN, layer);
	struct tensor *flat = in;
	p->temperature =
	    p->graph->layers[layer].temperature > 0 ? p->graph->layers[layer].temperature : 1;
	struct tensor *out = plan_tensor(p, in->c * in->h * in->w, 1, 1, PLAIN, in->grad);
	plan_unit(p, &kernel_softmax, layer, &flat, 1, out, NULL)->keep_out = true;
	p->logits = in;
	p->probs = out;
	p->out[layer] = out;
}
