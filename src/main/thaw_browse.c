/* thaw, thaw DIR..., thaw ssh://HOST, thaw browse: all runs on the screen, and from there to one and
 * back. */
#include "thaw_cli.h"
#include "thaw_compare.h"
#include "thaw_run_dir.h"
#include "thaw_view.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/base/xdg.h"
#include "thaw/run/places.h"
#include "thaw/tui/browser.h"
#include "thaw/wire/remote_url.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- which places ---- */

struct wanted {
	const char **places; /* [n]; strings are borrowed */
	size_t n, n_given;
	struct places remembered;
};

static void wanted_release(struct wanted *w)
{
	places_release(&w->remembered);
	free(w->places);
}

/* Those of the command line; without any the runs here, and what is remembered. */
static void wanted_find(struct wanted *w, const struct cli *c)
{
	const char *runs = cli_value(c, "--runs", NULL);
	*w = (struct wanted){.n_given = c->n_operands};
	if (!c->n_operands && !runs)
		places_read(&w->remembered);
	w->places = xcalloc(c->n_operands + w->remembered.n + 1, sizeof(*w->places));
	for (size_t i = 0; i < c->n_operands; i++)
		w->places[w->n++] = c->operands[i];
	if (!c->n_operands)
		w->places[w->n++] = runs ? runs : RUNS_DIR;
	for (size_t i = 0; i < w->remembered.n; i++)
		w->places[w->n++] = w->remembered.at[i];
}

static int check_places(const struct cli *c)
{
	for (size_t i = 0; i < c->n_operands; i++) {
		struct remote_url url;
		struct errinfo e;
		const char *place = c->operands[i];
		if (!place_is_remote(place) && !file_is_dir(place))
			return cli_usage(c->cmd, "%s: there is no such folder", place);
		if (place_is_remote(place) && remote_url_parse(&url, place, &e))
			return cli_bad_input(c->cmd, &e);
		if (place_is_remote(place))
			remote_url_release(&url);
	}
	return STATUS_OK;
}

static int set_places(const struct cli *c, bool on)
{
	struct errinfo e;
	if (cli_flag(c, "--remember") && cli_flag(c, "--forget"))
		return cli_usage(c->cmd, "--remember and --forget exclude each other");
	if (!c->n_operands)
		return cli_usage(c->cmd, "%s needs a folder or ssh://HOST",
				 on ? "--remember" : "--forget");
	if (on && check_places(c))
		return STATUS_USAGE;
	for (size_t i = 0; i < c->n_operands; i++) {
		bool known;
		if (places_set(c->operands[i], on, &known, &e))
			return cli_fail(c->cmd, &e);
		if (!on && !known)
			say(stderr, "thaw %s: %s was not remembered", c->cmd->name, c->operands[i]);
	}
	return STATUS_OK;
}

/* ---- away from the browser, and back ---- */

/* What is said on standard error while another screen is on the terminal. */
struct said {
	int was, file; /* -1: nothing is kept */
};

static struct said listen(void)
{
	struct said s = {-1, memfd_create("said", MFD_CLOEXEC)};
	fflush(stderr);
	if (s.file >= 0)
		s.was = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (s.was >= 0)
		dup2(s.file, STDERR_FILENO);
	return s;
}

/* The last line that a program of ours said; NULL: none did. */
static char *last_words(char *text)
{
	char *last = NULL, *line;
	while ((line = strsep(&text, "\n")))
		if (strncmp(line, "thaw", 4) == 0)
			last = line;
	return last;
}

/* It goes to the browser, when something went wrong. */
static void pass_on(struct said *s, struct browser *b, bool bad)
{
	struct strbuf text = STRBUF_INIT;
	fflush(stderr);
	if (s->was >= 0)
		dup2(s->was, STDERR_FILENO);
	if (s->file >= 0 && lseek(s->file, 0, SEEK_SET) == 0)
		file_read_fd(s->file, 1 << 20, &text);
	char *words = bad && text.len ? last_words(text.buf) : NULL;
	if (words)
		browser_say(b, bad, words);
	strbuf_release(&text);
	if (s->was >= 0)
		close(s->was);
	if (s->file >= 0)
		close(s->file);
}

