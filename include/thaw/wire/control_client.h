/* The viewer's end of control.sock: sends commands, receives replies. The protocol is in
 * control_server.h.
 *
 * Invariant: replies come in the order the trainer sent them, each once; a connection that breaks
 * is reported once as CLIENT_CLOSED and every call after that says so too.
 */
#ifndef THAW_WIRE_CONTROL_CLIENT_H
#define THAW_WIRE_CONTROL_CLIENT_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/event/command.h"

#include <stdint.h>

struct control_client;

/* Connect to the socket `name` of a folder, which is no link, and read the hello line, for which a
 * trainer busy with one long iteration may keep us waiting.
 * Errors:  ERR_STATE (nobody listens: the run is not running; or no hello in time: try again
 *          later), ERR_MISMATCH (another protocol version), ERR_FORMAT (not a thaw trainer),
 *          ERR_IO; on error *out is untouched */
enum err control_client_open_within(struct control_client **out, const struct folder *in,
				    const char *name, int timeout_ms, struct errinfo *e);

/* The same, waiting up to 5 seconds: for a program that has nothing else to do. */
enum err control_client_open(struct control_client **out, const struct folder *in,
			     const char *name, struct errinfo *e);
/* The same on a socket that is connected already, `name` in messages; takes it, also on error. */
enum err control_client_adopt(struct control_client **out, int fd, const char *name, int timeout_ms,
			      struct errinfo *e);
void control_client_close(struct control_client *c); /* NULL is allowed */

/* From the hello: the run's name, and the trainer's process. */
const char *control_client_run(const struct control_client *c);
int64_t control_client_pid(const struct control_client *c);
/* What kept the run from saving at the hello; NULL: nothing. Later changes are replies with
 * `unsaved`. */
const char *control_client_unsaved(const struct control_client *c);

/* Number the command (cmd->id) and send it. Never blocks for more than a second.
 * Errors: ERR_STATE (the trainer has gone), ERR_IO (it does not read) */
enum err control_client_send(struct control_client *c, struct command *cmd, struct errinfo *e);

/* Tell the trainer, where it wants to know, who is here (NULL: that is not said), whether a person
 * watches, and whether that is all. Errors: as control_client_send() */
enum err control_client_introduce(struct control_client *c, const char *who, bool viewer,
				  bool watch, struct errinfo *e);

/* Take over the controls. Errors: as control_client_send(); ERR_STATE also where the trainer is of
 * an earlier version, and everybody has them. */
enum err control_client_take(struct control_client *c, struct errinfo *e);

/* The descriptor to poll for reading, -1 once closed. When readable call control_client_next()
 * until it does not give CLIENT_REPLY. */
int control_client_fd(const struct control_client *c);

enum client_next {
	CLIENT_REPLY, /* *r is filled; the caller releases it */
	CLIENT_WAIT,  /* nothing complete yet */
	CLIENT_CLOSED /* the trainer has gone, or spoke nonsense */
};

enum client_next control_client_next(struct control_client *c, struct reply *r);

/* Have what is told without being an answer (a reply with id 0) go to `fn` while
 * control_client_wait() waits; without it that is discarded. */
void control_client_on_notice(struct control_client *c,
			      void (*fn)(void *arg, const struct reply *r), void *arg);

/* Wait for the reply to command `id`; replies to other commands met on the way are discarded.
 * `timeout_ms` < 0 waits for ever. Errors: ERR_STATE (the trainer has gone, or no answer in time)
 */
enum err control_client_wait(struct control_client *c, int64_t id, int timeout_ms, struct reply *r,
			     struct errinfo *e);

#endif
