#include "thaw_run_dir.h"

#include "thaw_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/event/log_check.h"
#include "thaw/event/log_reader.h"
#include "thaw/wire/control_client.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define ASK_MS 1000 /* a trainer answers between two iterations */

static const struct {
	const char *name;
	int exit;
} statuses[RUN_STATUS_N] = {
    [RUN_STATUS_FINISHED] = {"finished", STATUS_OK},
    [RUN_STATUS_STOPPED] = {"stopped", STATUS_INTERRUPTED},
    [RUN_STATUS_FAILED] = {"failed", STATUS_FAILED},
    [RUN_STATUS_RUNNING] = {"running", STATUS_OK},
    [RUN_STATUS_UNSAVED] = {"unsaved", STATUS_OK},
    [RUN_STATUS_CRASHED] = {"crashed", STATUS_FAILED},
};

const char *run_status_name(enum run_status s)
{
	return statuses[s].name;
}

int run_status_exit(enum run_status s)
{
	return statuses[s].exit;
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

static bool is_tensorboard(const char *dir, const char *name)
{
	(void)dir;
	return strstr(name, "tfevents") != NULL;
}

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
    {is_tensorboard, "it is a folder of TensorBoard (", "), which is not read here"},
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

/* The run at `path`, or NULL. A log of that name tells which directory is meant, a link to one the log
 * that it leads to. */
static char *run_at(const char *path)
{
	if (has_log(path))
		return xstrdup(path);
	if (!file_exists(path) || file_is_dir(path))
		return NULL;
	bool of_run = strcmp(path_base(path), RUN_LOG) == 0 && !file_is_link(path);
	return of_run ? path_dir(path) : xstrdup(path);
}

enum err run_find(char **run, const struct cli *c, struct errinfo *e)
{
	const char *name = c->operands[0], *runs = cli_value(c, "--runs", NULL);
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

enum err run_dir_find(char **dir, const struct cli *c, struct errinfo *e)
{
	char *run;
	enum err r = run_find(&run, c, e);
	if (r)
		return r;
	if (file_is_dir(run)) {
		*dir = run;
		return ERR_OK;
	}
	r = err_set(
	    e, ERR_VALUE,
	    "%s is a file, and this takes a run's directory; `thaw replay %s` and `thaw show "
	    "%s` take a log alone",
	    run, run, run);
	free(run);
	return r;
}

/* ---- what it says ---- */

char *run_dir_name(const char *dir)
{
	char *real = realpath(dir, NULL);
	char *name = xstrdup(path_base(real ? real : dir));
	free(real);
	return name;
}

bool run_dir_live(const char *dir)
{
	struct folder f;
	bool live = folder_open(&f, dir, NULL) == ERR_OK && folder_locked(&f, RUN_LOCK);
	folder_close(&f);
	return live;
}

enum run_status run_dir_status(const struct history *h, bool live)
{
	static const enum run_status ends[END_STATUS_N] = {
	    [END_FINISHED] = RUN_STATUS_FINISHED,
	    [END_STOPPED] = RUN_STATUS_STOPPED,
	    [END_FAILED] = RUN_STATUS_FAILED,
	};
	if (h->ended)
		return ends[h->end.status];
	return live ? RUN_STATUS_RUNNING : RUN_STATUS_CRASHED;
}

char *run_dir_unsaved(const char *dir)
{
	struct folder run;
	struct control_client *c = NULL;
	char *why = NULL;
	if (!folder_open(&run, dir, NULL) &&
	    !control_client_open_within(&c, &run, RUN_SOCKET, ASK_MS, NULL) &&
	    control_client_unsaved(c))
		why = xstrdup(control_client_unsaved(c));
	control_client_close(c);
	folder_close(&run);
	return why;
}

enum err run_check(const char *run, struct errinfo *e)
{
	return run_dir_live(run) ? ERR_OK : log_check(run, e);
}

/* All of it; false when there is no event in it. */
static bool read_all(struct log_reader *reader, struct history *h)
{
	struct event ev;
	struct errinfo broken;
	bool any = false;
	for (enum log_next next; (next = log_reader_next(reader, &ev, &broken)) != LOG_WAIT;) {
		if (next == LOG_BROKEN) {
			history_broken(h);
			continue;
		}
		any = true;
		history_apply(h, &ev);
		event_release(&ev);
	}
	return any;
}

enum err run_load(const char *run, struct history *h, enum run_status *status, struct errinfo *e)
{
	bool live = run_dir_live(run);
	struct log_reader *reader = NULL;
	enum err r = log_reader_open(&reader, run, e);
	if (!r && !read_all(reader, h) && !live)
		r = log_explain(run, e);
	log_reader_close(reader);
	if (!r)
		*status = run_dir_status(h, live);
	return r;
}
