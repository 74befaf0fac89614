/* What layers' learning rates are multiplied by, as people write it: "0-2,5 0.1; last 3 0.5", a
 * layerset and a factor each; "none". Later ones go over earlier ones. */
#ifndef THAW_BASE_LAYER_SCALES_H
#define THAW_BASE_LAYER_SCALES_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stddef.h>

#define LAYER_SCALE_MIN 1e-6
#define LAYER_SCALE_MAX 100.

/* Set the factors of the layers that are named; the others' are left alone.
 * Shape:  scales[n]; NULL: only the syntax is checked
 * Errors: ERR_VALUE, with what is wrong */
enum err layer_scales_parse(const char *text, int n, int head, double *scales, struct errinfo *e);

/* Append the text of factors, neighbours of one factor together; 0: none is set for that layer. */
void layer_scales_format(const double *scales, size_t n, struct strbuf *out);

#endif
