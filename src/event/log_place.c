#include "log_place.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"

#include <stdlib.h>
#include <sys/inotify.h>

enum err log_place_in(struct log_place *p, const struct folder *run, struct errinfo *e)
{
	*p = (struct log_place){.run = FOLDER_INIT};
	enum err r = folder_copy(&p->run, run, e);
	if (!r)
		p->path = folder_path(run, RUN_LOG);
	return r;
}

enum err log_place_find(struct log_place *p, const char *path, struct errinfo *e)
{
	bool alone = !file_is_dir(path);
	*p = (struct log_place){.run = FOLDER_INIT};
	enum err r = alone ? ERR_OK : folder_open(&p->run, path, e);
	if (!r)
		p->path = alone ? xstrdup(path) : folder_path(&p->run, RUN_LOG);
	return r;
}

void log_place_release(struct log_place *p)
{
	folder_close(&p->run);
	free(p->path);
	p->path = NULL;
}

static bool is_alone(const struct log_place *p)
{
	return p->run.fd < 0;
}

enum err log_place_open(const struct log_place *p, int *fd, struct errinfo *e)
{
	return is_alone(p) ? folder_read_file(NULL, p->path, fd, e)
			   : folder_read_file(&p->run, RUN_LOG, fd, e);
}

bool log_place_watch(const struct log_place *p, int inotify)
{
	uint32_t follow = is_alone(p) ? 0 : IN_DONT_FOLLOW;
	char *dir = path_dir(p->path);
	bool ok = inotify_add_watch(inotify, p->path,
				    IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | follow) >= 0;
	inotify_add_watch(inotify, dir, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	free(dir);
	return ok;
}
