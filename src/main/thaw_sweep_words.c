/* One combination of a sweep: what is to be done about it, and the trainer's words for that. */
#include "thaw_sweep.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/run/resumable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum sweep_todo sweep_todo(const char *dir, struct errinfo *why)
{
	struct history h;
	enum run_status status;
	enum sweep_todo todo = SWEEP_LEAVE;
	if (!file_exists(dir))
		return SWEEP_START;
	if (run_live(dir))
		return SWEEP_WATCH;
	history_init(&h);
	enum err r = run_load(dir, &h, &status, why);
	if (!r && status == RUN_STATUS_FINISHED)
		todo = SWEEP_KEEP;
	else if (!r && status == RUN_STATUS_RUNNING)
		todo = SWEEP_WATCH;
	else if (!r && !(r = run_resumable(dir, status, why)))
		todo = SWEEP_RESUME;
	else if (r == ERR_NOT_FOUND && !h.n_epochs)
		todo = SWEEP_ANEW;
	history_release(&h);
	return todo;
}

struct words {
	char **at;
	size_t n;
};

static void add(struct words *w, const char *word)
{
	w->at[w->n++] = xstrdup(word);
}

static void add_option(struct words *w, const char *option, const char *value)
{
	add(w, option);
	add(w, value);
}

static void add_run(struct words *w, const struct sweep_plan *p, size_t i)
{
	char *name = sweep_run_name(&p->sweep, i), **sets = sweep_sets(&p->sweep, i);
	add_option(w, "--runs", p->runs);
	add_option(w, "--name", name);
	for (size_t k = 0; k < p->sweep.n_keys; k++) {
		add_option(w, "--set", sets[k]);
		free(sets[k]);
	}
	free(sets);
	free(name);
}

/* What every command of the trainer takes. */
static void add_common(struct words *w, const struct sweep_plan *p, const char *device)
{
	char threads[16];
	snprintf(threads, sizeof(threads), "%d", p->threads);
	if (p->threads)
		add_option(w, "--threads", threads);
	if (device)
		add_option(w, "--device", device);
}

char **sweep_words(const struct sweep_plan *p, size_t i, enum sweep_todo todo, const char *device,
		   bool report)
{
	bool resume = todo == SWEEP_RESUME;
	struct words w = {xcalloc(2 * p->sweep.n_keys + 20, sizeof(*w.at)), 1};
	add(&w, resume ? "resume" : "run");
	if (!resume)
		add_run(&w, p, i);
	add_common(&w, p, device);
	if (cli_flag(p->cli, "--no-sandbox"))
		add(&w, "--no-sandbox");
	if (cli_flag(p->cli, "--force"))
		add(&w, "--force");
	if (report)
		add_option(&w, "--report-fd", "3");
	add(&w, "--");
	char *name = sweep_run_name(&p->sweep, i), *dir = path_join(p->runs, name);
	add(&w, resume ? dir : p->sweep.experiment);
	free(name);
	free(dir);
	return w.at;
}

void sweep_words_free(char **words)
{
	for (size_t i = 1; words[i]; i++)
		free(words[i]);
	free(words);
}

char **sweep_check_words(const struct sweep_plan *p, size_t i, const char *device)
{
	struct words w = {xcalloc(2 * p->sweep.n_keys + 20, sizeof(*w.at)), 1};
	add(&w, "check");
	add_run(&w, p, i);
	add_common(&w, p, device ? device : p->n_devices ? p->devices[0] : NULL);
	if (device)
		add(&w, "--structure");
	add_option(&w, "--", p->sweep.experiment);
	return w.at;
}

const char *sweep_last_line(char *text)
{
	char *last = text, *line;
	while ((line = strsep(&text, "\n")))
		if (*line)
			last = line;
	return strncmp(last, "thaw: ", 6) == 0 ? last + 6 : last;
}
