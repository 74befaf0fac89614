/* thaw(1): training a run again, and beginning others from it. */
#include "thaw_roff.h"
#include "thaw_topics.h"

void man_again(void)
{
	roff_heading("TRAINING A RUN AGAIN");
	roff_line("Every command that changes what is trained is in the log as it was given, with its "
		  "place: iteration, epoch, phase. 'thaw rerun RUN' trains a new run with the same "
		  "experiment and the same commands at the same places, of cause rerun. On the same "
		  "device, with as many threads (which it takes by itself), it ends with the same "
		  "bytes in last.weights and best.weights. What counts is what was finally trained: "
		  "of a run that was killed, resumed or went back, what that made void is not done "
		  "again, and a plan that was changed by a resume changes at the same place. Pauses "
		  "and range tests change nothing, and are left out. A run that was stopped is "
		  "stopped again; '--until epoch N' or '--until iter N' stops earlier.");
	roff_paragraph("While it trains it is compared: losses and rates of iterations and figures of "
		       "epochs to the last digit of the log, digests of frozen layers, checksums of "
		       "weights. What is different beforehand (device, threads, version, pictures, "
		       "weights) is told at the start; the first difference when it comes, a parted "
		       "event with what it was and is; how much of all differs at the end. The run goes "
		       "on all the same. Exit status: 0 when the same came of it, 3 when it parted, "
		       "else as of 'thaw run'. Of a run that went back beyond its best epoch, "
		       "best.weights are of an epoch that is not trained again.");
	roff_paragraph("'thaw rerun RUN --dry' trains nothing: it prints an experiment whose phases "
		       "have the epochs, rates, frozen layers and factors (lr_scale) that really were, "
		       "so that a run steered by hand becomes a plan; 'thaw check' takes it. Where all "
		       "changes fell on ends of epochs it trains to the same bytes. What was changed "
		       "within an epoch holds from the nearest end of one, and a comment says so.");
	roff_heading("BRANCHES");
	roff_line("'thaw branch RUN --at \"epoch 5\" --set phases.tune.lr=0.001' begins a new run with the "
		  "state of another one after epoch 5: weights, momentum, schedule, what was set by "
		  "hand. Or --at \"iter 900\", best, last. The nearest point that is kept at or before "
		  "it is taken, and told: best, last, the one before, and with train.keep: N the last "
		  "N epochs. In a replay 'b' does so from the moment on the screen, and asks first.");
	roff_paragraph("Weights are not copied: they are second names of the same files, where the file "
		       "system has such. The log begins with the other's events until then, so curves "
		       "show both, and the new directory is whole: it can be moved, and the other be "
		       "deleted. Its run event names the other in parent. Phases, rates, rules, "
		       "optimizer and augmentation may change; network, classes, pictures, batch, seed "
		       "and the figure of the best are its parent's.");
}
