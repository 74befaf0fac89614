/* thaw-train profile: where an iteration's time goes, layer by layer. */
#include "train_cli.h"

#include <stdio.h>

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct trainer_options o = a->trainer;
	o.experiment = a->operands[0];
	if (trainer_profile(&o, a->batches, stdout, &e))
		return train_complain(&e,
				      e.code == ERR_NONFINITE ? TRAINER_FAILED : TRAINER_BAD_INPUT);
	return 0;
}

const struct train_command train_cmd_profile = {
    .name = "profile",
    .usage = "EXPERIMENT [--batches N] [--set KEY=VALUE]... [--threads N] [--device D]",
    .options = "bstd",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
