/* The table of figures, the table of cost against work, and both in build/bench.tsv. */
#include "bench.h"

#include <stdio.h>

static FILE *tsv;
static bool headed;                      /* the main table's heading stands */
static double first_work, first_seconds; /* of the cost table; 0 before its first row */

void report_open(const char *path)
{
	if (!path)
		return;
	tsv = fopen(path, "w");
	if (!tsv)
		die("%s: cannot be written", path);
	fputs("name\tours\tpeer\tunit\tratio\tpeer_name\truns\ttimes_first\n", tsv);
}

void report_close(void)
{
	if (tsv && fclose(tsv) != 0)
		die("bench.tsv is incomplete: disk full?");
}

void report(const struct figure *f)
{
	double ratio = !f->peer ? 0 : f->less ? f->theirs / f->ours : f->ours / f->theirs;
	if (!headed)
		printf("\n%-52s %9s %9s  %-9s %7s  %s\n", "name", "thaw", "peer", "unit", "ratio",
		       "peer");
	headed = true;
	if (f->peer)
		printf("%-52s %9.4g %9.4g  %-9s %6.1fx  %s\n", f->name, f->ours, f->theirs, f->unit,
		       ratio, f->peer);
	else
		printf("%-52s %9.4g %9s  %s\n", f->name, f->ours, "", f->unit);
	fflush(stdout);
	if (!tsv)
		return;
	fprintf(tsv, "%s\t%.6g\t", f->name, f->ours);
	if (f->peer)
		fprintf(tsv, "%.6g\t%s\t%.3f\t%s", f->theirs, f->unit, ratio, f->peer);
	else
		fprintf(tsv, "\t%s\t\t", f->unit);
	fprintf(tsv, "\t%d\t\n", f->runs);
	fflush(tsv);
}

void report_turns(const struct figure *f, const struct turn *turns, const double *values, int n)
{
	struct figure row = *f;
	row.ours = values[0];
	if (n == 1)
		report(&row);
	for (int k = 1; k < n; k++) {
		row.peer = turns[k].who;
		row.theirs = values[k];
		report(&row);
	}
}

void report_cost_title(const char *title)
{
	printf("\n%-52s %9s %9s %9s %9s\n", title, "work", "seconds", "times 1st", "per work");
	headed = false;
	first_work = first_seconds = 0;
}

void report_cost(const char *name, double work, double seconds, int runs)
{
	if (first_work == 0)
		first_work = work, first_seconds = seconds;
	double linear = first_seconds * work / first_work;
	printf("%-52s %8.2fx %9.4g %8.2fx %8.2fx\n", name, work / first_work, seconds,
	       seconds / first_seconds, seconds / linear);
	fflush(stdout);
	if (!tsv)
		return;
	fprintf(tsv, "%s\t%.6g\t%.6g\ts\t%.3f\tlinear\t%d\t%.3f\n", name, seconds, linear,
		linear / seconds, runs, seconds / first_seconds);
	fflush(tsv);
}
