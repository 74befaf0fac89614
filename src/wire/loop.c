#include "thaw/wire/loop.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct watch {
	int fd;
	short events;
	uint64_t serial; /* tells a watch from its replacement within one turn */
	loop_fd_fn *fn;
	void *arg;
};

struct timer {
	int id;
	int period_ms;
	int64_t due_ms;
	loop_timer_fn *fn;
	void *arg;
};

struct signal_watch {
	int signo;
	loop_signal_fn *fn;
	void *arg;
	struct sigaction was;
};

struct loop {
	struct watch *watches;
	size_t n_watches, cap_watches;
	struct timer *timers;
	size_t n_timers, cap_timers;
	struct signal_watch *signals;
	size_t n_signals, cap_signals;
	struct pollfd *fds; /* of this turn; serials runs beside it */
	uint64_t *serials;
	size_t cap_fds, cap_serials;
	uint64_t last_serial;
	int last_timer;
	int pipe[2]; /* -1 until a signal is watched */
	int n_called;
	bool stopped;
};

/* What a handler may touch: a flag and the pipe that wakes the loop watching the signal. */
static volatile sig_atomic_t arrived[NSIG];
static volatile sig_atomic_t wake_fd[NSIG];

struct loop *loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof(*l));
	l->pipe[0] = l->pipe[1] = -1;
	return l;
}

void loop_signals_remove(struct loop *l)
{
	for (size_t i = 0; i < l->n_signals; i++)
		sigaction(l->signals[i].signo, &l->signals[i].was, NULL);
	l->n_signals = 0;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	loop_signals_remove(l);
	for (int i = 0; i < 2; i++)
		if (l->pipe[i] >= 0)
			close(l->pipe[i]);
	free(l->watches);
	free(l->timers);
	free(l->signals);
	free(l->fds);
	free(l->serials);
	free(l);
}

static struct watch *find_watch(struct loop *l, int fd)
{
	for (size_t i = 0; i < l->n_watches; i++)
		if (l->watches[i].fd == fd)
			return &l->watches[i];
	return NULL;
}

void loop_fd(struct loop *l, int fd, short events, loop_fd_fn *fn, void *arg)
{
	if (fd < 0)
		return;
	struct watch *w = find_watch(l, fd);
	if (!w) {
		ALLOC_GROW(l->watches, l->n_watches + 1, l->cap_watches);
		w = &l->watches[l->n_watches++];
	}
	*w = (struct watch){fd, events, ++l->last_serial, fn, arg};
}

void loop_fd_remove(struct loop *l, int fd)
{
	struct watch *w = find_watch(l, fd);
	if (w)
		*w = l->watches[--l->n_watches];
}

static struct timer *find_timer(struct loop *l, int id)
{
	for (size_t i = 0; i < l->n_timers; i++)
		if (l->timers[i].id == id)
			return &l->timers[i];
	return NULL;
}

int loop_timer(struct loop *l, int ms, loop_timer_fn *fn, void *arg)
{
	ms = ms < 1 ? 1 : ms;
	ALLOC_GROW(l->timers, l->n_timers + 1, l->cap_timers);
	l->timers[l->n_timers++] = (struct timer){++l->last_timer, ms, clock_ms() + ms, fn, arg};
	return l->last_timer;
}

void loop_timer_cancel(struct loop *l, int id)
{
	struct timer *t = find_timer(l, id);
	if (t)
		*t = l->timers[--l->n_timers];
}

static void on_signal(int signo)
{
	int saved = errno;
	arrived[signo] = 1;
	/* A full pipe will wake the loop just as well. */
	if (write(wake_fd[signo], "", 1) < 0)
		errno = saved;
	errno = saved;
}

static void drain_pipe(void *arg, int fd, short revents)
{
	char bytes[64];
	struct loop *l = arg;
	(void)revents;
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	l->n_called--; /* the signals' own callbacks are what counts */
}

