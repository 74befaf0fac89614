/* The kinds of layers: their options, limits and shapes, one row each. Part of model_shape.c,
 * private to it. */
#ifndef THAW_ENGINE_MODEL_KIND_H
#define THAW_ENGINE_MODEL_KIND_H

#include "model_shape.h"

#include <limits.h>

#define DIM_MAX 65536
#define OUTPUTS_MAX (1 << 28) /* floats of one layer; Darknet counts them in an int */
#define TOTAL_MAX (INT64_C(1) << 30)
#define UNSET INT_MIN
#define MAX_RULES 8

struct build {
	const struct cfg *cfg;
	struct shape *s;
	const struct cfg_section *sec;
	struct errinfo *e;
	int i;         /* of the layer at hand */
	int64_t total; /* floats so far */
};

struct opt_rule {
	int opt; /* enum opt */
	int min, max, otherwise;
};

struct float_rule { /* passed on to Darknet, after a look */
	const char *key;
	double min, max;
};

struct kind_row {
	const char *name, *alias;
	enum err (*shape)(struct build *b, struct shape_layer *l);
	bool needs_image;
	bool activation;
	struct opt_rule opts[MAX_RULES];
	struct float_rule floats[MAX_RULES];
};

extern const struct kind_row kind_rows[KIND_N];
extern const char *const opt_names[OPT_N];

int kind_find(const char *section); /* enum kind, by its name or alias; -1 = none */

/* ERR_VALUE for the layer at hand: "NAME:LINE: layer 3 [maxpool]: …". */
enum err build_bad(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
