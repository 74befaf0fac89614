/* A run that trains another one again: the same experiment, the same commands at the same places,
 * and a look at whether what comes of it is the same.
 *
 * What the other's log says was finally trained (run/trained.h) lies in the new directory as
 * again.jsonl, so that a rerun that is killed can go on, and needs the other no more. Its commands
 * are given between two iterations, as if they came through the socket, with the cause `rerun`; a
 * place is iteration, epochs ended, phase and epoch, for several may lie at one iteration. Losses and
 * rates of iterations, figures of epochs, digests of frozen layers and sums of weights are compared
 * as they are logged. The first difference is told by a `parted` event, and how far it went by a note
 * at the end. Parting is no error: the run goes on.
 *
 * Invariant: looking changes nothing that is trained.
 */
#ifndef THAW_TRAIN_AGAIN_H
#define THAW_TRAIN_AGAIN_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/event.h"
#include "thaw/run/trained.h"

#include <stdbool.h>

struct session;

struct again {
	struct trained of;
	size_t next; /* index of the first command not given yet; of.n: none is left */
	size_t step, epoch, saved; /* where the next iteration's, epoch's, checkpoint's are sought */
	struct compared {
		int64_t n, n_differ;
	} steps, epochs, weights;
	bool parted;
	struct strbuf how; /* in words, once it is */
};

/* The run named by a path; its experiment as it began goes to *yaml.
 * Owns:   the caller again_free()s *out and frees *yaml
 * Errors: those of trained_read(); ERR_NOT_FOUND: nothing tells its experiment */
enum err again_read(struct again **out, const char *run, struct strbuf *yaml, struct errinfo *e);
void again_free(struct again *a); /* NULL is allowed */

/* Stop it at a place: "epoch 5", when that has ended, or "iter 900". NULL: as far as it went.
 * Errors: ERR_VALUE: no such place, or one that the run did not come to. */
enum err again_until(struct again *a, const char *where, struct errinfo *e);

/* Into the new directory. Errors: ERR_IO. */
enum err again_keep(const struct again *a, const struct folder *run, struct errinfo *e);

/* Of a run that goes on: from its directory, behind what its log `own` says was done; *out is NULL
 * where it trains nothing again. Errors: ERR_IO, ERR_FORMAT. */
enum err again_take_up(struct again **out, const struct folder *run, const struct trained *own,
		       struct errinfo *e);

const char *again_name(const struct again *a); /* of the run that is trained again; NULL: of none */

/* How many threads, and on what, to train by itself where nobody says otherwise. */
int again_threads(const struct again *a);
const char *again_device(const struct again *a); /* as train.device; NULL: as the experiment says */

/* Of a session; false where no run is trained again. */
bool again_is_due(const struct session *s); /* is something to be done here? */
bool again_resumes(const struct session *s); /* ... and is the other's resumption the first of it? */

size_t again_take(struct again *a); /* the index of what is next, which is done then */
void again_moved(struct session *s); /* the session went back by hand; NULL is allowed in it */

#endif
