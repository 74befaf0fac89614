#include "thaw_tap_list.h"

#include "thaw_run_dir.h"

#include "thaw/base/alloc.h"
#include "thaw/run/catalogue.h"
#include "thaw/run/places.h"

#include <stdlib.h>
#include <string.h>

#define WORK_MS 300 /* of one call */

struct tap_list {
	struct catalogue *runs;
	uint64_t told; /* the catalogue's version as of the last call */
	char **paths;  /* [n] told and not gone, sorted; owned */
	size_t n;
};

/* Other machines that this one remembers are not for the viewer. */
static void add_remembered(struct catalogue *c)
{
	struct places p;
	places_read(&p);
	for (size_t i = 0; i < p.n; i++)
		if (!place_is_remote(p.at[i]))
			catalogue_add(c, p.at[i]);
	places_release(&p);
}

struct tap_list *tap_list_new(const char *runs)
{
	struct tap_list *l = xcalloc(1, sizeof(*l));
	l->runs =
	    run_catalogue(NULL); /* no trainer is waited for: the viewer would think us dead */
	catalogue_add(l->runs, runs ? runs : RUNS_DIR);
	if (!runs)
		add_remembered(l->runs);
	return l;
}

static void release_paths(struct tap_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->paths[i]);
	free(l->paths);
}

void tap_list_free(struct tap_list *l)
{
	if (!l)
		return;
	catalogue_free(l->runs);
	release_paths(l);
	free(l);
}

static void tell_run(const struct run_summary *run, struct tap_teller *to)
{
	struct strbuf line = STRBUF_INIT;
	run_summary_encode(run, &line);
	tap_tell(to, 'R', line.buf, line.len - 1);
	strbuf_release(&line);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void tell_gone(struct tap_list *l, char **paths, size_t n, struct tap_teller *to)
{
	for (size_t i = 0; i < l->n; i++)
		if (!bsearch(&l->paths[i], paths, n, sizeof(*paths), by_text))
			tap_tell(to, 'G', l->paths[i], strlen(l->paths[i]));
}

bool tap_list_tell(void *arg, struct tap_teller *to)
{
	struct tap_list *l = arg;
	catalogue_work(l->runs, WORK_MS);
	bool all = catalogue_unknown(l->runs) == 0;
	uint64_t version = catalogue_version(l->runs);
	if (version == l->told)
		return all;
	char **paths = xcalloc(catalogue_count(l->runs) + 1, sizeof(*paths));
	size_t n = 0;
	for (size_t i = 0; i < catalogue_count(l->runs); i++) {
		const struct catalogue_row *row = catalogue_at(l->runs, i);
		if (!row || !row->known)
			continue;
		if (row->version > l->told)
			tell_run(&row->run, to);
		paths[n++] = xstrdup(row->run.path);
	}
	qsort(paths, n, sizeof(*paths), by_text);
	tell_gone(l, paths, n, to);
	release_paths(l);
	l->paths = paths;
	l->n = n;
	l->told = version;
	return all;
}
