/* thaw export: a run in the formats of other programs, and as documents. */
#include "thaw_export.h"

#include "thaw_cast.h"
#include "thaw_cli.h"
#include "thaw_foreign.h"
#include "thaw_roff.h"
#include "thaw_run_dir.h"
#include "thaw_save.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/nearest.h"
#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/report/export.h"
#include "thaw/wire/remote_url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TFEVENTS "events.out.tfevents"

static const struct format {
	const char *name;
	const char *endings[3]; /* of names of files */
	const char *what;
	export_fn *write; /* NULL: a cast, which is made from the log */
	bool binary;
} formats[] = {
    {"csv",
     {".csv"},
     "a row an epoch, as Keras' CSVLogger writes it: epoch (from 0), accuracy, "
     "learning_rate, loss, val_accuracy, val_loss",
     export_csv,
     false},
    {"tidy",
     {".tidy.csv"},
     "a row a figure: run, split, figure, epoch, iteration, seconds, value; each "
     "class; with --steps every iteration",
     export_tidy,
     false},
    {"tensorboard",
     {NULL},
     "an event file of TensorBoard: every iteration, every epoch, each class",
     export_tensorboard,
     true},
    {"markdown",
     {".md", ".markdown"},
     "a page for an issue: settings, epochs, classes, "
     "interventions, the command to run it again",
     export_markdown,
     false},
    {"html",
     {".html", ".htm"},
     "a report in one file: curves, confusion, pictures, interventions, "
     "layers, settings; it needs no script and fetches nothing",
     export_html,
     false},
    {"json",
     {".json"},
     "what show --json says and all epochs, interventions, layers and notes; with "
     "--steps every iteration",
     export_json,
     false},
    {"cast", {".cast"}, "an asciicast of the replay, for asciinema", NULL, false},
};
enum { N_FORMATS = sizeof(formats) / sizeof(*formats) };

/* ---- which format, and where to ---- */

static bool ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), len = strlen(ending);
	return n > len && strcasecmp(name + n - len, ending) == 0;
}

