/* The way out of every line that may hold text from outside, by the rule of plain.h. `make check`
 * sees to it that nothing else in the programs prints a string. */
#ifndef THAW_BASE_SAY_H
#define THAW_BASE_SAY_H

#include <stdarg.h>
#include <stdio.h>

/* Print one line and end it: a newline within the text is escaped as all that does not show itself
 * is, so that no text can pass for two lines. */
void say(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void vsay(FILE *out, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Print a JSON text and end its line. Between its strings there are newlines and tabs at most. */
void say_json(FILE *out, const char *json);

#endif
