/* thaw show: one run in figures. */
#include "thaw_cli.h"
#include "thaw_foreign.h"
#include "thaw_run_dir.h"

#include "thaw/base/file.h"
#include "thaw/report/json.h"
#include "thaw/report/text.h"
#include "thaw/wire/remote_url.h"

#include <stdlib.h>

static void print(const struct cli *c, const char *dir, const struct history *h,
		  enum run_status status, const char *unsaved)
{
	char *real = realpath(foreign_name(dir), NULL);
	const char *path = real ? real : foreign_name(dir);
	struct report_run r = run_report(path, status, unsaved, h);
	struct json_writer w = JSON_WRITER_PRETTY;
	if (remote_url_is(c->operands[0])) /* not as its copy is called here */
		r.name = c->operands[0];
	if (cli_flag(c, "--json")) {
		report_json(&w, &r);
		json_writer_print(&w, stdout);
	} else {
		report_text(stdout, &r);
	}
	free(real);
}

static int show_run(const struct cli *c)
{
	char *dir = NULL, *unsaved = NULL;
	struct errinfo e;
	struct history h;
	enum run_status status;
	bool alive;
	int r = STATUS_OK;
	history_init(&h);
	if (run_asked_anywhere(&dir, &alive, c, &e) || run_look(dir, &h, &status, &unsaved, &e))
		r = cli_fail(c->cmd, &e);
	else
		print(c, dir, &h, unsaved ? status : run_status(&h, alive), unsaved);
	history_release(&h);
	free(dir);
	free(unsaved);
	return r;
}

static const struct cli_option options[] = {
    FOREIGN_OPTIONS,
    RUNS_OPTION,
    {"--json", NULL, "one JSON object"},
    {0},
};

const struct subcommand cmd_show = {
    .name = "show",
    .args = "RUN " FOREIGN_ARGS " [--runs DIR] [--json]",
    .help =
	"Show a run (also ssh://[user@]host[:port]/RUN), a log alone, or another program's log (`thaw help "
	"formats`), in figures: status, every epoch, the best one, each class.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = show_run,
};
