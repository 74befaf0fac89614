#include "thaw/run/run.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/event/log_check.h"
#include "thaw/run/run_log.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

const char *const run_status_names[RUN_STATUS_N] = {
    [RUN_STATUS_FINISHED] = "finished", [RUN_STATUS_STOPPED] = "stopped",
    [RUN_STATUS_FAILED] = "failed",     [RUN_STATUS_RUNNING] = "running",
    [RUN_STATUS_UNSAVED] = "unsaved",   [RUN_STATUS_CRASHED] = "crashed",
    [RUN_STATUS_IMPORTED] = "imported",
};

const char *run_status_name(enum run_status s)
{
	return run_status_names[s];
}

int run_status_exit(enum run_status s)
{
	static const int exits[RUN_STATUS_N] = {
	    [RUN_STATUS_STOPPED] = 130, [RUN_STATUS_FAILED] = 1, [RUN_STATUS_CRASHED] = 1};
	return exits[s];
}

/* Whatever is called so: what is wrong with it is said when it is opened. */
static bool has_log(const char *dir)
{
	struct folder f;
	bool has = folder_open(&f, dir, NULL) == ERR_OK && folder_holds(&f, RUN_LOG);
	folder_close(&f);
	return has;
}

/* ---- which one is meant ---- */

static bool is_packed(const char *dir, const char *name)
{
	(void)dir;
	return strncmp(name, RUN_LOG ".", sizeof(RUN_LOG)) == 0;
}

static bool is_jsonl(const char *dir, const char *name)
{
	size_t n = strlen(name);
	(void)dir;
	return n > 6 && strcmp(name + n - 6, ".jsonl") == 0;
}

static bool is_run(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	bool is = name[0] != '.' && has_log(path);
	free(path);
	return is;
}

/* What a directory without a log may be, by what is in it. */
static const struct {
	bool (*is)(const char *dir, const char *name);
	const char *before, *after; /* the name of what was found */
} guesses[] = {
    {is_packed, "it is packed: unpack ", ""},
    {is_jsonl, "name the log itself: ", ""},
    {is_run, "it is a folder of runs, like ", "; name one of them"},
};
#define N_GUESSES (sizeof(guesses) / sizeof(*guesses))

/* "; it is packed: unpack events.jsonl.gz", or "". */
static void guess(const char *dir, struct strbuf *out)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, NULL, alphasort);
	for (size_t g = 0; g < N_GUESSES && !out->len; g++)
		for (int i = 0; i < n && !out->len; i++)
			if (guesses[g].is(dir, names[i]->d_name))
				strbuf_addf(out, "; %s%s%s", guesses[g].before, names[i]->d_name,
					    guesses[g].after);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static enum err no_run(const char *first, const char *second, const char *name, struct errinfo *e)
{
	struct strbuf what = STRBUF_INIT;
	bool once = strcmp(first, second) == 0;
	guess(file_is_dir(first) ? first : second, &what);
	enum err r = err_set(e, ERR_NOT_FOUND, "no run %s: there is no " RUN_LOG " in %s%s%s%s",
			     name, first, once ? "" : " or in ", once ? "" : second,
			     what.len ? what.buf : "; `thaw ls` lists the runs");
	strbuf_release(&what);
	return r;
}

/* The run at `path`, or NULL. A log of that name tells which directory is meant, a link to one the
 * log that it leads to. */
static char *run_at(const char *path)
{
	if (has_log(path))
		return xstrdup(path);
	if (!file_exists(path) || file_is_dir(path))
		return NULL;
	bool of_run = strcmp(path_base(path), RUN_LOG) == 0 && !file_is_link(path);
	return of_run ? path_dir(path) : xstrdup(path);
}

enum err run_find(char **run, const char *name, const char *runs, struct errinfo *e)
{
	char *under = path_join(runs ? runs : RUNS_DIR, name);
	const char *first = runs ? under : name, *second = runs ? name : under;
	char *found = run_at(first);
	if (!found)
		found = run_at(second);
	enum err r = ERR_OK;
	if (found)
		*run = found;
	else
		r = no_run(first, second, name, e);
	free(under);
	return r;
}

/* ---- what it says ---- */

char *run_name(const char *dir)
{
	char *real = realpath(dir, NULL);
	char *name = xstrdup(path_base(real ? real : dir));
	free(real);
	return name;
}

bool run_live(const char *dir)
{
	struct folder f;
	bool live = folder_open(&f, dir, NULL) == ERR_OK && folder_locked(&f, RUN_LOCK);
	folder_close(&f);
	return live;
}

enum run_status run_status(const struct history *h, bool live)
{
	static const enum run_status ends[END_STATUS_N] = {
	    [END_FINISHED] = RUN_STATUS_FINISHED,
	    [END_STOPPED] = RUN_STATUS_STOPPED,
	    [END_FAILED] = RUN_STATUS_FAILED,
	};
	if (h->ended)
		return ends[h->end.status];
	return live              ? RUN_STATUS_RUNNING
	       : h->run.format ? RUN_STATUS_IMPORTED
			       : RUN_STATUS_CRASHED;
}

enum err run_check(const char *run, struct errinfo *e)
{
	return run_live(run) ? ERR_OK : log_check(run, e);
}

enum err run_load(const char *run, struct history *h, enum run_status *status, struct errinfo *e)
{
	bool live = run_live(run);
	struct log_reader *reader = NULL;
	enum err r = log_reader_open(&reader, run, e);
	if (!r && !run_log_fold(reader, h) && !live)
		r = log_explain(run, e);
	log_reader_close(reader);
	if (!r)
		*status = run_status(h, live);
	return r;
}
