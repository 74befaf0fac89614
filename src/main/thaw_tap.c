/* thaw tap: the far end of `thaw attach ssh://…`. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_tap_list.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/wire/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int serve(const struct cli *c, const struct tap_options *o)
{
	struct errinfo e;
	return tap_serve(o, &e) ? cli_fail(c->cmd, &e) : STATUS_OK;
}

/* ssh://HOST/var/x is x of var in the home directory; whoever is used to other programs means /var/x. */
static char *from_root(const char *path)
{
	return xasprintf("/%s", path);
}

static enum err find_run(char **run, const struct cli *c, struct errinfo *e)
{
	enum err r = run_asked(run, c, e);
	if (r == ERR_NOT_FOUND) {
		char *path = from_root(c->operands[0]);
		if (!run_find(run, path, NULL, NULL))
			r = ERR_OK;
		free(path);
	}
	return r;
}

static int tap_run(const struct cli *c, int64_t from)
{
	struct errinfo e;
	char *run = NULL;
	if (find_run(&run, c, &e))
		return cli_fail(c->cmd, &e);
	char *name = run_name(run);
	int status = serve(c, &(struct tap_options){.in = STDIN_FILENO,
						    .out = STDOUT_FILENO,
						    .run = run,
						    .name = name,
						    .from = from,
						    .log = cli_value(c, "--log", NULL)});
	free(name);
	free(run);
	return status;
}

static int tap_runs(const struct cli *c)
{
	const char *asked = cli_value(c, "--runs", NULL);
	char *path = asked ? from_root(asked) : NULL;
	const char *runs = asked && !file_is_dir(asked) && file_is_dir(path) ? path : asked;
	int status;
	if (runs && !file_is_dir(runs)) {
		status = cli_usage(c->cmd, "%s: there is no such folder", runs);
	} else {
		struct tap_list *l = tap_list_new(runs);
		status = serve(c, &(struct tap_options){.in = STDIN_FILENO,
							.out = STDOUT_FILENO,
							.name = "",
							.list = tap_list_tell,
							.arg = l});
		tap_list_free(l);
	}
	free(path);
	return status;
}

static int tap(const struct cli *c)
{
	const char *text = cli_value(c, "--from", "0");
	size_t digits = strspn(text, "0123456789");
	if (!digits || digits > 15 || text[digits])
		return cli_usage(c->cmd, "--from needs the number of an event, not '%s'", text);
	if (isatty(STDOUT_FILENO))
		return cli_usage(c->cmd, "this is for a viewer on another machine: "
					 "`thaw attach ssh://HOST/RUN` starts it there");
	return c->n_operands ? tap_run(c, atoll(text)) : tap_runs(c);
}

static const struct cli_option options[] = {
    {"--from", "SEQ", "the last event that the viewer has (0: none)"},
    {"--log", "ID", "of the log that the viewer has"},
    RUNS_OPTION,
    {0},
};

const struct subcommand cmd_tap = {
    .name = "tap",
    .args = "[RUN] [--from SEQ] [--log ID] [--runs DIR]",
    .help =
	"Send a run, packed, to a viewer on another machine and pass on its commands: what "
	"`thaw attach ssh://HOST/RUN` starts there. It only reads. Without RUN it tells which runs "
	"there are.",
    .options = options,
    .max_operands = 1,
    .run = tap,
};
