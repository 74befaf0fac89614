/* How fast a replay plays: a factor, or as the run was recorded, which is 1 with its pauses.
 *
 * A wait between two events that would leave the screen as it is for longer than SPEED_WAIT_MS is
 * shortened to that, unless the replay is as recorded. Pure functions.
 */
#ifndef THAW_TUI_SPEED_H
#define THAW_TUI_SPEED_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SPEED_LEAST 0.25
#define SPEED_MOST 1000.0
#define SPEED_WAIT_MS 3000.0 /* of the screen's time */

struct speed {
	double factor; /* 0 = none was chosen */
	bool recorded; /* factor is 1 then */
};

/* "0.25" to "1000", or "recorded". Errors: ERR_VALUE; on error *out is untouched. */
enum err speed_parse(struct speed *out, const char *text, struct errinfo *e);

/* The next step of the table above it, or below for a direction of -1; the last one stays. */
struct speed speed_next(struct speed s, int direction);

/* The step at which a run that did something for so long is over in about 40 seconds. */
struct speed speed_pleasant(int64_t active_ms);

/* "×20", "×0.25", "recorded". One of words.h's buffers. */
const char *speed_words(struct speed s);

/* A wait of the run that is long on the screen: it is shortened, or as recorded told with its end. */
bool speed_waits(struct speed s, int64_t wait_ms);

/* Milliseconds of the run a millisecond of the screen within a wait of so many. */
double speed_rate(struct speed s, int64_t wait_ms);

#endif
