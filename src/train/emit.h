/* Emission: what the trainer knows, as events. The only file of the room that fills a struct
 * event, but for step_pack.h.
 *
 * Nothing here waits or fails: what the log does not take now is kept by its writer, and saving.h
 * sees to it between iterations. Everything passed in is borrowed for the call.
 */
#ifndef THAW_TRAIN_EMIT_H
#define THAW_TRAIN_EMIT_H

#include "metrics.h"
#include "mistakes.h"
#include "preflight.h"
#include "probes.h"
#include "step_pack.h"
#include "thaw/event/log_writer.h"

struct emitter;

/* `append`: go on with the log that is there. Errors: those of log_writer_open(). */
enum err emitter_open(struct emitter **out, const struct folder *run, bool append,
		      struct errinfo *e);
/* One that writes nowhere, for who is no run. */
void emitter_mute(struct emitter **out);
enum err emitter_close(struct emitter *em, struct errinfo *e); /* NULL is allowed */
struct log_writer *emitter_log(const struct emitter *em);

struct told_run { /* what the preflight does not know; NULL: there is none */
	const char *name, *sandbox;      /* of the run; what holds this process */
	const char *again;               /* the run that it trains again */
	const char *parent;              /* the run that it branches off, */
	struct opt_double parent_iter;   /* after this iteration */
};
void emit_run(struct emitter *em, const struct preflight *p, const struct told_run *told);
void emit_layers(struct emitter *em, const struct preflight *p);

/* `audit` (may be NULL) gives the byte counts; `in` and `out` may be "". */
void emit_stage(struct emitter *em, enum stage stage, enum stage_state state, const char *in,
		const char *out, const struct weights_audit *audit);

/* The plan of phase `i`, its first epoch being number `first_epoch`. */
void emit_phase(struct emitter *em, const struct preflight *p, size_t i, int64_t first_epoch);

void emit_freeze(struct emitter *em, int64_t iter, enum cause cause, const struct layerset *now,
		 const struct layerset *was, int64_t trainable);
void emit_lr(struct emitter *em, const struct event_lr *lr);
/* Shape: now[n], was[n] */
void emit_scale(struct emitter *em, int64_t iter, enum cause cause, double *now, double *was,
		size_t n);
/* A finished iteration; quick ones are held back for a moment (step_pack.h), at the latest until the
 * next event of another kind, or emit_held(). */
void emit_step(struct emitter *em, const struct told_step *step);
void emit_held(struct emitter *em);

/* Everything of the epoch that the trainer counted; classes, confusion and digests are filled in
 * here. */
void emit_epoch(struct emitter *em, const struct preflight *p, struct event_epoch *base,
		const struct metrics *train, const struct metrics *valid);

/* Shape: thumbs[n][h][w][3]; index[n] into p->data->valid */
void emit_thumbs(struct emitter *em, const struct preflight *p, const size_t *index, size_t n,
		 const uint8_t *thumbs, int w, int h);

void emit_probe(struct emitter *em, int64_t epoch, const struct probes *pr, size_t classes);

void emit_stats(struct emitter *em, int64_t epoch, struct event_layer_stat *layers, size_t n);

/* Shape: pictures[m->n][MISTAKE_BYTES]; tell[m->n], whose picture is to be told */
void emit_mistakes(struct emitter *em, const struct preflight *p, int64_t epoch,
		   const struct mistakes *m, const uint8_t *pictures, const bool *tell);

void emit_progress(struct emitter *em, const struct event_progress *p);
void emit_device(struct emitter *em, const struct event_device *d);
void emit_checkpoint(struct emitter *em, const struct event_checkpoint *c);
void emit_command(struct emitter *em, const struct event_command *c);
void emit_parted(struct emitter *em, const struct event_parted *p);
void emit_control(struct emitter *em, enum control_what what, int64_t iter, enum cause cause);
void emit_control_event(struct emitter *em, const struct event_control *control);

/* What Darknet has printed, a note a line. */
void emit_darknet(struct emitter *em);
/* `iter` < 0: it has none. */
void emit_note(struct emitter *em, enum note_level level, int64_t iter, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

void emit_cache(struct emitter *em, const struct event_cache *cache);

/* The last event; the emergency end is disarmed. */
void emit_thaw(struct emitter *em, const struct event_thaw *thaw);
void emit_lr_range(struct emitter *em, const struct event_lr_range *range);

void emit_end(struct emitter *em, const struct event_end *end);

#endif
