#include "phases.h"

#include "thaw/base/layer_scales.h"

#include <math.h>
#include <stdio.h>

int64_t phases_trainable(const struct net *net, const struct layerset *frozen)
{
	int64_t sum = 0;
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		if (!layerset_has(frozen, i))
			sum += (int64_t)info.n_params;
	}
	return sum;
}

int64_t phases_params(const struct net *net)
{
	struct layerset none;
	layerset_clear(&none, net_n_layers(net));
	return phases_trainable(net, &none);
}

bool phases_tunes(const struct net *net, const struct layerset *frozen)
{
	for (int i = 0; i < net_head(net); i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		if (info.n_params && !layerset_has(frozen, i))
			return true;
	}
	return false;
}

enum err phases_resolve(const struct experiment *x, const struct net *net, struct layerset *frozen,
			struct errinfo *e)
{
	for (size_t i = 0; i < x->n_phases; i++) {
		const struct phase_config *p = &x->phases[i];
		char key[48];
		snprintf(key, sizeof(key), "phases.%zu.freeze", i);
		struct errinfo why = {0};
		if (layerset_parse(&frozen[i], p->freeze, net_n_layers(net), net_head(net), &why))
			return err_set(e, ERR_VALUE, "%s: phase %s: freeze: %s",
				       experiment_where(x, key), p->name, why.msg);
		double scales[LAYERSET_MAX];
		snprintf(key, sizeof(key), "phases.%zu.lr_scale", i);
		if (layer_scales_parse(p->lr_scale, net_n_layers(net), net_head(net), scales, &why))
			return err_set(e, ERR_VALUE, "%s: phase %s: lr_scale: %s",
				       experiment_where(x, key), p->name, why.msg);
		snprintf(key, sizeof(key), "phases.%zu.freeze", i);
		if (phases_trainable(net, &frozen[i]) == 0)
			return err_set(
			    e, ERR_VALUE,
			    "%s: phase %s: freeze: '%s' leaves nothing to learn; the head is "
			    "layer %d, so 'base' freezes all below it",
			    experiment_where(x, key), p->name, p->freeze, net_head(net));
	}
	return ERR_OK;
}

/* The lowest layer that normalises, by the batch, one value a picture and channel; -1: none. */
static int single_norm(const struct phase_config *p, const struct net *net,
		       const struct layerset *frozen)
{
	int n = p->batchnorm == BATCHNORM_TRAIN ? net_n_layers(net) : 0;
	for (int i = 0; i < n; i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		if (info.batchnorm && info.out_w * info.out_h == 1 && !layerset_has(frozen, i))
			return i;
	}
	return -1;
}

enum err phases_check_norm(const struct experiment *x, const struct net *net,
			   const struct layerset *frozen, size_t n_train, struct errinfo *e)
{
	bool single = x->train.batch == 1;
	const char *key = single ? "train.batch" : experiment_source(x, NULL);
	for (size_t i = 0; i < x->n_phases; i++) {
		const char *phase = x->phases[i].name;
		int layer = single_norm(&x->phases[i], net, &frozen[i]);
		if (layer >= 0 && (single || n_train == 1))
			return err_set(e, ERR_VALUE,
				       "%s: %s: phase %s: batches of one picture, of which layer "
				       "%d would normalise a single value a channel, which has no "
				       "variance; make them of 2 or more, or set batchnorm: frozen "
				       "or folded, or freeze that layer",
				       experiment_where(x, key), key, phase, layer);
	}
	return ERR_OK;
}

double phases_lr(const struct phase_config *p, double factor, int64_t iter, int64_t iters_per_epoch)
{
	int64_t before = p->schedule_from * iters_per_epoch;
	int64_t last = /* asked for once more when the phase is over */
	    (p->schedule_from + p->epochs) * iters_per_epoch - 1;
	int64_t at = before + iter;
	double progress = ((double)(at < last ? at : last) + 0.5) / (double)iters_per_epoch;
	return phase_lr(p, p->lr * factor, progress);
}

void phases_set_scales(const struct phase_config *p, const double *by_hand, struct net *net)
{
	double scale = 1, planned[LAYERSET_MAX] = {0};
	layer_scales_parse(p->lr_scale, net_n_layers(net), net_head(net), planned, NULL);
	for (int i = net_n_layers(net) - 1; i >= 0; i--) {
		struct layer_info info;
		net_layer(net, i, &info);
		if (!info.has_weights)
			continue;
		if (i < net_head(net))
			scale *= p->layer_decay;
		net_set_lr_scale(net, i, by_hand[i] > 0   ? by_hand[i]
					 : planned[i] > 0 ? planned[i]
							  : scale);
	}
}
