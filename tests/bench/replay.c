/* Replaying a log of a million events: opening it, going anywhere, and stepping by epochs; made up here
 * as the trainer would have written it. The viewer's own reading, without its drawing. */
#include "bench.h"

#include "made_log.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/rng.h"
#include "thaw/run/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEEKS = 50, TURN_MS = 25 }; /* TURN_MS: as the viewer reads */

struct measured {
	double open_s, peak_bytes;
	double seek_ms[SEEKS], on_ms[SEEKS], back_ms[SEEKS];
};

static double seek(struct timeline *t, size_t to)
{
	double began = clock_seconds();
	timeline_seek(t, to);
	return (clock_seconds() - began) * 1000;
}

static void measure(const char *run, struct measured *m)
{
	struct timeline t;
	struct errinfo e;
	double began = clock_seconds();
	timeline_init(&t);
	if (timeline_open(&t, run, &e))
		die("%s", e.msg);
	while (timeline_read(&t, TURN_MS, false))
		;
	m->open_s = clock_seconds() - began;
	for (uint64_t i = 0; i < SEEKS; i++)
		m->seek_ms[i] = seek(&t, rng_below(1, i, t.n + 1));
	timeline_seek(&t, t.n / 2);
	for (int i = 0; i < SEEKS; i++)
		m->on_ms[i] = seek(&t, timeline_next_epoch(&t, t.at));
	for (int i = 0; i < SEEKS; i++)
		m->back_ms[i] = seek(&t, timeline_previous_epoch(&t, t.at));
	timeline_release(&t);
}

/* In a process of its own, for its peak memory. */
static struct measured measure_apart(const char *run)
{
	struct measured m;
	struct rusage u;
	int fd[2], status;
	if (pipe(fd))
		die("no pipe");
	pid_t pid = fork();
	if (pid < 0)
		die("no process");
	if (pid == 0) {
		measure(run, &m);
		_exit(write(fd[1], &m, sizeof(m)) != sizeof(m));
	}
	close(fd[1]);
	ssize_t n = read(fd[0], &m, sizeof(m));
	close(fd[0]);
	if (wait4(pid, &status, 0, &u) != pid || status != 0 || n != sizeof(m))
		die("%s cannot be replayed", run);
	m.peak_bytes = (double)u.ru_maxrss * 1024;
	return m;
}

static void tell(const char *name, const char *unit, double value, int runs)
{
	report(&(struct figure){
	    .name = name, .unit = unit, .ours = value, .less = true, .runs = runs});
}

static void tell_both(const char *median, const char *worst, double *ms)
{
	tell(median, "ms", median_of(ms, SEEKS), SEEKS); /* which sorts them */
	tell(worst, "ms", ms[SEEKS - 1], SEEKS);
}

void bench_replay(struct bench *b)
{
	const struct made_log million = {.name = "million",
					 .end = "a million events are told",
					 .epochs = 2062,
					 .lines = 400,
					 .pack = 10,
					 .alone_every = 4,
					 .line_ms = 1000};
	int64_t bytes, events;
	char *run = make_log(b, &million, &bytes, &events);
	double opening[MAX_RUNS];
	struct measured m;
	for (int i = 0; i < b->runs; i++) {
		m = measure_apart(run);
		opening[i] = m.open_s / (double)bytes * 1e8;
	}
	tell("replay: events of the log", "thousands", (double)events / 1000, 1);
	tell("replay: its size", "MB", (double)bytes / 1e6, 1);
	tell("replay: opening 100 MB", "s", median_of(opening, b->runs), b->runs);
	tell_both("replay: going anywhere, median", "replay: going anywhere, worst", m.seek_ms);
	tell_both("replay: an epoch on, median", "replay: an epoch on, worst", m.on_ms);
	tell_both("replay: an epoch back, median", "replay: an epoch back, worst", m.back_ms);
	tell("replay: peak memory", "MB", m.peak_bytes / 1e6, 1);
	free(run);
}
