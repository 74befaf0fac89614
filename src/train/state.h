/* The .state file: what a resume needs besides the weights it belongs to.
 *
 * Bytes: "thaw-state 7\n", then text lines "key value\n" in the order of the table in state.c
 * (doubles in C's hexadecimal form, so that they come back to the bit), a line "bytes N\n", N bytes
 * of moments from net_state_write(), and 16 hexadecimal digits and "\n": FNV-1a of everything
 * before them. Valid when the digits match and no whole number but the seed is beyond 10^15.
 * Version 1 had neither next_phase nor data_sum; they are read as 0. Versions 1 and 2 had no
 * scales; none is read. Before version 4 there was no resize, and data_sum was one of absolute
 * paths, which tells nothing of data that was moved: both are not compared. Before version 5 a
 * state did not say what its checkpoint is to be published as: whole, is_best and keep are read
 * as 0. Before version 6 no plan thawed anything: thaw_every is read as 0, held as empty; there was
 * no optimizer: it was sgd; and nothing told what can be undone (undo.c). Before version 7 the best
 * was that by accuracy: best_by is read as "accuracy", best_score as best_acc; no rules
 * were (rules.c), and the length of the weights was not told: weights_length is read as 0.
 */
#ifndef THAW_TRAIN_STATE_H
#define THAW_TRAIN_STATE_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdint.h>

#define STATE_KNOWS_DATA 4 /* the first version whose data_sum is one of the pictures */

struct state {
	int version; /* of the file that it was read from */
	int64_t phase, epoch, epochs_done, iter, iter_in_phase, iter_in_epoch, seen, seed;
	int64_t has_best, best_epoch;
	int64_t running_n, running_correct, running_top5; /* of the epoch's training so far */
	int64_t next_phase;                               /* the phase was ended by hand */
	int64_t whole;   /* an epoch's end: its checkpoint may be kept */
	int64_t is_best; /* the best so far: its weights become best.weights */
	int64_t thaw_every; /* of the phase now: thawing.h */
	int64_t keep;    /* train.keep then: so many whole ones in checkpoints/ */
	double factor, last_lr, best_acc, best_loss, running_loss;
	double best_score; /* by the figure best_by */
	uint64_t data_sum;      /* dataset_fingerprint() */
	char resize[16];        /* data.resize */
	char optimizer[8];      /* whose the moments are */
	char frozen[4096];      /* ranges */
	char held[4096];        /* those frozen by hand in this phase, as ranges */
	char scales[32768];     /* of layers set by hand: "12:0x1p-3 13:0x1p-3" */
	char undo[32768];       /* interventions that can be taken back, newest last */
	char best_by[288];      /* train.best */
	char rules[512];        /* what the rules have counted: rules.c */
	char ending[2048];      /* which wants an end, and why; "": none */
	uint64_t weights_sum;   /* FNV-1a of the weights file that belongs to it */
	int64_t weights_length;  /* how long that file is; 0: not known */
	struct strbuf momentum; /* the moments; owned; state_release() */
};

void state_encode(const struct state *st, struct strbuf *out);
/* Errors: ERR_FORMAT, with what is wrong as in "it is empty"; *st is then empty. */
enum err state_decode(struct state *st, const char *data, size_t len, struct errinfo *e);
void state_release(struct state *st);

#endif
