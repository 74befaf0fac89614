/* The event vocabulary, version 1: every kind of event, every field, in one table (event.c).
 *
 * A `struct event` is one line of the log. Encoding, decoding, releasing and the manual page
 * thaw-log(5) all follow the field table, so a new field is one struct member and one table row.
 *
 * Ownership: an event filled by hand borrows its strings and arrays; an event filled by
 * event_decode() owns them and is released by event_release(). Never release a borrowed one.
 * Strings of a decoded event are never NULL, but for those that say so; in one filled by hand NULL
 * stands for "".
 * Invariant: encode(decode(line)) == line for every line encode() wrote.
 *
 * JSON form: one object a line; "seq", "t" (ms since the start of the run), "ev" (the name), then
 * the fields. Numbers that are NaN or infinite are the strings "nan", "inf", "-inf". A measurement
 * that was not made is absent from the line and has `valid == false` here. Unknown fields are
 * skipped when reading.
 */
#ifndef THAW_EVENT_EVENT_H
#define THAW_EVENT_EVENT_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/record.h"

#include <stdbool.h>
#include <stdint.h>

#define EVENT_VERSION 1
#define EVENT_SEQ_MAX INT64_C(1000000000000000) /* 10^15 */
#define EVENT_T_MAX INT64_C(1000000000000000)   /* 31,688 years */

enum event_type {
	EV_RUN, EV_STAGE, EV_LAYERS, EV_PHASE, EV_FREEZE, EV_LR, EV_STEP, EV_STEPS, EV_EPOCH,
	EV_THUMBS, EV_PROBE, EV_CHECKPOINT, EV_NOTE, EV_CONTROL, EV_CACHE, EV_END, EV_SCALE, EV_STATS,
	EV_MISTAKES, EV_LR_RANGE, EV_THAW, EV_PROGRESS, EV_DEVICE, EV_METRIC, EV_COMMAND, EV_PARTED,
	EV_UNKNOWN, /* a kind, or a name inside it, that is not known here: seq and t_ms only */
	EV_N
};

enum cause {
	CAUSE_PHASE, CAUSE_USER, CAUSE_UNDO, CAUSE_NONFINITE, CAUSE_SCHEDULE, CAUSE_RERUN,
	CAUSE_DIVERGED, CAUSE_RESUME, CAUSE_RULE,
	CAUSE_ACCIDENT, /* a change by hand is taken back, for the loss was lost soon after it */
	CAUSE_BACK,     /* the run went back to a kept point */
	CAUSE_N
};
enum stage { STAGE_LOAD, STAGE_REPLACE, STAGE_FREEZE, STAGE_HEAD, STAGE_TUNE, STAGE_N };
enum stage_state { STAGE_STARTED, STAGE_DONE, STAGE_SKIPPED, STAGE_STATE_N };
/* NOTE_DARKNET: a line that Darknet printed. */
enum note_level { NOTE_INFO, NOTE_WARN, NOTE_ERROR, NOTE_DARKNET, NOTE_LEVEL_N };
enum end_status { END_FINISHED, END_STOPPED, END_FAILED, END_STATUS_N };
enum control_what {
	CONTROL_PAUSED, CONTROL_UNPAUSED, CONTROL_NEXT_PHASE, CONTROL_STOPPING,
	CONTROL_CONTINUED, /* resumed by another trainer; what was logged after `iter` is void */
	CONTROL_BACK,      /* the same trainer went back to a kept point; void as above */
	CONTROL_TAKEN,     /* somebody has the controls now, */
	CONTROL_GIVEN_UP,  /* or nobody */
	CONTROL_ENDING,    /* a rule is about to end the phase or the run: `why` */
	CONTROL_KEEP_GOING, /* that was taken back, or no rule may end this phase any more: `why` */
	CONTROL_N
};
enum origin { ORIGIN_NONE, ORIGIN_LOADED, ORIGIN_INITIALISED, ORIGIN_N }; /* of a layer's weights */
/* Of a learning-rate range test. RANGE_FLAT: the loss never falls; RANGE_DIVERGED: it is lost before
 * it has fallen. */
enum range_state {
	RANGE_RUNNING, RANGE_FOUND, RANGE_FLAT, RANGE_DIVERGED, RANGE_CANCELLED, RANGE_STATE_N
};
enum checkpoint_kind { CHECKPOINT_EPOCH, CHECKPOINT_BEST, CHECKPOINT_LAST, CHECKPOINT_N };
/* What a trainer does besides iterations that may take long. PROGRESS_FEATURES and _RIDGE: the
 * head's start by ridge regression, its features and its solution. */
