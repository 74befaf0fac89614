/* How tensors lie in memory: from one layout to the other, and the padding of channels. */
#include "cpu.h"

#include <string.h>

/* Copy between nchw and blocked, either way; the loops serve both directions and both passes. */
static void convert(const struct tensor *from, const float *src, const struct tensor *to,
		    float *dst, bool add)
{
	struct view f = tensor_view(from), t = tensor_view(to);
	long pieces = (long)to->n * to->c;
	if (!add)
		memset(dst, 0, tensor_floats(to) * sizeof(*dst));
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++) {
		int n = (int)(i / to->c), c = (int)(i % to->c);
		const float *s =
		    src +
		    ((size_t)(n * f.blocks + c / f.lanes) * (size_t)f.pixels) * (size_t)f.lanes +
		    c % f.lanes;
		float *d =
		    dst +
		    ((size_t)(n * t.blocks + c / t.lanes) * (size_t)t.pixels) * (size_t)t.lanes +
		    c % t.lanes;
		for (int k = 0; k < t.pixels; k++) {
			float v = s[(size_t)k * (size_t)f.lanes];
			d[(size_t)k * (size_t)t.lanes] =
			    add ? d[(size_t)k * (size_t)t.lanes] + v : v;
		}
	}
}

static void convert_forward(struct plan *p, struct unit *n)
{
	(void)p;
	convert(n->in[0], n->in[0]->data->data, n->out, n->out->data->data, false);
}

static void convert_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		convert(n->out, n->out->grad->data, n->in[0], dx, add);
}

static const struct kernel kernel_convert = {
    .name = "convert", .forward = convert_forward, .backward = convert_backward};

struct tensor *in_layout(struct plan *p, struct tensor *t, enum layout layout, int layer)
{
	if (t->layout == layout)
		return t;
	struct tensor *out = plan_tensor(p, t->c, t->h, t->w, layout, t->grad);
	plan_unit(p, &kernel_convert, layer, &t, 1, out, NULL);
	return out;
}

void clear_padding(const struct tensor *t)
{
	struct view v = tensor_view(t);
	int used = t->c % t->block;
	if (!used)
		return;
	for (int i = 0; i < v.n; i++) {
		float *last =
		    t->data->data + ((size_t)i * (size_t)v.blocks + (size_t)v.blocks - 1) *
					(size_t)v.pixels * (size_t)v.lanes;
		for (int k = 0; k < v.pixels; k++)
			for (int l = used; l < v.lanes; l++)
				last[k * v.lanes + l] = 0;
	}
}
