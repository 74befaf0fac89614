/* `thaw help man`: the page thaw(1) of the manual, from the same tables as everything else. */
#include "thaw_cli.h"
#include "thaw_export.h"
#include "thaw_roff.h"
#include "thaw_security.h"
#include "thaw_topics.h"

#include "thaw/base/strbuf.h"
#include "thaw/event/command.h"
#include "thaw/tui/action.h"
#include "thaw/tui/command_line.h"
#include "thaw/base/run_files.h"

#include <stdio.h>

static void commands(void)
{
	roff_heading("COMMANDS");
	for (const struct subcommand *const *c = subcommands; *c; c++) {
		roff_item("thaw %s %s", (*c)->name, (*c)->args);
		roff_line((*c)->help);
		const struct cli_option *o = (*c)->options;
		if (!o->name)
			continue;
		printf(".RS\n");
		for (; o->name; o++) {
			roff_item("%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
			roff_line(o->help);
		}
		printf(".RE\n");
	}
}

static void keys(void)
{
	static const char *const when[] = {
	    [IN_LIVE] = " (live)", [IN_REPLAY] = " (replay)", [IN_BOTH] = ""};
	roff_heading("KEYS");
	roff_line(
	    "Each can be given other keys, see FILES, and typed as a command after ':' by its "
	    "name, "
	    "which stands last.");
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		struct strbuf names = STRBUF_INIT;
		if (a->group)
			roff_subheading(a->group);
		for (const int *k = a->keys; k < a->keys + ACTION_KEYS && *k; k++)
			strbuf_addf(&names, "%s%s", names.len ? "  " : "", key_name(*k));
		roff_item("%s", names.buf);
		strbuf_reset(&names);
		strbuf_addf(&names, "%s%s. %s", a->help, when[a->modes & IN_BOTH], a->name);
		roff_line(names.buf);
		strbuf_release(&names);
	}
}

static void typed_commands(void)
{
	roff_heading("THE COMMAND LINE");
	roff_line("':' opens it: Tab completes, up and down go through earlier lines, Esc leaves.");
	for (size_t i = 0; i < n_line_commands; i++) {
		const struct line_command *c = &line_commands[i];
		roff_item(":%s%s%s", c->name, c->arg ? " " : "", c->arg ? c->arg : "");
		roff_line(c->help);
	}
	roff_paragraph("Of a live run, also by 'thaw ctl RUN COMMAND':");
	for (int i = 0; i < CMD_N; i++) {
		const struct command_info *c = &command_table[i];
		roff_item("%s%s%s", c->name, c->arg ? " " : "", c->arg ? c->arg : "");
		roff_line(c->help);
	}
}

static void replays(void)
{
	roff_heading("REPLAYS");
	roff_line("'thaw replay RUN' plays a log on the screen of a live run. Every page shows what it "
		  "showed at the place that the bar above the last two lines tells. The bar is the "
		  "whole log, every event of it as wide as the others: phases, epochs where they "
		  "have room, the best one, what was changed and what went wrong, by the signs of "
		  "the charts. A click goes there, behind the mark or the epoch that is clicked "
		  "on; with the button down the replay follows the pointer.");
	roff_paragraph("Without '--speed' a run is over in about 40 seconds, as far as 1000 times "
		       "allows. A wait that would leave the screen as it is for more than three "
		       "seconds - a pause, the night before a run was resumed - is shortened to "
		       "three, and the line below the bar says what is waited for. '--speed "
		       "recorded' keeps such waits as they were, and tells how long they last "
		       "still; ';' skips one.");
}

static void files(void)
{
	static const char *const pairs[][2] = {
	    {"runs/NAME/", "a run: " RUN_EXPERIMENT " with every default, " RUN_CFG ", " RUN_LABELS
			   ", " RUN_BEST " and " RUN_LAST " as Darknet reads them, " RUN_LOG " "
			   "(the log), " RUN_TRAINER_LOG ", " RUN_SOCKET},
	    {"runs/NAME.sweep", "the settings that 'thaw sweep' tries, and of which experiment"},
	    {"$XDG_CONFIG_HOME/thaw/keys.yaml (~/.config)",
	     "other keys, a line an action: 'freeze: f', 'undo: [u, ctrl-z]', 'quit: none'; 'thaw "
	     "help keys' shows what is in force"},
	    {"$XDG_STATE_HOME/thaw/history (~/.local/state)", "the last 200 lines typed after ':'"},
	    {"$XDG_STATE_HOME/thaw/screen", "what was set on the screen"},
	    {"$XDG_STATE_HOME/thaw/scores.jsonl", "how the quiz went"},
	    {"$XDG_STATE_HOME/thaw/on_end", "the commands that runs were begun with, see SECURITY"},
	    {"$XDG_STATE_HOME/thaw/places", "folders and machines that 'thaw' alone shows, too"},
	    {"$XDG_STATE_HOME/thaw/runs/", "what logs said when they were read last; may be removed"},
	    {"$XDG_STATE_HOME/thaw/remote/HOST/RUN/", "the log of a run on another machine, as far as "
						      "it has come; may be removed"},
	    {NULL, NULL},
	};
	roff_heading("FILES");
	roff_items(pairs);
}

