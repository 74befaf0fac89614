/* thaw-train run: check, then train. */
#include "train_cli.h"

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct trainer_options o = a->trainer;
	o.experiment = a->operands[0];
	return train_complain(&e, trainer_run(&o, &e));
}

const struct train_command train_cmd_run = {
    .name = "run",
    .usage =
	"EXPERIMENT [--runs DIR] [--name NAME] [--set KEY=VALUE]... [--threads N] "
	"[--device D] [--force] [--pause-at N] [--notify COMMAND]... [--no-sandbox] [--report-fd FD]",
    .options = "rnstdpfNXo",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
