/* The trainer's end of control.sock: commands come in, replies go out, one JSON object a line.
 *
 * Events do not travel here: every viewer, live or late, reads events.jsonl, so a slow or dead
 * viewer cannot touch the trainer. Invariant: no call blocks on a client; one that does not read
 * its replies, talks nonsense or is gone is dropped, and the run never notices.
 *
 * Protocol, version 1. The server speaks first:
 * {"thaw":"control","version":1,"run":"NAME","pid":N}. Then each line from the client is a command
 * and each line to it a reply (event/command.h). A line that is not a command gets a reply with
 * "ok":false and its id, or 0; a line over 64 KiB ends the connection. Only the user who owns the
 * trainer, and root, may connect (the socket is 0600 and the peer's uid is checked besides).
 *
 * While the trainer is between iterations for long (it validates, say) a command is answered twice:
 * at once, by a reply with id 0 that says when it will take effect, and then.
 *
 * One thing is told unasked, since the log may be what cannot be written: that the run waits
 * because something cannot be saved. The hello then has "unsaved":"REASON"; a change comes as a
 * reply with id 0 and "unsaved", which is "" once everything is saved. A client that does not know
 * the field sees a reply to nothing, and its text.
 *
 * Who shows a run to a person, who can decide, says so: the hello has "asks":true, and the line
 * {"viewer":true,"who":"ada@laptop","watch":false} answers it. It gets no reply. A program that only
 * follows says nothing.
 *
 * One connection has the controls, or none (the hello has "controls":true). A viewer that says who
 * it is takes them with its first command while nobody has them; while somebody else has them its
 * commands are refused, until the line {"take":true} takes them over. One with "watch":true never
 * has them. What says who it is without being a viewer (`thaw ctl`) takes them with its command and
 * gives them back when it leaves. Who is gone has them no longer. Who says nothing is obeyed, as it
 * was before there were controls. Viewers that said who they are are told of each change, and when
 * one comes or goes, by a reply with id 0 and "controls" (the name, "" for nobody), "yours" and
 * "viewers".
 */
#ifndef THAW_WIRE_CONTROL_SERVER_H
#define THAW_WIRE_CONTROL_SERVER_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/event/command.h"

#include <stddef.h>
#include <stdint.h>

#define CONTROL_VERSION 1
#define CONTROL_LINE_MAX 65536    /* bytes of one line, newline included */
#define CONTROL_BACKLOG_MAX 65536 /* unread reply bytes kept for a client before it is dropped */
#define CONTROL_CLIENTS_MAX 64    /* more are refused with one error line */
#define CONTROL_WHO_MAX 64        /* bytes of a name; more are cut */

/* The controls are another's. `who` is NULL when nobody has them now, `from` when nobody had. */
typedef void control_change_fn(void *arg, const char *who, const char *from);

struct control_server;

/* Listen at the socket `name` of a folder. The name has at most 80 bytes; the way to the folder may
 * be of any length. A socket left behind by a dead trainer is replaced; anything else in its place
 * is left alone.
 * Owns:    copies both strings and the folder
 * Errors:  ERR_STATE (another trainer answers there), ERR_VALUE (too long a name), ERR_IO; on error
 *          *out is untouched */
enum err control_server_open(struct control_server **out, const struct folder *in,
			     const char *name, const char *run_name, struct errinfo *e);

/* Accept, read, and hand over the complete commands (up to 64 KiB of them a client and call); then
 * flush what replies it can. Waits at most `timeout_ms` for something to happen (0 = not at all).
 * The command is borrowed for the callback, which may reply at once or later; `client` names the
 * connection for control_server_reply() and is never used twice. */
void control_server_poll(struct control_server *s, int timeout_ms,
			 void (*on_command)(void *arg, uint64_t client, const struct command *c),
			 void *arg);

/* Send a reply without blocking. A client that has gone is ignored; one that lets
 * CONTROL_BACKLOG_MAX bytes pile up is dropped. */
void control_server_reply(struct control_server *s, uint64_t client, const struct reply *r);

/* Tell every client, and those to come, what keeps the run from saving; NULL: nothing does. */
void control_server_tell_unsaved(struct control_server *s, int64_t iter, const char *reason);

/* Tell one client something that is no answer: a reply with id 0. */
void control_server_tell(struct control_server *s, uint64_t client, int64_t iter, const char *msg);

/* Have changes of who has the controls told, within control_server_poll(). */
void control_server_on_change(struct control_server *s, control_change_fn *fn, void *arg);

/* Connections now open of those that have said that a person watches there, who may decide. */
size_t control_server_viewers(const struct control_server *s);

/* Connections now open. */
size_t control_server_clients(const struct control_server *s);

/* Drop every client, remove the socket if it is still ours, free. NULL is allowed. */
void control_server_close(struct control_server *s);

#endif
