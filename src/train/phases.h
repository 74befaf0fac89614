/* What each phase means for the network at hand: its frozen set, its learning rate at an
 * iteration, its layers' factors.
 *
 * Invariant: a resolved phase leaves at least one parameter to learn.
 */
#ifndef THAW_TRAIN_PHASES_H
#define THAW_TRAIN_PHASES_H

#include "thaw/base/layerset.h"
#include "thaw/config/experiment.h"
#include "thaw/engine/net.h"

/* Learnable numbers in the layers that are not in `frozen`, and in all. */
int64_t phases_trainable(const struct net *net, const struct layerset *frozen);
int64_t phases_params(const struct net *net);

/* Is there a trainable layer with weights below the head? Then the phase fine-tunes. */
bool phases_tunes(const struct net *net, const struct layerset *frozen);

/* Shape:  frozen[x->n_phases]
 * Errors: ERR_VALUE with the setting's place: an unknown layer, or nothing left to learn. */
enum err phases_resolve(const struct experiment *x, const struct net *net, struct layerset *frozen,
			struct errinfo *e);

/* Refuse batches of one picture for layers that would normalise by its one value a channel
 * (batchnorm: train).
 * Shape:  frozen[x->n_phases]; n_train pictures, 0 when that is not known
 * Errors: ERR_VALUE with the setting's place. */
enum err phases_check_norm(const struct experiment *x, const struct net *net,
			   const struct layerset *frozen, size_t n_train, struct errinfo *e);

/* The learning rate of the 0-based iteration `iter` of a phase: the schedule in the middle of
 * that iteration, times `factor`. */
double phases_lr(const struct phase_config *p, double factor, int64_t iter,
		 int64_t iters_per_epoch);

/* Give every layer of `net` what its learning rate is multiplied by: what was set by hand (> 0),
 * else layer_decay^k, k weighted layers below the head.
 * Shape: by_hand[layers] */
void phases_set_scales(const struct phase_config *p, const double *by_hand, struct net *net);

#endif
