/* One run of the user's ssh: THAW_SSH, or `ssh` from PATH, with a command for the host. Private to
 * wire.
 */
#ifndef THAW_WIRE_SSH_H
#define THAW_WIRE_SSH_H

#include "thaw/base/err.h"
#include "thaw/wire/remote_url.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SSH_LINE_MAX 256

struct ssh {
	pid_t pid; /* 0 = none runs; the leader of a group of its own */
	int in, out,
	    err; /* to its standard input (a socket), from its output and error; non-blocking, -1 = closed */
	bool hung_up;            /* its output is at its end: it ends by itself */
	int tty;                 /* given to it, to be taken back; -1 = not given */
	char line[SSH_LINE_MAX]; /* its last complaint, raw */
	size_t n_line;
	bool ended_line; /* the next byte begins a new one */
	bool told;       /* it was passed on */
};

#define SSH_INIT                                                                                   \
	{                                                                                          \
		.in = -1, .out = -1, .err = -1, .tty = -1                                          \
	}

/* Start `ssh [user@]host COMMAND`. `asks`: it may ask on the terminal, and has it until
 * ssh_take_terminal(); otherwise it has none and asks nothing. Errors: ERR_IO. */
enum err ssh_start(struct ssh *s, const struct remote_url *url, const char *command, bool asks,
		   struct errinfo *e);

void ssh_take_terminal(struct ssh *s);

/* Read what it complains of; `pass`: on to our standard error, too, but for the last line, which may
 * be why it ends. */
void ssh_read_errors(struct ssh *s, bool pass);
void ssh_tell(struct ssh *s); /* it goes on: pass on that line, too */

/* End it, however it is. Returns waitpid()'s status, if it had ended by itself; -1 otherwise. */
int ssh_stop(struct ssh *s);

/* Why ssh to the host has ended with that status of ssh_stop(), in words: what, and what to do. */
void ssh_reason(const struct ssh *s, const struct remote_url *url, int status, char *out,
		size_t size);

/* `thaw` there (THAW_REMOTE) with these words (NULL at the end), for the shell there; caller frees. */
char *ssh_command(const char *const *words);

#endif
