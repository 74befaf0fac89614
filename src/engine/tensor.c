#include "tensor.h"

#include "thaw/base/alloc.h"

#include <limits.h>
#include <stdlib.h>

struct view tensor_view(const struct tensor *t)
{
	return (struct view){t->n, (t->c + t->block - 1) / t->block, t->h * t->w, t->block};
}

size_t tensor_floats(const struct tensor *t)
{
	struct view v = tensor_view(t);
	return (size_t)v.n * (size_t)v.blocks * (size_t)v.pixels * (size_t)v.lanes;
}

size_t tensor_memory(const struct tensor *t)
{
	return t->half ? (tensor_floats(t) + 1) / 2 : tensor_floats(t);
}

size_t tensor_picture(const struct tensor *t)
{
	return tensor_floats(t) / (size_t)t->n;
}

const float *tensor_channel(const struct tensor *t, const float *picture, int c, size_t *stride)
{
	struct view v = tensor_view(t);
	*stride = (size_t)v.lanes;
	return picture + (size_t)(c / v.lanes) * (size_t)v.pixels * (size_t)v.lanes + c % v.lanes;
}

void buf_grow(struct buf *b, size_t n_floats)
{
	size_t n = (n_floats + 15) / 16 * 16; /* 64-byte steps */
	b->n = n > b->n ? n : b->n;
}

struct buf *arena_buf(struct arena *a, size_t n_floats)
{
	struct buf *b = xcalloc(1, sizeof(*b));
	buf_grow(b, n_floats);
	b->first = INT_MAX;
	b->last = INT_MIN;
	b->next = a->bufs;
	a->bufs = b;
	return b;
}

void buf_use(struct buf *b, int time)
{
	if (!b)
		return;
	b->first = time < b->first ? time : b->first;
	b->last = time > b->last ? time : b->last;
}

static int larger_first(const void *pa, const void *pb)
{
	const struct buf *a = *(struct buf *const *)pa, *b = *(struct buf *const *)pb;
	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return a->first != b->first ? (a->first < b->first ? -1 : 1) : 0;
}

static int lower_first(const void *pa, const void *pb)
{
	const struct buf *a = *(struct buf *const *)pa, *b = *(struct buf *const *)pb;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* The lowest gap that holds `b` among the buffers alive at the same time; placed[] is sorted by
 * offset. */
static size_t lowest_gap(struct buf *const *placed, size_t n, const struct buf *b)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		const struct buf *p = placed[i];
		if (p->last < b->first || b->last < p->first)
			continue;
		if (at + b->n <= p->offset)
			break;
		if (p->offset + p->n > at)
			at = p->offset + p->n;
	}
	return at;
}

void arena_layout(struct arena *a)
{
	size_t n = 0;
	for (struct buf *b = a->bufs; b; b = b->next)
		n++;
	struct buf **order = xcalloc(n, sizeof(*order));
	struct buf **placed = xcalloc(n, sizeof(*placed));
	n = 0;
	for (struct buf *b = a->bufs; b; b = b->next)
		if (b->first <= b->last)
			order[n++] = b;
	qsort(order, n, sizeof(*order), larger_first);
	a->floats = 0;
	for (size_t i = 0; i < n; i++) {
		order[i]->offset = lowest_gap(placed, i, order[i]);
		placed[i] = order[i];
		qsort(placed, i + 1, sizeof(*placed), lower_first);
		size_t end = order[i]->offset + order[i]->n;
		a->floats = end > a->floats ? end : a->floats;
	}
	free(order);
	free(placed);
}

void arena_bind(struct arena *a, float *memory)
{
	for (struct buf *b = a->bufs; b; b = b->next)
		b->data = b->first <= b->last ? memory + b->offset : NULL;
}

void arena_release(struct arena *a)
{
	while (a->bufs) {
		struct buf *next = a->bufs->next;
		free(a->bufs);
		a->bufs = next;
	}
	a->floats = 0;
}
