/* The fold of events into everything a screen or a report shows. No I/O, no clock, no curses.
 *
 * history_apply() is the only way in; all else is read from the fields. Invariant: the state
 * depends on the sequence of events alone, so a live fold and a replay fold of the same log are
 * equal field by field. Logs may be incomplete or odd (no `run`, epochs without classes, numbers
 * out of range): what does not fit is left out. Strings are never NULL in anything listed (n_x) or
 * seen; they are "" when the log had none. Ownership: everything belongs to the history; pointers
 * are valid until the next history_apply().
 *
 * A history can be kept as it stands and gone back to (history_keep()), so what it holds is held in
 * one of these ways, and a new field in the one that fits it:
 * - A value in the struct itself: nothing to do.
 * - Texts, pixels, matrices and the like, which do not change once they are made: memory of
 *   shared.h, never of malloc(). One that stands in the struct, or in something small of which there
 *   are few, is held and dropped by hand in kept.c, in rest_copy() and rest_release().
 * - Plain elements by the thousand or the million that are only added and cut off at the end
 *   (losses, devices, …): pages.h, with a row in `paged` of kept.c.
 * - Elements by the thousand that are also changed, or hold shared memory (epochs, notes, …): an
 *   array with a row in `series` of kept.c, which names what an element holds.
 * tests/history/same.h compares all of them, and fails for a member of a struct that it does not know.
 */
#ifndef THAW_HISTORY_HISTORY_H
#define THAW_HISTORY_HISTORY_H

#include "thaw/base/layerset.h"
#include "thaw/base/metric.h"
#include "thaw/base/pages.h"
#include "thaw/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct history_stage {
	bool seen;
	int64_t state;  /* enum stage_state */
	char *in, *out;
	int64_t started_ms, done_ms;
};

struct history_stat { /* of a layer with weights at the end of an epoch; NaN where not measured */
	int64_t epoch;
	double weight_norm, update_ratio, forward_ms, backward_ms;
};

struct history_layer {
	struct event_layer info; /* a copy */
	bool frozen;
	double lr_scale; /* what its learning rate is multiplied by now; 1 in old logs */
	struct pages stats; /* struct history_stat [n_stats], ascending by epoch; not of every epoch */
	size_t n_stats;
	uint64_t digest;      /* last seen while frozen */
	bool digest_known;
	bool digest_changed;  /* changed while frozen: must never happen; ✗ on screen */
};

/* Ascending by iter: a step that goes back (a run continued from an earlier state) drops those it
 * replaces. Made by history_step_at(): a week has millions, which are kept as spells and losses. */
struct history_step {
	int64_t iter, epoch;
	struct opt_double loss, lr, ips, wait;
	bool wild; /* an accident's loss, many times what was usual before it */
};

/* Steps of iterations in a row that have everything in common but their loss. */
struct history_spell {
	double lr;
	uint32_t first;      /* index of the first step */
	int32_t iter, epoch; /* of it; of all */
	float ips, wait;
	uint8_t told; /* bits of what is valid: loss, lr, ips, wait */
	bool wild;
};

enum step_figure { STEP_LOSS, STEP_LR, STEP_IPS, STEP_FIGURES };

struct history_extent { /* of one figure over some steps; all 0 to begin with */
	double lo, hi, sum; /* of the n values that are finite and not wild */
	size_t n;
	double spike; /* the highest wild one, 0 = none */
	bool gap;     /* one was not finite */
	bool told;    /* one was told at all */
};

#define HISTORY_BLOCK 64 /* steps */

struct history_block { /* steps [i * HISTORY_BLOCK, (i + 1) * HISTORY_BLOCK) of block i */
	struct history_extent of[STEP_FIGURES];
};

