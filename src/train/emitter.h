/* What the functions of emit.h share: the log, and what lives as long as one event. Private to them.
 */
#ifndef THAW_TRAIN_EMITTER_H
#define THAW_TRAIN_EMITTER_H

#include "step_pack.h"

#include <stddef.h>

/* What was made for one event alone: freed when it is written. */
struct scratch {
	void **blocks;
	size_t n, cap;
};

struct emitter {
	struct log_writer *log; /* NULL: it writes nowhere */
	struct scratch scratch;
	struct step_pack held;
};

/* Zeroed elements that live until the event is appended. */
void *emitter_array(struct emitter *em, size_t n, size_t size);
/* The text of `sb`, which is empty afterwards, for as long. */
const char *emitter_text(struct emitter *em, struct strbuf *sb);

/* Write it, behind the iterations that are held. What cannot be written is kept, and waited for
 * between iterations (saving.h). */
void emitter_append(struct emitter *em, struct event *ev);

#endif
