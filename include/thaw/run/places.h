/* Where a person's runs are besides runs/: folders, and other machines (ssh://...), remembered from one
 * program to the next, a line each in $XDG_STATE_HOME/thaw/places.
 *
 * Losing the file harms nothing: what is no line of ours is skipped, and errors are ignored when
 * reading. */
#ifndef THAW_RUN_PLACES_H
#define THAW_RUN_PLACES_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define PLACES_MAX 100

struct places {
	char **at; /* [n] owned: absolute paths and URLs, in the order in which they came */
	size_t n;
};

void places_read(struct places *p);
void places_release(struct places *p);

/* A place as it is remembered: folders by their absolute path; NULL when there is no such folder.
 * Caller frees. */
char *place_of(const char *word);

/* Is it meant for another machine? */
bool place_is_remote(const char *word);

/* Remember a place, or forget it. *known (may be NULL) tells whether it was remembered before.
 * Errors: ERR_NOT_FOUND (no such folder), ERR_STATE (no home to keep it in, too many), ERR_IO */
enum err places_set(const char *word, bool on, bool *known, struct errinfo *e);

#endif
