/* thaw compare: several runs over each other, on the screen or as JSON, CSV and tables. */
#include "thaw_compare.h"

#include "thaw_compare_runs.h"
#include "thaw_run_dir.h"
#include "thaw_view.h"

#include "thaw/base/log_filter.h"
#include "thaw/base/say.h"
#include "thaw/report/comparison_out.h"
#include "thaw/tui/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns STATUS_OK, or STATUS_USAGE with one line printed. */
static int read_wishes(const struct cli *c, struct compare_options *o)
{
	char why[128];
	struct errinfo e;
	const char *axis = cli_value(c, "--x", "iteration"),
		   *smooth = cli_value(c, "--smooth", "0");
	*o = (struct compare_options){.charset = charset_of(c),
				      .filter = cli_value(c, "--filter", NULL)};
	if (cli_flag(c, "--json") && cli_flag(c, "--csv"))
		return cli_usage(c->cmd, "--json and --csv exclude each other");
	if (cli_flag(c, "--ascii") && cli_flag(c, "--utf8"))
		return cli_usage(c->cmd, "--ascii and --utf8 exclude each other");
	if (!axis_parse(axis, &o->axis))
		return cli_usage(c->cmd, "--x needs iteration, epoch, time or clock, not '%s'",
				 axis);
	if (smoothing_parse(&o->smoothing, smooth, &e))
		return cli_usage(c->cmd, "--smooth: %s", e.msg);
	if (o->filter && !log_filter_check(o->filter, why, sizeof(why)))
		return cli_usage(c->cmd, "--filter '%s': %s", o->filter, why);
	return STATUS_OK;
}

/* ---- on the screen ---- */

static void add_runs(struct compare *compare, struct compare_runs *runs, const struct cli *c)
{
	for (size_t i = 0; i < runs->n; i++) {
		struct compare_source_run *r = &runs->at[i];
		struct errinfo e;
		const struct compare_given given = {.name = r->name,
						    .dir = r->dir,
						    .slot = r->slot,
						    .remote = r->remote,
						    .alive = r->alive,
						    .settings = &r->given};
		if (!compare_add(compare, &given, &e))
			continue;
		say(stderr, "thaw %s: %s", c->cmd->name, e.msg);
		runs->n_failed++;
	}
}

static int show(const struct cli *c, struct compare_runs *runs, struct compare_options *o)
{
	struct errinfo e = {0};
	int signo = 0;
	o->loop = runs->loop;
	o->filter = NULL; /* it has chosen the runs */
	struct compare *compare = compare_new(o);
	add_runs(compare, runs, c);
	if (runs->n_failed)
		compare_say(compare, true, runs->last_words);
	enum err err = compare_run(compare, &signo, &e);
	compare_free(compare);
	return err ? cli_fail(c->cmd, &e) : signo ? 128 + signo : STATUS_OK;
}

/* ---- to be read by others ---- */

static int print(const struct cli *c, struct compare_runs *runs)
{
	struct json_writer w = JSON_WRITER_PRETTY;
	struct comparand *all = compare_runs_read(runs);
	if (cli_flag(c, "--json")) {
		comparison_json(&w, all, runs->n);
		json_writer_print(&w, stdout);
	} else if (cli_flag(c, "--csv")) {
		comparison_csv(stdout, all, runs->n);
	} else {
		comparison_text(stdout, all, runs->n);
	}
	free(all);
	return STATUS_OK;
}

static bool draws(const struct cli *c)
{
	return cli_on_terminal() && !cli_flag(c, "--json") && !cli_flag(c, "--csv") &&
	       !cli_flag(c, "--headless");
}

/* Those that can be opened are compared; that others could not is said in a line each, and by the exit
 * status. */
static int compare_chosen(const struct cli *c, struct compare_runs *runs, struct compare_options *o)
{
	int status = draws(c) ? show(c, runs, o) : print(c, runs);
	return status == STATUS_OK && runs->n_failed ? STATUS_USAGE : status;
}

static int compare_cmd(const struct cli *c)
{
	struct compare_options o;
	struct compare_runs runs;
	int status = read_wishes(c, &o);
	if (status)
		return status;
	compare_runs_init(&runs, c, draws(c));
	status = compare_runs_choose(&runs, o.filter);
	if (!status)
		status = compare_chosen(c, &runs, &o);
	compare_runs_release(&runs);
	return status;
}

int compare_show(const struct cli *c, char *const *names, const int *slots, size_t n)
{
	struct cli there = *c;
	struct compare_runs runs;
	struct compare_options o = {.charset = charset_of(c), .smoothing = {.window = 1}};
	there.cmd = &cmd_compare;
	compare_runs_init(&runs, &there, true);
	for (size_t i = 0; i < n; i++)
		compare_runs_add(&runs, names[i], slots[i]);
	int status = runs.n ? show(&there, &runs, &o) : STATUS_USAGE;
	if (!status && runs.n_failed)
		status = STATUS_USAGE;
	compare_runs_release(&runs);
	return status;
}

static const struct cli_option options[] = {
    {"--filter", "REGEX",
     "those whose name, or a setting such as lr=0.001, matches; of all runs when none is named"},
    {"--x", "AXIS", "what curves are laid over each other by: iteration, epoch, time or clock"},
    {"--smooth", "AMOUNT", "0.6: an exponential mean; 25: the mean of so many points"},
    {"--json", NULL, "one JSON object: settings, figures, classes, every point of every curve"},
    {"--csv", NULL, "tidy CSV: run,figure,x_kind,epoch,iteration,seconds,value"},
    {"--headless", NULL, "plain tables, as without a terminal"},
    RUNS_OPTION,
    {"--ascii", NULL, "draw with ASCII alone"},
    {"--utf8", NULL, "draw with UTF-8 (as the locale says, else as the terminal does)"},
    {0},
};

const struct subcommand cmd_compare = {
    .name = "compare",
    .args = "[RUN]... [--filter REGEX] [--x AXIS] [--smooth AMOUNT] [--json|--csv|--headless] "
	    "[--runs DIR] [--ascii|--utf8]",
    .help =
	"Lay several runs over each other (also ssh://[user@]host[:port]/RUN, and logs alone): "
	"curves, what they were set to and how they came out, their classes. Without a RUN all of "
	"runs/. What cannot be opened is said in a line each, the others are compared, and the "
	"exit status is 2.",
    .options = options,
    .max_operands = 4096,
    .run = compare_cmd,
};
