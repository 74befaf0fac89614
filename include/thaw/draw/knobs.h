/* How hard the drawn flowers are to tell apart: the one table to turn.
 *
 * A set of knobs is a plain value; every picture is a function of it, the seed and its number. The
 * names are those of `thaw-flowers --set NAME=VALUE`.
 */
#ifndef THAW_DRAW_KNOBS_H
#define THAW_DRAW_KNOBS_H

#include "thaw/base/err.h"

enum knob_id {
	KNOB_FOREIGN,
	KNOB_MIXED,
	KNOB_CLUTTER,
	KNOB_OCCLUSION,
	KNOB_CUT,
	KNOB_STRANGER,
	KNOB_HARD,
	KNOB_TILT,
	KNOB_SMALL,
	KNOB_NOISE,
	KNOB_N
};

struct knob {
	const char *name;
	double value, max; /* as delivered; the least is 0 */
	const char *what;
};

struct knobs {
	double v[KNOB_N];
};

extern const struct knob knob_table[KNOB_N];

struct knobs knobs_default(void);

/* Set one from "name=value". Errors: ERR_VALUE; then nothing is changed. */
enum err knobs_set(struct knobs *k, const char *text, struct errinfo *e);

#endif
