/* A command of an experiment, as its text keeps it: the program and its arguments, each in double
 * quotes, like ["notify-send", "flowers is done"]. No shell ever reads one. "" is none.
 */
#ifndef THAW_CONFIG_COMMAND_WORDS_H
#define THAW_CONFIG_COMMAND_WORDS_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* The words of such a text, NULL at the end; free with command_free(). NULL: it is none. */
char **command_words(const char *text);
void command_free(char **words); /* NULL is allowed */

/* Append the text of `words`, which end with NULL. */
void command_write(const char *const *words, struct strbuf *out);

/* Append the text of what a person wrote in one line: words between spaces, taken as they are. */
void command_split(const char *line, struct strbuf *out);

/* Append the command as a person would type it, for messages: words with a space in quotes. */
void command_show(const char *text, struct strbuf *out);

#endif
