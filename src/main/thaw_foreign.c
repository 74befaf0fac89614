#include "thaw_foreign.h"

#include "thaw_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/event/log_check.h"
#include "thaw/import/import.h"

#include <stdlib.h>
#include <string.h>

/* Those that are open: the event log of each is a path in this program, which outlives no import. */
static struct import **opened;
static size_t n_opened;

bool foreign_asked(const struct cli *c)
{
	return cli_value(c, "--format", NULL) || cli_value(c, "--columns", NULL);
}

bool foreign_follows(const struct cli *c)
{
	return cli_flag(c, "--follow") || cli_flag(c, "-f");
}

bool foreign_is(const char *path)
{
	return file_exists(path) && log_check(path, NULL) != ERR_OK && import_knows(path);
}

enum err foreign_open(char **run, bool *alive, const struct cli *c, const char *path,
		      struct errinfo *e)
{
	struct import *im = NULL;
	struct import_options o = {.format = cli_value(c, "--format", NULL),
				   .columns = cli_value(c, "--columns", NULL),
				   .follow = foreign_follows(c)};
	enum err r = import_open(&im, path, &o, e);
	if (r)
		return r;
	opened = xrealloc(opened, n_opened + 1, sizeof(struct import *));
	opened[n_opened++] = im;
	*run = xstrdup(import_log(im));
	*alive = import_live(im);
	return ERR_OK;
}

static const struct import *import_of(const char *run)
{
	for (size_t i = 0; run && i < n_opened; i++)
		if (strcmp(import_log(opened[i]), run) == 0)
			return opened[i];
	return NULL;
}

const char *foreign_name(const char *run)
{
	const struct import *im = import_of(run);
	return im ? import_path(im) : run;
}

bool foreign_opened(const char *run)
{
	return import_of(run) != NULL;
}

/* What cannot be read now is looked at again with the next poll. */
void foreign_poll(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < n_opened; i++)
		import_poll(opened[i], NULL, NULL);
}

enum err foreign_refuse(const char *path, struct errinfo *e)
{
	return err_set(e, ERR_VALUE,
		       "%s is another program's log, whose run is not steered from here; `thaw replay "
		       "%s` and `thaw show %s` take it",
		       path, path, path);
}
