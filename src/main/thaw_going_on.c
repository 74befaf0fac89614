#include "thaw_going_on.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/run/resumable.h"

#include <stdlib.h>

#define NAMES_MAX 4

void going_on_add(struct going_on *g, const char *dir, enum run_status status)
{
	if (run_resumable(dir, status, NULL))
		return;
	g->n_crashed += status == RUN_STATUS_CRASHED;
	if (g->n++ < NAMES_MAX)
		strbuf_addf(&g->names, "%s%s (%s)", g->names.len ? ", " : "", path_base(dir),
			    run_status_name(status));
}

void going_on_print(struct going_on *g, const char *runs)
{
	char *where = runs ? xasprintf(" --runs %s", runs) : xstrdup("");
	if (g->n > NAMES_MAX)
		strbuf_addf(&g->names, " and %zu more", g->n - NAMES_MAX);
	if (g->n)
		say(stdout, "can go on, with `thaw resume NAME%s`: %s", where, g->names.buf);
	if (g->n_crashed)
		say(stdout, "`thaw resume --all%s` takes up those that crashed", where);
	free(where);
}
