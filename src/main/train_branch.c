/* thaw-train branch: begin a run with the state of another one. */
#include "train_cli.h"

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct trainer_options o = a->trainer;
	o.branch = a->operands[0];
	return train_complain(&e, trainer_run(&o, &e));
}

const struct train_command train_cmd_branch = {
    .name = "branch",
    .usage = "RUN [--at POINT] [--epochs N] [--set KEY=VALUE]... [--runs DIR] [--name NAME] "
	     "[--threads N] [--device D] [--force] [--pause-at N] [--notify COMMAND]... "
	     "[--no-sandbox] [--report-fd FD]",
    .options = "rnAestdpfNXo",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
