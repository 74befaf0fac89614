/* thaw ls: the runs of a directory. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"

#include "thaw/base/say.h"
#include "thaw/report/json.h"
#include "thaw/report/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	const struct cli *cli;
	struct catalogue *runs;
	struct json_writer *json; /* NULL: a table */
	size_t n_listed;
	int status;
};

/* All that the log tells, of the run that a link leads to. */
static void list_json(struct listing *l, const char *dir)
{
	struct history h;
	struct errinfo e;
	enum run_status status;
	char *unsaved = NULL, *real = realpath(dir, NULL);
	history_init(&h);
	enum err r = run_look(dir, &h, &status, &unsaved, &e);
	if (!r) {
		const struct report_run run = run_report(real ? real : dir, status, unsaved, &h);
		report_json(l->json, &run);
	} else if (r != ERR_NOT_FOUND) {
		l->status = cli_bad_input(l->cli->cmd, &e);
	}
	history_release(&h);
	free(unsaved);
	free(real);
}

/* Says nothing of what is no run; of one whose log is no log it says so. */
static void list_run(struct listing *l, const struct run_summary *run)
{
	if (run->error) {
		say(stderr, "thaw %s: %s", l->cli->cmd->name, run->error);
		l->status = STATUS_USAGE;
	} else if (l->json) {
		list_json(l, run->path);
	} else {
		if (!l->n_listed++)
			report_table_head(stdout);
		report_table_row(stdout, run);
	}
}

static void list_all(struct listing *l)
{
	catalogue_work(l->runs, -1);
	for (size_t i = 0; i < catalogue_count(l->runs); i++) {
		const struct catalogue_row *row = catalogue_at(l->runs, i);
		if (row)
			list_run(l, &row->run);
	}
}

static int ls_run(const struct cli *c)
{
	const char *runs = cli_value(c, "--runs", RUNS_DIR);
	struct json_writer w = JSON_WRITER_PRETTY;
	struct listing l = {.cli = c,
			    .runs = run_catalogue(run_ask_unsaved),
			    .json = cli_flag(c, "--json") ? &w : NULL};
	catalogue_add(l.runs, runs);
	json_begin_array(&w, NULL);
	list_all(&l);
	json_end_array(&w);
	int error = catalogue_place_error(l.runs, 0);
	if (error && (error != ENOENT || cli_value(c, "--runs", NULL)))
		l.status = cli_usage(c->cmd, "%s: %s", runs, strerror(error));
	else if (l.json)
		json_writer_print(l.json, stdout);
	else if (!l.n_listed && l.status == STATUS_OK)
		say(stdout, "no runs in %s; `thaw run EXPERIMENT` makes one", runs);
	strbuf_release(&w.text);
	catalogue_free(l.runs);
	return l.status;
}

static const struct cli_option options[] = {
    RUNS_OPTION,
    {"--json", NULL, "a JSON array of what `thaw show --json` gives"},
    {0},
};

const struct subcommand cmd_ls = {
    .name = "ls",
    .args = "[--runs DIR] [--json]",
    .help = "List the runs: status, epochs, best and last validation accuracy, time.",
    .options = options,
    .max_operands = 0,
    .run = ls_run,
};
