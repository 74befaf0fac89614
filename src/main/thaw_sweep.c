/* thaw sweep: one run a combination of settings; what is left of them, and what they came to. */
#include "thaw_sweep.h"

#include "thaw_trainer.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/run/run.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_WITHOUT_FORCE = 1000 };

static int show(const struct cli *c)
{
	const char *word = c->operands[0];
	char *path = sweep_named(word, cli_value(c, "--runs", NULL));
	if (!path)
		return cli_usage(c->cmd, "there is no sweep %s in %s", word,
				 cli_value(c, "--runs", RUNS_DIR));
	int status = sweep_show(c, path,
				cli_flag(c, "--json")  ? SWEEP_JSON
				: cli_flag(c, "--csv") ? SWEEP_CSV
						       : SWEEP_TEXT);
	free(path);
	return status;
}

/* ---- for other queues ---- */

/* As a shell takes it. */
static void add_quoted(struct strbuf *line, const char *word)
{
	static const char safe[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:=/+_-";
	if (*word && strspn(word, safe) == strlen(word)) {
		strbuf_addstr(line, word);
		return;
	}
	strbuf_addch(line, '\'');
	for (; *word; word++)
		strbuf_addf(line, *word == '\'' ? "'\\'%c" : "%c", *word);
	strbuf_addch(line, '\'');
}

static void print_words(char **words)
{
	struct strbuf line = STRBUF_INIT;
	strbuf_addstr(&line, "thaw-train");
	for (size_t i = 1; words[i]; i++) {
		strbuf_addch(&line, ' ');
		add_quoted(&line, words[i]);
	}
	say(stdout, "%s", line.buf);
	strbuf_release(&line);
}

/* What is there is not done again. */
static int print_lines(const struct sweep_plan *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < sweep_count(&p->sweep); i++) {
		struct errinfo why;
		char *name = sweep_run_name(&p->sweep, i), *dir = path_join(p->runs, name);
		enum sweep_todo todo = sweep_todo(dir, &why);
		if (todo == SWEEP_START || todo == SWEEP_RESUME) {
			const char *device = p->n_devices ? p->devices[i % p->n_devices] : NULL;
			char **words = sweep_words(p, i, todo, device, false);
			print_words(words);
			sweep_words_free(words);
		} else if (todo == SWEEP_KEEP || todo == SWEEP_WATCH) {
			kept++;
		} else {
			say(stderr, "thaw sweep: %s is left out: %s", name, why.msg);
		}
		free(name);
		free(dir);
	}
	if (kept)
		say(stderr, "thaw sweep: %s there already", words_n((int64_t)kept, "run"));
	return STATUS_OK;
}

/* ---- the command ---- */

static int check_amount(const struct sweep_plan *p)
{
	size_t n = sweep_count(&p->sweep);
	if (n <= MOST_WITHOUT_FORCE || cli_flag(p->cli, "--force"))
		return STATUS_OK;
	return cli_usage(p->cli->cmd, "that would be %s runs; more than %s take --force",
			 n > INT64_MAX ? "countless" : words_count((int64_t)n),
			 words_count(MOST_WITHOUT_FORCE));
}

static int run_plan(struct sweep_plan *p)
{
	bool print = cli_flag(p->cli, "--print");
	int status = check_amount(p);
	if (status == STATUS_OK)
		status = sweep_plan_check(p, print);
	if (status == STATUS_OK)
		status = sweep_plan_keep(p);
	if (status != STATUS_OK)
		return status;
	return print ? print_lines(p) : sweep_queue(p);
}

static int sweep_run(const struct cli *c)
{
	struct sweep_plan p;
	if (cli_flag(c, "--show") || cli_flag(c, "--json") || cli_flag(c, "--csv"))
		return show(c);
	int status = sweep_plan_make(&p, c);
	if (status == STATUS_OK)
		status = run_plan(&p);
	sweep_plan_release(&p);
	return status;
}

static void more_help(void)
{
	puts("\nvalues of --set:");
	for (size_t i = 0; sweep_forms[i][0]; i++)
		say(stdout, "  %-22s %s", sweep_forms[i][0], sweep_forms[i][1]);
	say(stdout, "%s", sweep_words_of_values);
	puts("");
	say(stdout, "%s", sweep_words_of_runs);
}

static const struct cli_option options[] = {
    {"--set", "KEY=VALUES",
     "values to try (1e-3,3e-3 or 1..3), or one for all runs; may be repeated"},
    {"--jobs", "N", "runs at a time, each with its share of the cores (1)"},
    {"--runs", "DIR", "where the run directories are made (" RUNS_DIR ")"},
    {"--name", "NAME", "of the sweep, with which its runs' names begin (the experiment's name)"},
    {"--threads", "N", "threads that compute, of each run (its share of the cores)"},
    {"--device", "D[,D]...",
     "what computes; of several each job has its own, as of all cards where none is named"},
    {"--fail-fast", NULL, "end with the first run that fails"},
    {"--print", NULL, "write the command lines instead, one a run, for another job queue"},
    {"--show", NULL, "the runs of a sweep as a table, with means over seeds"},
    {"--json", NULL, "the same as one JSON object"},
    {"--csv", NULL, "the same as CSV, a row a run"},
    {"--force", NULL, "more than 1,000 runs; and start although memory seems not to suffice"},
    NO_SANDBOX_OPTION,
    {0},
};

const struct subcommand cmd_sweep = {
    .name = "sweep",
    .args = "EXPERIMENT|SWEEP [--set KEY=VALUES]... [--jobs N] [--runs DIR] [--name NAME] "
	    "[--threads N] "
	    "[--device D[,D]...] [--fail-fast] [--print] [--show] [--json] [--csv] [--force] "
	    "[--no-sandbox]",
    .help =
	"Train an experiment under every combination of some settings' values, or go on with that.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = sweep_run,
    .more_help = more_help,
};
