/* Weights and momentum outside the network: snapshots in memory, and the bytes of a .state file. */
#include "net_core.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

struct saved_param {
	float *rest, *velocity; /* plain order; velocity NULL when the layer was frozen */
	size_t n;
};

struct net_snapshot {
	int n_layers;
	struct saved_param (*p)[LAYER_ARRAYS_MAX];
};

struct net_snapshot *net_snapshot_take(struct net *net, struct net_snapshot *s)
{
	if (!s) {
		s = xcalloc(1, sizeof(*s));
		s->n_layers = net->g->n;
		s->p = xcalloc((size_t)s->n_layers, sizeof(*s->p));
	}
	net_sync(net);
	for (int i = 0; i < s->n_layers; i++)
		for (int k = 0; k < net->params[i].n; k++) {
			struct param *p = &net->params[i].p[k];
			struct saved_param *to = &s->p[i][k];
			to->n = p->n_rest;
			if (!to->rest)
				to->rest = xcalloc(to->n, sizeof(*to->rest));
			memcpy(to->rest, p->rest, to->n * sizeof(*to->rest));
			if (!p->velocity) {
				free(to->velocity);
				to->velocity = NULL;
				continue;
			}
			if (!to->velocity)
				to->velocity = xcalloc(to->n, sizeof(*to->velocity));
			params_velocity(&net->params[i], p, to->velocity);
		}
	return s;
}

/* A layer that is frozen now keeps its bytes, whatever it held when the snapshot was taken. */
void net_snapshot_restore(struct net *net, const struct net_snapshot *s)
{
	net->bad_layer = -1; /* what the last step met is history */
	for (int i = 0; i < s->n_layers; i++) {
		struct params *ps = &net->params[i];
		if (layerset_has(&net->frozen, i))
			continue;
		for (int k = 0; k < ps->n; k++)
			memcpy(ps->p[k].rest, s->p[i][k].rest, s->p[i][k].n * sizeof(float));
		params_reload(ps);
		for (int k = 0; k < ps->n; k++)
			if (ps->p[k].velocity && s->p[i][k].velocity)
				params_set_velocity(ps, &ps->p[k], s->p[i][k].velocity);
	}
}

void net_snapshot_free(struct net_snapshot *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n_layers; i++)
		for (int k = 0; k < LAYER_ARRAYS_MAX; k++) {
			free(s->p[i][k].rest);
			free(s->p[i][k].velocity);
		}
	free(s->p);
	free(s);
}

/* ---- .state bytes: "THWV", version, layers; then per learned array: layer, role, count, floats
 * ---- */

struct state_header {
	char magic[4];
	uint32_t version, n_arrays;
};

struct array_header {
	uint32_t layer, role;
	uint64_t n;
};

void net_state_write(struct net *net, struct strbuf *out)
{
	struct state_header h = {"THWV", 1, 0};
	memcpy(h.magic, "THWV", 4);
	for (int i = 0; i < net->g->n; i++)
		for (int k = 0; k < net->params[i].n; k++)
			h.n_arrays += net->params[i].p[k].velocity != NULL;
	strbuf_add(out, &h, sizeof(h));
	for (int i = 0; i < net->g->n; i++)
		for (int k = 0; k < net->params[i].n; k++) {
			struct param *p = &net->params[i].p[k];
			if (!p->velocity)
				continue;
			struct array_header a = {(uint32_t)i, (uint32_t)p->role, p->n_rest};
			float *plain = xcalloc(p->n_rest, sizeof(*plain));
			params_velocity(&net->params[i], p, plain);
			strbuf_add(out, &a, sizeof(a));
			strbuf_add(out, plain, p->n_rest * sizeof(*plain));
			free(plain);
		}
}

static enum err read_array(struct net *net, const char **at, const char *end, struct errinfo *e)
{
	struct array_header a;
	if ((size_t)(end - *at) < sizeof(a))
		return err_set(e, ERR_FORMAT, "the state ends inside an array header");
	memcpy(&a, *at, sizeof(a));
	*at += sizeof(a);
	if (a.layer >= (uint32_t)net->g->n)
		return err_set(e, ERR_MISMATCH,
			       "the state has momentum for layer %u, the network has %d layers",
			       a.layer, net->g->n);
	struct param *p = params_get(&net->params[a.layer], (enum array_role)a.role);
	if (!p || !p->learned || p->n_rest != a.n)
		return err_set(e, ERR_MISMATCH,
			       "the state's momentum of layer %u does not fit the network",
			       a.layer);
	if ((size_t)(end - *at) / sizeof(float) < a.n)
		return err_set(e, ERR_FORMAT, "the state ends inside layer %u", a.layer);
	if (layerset_has(&net->frozen, (int)a.layer))
		return err_set(e, ERR_MISMATCH,
			       "the state has momentum for layer %u, which is frozen", a.layer);
	params_thaw(&net->params[a.layer]);
	float *plain = xcalloc(a.n, sizeof(*plain));
	memcpy(plain, *at, a.n * sizeof(*plain));
	params_set_velocity(&net->params[a.layer], p, plain);
	free(plain);
	*at += a.n * sizeof(float);
	return ERR_OK;
}

enum err net_state_read(struct net *net, const char *data, size_t len, struct errinfo *e)
{
	struct state_header h;
	if (len < sizeof(h) || memcmp(data, "THWV", 4) != 0)
		return err_set(e, ERR_FORMAT, "not a thaw state");
	memcpy(&h, data, sizeof(h));
	if (h.version != 1)
		return err_set(e, ERR_FORMAT, "state version %u, this program reads 1", h.version);
	const char *at = data + sizeof(h), *end = data + len;
	for (uint32_t i = 0; i < h.n_arrays; i++) {
		enum err r = read_array(net, &at, end, e);
		if (r)
			return r;
	}
	return ERR_OK;
}
