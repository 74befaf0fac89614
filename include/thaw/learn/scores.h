/* How well this person's tries of the quiz went: one JSON object a line, in a file of their own.
 *
 * The file may hold anything: lines that are no score are counted and left alone. Adding one is one
 * write(2), so that two viewers never mix their lines. Invariant: a file that cannot be read or
 * written costs the score, nothing else.
 */
#ifndef THAW_LEARN_SCORES_H
#define THAW_LEARN_SCORES_H

#include "thaw/base/err.h"

#include <stdint.h>

struct scores {
	int64_t tries;
	int64_t best_right, best_asked; /* of the best share; 0 when there was no try */
	int64_t n_ignored;              /* lines that are no score */
};

struct score {
	int64_t at; /* seconds since 1970 */
	int64_t asked, right;
	const char *run; /* its name */
};

/* Read what there is; *out is zero when there is no file. Only the last MiB of a larger one counts.
 * Errors: ERR_IO, ERR_FORMAT (not a regular file); *out is zero then */
enum err scores_read(const char *path, struct scores *out, struct errinfo *e);

/* Append one, making the folders above; the file is for its owner alone. Counts it in *sum too,
 * also when it cannot be written.
 * Errors: ERR_STATE (no path), ERR_IO, ERR_FORMAT */
enum err scores_add(const char *path, const struct score *s, struct scores *sum, struct errinfo *e);

#endif
