/* An experiment: everything a run needs, read from YAML, with every default filled in.
 *
 * The settings are one table (settings.h): path, type, limits, default, help. The YAML reader,
 * `--set`, the resolved experiment.yaml that a run writes, and the README's table all follow it. It
 * is not checked against a network or against files here, but for the syntax of every value. Paths:
 * a relative one is taken from the working directory if it exists there, else from the YAML file's
 * folder, and stored absolute, so that a resolved experiment means the same wherever it is read.
 * Ownership: strings belong to the experiment; none is NULL after experiment_read().
 */
#ifndef THAW_CONFIG_EXPERIMENT_H
#define THAW_CONFIG_EXPERIMENT_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPERIMENT_MAX_BYTES (256 * 1024) /* a larger file is not an experiment */
#define EXPERIMENT_MAX_PHASES 64

#define VALID_AUTO (-1.0) /* data.valid: the validation pictures of the source, else this share: */
#define VALID_AUTO_SHARE 0.2

enum schedule { SCHEDULE_CONSTANT, SCHEDULE_COSINE, SCHEDULE_STEP, SCHEDULE_POLY, SCHEDULE_N };
/* Batch-norm of trainable layers: rolling statistics kept, with scales and biases that learn;
 * statistics of each batch; or statistics and scales kept and the weights descended as if
 * batch-norm were folded into them (net.h tells why). */
enum batchnorm_mode { BATCHNORM_FROZEN, BATCHNORM_TRAIN, BATCHNORM_FOLDED, BATCHNORM_N };
enum head_init { HEAD_RANDOM, HEAD_RIDGE, HEAD_N };
/* What a card multiplies in; it sums in fp32, and keeps weights and statistics in fp32, always. */
enum precision { PRECISION_FP32, PRECISION_TF32, PRECISION_BF16, PRECISION_N };
/* When accidents (a loss that is NaN or absurd) do not cease: pause and ask, or end. */
enum on_accident { ON_ACCIDENT_PAUSE, ON_ACCIDENT_STOP, ON_ACCIDENT_N };
/* How weights follow their gradient (net.h): with momentum; Adam as Darknet's adam=1; with decay
 * apart from the gradient. */
enum optimizer { OPTIMIZER_SGD, OPTIMIZER_ADAM, OPTIMIZER_ADAMW, OPTIMIZER_N };
/* What ends when the stop rule has waited long enough: a phase is only left where one follows. */
enum stop_ends { STOP_ENDS_RUN, STOP_ENDS_PHASE, STOP_ENDS_N };
enum resize_mode { RESIZE_LETTERBOX, RESIZE_CROP, RESIZE_STRETCH, RESIZE_N };

struct until_config { /* what ends a phase once all of it is reached; 0 and "" = not asked for */
	double acc, loss, f1;
	char *recall; /* a map's text (class_weights.h) */
};

struct phase_config {
	char *name;
	char *freeze; /* layerset text: base, none, 0-13,15 */
	int epochs;
	double lr;
	enum schedule schedule;
	double lr_end;     /* cosine: final learning rate as a share of lr, default 0 */
	double step_scale; /* step: factor every step_epochs */
	int step_epochs;
	double power;       /* poly: lr * (1 - progress)^power, default 4 as Darknet */
	double warmup;      /* epochs of linear warm-up from 0; may be a fraction */
	double layer_decay; /* learning rate of layer i is multiplied by layer_decay^(head - i),
			     weighted layers counted only; 1 = the same everywhere */
	char *lr_scale;     /* layers' factors instead of that (layer_scales.h) */
	/* Of a schedule that goes over several phases: its epochs before this one, and all of them (0:
	 * up to this one's end). */
	int schedule_from, schedule_epochs;
	int thaw_every;     /* epochs from one frozen block that thaws to the next; 0 = none does */
	enum batchnorm_mode batchnorm;
	struct until_config until;
	int line; /* in the YAML, for messages; 0 when it did not come from one */
};

struct augment_config {
	bool flip;
	double crop;       /* >= 1: scale up to this, then cut a random window of the input size */
	/* (with RESIZE_CROP anywhere in the picture, the sides beyond its middle included) */
	double translate;  /* move by up to this share of each side; grey comes in */
	double aspect;     /* <= 1: random aspect ratio between aspect and 1/aspect */
	double angle;      /* degrees, +- */
	double hue;        /* +-, share of the colour circle, as Darknet */
	double saturation; /* <= 1: factor between s and 1/s, as Darknet */
	double exposure;   /* the same, of the value channel */
	double erase;      /* probability of blanking a random rectangle (2 - 20 % of the area) */
	int views;         /* augmented views per image, a fixed number; 0 = new every epoch */
};

