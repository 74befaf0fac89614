/* A line to the trainer that stays open, for whoever follows a run, here or on another machine.
 * Connecting waits for the trainer's greeting, so a thread does it; everything else happens on the
 * loop. A link that breaks is opened again by link_tick().
 */
#ifndef THAW_WIRE_LINK_H
#define THAW_WIRE_LINK_H

#include "thaw/event/command.h"
#include "thaw/wire/control_client.h"
#include "thaw/wire/loop.h"
#include "thaw/wire/remote.h"

#include <stdbool.h>

/* A reply. The first of each connection answers no command (id 0): its `unsaved` is what the
 * trainer's greeting says of it, "" for nothing. */
typedef void link_reply_fn(void *arg, const struct reply *r);

struct link_attempt;
struct link_way;

struct link {
	struct loop *loop;
	const struct link_way *way;    /* to a trainer here, or elsewhere */
	const struct folder *run;      /* borrowed */
	struct remote *remote;         /* borrowed; NULL: the run is here */
	struct control_client *client; /* NULL while not connected */
	struct link_attempt *attempt;  /* NULL while no thread is connecting */
	link_reply_fn *on_reply;
	void *arg;
	/* Set by who shows the run to a person; the trainer is told. */
	bool viewer, watch; /* watch: and nothing more */
	const char *who;    /* borrowed; NULL: it is not said */
};

/* `run`: the run's directory; it outlives the link, and so does `remote`, of which it is the mirror
 * (NULL: the run is here). */
void link_init(struct link *l, struct loop *loop, const struct folder *run, struct remote *remote,
	       link_reply_fn *on_reply, void *arg);
void link_release(struct link *l);

/* Start connecting when the trainer listens and there is no connection. Call it now and then. */
void link_tick(struct link *l);

/* Does a trainer run it, as far as is known? What it wrote before it was found dead can be read. */
bool link_alive(const struct link *l);

/* "link lost, retrying in 3 s: WHY" as of remote_words(); "" while all is well, and of a run that is
 * here. */
void link_words(const struct link *l, char *out, size_t size);

/* Is the link to another machine lost for good? */
bool link_over(const struct link *l);

/* Do not wait any longer to open the lost link to another machine; false: none is lost. */
bool link_retry(struct link *l);

/* Errors: ERR_STATE (not connected), ERR_VALUE (the argument), as control_client_send() */
enum err link_send(struct link *l, enum command_type type, const char *arg, struct errinfo *e);

/* Take over the controls. Errors: ERR_STATE (not connected), as control_client_take() */
enum err link_take(struct link *l, struct errinfo *e);

#endif
