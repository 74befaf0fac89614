/* thaw-train: the program that owns Darknet. It is started by `thaw`, or by hand. */
#include "train_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/say.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct train_command *const commands[] = {
    &train_cmd_run, &train_cmd_rerun, &train_cmd_branch, &train_cmd_resume, &train_cmd_check, &train_cmd_profile, &train_cmd_predict,
    &train_cmd_eval, &train_cmd_find_lr,
};
#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static int usage(FILE *out, int status)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		say(out, "%s thaw-train %s %s", i ? "      " : "usage:", commands[i]->name,
		    commands[i]->usage);
	return status;
}

static int run_command(const struct train_command *c, int argc, char **argv)
{
	struct train_args a = {.trainer = {.runs = "runs", .report_fd = -1, .warden = true, .sandbox = true},
			       .batches = 10,
			       .mistakes = 10};
	struct errinfo e = {0};
	a.sets = xcalloc((size_t)argc, sizeof(*a.sets));
	a.notify = xcalloc((size_t)argc, sizeof(*a.notify));
	enum err r = train_parse(c, &a, argc, argv, &e);
	a.trainer.sets = a.sets;
	a.trainer.notify = a.notify;
	int status = r ? train_complain(&e, TRAINER_BAD_INPUT) : c->run(&a);
	free(a.sets);
	free(a.notify);
	return status;
}

/* OpenMP's threads wait for each other by spinning, for a millisecond and more unless told
 * otherwise. On a machine with other work that takes the time from the very thread that is waited
 * for: beside two busy programs training takes thrice the time. Its library reads the environment
 * before main(), hence once more from the start. */
static void spin_briefly(char **argv)
{
	if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME"))
		return;
	char self[PATH_MAX]; /* its own path: as /proc/self/exe its name would be "exe" */
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return;
	self[n] = '\0';
	setenv("GOMP_SPINCOUNT", "10000", 1);
	setenv("KMP_BLOCKTIME", "0", 1);
	execv(self, argv);
}

int main(int argc, char **argv)
{
	spin_briefly(argv);
	setlocale(LC_CTYPE, ""); /* and no more: numbers are written and read with a point */
	if (argc >= 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")))
		return usage(stdout, 0);
	for (size_t i = 0; argc >= 2 && i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return run_command(commands[i], argc - 1, argv + 1);
	return usage(stderr, TRAINER_BAD_INPUT);
}
