/* A flower as parts in space: petals, discs of florets, stamens. They are collected, then painted
 * from the farthest to the nearest.
 *
 * Lengths are in units of the flower's radius, angles in radians. Parts at the same depth are
 * painted in the order they were added.
 */
#ifndef THAW_SRC_DRAW_BLOOM_H
#define THAW_SRC_DRAW_BLOOM_H

#include "colour.h"
#include "pose.h"

#include <cairo.h>
#include <stddef.h>

/* Outlines: half the width at u is u^a (1 - u)^b, scaled to 1 at its widest. */
enum petal_shape { PETAL_STRAP, PETAL_LANCE, PETAL_OVAL, PETAL_BROAD, PETAL_EGG, PETAL_N };

struct petal {
	enum petal_shape shape;
	double angle;        /* round the flower's axis */
	double base, height; /* where it starts: distance from the axis, and along it */
	double length, width;
	double lift,
	    curl;    /* elevation above the flower's plane at its base; what is added by its tip */
	double wrap; /* 0 = straight across, 1 = bent round the axis as a cup is */
	double trough;               /* how far its edges rise, as a share of its width */
	double ruffle, phase;        /* waves of its edge */
	int strips;                  /* across; each has its own light */
	struct rgb inner, tip, back; /* colour at the base and at the tip; of its other side */
	double blend;                /* where along it the base's colour ends, 0 to 1 */
	double veins;                /* strength of the lines along it, 0 to 1 */
	double sink;                 /* how much lower it counts in the order of painting */
	double rim;                  /* brightness of its edge: below 0 darker, above 0 lighter */
};

/* A dome of florets or seeds along a spiral. Source: H. Vogel, 1979: the n-th at n times the golden
 * angle, its distance from the axis proportional to the square root of n. */
struct disc {
	double radius, dome;           /* and the height of its middle */
	double height;                 /* of its edge */
	struct rgb middle, ring, edge; /* from the middle outwards */
	double ring_at;                /* 0 to 1 */
	double grain;                  /* size of a floret against the space it has */
	double rough;                  /* how much the florets differ */
};

struct stamens {
	double length, spread, lift;
	int n;
	struct rgb filament, anther;
};

struct part;

struct bloom {
	struct pose pose;
	struct dice dice;
	struct part *parts;
	size_t n, cap;
};

void bloom_add_petal(struct bloom *b, const struct petal *p);
void bloom_add_disc(struct bloom *b, const struct disc *d);
void bloom_add_stamens(struct bloom *b, const struct stamens *s);

/* Paint all parts and forget them. */
void bloom_paint(struct bloom *b, cairo_t *cr);

/* Of each kind of part, for bloom.c. */
double petal_depth(const struct pose *v, const struct petal *p);
void petal_paint(cairo_t *cr, const struct pose *v, const struct petal *p);
void disc_paint(cairo_t *cr, const struct pose *v, struct dice *dice, const struct disc *d);
void stamens_paint(cairo_t *cr, const struct pose *v, struct dice *dice, const struct stamens *s);

#endif
