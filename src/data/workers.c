#include "workers.h"

#include "thaw/base/alloc.h"
#include "thaw/base/signals.h"

#include <signal.h>
#include <stdlib.h>

void workers_start(struct workers *w, int n, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	sigfillset(&all);
	sigdelset(&all, SIGNAL_OF_THREADS);
	*w = (struct workers){xcalloc((size_t)(n > 0 ? n : 1), sizeof(*w->threads)), 0};
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (w->n < n && pthread_create(&w->threads[w->n], NULL, run, arg) == 0)
		w->n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void workers_join(struct workers *w)
{
	for (int i = 0; i < w->n; i++)
		pthread_join(w->threads[i], NULL);
	free(w->threads);
	*w = (struct workers){NULL, 0};
}
