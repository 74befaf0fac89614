#include "thaw_headless.h"

#include "thaw_remote.h"
#include "thaw_run_dir.h"

#include "thaw/base/words.h"
#include "thaw/base/alloc.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/run/run_log.h"
#include "thaw/base/say.h"
#include "thaw/event/log_reader.h"
#include "thaw/report/lines.h"
#include "thaw/wire/link.h"
#include "thaw/wire/loop.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

enum { LOOK_AGAIN_MS = 500 }; /* at the lock, and at the log where inotify does not tell */

struct follower {
	const struct subcommand *cmd;
	const char *dir;
	const char *name; /* what the user calls it */
	struct loop *loop;
	struct log_reader *reader;
	struct history history;
	struct lines lines;
	struct folder run;
	struct link link;
	bool watch;      /* never asks for it */
	bool stop;       /* to be asked for once there is a connection */
	bool lost;       /* the link to another machine, and that was told */
	bool unsaved;    /* the run waits for its disk, and that was told */
	size_t n_broken; /* lines that could not be read; the first was told */
	int interrupts;
	bool gone;         /* at the last look no trainer and no end was there */
	bool done, closed; /* the run is over; our output is */
	enum run_status status;
};

static bool open_log(struct follower *f)
{
	struct errinfo e;
	enum err r = log_reader_open(&f->reader, f->dir, &e);
	if (r)
		say(stderr, "thaw %s: %s", f->cmd->name, e.msg);
	history_init(&f->history);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	return r == ERR_OK;
}

static void close_log(struct follower *f)
{
	if (f->n_broken > 1)
		say(stderr, "thaw %s: %s of the log could not be read", f->cmd->name,
		    words_n((int64_t)f->n_broken - 1, "more line"));
	log_reader_close(f->reader);
	history_release(&f->history);
}

/* Where one line cannot be read, a thousand may follow. */
static void tell_broken(void *arg, const struct errinfo *e)
{
	struct follower *f = arg;
	history_broken(&f->history);
	f->n_broken += e->line > 0;
	if (e->line == 0 || f->n_broken == 1)
		say(stderr, "thaw %s: %s", f->cmd->name, e->msg);
}

/* Print all that is complete in the log. */
static void drain(struct follower *f)
{
	struct event ev;
	while (!f->closed && run_log_next(f->reader, &ev, tell_broken, f)) {
		history_apply(&f->history, &ev);
		lines_print(&f->lines, &f->history, &ev, stdout);
		event_release(&ev);
		f->closed = ferror(stdout) != 0;
	}
}

/* Read on; find out whether that was all. A trainer that is gone may just have been followed by
 * another, or its warden has a word to say: only what is so at two looks has crashed. */
static void look(struct follower *f)
{
	bool live = link_alive(&f->link);
	drain(f);
	f->status = run_status(&f->history, live);
	bool gone = f->status == RUN_STATUS_CRASHED;
	f->done = gone ? f->gone : f->status != RUN_STATUS_RUNNING;
	f->gone = gone;
	if (f->done || f->closed || link_over(&f->link))
		loop_stop(f->loop);
}

static void on_log(void *arg, int fd, short revents)
{
	(void)fd, (void)revents;
	struct follower *f = arg;
	drain(f);
	if (f->history.ended || f->closed)
		look(f);
}

/* Once that it is lost, and why; once that it is there again. */
static void tell_link(struct follower *f)
{
	char words[512];
	link_words(&f->link, words, sizeof(words));
	if (!f->lost && *words)
		say(stderr, "thaw %s: %s", f->cmd->name, words);
	else if (f->lost && !*words)
		say(stderr, "thaw %s: the link is there again", f->cmd->name);
	f->lost = *words != '\0';
}

static void on_timer(void *arg)
{
	struct follower *f = arg;
	link_tick(&f->link);
	tell_link(f);
	look(f);
}

static void stop_failed(const struct follower *f, const char *why)
{
	say(stderr, "thaw %s: cannot ask the trainer to stop: %s", f->cmd->name, why);
}

static void send_stop(struct follower *f)
{
	struct errinfo e;
	f->stop = false;
	if (link_send(&f->link, CMD_STOP, NULL, &e))
		stop_failed(f, e.msg);
}

/* Through the socket, for the log may be what cannot be written. */
static void tell_unsaved(struct follower *f, const char *reason)
{
	if (*reason)
		say(stdout, "not saved, the run waits: %s", reason);
	else if (f->unsaved)
		say(stdout, "saved, the run goes on");
	f->unsaved = *reason != '\0';
}

