/* Long logs, made up as the trainer would have written them: steps told together and alone, what the
 * trainer takes of the machine, and each epoch with its statistics, mistakes, confusion matrix,
 * probes and checkpoint. */
#ifndef THAW_TESTS_BENCH_MADE_LOG_H
#define THAW_TESTS_BENCH_MADE_LOG_H

#include "bench.h"

#include <stdint.h>

struct made_log {
	const char *name, *end; /* of the run; how it ended, in words */
	int64_t epochs;
	int lines, pack; /* of steps, in an epoch; iterations of a line */
	int alone_every; /* of so many lines one is an iteration by itself; 0: none */
	int64_t line_ms;
};

/* A run's folder with the log alone, in the scratch folder; returns its path, caller frees. */
char *make_log(const struct bench *b, const struct made_log *l, int64_t *bytes, int64_t *events);

#endif