static void going_on(void)
{
	roff_heading("GOING ON WITH A RUN");
	roff_line("'thaw resume RUN' takes up a run that was stopped, failed or was killed, in its "
		  "own directory. With the same number of threads it ends with the same bytes in "
		  "best.weights and last.weights, and the same figures for every epoch, as if it "
		  "had never been stopped, whatever was frozen or set by hand before. A stopped "
		  "run goes on with the next iteration; a killed one with the first after its last "
		  "checkpoint, which is made at the end of every epoch, and within one that lasts "
		  "every ten minutes (train.checkpoint_minutes).");
	roff_paragraph("Each checkpoint holds checksums of its weights and of its state. When the "
		       "last is damaged - a flipped bit, a file cut short, zeros after a loss of "
		       "power - that is told, and the newest whole one before it is taken: "
		       "previous.weights, which is always kept and costs the disk one checkpoint "
		       "more, a kept epoch (train.keep) or best.weights. 'thaw predict' and 'thaw "
		       "eval' refuse damaged weights.");
	roff_paragraph("After a reboot 'thaw resume --all' takes up every run of a folder that "
		       "crashed, or that a signal stopped as the machine shut down, each detached, "
		       "and returns 0 when all could be started. A line of a crontab does that by "
		       "itself: '@reboot cd $HOME/flowers && thaw resume --all'. Runs that a person "
		       "stopped, or that failed, are left alone unless --stopped or --failed is "
		       "given; --dry-run lists.");
	roff_paragraph("Phases may be changed in between, with '--set phases.tune.lr=...' or in "
		       "the run's experiment.yaml. '--epochs N' adds N epochs to the last phase, "
		       "also after the end: with a constant rate the result is that of the longer "
		       "plan, to the byte; a cosine is stretched over its new length. Pictures "
		       "that have moved ('--set data.images=NEW') are the same if their names and "
		       "bytes are.");
	roff_paragraph("Refused, in one line and with nothing touched: another network, batch, "
		       "seed or other pictures than the run was begun with, checkpoints that are "
		       "all damaged, a run that is going on, and one that has finished "
		       "when nothing more is asked for.");
}

static void other_machines(void)
{
	roff_heading("OTHER MACHINES");
	roff_line("'thaw attach ssh://[user@]host[:port]/RUN' shows and steers a run that is going on "
		  "there; 'thaw replay', 'thaw show' and 'thaw export' take the same. RUN is what thaw takes there, "
		  "in the home directory: a name under runs/, or a path ('ssh://host//data/runs/x' is "
		  "an absolute one); '--runs DIR' is a folder there. The viewer runs here; your own "
		  "ssh, with its config, keys, agent and jump hosts, starts 'thaw tap RUN' there, so "
		  "thaw must be installed there in the same version, in the PATH that ssh gives (or "
		  "THAW_REMOTE). Nothing listens on a network, and no other rights are needed than "
		  "those of ssh.");
	roff_paragraph("The lines of the log come packed, commands go back. What has come is kept, "
		       "below the state folder (see FILES), at most 1 GiB of a run: a link that is "
		       "lost is opened again by itself, after 1, 2, 4 ... 30 seconds or at once by "
		       "'R', and goes on where it broke; meanwhile the screen says so, and what "
		       "there is can be looked at. A link over which nothing was heard for 5 seconds "
		       "counts as lost. Without a link 'thaw replay' plays what has come. ssh may ask "
		       "for a password when the viewer starts, but not when it reconnects: use a "
		       "key, an agent, or ControlMaster.");
}

static void several_viewers(void)
{
	roff_heading("SEVERAL VIEWERS");
	roff_line("Any number of viewers watch a run; one at a time has its controls. The first "
		  "that gives a command takes them; 't' takes them over at once, and every viewer "
		  "sees who has them. Who leaves, or is lost, gives them up. '--watch' never takes "
		  "them. 'thaw ctl' takes them for its command and gives them back. The log tells "
		  "each change.");
	roff_paragraph("When the run ends, crashes, or waits for somebody, the terminal's bell "
		       "rings (':set bell off'), and with ':set notify on' terminals that are known "
		       "to can show a notification on the desktop; ':set notify tmux' sends it "
		       "through tmux, whose allow-passthrough must be on. The window's title tells "
		       "how far the run is (':set title off'). All three are remembered.");
}

static void other_pictures(void)
{
	roff_heading("OTHER PICTURES");
	roff_line("'thaw eval RUN' measures the best weights on the run's own validation pictures "
		  "(the figures of its best epoch), or on those of a folder of class folders, a "
		  "Darknet list or a .data file: accuracy, top-k, loss, each class, confusion, the "
		  "worst mistakes. '--json' has everything. Unreadable pictures are named and left "
		  "out.");
}

