/* The network: a Darknet graph whose computing is done by kernels of our own choosing.
 *
 * Darknet parses the cfg, owns the layers and reads and writes the weights files; no Darknet type
 * leaves this room. While a layer trains, its kernel holds the master copy of its weights; they are
 * written back to Darknet's arrays before anything reads those (save, digest, freeze).
 *
 * Invariants: not one byte of a frozen layer's weights, biases, scales, rolling mean or rolling
 * variance changes, whatever is called between; for a given thread count, the same calls give the
 * same bits. On one instruction set a prediction, its features, maps and traces are a function of
 * the picture and the weights alone: neither the other pictures nor their number, neither the
 * number of threads nor what is frozen or kept changes a bit of them.
 */
#ifndef THAW_ENGINE_NET_H
#define THAW_ENGINE_NET_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/base/layerset.h"
#include "thaw/base/strbuf.h"
#include "thaw/config/experiment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net;

struct layer_info {
	int index;
	const char *kind;       /* Darknet's section name; static */
	const char *activation; /* "" when it has none; static */
	int in_w, in_h, in_c, out_w, out_h, out_c;
	int size, stride, groups; /* 0 where meaningless */
	size_t n_params;          /* learnable numbers: weights, biases, scales */
	size_t weight_bytes;      /* in a weights file, rolling statistics included */
	bool has_weights, batchnorm;
	int64_t flops; /* multiply-adds x 2, forward, one image */
};

/* Parse `cfg` (a plain classifier), to be computed on `threads` threads (0 = all cores). Weights
 * are initialised at random from `seed`.
 * Errors: ERR_NOT_FOUND, ERR_FORMAT, ERR_VALUE (not a classifier, unknown section, …). */
enum err net_open(struct net **out, const char *cfg, int threads, uint64_t seed, struct errinfo *e);

/* The same from the text of a cfg; messages name it `name`, e.g. the cfg that it was made from. */
enum err net_open_text(struct net **out, const char *name, const struct strbuf *text, int threads,
		       uint64_t seed, struct errinfo *e);

/* The same for weights that are then loaded whole: until then they are 0. */
enum err net_open_empty(struct net **out, const char *name, const struct strbuf *text, int threads,
			struct errinfo *e);
void net_free(struct net *net);

int net_n_layers(const struct net *net);
void net_layer(const struct net *net, int i, struct layer_info *out);
int net_head(const struct net *net); /* the last layer with weights */
int net_classes(const struct net *net);
void net_input(const struct net *net, int *w, int *h, int *c);
const char *net_device(const struct net *net); /* e.g. "cpu (avx512_core)"; static */
int net_threads(const struct net *net);

/* Batch-norm multiplies each channel by a = scale / sqrt(variance). Descending in W moves the
 * product a W, which is what the network computes with, by a^2 times the rate: 6,400 times where a
 * is 80, as in Tiny Darknet's last layers, whose fine-tuning explodes for that reason.
 * BATCHNORM_FOLDED descends in a W itself, at the same rate for every channel, and keeps scales and
 * statistics; biases learn. The saved layer is an ordinary batch-norm layer. Clipping measures the
 * gradient in which it descends: in a W, not in W.
 *
 * BATCHNORM_TRAIN normalises by the batch. Where a channel has but one value in it (one picture, a
 * map of 1x1), which has no variance, the layer takes that batch as BATCHNORM_FROZEN does.
 *
 * Frozen layers and how batch-norm behaves in the trainable ones. Takes effect at the next step;
 * moments of layers that become frozen are dropped. Layers without weights obey too: a frozen
 * dropout is off. */
void net_set_frozen(struct net *net, const struct layerset *frozen);
void net_set_batchnorm(struct net *net, enum batchnorm_mode mode);
const struct layerset *net_frozen(const struct net *net);
int64_t net_trainable_params(const struct net *net);

/* Learning-rate factor of one layer, 1 by default (on top of the cfg's own learning_rate=). */
void net_set_lr_scale(struct net *net, int layer, double scale);
double net_lr_scale(const struct net *net, int layer);

/* Keep the output of the frozen layers for each picture key: `budget_bytes` in memory, then in a
 * file without a name in the folder
 * `in` (copied; may be NULL: none). Results are the same to the bit. A key must stand for the same
 * pixels for as long as the net lives. */
