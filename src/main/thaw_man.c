/* `thaw help man`: the manual page, in roff, from the same tables as everything else. */
#include "thaw_cli.h"
#include "thaw_topics.h"

#include "thaw/base/strbuf.h"
#include "thaw/base/version.h"
#include "thaw/config/settings.h"
#include "thaw/event/command.h"
#include "thaw/tui/action.h"
#include "thaw/tui/command_line.h"
#include "thaw/base/run_files.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One UTF-8 character at *p, which moves on. */
static uint32_t next_char(const unsigned char **p)
{
	uint32_t c = **p;
	int more = c < 0x80 ? 0 : c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
	c = more ? c & (0x3Fu >> more) : c;
	for (++*p; more-- > 0 && (**p & 0xC0) == 0x80; ++*p)
		c = c << 6 | (**p & 0x3F);
	return c;
}

/* Text, in which nothing is a request or an escape. */
static void put_text(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	if (*p == '.' || *p == '\'')
		printf("\\&");
	while (*p) {
		uint32_t c = next_char(&p);
		if (c == '\\')
			printf("\\e");
		else if (c == '-')
			printf("\\-");
		else if (c == '~' || c == '^')
			printf(c == '~' ? "\\(ti" : "\\(ha");
		else if (c >= 0x80)
			printf("\\[u%04X]", (unsigned)c);
		else
			putchar((int)c);
	}
}

static void heading(const char *text)
{
	printf(".SH %s\n", text);
}

static void line(const char *text)
{
	put_text(text);
	putchar('\n');
}

static void item(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A term in bold; what follows explains it. */
static void item(const char *fmt, ...)
{
	struct strbuf sb = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	printf(".TP\n\\fB");
	put_text(sb.buf);
	printf("\\fR\n");
	strbuf_release(&sb);
}

/* Pairs of a term and its text, NULL at the end. */
static void items(const char *const (*pairs)[2])
{
	for (; (*pairs)[0]; pairs++) {
		item("%s", (*pairs)[0]);
		line((*pairs)[1]);
	}
}

static void commands(void)
{
	heading("COMMANDS");
	for (const struct subcommand *const *c = subcommands; *c; c++) {
		item("thaw %s %s", (*c)->name, (*c)->args);
		line((*c)->help);
		const struct cli_option *o = (*c)->options;
		if (!o->name)
			continue;
		printf(".RS\n");
		for (; o->name; o++) {
			item("%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
			line(o->help);
		}
		printf(".RE\n");
	}
}

static void keys(void)
{
	static const char *const when[] = {
	    [IN_LIVE] = " (live)", [IN_REPLAY] = " (replay)", [IN_BOTH] = ""};
	heading("KEYS");
	line("Each can be given other keys, see FILES, and typed as a command after ':' by its "
	     "name, "
	     "which stands last.");
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		struct strbuf names = STRBUF_INIT;
		if (a->group)
			printf(".SS %s\n", a->group);
		for (const int *k = a->keys; k < a->keys + ACTION_KEYS && *k; k++)
			strbuf_addf(&names, "%s%s", names.len ? "  " : "", key_name(*k));
		item("%s", names.buf);
		strbuf_reset(&names);
		strbuf_addf(&names, "%s%s. %s", a->help, when[a->modes & IN_BOTH], a->name);
		line(names.buf);
		strbuf_release(&names);
	}
}

static void typed_commands(void)
{
	heading("THE COMMAND LINE");
	line("':' opens it: Tab completes, up and down go through earlier lines, Esc leaves.");
	for (size_t i = 0; i < n_line_commands; i++) {
		const struct line_command *c = &line_commands[i];
		item(":%s%s%s", c->name, c->arg ? " " : "", c->arg ? c->arg : "");
		line(c->help);
	}
	printf(".PP\n");
	line("Of a live run, also by 'thaw ctl RUN COMMAND':");
	for (int i = 0; i < CMD_N; i++) {
		const struct command_info *c = &command_table[i];
		item("%s%s%s", c->name, c->arg ? " " : "", c->arg ? c->arg : "");
		line(c->help);
	}
}

static void settings(void)
{
	heading("SETTINGS");
	line("Of an experiment file, and of --set KEY=VALUE; a default stands in brackets.");
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		struct strbuf wants = STRBUF_INIT;
		strbuf_addf(&wants, "%s: ", s->help);
		setting_wants(s, &wants);
		item("%s", s->path);
		strbuf_addf(&wants, " [%s]", !s->def ? "required" : *s->def ? s->def : "none");
		line(wants.buf);
		strbuf_release(&wants);
	}
}