enum progress_what {
	PROGRESS_FEATURES, PROGRESS_RIDGE, PROGRESS_VALID, PROGRESS_SAVE, PROGRESS_RANGE,
	PROGRESS_N
};

struct event_phase_plan { /* one planned phase, inside `run`; also the body of a `phase` event */
	const char *name;
	int64_t index;       /* 0-based */
	int64_t epochs;      /* planned */
	int64_t first_epoch; /* 1-based number of its first epoch as planned */
	double lr;
	const char *schedule;  /* constant, cosine, step, poly */
	const char *freeze;    /* resolved ranges, e.g. "0-18" */
	const char *batchnorm; /* frozen | train */
	struct opt_double thaw_every; /* epochs from one block that thaws to the next, if any does */
	const char *until; /* what ends it early once reached, in words; NULL: nothing does */
};

struct event_run {
	int64_t version; /* EVENT_VERSION */
	const char *program;   /* "thaw 0.1.0" */
	const char *name;      /* of the run, = directory name */
	int64_t started; /* wall clock, ms since 1970 */
	const char *cfg, *weights, *data; /* paths as given */
	const char *const *classes;
	size_t n_classes;
	int64_t input_w, input_h, input_c;
	int64_t n_train, n_valid, n_bad; /* images used, and left out */
	int64_t epochs;                  /* planned, all phases */
	int64_t iterations;              /* per epoch */
	int64_t batch, seed, threads;
	const char *device; /* e.g. "cpu (avx512_core)" */
	struct event_phase_plan *phases;
	size_t n_phases;
	/* Where it branched off another run; a run resumed in its own directory has no parent. */
	const char *parent; /* that run's name; NULL = it began by itself */
	struct opt_double parent_iter; /* of its iterations, the last that counts here */
	/* How it learns; NULL and absent in old logs. */
	const char *optimizer; /* sgd, adam, adamw */
	struct opt_double momentum, b1, b2; /* those that it has */
	const char *weighting; /* of classes: none, balanced, by name */
	double *class_weights; /* [n_class_weights] of each class; empty where there are none */
	size_t n_class_weights;
	const char *sandbox; /* what the trainer is held by: "landlock 4, seccomp"; NULL: not told */
	const char *best_by; /* the figure by which an epoch is the best: metric.h; NULL: accuracy */
	const char *stop, *plateau; /* the rules that end it early, cut its rate, in words; NULL: none */
	/* Of a log that another program wrote; NULL: it is one of ours. */
	const char *format; /* by name: see import.h */
	const char *file;   /* the path of that log */
	const char *clock;  /* "none": it tells no times, and `t` only orders; NULL: it does */
	const char *unit;   /* of what `epoch` events count: "evaluation"; NULL: epochs */
	/* What it takes to train it again; NULL in old logs. */
	const char *settings; /* the experiment as a YAML with every default */
	const char *pictures; /* 16 hexadecimal digits: what was learnt from, names and bytes */
	const char *loaded;   /* ... the weights that it began with; NULL: none were, or it goes on */
	const char *again;    /* the name of the run that it trains again; NULL: none */
};

struct event_stage {
	int64_t stage; /* enum stage, written by name: load, replace, freeze, head, tune */
	int64_t state; /* enum stage_state */
	const char *in, *out;  /* a few words: what goes in, what came out */
	struct opt_double bytes_expected, bytes_found; /* of the weights file (load) */
};

struct event_layer {
	int64_t index;
	const char *kind;       /* Darknet's section name: convolutional, maxpool, … */
	const char *activation; /* leaky, relu, …; "" when it has none */
	int64_t in_w, in_h, in_c, out_w, out_h, out_c;
	int64_t size, stride, groups; /* 0 where meaningless */
	int64_t params;               /* learnable numbers: weights, biases, scales */
	bool batchnorm;
	int64_t origin;  /* enum origin */
	int64_t flops;   /* multiply-adds x 2, forward, one image */
};

struct event_layers {
	struct event_layer *layers;
	size_t n_layers;
	int64_t head; /* index of the replaced layer */
};

struct event_freeze {
	int64_t iter;     /* iterations completed when it took effect */
	int64_t cause;    /* enum cause */
	const char *frozen;     /* the whole frozen set from now on, as ranges */
	const char *was;        /* the whole set before */
	int64_t trainable; /* parameters that learn from now on */
};

struct event_lr {
	int64_t iter;
	int64_t cause;
	double value, was;
	const char *why; /* of a rule, one line; NULL: no more to say */
	struct opt_double factor; /* what the planned rate is multiplied by, to the last digit */
};

