/* Numbers as programs read them. */
#ifndef REPORT_NUMBER_H
#define REPORT_NUMBER_H

#include "thaw/base/strbuf.h"

/* Append the fewest digits that read back as the same double; nan, inf, -inf. */
void number_add(struct strbuf *out, double v);

#endif
