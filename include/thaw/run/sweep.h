/* A sweep: the runs of one experiment under every combination of some settings' values.
 *
 * It is kept beside its runs as RUNS/NAME.sweep, a text of one word and one value a line:
 *
 *   thaw-sweep 1
 *   experiment /home/me/x.yaml     as it was named, absolute
 *   sum 00c0ffee00c0ffee           of that file's bytes
 *   set data.limit=48              for all of them
 *   vary phases.tune.lr=1e-3       a value each, those of one key together
 *
 * Lines that a reader does not know are skipped. Combinations are counted with the last key going
 * round first. Invariant: keys differ; those that vary have names of their own among them; a run's
 * name depends on nothing but the sweep's name, the keys that vary, and its own values.
 */
#ifndef THAW_RUN_SWEEP_H
#define THAW_RUN_SWEEP_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWEEP_ENDING ".sweep"
#define SWEEP_SEED "train.seed" /* what means are taken over */

struct sweep_key {
	char *key;
	char **values; /* [n] owned; one = the same for all runs */
	size_t n, cap;
};

struct sweep {
	char *name, *experiment;
	uint64_t sum;
	struct sweep_key *keys; /* [n_keys] owned */
	size_t n_keys, cap_keys;
};

void sweep_release(struct sweep *s); /* a zeroed one is allowed */

/* Copies both. */
void sweep_add(struct sweep *s, const char *key, const char *value);
const struct sweep_key *sweep_key_find(const struct sweep *s, const char *key);

/* Combinations; SIZE_MAX where they are beyond counting. */
size_t sweep_count(const struct sweep *s);

/* The index of the value that combination `i` has of key `k`, and the value. */
size_t sweep_at(const struct sweep *s, size_t i, size_t k);
const char *sweep_value(const struct sweep *s, size_t i, size_t k);

/* The shortest end of a key that no other key that varies has: "lr", or "tune.lr"; borrowed. */
const char *sweep_short(const struct sweep *s, size_t k);

/* NAME-lr=1e-3-seed=1, fit for a file's name; what is not, or is too long, becomes a sum. Caller frees. */
char *sweep_run_name(const struct sweep *s, size_t i);

/* "--set" texts of combination `i`, n_keys of them; the caller frees each and the array. */
char **sweep_sets(const struct sweep *s, size_t i);

/* The path of a sweep's file, RUNS/NAME.sweep; caller frees. */
char *sweep_path(const char *runs, const char *name);

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (msg is "FILE:LINE: what"); *s needs no release then */
enum err sweep_read(struct sweep *s, const char *path, struct errinfo *e);
/* The sweep that a run belongs to, by the files beside it. False: none; *s needs no release then. */
bool sweep_of_run(struct sweep *s, const char *run_path);

/* Errors: as file_write_atomic() */
enum err sweep_write(const struct sweep *s, const char *path, struct errinfo *e);

#endif
