/* The points of a run that are kept: what it can go back to, and other runs can begin from. Only the
 * text of their states is looked at: whether they are whole shows when one is taken. */
#ifndef THAW_RUN_KEPT_H
#define THAW_RUN_KEPT_H

#include "thaw/base/folder.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept {
	bool apart; /* its files are in checkpoints/ */
	char weights[64], state[64]; /* their names there, or in the run's directory */
	int64_t iter, epochs;        /* completed, ended */
	bool whole;                  /* at the end of an epoch */
	int64_t best_epoch;          /* of the best so far then; 0: there was none */
	uint64_t sum;                /* of the weights */
};

/* All of them, ascending by iteration; of equals those that are kept the longest last.
 * Owns: the caller frees *out. Returns how many. */
size_t kept_list(const struct folder *run, struct kept **out);

/* "epoch 4 (best.weights)", "iteration 130 (last.weights)". */
void kept_words(const struct kept *k, struct strbuf *out);

#endif
