/* A stand-in for a card: the CPU's kernels on memory that the host cannot touch. Outside of its own
 * functions and kernels every access to it is a fault, which ends the program. */
#ifndef THAW_TESTS_ENGINE_FAR_H
#define THAW_TESTS_ENGINE_FAR_H

#include "../../src/engine/net_core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#define FAR_BYTES ((size_t)1 << 30) /* reserved, not used */

static struct {
	char *base;
	size_t used;
	int depth;
} far_memory;

static inline void far_open(void)
{
	if (!far_memory.depth++ && far_memory.used)
		assert_int_equal(mprotect(far_memory.base, far_memory.used, PROT_READ | PROT_WRITE),
				 0);
}

static inline void far_close(void)
{
	if (!--far_memory.depth && far_memory.used)
		assert_int_equal(mprotect(far_memory.base, far_memory.used, PROT_NONE), 0);
}

static inline float *far_alloc(size_t n)
{
	if (!far_memory.base) {
		far_memory.base = mmap(NULL, FAR_BYTES, PROT_NONE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		assert_ptr_not_equal(far_memory.base, MAP_FAILED);
	}
	float *p = (float *)(void *)(far_memory.base + far_memory.used);
	far_memory.used += (n * sizeof(*p) + 4095) / 4096 * 4096;
	assert_true(far_memory.used <= FAR_BYTES);
	if (far_memory.depth) /* its own functions and kernels allocate too */
		assert_int_equal(
		    mprotect(far_memory.base, far_memory.used, PROT_READ | PROT_WRITE), 0);
	return p;
}

/* Never given back, so that what is used after its end is a fault no less. */
static inline void far_release(float *p)
{
	(void)p;
}

static inline void far_clear(float *p, size_t n)
{
	far_open();
	cpu_backend.clear(p, n);
	far_close();
}

static inline void far_copy(const float *from, size_t n, float *to)
{
	far_open();
	cpu_backend.copy(from, n, to);
	far_close();
}

static inline void far_upload(const float *host, size_t n, const struct weights_layout *layout,
			      float *to)
{
	far_open();
	cpu_backend.upload(host, n, layout, to);
	far_close();
}

static inline void far_download(const float *from, const struct weights_layout *layout, size_t n,
				float *host)
{
	far_open();
	cpu_backend.download(from, layout, n, host);
	far_close();
}

static inline double far_update(struct params *all, int n, const struct update *u,
			      struct layer_time *times)
{
	far_open();
	double norm = cpu_backend.update(all, n, u, times);
	far_close();
	return norm;
}

/* ---- its kernels: the CPU's, within far_open() ---- */

struct far_kernel {
	struct kernel k; /* first: what a unit points to */
	const struct kernel *real;
};

static inline const struct kernel *real_kernel(const struct unit *n)
{
	return ((const struct far_kernel *)n->kernel)->real;
}

static inline void far_forward(struct plan *p, struct unit *n)
{
	far_open();
	real_kernel(n)->forward(p, n);
	far_close();
}

static inline void far_backward(struct plan *p, struct unit *n)
{
	far_open();
	real_kernel(n)->backward(p, n);
	far_close();
}

static inline void far_prepare(struct plan *p, struct unit *n)
{
	far_open();
	real_kernel(n)->prepare(p, n);
	far_close();
}

static inline void far_after_update(struct unit *n)
{
	far_open();
	real_kernel(n)->after_update(n);
	far_close();
}

static inline const struct kernel *far_kernel_of(const struct kernel *real)
{
	static struct far_kernel known[32];
	int i = 0;
	while (known[i].real && known[i].real != real)
		i++;
	assert_true(i < 31);
	known[i] = (struct far_kernel){*real, real};
	known[i].k.forward = far_forward;
	known[i].k.backward = real->backward ? far_backward : NULL;
	known[i].k.prepare = real->prepare ? far_prepare : NULL;
	known[i].k.after_update = real->after_update ? far_after_update : NULL;
	return &known[i].k;
}

static inline void far_add(struct plan *p, int layer)
{
	size_t before = p->n_units;
	layer_kind_find(&cpu_backend, p->graph->layers[layer].type)->add(p, layer);
	for (size_t i = before; i < p->n_units; i++)
		p->units[i]->kernel = far_kernel_of(p->units[i]->kernel);
}

static inline const char *far_device(void)
{
	return "far";
}

/* The kinds of the CPU, and one lane. */
static inline const struct backend *far_backend(void)
{
	static struct layer_kind kinds[64];
	static struct backend b;
	size_t n = 0;
	for (const struct layer_kind *k = cpu_backend.kinds; k->add; k++)
		kinds[n++] = (struct layer_kind){k->type, far_add};
	assert_true(n < 64);
	b = (struct backend){.name = "far",
			     .kinds = kinds,
			     .lane_pictures = cpu_backend.lane_pictures,
			     .max_lanes = 1,
			     .device = far_device,
			     .block = cpu_backend.block,
			     .clock = cpu_backend.clock,
			     .alloc = far_alloc,
			     .release = far_release,
			     .clear = far_clear,
			     .copy = far_copy,
			     .upload = far_upload,
			     .download = far_download,
			     .layout_floats = cpu_backend.layout_floats,
			     .update = far_update};
	return &b;
}

#endif
