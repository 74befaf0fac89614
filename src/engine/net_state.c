/* Weights and moments outside the network: snapshots in memory, and the bytes of a .state file. */
#include "net_core.h"

#include "thaw/base/alloc.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct saved_param {
	float *rest, *moment[MOMENTS]; /* plain order; a moment is NULL when there was none */
	size_t n;
};

struct net_snapshot {
	int n_layers;
	struct saved_param (*p)[LAYER_ARRAYS_MAX];
	int64_t *n_updates; /* [n_layers] */
};

static void take_moment(const struct params *ps, const struct param *p, enum moment m,
			struct saved_param *to)
{
	if (!p->moment[m]) {
		free(to->moment[m]);
		to->moment[m] = NULL;
		return;
	}
	if (!to->moment[m])
		to->moment[m] = xcalloc(to->n, sizeof(*to->moment[m]));
	params_moment(ps, p, m, to->moment[m]);
}

static void take_layer(const struct params *ps, struct saved_param *out)
{
	for (int k = 0; k < ps->n; k++) {
		const struct param *p = &ps->p[k];
		struct saved_param *to = &out[k];
		to->n = p->n_rest;
		if (!to->rest)
			to->rest = xcalloc(to->n, sizeof(*to->rest));
		memcpy(to->rest, p->rest, to->n * sizeof(*to->rest));
		for (int m = 0; m < MOMENTS; m++)
			take_moment(ps, p, (enum moment)m, to);
	}
}

struct net_snapshot *net_snapshot_take(struct net *net, struct net_snapshot *s)
{
	if (!s) {
		s = xcalloc(1, sizeof(*s));
		s->n_layers = net->g->n;
		s->p = xcalloc((size_t)s->n_layers, sizeof(*s->p));
		s->n_updates = xcalloc((size_t)s->n_layers, sizeof(*s->n_updates));
	}
	net_sync(net);
	for (int i = 0; i < s->n_layers; i++) {
		take_layer(&net->params[i], s->p[i]);
		s->n_updates[i] = net->params[i].n_updates;
	}
	return s;
}

static void restore_layer(struct params *ps, const struct saved_param *from, int64_t n_updates)
{
	for (int k = 0; k < ps->n; k++)
		memcpy(ps->p[k].rest, from[k].rest, from[k].n * sizeof(float));
	params_reload(ps);
	if (!ps->training)
		return;
	for (int k = 0; k < ps->n; k++)
		for (int m = 0; ps->p[k].learned && m < MOMENTS; m++)
			if (from[k].moment[m])
				params_set_moment(ps, &ps->p[k], (enum moment)m, from[k].moment[m]);
	ps->n_updates = n_updates;
}

/* A layer that is frozen now keeps its bytes, whatever it held when the snapshot was taken. */
void net_snapshot_restore(struct net *net, const struct net_snapshot *s)
{
	net->bad_layer = -1; /* what the last step met is history */
	for (int i = 0; i < s->n_layers; i++)
		if (!layerset_has(&net->frozen, i))
			restore_layer(&net->params[i], s->p[i], s->n_updates[i]);
}

void net_snapshot_free(struct net_snapshot *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n_layers; i++)
		for (int k = 0; k < LAYER_ARRAYS_MAX; k++) {
			free(s->p[i][k].rest);
			for (int m = 0; m < MOMENTS; m++)
				free(s->p[i][k].moment[m]);
		}
	free(s->p);
	free(s->n_updates);
	free(s);
}

/* ---- .state bytes: "THWV", version, arrays; then of each moment of a learned array a header and its
 * floats. Version 1 had first moments alone, and nothing behind `n`. ---- */

#define STATE_VERSION 2

struct state_header {
	char magic[4];
	uint32_t version, n_arrays;
};

struct array_header {
	uint32_t layer, role;
	uint64_t n;
	uint64_t moment;
	int64_t n_updates; /* of the layer */
};
#define ARRAY_HEADER_1 offsetof(struct array_header, moment)

static uint32_t n_moments(const struct net *net)
{
	uint32_t n = 0;
	for (int i = 0; i < net->g->n; i++)
		for (int k = 0; k < net->params[i].n; k++)
			for (int m = 0; m < MOMENTS; m++)
				n += net->params[i].p[k].moment[m] != NULL;
	return n;
}

