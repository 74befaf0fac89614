/* thaw-train rerun: train a run again, with the same commands at the same places. */
#include "train_cli.h"

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct trainer_options o = a->trainer;
	o.again = a->operands[0];
	return train_complain(&e, trainer_run(&o, &e));
}

const struct train_command train_cmd_rerun = {
    .name = "rerun",
    .usage = "RUN [--runs DIR] [--name NAME] [--until POINT] [--set KEY=VALUE]... [--threads N] "
	     "[--device D] [--force] [--pause-at N] [--notify COMMAND]... [--no-sandbox] "
	     "[--report-fd FD]",
    .options = "rnUstdpfNXo",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