void net_set_cache(struct net *net, uint64_t budget_bytes, const struct folder *in);

struct net_cache_info {
	int layer; /* whose output is kept; -1: nothing is */
	/* Since the frozen set last changed. */
	uint64_t images, memory_bytes, file_bytes, hits, misses;
};
void net_cache_info(const struct net *net, struct net_cache_info *out);
/* Whether all of these keys are kept, so that the next call that is given them will not look at
 * their pixels: true until the frozen set or the weights change. May be asked from any thread; only
 * the net's own can tell that nothing changes meanwhile. */
bool net_cached(const struct net *net, const uint64_t *key, int n);

/* Pictures for a network. */
struct net_images {
	const float *x;      /* [n][c][h][w], planar, values in [0, 1] */
	bool on_device;      /* x is the device's memory (pictures.h), not the host's */
	const uint64_t *key; /* [n] identity of the pixels, or NULL: no activation cache */
	int n;
};

struct step {
	const float *x;      /* as in struct net_images */
	bool x_on_device;
	const int *labels;   /* [n] */
	const uint64_t *key; /* [n] identity of the pixels, or NULL: no activation cache */
	int n;               /* 1 or more */
	double lr, decay;
	enum optimizer optimizer;
	double momentum;        /* of OPTIMIZER_SGD */
	double b1, b2, eps;     /* of the others */
	double label_smoothing; /* truth = (1 - s) + s / classes, the others s / classes */
	const float *class_weights; /* [classes], of the pictures of each; NULL: 1 each */
	double clip;            /* scale the whole gradient down to at most this norm; 0: no */
	uint64_t dropout_key;   /* rng_key(seed, RNG_DROPOUT, epoch, iteration) */
};

struct step_result {
	/* Cross-entropy against the hard label, nats per image, mean over the batch: neither
	 * smoothed nor weighted, so that it compares with a validation loss. */
	double loss;
	int n_correct;
	int n_top5;
	double gradient_norm; /* before clipping; 0 when not measured (no clip) */
	bool finite;          /* false: nothing was updated */
};

/* Memory that a step on n pictures takes of the device beside the parameters, as the net is now. */
uint64_t net_step_bytes(struct net *net, int n);

/* One iteration: forward, loss, backward down to the lowest trainable layer, update. The gradient
 * is that of sum(w[label] ce) / n over the n images, ce being the (smoothed) cross-entropy and w
 * the class weights: it is divided by n, as Keras does with its class_weight, not by the weights'
 * sum, as PyTorch does, so that a picture counts the same whatever stands beside it in the batch.
 *
 * sgd follows Darknet: momentum, decay on weights only. adam is Darknet's adam=1 (B1, B2, eps):
 * decay is added to the gradient, of biases and scales too; eps is compared with the gradient
 * summed over the batch. adamw decays apart from the gradient, weights only, and eps is compared
 * with the mean gradient, as PyTorch's. Moments and their count of updates are each layer's own
 * and begin anew when it is thawed, when another optimiser begins, and (adam, adamw) when
 * BATCHNORM_FOLDED begins or ends; BATCHNORM_FOLDED is descent in the folded weights with each of
 * them. params.h has the formulas. With `finite` false (NaN or infinite loss) no weight has been
 * changed by this call.
 * Source: Darknet network.c train_network_datum(), convolutional_layer.c
 * update_convolutional_layer(), blas_kernels.cu adam_update_gpu(); Keras fit(class_weight=). */
void net_step(struct net *net, const struct step *s, struct step_result *r);

/* net_step() in three, for who sums gradients over several networks between the first and the last:
 * what is computed from these pictures, changing no parameter; a look at every gradient, from the
 * last layer down, those of frozen layers left out; clipping, moments, decay, rolling statistics.
 * `gradient` is in the memory of net_device(), in an order that networks of one cfg, frozen set and
 * device share, and may be changed. They are gone when the frozen set or batch-norm's mode changes,
 * and there are none without `finite`: net_update() does nothing then. */
void net_forward_backward(struct net *net, const struct step *s, struct step_result *r);
void net_gradients(struct net *net,
		   void (*visit)(void *arg, int layer, float *gradient, size_t n), void *arg);
