/* Repetitions in turn, and medians. */
#include "bench.h"

#include <stdlib.h>
#include <time.h>

/* A thread that has run out of work looks for more for some milliseconds before it sleeps; whoever
 * is next must not share the cores with it. */
enum { SETTLE_MS = 50 };

static void settle(void)
{
	nanosleep(&(struct timespec){.tv_nsec = SETTLE_MS * 1000000L}, NULL);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double median_of(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), ascending);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

void take_turns(const struct turn *turns, int n, int runs, void *arg, double *median)
{
	double seconds[MAX_TURNS][MAX_RUNS];
	for (int k = 0; k < n; k++)
		if (!turns[k].cold)
			turns[k].run(arg);
	for (int i = 0; i < runs; i++)
		for (int k = 0; k < n; k++) {
			settle();
			seconds[k][i] = turns[k].run(arg);
		}
	for (int k = 0; k < n; k++)
		median[k] = median_of(seconds[k], runs);
}
