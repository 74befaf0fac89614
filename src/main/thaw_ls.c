/* thaw ls: the runs of a directory. */
#include "thaw_cli.h"
#include "thaw_report.h"

#include "thaw/base/file.h"
#include "thaw/base/words.h"
#include "thaw/base/say.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void print_row(const char *name, const struct history *h, enum run_status status)
{
	char best[16] = "-", last[16] = "-";
	if (h->best_epoch >= 0) {
		struct opt_double acc = h->epochs[h->n_epochs - 1].valid.acc;
		snprintf(best, sizeof(best), "%.4f", h->epochs[h->best_epoch].valid.acc.value);
		snprintf(last, sizeof(last), acc.valid ? "%.4f" : "-", acc.value);
	}
	say(stdout, "%-24s %-8s %5zu/%-5lld %6s %6s %9s  %s", name, run_status_name(status),
	    h->n_epochs, (long long)h->run.epochs, best, last, words_duration(history_seconds(h)),
	    h->run.data ? h->run.data : "");
}

/* Says nothing of what is no run; of one whose log is no log it says so, and returns the status that
 * goes with it. */
static int list_one(const struct cli *c, const char *dir, cJSON *json, size_t *n_listed)
{
	struct history h;
	struct errinfo e;
	enum run_status status;
	int result = STATUS_OK;
	history_init(&h);
	enum err r = run_load(dir, &h, &status, &e);
	if (r && r != ERR_NOT_FOUND)
		result = cli_bad_input(c->cmd, &e);
	if (!r) {
		if (!json && !*n_listed)
			say(stdout, "%-24s %-8s %11s %6s %6s %9s  %s", "RUN", "STATUS", "EPOCHS",
			    "BEST", "LAST", "TIME", "IMAGES");
		if (json)
			cJSON_AddItemToArray(json, report_json(dir, &h, status));
		else
			print_row(path_base(dir), &h, status);
		++*n_listed;
	}
	history_release(&h);
	return result;
}

static int ls_run(const struct cli *c)
{
	const char *runs = cli_value(c, "--runs", RUNS_DIR);
	struct dirent **names = NULL;
	int n = scandir(runs, &names, is_visible, versionsort);
	if (n < 0 && (errno != ENOENT || cli_value(c, "--runs", NULL)))
		return cli_usage(c->cmd, "%s: %s", runs, strerror(errno));
	cJSON *json = cli_flag(c, "--json") ? cJSON_CreateArray() : NULL;
	size_t n_listed = 0;
	int status = STATUS_OK;
	for (int i = 0; i < n; i++) {
		char *dir = path_join(runs, names[i]->d_name);
		if (file_is_dir(dir) && list_one(c, dir, json, &n_listed) != STATUS_OK)
			status = STATUS_USAGE;
		free(dir);
		free(names[i]);
	}
	free(names);
	if (json)
		report_print(json);
	else if (!n_listed && status == STATUS_OK)
		say(stdout, "no runs in %s; `thaw run EXPERIMENT` makes one", runs);
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
