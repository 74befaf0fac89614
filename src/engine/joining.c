#include "joining.h"

#include "thaw/base/alloc.h"

struct route route_of(struct plan *p, int layer, in_layout_fn *in_layout)
{
	const struct layer *l = &p->graph->layers[layer];
	struct route r = {.n = l->n, .in = xcalloc((size_t)l->n, sizeof(*r.in))};
	for (int i = 0; i < r.n; i++) {
		r.in[i] = in_layout(p, p->out[l->input_layers[i]], BLOCKED, layer);
		r.grad = r.grad || r.in[i]->grad;
		r.c += r.in[i]->c;
	}
	return r;
}

struct shortcut shortcut_of(const struct layer *l, const struct tensor *previous,
			    const struct tensor *other)
{
	int stride = other->w / previous->w, sample = previous->w / other->w;
	return (struct shortcut){l->activation, l->alpha, l->beta, stride < 1 ? 1 : stride,
				 sample < 1 ? 1 : sample};
}

bool shortcut_is_even(const struct tensor *other, const struct tensor *out)
{
	return other->c == out->c && other->h == out->h && other->w == out->w &&
	       other->layout == out->layout;
}
