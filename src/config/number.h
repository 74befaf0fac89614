/* Decimal numbers as an experiment file writes them, whatever the locale of the program is. */
#ifndef THAW_CONFIG_NUMBER_H
#define THAW_CONFIG_NUMBER_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes of `s` are a decimal number such as 1, -0.5, .5, 1e-4; 0 when it does not begin
 * with one. No hexadecimal, no infinity, no NaN. */
size_t number_span(const char *s);

/* The whole of `s` as a finite number. */
bool number_parse(const char *s, double *out);

/* The whole of `s` as digits only, without needless zeros in front (010 is 8 to some); false when
 * it is too large. */
bool whole_parse(const char *s, uint64_t *out);

/* Append the shortest text that number_parse() takes back to the same double. */
void number_format(double v, struct strbuf *out);

#endif
