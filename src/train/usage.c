#include "usage.h"
#include "emergency.h"
#include "session.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/engine/device.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { OFTEN = 5, OFTEN_MS = 1000, CARD_MS = 2000, SELDOM_MS = 5000 };

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

static struct opt_double told(double v)
{
	return (struct opt_double){isfinite(v) ? v : 0, isfinite(v)};
}

static struct opt_double told_bytes(uint64_t n)
{
	return (struct opt_double){(double)n, n > 0};
}

/* What the card does, where there is one and it tells. */
static void add_card(struct event_device *d)
{
	struct device_use use;
	if (!device_measure(&use))
		return;
	d->card_busy = told(use.busy);
	d->card_memory = told_bytes(use.memory_bytes);
	d->card_total = told_bytes(use.memory_total_bytes);
	d->celsius = told(use.celsius);
	d->watts = told(use.watts);
	d->clock_mhz = told(use.clock_mhz);
}

static int64_t interval_ms(const struct usage *u)
{
	if (device_is_card())
		return u->n_told ? CARD_MS : OFTEN_MS;
	return u->n_told < OFTEN ? OFTEN_MS : SELDOM_MS;
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
	if (ms < interval_ms(u))
		return;
	double before = u->cpu_s;
	usage_begin(s);
	u->n_told++;
	struct opt_double rss = resident_bytes();
	int64_t peak = peak_rss_bytes(); /* the kernel counts it a little late */
	bool known = before >= 0 && u->cpu_s >= before;
	struct event_device d = {.iter = s->at.iter,
				 .cpu = {(u->cpu_s - before) * 1000 / (double)ms, known},
				 .cores = usable_cores(),
				 .rss = rss,
				 .peak_rss = (int64_t)fmax((double)peak, rss.value)};
	add_card(&d);
	emit_device(s->emit, &d);
}