/* clang-format off */
/* What an epoch shows. The rules stand in one table in observe.c; the first that applies wins:
 *
 * diverged             a training or validation loss that is not finite
 * recovered            a loss that was not finite or diverged, restored within the epoch; or the
 *                      epoch before was in trouble (diverged, spiked) and the accuracy is back
 *                      where it was before the trouble
 * fine-tuning started  layers that were frozen at the last epoch's end are trainable now
 * loss spiked (lr)     after the rate rose by half or more the training loss rose by half and by
 *                      0.25
 * diverged             validation loss twice that of guessing and twice the last epoch's
 * loss spiked          the training loss doubled and rose by 0.5 over the last epoch's
 * at chance level      accuracy not above that of guessing by more than the noise of the sample
 *                      (1.64 sigma)
 * one class            nothing to tell apart
 * first epoch          nothing to compare with
 * overfitting          the mean validation loss has risen by 5 %, and beyond its noise, over its
 *                      lowest, and the training loss has not risen since; until it is back within
 *                      2 %. Not when the accuracy is the best so far by more than the tolerance, or
 *                      by more than one picture while each epoch is judged by itself. Said as long
 *                      as it holds, with the epoch that it began in
 * improving            mean accuracy above that of the window before by more than the tolerance
 * best so far          accuracy higher than ever, by less than that; of a run that judges by another
 *                      figure, when it is the best by that, too
 * worse                mean accuracy below that of the window before by more than the tolerance
 * no gain              3 epochs or a window without a higher accuracy or a validation loss lower by
 *                      1 %
 * improving            mean validation loss down by more than 3 % (1 % over several epochs)
 * steady               none of these; no words when there are no finite numbers
 *
 * A window is a tenth of the epochs so far, at least 1, at most 25. The tolerance is one binomial
 * standard error of an accuracy measured on so many validation pictures, never less than one
 * picture, half a point where their number is not known; less by the root of the window's epochs
 * for a mean. Losses of single steps are compared as means over 8 iterations. No rule applies for
 * want of a figure: what the log lacks is neither good nor bad. Advice is given where it can be
 * followed: nothing to freeze, a rate that is nearly 0, or a run that is over need none.
 */
/* clang-format on */
enum observation {
	OBS_NONE, OBS_FIRST, OBS_IMPROVING, OBS_BEST, OBS_PLATEAU, OBS_OVERFITTING,
	OBS_FINETUNING_STARTED, OBS_LOSS_SPIKED_LR, OBS_LOSS_SPIKED, OBS_DIVERGED, OBS_RECOVERED,
	OBS_WORSE, OBS_CHANCE, OBS_N
};

struct history_so_far { /* what the epochs up to one amount to; indices, -1 = none */
	int64_t best; /* the highest validation accuracy */
	int64_t gain; /* the last of: higher accuracy than ever, validation loss lower by 1 % */
	int64_t low;  /* the lowest mean validation loss ends here */
	double gain_loss, low_loss;
	double peak_lr;
	int64_t overfit_since; /* number of an epoch, 0 = it does not overfit */
};

/* Ascending by epoch; one that goes back drops those it replaces. */
struct history_epoch {
	int64_t epoch, iter;
	char *phase;
	struct opt_double lr;
	struct event_score train, valid;
	struct event_seconds seconds;
	struct opt_double saved; /* share of its forward operations that the cache spared */
	struct opt_double score; /* the figure by which the run's best epoch is chosen */
	bool best; /* better by it than every epoch before; told from the numbers, not the log */
	struct event_class *classes; /* [n_classes] */
	size_t n_classes;
	int64_t *confusion; /* [n_classes][n_classes], [true][predicted]; NULL when absent */
	enum observation observation;
	char *words; /* the observation with its numbers and what to do about it, one sentence */
	size_t words_told; /* bytes of it without the advice */
	char *brief;       /* the same in few words */
	struct history_so_far so_far;
};

enum marker_kind {
	MARK_FREEZE, MARK_UNFREEZE, MARK_LR_UP, MARK_LR_DOWN, MARK_PHASE, MARK_PAUSE,
	MARK_NONFINITE, MARK_SCALE, MARK_BACK, MARK_RULE, MARK_N
};

