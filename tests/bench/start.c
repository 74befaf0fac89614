/* Start-up: whole commands, and a run up to its first events. */
#include "runs.h"
#include "torch.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPERIMENT "cfg/flower-photos.yaml"
#define PICTURES "../shared/flower_photos/valid/*/*.jpg"
#define PREDICT "tests/bench/peer_predict.py"
#define MODEL "model" /* a run of ours */

enum { SIDES = 2, CLASS_CHARS = 64 };

/* What the likeliest class has with each. */
static const double PROBABILITY_TOLERANCE = .01;

static void tell(const char *name, double seconds, int runs)
{
	report(&(struct figure){
	    .name = name, .unit = "s", .ours = seconds, .less = true, .runs = runs});
}

/* ---- a run ---- */

static void flower_run(const struct bench *b)
{
	double looking[MAX_RUNS], event[MAX_RUNS], step[MAX_RUNS];
	look_at_photographs(b->threads); /* into the system's cache */
	for (int i = 0; i < b->runs; i++) {
		struct run run = run_experiment(b, EXPERIMENT, true);
		event[i] = run.run_event_s;
		step[i] = run.first_step_s;
		looking[i] = look_at_photographs(b->threads);
	}
	tell("start-up to the log's `run` event, 1000 photographs", median_of(event, b->runs),
	     b->runs);
	tell("start-up to the first iteration, 1000 photographs", median_of(step, b->runs),
	     b->runs);
	tell("  of which looking at every photograph", median_of(looking, b->runs), b->runs);
}

/* ---- whole commands ---- */

struct commands {
	const struct bench *b;
	const char *const *argv[SIDES]; /* thaw's, PyTorch's */
	char label[SIDES][CLASS_CHARS];
	double probability[SIDES];
};

/* The line of the likeliest class; thaw has said which picture it is in the line before. */
static void read_answer(struct commands *c, int side)
{
	char *path = scratch_path(c->b, "run.out");
	FILE *f = fopen(path, "r");
	char line[4096];
	bool found = false;
	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%lf %63s", &c->probability[side], c->label[side]) == 2;
	if (!found)
		die("%s says nothing of a picture in %s", c->argv[side][0], path);
	fclose(f);
	free(path);
}

static double run_side(struct commands *c, int side)
{
	double seconds = run_command(c->b, c->argv[side]);
	read_answer(c, side);
	return seconds;
}

static double our_prediction(void *commands)
{
	return run_side(commands, 0);
}

static double torch_prediction(void *commands)
{
	return run_side(commands, 1);
}

static void check_same(const struct commands *c)
{
	if (strcmp(c->label[0], c->label[1]) != 0 ||
	    !(fabs(c->probability[0] - c->probability[1]) <= PROBABILITY_TOLERANCE))
		die("one photograph: PyTorch says %s (%.4f), thaw %s (%.4f): not the same work",
		    c->label[1], c->probability[1], c->label[0], c->probability[0]);
}

/* A short flower experiment, whose model predicts. */
static void make_model(const struct bench *b, const char *runs)
{
	const char *const argv[] = {b->thaw,    "run",
				    EXPERIMENT, "--headless",
				    "--runs",   runs,
				    "--name",   MODEL,
				    "--set",    "data.limit=100",
				    "--set",    "phases.head.epochs=2",
				    "--set",    "phases.tune.epochs=1",
				    NULL};
	run_command(b, argv);
}

static void predictions(const struct bench *b)
{
	static const struct turn turns[SIDES] = {{"thaw", our_prediction, false},
						 {"PyTorch", torch_prediction, false}};
	char *runs = scratch_path(b, "runs"), *model = path_join(runs, MODEL),
	     *threads = xasprintf("%d", b->threads);
	glob_t pictures;
	double seconds[SIDES];
	int n = b->torch ? SIDES : 1;
	make_model(b, runs);
	if (glob(PICTURES, 0, NULL, &pictures) != 0)
		die("no picture is " PICTURES);
	const char *picture = pictures.gl_pathv[0], *const ours[] = {b->thaw, "predict",   model,
								     picture, "--threads", threads,
								     NULL},
		   *const theirs[] = {b->torch ? torch_python(b->torch) : "",
				      PREDICT,
				      model,
				      picture,
				      threads,
				      NULL};
	struct commands c = {.b = b, .argv = {ours, theirs}};
	take_turns(turns, n, b->runs, &c, seconds);
	if (n == SIDES)
		check_same(&c);
	report_turns(&(struct figure){.name = "whole command: predict one photograph",
				      .unit = "s",
				      .less = true,
				      .runs = b->runs},
		     turns, seconds, n);
	globfree(&pictures);
	free(runs);
	free(model);
	free(threads);
}

static double trainer_help(void *bench)
{
	const struct bench *b = bench;
	char *dir = path_dir(b->thaw), *trainer = path_join(dir, "thaw-train");
	const char *const argv[] = {trainer, "--help", NULL};
	double seconds = run_command(b, argv);
	free(dir);
	free(trainer);
	return seconds;
}

void bench_start(struct bench *b)
{
	double seconds;
	if (!have_flowers("start-up"))
		return;
	take_turns(&(struct turn){"thaw", trainer_help, false}, 1, b->runs, b, &seconds);
	tell("whole command: thaw-train --help", seconds, b->runs);
	predictions(b);
	flower_run(b);
}
