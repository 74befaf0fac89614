/* The kinds of flowers. A kind is one file with its blooms and one row of the table here. */
#ifndef THAW_SRC_DRAW_SPECIES_H
#define THAW_SRC_DRAW_SPECIES_H

#include "bloom.h"
#include "leaf.h"

/* What one flower of a picture is to look like. */
struct flower {
	struct pose pose;
	struct dice dice;
	struct rgb colour; /* of its petals */
	double detail;     /* 0 to 1: fewer parts where they would not be seen */
};

struct species {
	const char *name;
	const struct tint *tints; /* the last has weight 0 */
	void (*draw)(cairo_t *cr, struct flower *f);
	double tilt[2];   /* radians: how flowers of this kind are seen */
	double radius;    /* of its flowers, as a share of the usual */
	double stem;      /* width of the stem, as a share of the flower's radius */
	struct rgb stalk; /* and its colour */
	enum leaf_kind leaf;
	double leaf_length; /* in radii */
	double leaf_low;    /* 1: leaves stand at the ground, 0: along the stem */
	double thorns;
};

enum { SPECIES_N = 5 };

extern const struct species species_table[SPECIES_N];

void daisy_draw(cairo_t *cr, struct flower *f);
void dandelion_draw(cairo_t *cr, struct flower *f);
void rose_draw(cairo_t *cr, struct flower *f);
void sunflower_draw(cairo_t *cr, struct flower *f);
void tulip_draw(cairo_t *cr, struct flower *f);

/* Shared by them: a flower's parts to be filled, and the green leaves that hold it from below. */
struct bloom bloom_of(struct flower *f);
void bloom_add_bracts(struct bloom *b, struct dice *d, int n, double length, double lift);

#endif
