/* The newest checkpoint of a run that is whole: the last, or when that is damaged the one before it,
 * whichever of previous, the kept epochs and best that is.
 *
 * Invariant: one that lies ahead of what the log tells, as after going back, is never taken; nothing
 * is changed.
 */
#ifndef THAW_TRAIN_SOUND_H
#define THAW_TRAIN_SOUND_H

#include "state.h"
#include "thaw/base/folder.h"
#include "thaw/history/history.h"

/* Its state, and where its weights lie, for pair_open_point(). *wrong: what is wrong with the last;
 * empty when that was taken. The caller releases both.
 * Errors: ERR_NOT_FOUND (no checkpoint yet), those of pair_read() (none is whole); *st is empty */
enum err sound_read(const struct folder *f, const struct history *log, struct state *st,
		    char *weights, size_t size, struct strbuf *wrong, struct errinfo *e);

#endif
