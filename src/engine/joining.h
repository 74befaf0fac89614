/* What [route] and [shortcut] take of Darknet's layers, whatever computes them. */
#ifndef THAW_ENGINE_JOINING_H
#define THAW_ENGINE_JOINING_H

#include "plan.h"

/* How a backend brings a tensor into a layout, for a layer. */
typedef struct tensor *in_layout_fn(struct plan *p, struct tensor *t, enum layout layout, int layer);

/* A [route] of several layers; one of a single layer has just that layer's output. */
struct route {
	struct tensor **in; /* [n], BLOCKED; free() it */
	int n, c;           /* c: of all together */
	bool grad;          /* whether a gradient flows to any */
};
struct route route_of(struct plan *p, int layer, in_layout_fn *in_layout);

/* out = act(alpha previous + beta other). Source: Darknet's shortcut_cpu() */
struct shortcut {
	ACTIVATION act;
	float alpha, beta;
	int stride, sample; /* of `other` when its plane is larger, of the output when it is smaller */
};
struct shortcut shortcut_of(const struct layer *l, const struct tensor *previous,
			    const struct tensor *other);
bool shortcut_is_even(const struct tensor *other, const struct tensor *out); /* of one shape */

#endif