static void files(void)
{
	static const char *const pairs[][2] = {
	    {"runs/NAME/", "a run: " RUN_EXPERIMENT " with every default, " RUN_CFG ", " RUN_LABELS ", "
			   RUN_BEST " and " RUN_LAST " as Darknet reads them, " RUN_LOG " (the "
			   "log), " RUN_TRAINER_LOG ", " RUN_SOCKET},
	    {"$XDG_CONFIG_HOME/thaw/keys.yaml (~/.config)",
	     "other keys, a line an action: 'freeze: f', 'undo: [u, ctrl-z]', 'quit: none'; 'thaw "
	     "help keys' shows what is in force"},
	    {"$XDG_STATE_HOME/thaw/history (~/.local/state)", "the last 200 lines typed after ':'"},
	    {"$XDG_STATE_HOME/thaw/scores.jsonl", "how the quiz went"},
	    {NULL, NULL},
	};
	heading("FILES");
	items(pairs);
}

static void environment(void)
{
	static const char *const pairs[][2] = {
	    {"TERM, COLORTERM, COLORFGBG",
	     "what the terminal is and shows; TERM=dumb prints lines"},
	    {"NO_COLOR", "anything in it: no colours"},
	    {"THAW_THEME", "the theme to begin with"},
	    {"THAW_MOUSE", "0: leave the mouse to the terminal's own selection"},
	    {"THAW_TRAIN", "the trainer, where it is not beside the program"},
	    {"THAW_DATA", "where the quiz is, where it is not installed"},
	    {"LC_ALL, LC_CTYPE, LANG", "UTF-8 for curves and signs; else everything is ASCII"},
	    {NULL, NULL},
	};
	heading("ENVIRONMENT");
	items(pairs);
}

static void exit_status(void)
{
	static const char *const pairs[][2] = {
	    {"0", "finished, or only the viewer was left"},
	    {"1", "failed or crashed"},
	    {"2", "bad usage or bad input"},
	    {"130", "stopped before the plan was done, or interrupted"},
	    {NULL, NULL},
	};
	heading("EXIT STATUS");
	items(pairs);
}

static void examples(void)
{
	static const char *const pairs[][2] = {
	    {"thaw run cfg/flowers.yaml", "train, on the screen"},
	    {"thaw ctl flowers-1 freeze 0-15", "from another terminal"},
	    {"thaw replay flowers-1 --speed 20", "look at it again"},
	    {"thaw predict flowers-1 photo.jpg", "use it"},
	    {"thaw eval flowers-1 more/", "measure it on other pictures"},
	    {NULL, NULL},
	};
	heading("EXAMPLES");
	items(pairs);
}

int man_print(void)
{
	printf(".\\\" Made by: thaw help man\n");
	printf(".TH THAW 1 \"\" \"thaw %s\" \"User Commands\"\n", THAW_VERSION);
	heading("NAME");
	printf("thaw \\- fine\\-tune image classifiers with Darknet from a terminal\n");
	heading("SYNOPSIS");
	printf(".B thaw\n.I COMMAND\n.RI [ ARGUMENT ]...\n");
	heading("DESCRIPTION");
	line(
	    "Loads a pretrained network, replaces its last layer, freezes the base, trains the new "
	    "layer, then thaws some layers at a low learning rate. Layers are frozen and thawed, "
	    "and the learning rate changed, while it trains.");
	printf(".PP\n");
	line("RUN is a run directory, or a name under runs/.");
	commands();
	keys();
	typed_commands();
	settings();
	files();
	environment();
	exit_status();
	examples();
	heading("SEE ALSO");
	printf(".BR darknet (1)\n");
	return STATUS_OK;
}