struct history_marker { /* something that happened at an iteration: for charts and the log page */
	enum marker_kind kind;
	int64_t iter;
	int64_t cause; /* enum cause */
	int64_t t_ms;
	/* The phase's index of MARK_PHASE (value). */
	double was, value; /* learning rates of MARK_LR_*, MARK_NONFINITE where known; parameters
			    * that learn of MARK_FREEZE, MARK_UNFREEZE; else 0 */
	char *text;
};

enum note_kind {
	NOTE_SAID,    /* words, as they are */
	NOTE_EPOCH,   /* what an epoch came to */
	NOTE_SAVED,   /* files of one kind: one note for all of them, with the newest */
	NOTE_RESUMED, /* what follows is by another trainer */
	NOTE_CONTROLS, /* who has the controls */
	NOTE_DEVICE,  /* which card computes; of `run`'s, in full */
	NOTE_KIND_N
};

/* One line of the log page: `note` events as they are, and epochs, stages, checkpoints, the end, and
 * the controls that are no marker (unpaused, next phase, stopping). What has a marker has no note.
 */
struct history_note {
	int64_t seq, t_ms;
	int64_t level; /* enum note_level */
	enum note_kind kind;
	int64_t what, n; /* of NOTE_SAVED: enum checkpoint_kind, and how many times */
	int64_t unix_ms; /* of NOTE_RESUMED: when; 0 = not known */
	char *text;
};

#define HISTORY_MAP_SIDE 64 /* maps and activation maps are at most this wide and high */

struct history_map { /* a channel's output as a picture */
	int64_t channel;
	double mean;
	uint8_t *pixels; /* [h][w] of its trace; never NULL; in the memory of the maps */
};

struct history_trace { /* what a layer puts out for one picture */
	int64_t layer; /* below n_layers */
	double mean, sd, active; /* active: share of the values above 0 */
	int64_t w, h;
	struct history_map *maps; /* [n_maps], highest mean first */
	size_t n_maps;
};

struct history_probe_row { /* what the probes were taken for in an epoch */
	int64_t epoch;
	double *probs; /* [n_probes][n_probe_classes]; NaN where the log had none */
	size_t n_probes; /* those that there were then */
};

struct history_probe {
	int64_t id, label;
	char *path;
	uint8_t *rgb;   /* [h][w][3], NULL when no thumbs were logged */
	/* As at the newest of the probe_epochs: */
	uint8_t *cam;   /* [cam_h][cam_w], 255 where it looks most; NULL = none */
	struct history_trace *traces; /* [n_traces], ascending by layer */
	size_t n_traces;
	bool seen; /* by the event that is folded; the fold's own */
};

/* One of the worst validation pictures of an epoch. */
struct history_mistake {
	char *path;
	int64_t label, said; /* each below run.n_classes; never the same */
	double prob_said, prob_label;
	uint8_t *rgb; /* [mistake_h][mistake_w][3]; NULL when the log had none */
};

struct history_layers_then { /* of the layers, when a run was saved */
	struct layerset frozen, epoch_frozen;
	bool epoch_frozen_known;
	size_t n_layers;
	double scales[]; /* [n_layers] */
};

struct history_checkpoint { /* where a run may go on from: as things stood when it was saved */
	int64_t iter, phase;
	size_t n_markers;
	struct history_layers_then *layers; /* NULL when not known */
};

/* What the trainer does instead of iterations. */
struct history_busy {
	bool on;
	int64_t what;        /* enum progress_what */
	int64_t done, total; /* total 0: not known */
	int64_t since_ms;    /* t of its beginning */
	char *waits;         /* the command that takes effect after it; NULL: none */
};

struct history_device { /* one measurement; NaN where there was none */
	int64_t t_ms;
	double cpu;    /* cores' worth */
	double rss;    /* bytes */
	int64_t cores; /* 0 = not known */
	int64_t peak_rss;
	/* of the card that computes: share of 1, bytes */
	double busy, memory, memory_total, celsius, watts, clock_mhz;
};

/* A pause after accidents, that waits for somebody to decide. */
struct history_trouble {
	bool on;
	int64_t seq;            /* of the event that told */
	char *why, *undo;       /* "" where the log had none; undo: what that would take back */
	struct opt_double wait; /* seconds until the run ends where nobody watches */
};