struct experiment {
	char *path; /* the YAML file; "" when built by hand */
	char *name;
	struct {
		char *cfg, *weights;
		char *cut_text;       /* "" = where the last layer was */
		int cut;              /* attach the new last layer after this layer; -1 = none */
		int input_w, input_h; /* 0 = as the cfg says */
	} network;
	struct {
		enum head_init init;
		double ridge; /* regularisation, relative to the features' mean variance; 0 = chosen
			       * by cross-validation */
		double dropout; /* probability before the head, 0 = none */
	} head;
	struct {
		char *images;            /* a folder with one folder per class, or "" */
		char *valid_dir;         /* a second such folder, or "" */
		double valid;            /* else the share held out, stratified, or VALID_AUTO */
		char *darknet;           /* Darknet's .data file, or "" */
		char *idx;               /* a folder of idx files, or "" */
		char *names;             /* a file with the class names of `idx`, or "" */
		char *classes;           /* the classes used, by name or position; "" = all */
		int limit;               /* training pictures at most, stratified; 0 = all */
		enum resize_mode resize; /* letterbox is what `darknet classifier predict` does */
		double max_bad;          /* share of unreadable images that is tolerated, 0.1 */
		int probes;              /* images followed on screen, 12 */
		struct augment_config augment;
	} data;
	struct {
		int batch;
		uint64_t seed;
		enum optimizer optimizer;
		double momentum;    /* of SGD */
		double b1, b2, eps; /* of the others */
		double decay;
		double label_smoothing;
		char *class_weights; /* "" = none, "balanced", or a map's text (class_weights.h) */
		double clip;    /* of the norm of the whole gradient, see net.h; 0 = no limit */
		bool eval_flip; /* validation averages the picture and its mirror image */
		char *device;   /* auto, cpu, cuda or cuda:N: engine/device.h */
		enum precision precision; /* of a card's multiplications */
		int threads;              /* 0 = all cores; also of those that load pictures */
		uint64_t cache; /* activation cache budget, bytes */
		int keep;       /* epoch checkpoints kept, 0 = none but best and last */
		char *best; /* by which figure an epoch is the best: metric.h */
		double checkpoint_minutes; /* from one to the next inside an epoch, 0 = none */
		enum on_accident on_accident;
		double accident_wait; /* seconds that such a pause lasts while nobody watches */
		double rule_wait; /* seconds from a rule's word to its deed while somebody watches */
	} train;
	char *on_end; /* what to run when the run has ended (command_words.h); "" = nothing */
	struct { /* rules; patience 0 = none. Metrics: metric.h, or "best" = as train.best */
		int patience; /* epochs without a gain */
		double min_delta;
		char *metric;
		int after; /* epochs at a phase's begin that are not counted */
		enum stop_ends ends;
	} stop;
	struct {
		int patience;
		double factor, min_delta;
		char *metric;
		double min_lr;
		int cooldown; /* epochs after a cut that are not counted */
	} plateau;
	struct phase_config *phases;
	size_t n_phases;
	/* Where each setting stands in the YAML, for errors found later: experiment_where(). */
	struct positions *positions;
};

/* Read and validate. `sets` are "key.path=value" (e.g. "train.batch=8", "phases.0.lr=0.001",
 * "phases.head.epochs=2"), applied in their order over the file.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (not YAML), ERR_VALUE; msg is "FILE:LINE:COLUMN: what;
 * how to mend it", or
 *         "--set TEXT: what; …" when that is to blame; line and col are set for the former; *out is
 * untouched */
enum err experiment_read(struct experiment **out, const char *path, const char *const *sets,
			 size_t n_sets, struct errinfo *e);

/* The same of the file `name` of a folder (folder.h), which gives the folder of relative paths. */
enum err experiment_read_in(struct experiment **out, const struct folder *in, const char *name,
			    const char *const *sets, size_t n_sets, struct errinfo *e);

/* The same, from bytes in memory; `path` names them in messages and gives the folder of relative
 * paths. */
enum err experiment_parse(struct experiment **out, const char *path, const char *data, size_t len,
			  const char *const *sets, size_t n_sets, struct errinfo *e);
void experiment_free(struct experiment *x);

/* Append the experiment as YAML with every default written out; reading it gives an equal
 * experiment. */
void experiment_write(const struct experiment *x, struct strbuf *out);

/* "FILE:LINE:COLUMN" of a setting, e.g. "phases.0.freeze", or "--set TEXT" when that gave it; FILE
 * alone when it was not written. Static buffer, good until the next call. */
const char *experiment_where(const struct experiment *x, const char *key);

/* The setting that says where the pictures are, e.g. "data.images"; its path goes to *path (may be
 * NULL). */
const char *experiment_source(const struct experiment *x, const char **path);

int experiment_epochs(const struct experiment *x); /* all phases */
const char *schedule_name(enum schedule s);
const char *optimizer_name(enum optimizer o);
const char *batchnorm_name(enum batchnorm_mode m);
const char *resize_name(enum resize_mode m);
const char *head_init_name(enum head_init h);
const char *precision_name(enum precision p);

/* The epochs that a phase's schedule is made for. */
int phase_schedule_epochs(const struct phase_config *p);

/* The learning rate that a phase plans at `progress` epochs into its schedule (0 <= progress < those),
 * before any factor of layers. Warm-up is a straight line from 0 to the value that the schedule has
 * when it ends; the schedule itself counts from the phase's start. Source: Darknet network.c
 * get_current_rate() for step and poly. */
double phase_lr(const struct phase_config *p, double base_lr, double progress);

#endif
