/* One picture: which flowers stand where, seen how, before what, and what hides them. */
#ifndef THAW_SRC_DRAW_SCENE_H
#define THAW_SRC_DRAW_SCENE_H

#include "finish.h"
#include "species.h"

#include "thaw/draw/knobs.h"

enum { SCENE_PLANTS_MAX = 20 };

struct plant {
	int kind;
	double x, y, radius; /* of its flower, in pixels */
	double tilt, roll;
	struct rgb colour;
};

struct scene {
	int kind, size;
	const struct knobs *knobs;
	struct dice dice;
	struct vec light;
	double ambient;
	struct plant plants[SCENE_PLANTS_MAX];
	int n_plants;
	int n_strangers; /* of another kind, further back */
	int stranger;    /* which */
	double in_front; /* how much hides the flowers, 0 to 1 */
	double depth;    /* blur of what is behind, 0 sharp to 1 */
	struct finish finish;
};

/* Plan a picture of a flower of this kind. */
void scene_plan(struct scene *s, int kind, int size, const struct knobs *knobs, struct dice dice);

/* Paint it; the caller destroys the surface. */
cairo_surface_t *scene_paint(struct scene *s);

/* One plant: stem, leaves and flower. */
void plant_paint(cairo_t *cr, struct scene *s, const struct plant *p, struct dice dice);

#endif
