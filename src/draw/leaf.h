/* Leaves and stems, drawn flat in pixels along a bent line. */
#ifndef THAW_SRC_DRAW_LEAF_H
#define THAW_SRC_DRAW_LEAF_H

#include "colour.h"

#include <cairo.h>

enum leaf_kind {
	LEAF_LANCE,  /* tulip: long, smooth, parallel veins */
	LEAF_SPOON,  /* daisy: narrow below, round and notched above */
	LEAF_HEART,  /* sunflower: broad, toothed */
	LEAF_SAW,    /* dandelion: deep teeth that point backwards */
	LEAF_SERRATE /* one leaflet of a rose */
};

struct leaf {
	enum leaf_kind kind;
	double x, y;   /* where it is attached */
	double angle;  /* radians; 0 = right, growing clockwise */
	double length; /* pixels */
	double width;  /* as a share of its usual width */
	double bend;   /* radians from base to tip */
	struct rgb colour;
};

void leaf_paint(cairo_t *cr, struct dice *d, const struct leaf *leaf);

/* Three or five leaflets on one stalk, as a rose has. */
void leaf_paint_compound(cairo_t *cr, struct dice *d, const struct leaf *leaf);

struct stem {
	double from[2], bend[2], to[2]; /* a quadratic curve */
	double width;
	struct rgb colour;
	double thorns; /* per stem */
};

void stem_paint(cairo_t *cr, struct dice *d, const struct stem *s);
void stem_at(const struct stem *s, double t, double out[2]);

#endif
