/* The line with which a trainer greets: {"thaw":"control","version":1,"run":"NAME","pid":N}, and
 * "unsaved":"REASON" while it cannot save; and the line {"viewer":true} with which a viewer answers
 * one that has "asks":true.
 * Private to wire. */
#ifndef THAW_WIRE_HELLO_H
#define THAW_WIRE_HELLO_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct hello {
	const char *thaw; /* "control" */
	int64_t version;
	const char *run;
	int64_t pid;
	const char *unsaved; /* NULL: nothing is */
	bool asks;           /* it wants to know whether a person watches */
};

/* Append this process's hello, newline included. */
void hello_encode(const char *run, const char *unsaved, struct strbuf *out);

/* Errors: ERR_FORMAT (not a hello), ERR_MISMATCH (another version); nothing to release then. */
enum err hello_decode(struct hello *h, const char *line, size_t len, struct errinfo *e);
void hello_release(struct hello *h);

void hello_encode_viewer(struct strbuf *out); /* newline included */
bool hello_is_viewer(const char *line, size_t len);

#endif
