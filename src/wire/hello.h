/* The line with which a trainer greets: {"thaw":"control","version":1,"run":"NAME","pid":N}, and
 * "unsaved":"REASON" while it cannot save; the line {"viewer":true,"who":"NAME"} with which a client
 * answers one that has "asks":true, and the line {"take":true}. See control_server.h.
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
	bool controls;       /* it keeps who has the controls */
};

struct introduction {
	bool viewer;     /* a person watches */
	const char *who; /* NULL: it does not say */
	bool watch;      /* and will never do more */
	bool take;       /* no introduction at all: it wants the controls */
};

/* Append this process's hello, newline included. */
void hello_encode(const char *run, const char *unsaved, struct strbuf *out);

/* Errors: ERR_FORMAT (not a hello), ERR_MISMATCH (another version); nothing to release then. */
enum err hello_decode(struct hello *h, const char *line, size_t len, struct errinfo *e);
void hello_release(struct hello *h);

/* Append either line, newline included. */
void introduction_encode(const struct introduction *in, struct strbuf *out);

/* False when the line is neither of the two; *in needs no release then. */
bool introduction_decode(struct introduction *in, const char *line, size_t len);
void introduction_release(struct introduction *in);

#endif
