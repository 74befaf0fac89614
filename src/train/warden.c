#include "warden.h"
#include "oom.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/event/log_writer.h"
#include "thaw/run/run_log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOOK_MS = 2000,    /* between two looks at the trainer's memory */
	GONE_MS = 1000,    /* from the end of the socket until the lock is free, at most */
	TELL_MAX = 1 << 17 /* bytes of a message */
};

/* What the trainer tells, a message each: the run directory goes with the first. */
enum tell { TELL_WATCH, TELL_COMMAND, TELL_END };

struct told_end {
	char tell;
	struct outcome outcome;
};

struct watch { /* of the warden itself */
	int fd;
	struct folder run;
	char **commands;
	size_t n_commands, cap_commands;
	struct oom oom;
	bool ended;
	struct outcome outcome;
};

/* ---- the trainer's side ---- */

void warden_watch(struct warden *w, const struct folder *run, const char *const *commands,
		  size_t n_commands)
{
	char tell = TELL_WATCH;
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} with = {.bytes = {0}};
	struct iovec part = {&tell, 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = with.bytes,
				 .msg_controllen = sizeof(with.bytes)};
	with.head = (struct cmsghdr){
	    .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&with.head), &run->fd, sizeof(run->fd));
	if (w->fd < 0 || sendmsg(w->fd, &message, MSG_NOSIGNAL) < 0)
		return;
	for (size_t i = 0; i < n_commands; i++) {
		char *text = xasprintf("%c%s", TELL_COMMAND, commands[i]);
		send(w->fd, text, 1 + strlen(commands[i]), MSG_NOSIGNAL);
		free(text);
	}
}

void warden_tell(struct warden *w, const struct outcome *o)
{
	struct told_end end = {.tell = TELL_END, .outcome = *o};
	if (w->fd >= 0)
		send(w->fd, &end, sizeof(end), MSG_NOSIGNAL);
}

void warden_leave(struct warden *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* ---- what it learns ---- */

static void take_run(struct watch *w, struct msghdr *message)
{
	struct cmsghdr *with = CMSG_FIRSTHDR(message);
	if (!with || with->cmsg_type != SCM_RIGHTS)
		return;
	int fd;
	memcpy(&fd, CMSG_DATA(with), sizeof(fd));
	char *link = folder_fd_path(fd, ".");
	folder_close(&w->run);
	w->run = (struct folder){fd, link};
}

static void take_end(struct watch *w, const char *bytes, size_t len)
{
	struct told_end end;
	if (len != sizeof(end))
		return;
	memcpy(&end, bytes, sizeof(end));
	w->outcome = end.outcome;
	w->ended = true;
}

/* False: there comes nothing more. */
static bool take_message(struct watch *w)
{
	static char bytes[TELL_MAX];
	char with[CMSG_SPACE(sizeof(int))];
	struct iovec part = {bytes, sizeof(bytes)};
	struct msghdr message = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = with, .msg_controllen = sizeof(with)};
	ssize_t n = recvmsg(w->fd, &message, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EINTR;
	if (n == 0)
		return false;
	if (bytes[0] == TELL_WATCH) {
		take_run(w, &message);
	} else if (bytes[0] == TELL_COMMAND) {
		ALLOC_GROW(w->commands, w->n_commands + 1, w->cap_commands);
		w->commands[w->n_commands++] = xstrndup(bytes + 1, (size_t)n - 1);
	} else {
		take_end(w, bytes, (size_t)n);
	}
	return !w->ended;
}

/* Until the run has ended, or the trainer is gone. */
static void wait_for_end(struct watch *w)
{
	bool on = true;
	while (on) {
		struct pollfd p = {.fd = w->fd, .events = POLLIN};
		int ready = poll(&p, 1, LOOK_MS);
		if (ready > 0)
			on = take_message(w);
		else
			oom_look(&w->oom);
	}
}

/* ---- what it says ---- */

/* The run's lock, or -1: it stays with somebody else. A trainer that was killed may hold it for a
 * moment yet. */
static int take_lock(const struct folder *run)
{
	int fd;
	int64_t until = clock_ms() + GONE_MS;
	if (folder_file(run, RUN_LOCK, FOLDER_APPEND, &fd, NULL))
		return -1;
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK || clock_ms() >= until) {
			close(fd);
			return -1;
		}
		poll(NULL, 0, 10);
	}
	return fd;
}

static void append_note(const struct watch *w, struct event *ev)
{
	struct log_writer *log;
	int lock = take_lock(&w->run);
	if (lock < 0)
		return;
	if (!log_writer_open(&log, &w->run, true, NULL)) {
		log_writer_append(log, ev, NULL);
		log_writer_close(log, NULL);
	}
	close(lock);
}

