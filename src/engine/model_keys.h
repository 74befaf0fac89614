/* The keys of a section: which make another network than the one computed here, which are known and
 * change nothing here, and which no Darknet knows. Part of model_shape.c, private to it.
 */
#ifndef THAW_ENGINE_MODEL_KEYS_H
#define THAW_ENGINE_MODEL_KEYS_H

#include "model_kind.h"

/* Refuse the keys by which a Darknet, AlexeyAB's included, would compute something else, or read
 * other weights, than is done here. `l` has its options.
 * Errors: ERR_VALUE: "NAME:LINE: KEY=VALUE is not supported: why"; e->line */
enum err keys_check(const struct build *b, const struct shape_layer *l);

/* ", did you mean 'x'?" to what is near `word`, else "". Static, good until the next call. */
const char *keys_hint(const char *word, const char *const *known);

#endif
