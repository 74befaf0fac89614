#include "thaw/tui/tui.h"

#include "app.h"
#include "panel.h"
#include "term.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/tui/action.h"
#include "thaw/tui/screen.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 100   /* clocks, replay, messages */
#define REDRAW_MS 100 /* least time between two drawings that nobody asked for */

static void on_keys(void *arg, int fd, short revents)
{
	struct tui *t = arg;
	(void)fd;
	for (int key; !t->quit && (key = term_key()) != K_NONE;)
		app_key(t, key);
	if (revents & (POLLHUP | POLLERR | POLLNVAL))
		t->quit = true; /* the terminal is gone */
}

static void on_size(void *arg, int signo)
{
	struct tui *t = arg;
	(void)signo;
	t->urgent = true;
}

static void on_stop(void *arg, int signo)
{
	struct tui *t = arg;
	(void)signo;
	term_suspend();
	t->urgent = t->redraw = true;
}

static void on_continue(void *arg, int signo)
{
	struct tui *t = arg;
	(void)signo;
	term_resume();
	t->urgent = t->redraw = true;
}

/* ^C asks whether to leave; a second one does. */
static void on_interrupt(void *arg, int signo)
{
	struct tui *t = arg;
	(void)signo;
	t->urgent = true;
	if (t->view.prompt == PROMPT_QUIT)
		t->quit = true;
	else
		prompt_open(t, PROMPT_QUIT);
}

static void on_end(void *arg, int signo)
{
	struct tui *t = arg;
	t->signo = signo;
	t->quit = true;
}

static void on_tick(void *arg)
{
	app_tick(arg, clock_ms());
}

static enum err watch(struct tui *t, struct errinfo *e)
{
	static const struct {
		int signo;
		loop_signal_fn *fn;
	} signals[] = {
	    {SIGWINCH, on_size},    {SIGTSTP, on_stop}, {SIGCONT, on_continue},
	    {SIGINT, on_interrupt}, {SIGTERM, on_end},  {SIGHUP, on_end},
	};
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		enum err err = loop_signal(t->loop, signals[i].signo, signals[i].fn, t, e);
		if (err)
			return err;
	}
	loop_fd(t->loop, STDIN_FILENO, POLLIN, on_keys, t);
	loop_timer(t->loop, TICK_MS, on_tick, t);
	return ERR_OK;
}

static void draw(struct tui *t)
{
	int64_t now = clock_ms();
	if (!t->urgent && !t->redraw && (!t->dirty || now - t->drawn_ms < REDRAW_MS))
		return;
	int w, h;
	term_size(&w, &h);
	if (w != t->canvas.w || h != t->canvas.h) {
		canvas_release(&t->canvas);
		canvas_init(&t->canvas, w, h, term_utf8(), term_colours());
	}
	screen_draw(&t->canvas, &t->timeline.history, &t->view);
	term_show(&t->canvas, t->redraw);
	t->dirty = t->urgent = t->redraw = false;
	t->drawn_ms = now;
}

static void turn(struct tui *t)
{
	int wait = t->more ? 0 : -1;
	if (t->dirty && !t->more) {
		int64_t left = t->drawn_ms + REDRAW_MS - clock_ms();
		wait = left < 0 ? 0 : left > REDRAW_MS ? REDRAW_MS : (int)left;
	}
	loop_run_once(t->loop, wait);
	if (t->more)
		app_read(t, clock_ms());
	draw(t);
}

static enum err check_run(const struct tui *t, const struct tui_options *o, struct errinfo *e)
{
	if (!file_is_dir(o->run_dir))
		return err_set(e, ERR_NOT_FOUND,
			       "no run at %s: there is no such directory; `thaw ls` names the runs",
			       o->run_dir);
	if (o->replay && !file_exists(t->log_path))
		return err_set(e, ERR_NOT_FOUND,
			       "%s holds no events.jsonl, so there is nothing to replay",
			       o->run_dir);
	return ERR_OK;
}

/* The last words, on the screen the person comes back to. */
static void farewell(struct tui *t)
{
	const struct history *h = &t->timeline.history;
	char text[768];
	if (t->view.mode == VIEW_REPLAY && !t->view.loading)
		replay_stand_at_end(t);
	if (t->view.mode == VIEW_LIVE && !t->signo) {
		printf("viewer left; the run goes on, `thaw attach %s` comes back to it\n",
		       t->view.run_dir);
	} else if (view_at_end(&t->view) && h->has_run) {
		struct strbuf line = STRBUF_INIT;
		struct canvas c;
		summary_text(h, &t->view, t->view.run_dir, text, sizeof(text));
		canvas_init(&c, text_width(text, term_utf8()) + 1, 1, term_utf8(), 0);
		canvas_text(&c, 0, 0, c.w, STYLE(INK_NONE), text);
		canvas_dump(&c, true, &line);
		fputs(line.buf, stdout);
		canvas_release(&c);
		strbuf_release(&line);
	}
	fflush(stdout);
}

static int exit_status(const struct tui *t)
{
	if (t->signo)
		return 128 + t->signo;
	const struct event_end *end = timeline_end(&t->timeline);
	if (!end)
		return t->view.crashed ? 1 : 0;
	static const int of_status[END_STATUS_N] = {
	    [END_FINISHED] = 0, [END_STOPPED] = 130, [END_FAILED] = 1};
	return of_status[end->status];
}

int tui_run(const struct tui_options *o, struct errinfo *e)
{
	int status = 1;
	bool started = false;
	struct tui *t = xcalloc(1, sizeof(*t));
	timeline_init(&t->timeline);
	view_init(&t->view, o->replay ? VIEW_REPLAY : VIEW_LIVE, o->run_dir);
	t->view.loading = o->replay;
	t->asked_speed = o->speed;
	t->log_path = path_join(o->run_dir, "events.jsonl");
	t->lock_path = path_join(o->run_dir, "lock");
	t->opened_ms = t->tick_ms = clock_ms();
	if (check_run(t, o, e) || term_open(o->ascii, e))
		goto out;
	t->loop = loop_new();
	if (watch(t, e))
		goto out;
	if (!o->replay)
		link_init(&t->link, t->loop, o->run_dir, app_reply, t);
	started = t->urgent = true;
	for (app_tick(t, clock_ms()); !t->quit;)
		turn(t);
	status = exit_status(t);
out:
	term_close();
	if (started)
		farewell(t);
	link_release(&t->link);
	loop_free(t->loop);
	timeline_release(&t->timeline);
	canvas_release(&t->canvas);
	free(t->log_path);
	free(t->lock_path);
	free(t);
	return status;
}
