/* A thaw on another machine, through the user's own ssh: one run and its trainer, or the list of
 * the runs there. What goes over the link is in tap.h.
 *
 * Of one run it keeps a mirror, a copy of its log byte for byte below the state folder
 * ($XDG_STATE_HOME/thaw/remote/HOST/RUN/events.jsonl), which is read as any log is. A link that is
 * lost is opened again by itself, after 1, 2, 4 … 30 s, and goes on behind the last whole event of
 * the mirror. Invariants: the mirror holds the first lines of the remote log, each as it is there;
 * nothing that a host says becomes a path, and what it says is shown only by the rule of plain.h.
 *
 * A browser has one for each host:
 *
 *	struct remote_options o = {.list = true, .on_change = redraw, .on_record = take, .arg = b};
 *	struct remote *r = remote_new(loop, &url, &o);
 *	if (remote_greet(r, &e)) …        before it draws: ssh may ask for a password
 *	loop_run(loop);                   callbacks come, the link is kept
 *	remote_words(r, …)                for the screen, while remote_state(r) is not REMOTE_UP
 *	remote_free(r);
 *
 * Instead of remote_greet(), remote_start() connects without asking, and may fail and try again.
 */
#ifndef THAW_WIRE_REMOTE_H
#define THAW_WIRE_REMOTE_H

#include "thaw/base/err.h"
#include "thaw/wire/loop.h"
#include "thaw/wire/remote_url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct remote;

enum remote_state {
	REMOTE_CONNECTING, /* ssh is on its way */
	REMOTE_UP,         /* greeted */
	REMOTE_LOST        /* waits, and tries again */
};

/* Of the list of runs. */
enum remote_record {
	REMOTE_BEGIN, /* the link is up: all runs will be told (again); no text */
	REMOTE_RUN,   /* one JSON object, a run that is new or has changed: run/summary.h */
	REMOTE_GONE,  /* a run is no longer there; the text is its path, as its record had it */
	REMOTE_ALL /* all have been told since REMOTE_BEGIN: forget those that were not; no text */
};

struct remote_options {
	const char *runs; /* the folder of the runs there; NULL: as thaw has it there */
	bool list;        /* the runs, not the one that the URL names */
	int deaf_ms;      /* without a byte for so long the link counts as lost; 0: 5 s */
	/* The state, its words or what is known of the trainer have changed; while the link is lost
	 * also every second. NULL is allowed. It must not free the remote. */
	void (*on_change)(void *arg);
	/* `text` is borrowed for the call, NUL-terminated, from the host: bytes of any kind. */
	void (*on_record)(void *arg, enum remote_record kind, const char *text, size_t len);
	void *arg;
};

/* Nothing is connected yet. The loop must outlive it; everything happens there.
 * Owns: copies the URL and the strings of the options
 * Errors: ERR_VALUE (no RUN in the URL), ERR_NOT_FOUND (no home), ERR_IO (the mirror) */
enum err remote_new(struct remote **out, struct loop *loop, const struct remote_url *url,
		    const struct remote_options *o, struct errinfo *e);
void remote_free(struct remote *r); /* ends ssh; the mirror stays; NULL is allowed */

/* Connect for the first time and wait until the host has greeted; of a run also until it is known
 * whether its trainer lives. ssh may ask on the terminal, which nobody draws on meanwhile; ^C ends
 * ssh. Runs the loop.
 * Errors: ERR_STATE (one line: what, and what to do); the remote can still be started */
enum err remote_greet(struct remote *r, struct errinfo *e);

/* Connect in the background, again and again; ssh does not see the terminal. */
void remote_start(struct remote *r);

/* Lost for good, for the reason that remote_words() tells: it will not be tried again. */
bool remote_over(const struct remote *r);

/* Do not wait any longer. */
void remote_retry(struct remote *r);

enum remote_state remote_state(const struct remote *r);

/* "link lost, retrying in 3 s: WHY", "connecting …"; "" while it is up. At most `size` bytes, by the
 * rule of plain.h. */
void remote_words(const struct remote *r, char *out, size_t size);

/* ---- of one run ---- */

/* The mirror, as a run directory; borrowed. */
const char *remote_dir(const struct remote *r);

/* Does a trainer run it, as far as is known? Known dead only behind all that it has written. */
bool remote_alive(const struct remote *r);

/* Has all come that was in the log when the host looked? */
bool remote_whole(const struct remote *r);

/* Does the trainer take commands now? */
bool remote_listens(const struct remote *r);

/* Bytes of the log there and here. The first is -1 as long as the host has not said. */
int64_t remote_log_size(const struct remote *r);
int64_t remote_mirror_size(const struct remote *r);

/* Connect to the trainer: a descriptor that is its control.sock, however far away; the caller closes
 * it. One at a time: the former one ends. -1: the link is not up. */
int remote_control(struct remote *r);

#endif
