/* The commands that a run will have run at its end, collected and looked at before it begins. */
#ifndef THAW_TRAIN_ENDING_H
#define THAW_TRAIN_ENDING_H

#include "thaw/config/experiment.h"
#include "thaw/train/trainer.h"

#include <stdio.h>

struct emitter;

struct ending {
	char **commands; /* texts of command_words.h */
	size_t n, cap;
	char
	    *refused; /* the on_end of a run that goes on, where nobody vouches for it; else NULL */
	bool remember; /* this user has given the experiment's on_end himself */
};

/* `again`: the experiment is that of a run that goes on.
 * Errors: ERR_NOT_FOUND, ERR_VALUE, with the setting's or the option's place. */
enum err ending_prepare(struct ending *end, const struct experiment *x,
			const struct trainer_options *o, bool again, struct errinfo *e);
void ending_release(struct ending *end);

void ending_report(const struct ending *end, FILE *out);
void ending_tell(const struct ending *end, struct emitter *em);

/* The run begins; before the sandbox, which lets nothing be remembered. */
void ending_remember(const struct ending *end, const struct experiment *x);

#endif
