/* A folder of drawn flowers: OUT/train/KIND/KIND-0000.jpg, OUT/valid/KIND/KIND-0000.jpg.
 *
 * OUT/drawn.txt says what was asked for, one "name value" a line, the last line "complete" once all
 * pictures are written. A folder without it is someone else's and never touched; one that says the
 * same as asked for is left as it is.
 */
#ifndef THAW_DRAW_ALBUM_H
#define THAW_DRAW_ALBUM_H

#include "thaw/base/err.h"
#include "thaw/draw/knobs.h"

#include <stdbool.h>
#include <stdint.h>

#define ALBUM_MANIFEST "drawn.txt"

enum { ALBUM_PICTURES_MAX = 100000 };

struct album {
	const char *out;
	int n_train, n_valid; /* pictures; shared evenly between the kinds */
	int size;
	uint64_t seed;
	int threads; /* 0 = all cores; the pictures do not depend on it */
	struct knobs knobs;
	void (*progress)(int done, int of); /* from one thread at a time; may be NULL */
};

/* Draw what is missing. *drawn is the number of pictures written: 0 when all were there.
 * Errors: ERR_STATE (the folder is not ours), ERR_IO (cannot write, disk full). What was written
 * until then stays, and the next call begins afresh. */
enum err album_draw(const struct album *a, int *drawn, struct errinfo *e);

#endif
