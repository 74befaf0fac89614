/* A checkpoint on the disk: weights and the state that belongs to them, published as one.
 *
 * Both are written as next.weights and next.state, and flushed. The checkpoint exists from the
 * moment next.state has its name and holds the sum of next.weights; its state says what it is to
 * become. Then it is published, in steps that may be done again: best.weights, best.state,
 * checkpoints/epoch-N.weights and .state, those too old removed, what is last until then as
 * previous.weights and .state if it is whole, last.weights, last.state. All of these are second
 * names of one file where links are to be had: previous costs the disk one checkpoint more. A
 * process killed at any point leaves either no checkpoint, and next.* are rubbish, or a whole one,
 * and whoever holds the lock next publishes the rest. So every kill ends in the same files.
 *
 * A directory that is only read is not changed: its weights are those that it would publish.
 * Invariant: what last.state and best.weights say is never newer or older than one another, but for
 * a checkpoint that next.state still tells of.
 */
#ifndef THAW_TRAIN_PAIR_H
#define THAW_TRAIN_PAIR_H

#include "state.h"
#include "thaw/base/folder.h"
#include "thaw/event/command.h"

#include <stdbool.h>

/* Write a checkpoint of these bytes, and publish it. st->weights_sum is filled. One that was not
 * published before comes first. Errors: ERR_IO; trying again is allowed. */
enum err pair_write(const struct folder *f, const struct strbuf *weights, struct state *st,
		    struct errinfo *e);

/* For the holder of the lock: publish a checkpoint that a killed trainer has left, remove the
 * rubbish, and put best.weights right as far as it can be known. Errors: ERR_IO, ERR_FORMAT (a link
 * in a file's place). */
enum err pair_settle(const struct folder *f, struct errinfo *e);

/* The state that belongs to last.weights. Errors: ERR_NOT_FOUND (no checkpoint yet), ERR_FORMAT,
 * ERR_MISMATCH, ERR_IO; *st is empty then. */
enum err pair_read(const struct folder *f, struct state *st, struct errinfo *e);

/* The state that belongs to previous.weights. Errors: as pair_read(). */
enum err pair_read_previous(const struct folder *f, struct state *st, struct errinfo *e);

/* False: there are best.weights, and they are not those that best.state beside them tells of. */
bool pair_best_is_whole(const struct folder *f);

/* The state of a kept point; `weights`: where its weights lie, for pair_open_point().
 * Errors: those of pair_read(); ERR_NOT_FOUND with what is kept instead; *st is empty then. */
enum err pair_read_point(const struct folder *f, const struct point *p, struct state *st,
			 char *weights, size_t size, struct errinfo *e);
enum err pair_open_point(const struct folder *f, const char *weights, int *fd, struct errinfo *e);

/* Open weights of the run for reading, whoever writes there meanwhile: `which` is "best.weights" or
 * "last.weights"; NULL: the best, or the last where no epoch has ended as one. *name: which it was.
 * Errors: ERR_NOT_FOUND (none yet; or NULL, and best.weights are missing that last.state tells of),
 * ERR_MISMATCH (damaged, as the state beside them tells), ERR_IO, ERR_FORMAT */
enum err pair_open_weights(const struct folder *f, const char *which, const char **name, int *fd,
			   struct errinfo *e);

#endif