/* What the learning rate of each layer is multiplied by, from now on and before. Undoable. */
struct event_scale {
	int64_t iter; /* iterations completed when it took effect */
	int64_t cause;
	double *values; /* of every layer, those without weights included: 1 */
	size_t n_values;
	double *was;
	size_t n_was;
};

struct event_step {
	int64_t iter;  /* 1-based count of iterations of the run */
	int64_t epoch; /* 1-based */
	struct opt_double loss; /* nats per image, mean over the batch; may be NaN */
	struct opt_double lr;
	struct opt_double ips;  /* images per second over this iteration */
	struct opt_double wait; /* share of the iteration spent waiting for images, 0..1 */
};

/* Iterations one after the other that went by quicker than a screen shows them. */
struct event_steps {
	int64_t iter;  /* of the first */
	int64_t epoch; /* of all */
	double *loss;  /* [n_loss] one for each iteration */
	size_t n_loss;
	double *lr; /* [n_lr] as many, or one that holds for all, or none */
	size_t n_lr;
	struct opt_double ips, wait; /* over all of them */
};

struct event_score { /* of one pass over a split */
	struct opt_double loss; /* nats per image; may be NaN */
	struct opt_double acc;  /* share that is right */
	struct opt_double top5; /* share with the truth among the 5 likeliest; 1 for <= 5 classes */
	struct opt_double top2;
};

struct event_seconds {
	struct opt_double train, valid;
};

struct event_class {
	const char *name; /* NULL: as the run names it */
	int64_t n, tp, fp; /* validation images of this class, true positives, false positives */
};

/* One row of the confusion matrix: predicted counts for one true class; -n stands for n zeros. */
struct event_row {
	int64_t *counts;
	size_t n_counts;
};

/* A matrix of more classes is not logged: its line would be longer than a reader takes. */
#define EVENT_CONFUSION_MAX 2048

struct event_frozen {
	int64_t layer;
	const char *digest; /* 16 hexadecimal digits: xxh3 of weights, biases, scales, rolling
			     * statistics */
};

struct event_epoch {
	int64_t epoch; /* 1-based */
	const char *phase;
	int64_t iter;
	struct opt_double lr; /* at the end of the epoch */
	struct event_score train, valid; /* train: running averages during the epoch */
	struct event_seconds seconds;
	bool best; /* of those so far, by the run's figure (first of equals) */
	struct event_class *classes;
	size_t n_classes;
	struct event_row *confusion; /* [true][predicted] */
	size_t n_confusion;
	struct event_frozen *frozen;
	size_t n_frozen;
};

/* One layer with weights, at the end of an epoch. Sampled: the last iterations of the epoch. */
struct event_layer_stat {
	int64_t layer;
	struct opt_double weight_norm;  /* L2, of all numbers that can learn */
	struct opt_double update_ratio; /* norm of one update / weight_norm, mean of the sampled
					 * iterations; absent for a frozen layer */
	/* Of an image, mean of the sampled iterations; absent where nothing was computed: cached,
	 * below the lowest trainable layer. Backward with the update. */
	struct opt_double forward_ms, backward_ms;
};

struct event_stats { /* just before the `epoch` event */
	int64_t epoch;
	struct event_layer_stat *layers;
	size_t n_layers;
};

/* So many pictures of mistakes a reader remembers, the newest ones: a writer that has told more since
 * tells one again. */
#define EVENT_PICTURES_MAX 512

/* A validation picture that was taken for another class. */
struct event_mistake {
	const char *path;
	int64_t label, said;          /* the true class, the likeliest one */
	double prob_said, prob_label;
	const char *rgb; /* pixels as in thumbs; "" = as told before for that path, or none */
};

/* The worst of the validation just done, surest first; just before the `epoch` event. */
struct event_mistakes {
	int64_t epoch;
	int64_t w, h;
	struct event_mistake *images;
	size_t n_images;
};

struct event_thumb {
	int64_t id;    /* probe number, 0-based */
	int64_t label; /* true class */
	const char *path;
	const char *rgb; /* pixels (base64.h) of h*w*3, row-major */
};

struct event_thumbs {
	int64_t w, h;
	struct event_thumb *images;
	size_t n_images;
};

struct event_map { /* what one channel puts out, as a small picture */
	int64_t channel;
	double mean;
	const char *pixels; /* of h*w, row-major: 0 and less is 0, the channel's largest 255 */
};

