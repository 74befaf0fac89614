#include "thaw/tui/compare.h"

#include "compare_app.h"
#include "compare_pages.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/run/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORK_MS 40     /* of one turn, for reading logs: no key waits longer */
#define LOOK_MS 250    /* between looks at logs that were read to their end */
#define ARRANGE_MS 250 /* between two arrangements while logs are read */
#define MESSAGE_MS 9000

struct compare *compare_new(const struct compare_options *o)
{
	struct compare *c = xcalloc(1, sizeof(*c));
	compare_view_init(&c->view);
	c->view.axis = o->axis;
	c->view.smoothing = o->smoothing;
	if (o->filter)
		snprintf(c->view.filter, sizeof(c->view.filter), "%s", o->filter);
	c->charset = o->charset;
	c->loop = o->loop ? o->loop : loop_new();
	c->own_loop = !o->loop;
	return c;
}

void compare_free(struct compare *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->view.n_runs; i++)
		free(c->sources[i].dir);
	free(c->sources);
	compare_view_release(&c->view);
	if (c->own_loop)
		loop_free(c->loop);
	free(c);
}

enum err compare_add(struct compare *c, const struct compare_given *given, struct errinfo *e)
{
	struct course course;
	course_init(&course);
	enum err err = course_open(&course, given->dir, e);
	if (err) {
		course_release(&course);
		return err;
	}
	struct compare_run *r = compare_view_add(&c->view, given->name, given->dir, given->slot);
	course_release(&r->course);
	r->course = course;
	r->live = given->alive;
	if (given->settings) {
		r->given = *given->settings;
		*given->settings = (struct run_settings){0};
	}
	c->sources = xrealloc(c->sources, c->view.n_runs, sizeof(*c->sources));
	c->sources[c->view.n_runs - 1] = (struct compare_source){
	    .dir = xstrdup(given->dir), .remote = given->remote, .alive = given->alive};
	return ERR_OK;
}

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

void compare_say(struct compare *c, bool bad, const char *text)
{
	compare_tell(c, bad ? MESSAGE_BAD : MESSAGE_INFO, "%s", text);
}

/* ---- reading ---- */

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

static bool on_work(void *arg)
{
	struct compare *c = arg;
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

/* ---- the screen ---- */

static void on_key(void *arg, int key)
{
	compare_key(arg, key);
}

static void on_tick(void *arg, int64_t now)
{
	struct compare *c = arg;
	if (c->view.message_kind != MESSAGE_NONE && now >= c->message_until_ms) {
		c->view.message_kind = MESSAGE_NONE;
		c->show.dirty = true;
	}
}

static void on_draw(void *arg, struct canvas *canvas)
{
	struct compare *c = arg;
	compare_draw(canvas, &c->view);
}

enum err compare_run(struct compare *c, int *signo, struct errinfo *e)
{
	static const struct show_owner owner = {on_key, on_tick, on_work, on_draw};
	c->show = (struct show){.loop = c->loop, .owner = &owner, .arg = c};
	c->changed = true;
	compare_arrange(&c->view);
	enum err err = show_run(&c->show, c->charset, e);
	*signo = c->show.signo;
	return err;
}