/* The epoch whose weights best.weights are. */
struct history_best {
	int64_t epoch; /* its number; 0: there is none */
	struct opt_double score, acc, loss; /* by the run's figure; of validation */
	bool dropped; /* the run went back beyond it: it is none of the epochs any more */
};

/* A rule is about to end the phase or the run. */
struct history_ending {
	bool on;
	int64_t seq;            /* of the event that told */
	char *why;              /* "" where the log had none */
	struct opt_double wait; /* seconds, while somebody watches */
};

#define HISTORY_SERIES_MAX 4096 /* names; those that come later are left out, and a note says so */

struct history_point {
	double value; /* may be NaN */
	int64_t t_ms;
	int32_t iter;
	float epoch; /* NaN where it was not told */
};

/* What `metric` events told under one name. Ascending by iter: a point that goes back drops those it
 * replaces. */
struct history_series {
	char *name;
	struct pages points; /* struct history_point [n_points] */
	size_t n_points;
	struct pages blocks; /* struct history_extent [n_blocks] of whole blocks of points */
	size_t n_blocks;
};

enum run_state { RUN_EMPTY, RUN_PREPARING, RUN_TRAINING, RUN_PAUSED, RUN_ENDED, RUN_STATE_N };

struct history {
	int64_t seq, t_ms; /* of the last event */
	enum run_state state;
	bool stopping;      /* a stop was asked for */

	bool has_run;
	struct event_run run; /* a copy; its phases are below */
	int64_t run_ms;       /* t_ms of it: when `run.started` was */
	struct history_stage stages[STAGE_N];

	struct history_layer *layers;
	size_t n_layers;
	int64_t head; /* index of the replaced layer, -1 = not known */
	struct layerset frozen;
	char *frozen_text; /* of the last freeze, as logged; NULL before: it may come before the
			    * layers */
	struct layerset epoch_frozen; /* as it was when the last epoch ended, */
	bool epoch_frozen_known;      /* and whether one has ended */
	int64_t trainable; /* parameters that learn now */
	struct event_thaw thaw; /* owned; what the plan will thaw in this phase */
	struct event_lr_range range; /* owned; the newest range test, without words before the first */
	bool has_cache;    /* outputs of frozen layers are kept now, as `cache` says */
	struct event_cache cache; /* the last one told; layer and images are sane when has_cache */

	int64_t phase; /* index of the current phase, -1 before the first */
	struct event_phase_plan *phases; /* as planned by `run`, mended by `phase` events */
	size_t n_phases;

	struct opt_double lr; /* now; absent before the first that was told */
	int64_t iter;  /* of the last step */
	int64_t epoch; /* being trained, 1-based; 0 before */

	struct pages losses; /* double [n_steps] of each step; NaN where none was told, too */
	size_t n_steps;
	struct pages spells; /* struct history_spell [n_spells] */
	size_t n_spells;
	struct pages blocks; /* struct history_block [n_blocks] of whole blocks of steps; more than
			      * there are steps for are void */
	size_t n_blocks;
	struct history_epoch *epochs;
	size_t n_epochs, cap_epochs;
	int best_epoch; /* index into epochs, -1 = none; history_best() knows a dropped one too */
	struct history_best dropped; /* the best one, which the run went back beyond; epoch 0: none */
	size_t best_from;            /* the epochs before this index cannot be the best */
	struct history_marker *markers;
	size_t n_markers, cap_markers;
	struct history_note *notes;
	size_t n_notes, cap_notes;

	struct history_probe *probes;
	size_t n_probes;
	int64_t thumb_w, thumb_h;
	struct history_probe_row *probe_rows; /* [n_probe_epochs] */
	size_t n_probe_epochs, cap_probe_epochs;
	size_t n_probe_classes; /* = run.n_classes whenever there is a run */
	int64_t cam_w, cam_h;   /* 0 when there is no cam */

	struct history_pictures *pictures; /* of mistakes, the last ones told; the fold's own */
	struct history_mistake *mistakes; /* of the validation of mistakes_epoch, surest first */
	size_t n_mistakes;
	int64_t mistakes_epoch, mistake_w, mistake_h;

