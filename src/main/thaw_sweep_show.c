/* What the runs of a sweep have come to. */
#include "thaw_sweep.h"

#include "thaw_run_dir.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/report/sweep_table.h"

#include <stdlib.h>
#include <string.h>

/* Shape: [sweep_count()], borrowed from the catalogue; caller frees the array. */
static const struct run_summary **find_runs(const struct sweep *s, const struct catalogue *c)
{
	size_t n = sweep_count(s);
	const struct run_summary **runs = xcalloc(n + 1, sizeof(*runs));
	for (size_t i = 0; i < n; i++) {
		char *name = sweep_run_name(s, i);
		for (size_t j = 0; j < catalogue_count(c) && !runs[i]; j++) {
			const struct catalogue_row *row = catalogue_at(c, j);
			if (row && strcmp(row->run.name, name) == 0)
				runs[i] = &row->run;
		}
		free(name);
	}
	return runs;
}

static void print_sweep(const struct report_sweep *r, enum sweep_format format)
{
	struct json_writer w = JSON_WRITER_PRETTY;
	struct strbuf lines = STRBUF_INIT;
	if (format == SWEEP_CSV) {
		report_sweep_csv(stdout, r);
	} else if (format == SWEEP_JSON) {
		report_sweep_json(&w, r);
		json_writer_print(&w, stdout);
	} else {
		(format == SWEEP_MEANS ? report_sweep_means : report_sweep_text)(r, &lines);
		report_sweep_print(stdout, &lines);
	}
	strbuf_release(&lines);
}

int sweep_show(const struct cli *c, const char *path, enum sweep_format format)
{
	struct sweep s;
	struct errinfo e;
	if (sweep_read(&s, path, &e))
		return cli_fail(c->cmd, &e);
	char *runs = path_dir(path);
	struct catalogue *catalogue = run_catalogue(NULL);
	catalogue_add(catalogue, runs);
	catalogue_work(catalogue, -1);
	const struct run_summary **found = find_runs(&s, catalogue);
	print_sweep(&(struct report_sweep){.sweep = &s, .runs = found}, format);
	free(found);
	catalogue_free(catalogue);
	free(runs);
	sweep_release(&s);
	return STATUS_OK;
}
