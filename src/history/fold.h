/* Inside the history room: the folds of the larger events, each in its own file. */
#ifndef THAW_HISTORY_FOLD_H
#define THAW_HISTORY_FOLD_H

#include "thaw/history/history.h"

/* What a hostile log may make us keep. */
#define MAX_PHASES 1024
#define MAX_PROBES 1024
#define MAX_PROBE_VALUES (16 * 1024 * 1024) /* probabilities, all probes and epochs together */
#define MAX_THUMB_SIDE 1024

/* A copy that is never NULL. */
char *text_copy(const char *s);

/* Takes `text`. */
void add_note(struct history *h, int64_t level, char *text);

/* The frozen set from now on. */
void set_frozen(struct history *h, const struct layerset *frozen);

/* Index of the best epoch, -1 when none has a finite accuracy. */
int find_best(const struct history *h);

/* The epochs after number `epoch` are void. */
void probes_cut(struct history *h, int64_t epoch);

/* Remember where a resumed run would go on; and go on there. */
void fold_last_checkpoint(struct history *h, int64_t iter);
void fold_continued(struct history *h, const struct event_control *from);

void fold_epoch(struct history *h, const struct event *ev);
void fold_thumbs(struct history *h, const struct event *ev);
void fold_probe(struct history *h, const struct event *ev);

void epoch_release(struct history_epoch *e);
void probes_release(struct history *h);

/* Make the probe table fit the classes of the run; drops it when they do not agree. */
void probes_set_classes(struct history *h, size_t n_classes);

/* Tell the observation of the last epoch of `h` and its words. `thawed` are the layers that became
 * trainable since the epoch before it, as ranges; "" when none. */
void observe_epoch(struct history *h, const char *thawed);

#endif