	struct history_busy busy;
	struct pages devices; /* struct history_device [n_devices], ascending by time */
	size_t n_devices;
	struct opt_double look_ms;    /* that a picture took when it was last only looked at */
	int64_t epoch_end_ms;         /* t of the last epoch, until the step after it; else -1 */
	struct opt_double between_ms; /* from there to the next iteration, the last time */

	struct history_series *series; /* in the order in which they were first told */
	size_t n_series, cap_series;
	uint32_t *series_by_name; /* [n_series] their indices, by name; the fold's own */
	size_t cap_series_by_name;
	bool series_full; /* a name was left out */

	struct history_checkpoint *points; /* ascending by iter, of those saved */
	size_t n_points, cap_points;
	int64_t n_resumed; /* times that another trainer went on with it */
	int64_t n_back;    /* times that it went back to a kept point */
	struct history_trouble trouble;
	struct history_ending ending;

	struct history_killed {
		bool on; /* the trainer was killed for want of memory */
		struct opt_double peak, limit; /* what it had taken, and what there was: bytes */
	} killed;
	bool parted; /* it trains another run again, and differs from it: since `parted_iter` */
	int64_t parted_iter;
	bool ended;
	struct event_end end; /* owned; reason is NULL before the end; an earlier one's while the
			       * run goes on */
	int64_t n_broken; /* lines that could not be read, told through history_broken() */
};

void history_init(struct history *h);
void history_release(struct history *h);

/* Fold one event; it is only borrowed. Events out of order (seq not larger than the last) are
 * ignored. */
void history_apply(struct history *h, const struct event *ev);

/* Count a line that could not be read. */
void history_broken(struct history *h);

/* A history as it stands, kept: little more than what it has not in common with `before` (may be
 * NULL), one of the same history that was kept earlier. */
struct history_kept;
struct history_kept *history_keep(const struct history *h, const struct history_kept *before);
void history_kept_free(struct history_kept *k); /* NULL is allowed */
/* Have `h` stand there again; what it was before goes. */
void history_go_back(struct history *h, const struct history_kept *k);

const char *observation_name(enum observation o);
enum tone { TONE_PLAIN, TONE_GOOD, TONE_WARN, TONE_BAD, TONE_NEWS };
enum tone observation_tone(enum observation o);

/* The observation of an epoch into *out (what was in it goes), "" when there is none: whole, then
 * without the advice, in few words, or by name alone for a brevity of 0 to EPOCH_WORDS_BRIEFEST. */
#define EPOCH_WORDS_BRIEFEST 3
const char *epoch_words(const struct history_epoch *e, int brevity, struct strbuf *out);

/* Elements of what lies in pages. */
static inline double history_loss(const struct history *h, size_t i)
{
	return *PAGES_AT(&h->losses, i, double);
}

/* Those from i on that lie in one piece, *n of them. */
static inline const double *history_losses(const struct history *h, size_t i, size_t *n)
{
	size_t left = pages_per(sizeof(double)) - i % pages_per(sizeof(double));
	*n = left < h->n_steps - i ? left : h->n_steps - i;
	return PAGES_AT(&h->losses, i, double);
}

static inline const struct history_spell *history_spell(const struct history *h, size_t i)
{
	return PAGES_AT(&h->spells, i, struct history_spell);
}

static inline const struct history_block *history_block(const struct history *h, size_t i)
{
	return PAGES_AT(&h->blocks, i, struct history_block);
}

static inline const struct history_device *history_device(const struct history *h, size_t i)
{
	return PAGES_AT(&h->devices, i, struct history_device);
}

static inline const struct history_point *history_point(const struct history_series *s, size_t i)
{
	return PAGES_AT(&s->points, i, struct history_point);
}

static inline const struct history_extent *history_series_block(const struct history_series *s,
								size_t i)
{
	return PAGES_AT(&s->blocks, i, struct history_extent);
}

