/* thaw ls: the runs of a directory. */
#include "thaw_cli.h"
#include "thaw_going_on.h"
#include "thaw_run_dir.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/report/json.h"
#include "thaw/report/table.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* A link is listed by its own name; in JSON it is the run that it leads to. */
static void list_run(const char *dir, const struct history *h, enum run_status status,
		     const char *unsaved, struct json_writer *json)
{
	char *real = json ? realpath(dir, NULL) : NULL;
	const char *path = real ? real : dir;
	const struct report_run r = run_report(path, status, unsaved, h);
	if (json)
		report_json(json, &r);
	else
		report_table_row(stdout, &r);
	free(real);
}

/* Says nothing of what is no run; of one whose log is no log it says so, and returns the status
 * that goes with it. */
static int list_one(const struct cli *c, const char *dir, struct json_writer *json,
		    struct going_on *going_on, size_t *n_listed)
{
	struct history h;
	struct errinfo e;
	enum run_status status;
	int result = STATUS_OK;
	history_init(&h);
	char *unsaved = NULL;
	enum err r = run_look(dir, &h, &status, &unsaved, &e);
	if (r && r != ERR_NOT_FOUND)
		result = cli_bad_input(c->cmd, &e);
	if (!r) {
		if (!json && !*n_listed)
			report_table_head(stdout);
		list_run(dir, &h, status, unsaved, json);
		going_on_add(going_on, dir, status);
		++*n_listed;
	}
	history_release(&h);
	free(unsaved);
	return result;
}

static int ls_run(const struct cli *c)
{
	const char *runs = cli_value(c, "--runs", RUNS_DIR);
	struct dirent **names = NULL;
	int n = scandir(runs, &names, is_visible, versionsort);
	if (n < 0 && (errno != ENOENT || cli_value(c, "--runs", NULL)))
		return cli_usage(c->cmd, "%s: %s", runs, strerror(errno));
	struct json_writer w = JSON_WRITER_PRETTY, *json = cli_flag(c, "--json") ? &w : NULL;
	struct going_on going_on = GOING_ON_INIT;
	size_t n_listed = 0;
	int status = STATUS_OK;
	json_begin_array(&w, NULL);
	for (int i = 0; i < n; i++) {
		char *dir = path_join(runs, names[i]->d_name);
		if (file_is_dir(dir) && list_one(c, dir, json, &going_on, &n_listed) != STATUS_OK)
			status = STATUS_USAGE;
		free(dir);
		free(names[i]);
	}
	free(names);
	json_end_array(&w);
	if (json)
		json_writer_print(json, stdout);
	else if (!n_listed && status == STATUS_OK)
		say(stdout, "no runs in %s; `thaw run EXPERIMENT` makes one", runs);
	else
		going_on_print(&going_on, cli_value(c, "--runs", NULL));
	strbuf_release(&going_on.names);
	strbuf_release(&w.text);
	return status;
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
