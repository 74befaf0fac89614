/* thaw-train resume: go on with a run that was stopped, failed or crashed, or train it longer. */
#include "train_cli.h"

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct trainer_options o = a->trainer;
	o.name = a->operands[0];
	return train_complain(&e, trainer_resume(&o, &e));
}

const struct train_command train_cmd_resume = {
    .name = "resume",
    .usage = "RUN [--from POINT] [--epochs N] [--set KEY=VALUE]... [--runs DIR] [--threads N] "
	     "[--device D] [--force] [--pause-at N] [--notify COMMAND]... [--no-sandbox] [--report-fd FD]",
    .options = "restdpfFNXo",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