static enum err open_pipe(struct loop *l, struct errinfo *e)
{
	if (l->pipe[0] >= 0)
		return ERR_OK;
	if (pipe2(l->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
		l->pipe[0] = l->pipe[1] = -1;
		return err_set(e, ERR_IO, "pipe: %s", strerror(errno));
	}
	loop_fd(l, l->pipe[0], POLLIN, drain_pipe, l);
	return ERR_OK;
}

enum err loop_signal(struct loop *l, int signo, loop_signal_fn *fn, void *arg, struct errinfo *e)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct signal_watch w = {.signo = signo, .fn = fn, .arg = arg};
	enum err r = open_pipe(l, e);
	if (r)
		return r;
	for (size_t i = 0; i < l->n_signals; i++)
		if (l->signals[i].signo == signo) {
			l->signals[i].fn = fn;
			l->signals[i].arg = arg;
			return ERR_OK;
		}
	if (signo < 1 || signo >= NSIG)
		return err_set(e, ERR_VALUE, "signal %d does not exist", signo);
	arrived[signo] = 0;
	wake_fd[signo] = l->pipe[1];
	sigemptyset(&action.sa_mask);
	if (sigaction(signo, &action, &w.was) != 0)
		return err_set(e, ERR_VALUE, "signal %d cannot be caught: %s", signo,
			       strerror(errno));
	ALLOC_GROW(l->signals, l->n_signals + 1, l->cap_signals);
	l->signals[l->n_signals++] = w;
	return ERR_OK;
}

/* How long poll(2) may wait: to the first timer, `max_wait_ms` at most. */
static int wait_ms(const struct loop *l, int max_wait_ms)
{
	int64_t wait = max_wait_ms < 0 ? -1 : max_wait_ms, now = clock_ms();
	for (size_t i = 0; i < l->n_timers; i++) {
		int64_t left = l->timers[i].due_ms - now;
		left = left < 0 ? 0 : left;
		if (wait < 0 || left < wait)
			wait = left;
	}
	return (int)wait;
}

static int poll_watches(struct loop *l, int timeout_ms)
{
	size_t n = l->n_watches;
	ALLOC_GROW(l->fds, n + 1, l->cap_fds);
	ALLOC_GROW(l->serials, n + 1, l->cap_serials);
	for (size_t i = 0; i < n; i++) {
		l->fds[i] = (struct pollfd){l->watches[i].fd, l->watches[i].events, 0};
		l->serials[i] = l->watches[i].serial;
	}
	int ready = poll(l->fds, n, timeout_ms);
	if (ready < 0 && errno == EINTR) /* a signal of ours has left a byte in the pipe */
		ready = poll(l->fds, n, 0);
	return ready > 0 ? (int)n : 0;
}

static void call_watches(struct loop *l, int n)
{
	for (int i = 0; i < n; i++) {
		struct pollfd p = l->fds[i];
		const struct watch *w = p.revents ? find_watch(l, p.fd) : NULL;
		if (!w || w->serial != l->serials[i])
			continue;
		l->n_called++;
		w->fn(w->arg, p.fd, p.revents);
	}
}

static void call_signals(struct loop *l)
{
	for (size_t i = 0; i < l->n_signals; i++) {
		struct signal_watch w = l->signals[i];
		if (!arrived[w.signo])
			continue;
		arrived[w.signo] = 0;
		l->n_called++;
		w.fn(w.arg, w.signo);
	}
}

/* Ids only grow, so one pass in the order of ids calls each due timer once, and none made
 * meanwhile. */
static void call_timers(struct loop *l)
{
	int64_t now = clock_ms();
	int last = l->last_timer;
	for (int after = 0;;) {
		struct timer *next = NULL;
		for (size_t i = 0; i < l->n_timers; i++) {
			struct timer *t = &l->timers[i];
			if (t->id > after && t->id <= last && t->due_ms <= now &&
			    (!next || t->id < next->id))
				next = t;
		}
		if (!next)
			return;
		after = next->id;
		next->due_ms = now + next->period_ms;
		l->n_called++;
		next->fn(next->arg);
	}
}

int loop_run_once(struct loop *l, int max_wait_ms)
{
	l->n_called = 0;
	int n = poll_watches(l, wait_ms(l, max_wait_ms));
	call_watches(l, n);
	call_signals(l);
	call_timers(l);
	return l->n_called;
}

void loop_run(struct loop *l)
{
	l->stopped = false;
	while (!l->stopped)
		loop_run_once(l, -1);
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}

bool loop_stopped(const struct loop *l)
{
	return l->stopped;
}
