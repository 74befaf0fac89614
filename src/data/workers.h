/* A few threads that run one function. Signals stay with the threads that existed before. */
#ifndef THAW_SRC_DATA_WORKERS_H
#define THAW_SRC_DATA_WORKERS_H

#include <pthread.h>

struct workers {
	pthread_t *threads;
	int n; /* that could be started; may be fewer than asked for, even 0 */
};

void workers_start(struct workers *w, int n, void *(*run)(void *), void *arg);
void workers_join(struct workers *w); /* waits for all of them */

#endif
