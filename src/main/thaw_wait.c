/* thaw wait: until runs have ended. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"

#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"
#include "thaw/run/run_log.h"
#include "thaw/wire/loop.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_AGAIN_MS = 500, STATUS_TIMEOUT = 124 /* as of timeout(1) */ };

struct waiting { /* for one run */
	struct wait *all;
	char *dir;
	struct log_reader *reader;
	struct history history;
	bool gone; /* no trainer and no end was there at the last look */
	bool done;
	enum run_status status;
};

struct wait {
	const struct subcommand *cmd;
	struct loop *loop;
	struct waiting *runs;
	size_t n, n_done;
	int status; /* to exit with, once it is known */
};

/* The worst that a run came to: failed or crashed, then stopped. */
static int worse(int a, int b)
{
	return a == STATUS_FAILED || b == STATUS_OK ? a : b;
}

static void tell(const struct waiting *w)
{
	const struct history *h = &w->history;
	struct strbuf line = STRBUF_INIT;
	char *name = run_name(w->dir);
	strbuf_addf(&line, "%s: ", name);
	if (h->ended)
		history_end_words(h, &line);
	else if (!history_killed_words(h, &line))
		strbuf_addstr(&line, "crashed: the trainer has gone without an end");
	strbuf_addf(&line, "; %s in %s", words_n((int64_t)h->n_epochs, "epoch"),
		    words_duration(history_seconds(h)));
	if (h->best_epoch >= 0)
		strbuf_addf(&line, ", best validation accuracy %s %% in epoch %lld",
			    words_opt(words_percent, h->epochs[h->best_epoch].valid.acc),
			    (long long)h->epochs[h->best_epoch].epoch);
	say(stdout, "%s", line.buf);
	fflush(stdout);
	strbuf_release(&line);
	free(name);
}

/* A trainer that is gone may just have been followed by another, or its warden has a word to say:
 * only what is so at two looks has crashed. One that has written its end and is there yet is closing
 * its files, or is one that takes the run up again. */
static void look(struct waiting *w)
{
	bool live = run_live(w->dir);
	if (w->done)
		return;
	run_log_fold(w->reader, &w->history);
	w->status = run_status(&w->history, live);
	bool gone = w->status == RUN_STATUS_CRASHED;
	w->done = gone ? w->gone : !live;
	w->gone = gone;
	if (!w->done)
		return;
	tell(w);
	loop_fd_remove(w->all->loop, log_reader_fd(w->reader));
	w->all->status = worse(w->all->status, run_status_exit(w->status));
	if (++w->all->n_done == w->all->n)
		loop_stop(w->all->loop);
}

/* What comes into the log is looked at at once only where it may be the end. */
static void on_log(void *arg, int fd, short revents)
{
	struct waiting *w = arg;
	(void)fd, (void)revents;
	run_log_fold(w->reader, &w->history);
	if (w->history.ended)
		look(w);
}

static void on_timer(void *arg)
{
	struct wait *all = arg;
	for (size_t i = 0; i < all->n; i++)
		look(&all->runs[i]);
}

static void give_up(struct wait *all, int status)
{
	all->status = status;
	loop_stop(all->loop);
}

static void on_timeout(void *arg)
{
	struct wait *all = arg;
	say(stderr, "thaw wait: %s still going on",
	    all->n - all->n_done == 1 ? "a run is" : "runs are");
	give_up(all, STATUS_TIMEOUT);
}

static void on_signal(void *arg, int signo)
{
	(void)signo;
	give_up(arg, STATUS_INTERRUPTED);
}

/* "90", "90s", "5m", "2h" in milliseconds; 0: it is none. */
static int duration_ms(const char *text)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {{"", 1e3}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}};
	char *end;
	double v = strtod(text, &end);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (end > text && strcmp(end, units[i].unit) == 0 && v > 0 &&
		    v * units[i].ms <= INT32_MAX)
			return v * units[i].ms < 1 ? 1 : (int)(v * units[i].ms);
	return 0;
}

static enum err open_run(struct waiting *w, struct wait *all, const char *name, const char *runs,
			 struct errinfo *e)
{
	*w = (struct waiting){.all = all};
	history_init(&w->history);
	enum err r = run_find(&w->dir, name, runs, e);
	if (!r)
		r = run_check(w->dir, e);
	if (!r)
		r = log_reader_open(&w->reader, w->dir, e);
	if (!r)
		loop_fd(all->loop, log_reader_fd(w->reader), POLLIN, on_log, w);
	return r;
}

static void close_run(struct waiting *w)
{
	log_reader_close(w->reader);
	history_release(&w->history);
	free(w->dir);
}

static int wait_for_all(struct wait *all, int timeout_ms, struct errinfo *e)
{
	if (loop_signal(all->loop, SIGINT, on_signal, all, e) ||
	    loop_signal(all->loop, SIGTERM, on_signal, all, e))
		return cli_fail(all->cmd, e);
	on_timer(all);
	loop_timer(all->loop, LOOK_AGAIN_MS, on_timer, all);
	if (timeout_ms)
		loop_timer(all->loop, timeout_ms, on_timeout, all);
	if (!loop_stopped(all->loop))
		loop_run(all->loop);
	return all->status;
}

static int wait_run(const struct cli *c)
{
	struct wait all = {.cmd = c->cmd, .loop = loop_new(), .n = c->n_operands};
	const char *timeout = cli_value(c, "--timeout", NULL);
	struct errinfo e = {0};
	int status = STATUS_OK, timeout_ms = timeout ? duration_ms(timeout) : 0;
	size_t n = 0;
	if (timeout && !timeout_ms)
		status = cli_usage(c->cmd, "--timeout needs a time like 90, 30m or 12h, not '%s'",
				   timeout);
	all.runs = xcalloc(all.n, sizeof(*all.runs));
	for (; n < all.n && status == STATUS_OK; n++)
		if (open_run(&all.runs[n], &all, c->operands[n], cli_value(c, "--runs", NULL), &e))
			status = cli_fail(c->cmd, &e);
	if (status == STATUS_OK)
		status = wait_for_all(&all, timeout_ms, &e);
	while (n)
		close_run(&all.runs[--n]);
	free(all.runs);
	loop_free(all.loop);
	return status;
}

static const struct cli_option options[] = {
    {"--timeout", "TIME", "give up after so long, 90, 30m or 12h, with exit status 124"},
    RUNS_OPTION,
    {0},
};

const struct subcommand cmd_wait = {
    .name = "wait",
    .args = "RUN... [--timeout TIME] [--runs DIR]",
    .help =
	"Wait until runs have ended, and exit as they did: 0 finished, 130 stopped, 1 failed or "
	"crashed; of several runs the worst.",
    .options = options,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = wait_run,
};
