#include "usage.h"
#include "emergency.h"
#include "session.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { OFTEN = 5, OFTEN_MS = 1000, SELDOM_MS = 5000 };

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Processor time of all threads; negative: not known. */
static double cpu_seconds(void)
{
	struct rusage u;
	if (getrusage(RUSAGE_SELF, &u) != 0)
		return -1;
	return seconds_of(u.ru_utime) + seconds_of(u.ru_stime);
}

static int64_t usable_cores(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
}

/* Source: proc_pid_statm(5): size and resident, in pages. */
static struct opt_double resident_bytes(void)
{
	struct opt_double out = {0, false};
	struct strbuf text = STRBUF_INIT;
	long long size, pages;
	out.valid = !file_read("/proc/self/statm", &text, NULL) &&
		    sscanf(text.buf, "%lld %lld", &size, &pages) == 2;
	if (out.valid)
		out.value = (double)pages * (double)sysconf(_SC_PAGESIZE);
	strbuf_release(&text);
	return out;
}

void usage_begin(struct session *s)
{
	s->usage.since_ms = clock_ms();
	s->usage.cpu_s = cpu_seconds();
}

void usage_tell(struct session *s)
{
	struct usage *u = &s->usage;
	int64_t ms = clock_ms() - u->since_ms;
	if (ms < (u->n_told < OFTEN ? OFTEN_MS : SELDOM_MS))
		return;
	double before = u->cpu_s;
	usage_begin(s);
	u->n_told++;
	struct opt_double rss = resident_bytes();
	int64_t peak = peak_rss_bytes(); /* the kernel counts it a little late */
	bool known = before >= 0 && u->cpu_s >= before;
	emit_device(s->emit,
		    &(struct event_device){.iter = s->at.iter,
					   .cpu = {(u->cpu_s - before) * 1000 / (double)ms, known},
					   .cores = usable_cores(),
					   .rss = rss,
					   .peak_rss = (int64_t)fmax((double)peak, rss.value)});
}
