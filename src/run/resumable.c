#include "thaw/run/resumable.h"

#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"

#include <signal.h>

static enum err check_status(const char *dir, enum run_status status, struct errinfo *e)
{
	if (status == RUN_STATUS_FINISHED)
		return err_set(e, ERR_STATE, "%s has finished", dir);
	if (status == RUN_STATUS_RUNNING || status == RUN_STATUS_UNSAVED)
		return err_set(e, ERR_STATE, "%s is running", dir);
	return ERR_OK;
}

static enum err check_owner(const struct folder *f, struct errinfo *e)
{
	static const char *const written[] = {NULL, RUN_LOG, RUN_EXPERIMENT, RUN_LAST, RUN_STATE};
	enum err r = ERR_OK;
	for (size_t i = 0; !r && i < sizeof(written) / sizeof(*written); i++)
		r = folder_check_owner(f, written[i], e);
	return r;
}

static enum err check_checkpoint(const struct folder *f, struct errinfo *e)
{
	static const char *const states[] = {RUN_STATE, RUN_NEXT_STATE, RUN_PREVIOUS_STATE,
					     RUN_BEST_STATE};
	if (!folder_has(f, RUN_EXPERIMENT))
		return err_set(e, ERR_NOT_FOUND, "%s holds no " RUN_EXPERIMENT, f->path);
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (folder_has(f, states[i]))
			return ERR_OK;
	return err_set(e, ERR_NOT_FOUND, "%s holds no checkpoint yet", f->path);
}

enum err run_keeps_checkpoint(const struct folder *run, struct errinfo *e)
{
	enum err r = check_owner(run, e);
	return r ? r : check_checkpoint(run, e);
}

enum err run_resumable(const char *dir, enum run_status status, struct errinfo *e)
{
	struct folder f;
	enum err r = check_status(dir, status, e);
	if (r)
		return r;
	r = folder_open(&f, dir, e);
	if (!r)
		r = run_keeps_checkpoint(&f, e);
	folder_close(&f);
	return r;
}

bool run_cut_off(const struct history *h, enum run_status status)
{
	static const int machine[] = {SIGTERM, SIGHUP, SIGPWR};
	if (status == RUN_STATUS_CRASHED)
		return true;
	if (status != RUN_STATUS_STOPPED || !h->end.signal.valid)
		return false;
	for (size_t i = 0; i < sizeof(machine) / sizeof(*machine); i++)
		if ((int)h->end.signal.value == machine[i])
			return true;
	return false;
}
