#include "fits.h"
#include "thaw/engine/device.h"

#include <stdint.h>
#include <stdio.h>

/* Beside a step's own memory: parameters with their moments, pictures, what libraries take. */
#define SHARE_FOR_STEPS 0.9

/* Numbers of a layer's output are counted in 32 bits. */
static bool countable(const struct net *net, int n)
{
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_info l;
		net_layer(net, i, &l);
		if ((double)l.out_w * l.out_h * l.out_c * n > INT32_MAX ||
		    (double)l.in_w * l.in_h * l.in_c * n > INT32_MAX)
			return false;
	}
	return true;
}

static bool fits(struct net *net, int n, uint64_t bytes)
{
	return countable(net, n) && net_step_bytes(net, n) <= bytes;
}

/* The largest batch of fewer than `most` pictures that fits; 0: none. */
static int largest(struct net *net, int most, uint64_t bytes)
{
	int well = 0, too_many = most;
	while (too_many - well > 1) {
		int middle = well + (too_many - well) / 2;
		if (fits(net, middle, bytes))
			well = middle;
		else
			too_many = middle;
	}
	return well;
}

static enum err check_phase(struct preflight *p, const struct phase_config *phase, uint64_t room,
			    uint64_t total, struct errinfo *e)
{
	int batch = p->x->train.batch;
	if (fits(p->net, batch, room))
		return ERR_OK;
	int most = largest(p->net, batch, room);
	char advice[80] = "not even one fits: make network.input smaller",
	     takes[80] = "more numbers than the card's libraries count";
	if (most)
		snprintf(advice, sizeof(advice), "%d is the most that fits", most);
	if (countable(p->net, batch))
		snprintf(takes, sizeof(takes), "%.1f GB of the card",
			 (double)net_step_bytes(p->net, batch) / 1e9);
	return err_set(e, ERR_VALUE,
		       "%s: train.batch: a step of phase %s on %d pictures takes %s, of whose %.1f "
		       "GB of memory %.1f can be had: %s",
		       experiment_where(p->x, "train.batch"), phase->name, batch, takes,
		       (double)total / 1e9, (double)room / 1e9, advice);
}

enum err fits_check(struct preflight *p, struct errinfo *e)
{
	uint64_t rest, total;
	enum err r = ERR_OK;
	if (!device_memory(&rest, &total))
		return ERR_OK;
	struct layerset before = *net_frozen(p->net);
	uint64_t room = (uint64_t)((double)rest * SHARE_FOR_STEPS);
	for (size_t i = 0; !r && i < p->x->n_phases; i++) {
		net_set_frozen(p->net, &p->thawed[i]);
		net_set_batchnorm(p->net, p->x->phases[i].batchnorm);
		r = check_phase(p, &p->x->phases[i], room, total, e);
	}
	net_set_frozen(p->net, &before);
	return r;
}
