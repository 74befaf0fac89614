/* Who has the controls of a run: one connection, or none.
 *
 * Whoever is named and gives a command while nobody has them takes them; so does, at any time,
 * whoever asks for them. One that only passes by (`thaw ctl`) takes them for as long as it is there
 * and then gives them back, to whom it took them from if that one is still there.
 * It knows no sockets. Invariant: `who` is NULL exactly while `holder` is 0; each change is told
 * once. Private to wire.
 */
#ifndef THAW_WIRE_CONTROLS_H
#define THAW_WIRE_CONTROLS_H

#include "thaw/wire/control_server.h"

#include <stdbool.h>
#include <stdint.h>

struct controls {
	uint64_t holder, lender;      /* connections; 0 = none */
	char *who, *lender_who;       /* owned */
	control_change_fn *on_change; /* NULL: nobody listens */
	void *arg;
};

/* `passing`: it gives them back when it leaves. */
void controls_take(struct controls *c, uint64_t id, const char *who, bool passing);

/* A connection is gone. */
void controls_leave(struct controls *c, uint64_t id);

void controls_release(struct controls *c); /* tells nobody */

#endif
