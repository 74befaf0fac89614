/* thaw ls: the runs of a directory. */
#include "thaw_cli.h"
#include "thaw_going_on.h"
#include "thaw_run_dir.h"
#include "thaw_sweep.h"

#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/report/json.h"
#include "thaw/report/table.h"
#include "thaw/run/places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	const struct cli *cli;
	struct catalogue *runs;
	struct json_writer *json; /* NULL: a table */
	struct going_on going_on;
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
		going_on_add(&l->going_on, run->path, (enum run_status)run->status);
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

/* Why a folder cannot be listed. That of the runs here need not be there. */
static int check_place(const struct cli *c, const struct catalogue *runs, size_t i)
{
	int error = catalogue_place_error(runs, i);
	bool given = c->n_operands || cli_value(c, "--runs", NULL);
	return error && (error != ENOENT || given)
		   ? cli_usage(c->cmd, "%s: %s", catalogue_place(runs, i), strerror(error))
		   : STATUS_OK;
}

static int check_words(const struct cli *c)
{
	for (size_t i = 0; i < c->n_operands; i++)
		if (place_is_remote(c->operands[i]))
			return cli_usage(
			    c->cmd, "%s: other machines are listed on a terminal, by `thaw %s`",
			    c->operands[i], c->operands[i]);
	return STATUS_OK;
}

static void add_places(struct catalogue *runs, const struct cli *c)
{
	for (size_t i = 0; i < c->n_operands; i++)
		catalogue_add(runs, c->operands[i]);
	if (!c->n_operands)
		catalogue_add(runs, cli_value(c, "--runs", RUNS_DIR));
}

static int list(const struct cli *c)
{
	struct json_writer w = JSON_WRITER_PRETTY;
	if (check_words(c))
		return STATUS_USAGE;
	struct listing l = {.cli = c,
			    .json = cli_flag(c, "--json") ? &w : NULL,
			    .going_on = GOING_ON_INIT};
	l.runs = run_catalogue(l.json ? NULL : run_ask_unsaved); /* list_json() asks */
	add_places(l.runs, c);
	json_begin_array(&w, NULL);
	list_all(&l);
	json_end_array(&w);
	int unlisted = STATUS_OK;
	for (size_t i = 0; i < catalogue_places(l.runs) && !unlisted; i++)
		unlisted = check_place(c, l.runs, i);
	if (unlisted)
		l.status = unlisted;
	else if (l.json)
		json_writer_print(l.json, stdout);
	else if (!l.n_listed && l.status == STATUS_OK)
		say(stdout, "no runs in %s; `thaw run EXPERIMENT` makes one",
		    catalogue_place(l.runs, 0));
	else
		going_on_print(&l.going_on, cli_value(c, "--runs", NULL));
	strbuf_release(&l.going_on.names);
	strbuf_release(&w.text);
	catalogue_free(l.runs);
	return l.status;
}

/* The sweep that the only operand names; NULL: it names none. */
static char *named_sweep(const struct cli *c)
{
	return c->n_operands == 1 && !file_is_dir(c->operands[0])
		   ? sweep_named(c->operands[0], cli_value(c, "--runs", NULL))
		   : NULL;
}

static int ls_run(const struct cli *c)
{
	char *sweep = named_sweep(c);
	if (sweep) {
		int status = sweep_show(c, sweep, cli_flag(c, "--json") ? SWEEP_JSON : SWEEP_TEXT);
		free(sweep);
		return status;
	}
	return list(c);
}

static const struct cli_option options[] = {
    RUNS_OPTION,
    {"--json", NULL, "a JSON array of what `thaw show --json` gives"},
    {0},
};

const struct subcommand cmd_ls = {
    .name = "ls",
    .args = "[DIR]...|SWEEP [--runs DIR] [--json]",
    .help = "List the runs: status, epochs, best and last validation accuracy, time; or those of a sweep.",
    .options = options,
    .max_operands = 64,
    .run = ls_run,
};