static void log_line(const struct watch *w, const char *line)
{
	int fd;
	if (folder_file(&w->run, RUN_TRAINER_LOG, FOLDER_LOG, &fd, NULL))
		return;
	FILE *out = fdopen(fd, "a");
	if (out) {
		say(out, "thaw: %s", line);
		fclose(out);
	} else {
		close(fd);
	}
}

static void tell_killed(struct watch *w, struct history *h)
{
	struct outcome *o = &w->outcome;
	struct strbuf words = STRBUF_INIT;
	struct event ev = {.type = EV_NOTE};
	h->killed = (struct history_killed){true, w->oom.peak, w->oom.limit};
	history_killed_words(h, &words);
	snprintf(o->reason, sizeof(o->reason),
		 "%s; a smaller train.cache, train.batch or network.input takes less", words.buf);
	ev.note = (struct event_note){
	    .level = NOTE_ERROR, .text = o->reason, .peak = w->oom.peak, .limit = w->oom.limit};
	append_note(w, &ev);
	log_line(w, o->reason);
	strbuf_release(&words);
}

static void copy_end(struct outcome *o, const struct history *h)
{
	if (h->ended) {
		o->status = run_status(h, false);
		snprintf(o->reason, sizeof(o->reason), "%s", h->end.reason ? h->end.reason : "");
	}
	o->epochs = (int64_t)h->n_epochs;
	o->iters = h->iter;
	const struct history_best best = history_best(h);
	o->best_acc = best.acc;
	if (best.epoch)
		o->best_epoch = opt_of((double)best.epoch);
}

/* The trainer has gone without a word: the log tells what there was, and whether it wrote its last
 * line in a hurry. */
static void look_at_log(struct watch *w)
{
	struct log_reader *log;
	struct history h;
	w->outcome =
	    (struct outcome){.status = RUN_STATUS_CRASHED, .reason = "the trainer was killed"};
	if (log_reader_open_in(&log, &w->run, NULL))
		return;
	history_init(&h);
	run_log_fold(log, &h);
	copy_end(&w->outcome, &h);
	if (!h.ended && oom_killed(&w->oom))
		tell_killed(w, &h);
	history_release(&h);
	log_reader_close(log);
}

static void run_commands(struct watch *w)
{
	for (size_t i = 0; i < w->n_commands; i++) {
		struct errinfo e;
		char text[sizeof(e.msg) + 64];
		struct event ev = {.type = EV_NOTE};
		if (!on_end_run(w->commands[i], &w->outcome, &w->run, ON_END_LIMIT_MS, &e))
			continue;
		snprintf(text, sizeof(text), "the command for the end failed: %s", e.msg);
		ev.note = (struct event_note){.level = NOTE_WARN, .text = text};
		append_note(w, &ev);
		log_line(w, text);
	}
}

/* ---- the process ---- */

/* Nothing of the trainer's is kept open: locks, pipes and terminals last as long as their last
 * holder. */
static void leave_all(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (keep != STDERR_FILENO + 1)
		dup3(keep, STDERR_FILENO + 1, O_CLOEXEC);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	setsid();
}

static void ignore_signals(void)
{
	static const int asks[] = {SIGINT,  SIGHUP,  SIGTERM, SIGQUIT,
				   SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2};
	for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++)
		signal(asks[i], SIG_IGN);
}

static _Noreturn void keep_watch(struct watch *w, int fd)
{
	leave_all(fd);
	ignore_signals();
	prctl(PR_SET_NAME, "thaw-warden", 0, 0, 0);
	w->fd = STDERR_FILENO + 1;
	wait_for_end(w);
	if (w->run.fd >= 0) {
		if (!w->ended)
			look_at_log(w);
		run_commands(w);
	}
	_exit(0);
}

/* A child of a child, for which nobody waits. It is born with the first look at the memory. */
static _Noreturn void be_born(int fd, const char *root, pid_t trainer)
{
	struct watch w = {.fd = fd, .run = FOLDER_INIT};
	oom_begin(&w.oom, root, trainer);
	if (fork() == 0)
		keep_watch(&w, fd);
	_exit(0);
}

void warden_start(struct warden *w, const char *root)
{
	int fds[2], status;
	pid_t trainer = getpid();
	w->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return;
	fflush(NULL);
	pid_t between = fork();
	if (between == 0) {
		close(fds[0]);
		be_born(fds[1], root, trainer);
	}
	close(fds[1]);
	while (between > 0 && waitpid(between, &status, 0) < 0 && errno == EINTR)
		;
	w->fd = fds[0];
	if (between < 0)
		warden_leave(w);
}
