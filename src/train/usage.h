/* What the trainer takes of the machine, and what its card does, told in `device` events: the first
 * after a second, then every two on a card; else the first few after a second each, then every five
 * seconds at most, so that a long run's log stays small. */
#ifndef THAW_TRAIN_USAGE_H
#define THAW_TRAIN_USAGE_H

#include <stdint.h>

struct session;

struct usage {
	int64_t since_ms; /* what the next one is measured from; monotonic */
	double cpu_s;     /* processor time taken until then */
	int n_told;
};

/* Measure from now on: at the start, and after a wait that would count as idleness. */
void usage_begin(struct session *s);

/* Tell it when it is time to; else next to nothing. */
void usage_tell(struct session *s);

#endif