struct event_trace { /* what a layer puts out for one picture */
	int64_t layer;
	double mean, sd; /* of all its values */
	double active;   /* share of them above 0 */
	int64_t w, h;    /* of the maps */
	struct event_map *maps; /* the channels of the highest mean, highest first */
	size_t n_maps;
	struct opt_double since; /* the epoch of the probe that told the maps; none are told here:
				  * nothing has changed (a frozen layer's) */
};

struct event_probe_image {
	int64_t id;
	double *probs; /* one per class */
	size_t n_probs;
	const char *cam; /* class activation map of the likeliest class: pixels of cam_h*cam_w,
			  * row-major, 0 lowest .. 255 highest; "" = none */
	struct event_trace *traces; /* ascending by layer: a layer for each stage worth a look */
	size_t n_traces;
};

struct event_probe {
	int64_t epoch; /* 0 = before training */
	int64_t cam_w, cam_h;
	struct event_probe_image *images;
	size_t n_images;
};

struct event_range_point { /* one iteration of a range test */
	double lr;
	double loss;   /* of its batch; may be infinite */
	double smooth; /* the mean of it and those before, weighted exponentially */
};

/* A learning-rate range test of the layers that learn, on the side: the run goes on as if it had not
 * been. While it runs without points; then with all. */
struct event_lr_range {
	int64_t iter; /* iterations of the run completed when it was made */
	int64_t cause;
	int64_t state;            /* enum range_state, written by name */
	int64_t done, iterations; /* of the test; it may end before the last */
	double from, to;          /* the rates that it goes through */
	const char *frozen;       /* the frozen layers, as ranges */
	struct opt_double lr;     /* the run's own */
	struct opt_double suggestion; /* when RANGE_FOUND */
	struct opt_double steepest, lowest; /* where the loss falls fastest, where it is lowest */
	const char *words; /* a sentence on what was found; "" while it runs */
	struct event_range_point *points;
	size_t n_points;
};

struct event_thaw_step {
	int64_t epoch;      /* 1-based number of the epoch at whose begin they thaw */
	const char *layers; /* ranges */
};

/* The layers that the plan will thaw in this phase, from now on. */
struct event_thaw {
	int64_t iter;
	int64_t cause;
	int64_t every; /* epochs from one block to the next; 0: none will thaw */
	struct event_thaw_step *steps; /* ascending by epoch */
	size_t n_steps;
};

struct event_checkpoint {
	int64_t epoch, iter;
	int64_t kind; /* enum checkpoint_kind */
	const char *path;   /* relative to the run directory */
	int64_t bytes;
	const char *sum; /* of its bytes: 16 hexadecimal digits, FNV-1a; NULL in old logs */
};

struct event_note {
	int64_t level; /* enum note_level */
	const char *text;
	struct opt_double iter; /* where it has one */
	/* Of a trainer that was killed for want of memory, bytes: what it had taken, and what there
	 * was. */
	struct opt_double peak, limit;
};

struct event_control {
	int64_t what; /* enum control_what */
	int64_t iter;
	int64_t cause;
	/* Of a pause after accidents, which waits for a decision: */
	const char *why;        /* what was seen, one line; NULL: any other control but a rule's */
	const char *undo;       /* what `undo` would take back; NULL: there is nothing */
	struct opt_double wait; /* seconds until the run ends where nobody watches; of a rule's end,
				 * until then where somebody does */
	/* Of a run that goes on, or back: whose weights best.weights are, 0 = there are none; and
	 * that epoch's figure, validation accuracy and loss. Absent in old logs. */
	struct opt_double best_epoch, best_score, best_acc, best_loss;
	/* Who has the controls now, and who had them; NULL: nobody, or any other control. */
	const char *who, *from;
};

/* The activation cache at the end of an epoch, before that epoch's own event. Layers 0..layer are
 * frozen; what the last of them puts out is kept for each picture and view. */
struct event_cache {
	int64_t epoch;
	int64_t layer;  /* -1: nothing is kept any more */
	int64_t images; /* whose output is kept, views counted one by one */
	int64_t memory_bytes, file_bytes;
	int64_t hits, misses;    /* of this epoch, validation too: looked for and found, or not */
	struct opt_double saved; /* share of the forward operations of this epoch, validation
				  * included, that need not be computed, 0..1 */
};

/* How far something is that is no iteration: when it begins, when it is done (`done` = `total`), and
 * seldom between. Where no total is known (`total` 0) its end is not told: what comes next tells. */
struct event_progress {
	int64_t what; /* enum progress_what */
	int64_t done, total; /* pictures; of a range test iterations */
	const char *waits; /* the command that takes effect after it, by name; NULL = none came */
};

