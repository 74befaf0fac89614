/* What a cfg means: every layer's kind, shape and weights, worked out from the text alone.
 *
 * Darknet trusts a cfg: it reads numbers with atoi(), indexes layers without looking, and divides
 * by what it read. So the text is checked here first, and Darknet is given a canonical copy
 * (shape_write()) of what was understood. The arithmetic mirrors parser.c and the make_*_layer()
 * functions, integer for integer; graph_open() compares the two. Invariant: no number of a shape
 * overflows an int, and every index points below its layer.
 */
#ifndef THAW_ENGINE_MODEL_SHAPE_H
#define THAW_ENGINE_MODEL_SHAPE_H

#include "model_cfg.h"
#include "thaw/base/warnings.h"

#include <stdint.h>

/* clang-format off */
enum kind {
	KIND_CONVOLUTIONAL, KIND_CONNECTED, KIND_LOCAL, KIND_BATCHNORM, KIND_MAXPOOL, KIND_AVGPOOL,
	KIND_SOFTMAX, KIND_DROPOUT, KIND_CROP, KIND_COST, KIND_ROUTE, KIND_SHORTCUT,
	KIND_NORMALIZATION, KIND_ACTIVATION, KIND_REORG, KIND_UPSAMPLE, KIND_LOGISTIC, KIND_L2NORM,
	KIND_N
};

/* Whole-number options, of any kind. */
enum opt {
	OPT_FILTERS, OPT_OUTPUT, OPT_SIZE, OPT_STRIDE, OPT_PAD, OPT_PADDING, OPT_GROUPS,
	OPT_BATCH_NORMALIZE, OPT_CROP_HEIGHT, OPT_CROP_WIDTH, OPT_REVERSE, OPT_FLATTEN, OPT_EXTRA,
	OPT_SPATIAL, OPT_N
};
/* clang-format on */

struct shape_layer {
	enum kind kind;
	int line; /* of its section */
	int opt[OPT_N];
	int in_w, in_h, in_c, inputs; /* w = h = c = 0: a plain vector */
	int out_w, out_h, out_c, outputs;
	int *from; /* route, shortcut: absolute indices */
	int n_from;
	/* The weights file, in floats. Convolutional and local: biases, statistics, weights;
	 * connected: biases, weights, statistics; batchnorm: statistics alone. Statistics: scales,
	 * means, variances. */
	int64_t n_weights, n_biases, n_statistics;
};

struct shape {
	int w, h, c; /* of the input image */
	struct shape_layer *layers;
	int n;
	int head;    /* the last layer with weights, -1 = none */
	int softmax; /* the last softmax, -1 = none */
	int outputs; /* of the network: of the last layer that is not a cost */
};

/* Errors: ERR_FORMAT (unknown section, a value that is not a number), ERR_VALUE (out of range,
 * indices, shapes that do not fit, a kind of layer that is not trained here); e->line. On error
 * *out is empty. */
enum err shape_build(struct shape *out, const struct cfg *c, struct errinfo *e);
void shape_release(struct shape *s);

/* Append a cfg of batch 1 with just the options that were understood, for Darknet to parse. */
void shape_write(const struct shape *s, const struct cfg *c, struct strbuf *out);

/* Add a warning, with its line, for every key that no Darknet knows and for every second of two
 * equal ones. */
void shape_warn(const struct cfg *c, struct warnings *w);

const char *kind_name(enum kind k); /* Darknet's section name; static */
bool kind_trains(enum kind k);      /* false: it is understood, and there is no kernel for it */
uint64_t shape_weight_bytes(const struct shape_layer *l);

#endif
