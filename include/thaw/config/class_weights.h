/* The weights of classes by name, as an experiment's train.class_weights keeps them. */
#ifndef THAW_CONFIG_CLASS_WEIGHTS_H
#define THAW_CONFIG_CLASS_WEIGHTS_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>

#define CLASS_WEIGHT_MIN 1e-6
#define CLASS_WEIGHT_MAX 1e6

/* Take the next name and weight of a map's text; begin with *at = the text. False at its end, and
 * when it is none: *at is then at its last byte, or not. */
bool class_weight_next(const char **at, struct strbuf *name, double *weight);

/* Whether this is the text of a map with at least one name. */
bool class_weights_are_map(const char *text);

#endif
