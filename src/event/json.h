/* The lexical half of JSON: strings and numbers, written and scanned one by one. No tree, no
 * allocation but the caller's buffer, independent of the locale; what is scanned may be any bytes.
 *
 * Invariant: after a failure every further call fails, and `at` and `why` stay those of the first.
 */
#ifndef THAW_EVENT_JSON_H
#define THAW_EVENT_JSON_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A string is quoted and escaped by the rule of plain.h; a double has the fewest digits that read
 * back exactly. A figure has 15 digits where they tell it to its last bit or the one beside it,
 * else 17, and is null where it is not finite. */
void json_add_string(struct strbuf *out, const char *s);
void json_add_double(struct strbuf *out, double v);
void json_add_figure(struct strbuf *out, double v);
void json_add_int(struct strbuf *out, int64_t v);

struct json {
	const char *text;
	size_t len, at;
	const char *why; /* NULL while all is well */
};

bool json_fail(struct json *j, const char *why); /* always false */

/* The next byte after white space, -1 at the end. */
static inline int json_peek(struct json *j)
{
	if (j->why)
		return -1;
	for (; j->at < j->len; j->at++) {
		char c = j->text[j->at];
		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			return (unsigned char)c;
	}
	return -1;
}

/* Consume c if it comes next. */
static inline bool json_take(struct json *j, char c)
{
	if (json_peek(j) != (unsigned char)c)
		return false;
	j->at++;
	return true;
}

bool json_need(struct json *j, char c, const char *why);
bool json_word(struct json *j, const char *word); /* consume true, false or null if it comes next */

/* Each consumes one value, or fails. */
bool json_string(struct json *j, struct strbuf *out); /* appended; out may be NULL */
/* The same of a string that stands there as it is, without escapes, and is not copied: false, and
 * nothing is consumed, where the next value is none. */
bool json_plain_string(struct json *j, const char **s, size_t *len);
bool json_int(struct json *j, int64_t *v);
bool json_double(struct json *j, double *v); /* a number or "nan", "inf", "-inf" */
bool json_skip(struct json *j, int depth);   /* any value, at most `depth` levels of it */

/* Consume `"name":` if it comes next just so: without escapes, without white space between. */
bool json_name(struct json *j, const char *name);

/* Decimal text to a double in the C locale; false unless all of it is a number (no hex, no inf, no
 * nan). */
bool decimal_parse(const char *text, double *v);

#endif