static inline const struct history_stat *history_stat(const struct history_layer *l, size_t i)
{
	return PAGES_AT(&l->stats, i, struct history_stat);
}

/* Figures a screen needs. All pure. */
struct history_step history_step_at(const struct history *h, size_t i); /* i < n_steps */
/* The same for steps one after the other, quicker: *spell is history_spell_of() the first. */
struct history_step history_step_next(const struct history *h, size_t i, size_t *spell);
size_t history_spell_of(const struct history *h, size_t i);
struct opt_double history_step_value(const struct history_step *s, enum step_figure figure);
void history_extent_add(struct history_extent *to, const struct history_step *s,
			enum step_figure figure);
void history_extent_join(struct history_extent *to, const struct history_extent *from);
/* The series of a name; NULL when there is none. */
const struct history_series *history_series_named(const struct history *h, const char *name);
/* What all points of a series amount to. */
struct history_extent history_series_extent(const struct history_series *s);
/* Index of the first point at or after an iteration; n_points when there is none. */
size_t history_point_from(const struct history_series *s, int64_t iter);
/* Index of the first step at or after an iteration; n_steps when there is none. */
size_t history_step_from(const struct history *h, int64_t iter);
size_t history_step_after(const struct history *h, int64_t iter); /* ... after it */
/* Whether a loss is an accident's, where `usual` was usual. */
bool history_wild_loss(double loss, double usual);
double class_precision(const struct event_class *c, bool *valid);
double class_recall(const struct event_class *c, bool *valid);
double class_f1(const struct event_class *c, bool *valid);
/* The mean F1 of the classes that were seen or predicted. */
double classes_f1(const struct event_class *classes, size_t n, bool *valid);
/* The value of a metric in an epoch; absent where its figures do not tell. */
struct opt_double metric_value(const struct metric *m, const struct event_score *valid,
			       const struct event_class *classes, size_t n_classes);
/* The figure by which the run's best epoch is chosen. */
struct metric history_metric(const struct history *h);
struct history_best history_best(const struct history *h);
/* How good it is, by that figure: "86.1 %", "loss 0.412", "macro F1 0.83", "recall of rose 86.1 %". */
const char *history_best_words(const struct history *h, struct strbuf *out);
struct confusion_pair { /* pictures of one class that were taken for another */
	int64_t count;
	size_t truth, said;
};
/* The `most` largest counts beside the diagonal, the largest first, among equals the first in the
 * matrix; returns how many there are.
 * Shape: confusion[n_classes][n_classes], [true][predicted]; out[most] */
size_t confusion_worst(const int64_t *confusion, size_t n_classes, struct confusion_pair *out,
		       size_t most);
/* How many markers there were at iteration `iter`: what stands behind them is dropped when the run
 * goes back there. */
size_t history_markers_at(const struct history *h, int64_t iter);
size_t history_digests_changed(const struct history *h);
/* The layers whose learning rate is multiplied by other than 1 now: "12-15 at x0.1, 16 at x0.5";
 * nothing is appended, and false returned, when there are none. */
bool history_scale_words(const struct history *h, struct strbuf *out);
/* "12-15 at epoch 6": the next layers that the plan will thaw; false: none will. */
bool history_thaw_words(const struct history *h, struct strbuf *out);
/* The epoch at whose begin the plan will thaw a layer; 0: none. */
int64_t history_thaws_at(const struct history *h, int layer);

/* The activation cache in one line: which layers, what is kept, what that spares; nothing is
 * appended, and false returned, when nothing is kept. Shorter for a `brevity` of 1 or 2. */
bool history_cache_words(const struct history *h, int brevity, struct strbuf *out);
/* How the run learns: "adamw, b1 0.9, b2 0.999, classes weighted (balanced)", shorter for a
 * `brevity` of 1 or 2; nothing is appended, and false returned, when the log does not tell. */
bool history_learning_words(const struct history *h, int brevity, struct strbuf *out);
/* The share of the forward operations of all epochs so far that the cache spared; false before the
 * first epoch that told. */