static void on_reply(void *arg, const struct reply *r)
{
	struct follower *f = arg;
	if (r->unsaved)
		tell_unsaved(f, r->unsaved);
	else if (r->ok && !r->id) /* when the stop takes effect */
		say(stderr, "%s", r->msg ? r->msg : "");
	else if (!r->ok)
		say(stderr, "thaw %s: the trainer refuses to stop: %s", f->cmd->name,
		    r->msg ? r->msg : "");
	if (f->stop)
		send_stop(f);
}

static void ask_to_stop(struct follower *f)
{
	f->stop = true;
	link_tick(&f->link);
	if (f->link.client)
		send_stop(f);
	else if (!f->link.attempt)
		stop_failed(f, "it does not listen");
}

static void on_interrupt(void *arg, int signo)
{
	(void)signo;
	struct follower *f = arg;
	if (f->interrupts++ || f->watch) {
		char *name = run_name(f->name);
		say(stderr, "%s goes on; `thaw attach %s` shows it, `thaw ctl %s stop` ends it",
		    name, f->name, f->name);
		free(name);
		loop_stop(f->loop);
		return;
	}
	say(stderr, "stopping after this iteration; once more leaves the run going");
	ask_to_stop(f);
}

static void tell_crashed(const struct follower *f)
{
	struct folder run;
	struct strbuf killed = STRBUF_INIT;
	bool any = folder_open(&run, f->dir, NULL) == ERR_OK && folder_has(&run, RUN_TRAINER_LOG);
	char *words = any ? folder_path(&run, RUN_TRAINER_LOG) : NULL;
	if (history_killed_words(&f->history, &killed))
		say(stderr, "thaw %s: the trainer was %s", f->cmd->name, killed.buf);
	else
		say(stderr, "thaw %s: the trainer has gone without an end%s%s%s", f->cmd->name,
		    any ? "; " : ", or the log was cut", any ? words : "",
		    any ? " may tell why" : "");
	strbuf_release(&killed);
	free(words);
	folder_close(&run);
}

static int exit_status(struct follower *f)
{
	if (f->done && f->status == RUN_STATUS_CRASHED)
		tell_crashed(f);
	if (!f->done && link_over(&f->link))
		return STATUS_FAILED;
	return f->done ? run_status_exit(f->status) : STATUS_INTERRUPTED;
}

static bool watch(struct follower *f)
{
	struct errinfo e;
	loop_fd(f->loop, log_reader_fd(f->reader), POLLIN, on_log, f);
	loop_timer(f->loop, LOOK_AGAIN_MS, on_timer, f);
	if (loop_signal(f->loop, SIGINT, on_interrupt, f, &e) ||
	    loop_signal(f->loop, SIGTERM, on_interrupt, f, &e)) {
		say(stderr, "thaw %s: %s", f->cmd->name, e.msg);
		return false;
	}
	return true;
}

static void leave_loop(struct follower *f, const struct remote_run *remote)
{
	if (!remote)
		loop_free(f->loop);
}

int headless_follow(const struct subcommand *cmd, const char *dir, const struct remote_run *remote,
		    bool only_watch)
{
	struct follower f = {.cmd = cmd,
			     .dir = dir,
			     .watch = only_watch,
			     .name = remote ? remote->name : dir,
			     .loop = remote ? remote->loop : loop_new(),
			     .run = FOLDER_INIT};
	int status = STATUS_FAILED;
	if (open_log(&f) && watch(&f)) {
		if (!folder_open(&f.run, dir, NULL))
			link_init(&f.link, f.loop, &f.run, remote ? remote->remote : NULL, on_reply,
				  &f);
		look(&f);
		link_tick(&f.link);
		if (!loop_stopped(f.loop))
			loop_run(f.loop);
		status = exit_status(&f);
	}
	link_release(&f.link);
	folder_close(&f.run);
	leave_loop(&f, remote);
	close_log(&f);
	return status;
}

int headless_print(const struct subcommand *cmd, const char *dir, bool alive)
{
	struct follower f = {.cmd = cmd, .dir = dir};
	int status = STATUS_FAILED;
	if (open_log(&f)) {
		drain(&f);
		f.status = run_status(&f.history, alive);
		f.done = !f.closed && f.status != RUN_STATUS_RUNNING;
		status = f.done ? exit_status(&f) : STATUS_OK;
	}
	close_log(&f);
	return status;
}
