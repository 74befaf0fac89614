/* One drawn picture of a flower, as JPEG bytes.
 *
 * Invariant: the bytes depend on the request alone, not on what was drawn before or in which
 * thread. Safe to call from several threads.
 */
#ifndef THAW_DRAW_PICTURE_H
#define THAW_DRAW_PICTURE_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/draw/knobs.h"

#include <stdint.h>

enum { PICTURE_SIZE_MIN = 16, PICTURE_SIZE_MAX = 2048 };

struct picture_request {
	int kind; /* 0 to picture_n_kinds() - 1 */
	int size; /* width and height in pixels */
	uint64_t seed;
	int set;    /* 0 = training, 1 = validation: never the same picture */
	int number; /* within its kind and set */
	struct knobs knobs;
};

int picture_n_kinds(void);
const char *picture_kind_name(int kind); /* "daisy"; static storage */

/* Append the JPEG to `out`. Errors: ERR_IO when there is no memory for it. */
enum err picture_draw(struct strbuf *out, const struct picture_request *r, struct errinfo *e);

#endif