void net_update(struct net *net, const struct step *s, struct step_result *r);

/* The first layer whose last output, else whose weights, hold a NaN or an infinity; -1 when none
 * does. `*what` is "output" or "weights" (static). */
int net_nonfinite_layer(struct net *net, const char **what);

/* Class probabilities in evaluation mode (inference batch-norm, no dropout), any n.
 * Shape:  probs[n][classes] */
void net_predict(struct net *net, const struct net_images *in, float *probs);

/* The head's input, averaged over space: what a linear head sees.
 * Shape:  features[n][net_feature_dim()] */
int net_feature_dim(const struct net *net);
void net_features(struct net *net, const struct net_images *in, float *features);

/* Set the head: w[classes][feature_dim], b[classes]. Errors: ERR_VALUE when the head is not a 1x1
 * linear layer. */
enum err net_set_head(struct net *net, const float *w, const float *b, struct errinfo *e);

/* Class activation map of picture i of the last net_look() for class c: the head's own map before
 * it is averaged.
 * Shape: map[*h][*w] (at most 64x64); returns false when the head keeps no map. */
bool net_activation_map(struct net *net, int i, int c, float *map, int *w, int *h);

/* Average a map down (or repeat it up) to another size.
 * Shape: map[h][w]; out[out_h][out_w] */
void net_map_resize(const float *map, int w, int h, float *out, int out_w, int out_h);

/* What one layer put out for one picture. */
#define NET_TRACES 3   /* the last frozen layer, the last that learns below the head, the head */
#define NET_MAPS 4
#define NET_MAP_SIDE 12
struct net_map {
	int channel;
	double mean;
	uint8_t pixels[NET_MAP_SIDE * NET_MAP_SIDE]; /* [h][w]; 0 and less is 0, its largest 255 */
};
struct net_trace {
	int layer;
	double mean, sd, active; /* of all values; active: share of them above 0 */
	int w, h, n_maps;        /* no maps where the output is a single pixel */
	struct net_map maps[NET_MAPS]; /* the channels of the highest mean, highest first */
};

/* As net_predict() of the host's x, without keys, and look at the layers worth it on the way. The layers are those
 * that there are, ascending, the same for all pictures; returns how many.
 * Shape: x[n][c][h][w]; probs[n][classes]; traces[n][NET_TRACES] */
int net_look(struct net *net, const float *x, int n, float *probs, struct net_trace *traces);

/* xxh3 of a layer's weights, biases, scales, rolling mean and rolling variance, in that order; 0
 * when it has none. */
uint64_t net_digest(struct net *net, int layer);

/* Norms for a screen: of the numbers that can learn, of their last update; 0 when frozen. The
 * latter alone costs nothing. */
void net_norms(struct net *net, int layer, double *weight_norm, double *update_norm);
double net_update_norm(const struct net *net, int layer);

/* Where the time goes: seconds summed since net_profile_start(), which costs a reading of the clock
 * a layer and pass. A layer's batch-norm and activation count as its own. */
struct layer_time {
	double forward_s, backward_s, update_s;
};
void net_profile_start(struct net *net); /* begin, or begin again */
void net_profile_stop(struct net *net);
bool net_profile(const struct net *net, int layer, struct layer_time *t); /* false when not begun */

/* Weights and moments in memory, for going back. Opaque; free with net_snapshot_free(). */
struct net_snapshot;
struct net_snapshot *net_snapshot_take(struct net *net, struct net_snapshot *reuse);
void net_snapshot_restore(struct net *net, const struct net_snapshot *s);
void net_snapshot_free(struct net_snapshot *s);

/* Append the bytes of a Darknet .weights file (header 0.2.0, `seen` images). */
void net_weights_write(struct net *net, uint64_t seen, struct strbuf *out);
/* Write a Darknet .weights file atomically (header 0.2.0, `seen` images). Errors: ERR_IO. */
enum err net_save(struct net *net, const char *path, uint64_t seen, struct errinfo *e);

/* Moments of every layer, as bytes, for a .state file; loading checks sizes. Errors: ERR_FORMAT,
 * ERR_MISMATCH. */
void net_state_write(struct net *net, struct strbuf *out);
enum err net_state_read(struct net *net, const char *data, size_t len, struct errinfo *e);

#endif