static void when_it_ends(void)
{
	roff_heading("WHEN IT ENDS");
	roff_line("A small process beside the trainer outlives it. It runs the commands of on_end in the "
		  "experiment ('on_end: [notify-send, flowers]', or words between spaces) and of "
		  "--notify, also when the trainer was killed; SECURITY tells how. One that fails is "
		  "a note in the log behind the end. Of a trainer that the kernel has killed for want "
		  "of memory the log gets a note as well: 'killed, probably for memory', with its peak and "
		  "what there was.");
	roff_paragraph("Where all processes of a job are ended with its first (a container, a batch "
		       "system), let that wait: 'thaw run x.yaml --headless; notify-me'.");
}

static void security(void)
{
	roff_heading("SECURITY");
	roff_items(security_rows);
}

static void environment(void)
{
	static const char *const pairs[][2] = {
	    {"TERM, COLORTERM, COLORFGBG",
	     "what the terminal is and shows; TERM=dumb prints lines. Whether it shows 24-bit "
	     "colours it is asked where neither says so"},
	    {"NO_COLOR", "anything in it: no colours"},
	    {"THAW_THEME", "the theme to begin with"},
	    {"THAW_MOUSE", "0: leave the mouse to the terminal's own selection"},
	    {"THAW_REMEMBER", "0: neither use nor keep what was set on the screen"},
	    {"THAW_TRAIN", "the trainer, where it is not beside the program"},
	    {"THAW_CUDNN", "folder of libcudnn.so.9, for a graphics card; else it is looked for"},
	    {"THAW_SSH", "the ssh that reaches other machines, where it is not ssh in PATH"},
	    {"THAW_REMOTE", "thaw there, where it is not in the PATH that ssh gives: a path"},
	    {"THAW_DATA", "where the quiz is, where it is not installed"},
	    {"LC_ALL, LC_CTYPE, LANG", "UTF-8 for curves and signs; else the terminal is asked, and where it does not "
	     "show that either everything is ASCII. --utf8 and --ascii decide"},
	    {NULL, NULL},
	};
	roff_heading("ENVIRONMENT");
	roff_items(pairs);
}

static void exit_status(void)
{
	static const char *const pairs[][2] = {
	    {"0", "finished, or only the viewer was left"},
	    {"1", "failed or crashed"},
	    {"2", "bad usage or bad input"},
	    {"3", "what 'thaw rerun' trained again differs from the run in its log"},
	    {"124", "of 'thaw wait --timeout': the time is over and a run goes on"},
	    {"130", "stopped before the plan was done, or interrupted"},
	    {NULL, NULL},
	};
	roff_heading("EXIT STATUS");
	roff_items(pairs);
}

static void examples(void)
{
	static const char *const pairs[][2] = {
	    {"thaw run cfg/flowers.yaml", "train, on the screen"},
	    {"thaw sweep cfg/flowers.yaml --set phases.tune.lr=1e-4..1e-2*3 --set train.seed=1..3 --jobs 2",
	     "which rate is best, over three seeds each"},
	    {"thaw", "all runs here, and from there to one and back"},
	    {"thaw runs ssh://gpu ssh://me@lab", "and those of two other machines"},
	    {"thaw ctl flowers-1 freeze 0-15", "from another terminal"},
	    {"thaw wait flowers-1 && scp runs/flowers-1/best.weights home:", "when it is done"},
	    {"thaw attach ssh://box/flowers-1", "from another machine"},
	    {"thaw replay flowers-1 --speed 20", "look at it again"},
	    {"thaw export flowers-1 --out flowers-1.html", "a report to send to somebody"},
	    {"thaw compare --filter 'lr=0.001'", "lay runs over each other: those with such a rate"},
	    {"thaw replay lightning_logs/version_3", "look at what another program trained"},
	    {"thaw rerun flowers-1 --dry > plan.yaml", "what was done by hand, as a plan"},
	    {"thaw branch flowers-1 --at best --set phases.tune.lr=1e-4", "another way from there"},
	    {"thaw predict flowers-1 photo.jpg", "use it"},
	    {"thaw eval flowers-1 more/", "measure it on other pictures"},
	    {NULL, NULL},
	};
	roff_heading("EXAMPLES");
	roff_items(pairs);
}

int man_print(void)
{
	static const char *const others[] = {"thaw\\-experiment (5)", "thaw\\-log (5)",
					     "darknet (1)", NULL};
	roff_page("thaw", 1, "man", "fine-tune image classifiers with Darknet from a terminal");
	roff_heading("SYNOPSIS");
	printf(".B thaw\n.I COMMAND\n.RI [ ARGUMENT ]...\n.PP\n.B thaw\n.RI [ DIR | ssh://HOST ]...\n");
	roff_heading("DESCRIPTION");
	roff_line(
	    "Loads a pretrained network, replaces its last layer, freezes the base, trains the new "
	    "layer, then thaws some layers at a low learning rate. Layers are frozen and thawed, "
	    "and the learning rate changed, while it trains.");
	roff_paragraph("RUN is a run directory, or a name under runs/.");
	commands();
	man_browser();
	man_compare();
	keys();
	typed_commands();
	replays();
	going_on();
	man_sweeps();
	man_again();
	other_machines();
	man_formats();
	several_viewers();
	other_pictures();
	man_export();
	when_it_ends();
	security();
	files();
	environment();
	exit_status();
	examples();
	roff_see_also(others);
	return STATUS_OK;
}