/* What the trainer takes of the machine: at iteration boundaries, every few seconds at most; and
 * what the graphics card does that it computes on, whoever makes it do so. */
struct event_device {
	int64_t iter;
	struct opt_double cpu; /* since the last of these: processor seconds a second, 1 = one core */
	int64_t cores;         /* that it may use; 0 = not known */
	struct opt_double rss; /* resident memory now, bytes */
	int64_t peak_rss;      /* bytes */
	struct opt_double card_busy;   /* share of the last moment with something running, 0..1 */
	struct opt_double card_memory; /* in use, bytes */
	struct opt_double card_total;  /* its memory, bytes */
	struct opt_double celsius, watts;
	struct opt_double clock_mhz; /* of its processors */
};

/* A figure of the run that has no field of its own: by the name that who logged it gave it. */
struct event_metric {
	const char *name;
	int64_t iter; /* what it counts is the name's own affair: iterations, most often */
	struct opt_double epoch; /* where it is told; may be a fraction */
	double value; /* may be NaN */
};

/* A command that changed what is trained, as it was given; behind what it did. It took effect
 * between two iterations, when so many epochs had ended, in this phase; `epoch` is the epoch that was
 * being trained, or the last one (when it is `epochs`). */
struct event_command {
	int64_t iter;
	int64_t cause;
	int64_t phase; /* 0-based */
	int64_t epochs, epoch;
	const char *command; /* its name */
	const char *arg;     /* NULL: it takes none */
};

/* The first difference of a run that trains another again. */
struct event_parted {
	int64_t iter;
	const char *event;    /* the kind of event that differs */
	const char *what;     /* the figure, in words: "loss" */
	const char *was, *now; /* as the other run's log has it, and this one's */
	struct opt_double by; /* now - was, of numbers */
};

struct event_end {
	int64_t status; /* enum end_status */
	const char *reason;   /* one sentence */
	int64_t epochs, iters;
	struct opt_double seconds, best_acc, best_epoch;
	int64_t peak_rss; /* bytes */
	struct opt_double signal; /* the number of that which stopped it, if one did */
};

struct event {
	int64_t seq; /* 1-based, no gaps */
	int64_t t_ms;
	enum event_type type;
	union {
		struct event_run run;
		struct event_stage stage;
		struct event_layers layers;
		struct event_phase_plan phase;
		struct event_freeze freeze;
		struct event_lr lr;
		struct event_step step;
		struct event_steps steps;
		struct event_epoch epoch;
		struct event_thumbs thumbs;
		struct event_probe probe;
		struct event_checkpoint checkpoint;
		struct event_note note;
		struct event_control control;
		struct event_cache cache;
		struct event_end end;
		struct event_scale scale;
		struct event_stats stats;
		struct event_mistakes mistakes;
		struct event_lr_range lr_range;
		struct event_thaw thaw;
		struct event_progress progress;
		struct event_device device;
		struct event_metric metric;
		struct event_command command;
		struct event_parted parted;
	};
};

/* Append the event as one line, newline included. Members written by name must be in the range of
 * their enum. */
void event_encode(const struct event *ev, struct strbuf *out);

/* Decode one line (with or without its newline). The event owns what it points to. Members that are
 * written by name are within their enum, counts and amounts within the limits of record.h;
 * everything else may be any value of its type.
 * Errors:  ERR_FORMAT (e->at = byte offset in the line); *ev is then empty and needs no release. */
enum err event_decode(struct event *ev, const char *line, size_t len, struct errinfo *e);

void event_release(struct event *ev);

/* Iteration i of several, i < n_loss, as if it had been told alone. */
struct event_step event_steps_at(const struct event_steps *s, size_t i);

/* The field table of a kind of event: to list the format, and to copy and release one. */
const struct record *event_record(enum event_type type);
extern const struct record event_layer_record, event_class_record;

/* Names on the wire; static storage, "?" for a number outside the enum. */
const char *event_type_name(enum event_type type);
const char *event_type_help(enum event_type type); /* what it says, in a line */
const char *cause_name(int64_t cause);
const char *stage_name(int64_t stage); /* short: load, replace, freeze, head, tune */
const char *stage_title(int64_t stage); /* "Load pretrained model", … */
const char *end_status_name(int64_t status);
const char *control_name(int64_t what);
const char *note_level_name(int64_t level);
const char *origin_name(int64_t origin);
const char *range_state_name(int64_t state);
const char *checkpoint_kind_name(int64_t kind);
const char *progress_name(int64_t what);
const char *progress_title(int64_t what); /* a state: "validating", … */
const char *progress_after(int64_t what); /* what has ended then: "validation", … */

#endif
