/* Reading the logs of a comparison, a little each turn; and what it tells. */
#include "compare_app.h"

#include "thaw/base/clock.h"
#include "thaw/run/run.h"

#include <stdarg.h>
#include <stdio.h>

#define WORK_MS 40     /* of one turn, for reading logs: no key waits longer */
#define LOOK_MS 250    /* between looks at logs that were read to their end */
#define ARRANGE_MS 250 /* between two arrangements while logs are read */
#define MESSAGE_MS 9000

void compare_tell(struct compare *c, enum message_kind kind, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	compare_message(&c->view, kind, "%s", text);
	c->message_until_ms = clock_ms() + MESSAGE_MS;
	c->show.dirty = true;
}

/* Asked before the log is read: an end that is written in between is seen. */
static void look_alive(struct compare *c, size_t i)
{
	struct compare_source *s = &c->sources[i];
	struct compare_run *r = &c->view.runs[i];
	bool live = s->remote ? remote_alive(s->remote)
			      : run_live(s->dir) || (s->alive && !r->course.whole);
	c->changed = c->changed || live != r->live;
	r->live = live;
}

/* True: this log has more to read at once. */
static bool read_run(struct compare *c, size_t i, int64_t now, int budget_ms)
{
	struct compare_source *s = &c->sources[i];
	struct compare_run *r = &c->view.runs[i];
	uint64_t version = r->course.version;
	bool whole = r->course.whole;
	if (whole && now - s->looked_ms < LOOK_MS)
		return false;
	s->looked_ms = now;
	look_alive(c, i);
	bool more = course_read(&r->course, budget_ms);
	c->changed = c->changed || r->course.version != version || r->course.whole != whole;
	return more;
}

/* Every log gets its share of the time, one after the other. */
static bool read_logs(struct compare *c)
{
	int64_t until = clock_ms() + WORK_MS;
	size_t n = c->view.n_runs;
	bool more = false;
	for (size_t k = 0; k < n; k++) {
		int64_t now = clock_ms();
		if (now >= until)
			return true;
		int budget = (int)((until - now) / (int64_t)(n - k));
		more = read_run(c, c->turn, now, budget > 1 ? budget : 1) || more;
		c->turn = (c->turn + 1) % n;
	}
	return more;
}

bool compare_work(struct compare *c)
{
	bool more = read_logs(c);
	int64_t now = clock_ms();
	if (c->changed && (!more || now - c->arranged_ms >= ARRANGE_MS)) {
		compare_arrange(&c->view);
		c->changed = false;
		c->arranged_ms = now;
		c->show.dirty = true;
	}
	return more;
}
