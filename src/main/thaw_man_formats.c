/* The manual's part on logs of other programs, and `thaw help formats`: from the table of formats. */
#include "thaw_cli.h"
#include "thaw_roff.h"
#include "thaw_topics.h"

#include "thaw/base/say.h"
#include "thaw/import/import.h"

#include <stdio.h>

int formats_print(void)
{
	const struct import_format *f;
	say(stdout, "| `thaw` | a run directory of thaw's, or its events.jsonl alone |");
	for (size_t i = 0; (f = import_format_at(i)); i++)
		say(stdout, "| `%s` | %s |", f->name, f->what);
	return STATUS_OK;
}

enum { FORMATS_MOST = 64 };

void man_formats(void)
{
	const char *pairs[FORMATS_MOST + 1][2] = {{NULL}};
	const struct import_format *f;
	for (size_t i = 0; i < FORMATS_MOST && (f = import_format_at(i)); i++) {
		pairs[i][0] = f->name;
		pairs[i][1] = f->what;
	}
	roff_heading("LOGS OF OTHER PROGRAMS");
	roff_line("'thaw replay' and 'thaw show' also take the log of another program: a file, or a folder "
		  "where the format is folders. It is recognised by its content; '--format NAME' takes it "
		  "as such, whatever it looks like. A log that still grows is followed where a replay "
		  "follows. Nothing is written beside it, and nobody steers its run from here.");
	roff_items(pairs);
	roff_paragraph("Losses, accuracies and learning rates go by many names; what a name means is "
		       "worked out from its words, and where that is a guess the log page says so. All "
		       "other figures keep their names. Accuracies in percent become shares, epochs that "
		       "are counted from 0 are counted from 1, runs that were appended to one file are "
		       "counted on: each is told. What a log does not hold - layers, classes, pictures, "
		       "times - has no page and no panel, and a run whose end is not told is 'imported', "
		       "never 'crashed'.");
	roff_paragraph("'--columns step=N,loss=L' tells what the columns of any table are: step, epoch, time "
		       "(seconds), loss, val_loss, acc, val_acc, val_top5, lr, seconds. A column is named as "
		       "in the table's first line, or counted from 1.");
}
