#include "thaw_run_dir.h"

#include "thaw_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/event/log_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const struct {
	const char *name;
	int exit;
} statuses[RUN_STATUS_N] = {
    [RUN_STATUS_FINISHED] = {"finished", STATUS_OK},
    [RUN_STATUS_STOPPED] = {"stopped", STATUS_INTERRUPTED},
    [RUN_STATUS_FAILED] = {"failed", STATUS_FAILED},
    [RUN_STATUS_RUNNING] = {"running", STATUS_OK},
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

static bool has_log(const char *dir)
{
	char *log = path_join(dir, "events.jsonl");
	bool has = file_exists(log);
	free(log);
	return has;
}

enum err run_dir_find(char **dir, const struct cli *c, struct errinfo *e)
{
	const char *name = c->operands[0], *runs = cli_value(c, "--runs", NULL);
	char *under = path_join(runs ? runs : RUNS_DIR, name);
	const char *first = runs ? under : name, *second = runs ? name : under;
	enum err r = ERR_OK;
	if (has_log(first))
		*dir = xstrdup(first);
	else if (has_log(second))
		*dir = xstrdup(second);
	else
		r = err_set(
		    e, ERR_NOT_FOUND,
		    "no run %s: there is no events.jsonl in %s or in %s; `thaw ls` lists the runs",
		    name, name, under);
	free(under);
	return r;
}

char *run_dir_name(const char *dir)
{
	char *real = realpath(dir, NULL);
	char *name = xstrdup(path_base(real ? real : dir));
	free(real);
	return name;
}

bool run_dir_live(const char *dir)
{
	char *path = path_join(dir, "lock");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
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

enum err run_dir_load(const char *dir, struct history *h, enum run_status *status,
		      struct errinfo *e)
{
	bool live = run_dir_live(dir);
	char *path = path_join(dir, "events.jsonl");
	struct log_reader *reader = NULL;
	enum err r = log_reader_open(&reader, path, e);
	free(path);
	if (r)
		return r;
	struct event ev;
	struct errinfo broken;
	for (enum log_next next; (next = log_reader_next(reader, &ev, &broken)) != LOG_WAIT;) {
		if (next == LOG_BROKEN) {
			history_broken(h);
			continue;
		}
		history_apply(h, &ev);
		event_release(&ev);
	}
	log_reader_close(reader);
	*status = run_dir_status(h, live);
	return ERR_OK;
}
