/* Checkpoints: Darknet weights files, and beside last.weights and each kept epoch a .state file.
 *
 * The .state file holds what a resume needs besides the weights. Bytes: "thaw-state 4\n", then
 * text lines "key value\n" in the order of the table in checkpoint.c (doubles in C's hexadecimal
 * form, so that they come back to the bit), a line "bytes N\n", N bytes of momentum from
 * net_state_write(), and 16 hexadecimal digits and "\n": FNV-1a of everything before them. Valid
 * when the digits match and no whole number but the seed is beyond 10^15. Version 1 had neither
 * next_phase nor data_sum; they are read as 0. Versions 1 and 2 had no scales; none is read.
 * Before version 4 there was no resize, and data_sum was one of absolute paths, which tells
 * nothing of data that was moved: both are not compared.
 *
 * A resumed run begins anew with what is not in it: nothing can be undone by hand, the guard has
 * no accidents behind it, goes back no further than to this state and learns anew what loss is
 * usual; the caches are empty; a paused run goes on.
 *
 * Invariant: at every moment the directory holds a whole pair. Both are written as next.weights and
 * next.state first, then renamed, the weights before the state: killed between the two, the state
 * that belongs to last.weights is next.state.
 */
#ifndef THAW_TRAIN_CHECKPOINT_H
#define THAW_TRAIN_CHECKPOINT_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct session;

#define STATE_KNOWS_DATA 4 /* the first version whose data_sum is one of the pictures */

struct state {
	int version; /* of the file that it was read from */
	int64_t phase, epoch, epochs_done, iter, iter_in_phase, iter_in_epoch, seen, seed;
	int64_t has_best, best_epoch;
	int64_t running_n, running_correct, running_top5; /* of the epoch's training so far */
	int64_t next_phase;     /* the phase was ended by hand */
	double factor, last_lr, best_acc, best_loss, running_loss;
	uint64_t data_sum;      /* dataset_fingerprint() */
	char resize[16];        /* data.resize */
	char frozen[4096];      /* ranges */
	char scales[32768];     /* of layers set by hand: "12:0x1p-3 13:0x1p-3" */
	uint64_t weights_sum;   /* FNV-1a of the weights file that belongs to it */
	struct strbuf momentum; /* owned; state_release() */
};

void state_encode(const struct state *st, struct strbuf *out);
/* Errors: ERR_FORMAT; *st is then empty. */
enum err state_decode(struct state *st, const char *data, size_t len, struct errinfo *e);
void state_release(struct state *st);

/* The state that belongs to last.weights of run directory `dir`.
 * Errors: ERR_NOT_FOUND (no checkpoint yet), ERR_FORMAT, ERR_MISMATCH, ERR_IO; *st is empty then */
enum err checkpoint_read(const char *dir, struct state *st, struct errinfo *e);

/* After an epoch (`best`: it is the best so far): last.weights and last.state, best.weights, the
 * kept epochs; one checkpoint event each. A failing disk becomes an error note. Between epochs
 * (`whole` false) only the last.
 * Errors: ERR_IO when last.weights could not be written. */
enum err checkpoint_write(struct session *s, bool whole, bool best, struct errinfo *e);

#endif