static void write_array(const struct params *ps, const struct param *p, int layer, enum moment m,
			struct strbuf *out)
{
	struct array_header a = {(uint32_t)layer, (uint32_t)p->role, p->n_rest, (uint64_t)m,
				 ps->n_updates};
	float *plain = xcalloc(p->n_rest, sizeof(*plain));
	params_moment(ps, p, m, plain);
	strbuf_add(out, &a, sizeof(a));
	strbuf_add(out, plain, p->n_rest * sizeof(*plain));
	free(plain);
}

void net_state_write(struct net *net, struct strbuf *out)
{
	struct state_header h = {"THWV", STATE_VERSION, n_moments(net)};
	memcpy(h.magic, "THWV", 4);
	strbuf_add(out, &h, sizeof(h));
	for (int i = 0; i < net->g->n; i++)
		for (int k = 0; k < net->params[i].n; k++)
			for (int m = 0; m < MOMENTS; m++)
				if (net->params[i].p[k].moment[m])
					write_array(&net->params[i], &net->params[i].p[k], i,
						    (enum moment)m, out);
}

/* What is left of the bytes. */
struct reading {
	const char *at, *end;
	size_t header; /* bytes of an array's */
};

static enum err read_header(const struct net *net, struct reading *r, struct array_header *a,
			    struct errinfo *e)
{
	*a = (struct array_header){0};
	if ((size_t)(r->end - r->at) < r->header)
		return err_set(e, ERR_FORMAT, "the state ends inside an array header");
	memcpy(a, r->at, r->header);
	r->at += r->header;
	if (a->layer >= (uint32_t)net->g->n)
		return err_set(e, ERR_MISMATCH,
			       "the state has momentum for layer %u, the network has %d layers",
			       a->layer, net->g->n);
	if (a->moment >= MOMENTS || a->n_updates < 0)
		return err_set(e, ERR_FORMAT, "the state's momentum of layer %u is of no kind",
			       a->layer);
	return ERR_OK;
}

static enum err read_array(struct net *net, struct reading *r, struct errinfo *e)
{
	struct array_header a;
	enum err err = read_header(net, r, &a, e);
	if (err)
		return err;
	struct params *ps = &net->params[a.layer];
	struct param *p = params_get(ps, (enum array_role)a.role);
	if (!p || !p->learned || p->n_rest != a.n)
		return err_set(e, ERR_MISMATCH,
			       "the state's momentum of layer %u does not fit the network",
			       a.layer);
	if ((size_t)(r->end - r->at) / sizeof(float) < a.n)
		return err_set(e, ERR_FORMAT, "the state ends inside layer %u", a.layer);
	if (layerset_has(&net->frozen, (int)a.layer))
		return err_set(e, ERR_MISMATCH,
			       "the state has momentum for layer %u, which is frozen", a.layer);
	params_thaw(ps);
	float *plain = xcalloc(a.n, sizeof(*plain));
	memcpy(plain, r->at, a.n * sizeof(*plain));
	params_set_moment(ps, p, (enum moment)a.moment, plain);
	ps->n_updates = a.n_updates;
	free(plain);
	r->at += a.n * sizeof(float);
	return ERR_OK;
}

enum err net_state_read(struct net *net, const char *data, size_t len, struct errinfo *e)
{
	struct state_header h;
	if (len < sizeof(h) || memcmp(data, "THWV", 4) != 0)
		return err_set(e, ERR_FORMAT, "not a thaw state");
	memcpy(&h, data, sizeof(h));
	if (h.version < 1 || h.version > STATE_VERSION)
		return err_set(e, ERR_FORMAT, "state version %u, this program reads 1 to %d",
			       h.version, STATE_VERSION);
	struct reading r = {data + sizeof(h), data + len,
			    h.version == 1 ? ARRAY_HEADER_1 : sizeof(struct array_header)};
	for (uint32_t i = 0; i < h.n_arrays; i++) {
		enum err err = read_array(net, &r, e);
		if (err)
			return err;
	}
	return ERR_OK;
}
