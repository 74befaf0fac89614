/* Where a run, or a folder of runs, lies on another machine: ssh://[user@]host[:port][/PATH].
 *
 * PATH is what `thaw` takes there as RUN: a name under runs/ of the home directory, or a path from
 * there; with two slashes in front of it, or where there is no such one, an absolute one. %XX stands for a byte. Invariant: neither
 * host nor user can be taken for an option of ssh, and nothing holds control characters.
 */
#ifndef THAW_WIRE_REMOTE_URL_H
#define THAW_WIRE_REMOTE_URL_H

#include "thaw/base/err.h"

#include <stdbool.h>

struct remote_url {
	char *text; /* as it was given: what the user calls it */
	char *user; /* NULL: as ssh has it */
	char *host;
	char *port; /* NULL: as ssh has it */
	char *path; /* decoded, without the slash before it; "" = none */
};

/* Is it meant for one? */
bool remote_url_is(const char *text);

/* Errors: ERR_VALUE; *u is empty then. */
enum err remote_url_parse(struct remote_url *u, const char *text, struct errinfo *e);
void remote_url_release(struct remote_url *u);

/* The URL of the run at `path` there, as `thaw tap` tells it, for `thaw attach`; caller frees. */
char *remote_url_of(const struct remote_url *host, const char *path);

/* "user@host:port", as far as given; caller frees. */
char *remote_url_host(const struct remote_url *u);

/* A text as the name of a file: other bytes than letters, digits, '_', '-' and '.' within become
 * %XX, a long one ends in a digest. Never "", ".", "..", hidden, or longer than 200 bytes. Caller
 * frees. */
char *remote_url_file_name(const char *text);

#endif
