/* Sweeps in the manual: the forms of their values are those of `thaw help sweep`. */
#include "thaw_roff.h"
#include "thaw_sweep.h"
#include "thaw_topics.h"

#include "thaw/base/say.h"

const char *const sweep_forms[][2] = {
    {"KEY=A,B,C", "one after another; \"A,B\" in double quotes is one value"},
    {"KEY=1..5, KEY=1..9..2", "numbers from one to the other, in steps of 1 or of the third"},
    {"KEY=1e-4..1e-1*4", "so many numbers, each by the same factor above the last"},
    {"KEY=A --set KEY=B", "--set of one key again adds values"},
    {NULL, NULL},
};

const char *const sweep_words_of_values =
    "Of settings that are lists themselves (freeze, data.classes, class_weights, on_end) commas "
    "belong to the "
    "value: repeat --set for each. A key with one value is the same for all runs.";

const char *const sweep_words_of_runs =
    "Runs are called NAME-lr=1e-3-seed=1, and RUNS/NAME.sweep says what belongs together. The same "
    "command, or "
    "'thaw sweep NAME', goes on where one was left: finished runs are kept, stopped, failed and "
    "crashed ones "
    "resumed. Values may be added; another value of a key that has one is another sweep. Ctrl-C "
    "stops and saves "
    "what trains; once more leaves it going. A closed terminal ends neither the queue nor its "
    "runs, and when the "
    "queue is killed its runs go on. The status is 0 when all have finished, 1 when one failed.";

void man_sweeps(void)
{
	roff_heading("SWEEPS");
	roff_line("'thaw sweep EXPERIMENT' trains once for every combination of the values that "
		  "--set gives. All of "
		  "them are checked before the first begins.");
	roff_items(sweep_forms);
	roff_paragraph(sweep_words_of_values);
	roff_paragraph(sweep_words_of_runs);
	roff_paragraph("'thaw sweep NAME --show' and 'thaw ls NAME' print a row a run, the best "
		       "first, and means "
		       "with standard deviations (of the sample) over the finished runs that "
		       "differ in train.seed "
		       "alone; 's' in the run browser shows the same. '--print' gives one command "
		       "line a run for "
		       "another queue, say 'thaw sweep x.yaml --set train.seed=1..8 --print | "
		       "xargs -P 2 -I{} sh "
		       "-c {}'; the table shows what they make.");
}
