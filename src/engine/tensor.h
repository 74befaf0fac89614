/* Activations of one plan: shapes, memory layout, and where in the plan's one allocation they live.
 *
 * A tensor is [n][c][h][w] in one of two layouts. PLAIN is Darknet's nchw. BLOCKED keeps `block`
 * channels (the vector width) innermost: [n][c/block][h][w][block], the channels padded with zeros
 * to a multiple of the block. Both are the same four loops for a kernel: see struct view.
 */
#ifndef THAW_ENGINE_TENSOR_H
#define THAW_ENGINE_TENSOR_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum layout { PLAIN, BLOCKED };

/* A piece of the arena, alive from time `first` to time `last` of the plan. */
struct buf {
	size_t n;      /* floats */
	size_t offset; /* floats, in the arena; set by arena_layout() */
	int first, last;
	float *data; /* the backend's memory; set by arena_bind() */
	struct buf *next;
};

struct tensor {
	int n, c, h, w;
	enum layout layout;
	int block; /* 1 for PLAIN */
	bool half; /* bf16: two numbers in a float of memory */
	struct buf *data;
	struct buf *grad;  /* NULL when no gradient flows here */
	bool grad_written; /* during one backward pass: accumulate from now on */
	struct room seen;  /* its copy on the host, of plan_view(), */
	uint64_t seen_at;  /* and of which forward pass */
};

/* The loops every elementwise kernel runs: element (i, b, p, l) is at ((i * blocks + b) * pixels +
 * p) * lanes + l. */
struct view {
	int n, blocks, pixels, lanes;
};

struct view tensor_view(const struct tensor *t);
size_t tensor_floats(const struct tensor *t); /* numbers, padding included */
size_t tensor_memory(const struct tensor *t); /* floats of memory that these take */

size_t tensor_picture(const struct tensor *t); /* floats of one image, padding included */

/* The values of channel c of an image whose floats begin at `picture`, on the host: pixel k is at
 * [k * *stride]. */
const float *tensor_channel(const struct tensor *t, const float *picture, int c, size_t *stride);

struct arena {
	struct buf *bufs; /* list, owned */
	size_t floats;    /* needed, once laid out */
};

struct buf *arena_buf(struct arena *a, size_t n_floats);
void buf_grow(struct buf *b, size_t n_floats); /* before arena_layout() */
void buf_use(struct buf *b, int time); /* widen its life to include `time` */

/* Give every buffer an offset so that buffers alive at the same time never overlap (greedy, largest
 * first). */
void arena_layout(struct arena *a);
void arena_bind(struct arena *a, float *memory);
void arena_release(struct arena *a);

#endif
