/* How much of the machine's memory a run will take, asked before it begins: one that would not fit
 * is refused with the numbers, unless it is insisted on (trainer_options.force). From above, but
 * not far: what a step takes is counted from its plan, the rest is reckoned.
 */
#ifndef THAW_TRAIN_NEEDS_H
#define THAW_TRAIN_NEEDS_H

#include "preflight.h"
#include "thaw/base/ram.h"

#include <stddef.h>

/* Bytes that are still to come, when the network is open and nothing has been computed. */
struct needs {
	uint64_t step;     /* what the phase that takes most computes with; none on a card */
	uint64_t network;  /* gradients, moments, states to go back to, checkpoints in the making */
	uint64_t batches;  /* that are made ready */
	uint64_t pictures; /* decoded ones that are kept */
	uint64_t cache;    /* activations of frozen layers */
	const char *phase; /* which that is; borrowed */
};

/* Where ram_look() looks: "" but in tests. */
extern const char *needs_root;

/* p->memory_need and p->memory_left are filled. With `force` a run that would not fit is a warning.
 * Errors: ERR_VALUE */
enum err needs_check(struct preflight *p, bool force, struct errinfo *e);

/* Of decoded pictures so many bytes are kept at most, of both splits: a quarter of what is left. */
size_t needs_pictures_max(void);

#endif
