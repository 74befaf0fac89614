/* JSON that a program has written with numbers that JSON has not: NaN, Infinity, -Infinity. A file of it,
 * whole in memory, and what importers read of it. */
#ifndef IMPORT_JSON_FILE_H
#define IMPORT_JSON_FILE_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

#define JSON_FILE_MAX (256 << 20)
#define JSON_DEPTH_MAX 64

struct json_file {
	char *path;
	struct strbuf text;
	size_t at;
	const char *why; /* NULL while all is well; all fails after the first failure */
};

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (too large); release it also then. */
enum err json_file_open(struct json_file *j, const char *path, struct errinfo *e);
void json_file_release(struct json_file *j);

/* What comes next after white space: '{', '[', '"', 't', 'f', 'n', or '0' for a number; 0 at the end. */
int json_file_peek(struct json_file *j);

bool json_file_take(struct json_file *j, char c);

/* Members and elements: true, and where the next one stands, until there is none. `more` false before the
 * first: if (json_file_take(j, '{')) for (bool more = false; json_file_member(j, &more, &key);) ... */
bool json_file_member(struct json_file *j, bool *more, struct strbuf *key);
bool json_file_element(struct json_file *j, bool *more);

/* Each consumes one value, or fails. */
bool json_file_number(struct json_file *j, double *v);
bool json_file_string(struct json_file *j, struct strbuf *out); /* set to it */
bool json_file_skip(struct json_file *j);
/* A number if it is one (true), else it is skipped. */
bool json_file_number_or_skip(struct json_file *j, double *v);

/* "PATH:line:column: why", ERR_FORMAT. */
enum err json_file_error(const struct json_file *j, struct errinfo *e);

#endif
