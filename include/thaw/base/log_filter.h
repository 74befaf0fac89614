/* The pattern that lines of the log and rows of lists are shown by: an extended regular expression,
 * in which capitals count only when it has some.
 */
#ifndef THAW_BASE_LOG_FILTER_H
#define THAW_BASE_LOG_FILTER_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct log_filter {
	bool on; /* false = every line passes */
	regex_t regex;
};

/* Whether a text is a pattern ("" is: no filter); otherwise says in one line why not. Back
 * references and nested repetitions are refused: they can take for ever. */
bool log_filter_check(const char *pattern, char *why, size_t size);

/* A pattern that is none lets every line pass. */
void log_filter_init(struct log_filter *f, const char *pattern);
void log_filter_release(struct log_filter *f);

/* Whether a line passes; the bytes that match are [*from, *to), none when the filter is off. */
bool log_filter_match(const struct log_filter *f, const char *line, size_t *from, size_t *to);

#endif