static const struct format *format_named(const char *name)
{
	for (const struct format *f = formats; f < formats + N_FORMATS; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* By the longest ending; NULL: none. */
static const struct format *format_by_name_of(const char *out)
{
	const struct format *found = NULL;
	size_t longest = 0;
	if (strstr(path_base(out), "tfevents"))
		return format_named("tensorboard");
	for (const struct format *f = formats; f < formats + N_FORMATS; f++)
		for (int i = 0; i < 3 && f->endings[i]; i++)
			if (ends_in(out, f->endings[i]) && strlen(f->endings[i]) > longest) {
				longest = strlen(f->endings[i]);
				found = f;
			}
	return found;
}

static int unknown_format(const struct cli *c, const char *name)
{
	const char *names[N_FORMATS + 1] = {0};
	for (int i = 0; i < N_FORMATS; i++)
		names[i] = formats[i].name;
	const char *nearest = nearest_word(name, names);
	return nearest ? cli_usage(c->cmd, "no format '%s', did you mean %s?", name, nearest)
		       : cli_usage(c->cmd, "no format '%s'", name);
}

/* Returns STATUS_OK, or STATUS_USAGE with one line printed. */
static int format_of(const struct cli *c, const struct format **f)
{
	const char *name = cli_value(c, "--to", NULL), *out = cli_value(c, "--out", NULL);
	*f = name ? format_named(name) : out ? format_by_name_of(out) : NULL;
	if (*f)
		return STATUS_OK;
	if (name)
		return unknown_format(c, name);
	if (out)
		return cli_usage(c->cmd, "--to says what %s is to be: its name does not", out);
	return cli_usage(c->cmd, "--to or the name of --out FILE says what to write");
}

static bool to_stdout(const struct cli *c)
{
	return strcmp(cli_value(c, "--out", "-"), "-") == 0;
}

/* A folder is asked for by a slash at the end, or is there already. */
static bool is_folder(const char *out)
{
	size_t n = strlen(out);
	return (n && out[n - 1] == '/') || file_is_dir(out);
}

static char *file_name_in_folder(const struct format *f, const struct export_run *x)
{
	const char *name = path_base(x->report.name);
	if (!f->binary)
		return xasprintf("%s%s", *name ? name : "run", f->endings[0]);
	return xasprintf(TFEVENTS ".%lld.thaw", (long long)times_wall_seconds(x->times, 0));
}

static char *path_of(const char *out, const struct format *f, const struct export_run *x)
{
	if (!is_folder(out))
		return xstrdup(out);
	char *name = file_name_in_folder(f, x), *path = path_join(out, name);
	free(name);
	return path;
}

/* ---- the run ---- */

/* In quotes where a shell would take it for more than a word. */
static char *shell_word(const char *text)
{
	struct strbuf out = STRBUF_INIT;
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:@%+,=";
	if (*text && !text[strspn(text, plain)])
		return xstrdup(text);
	strbuf_addch(&out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			strbuf_addstr(&out, "'\\''");
		else
			strbuf_addch(&out, *text);
	strbuf_addch(&out, '\'');
	return strbuf_detach(&out);
}

/* NULL where its experiment is not at hand. */
static char *again_of(const char *run, const char *experiment)
{
	if (!experiment)
		return NULL;
	char *word = shell_word(run), *line = xasprintf("thaw rerun %s", word);
	free(word);
	return line;
}

static int write_out(const struct cli *c, const struct format *f, const struct export_run *x,
		     const char *run)
{
	struct strbuf data = STRBUF_INIT;
	struct errinfo e;
	bool stream = to_stdout(c);
	char *path = stream ? NULL : path_of(cli_value(c, "--out", NULL), f, x);
	enum err r = stream ? ERR_OK : save_check(path, cli_flag(c, "--force"), &e);
	int status = r ? cli_fail(c->cmd, &e) : STATUS_OK;
	if (!status && f->write)
		f->write(&data, x);
	else if (!status)
		status = cast_of(&data, c, run, x->report.name,
				 strcmp(x->report.status, "running") == 0);
	if (!status)
		r = stream ? save_stdout(&data, &e) : save_file(path, &data, &e);
	if (!status && r)
		status = cli_fail(c->cmd, &e);
	else if (!status && !stream)
		say(stdout, "%s: %s, %s", path, f->name, words_bytes((double)data.len));
	strbuf_release(&data);
	free(path);
	return status;
}

static int export_one(const struct cli *c, const struct format *f, const char *run, bool alive)
{
	struct history h;
	struct times t = {0};
	struct errinfo e;
	history_init(&h);
	int result;
	if (export_read(run, alive, &h, &t, &e)) {
		result = cli_fail(c->cmd, &e);
	} else {
		char *real = realpath(foreign_name(run), NULL), *experiment = export_experiment(run),
		     *again = again_of(run, experiment);
		struct export_run x = {
		    .report = run_report(real ? real : run, run_status(&h, alive), NULL, &h),
		    .times = &t,
		    .experiment = experiment,
		    .again = again,
		    .steps = cli_flag(c, "--steps")};
		if (remote_url_is(c->operands[0])) /* not as its copy is called here */
			x.report.name = c->operands[0];
		result = write_out(c, f, &x, run);
		free(real);
		free(experiment);
		free(again);
	}
	history_release(&h);
	times_release(&t);
	return result;
}

static int export_run(const struct cli *c)
{
	const struct format *f;
	struct errinfo e;
	char *run = NULL;
	bool alive;
	int status = format_of(c, &f);
	if (status)
		return status;
	if (f->binary && to_stdout(c) && isatty(STDOUT_FILENO))
		return cli_usage(c->cmd, "%s is no text for a terminal; --out FOLDER takes it",
				 f->name);
	if (run_asked_anywhere(&run, &alive, c, &e))
		status = cli_fail(c->cmd, &e);
	else
		status = export_one(c, f, run, alive);
	free(run);
	return status;
}

static void print_formats(void)
{
	say(stdout, "%s", "");
	for (const struct format *f = formats; f < formats + N_FORMATS; f++)
		say(stdout, "  %-22s %s", f->name, f->what);
}

void man_export(void)
{
	roff_heading("EXPORT");
	roff_line(
	    "The formats of 'thaw export'. What a log does not tell is left out. Text of a log "
	    "can do nothing to a terminal or a browser.");
	for (const struct format *f = formats; f < formats + N_FORMATS; f++) {
		roff_item("%s", f->name);
		roff_line(f->what);
	}
}

static const struct cli_option options[] = {
    {"--to", "FORMAT", "csv, tidy, tensorboard, markdown, html, json or cast (by FILE's name)"},
    {"--out", "FILE|DIR", "where to (standard output); in a folder it is called like the run"},
    {"--force", NULL, "replace a file that is there"},
    {"--steps", NULL, "of tidy and json: every iteration, too"},
    CAST_OPTIONS,
    {"--speed", "N", "of a cast: 1 = as it happened (the whole run in half a minute)"},
    {"--ascii", NULL, "of a cast: draw with ASCII alone"},
    FOREIGN_OPTIONS,
    RUNS_OPTION,
    {0},
};

const struct subcommand cmd_export = {
    .name = "export",
    .args = "RUN [--to FORMAT] [--out FILE|DIR] [--force] [--steps] " FOREIGN_ARGS " [--runs DIR]",
    .help = "Write a run (also ssh://[user@]host[:port]/RUN), a log alone, or another program's log, "
	    "as CSV, TensorBoard event file, Markdown, HTML report, JSON or asciicast.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = export_run,
    .more_help = print_formats,
};
