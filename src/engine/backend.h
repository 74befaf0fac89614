/* What computes: kernels for the layers of a plan, and the memory that tensors and parameters lie
 * in.
 *
 * A backend is one folder and one row of backend.c; graph, plan, params and net know no more of it
 * than this header. Its memory is told by `float *` everywhere: adding to such a pointer is allowed
 * to all, reading and writing through it to the backend's kernels alone. What else wants to see
 * numbers takes them through memory.h, which costs nothing where `shares_memory` is true.
 */
#ifndef THAW_ENGINE_BACKEND_H
#define THAW_ENGINE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>

struct layer_kind;
struct layer_time;
struct params;
struct update;

/* How a backend keeps the weights of a layer: its own affair. It belongs to the backend and is good
 * until the program ends; two that are equal are one pointer. NULL: Darknet's order. */
struct weights_layout;

struct backend {
	const char *name;
	const struct layer_kind *kinds; /* plan.h; the last row has no `add` */
	bool shares_memory;             /* with the host: each may use the other's pointers */
	int lane_pictures;              /* lanes.h: of one lane */
	int max_lanes;                  /* lanes.h; 0: one a thread */

	const char *(*device)(void); /* e.g. "cpu (avx512_core)"; static */
	int (*block)(void);          /* channels innermost in a BLOCKED tensor (tensor.h) */

	/* Memory for n floats, not cleared, on whole cache lines; release() takes NULL too. */
	float *(*alloc)(size_t n);
	void (*release)(float *p);
	void (*clear)(float *p, size_t n);
	void (*copy)(const float *from, size_t n, float *to); /* both are its own */

	/* n numbers of the host's, in Darknet's order, to what is kept in `layout`, and back. */
	void (*upload)(const float *host, size_t n, const struct weights_layout *layout, float *to);
	void (*download)(const float *from, const struct weights_layout *layout, size_t n,
			 float *host);
	size_t (*layout_floats)(const struct weights_layout *layout); /* padding included */

	/* Over those of the n layers that train; params.h tells what the two are. `times`: [n], of
	 * which update_s is added to; NULL: not measured. */
	double (*gradient_square)(struct params *all, int n, bool folded);
	void (*update)(struct params *all, int n, const struct update *u, struct layer_time *times);
};

extern const struct backend cpu_backend; /* onednn/ */

/* The first of the table that this machine can use. */
const struct backend *backend_default(void);

#endif
