/* Our own kernels: the list of them, and the arguments of each; both sides of a launch include this.
 *
 * kernels.cu is their text. A new kernel is a struct NAME_args here, a row of KERNELS, and
 * KERNEL(NAME) there.
 */
#ifndef THAW_ENGINE_CUDA_KERNELS_H
#define THAW_ENGINE_CUDA_KERNELS_H

#include "thaw/base/view_recipe.h"

/* p[i] = value */
struct fill_args {
	float *p;
	long n;
	float value;
};

/* One view of a picture that lies on the card. */
struct card_view {
	struct view_recipe recipe;
	const unsigned char *rgb; /* [h][w][3] */
	int w, h;
	int at, unused; /* the place in the batch */
};

/* Views, one a row of blocks, to their places in out[][3][h][w]. */
struct render_views_args {
	const struct card_view *views;
	float *out;
	int w, h;
};

#define KERNELS(X) X(fill) X(render_views)

#endif
