/* `thaw help security`: the promises, and what is not promised. */
#include "thaw_security.h"

#include "thaw_cli.h"
#include "thaw_topics.h"

#include "thaw/base/say.h"
#include "thaw/base/run_files.h"

#include <stdio.h>
#include <string.h>

const char *const security_rows[][2] = {
    {"The trainer",
     "Once its run has begun, after every input was opened and checked, thaw-train gives up what "
     "it "
     "does not need, for good. It gains no rights by any program (no_new_privs). With Landlock "
     "(Linux 5.19 and later) it reads only its pictures' folders, cfg and weights, the system's "
     "libraries (/usr, /lib, /opt, those of a graphics card's driver), /proc, /sys and a few files "
     "of "
     "/etc and /dev; it writes only its run directory, /dev/null, /dev/shm, a card's devices and "
     "its driver's cache (~/.nv). With a filter of system calls (x86-64) it makes no socket, "
     "executes no program, and neither looks into other processes nor signals them. It keeps what "
     "was "
     "open: its log, and the socket of its run. What is in force stands in the log's run event, in "
     "'thaw show RUN', and 'thaw check' tells before. Where pictures lie in more than 4,096 "
     "folders it may read everything, and says so. '--no-sandbox' leaves all that out. The "
     "checks before a run, 'thaw predict' and 'thaw eval' are not held so."},
    {"A run directory",
     "Files in a run directory are opened by their names below it, and no link, pipe or device in "
     "a "
     "file's place is followed. Nothing is written into a file of another user or with a second "
     "name. A run is resumed only where all of it is yours. A directory that somebody gave you can "
     "be "
     "replayed, shown and resumed; that runs no command of his, see on_end below."},
    {"What is shown",
     "Text from outside (logs, names of pictures and classes, messages of Darknet, replies of a "
     "trainer) is escaped before it is printed or drawn: no log can send a control sequence to the "
     "terminal. What cannot be read is told and skipped."},
    {"The control socket", RUN_SOCKET
     " has mode 0600, and the trainer asks the kernel who is at the other end: nobody "
     "but the same user, or root, steers a run. There is no other way in: nothing listens on "
     "the network."},
    {"Other machines", "'thaw tap', 'ssh://' and 'thaw attach' of a run elsewhere go through your "
		       "own ssh, with your keys "
		       "and its configuration. What comes from there is treated as any log: it is "
		       "checked, escaped, and "
		       "the viewer writes nothing but a copy of it in your state folder."},
    {"on_end and --notify",
     "These are the only commands that thaw runs. A program is executed with its arguments as they "
     "are "
     "written; no shell takes them apart, and nothing of the run's data becomes an argument. What "
     "the program is to know is in its environment: THAW_RUN (the directory), THAW_NAME, "
     "THAW_STATUS (finished, stopped, failed, crashed), THAW_REASON, THAW_EPOCHS, THAW_ITERATIONS, "
     "and "
     "once there is a best epoch THAW_BEST (its validation accuracy, 0 to 1) and THAW_BEST_EPOCH. "
     "It "
     "runs outside the sandbox, with your rights, in the folder that the run was started from; its "
     "input "
     "is empty, its output goes to " RUN_TRAINER_LOG ", and after a minute it is killed. "
     "Starting an experiment is your word for its on_end, and the command is remembered in "
     "$XDG_STATE_HOME/thaw/on_end (~/.local/state). 'thaw resume' runs the on_end of a run only "
     "when "
     "you have started one with the very same command on this machine before; else it says so, and "
     "'--notify' gives it again. 'thaw check' shows what would be run."},
    {"Not promised",
     "Before the sandbox is entered, and always where the kernel has none, Darknet's parser of cfg "
     "files and the libraries that decode pictures run with your rights: they are C, and a hostile "
     "file "
     "may find a fault in them. Whoever works as the same user, or as root, can do anything to a "
     "run: its files are his. Nothing is encrypted or signed; the checks of weights find "
     "accidents, not "
     "forgeries."},
    {NULL, NULL},
};

enum { WIDTH = 100 };

/* Words in lines of WIDTH columns. */
static void print_folded(const char *text)
{
	while (*text) {
		size_t len = strlen(text), n = len;
		if (len > WIDTH)
			for (n = WIDTH; n && text[n] != ' ';)
				n--;
		n = n ? n : len;
		say(stdout, "%.*s", (int)n, text);
		text += n;
		text += *text == ' ';
	}
}

int security_print(void)
{
	for (size_t i = 0; security_rows[i][0]; i++) {
		say(stdout, "## %s", security_rows[i][0]);
		puts("");
		print_folded(security_rows[i][1]);
		puts("");
	}
	return STATUS_OK;
}