/* As `thaw COMMAND RUN` would, with the options that the browser was given. */
static int call(const struct cli *c, const struct subcommand *cmd, const char *run)
{
	struct cli there = *c;
	const char *operands[] = {run, NULL};
	char *argv[] = {NULL};
	there.cmd = cmd;
	there.argv = argv;
	there.operands = operands;
	there.n_operands = 1;
	there.within = true;
	return cmd->run(&there);
}

static int follow_choice(const struct cli *c, struct browser *b,
			 const struct browser_choice *choice)
{
	const struct subcommand *cmd = choice->want == BROWSER_RESUME_RUN ? &cmd_resume
				       : choice->live                     ? &cmd_attach
									  : &cmd_replay;
	struct said said = listen();
	int status =
	    choice->want == BROWSER_COMPARE
		? compare_show(c, choice->runs, choice->slots, choice->n_runs)
		: call(c, cmd, choice->run);
	pass_on(&said, b, status != STATUS_OK);
	return status;
}

/* A viewer that a signal has ended ends the browser, too. */
static bool is_signal(int status)
{
	return status > 128 && status != STATUS_INTERRUPTED;
}

static int browse(const struct cli *c, struct browser *b)
{
	struct browser_choice choice;
	struct errinfo e;
	for (int status;;) {
		if (browser_run(b, &choice, &e))
			return cli_fail(c->cmd, &e);
		if (choice.want == BROWSER_SIGNAL)
			return 128 + choice.signo;
		if (choice.want == BROWSER_LEAVE)
			return STATUS_OK;
		status = follow_choice(c, b, &choice);
		browser_choice_release(&choice);
		if (is_signal(status))
			return status;
	}
}

static int show_browser(const struct cli *c)
{
	struct wanted w;
	char *index = xdg_state_path("runs");
	wanted_find(&w, c);
	struct browser *b = browser_new(&(struct browser_options){.places = w.places,
								  .n_places = w.n,
								  .n_given = w.n_given,
								  .index = index,
								  .charset = charset_of(c)});
	int status = browse(c, b);
	browser_free(b);
	wanted_release(&w);
	free(index);
	return status;
}

/* Without a terminal: the same runs as a table. */
static int list(const struct cli *c)
{
	struct cli there = *c;
	there.cmd = &cmd_ls;
	return cmd_ls.run(&there);
}

/* A folder that is itself a run is looked at as one. */
static bool is_run(const char *word)
{
	struct folder f = FOLDER_INIT;
	bool is = !place_is_remote(word) && folder_open(&f, word, NULL) == ERR_OK &&
		  folder_holds(&f, RUN_LOG);
	folder_close(&f);
	return is;
}

static int look_at(const struct cli *c, const char *run)
{
	struct cli there = *c;
	there.cmd = run_live(run) ? &cmd_attach : &cmd_replay;
	return there.cmd->run(&there);
}

static int browse_run(const struct cli *c)
{
	if (cli_flag(c, "--remember") || cli_flag(c, "--forget"))
		return set_places(c, cli_flag(c, "--remember"));
	if (check_places(c))
		return STATUS_USAGE;
	if (c->n_operands == 1 && is_run(c->operands[0]))
		return look_at(c, c->operands[0]);
	return cli_on_terminal() ? show_browser(c) : list(c);
}

static const struct cli_option options[] = {
    RUNS_OPTION,
    {"--remember", NULL, "from now on show these places whenever `thaw` is called alone"},
    {"--forget", NULL, "do so no more"},
    DRAWING_OPTIONS,
    {0},
};

const struct subcommand cmd_browse = {
    .name = "browse",
    .args = "[DIR|ssh://[USER@]HOST[:PORT][/DIR]]... [--remember|--forget] [--runs DIR] "
	    DRAWING_ARGS,
    .help = "All runs on the screen, here and on other machines; what `thaw` alone does.",
    .options = options,
    .max_operands = 64,
    .run = browse_run,
};
