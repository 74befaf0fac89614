/* thaw-train check: the preflight alone, and what it found. */
#include "train_cli.h"

#include <stdio.h>

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct trainer_options o = a->trainer;
	o.experiment = a->operands[0];
	if (trainer_check(&o, stdout, &e))
		return train_complain(&e, TRAINER_BAD_INPUT);
	puts("ok          nothing stands in the way");
	return 0;
}

const struct train_command train_cmd_check = {
    .name = "check",
    .usage = "EXPERIMENT [--runs DIR] [--name NAME] [--set KEY=VALUE]... [--threads N]",
    .options = "rnst",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
