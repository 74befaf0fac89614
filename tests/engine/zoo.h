/* A network of every kind of layer on a card, and what is done with it in whole runs. */
#ifndef THAW_TESTS_ENGINE_ZOO_H
#define THAW_TESTS_ENGINE_ZOO_H

#include "pair.h"

#define DENSE(extra, n, act) "[connected]\n" extra "output=" #n "\nactivation=" act "\n\n"
#define ENDS DENSE("", 5, "linear") "[softmax]\ngroups=1\n"

/* Every kind of layer that a card computes, but for [crop]. */
#define ZOO                                                                                        \
	CONV(16, 3, 1, BN, "leaky")                                                                \
	CONV(16, 3, 1, "groups=4\n" BN, "relu")                                                    \
	"[shortcut]\nfrom=-2\nactivation=leaky\n\n"                                                \
	"[maxpool]\nsize=2\nstride=2\n\n" CONV(                                                    \
	    24, 3, 1, "",                                                                          \
	    "elu") "[batchnorm]\n\n"                                                               \
		   "[route]\nlayers=-1,-2\n\n"                                                     \
		   "[dropout]\nprobability=.3\n\n" CONV(                                           \
		       8, 3, 1, BN, "loggy") "[upsample]\nstride=2\n\n" CONV(6, 3, 2, "", "leaky") \
		       DENSE(BN, 12, "leaky") ENDS
enum { SIDE = 8, FLOATS = 3 * SIDE * SIDE, N = 4, CLASSES = 5 };

static inline struct net *net_on_card(const struct rig *r)
{
	return rig_again(r, card_backend());
}

static inline struct step step_of(const struct rig *r, uint64_t i)
{
	return (struct step){.x = r->x,
			     .labels = r->labels,
			     .n = r->n,
			     .lr = 1e-2,
			     .momentum = .9,
			     .b1 = .9,
			     .b2 = .99,
			     .eps = 1e-3,
			     .decay = .01,
			     .dropout_key = rng_key(3, RNG_DROPOUT, 0, i)};
}

static inline void train(struct net *net, const struct rig *r, uint64_t from, uint64_t to,
			 enum optimizer optimizer, const uint64_t *key)
{
	for (uint64_t i = from; i < to; i++) {
		struct step s = step_of(r, i);
		struct step_result result;
		s.optimizer = optimizer;
		s.key = key;
		s.lr = optimizer == OPTIMIZER_SGD ? s.lr : s.lr / 10;
		net_step(net, &s, &result);
		assert_true(result.finite);
	}
}

static inline void freeze(struct net *net, const char *which)
{
	struct layerset frozen;
	assert_int_equal(layerset_parse(&frozen, which, net_n_layers(net), net_head(net), NULL),
			 ERR_OK);
	net_set_frozen(net, &frozen);
}

/* Weights and moments. */
static inline struct strbuf bytes_of(struct net *net)
{
	struct strbuf out = STRBUF_INIT;
	net_weights_write(net, 0, &out);
	net_state_write(net, &out);
	return out;
}

static inline bool same_bytes(struct strbuf *a, struct strbuf *b)
{
	bool same = a->len == b->len && memcmp(a->buf, b->buf, a->len) == 0;
	strbuf_release(a);
	strbuf_release(b);
	return same;
}

static inline bool same_nets(struct net *a, struct net *b)
{
	struct strbuf x = bytes_of(a), y = bytes_of(b);
	return same_bytes(&x, &y);
}

#endif
