/* Surgery on Darknet cfg files, and weights files checked against them.
 *
 * A cfg is kept as text (sections, options, comments), changed as text, and written as a normal cfg
 * that `darknet classifier predict` takes; what a layer costs in bytes is worked out from the text,
 * and graph_open() holds that against Darknet's own parse. Invariant: a weights file is never
 * handed to Darknet before its size has been accounted for to the byte.
 *
 * What becomes of the last layer. In place (cut = -1): the last layer with weights below softmax
 * gets filters= or output= n_classes and starts afresh as a plain linear layer: activation=linear,
 * no batch_normalize, whatever it had before (a leaky or relu head, as in extraction or SqueezeNet,
 * would cut off the class scores). Only avgpool, dropout, softmax and cost may stand above it.
 * Softmax loses tree=, temperature= and noloss=, which belonged to the old classes. With a cut,
 * layers 0..cut stay as they are and [convolutional] 1x1 linear, [avgpool], [softmax] follow. A
 * dropout goes right below the head; one that is there already gets the new probability. [net] gets
 * batch=, subdivisions=1 and the input size; its other settings, and every comment, stay. A comment
 * behind a section or a value, which Darknet would take for a part of it, moves to a line above.
 */
#ifndef THAW_ENGINE_MODEL_H
#define THAW_ENGINE_MODEL_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/warnings.h"
#include "thaw/engine/net.h"

#define MODEL_MAX_CLASSES 1000000
#define MODEL_CFG_MAX (4 << 20) /* bytes of a cfg */

struct head_spec {
	int n_classes; /* 2 or more */
	int cut; /* attach the new last layer after this layer; -1 = where the last layer was */
	int input_w, input_h; /* 0 = keep */
	double dropout;       /* probability of a [dropout] before the head, 0 = leave as it is */
	int batch;
};

struct head_report {
	int n_layers_before, n_layers_after;
	int head_before, head_after; /* index of the last layer with weights */
	int classes_before;
	char head_kind[32]; /* convolutional | connected */
};

/* Make model.cfg text from a classifier cfg: the last layer with weights before softmax gets
 * `n_classes` outputs (or, with a cut, everything above layer `cut` is dropped and a 1x1
 * convolution + avgpool + softmax is attached). Appends to `out`; on error *out and *report are
 * untouched. `report` may be NULL. Messages name the cfg and its line.
 * Errors: ERR_NOT_FOUND, ERR_FORMAT (line), ERR_VALUE (a detector, a recurrent net, a kind of layer
 * or a key that is not computed here, groups that do not fit, an input size with which trained
 * layers would not fit their weights, …). */
enum err model_replace_head(struct strbuf *out, struct head_report *report, const char *cfg,
			    const struct head_spec *spec, struct errinfo *e);

/* Add a warning for every key of `cfg` that no Darknet knows, with the nearest one that it does,
 * and for every key that a section has twice: "FILE:LINE: …". A cfg that cannot be read has
 * none. */
void model_warn(const char *cfg, struct warnings *w);

/* A cfg's adam=1 with its B1=, B2= and eps=, Darknet's defaults filled in: false when it has none.
 * Nothing in a cfg that says how to train is obeyed; who wants to tell of it asks here. */
struct model_adam {
	int line; /* of adam= */
	double b1, b2, eps;
};
bool model_asks_adam(const char *cfg, struct model_adam *out);

struct weights_layer {
	int index;
	const char *kind;
	uint64_t offset; /* of its first byte in the file; 0 when not loaded */
	uint64_t bytes;
	bool loaded;   /* false: initialised afresh (the head, and what the file does not reach) */
	bool constant; /* loaded, and every weight of it (biases aside) is `value` */
	float value;
};

struct weights_audit {
	uint64_t bytes_expected; /* header + every layer of the pretrained cfg */
	uint64_t bytes_found;
	int major, minor, revision;
	uint64_t seen;                /* images it was trained on; of no consequence here */
	bool partial;                 /* it ends between two layers, below the old head */
	int other_head; /* outputs of its last layer where the cfg has another number; else 0 */
	struct weights_layer *layers; /* those with weights, of the *model* cfg */
	int n_layers;
	int n_loaded, n_initialised;
};
void weights_audit_release(struct weights_audit *a);

/* Check `weights` against the pretrained `cfg` (size, header, finite values) and, when `net` is
 * given, load all layers below the new head into it. `net` was opened from model_replace_head()'s
 * text. Without a file (`weights` is "") every layer keeps its fresh values. A file that ends
 * between two layers (a "darknet partial", e.g. darknet53.conv.74) is accepted: the layers that it
 * does not reach keep theirs; audit->partial. So is one whose last layer has another number of
 * outputs than the cfg's, as that layer is replaced; audit->other_head. `net` and `audit` may be
 * NULL; without a net the audit lists the layers of `cfg`. On error the audit has its counts of
 * bytes, but no layers, and the net is as it was.
 * Errors: ERR_NOT_FOUND, ERR_MISMATCH (too short, too long: both figures, which layer), ERR_FORMAT
 * (not weights, or a negative variance: of another cfg), ERR_NONFINITE (e->at = byte offset). */
enum err model_load_base(struct net *net, const char *cfg, const char *weights,
			 struct weights_audit *audit, struct errinfo *e);

/* Load a complete weights file that belongs to the net's own cfg (a checkpoint). Errors as
 * above. */
enum err model_load_all(struct net *net, const char *weights, struct weights_audit *audit,
			struct errinfo *e);

/* The same from an open file, which is borrowed and called `name` in messages. */
enum err model_load_file(struct net *net, const char *name, int fd, struct weights_audit *audit,
			 struct errinfo *e);

#endif
