/* One network, three times: thaw's, Debian's libdarknet's and PyTorch's, with the same pictures.
 *
 * All three read the same cfg (five classes, made by the surgery that a run uses) and start from
 * the same weights, whose rolling statistics are those of the pictures; and the rig checks that a
 * peer's first losses are ours: that it does the same work.
 */
#ifndef THAW_TESTS_BENCH_RIG_H
#define THAW_TESTS_BENCH_RIG_H

#include "bench.h"

#include "thaw/engine/net.h"

#define RIG_CLASSES 5
#define CHECKED_STEPS 3
#define N_LOSSES (CHECKED_STEPS + 1)

struct network; /* Darknet's */

struct workload {
	const char *name;
	const char *cfg;
	int batch;
	int side; /* of the input; 0 = as the cfg says */
	/* Darknet's backward pass is wrong for it: the gradient by the input of a 1x1 convolution
	 * is overwritten, not added to, so that of two branches only one counts. Source: gemm()
	 * with BETA 0 in convolutional_layer.c backward_convolutional_layer(). */
	bool darknet_overwrites;
};

struct rig {
	const struct workload *load;
	struct net *net;
	struct network *stock; /* NULL unless asked for */
	struct torch *torch;
	int w, h, batch, *labels;
	float *x, *probs;
	uint64_t *key; /* [batch] of the pictures of this step; set by the caller */
	char *cfg, *weights; /* files: what all start from */
	enum batchnorm_mode batchnorm;
	/* x, where thaw's steps and evaluations take it from: on a card it may lie there already. */
	const float *fed;
	struct pictures *pictures; /* `fed` is its; NULL: the host's */
	/* Of the first steps, and evaluated after them: thaw's; the peers' must be the same. */
	double losses[N_LOSSES];
};

/* Batch-norm trains. Peers that are not installed or take no part are left out. */
void rig_open(struct rig *r, const struct bench *b, const struct workload *load, unsigned peers);
void rig_close(struct rig *r);

/* thaw and PyTorch start again from the first weights, nothing frozen, batch-norm in this mode, and
 * their first losses are compared. Darknet, whose batch-norm always trains, is left as it is. */
void rig_start(struct rig *r, enum batchnorm_mode mode);
bool rig_has_batchnorm(const struct rig *r);

/* The same for thaw alone, and nothing is compared. */
void rig_restart(struct rig *r, enum batchnorm_mode mode);
/* What rig_open() does for PyTorch before the first comparison: the network is open there, too. */
void rig_open_torch(struct rig *r, const struct bench *b);
double rig_rate(const struct rig *r); /* of a step */

/* thaw's loss of a training step, and evaluated. */
double rig_our_loss(struct rig *r);
double rig_our_evaluation(struct rig *r);

/* One whole training step of each, everything trains; seconds. */
double rig_our_step(void *rig);
double rig_stock_step(void *rig);
double rig_torch_step(void *rig);

/* One forward pass in evaluation mode over a batch; thaw's as net_set_frozen() has it. */
double rig_our_forward(void *rig);
double rig_stock_forward(void *rig);
double rig_torch_forward(void *rig);

/* Of thaw's: an epoch over this many pictures, each with a key of its own, base frozen and features
 * kept after the first, as rig_keep_features() has it; seconds. */
enum { RIG_HEAD_IMAGES = 500 };
void rig_keep_features(struct rig *r);
double rig_our_head(void *rig);

void rig_freeze(struct rig *r, const char *layers); /* "all", "base", "none" */

/* Threads that share the work of `run`: processor time of the process over that of the caller. */
int rig_threads(double (*run)(void *rig), struct rig *r);

#endif
