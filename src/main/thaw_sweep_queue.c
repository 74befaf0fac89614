/* The queue of a sweep: so many trainers at a time, until every combination has run.
 *
 * Trainers leave our session as those of `thaw run` do, so that nothing that happens to the queue happens
 * to them; what it knows of them is in their run directories, from which the next queue goes on. A lock on
 * the sweep's file keeps a second queue away. */
#include "thaw_sweep.h"

#include "thaw_run_dir.h"
#include "thaw_trainer.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/run/remove.h"
#include "thaw/wire/control_client.h"
#include "thaw/wire/loop.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 200, HELLO_MS = 1000, SAID_MAX = 1 << 16 };

enum job_state { JOB_WAITING, JOB_STARTING, JOB_RUNNING, JOB_ENDED };

struct job { /* one combination */
	struct queue *queue;
	size_t i;
	char *name, *dir;
	enum job_state state;
	size_t slot;
	struct trainer_child child; /* pid -1: none of ours, or reaped */
	struct strbuf report, said;
	struct control_client *client; /* it was asked to stop */
	bool gone;                     /* no trainer and no end was there at the last look */
};

struct queue {
	const struct sweep_plan *plan;
	struct loop *loop;
	struct job *jobs;
	size_t n, n_active, n_ended;
	size_t n_timed; /* runs that finished, and */
	double seconds; /* how long they took, together */
	bool stopping, leaving;
	int status;
};

static int worse(int a, int b)
{
	return a == STATUS_FAILED || b == STATUS_OK ? a : b;
}

/* ---- what is told ---- */

static void add_left(const struct queue *q, struct strbuf *line)
{
	size_t left = q->n - q->n_ended;
	if (!left)
		return;
	strbuf_addf(line, "; %zu left", left);
	if (q->n_timed && !q->stopping)
		strbuf_addf(line, ", ~%s",
			    words_duration(q->seconds / (double)q->n_timed * (double)left /
					   (double)(left < q->plan->jobs ? left : q->plan->jobs)));
}

static void tell(const struct queue *q, const struct job *j, const char *words)
{
	struct strbuf line = STRBUF_INIT;
	strbuf_addf(&line, "%zu/%zu %s %s", q->n_ended, q->n, j->name, words);
	add_left(q, &line);
	say(stdout, "%s", line.buf);
	fflush(stdout);
	strbuf_release(&line);
}

static void add_result(const struct history *h, enum run_status status, struct strbuf *words)
{
	strbuf_addstr(words, run_status_name(status));
	if (status == RUN_STATUS_FAILED && h->ended && h->end.reason && *h->end.reason)
		strbuf_addf(words, " (%s)", h->end.reason);
	if (h->best_epoch >= 0)
		strbuf_addf(words, ": best %s %% in epoch %lld",
			    words_opt(words_percent, h->epochs[h->best_epoch].valid.acc),
			    (long long)h->epochs[h->best_epoch].epoch);
	strbuf_addf(words, ", %s in %s", words_n((int64_t)h->n_epochs, "epoch"),
		    words_duration(history_seconds(h)));
}

/* ---- the end of a job ---- */

static void stop_all(struct queue *q);

static void end_job(struct job *j, int status, const char *words)
{
	struct queue *q = j->queue;
	q->n_active -= j->state == JOB_STARTING || j->state == JOB_RUNNING;
	j->state = JOB_ENDED;
	control_client_close(j->client);
	j->client = NULL;
	q->n_ended++;
	q->status = worse(q->status, status);
	tell(q, j, words);
	if (status == STATUS_FAILED && cli_flag(q->plan->cli, "--fail-fast") && !q->stopping) {
		say(stderr, "thaw sweep: a run has failed: the others are stopped");
		stop_all(q);
	}
}

static void end_failed(struct job *j, const char *why)
{
	char *words = xasprintf("did not start: %s", why);
	end_job(j, j->queue->stopping ? STATUS_INTERRUPTED : STATUS_FAILED, words);
	free(words);
}

/* ---- a job that starts ---- */

static void reap(struct job *j)
{
	if (j->child.pid > 0 && waitpid(j->child.pid, NULL, WNOHANG) != 0)
		j->child.pid = -1;
}

/* Its report has ended, and all that it said is here. */
static void started(struct job *j)
{
	char *dir = trainer_reported(&j->report);
	reap(j);
	if (dir)
		j->state = JOB_RUNNING;
	else
		end_failed(j, j->said.len ? sweep_last_line(j->said.buf) : "the trainer has gone");
	free(dir);
}