bool history_cache_saved(const struct history *h, double *share);
/* The share of the last `n` iterations' time that went by in waiting for pictures; false when there
 * were none, or they do not tell. */
bool history_wait(const struct history *h, size_t n, double *share);
#define HISTORY_DATA_BOUND 0.2 /* a larger share is worth telling */
/* As above of the recent iterations: true while it trains and waits more than that. */
bool history_data_bound(const struct history *h, double *share);
/* What computes, in a word or two: "H100", "RTX 4090", "cpu"; appended. */
void history_device_name(const struct history *h, struct strbuf *out);
/* The newest measurement of a run that goes on, or NULL. */
const struct history_device *history_device_now(const struct history *h);
/* The share of the cores it may use that a trainer kept busy. */
struct opt_double history_cpu(const struct history_device *d);
/* Did a card tell what it does? Then `d` has a share or an amount of memory. */
bool history_device_is_card(const struct history_device *d);
/* How busy the trainer keeps the cores that it may use, and its memory: "cpu 94 %, 412.0 MB"; false,
 * and nothing appended, when neither is known. */
bool history_host_words(const struct history_device *d, struct strbuf *out);
/* The same of the card where that told, "H100 93 %, 12.3/85.5 GB", else of the trainer. Shorter for
 * a `brevity` of 1 or 2. */
bool history_device_words(const struct history *h, const struct history_device *d, int brevity,
			  struct strbuf *out);
/* What else a card told, "61°C, 412 W, 1.98 GHz"; as above. */
bool history_device_heat(const struct history_device *d, int brevity, struct strbuf *out);
/* Of the last measurements, `most` of them, how busy card or cores were: a block each. */
void history_device_lately(const struct history *h, size_t most, struct strbuf *out);
/* The most memory of the card that was seen in use. */
struct opt_double history_card_peak(const struct history *h);
/* Images a second of the last iteration; absent while it does not train. */
struct opt_double history_speed(const struct history *h);
/* What an epoch took, training and validation, as far as they are told. */
struct opt_double history_epoch_seconds(const struct history_epoch *e);
/* That the trainer was killed for memory, appended: "killed, probably for memory: peak 22.0 GB of
 * 24.0 GB". False, and nothing appended: no such thing is known. */
bool history_killed_words(const struct history *h, struct strbuf *out);

/* How the run ended, appended: "stopped by the user", "finished: all 10 epochs done". */
void history_end_words(const struct history *h, struct strbuf *out);
/* The newest note that is worth showing alone; NULL when there is none. */
const struct history_note *history_newest_note(const struct history *h);
/* Does the log tell times? Else `t` only orders its events. */
bool history_timed(const struct history *h);
/* What its `epoch` events are: "epoch", "evaluation". */
const char *history_unit(const struct history *h);
/* What the run took: as its end says, else by the clock of its events; NaN where that is not told. */
double history_seconds(const struct history *h);
double history_progress(const struct history *h);        /* of the whole run, 0..1 */
/* What is left of the run as planned: iterations and validations at the pace of the last ones, the
 * one that goes on included. False when it cannot be told: before the first iteration of a phase or
 * frozen set, in a pause, once a stop was asked for. */
bool history_eta_ms(const struct history *h, int64_t *ms);
/* What the run does, in a word: "preparing", "training", "validating", "paused", … */
const char *history_state(const struct history *h);
/* Until what the trainer is busy with is done. False when it is not busy, or that is not known. */
bool history_busy_left_ms(const struct history *h, int64_t *ms);

bool history_layer_learns(const struct history_layer *l); /* has anything to freeze */
const char *history_class_name(const struct history *h, int64_t i); /* "?" where there is none */

/* Figures of the newest epoch that has classes; NULL when there is none. `before` (may be NULL)
 * the one earlier. */
const struct history_epoch *history_newest_classes(const struct history *h,
						   const struct history_epoch **before);

/* Probabilities of a probe at an index into probe epochs, [n_classes]; NULL when there are none. */
const double *history_probe_probs(const struct history *h, size_t probe, size_t epoch_index);
int history_probe_top(const struct history *h, const double *probs);

#endif
