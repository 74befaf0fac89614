/* Inside the history room: what the folds share (fold.c), and the folds of the larger events, each
 * in its own file. history.c calls them all, fold.c calls none. */
#ifndef THAW_HISTORY_FOLD_H
#define THAW_HISTORY_FOLD_H

#include "thaw/base/shared.h"
#include "thaw/history/history.h"

/* What a hostile log may make us keep. */
#define MAX_PHASES 1024
#define MAX_PROBES 1024
#define MAX_PROBE_VALUES (16 * 1024 * 1024) /* probabilities, all probes and epochs together */
#define MAX_THUMB_SIDE 1024
#define MAX_TRACES 64   /* of a picture */
#define MAX_MAPS 64     /* of a trace */
#define MAX_MISTAKES 64
#define MAX_THAWS 64    /* steps of a phase */

/* Of shared memory. */
void text_replace(char **at, const char *s); /* drops what was there */

/* These take `text`, of the heap. */
struct history_marker *add_marker(struct history *h, enum marker_kind kind, int64_t iter,
				  int64_t cause, char *text);
struct history_note *add_note(struct history *h, int64_t level, char *text);
/* Another trainer goes on with the run; and, once that is known, from where. */
void add_resumed(struct history *h);
void add_controls_note(struct history *h, const struct event_control *from); /* who has them */
void add_card_note(struct history *h); /* which card computes, where one does */
bool history_is_branch(const struct history *h, int64_t iter); /* did it begin there off another? */
void tell_resumed(struct history *h, const char *how);
/* A file was saved: its note takes the place of the last of its kind since then. */
void add_saved(struct history *h, const struct event_checkpoint *from);
void add_epoch_note(struct history *h, const struct history_epoch *e);

/* Seconds that an image took; 0 when it is not told. */
double step_image_seconds(const struct history_step *s);

/* Drop the steps from iteration `iter` on; add some behind the others, which have all in common but
 * their loss: those that are wild are told here. */
void cut_steps(struct history *h, int64_t iter);
void add_steps(struct history *h, const struct event_step *first, const double *losses, size_t n);

/* The frozen set from now on. */
void set_frozen(struct history *h, const struct layerset *frozen);

/* Nothing is to thaw any more. */
void thaw_forget(struct history *h);

/* A range test that was running is over without having said so. */
void range_ended(struct history *h);

/* Index of the best epoch, -1 when there is none with a finite figure, or none beats a dropped one. */
int find_best(const struct history *h);
/* The run has another figure now. */
void judge_again(struct history *h);

/* The epochs after number `epoch` are void. */
void probes_cut(struct history *h, int64_t epoch);
void stats_cut(struct history *h, int64_t epoch);
void worst_cut(struct history *h, int64_t epoch);

/* Drop the points from iteration `iter` on, of every series. */
void series_cut(struct history *h, int64_t iter);
void series_release(struct history *h);

/* What a picture of the newest probe showed: activation map and traces. */
void sights_release(struct history *h);
void worst_release(struct history *h);
void pictures_release(struct history *h);

/* The multipliers now, one a layer; [n_layers], owned by the caller. */
double *scales_now(const struct history *h);
void set_scales(struct history *h, const double *scales);

/* Of digits of a log; NULL: they are not so many. */
uint8_t *shared_pixels(const char *text, size_t n);

/* Copies for kept.c. */
struct history_probe *probes_copy(const struct history_probe *from, size_t n);
struct history_pictures *pictures_copy(const struct history_pictures *from);
void series_copy(struct history *to, const struct history *from); /* there are none in *to */

/* Remember where a run that goes on, or back, would do so; and go on there. */
void fold_saved(struct history *h, int64_t iter);
void fold_continued(struct history *h, const struct event_control *from);
void points_release(struct history *h);

/* A control begins or ends a pause after accidents. */
void fold_trouble(struct history *h, const struct event_control *from);
void trouble_release(struct history *h);

/* A rule is about to end something, or is not any more. */
void fold_ending(struct history *h, const struct event_control *from);
void forget_ending(struct history *h);

/* Iterations go on, or what was gone on with has ended. */
void busy_over(struct history *h);

void fold_epoch(struct history *h, const struct event *ev);
void fold_thumbs(struct history *h, const struct event *ev);
void fold_probe(struct history *h, const struct event *ev);
void fold_scale(struct history *h, const struct event *ev);
void fold_stats(struct history *h, const struct event *ev);
void fold_lr_range(struct history *h, const struct event *ev);
void fold_thaw(struct history *h, const struct event *ev);
void fold_mistakes(struct history *h, const struct event *ev);
void fold_progress(struct history *h, const struct event *ev);
void fold_device(struct history *h, const struct event *ev);
void fold_metric(struct history *h, const struct event *ev);
void fold_parted(struct history *h, const struct event *ev);

/* kept.c */
void phases_release(struct history *h);
void layers_release(struct history *h);

void epoch_release(struct history_epoch *e);
void probes_release(struct history *h);

/* Make the probe table fit the classes of the run; drops it when they do not agree. */
void probes_set_classes(struct history *h, size_t n_classes);

/* Tell the observation of the last epoch of `h` and its words. `thawed` are the layers that became
 * trainable since the epoch before it, as ranges; "" when none. */
void observe_epoch(struct history *h, const char *thawed);

#endif
