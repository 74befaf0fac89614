#include "thaw/tui/compare.h"

#include "compare_app.h"
#include "compare_pages.h"
#include "thaw/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void compare_say(struct compare *c, bool bad, const char *text)
{
	compare_tell(c, bad ? MESSAGE_BAD : MESSAGE_INFO, "%s", text);
}

/* ---- the screen ---- */

static bool on_work(void *arg)
{
	return compare_work(arg);
}

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
