#include "bloom.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

enum part_kind { PART_PETAL, PART_DISC, PART_STAMENS };

struct part {
	enum part_kind kind;
	double depth;
	size_t order;
	union {
		struct petal petal;
		struct disc disc;
		struct stamens stamens;
	};
};

static struct part *add(struct bloom *b, enum part_kind kind, double depth)
{
	ALLOC_GROW(b->parts, b->n + 1, b->cap);
	struct part *p = &b->parts[b->n];
	p->kind = kind;
	p->depth = depth;
	p->order = b->n++;
	return p;
}

void bloom_add_petal(struct bloom *b, const struct petal *p)
{
	add(b, PART_PETAL, petal_depth(&b->pose, p))->petal = *p;
}

static double depth_on_axis(const struct pose *v, double height)
{
	return pose_project(v, (struct vec){0, 0, height}).z;
}

void bloom_add_disc(struct bloom *b, const struct disc *d)
{
	add(b, PART_DISC, depth_on_axis(&b->pose, d->height + d->dome + 0.12))->disc = *d;
}

void bloom_add_stamens(struct bloom *b, const struct stamens *s)
{
	add(b, PART_STAMENS, depth_on_axis(&b->pose, 0.1))->stamens = *s;
}

static int farther_first(const void *pa, const void *pb)
{
	const struct part *a = pa, *b = pb;
	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void bloom_paint(struct bloom *b, cairo_t *cr)
{
	if (b->n)
		qsort(b->parts, b->n, sizeof(*b->parts), farther_first);
	for (size_t i = 0; i < b->n; i++) {
		const struct part *p = &b->parts[i];
		if (p->kind == PART_PETAL)
			petal_paint(cr, &b->pose, &p->petal);
		else if (p->kind == PART_DISC)
			disc_paint(cr, &b->pose, &b->dice, &p->disc);
		else
			stamens_paint(cr, &b->pose, &b->dice, &p->stamens);
	}
	free(b->parts);
	b->parts = NULL;
	b->n = b->cap = 0;
}
