#include "thaw_resume_all.h"

#include "thaw_run_dir.h"
#include "thaw_trainer.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/run/resumable.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct round {
	const struct cli *cli;
	bool dry;
	size_t n_started, n_refused, n_left; /* n_left: would be taken up if that was asked for */
};

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Is a run that ended so to be taken up? */
static bool is_asked(const struct cli *c, const struct history *h, enum run_status status)
{
	return run_cut_off(h, status) ||
	       (status == RUN_STATUS_STOPPED && cli_flag(c, "--stopped")) ||
	       (status == RUN_STATUS_FAILED && cli_flag(c, "--failed"));
}

/* "crashed in epoch 3, after iteration 120". */
static void say_what(const struct round *r, const char *dir, const struct history *h,
		     enum run_status status)
{
	say(stdout, "%s %s: %s in epoch %lld, after iteration %s%s%s%s",
	    r->dry ? "would resume" : "resumed", path_base(dir), run_status_name(status),
	    (long long)h->epoch, words_count(h->iter), r->dry ? "" : "; `thaw attach ",
	    r->dry ? "" : dir, r->dry ? "" : "` shows it");
}

/* The trainer says itself why it does not start. */
static bool start(const struct round *r, const char *dir)
{
	const struct cli *c = r->cli;
	const char **words = xcalloc(2 * c->n_given + 8, sizeof(*words));
	size_t n = 1; /* words[0] is the program */
	char *reported = NULL;
	words[n++] = "resume";
	n += trainer_options(c, words + n);
	words[n++] = "--";
	words[n++] = dir;
	int status = trainer_start(c->cmd, words, &reported);
	free(words);
	free(reported);
	return status == STATUS_OK;
}

static void skip(struct round *r, const char *dir, const char *why, bool counts)
{
	fflush(stdout);
	say(stderr, "thaw %s: %s is skipped%s%s", r->cli->cmd->name, path_base(dir),
	    *why ? ": " : "", why);
	r->n_refused += counts;
}

static void take_up(struct round *r, const char *dir, const struct history *h,
		    enum run_status status)
{
	struct errinfo e = {0};
	enum err no = run_resumable(dir, status, &e);
	if (!is_asked(r->cli, h, status)) {
		r->n_left += !no;
		return;
	}
	if (no) {
		skip(r, dir, e.msg, no != ERR_STATE);
		return;
	}
	if (!r->dry && !start(r, dir)) {
		skip(r, dir, "", true);
		return;
	}
	say_what(r, dir, h, status);
	fflush(stdout);
	r->n_started++;
}

/* Says nothing of what is no run. */
static void look(struct round *r, const char *dir)
{
	struct history h;
	struct errinfo e = {0};
	enum run_status status;
	history_init(&h);
	enum err no = run_load(dir, &h, &status, &e);
	if (no && no != ERR_NOT_FOUND)
		skip(r, dir, e.msg, true);
	else if (!no && status != RUN_STATUS_FINISHED && status != RUN_STATUS_RUNNING)
		take_up(r, dir, &h, status);
	history_release(&h);
}

static void sum_up(const struct round *r, const char *runs)
{
	if (!r->n_started && !r->n_refused)
		say(stdout, "no run in %s was cut off", runs);
	if (r->n_left)
		say(stdout,
		    "%s stopped by hand or failed; --stopped and --failed take those up too",
		    words_n((int64_t)r->n_left, "more run"));
}

int resume_all(const struct cli *c)
{
	const char *runs = cli_value(c, "--runs", RUNS_DIR);
	struct round r = {.cli = c, .dry = cli_flag(c, "--dry-run")};
	struct dirent **names = NULL;
	int n = scandir(runs, &names, is_visible, versionsort);
	if (n < 0)
		return cli_usage(c->cmd, "%s: %s", runs, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *dir = path_join(runs, names[i]->d_name);
		if (file_is_dir(dir))
			look(&r, dir);
		free(dir);
		free(names[i]);
	}
	free(names);
	sum_up(&r, runs);
	return r.n_refused ? STATUS_FAILED : STATUS_OK;
}
