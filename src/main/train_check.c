/* thaw-train check: the preflight alone, or what of it needs no weights and pictures. */
#include "train_cli.h"

#include <stdio.h>

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct trainer_options o = a->trainer;
	o.experiment = a->operands[0];
	if (a->structure ? trainer_check_structure(&o, stdout, &e) : trainer_check(&o, stdout, &e))
		return train_complain(&e, TRAINER_BAD_INPUT);
	return 0;
}

const struct train_command train_cmd_check = {
    .name = "check",
    .usage = "EXPERIMENT [--structure] [--runs DIR] [--name NAME] [--set KEY=VALUE]... "
	     "[--threads N] [--device D]",
    .options = "rnstdS",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
