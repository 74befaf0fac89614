/* Numbers as programs print them, by the C locale whatever the user's is: 0.5, 1e-05, nan, -nan(ind),
 * NaN, inf, -Infinity, 1.#QNAN. Blanks around them are no part. */
#ifndef IMPORT_PRINTED_H
#define IMPORT_PRINTED_H

#include <stdbool.h>

/* False: it is none. */
bool printed_number(const char *text, double *v);

/* Nothing is told: "", "#na#", "None", "null", "-". */
bool printed_is_absent(const char *text);

/* A time in seconds: as above, or m:ss or h:mm:ss. */
bool printed_time(const char *text, double *seconds);

/* The text without the blanks around it, a NUL behind; in place. */
char *printed_trim(char *text);

#endif