static void close_pipe(struct job *j, int *fd)
{
	loop_fd_remove(j->queue->loop, *fd);
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void on_pipe(void *arg, int fd, short revents)
{
	struct job *j = arg;
	struct strbuf *to = fd == j->child.report ? &j->report : &j->said;
	char chunk[4096];
	(void)revents;
	ssize_t n = read(fd, chunk, sizeof(chunk));
	if (n > 0) {
		if (to->len < SAID_MAX)
			strbuf_add(to, chunk, (size_t)n);
		return;
	}
	close_pipe(j, fd == j->child.report ? &j->child.report : &j->child.said);
	if (j->child.report < 0 && j->child.said < 0 && j->state == JOB_STARTING)
		started(j);
}

static size_t free_slot(const struct queue *q)
{
	size_t slot = 0;
	for (size_t i = 0; i < q->n; i++) {
		const struct job *j = &q->jobs[i];
		if ((j->state == JOB_STARTING || j->state == JOB_RUNNING) && j->slot == slot) {
			slot++;
			i = SIZE_MAX; /* look at all of them again */
		}
	}
	return slot;
}

static void spawn(struct job *j, enum sweep_todo todo)
{
	struct queue *q = j->queue;
	const struct sweep_plan *p = q->plan;
	struct errinfo e;
	j->slot = free_slot(q);
	const char *device = p->n_devices ? p->devices[j->slot % p->n_devices] : NULL;
	char **words = sweep_words(p, j->i, todo, device, true);
	enum err r = trainer_spawn(words, &j->child, &e);
	sweep_words_free(words);
	if (r) {
		close_pipe(j, &j->child.report);
		close_pipe(j, &j->child.said);
		end_failed(j, e.msg);
		return;
	}
	j->state = JOB_STARTING;
	q->n_active++;
	loop_fd(q->loop, j->child.report, POLLIN, on_pipe, j);
	loop_fd(q->loop, j->child.said, POLLIN, on_pipe, j);
}

static void adopt(struct job *j)
{
	j->slot = free_slot(j->queue);
	j->state = JOB_RUNNING;
	j->queue->n_active++;
	say(stdout, "%s is being trained already", j->name);
}

static void start(struct job *j)
{
	struct errinfo e = {0};
	enum sweep_todo todo = sweep_todo(j->dir, &e);
	if (todo == SWEEP_ANEW) {
		int64_t freed;
		say(stdout, "%s has no checkpoint yet: it begins anew", j->name);
		todo = run_remove(j->dir, &freed, &e) ? SWEEP_LEAVE : SWEEP_START;
	}
	if (todo == SWEEP_RESUME)
		say(stdout, "%s is resumed", j->name);
	if (todo == SWEEP_WATCH)
		adopt(j);
	else if (todo == SWEEP_LEAVE)
		end_failed(j, e.msg);
	else
		spawn(j, todo);
	fflush(stdout);
}

/* ---- a job that trains ---- */

static void finish(struct job *j, const struct history *h, enum run_status status)
{
	struct strbuf words = STRBUF_INIT;
	add_result(h, status, &words);
	if (status == RUN_STATUS_FINISHED) {
		j->queue->n_timed++;
		j->queue->seconds += history_seconds(h);
	}
	end_job(j, run_status_exit(status), words.buf);
	strbuf_release(&words);
}

/* A trainer that is gone may just have been followed by another, or its warden has a word to say: only
 * what is so at two looks has crashed. */
static void look(struct job *j)
{
	struct history h;
	struct errinfo e;
	enum run_status status = RUN_STATUS_CRASHED;
	reap(j);
	if (run_live(j->dir))
		return;
	history_init(&h);
	enum err r = run_load(j->dir, &h, &status, &e);
	bool crashed = r || status == RUN_STATUS_CRASHED;
	if (!crashed || j->gone)
		r ? end_failed(j, e.msg) : finish(j, &h, status);
	j->gone = crashed;
	history_release(&h);
}

static void ask_to_stop(struct job *j)
{
	struct folder run;
	struct command cmd = {.type = CMD_STOP};
	struct errinfo e;
	if (j->client)
		return;
	enum err r = folder_open(&run, j->dir, &e);
	if (!r)
		r = control_client_open_within(&j->client, &run, RUN_SOCKET, HELLO_MS, &e);
	if (!r)
		r = control_client_introduce(j->client, "thaw sweep", false, false, &e);
	if (!r)
		r = control_client_send(j->client, &cmd, &e);
	if (r) { /* at the next look again */
		control_client_close(j->client);
		j->client = NULL;
	}
	folder_close(&run);
}

/* ---- the queue ---- */

static void stop_all(struct queue *q)
{
	q->stopping = true;
	for (size_t i = 0; i < q->n; i++)
		if (q->jobs[i].state == JOB_STARTING && q->jobs[i].child.pid > 0)
			kill(q->jobs[i].child.pid, SIGINT);
}

static void fill(struct queue *q)
{
	for (size_t i = 0; i < q->n && !q->stopping && q->n_active < q->plan->jobs; i++)
		if (q->jobs[i].state == JOB_WAITING)
			start(&q->jobs[i]);
}

static void on_timer(void *arg)
{
	struct queue *q = arg;
	for (size_t i = 0; i < q->n; i++) {
		struct job *j = &q->jobs[i];
		if (j->state == JOB_RUNNING && q->stopping)
			ask_to_stop(j);
		if (j->state == JOB_RUNNING)
			look(j);
	}
	fill(q);
	if (!q->n_active)
		loop_stop(q->loop);
}

static void on_interrupt(void *arg, int signo)
{
	struct queue *q = arg;
	(void)signo;
	q->status = worse(q->status, STATUS_INTERRUPTED);
	if (q->stopping) {
		q->leaving = true;
		say(stderr, "the runs go on; `thaw sweep %s` takes the queue up again",
		    q->plan->path);
		loop_stop(q->loop);
		return;
	}
	say(stderr, "stopping and saving what trains; once more leaves it going");
	stop_all(q);
}

/* The terminal is gone, which is no reason to end. */
static void on_hangup(void *arg, int signo)
{
	(void)arg, (void)signo;
}

static enum err watch_signals(struct queue *q, struct errinfo *e)
{
	signal(SIGPIPE, SIG_IGN);
	enum err r = loop_signal(q->loop, SIGINT, on_interrupt, q, e);
	if (!r)
		r = loop_signal(q->loop, SIGTERM, on_interrupt, q, e);
	return r ? r : loop_signal(q->loop, SIGHUP, on_hangup, q, e);
}

static void queue_open(struct queue *q)
{
	q->n = sweep_count(&q->plan->sweep);
	q->jobs = xcalloc(q->n, sizeof(*q->jobs));
	for (size_t i = 0; i < q->n; i++) {
		struct job *j = &q->jobs[i];
		*j = (struct job){.queue = q,
				  .i = i,
				  .child = {-1, -1, -1},
				  .report = STRBUF_INIT,
				  .said = STRBUF_INIT};
		j->name = sweep_run_name(&q->plan->sweep, i);
		j->dir = path_join(q->plan->runs, j->name);
	}
}

static void queue_close(struct queue *q)
{
	for (size_t i = 0; i < q->n; i++) {
		struct job *j = &q->jobs[i];
		control_client_close(j->client);
		close_pipe(j, &j->child.report);
		close_pipe(j, &j->child.said);
		strbuf_release(&j->report);
		strbuf_release(&j->said);
		free(j->name);
		free(j->dir);
	}
	free(q->jobs);
	loop_free(q->loop);
}

/* What has finished is kept, and those that train count among the jobs, before any other is started. */
static void take_over(struct queue *q)
{
	for (size_t i = 0; i < q->n; i++) {
		struct job *j = &q->jobs[i];
		struct errinfo why;
		enum sweep_todo todo = sweep_todo(j->dir, &why);
		if (todo == SWEEP_WATCH)
			adopt(j);
		if (todo != SWEEP_KEEP)
			continue;
		j->state = JOB_ENDED;
		q->n_ended++;
	}
	if (q->n_ended)
		say(stdout, "%s finished before", words_n((int64_t)q->n_ended, "run"));
}

static int train(struct queue *q)
{
	struct errinfo e;
	if (watch_signals(q, &e))
		return cli_fail(q->plan->cli->cmd, &e);
	take_over(q);
	fill(q);
	loop_timer(q->loop, LOOK_MS, on_timer, q);
	loop_run(q->loop);
	if (q->n_ended < q->n && !q->leaving)
		say(stderr, "thaw sweep: %s not trained; `thaw sweep %s` goes on",
		    words_n((int64_t)(q->n - q->n_ended), "run"), q->plan->path);
	return q->status;
}

/* Held until *lock is closed. */
static enum err lock_sweep(const struct sweep_plan *p, int *lock, struct errinfo *e)
{
	struct folder runs;
	char *file = xasprintf("%s" SWEEP_ENDING, p->sweep.name);
	enum err r = folder_open(&runs, p->runs, e);
	if (!r)
		r = folder_file(&runs, file, FOLDER_READ, lock, e);
	if (!r && flock(*lock, LOCK_EX | LOCK_NB) < 0)
		r = sweep_at_work(p, e);
	folder_close(&runs);
	free(file);
	return r;
}

int sweep_queue(const struct sweep_plan *p)
{
	struct queue q = {.plan = p, .loop = loop_new()};
	struct errinfo e;
	int lock = -1, status;
	if (lock_sweep(p, &lock, &e)) {
		status = cli_fail(p->cli->cmd, &e);
		loop_free(q.loop);
	} else {
		queue_open(&q);
		status = train(&q);
		queue_close(&q);
		say(stdout, "%s", "");
		sweep_show(p->cli, p->path, SWEEP_MEANS);
	}
	if (lock >= 0)
		close(lock);
	return status;
}
