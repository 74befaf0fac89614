#include "show.h"

#include "remember.h"
#include "thaw/base/clock.h"
#include "thaw/term/key.h"
#include "thaw/term/theme.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 100
#define REDRAW_MS 100 /* least time between two drawings that nobody asked for */
#define REST 8        /* of what a drawing took: it gets a ninth of the time at most */
#define QUEUE_MS 20   /* between looks at what a serial line still holds */

/* ---- what happens ---- */

static void on_keys(void *arg, int fd, short revents)
{
	struct show *s = arg;
	(void)fd;
	for (int key; !s->done && (key = term_key()) != K_NONE;) {
		s->urgent = true;
		s->owner->key(s->arg, key);
	}
	if (revents & (POLLHUP | POLLERR | POLLNVAL))
		s->done = true; /* the terminal is gone */
}

static void on_size(void *arg, int signo)
{
	struct show *s = arg;
	(void)signo;
	s->urgent = s->redraw = true; /* it may have been another size in between */
}

static void on_stop(void *arg, int signo)
{
	struct show *s = arg;
	(void)signo;
	term_suspend();
	s->urgent = s->redraw = true;
}

static void on_continue(void *arg, int signo)
{
	struct show *s = arg;
	(void)signo;
	term_resume();
	s->urgent = s->redraw = true;
}

static void on_end(void *arg, int signo)
{
	struct show *s = arg;
	s->signo = signo;
	s->done = true;
}

static void on_tick(void *arg)
{
	struct show *s = arg;
	s->owner->tick(s->arg, clock_ms());
	on_keys(s, STDIN_FILENO, 0); /* a paste that its terminal never ends is over at last */
}

static enum err watch(struct show *s, int *timer, struct errinfo *e)
{
	static const struct {
		int signo;
		loop_signal_fn *fn;
	} signals[] = {{SIGWINCH, on_size}, {SIGTSTP, on_stop}, {SIGCONT, on_continue},
		       {SIGINT, on_end},    {SIGTERM, on_end},  {SIGHUP, on_end}};
	*timer = loop_timer(s->loop, TICK_MS, on_tick, s);
	loop_fd(s->loop, STDIN_FILENO, POLLIN, on_keys, s);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		enum err err = loop_signal(s->loop, signals[i].signo, signals[i].fn, s, e);
		if (err)
			return err;
	}
	return ERR_OK;
}

/* ---- drawing ---- */

static bool fit_canvas(struct show *s)
{
	int w, h, colours = term_colours();
	term_size(&w, &h);
	if (w == s->canvas.w && h == s->canvas.h && colours == s->canvas.colours &&
	    term_utf8() == s->canvas.utf8)
		return false;
	canvas_release(&s->canvas);
	canvas_init(&s->canvas, w, h, term_utf8(), colours);
	return true;
}

static void draw(struct show *s)
{
	int64_t now = clock_ms();
	bool wanted = s->urgent || s->redraw || term_changed() ||
		      (s->dirty && now - s->drawn_ms >= s->rest_ms);
	if ((!wanted && !s->behind) || !term_ready())
		return;
	if (fit_canvas(s) || wanted) {
		s->owner->draw(s->arg, &s->canvas);
		s->dirty = s->urgent = false;
		s->drawn_ms = clock_ms();
		int64_t rest = (s->drawn_ms - now) * REST;
		s->rest_ms = rest > REDRAW_MS ? rest : REDRAW_MS;
	}
	s->behind = !term_show(&s->canvas, s->redraw);
	s->redraw = false;
}

static void on_room(void *arg, int fd, short revents)
{
	(void)arg, (void)fd, (void)revents;
	term_ready(); /* sends what is left of a frame that draw() may be done with */
}

static void watch_room(struct show *s)
{
	int fd = term_pending_fd();
	if (fd == s->room_fd)
		return;
	loop_fd_remove(s->loop, s->room_fd);
	loop_fd(s->loop, fd, POLLOUT, on_room, s);
	s->room_fd = fd;
}

static int sleep_ms(const struct show *s)
{
	if (s->more)
		return 0;
	if (!term_ready()) {
		int ms = term_wait_ms();
		return ms >= 0 || term_pending_fd() >= 0 ? ms : QUEUE_MS;
	}
	return s->urgent || s->redraw || s->behind || term_changed() ? 0
	       : s->dirty                                            ? REDRAW_MS
								     : -1;
}

static void turn(struct show *s)
{
	watch_room(s);
	loop_run_once(s->loop, sleep_ms(s));
	s->more = s->owner->work(s->arg);
	draw(s);
}

static void choose_look(void)
{
	const char *mouse = getenv("THAW_MOUSE");
	theme_choose(getenv("THAW_THEME"), getenv("COLORFGBG"), getenv("NO_COLOR"));
	remember_theme_read();
	term_mouse(!mouse || strcmp(mouse, "0") != 0);
}

static void begin(struct show *s)
{
	s->done = s->dirty = s->behind = false;
	s->urgent = s->redraw = s->more = true;
	s->signo = 0;
	s->room_fd = -1;
	s->rest_ms = REDRAW_MS;
}

enum err show_run(struct show *s, enum charset charset, struct errinfo *e)
{
	int timer = 0;
	enum err err = term_open(charset, e);
	if (err)
		return err;
	choose_look();
	begin(s);
	err = watch(s, &timer, e);
	while (!err && !s->done)
		turn(s);
	loop_signals_remove(s->loop);
	loop_timer_cancel(s->loop, timer);
	loop_fd_remove(s->loop, STDIN_FILENO);
	loop_fd_remove(s->loop, s->room_fd);
	canvas_release(&s->canvas);
	memset(&s->canvas, 0, sizeof(s->canvas));
	term_close();
	return err;
}
