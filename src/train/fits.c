#include "fits.h"
#include "thaw/engine/device.h"

#include <stdio.h>

/* Beside a step's own memory: parameters with their moments, pictures, what libraries take. */
#define SHARE_FOR_STEPS 0.9

/* The largest batch of fewer than `most` pictures whose step takes at most `bytes`; 0: none. */
static int largest(struct net *net, int most, uint64_t bytes)
{
	int fits = 0, too_many = most;
	while (too_many - fits > 1) {
		int middle = fits + (too_many - fits) / 2;
		if (net_step_bytes(net, middle) <= bytes)
			fits = middle;
		else
			too_many = middle;
	}
	return fits;
}

static enum err check_phase(struct preflight *p, const struct phase_config *phase, uint64_t room,
			    uint64_t total, struct errinfo *e)
{
	int batch = p->x->train.batch, fits;
	uint64_t bytes = net_step_bytes(p->net, batch);
	if (bytes <= room)
		return ERR_OK;
	fits = largest(p->net, batch, room);
	char advice[80] = "not even one fits: make network.input smaller";
	if (fits)
		snprintf(advice, sizeof(advice), "%d is the most that fits", fits);
	return err_set(e, ERR_VALUE,
		       "%s: train.batch: a step of phase %s on %d pictures takes %.1f GB of the "
		       "card's memory, of whose %.1f GB %.1f can be had: %s",
		       experiment_where(p->x, "train.batch"), phase->name, batch,
		       (double)bytes / 1e9, (double)total / 1e9, (double)room / 1e9, advice);
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
