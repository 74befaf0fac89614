/* Error codes and the message a person reads.
 *
 * Every fallible function returns `enum err` (ERR_OK is 0) and, where a person must read why, fills
 * a `struct errinfo`. Passing NULL for the errinfo is always allowed. Invariant: a function that
 * returns ERR_OK leaves the errinfo as it was.
 */
#ifndef THAW_BASE_ERR_H
#define THAW_BASE_ERR_H

#include <stddef.h>

enum err {
	ERR_OK = 0,
	ERR_IO,        /* the operating system refused: open, read, write, connect */
	ERR_FORMAT,    /* bytes that are not what they claim to be */
	ERR_VALUE,     /* well-formed, but not a value that is allowed */
	ERR_NOT_FOUND, /* a file, name or key that does not exist */
	ERR_MISMATCH,  /* two inputs that do not fit each other, e.g. weights and cfg */
	ERR_STATE,     /* not possible now, e.g. a command to a run that has ended */
	ERR_NONFINITE, /* NaN or infinity where a number was needed */
	ERR_DARKNET,   /* Darknet called exit() or abort() */
	ERR_N
};

struct errinfo {
	enum err code;
	size_t at;     /* byte offset in the input, where it has a meaning */
	int line, col; /* 1-based position in a text input; 0 = none */
	char msg[1024]; /* one line by the rule of plain.h: what, where, how to mend it */
};

/* Fill `e` (may be NULL) and return `code`, so that `return err_set(e, ERR_IO, "…")` reads well. */
enum err err_set(struct errinfo *e, enum err code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The short name of a code, e.g. "io"; static storage. */
const char *err_name(enum err code);

#endif
