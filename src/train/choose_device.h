/* What the networks of an experiment compute on: chosen before the first is opened, and told. */
#ifndef THAW_TRAIN_CHOOSE_DEVICE_H
#define THAW_TRAIN_CHOOSE_DEVICE_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/warnings.h"
#include "thaw/config/experiment.h"

/* As `asked` on the command line (--device), else (NULL) as train.device says; a train.device that
 * it overrides is replaced. A card that auto could not take goes into `warnings` (NULL: nowhere).
 * Errors: those of device_choose(), with the place of what was asked; the CPU computes then. */
enum err choose_device(struct experiment *x, const char *asked, struct warnings *warnings,
		       struct errinfo *e);

/* The same for the network that a run saved, which may have been trained on another machine: what
 * its experiment names, where that is not here, is as good as auto. `x` may be NULL. */
enum err choose_device_again(const struct experiment *x, const char *asked, struct errinfo *e);

/* The device, its threads, and why "auto" took the CPU, appended. */
void chosen_device_words(int threads, struct strbuf *out);

#endif
