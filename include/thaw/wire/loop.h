/* A small poll(2) loop for one thread: descriptors, repeating timers, signals.
 *
 * It owns no descriptor that it is given. Callbacks may add and remove anything, themselves
 * included, and may call loop_stop(). Invariant: a callback is never called after its removal, not
 * even within the same turn.
 */
#ifndef THAW_WIRE_LOOP_H
#define THAW_WIRE_LOOP_H

#include "thaw/base/err.h"

#include <stdbool.h>

struct loop;

/* `revents` is poll(2)'s: POLLIN, POLLOUT, POLLHUP, POLLERR, … */
typedef void loop_fd_fn(void *arg, int fd, short revents);
typedef void loop_timer_fn(void *arg);
typedef void loop_signal_fn(void *arg, int signo);

struct loop *loop_new(void);
void loop_free(struct loop *l); /* signal handlers it installed are restored; NULL is allowed */

/* Watch `fd` for `events`; the same descriptor again replaces the former entry. Negative ones are
 * ignored. */
void loop_fd(struct loop *l, int fd, short events, loop_fd_fn *fn, void *arg);
void loop_fd_remove(struct loop *l, int fd);

/* Call `fn` every `ms` milliseconds (at least 1) from now on, until cancelled. A turn that comes
 * late calls it once, not once for each period missed. Returns an id > 0. */
int loop_timer(struct loop *l, int ms, loop_timer_fn *fn, void *arg);
void loop_timer_cancel(struct loop *l, int id); /* an unknown or cancelled id is ignored */

/* Deliver a signal as a callback of the loop, through a self-pipe. One loop a process may watch a
 * given signal. Several arrivals before a turn may give one callback. Errors: ERR_IO, ERR_VALUE
 * (not a signal that can be caught) */
enum err loop_signal(struct loop *l, int signo, loop_signal_fn *fn, void *arg, struct errinfo *e);

/* Watch no signal any more: their handlers are as they were before. */
void loop_signals_remove(struct loop *l);

/* Wait for the next thing, `max_wait_ms` at most (-1 = as long as it takes), and call what is due.
 * Returns how many callbacks were called; 0 is a plain timeout or a signal without a callback. */
int loop_run_once(struct loop *l, int max_wait_ms);

/* Turns until loop_stop(). */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
bool loop_stopped(const struct loop *l);

#endif
