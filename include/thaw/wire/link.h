/* A line to the trainer that stays open, for whoever follows a run. Connecting waits for the
 * trainer's greeting, so a thread does it; everything else happens on the loop. A link that breaks
 * is opened again by link_tick().
 */
#ifndef THAW_WIRE_LINK_H
#define THAW_WIRE_LINK_H

#include "thaw/event/command.h"
#include "thaw/wire/control_client.h"
#include "thaw/wire/loop.h"

#include <stdbool.h>

/* A reply. The first of each connection answers no command (id 0): its `unsaved` is what the
 * trainer's greeting says of it, "" for nothing. */
typedef void link_reply_fn(void *arg, const struct reply *r);

struct link_attempt;

struct link {
	struct loop *loop;
	const struct folder *run;      /* borrowed */
	struct control_client *client; /* NULL while not connected */
	struct link_attempt *attempt;  /* NULL while no thread is connecting */
	link_reply_fn *on_reply;
	void *arg;
	/* Set by who shows the run to a person; the trainer is told. */
	bool viewer, watch; /* watch: and nothing more */
	const char *who;    /* borrowed; NULL: it is not said */
};

/* `run`: the run's directory; it outlives the link. */
void link_init(struct link *l, struct loop *loop, const struct folder *run, link_reply_fn *on_reply,
	       void *arg);
void link_release(struct link *l);

/* Start connecting when there is a socket and no connection. Call it now and then. */
void link_tick(struct link *l);

/* Errors: ERR_STATE (not connected), ERR_VALUE (the argument), as control_client_send() */
enum err link_send(struct link *l, enum command_type type, const char *arg, struct errinfo *e);

/* Take over the controls. Errors: ERR_STATE (not connected), as control_client_take() */
enum err link_take(struct link *l, struct errinfo *e);

#endif
