#include "thaw/run/course.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/run/run_log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void course_init(struct course *c)
{
	memset(c, 0, sizeof(*c));
	history_init(&c->history);
}

void course_release(struct course *c)
{
	log_reader_close(c->reader);
	history_release(&c->history);
	free(c->step_s);
	free(c->epoch_s);
	free(c->clocks);
	memset(c, 0, sizeof(*c));
}

enum err course_open(struct course *c, const char *path, struct errinfo *e)
{
	return log_reader_open(&c->reader, path, e);
}

/* Iterations that were told together lie evenly between the event before and this one. */
static void time_steps(struct course *c, size_t n, int64_t last_iter, double now)
{
	const struct history *h = &c->history;
	size_t end = h->n_steps;
	if (!n || n > end || history_step_at(h, end - 1).iter != last_iter)
		return; /* it was left out */
	for (size_t i = 0; i < n; i++)
		c->step_s[end - n + i] =
		    c->last_s + (now - c->last_s) * (double)(i + 1) / (double)n;
}

/* As many times as there are steps and epochs now; those that an event drops go with them. */
static void keep_up(struct course *c, double now)
{
	const struct history *h = &c->history;
	ALLOC_GROW(c->step_s, h->n_steps, c->cap_steps);
	for (size_t i = c->n_steps; i < h->n_steps; i++)
		c->step_s[i] = now;
	ALLOC_GROW(c->epoch_s, h->n_epochs, c->cap_epochs);
	for (size_t i = c->n_epochs; i < h->n_epochs; i++)
		c->epoch_s[i] = now;
	c->n_steps = h->n_steps;
	c->n_epochs = h->n_epochs;
}

static void set_clock(struct course *c, int64_t started_ms, double now)
{
	if (started_ms <= 0)
		return;
	ALLOC_GROW(c->clocks, c->n_clocks + 1, c->cap_clocks);
	c->clocks[c->n_clocks++] = (struct course_clock){now, started_ms};
}

void course_apply(struct course *c, const struct event *ev)
{
	int64_t seq = c->history.seq;
	double now = (double)ev->t_ms / 1000;
	history_apply(&c->history, ev);
	c->version++;
	if (c->history.seq == seq) /* out of order: it does not count */
		return;
	keep_up(c, now);
	if (ev->type == EV_STEP)
		time_steps(c, 1, ev->step.iter, now);
	else if (ev->type == EV_STEPS)
		time_steps(c, ev->steps.n_loss, ev->steps.iter + (int64_t)ev->steps.n_loss - 1,
			   now);
	else if (ev->type == EV_EPOCH && c->n_epochs)
		c->epoch_s[c->n_epochs - 1] = now;
	else if (ev->type == EV_RUN)
		set_clock(c, ev->run.started, now);
	c->last_s = now;
}

static void count_broken(void *arg, const struct errinfo *why)
{
	struct course *c = arg;
	(void)why;
	history_broken(&c->history);
}

static bool read_next(struct course *c)
{
	struct event ev;
	if (!c->reader || !run_log_next(c->reader, &ev, count_broken, c)) {
		c->whole = true;
		return false;
	}
	course_apply(c, &ev);
	event_release(&ev);
	return true;
}

bool course_read(struct course *c, int64_t budget_ms)
{
	int64_t until = clock_ms() + budget_ms;
	for (int i = 1; read_next(c); i++)
		if (budget_ms >= 0 && i % 16 == 0 && clock_ms() >= until)
			return true;
	return false;
}

void course_read_head(struct course *c)
{
	while (!c->history.has_run && read_next(c))
		;
}

double course_progress(const struct course *c)
{
	double size = c->reader ? (double)log_reader_size(c->reader) : 0;
	return size > 0 ? fmin((double)log_reader_offset(c->reader) / size, 1) : 1;
}

double course_wall_s(const struct course *c, double seconds)
{
	size_t i = c->n_clocks;
	while (i > 1 && c->clocks[i - 1].at_s > seconds)
		i--;
	if (!i)
		return NAN;
	return (double)c->clocks[i - 1].started_ms / 1000 + seconds - c->clocks[i - 1].at_s;
}
