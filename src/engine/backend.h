/* What computes: kernels for the layers of a plan, and the memory that tensors and parameters lie
 * in.
 *
 * A backend is one folder and one row of device.c; graph, plan, params and net know no more of it
 * than this header. Its memory is told by `float *` everywhere: adding to such a pointer is allowed
 * to all, reading and writing through it to the backend's kernels alone. What else wants to see
 * numbers takes them through memory.h, which costs nothing where `shares_memory` is true.
 */
#ifndef THAW_ENGINE_BACKEND_H
#define THAW_ENGINE_BACKEND_H

#include "thaw/engine/device.h"

#include <stdbool.h>
#include <stddef.h>

struct layer_kind;
struct layer_time;
struct params;
struct plan;
struct recording;
struct step_result;
struct update;

/* How a backend keeps the weights of a layer: its own affair. It belongs to the backend and is good
 * until the program ends; two that are equal are one pointer. NULL: Darknet's order. */
struct weights_layout;

/* Of a backend whose kernels are queued by a call and run later, in order, while the host goes on.
 * Everything else of the backend that gives the host numbers waits for what was queued before. */
struct queue {
	/* Let `work` queue what it queues, which is the same each time that `key` is the same: it
	 * is recorded and played from then on, without `work`. *r begins as NULL. */
	void (*play)(struct recording **r, uint64_t key, void (*work)(void *arg), void *arg);
	void (*forget)(struct recording *r); /* NULL too */
	/* What differs from step to step (labels, dropout's key, …) as `p` has it: before its
	 * kernels. */
	void (*inputs)(struct plan *p);
	/* The loss of the logits, queued: where it is not finite, updates queued behind it change
	 * nothing. */
	void (*score)(struct plan *p);
	/* Wait; what score() and update() found out. */
	void (*results)(struct plan *p, struct step_result *r);
};

struct backend {
	const char *name;
	const struct layer_kind *kinds; /* plan.h; the last row has no `add` */
	bool shares_memory;             /* with the host: each may use the other's pointers */
	const struct queue *queue;      /* NULL: kernels have run when they return */
	int lane_pictures;              /* lanes.h: of one lane */
	int max_lanes;                  /* lanes.h; 0: one a thread */

	const char *(*device)(void); /* e.g. "cpu (avx512_core)"; static */
	/* Channels innermost in a BLOCKED tensor (tensor.h) of `channels`; vectors are padded to
	 * whole blocks, too. */
	int (*block)(int channels);
	/* Seconds, for differences: when all that was queued before is done. */
	double (*clock)(void);

	/* Memory for n floats, not cleared, on whole cache lines; release() takes NULL too. */
	float *(*alloc)(size_t n);
	void (*release)(float *p);
	void (*clear)(float *p, size_t n);
	void (*copy)(const float *from, size_t n, float *to); /* both are its own */

	/* Of memory that is not shared: how much is free, and what may be kept there for a batch.
	 * Rows from[i][floats] that are not NULL to to[i][floats]; all are its own but `from`. */
	uint64_t (*free_bytes)(void);
	void (*gather)(const float *const *from, int n, size_t floats, float *to);

	/* n numbers of the host's, in Darknet's order, to what is kept in `layout`, and back. */
	void (*upload)(const float *host, size_t n, const struct weights_layout *layout, float *to);
	void (*download)(const float *from, const struct weights_layout *layout, size_t n,
			 float *host);
	size_t (*layout_floats)(const struct weights_layout *layout); /* padding included */

	/* Over those of the n layers that train; params.h tells what it does. Returns the norm of
	 * the gradient where u->clip asks for it. `times`: [n], of which update_s is added to; NULL:
	 * not measured. */
	double (*update)(struct params *all, int n, const struct update *u,
			 struct layer_time *times);
};

extern const struct backend cpu_backend; /* onednn/ */

/* What networks that are opened now compute on. */
const struct backend *backend_current(void);

#endif
