/* The runs that a comparison is asked for: found, opened, chosen by a pattern. */
#ifndef THAW_MAIN_THAW_COMPARE_RUNS_H
#define THAW_MAIN_THAW_COMPARE_RUNS_H

#include "thaw_cli.h"

#include "thaw/report/comparison.h"
#include "thaw/wire/remote.h"

#include <stdbool.h>
#include <stddef.h>

struct compare_source_run {
	char *name, *dir; /* owned; what it is called; where it is, of a remote one its mirror */
	int slot;
	struct remote *remote; /* owned; NULL: it is here, or what has come of it is enough */
	bool alive;
	struct run_settings given, settings; /* owned; of its experiment; and merged, once read */
	struct course course;                /* once read */
};

struct compare_runs {
	const struct cli *cli;
	bool live; /* runs of other machines are followed, not fetched */
	struct loop *loop;
	struct compare_source_run *at; /* [n] */
	size_t n, cap;
	size_t n_failed;
	char last_words[1024]; /* why the last of them did */
};

void compare_runs_init(struct compare_runs *r, const struct cli *c, bool live);
void compare_runs_release(struct compare_runs *r);

/* Add one, by what a command line calls it; what is wrong with it is said in a line. One that is there
 * already, by whatever name, is added once. */
void compare_runs_add(struct compare_runs *r, const char *operand, int slot);

/* Those of the command line, or all below runs/; without those that do not match. Returns STATUS_OK, or
 * with one line printed what the program ends with. */
int compare_runs_choose(struct compare_runs *r, const char *filter);

/* Read all of them to their ends. Shape: the result has [n]; the caller frees it, its texts are the
 * runs' */
struct comparand *compare_runs_read(struct compare_runs *r);

#endif
