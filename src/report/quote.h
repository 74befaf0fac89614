/* A field of a CSV file (RFC 4180). */
#ifndef REPORT_QUOTE_H
#define REPORT_QUOTE_H

#include "thaw/base/strbuf.h"

/* Append it, by the rule of plain.h; in quotes where it holds one, a separator or blanks at an end. */
void quote_add(struct strbuf *out, const char *field);

#endif
