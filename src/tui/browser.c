#include "thaw/tui/browser.h"

#include "browser_app.h"
#include "browser_draw.h"
#include "remember.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/run/places.h"
#include "thaw/term/key.h"
#include "thaw/term/term.h"
#include "thaw/term/theme.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 100
#define WORK_MS 40    /* of one turn, for reading logs: no key waits longer */
#define LINKS_MS 1000 /* between looks at the lines to trainers, and at ages */
#define REDRAW_MS 100 /* least time between two drawings that nobody asked for */
#define QUEUE_MS 20   /* between looks at what a serial line still holds */

static void add_place(struct browser *b, const char *place, bool given)
{
	struct errinfo e;
	struct browser_host *h = NULL;
	if (!place_is_remote(place)) {
		catalogue_add(b->runs, place);
	} else if (browser_host_new(&h, b->loop, place, &e)) {
		browser_tell(b, MESSAGE_BAD, "%s", e.msg);
	} else {
		b->hosts = xrealloc(b->hosts, b->n_hosts + 1, sizeof(struct browser_host *));
		b->hosts[b->n_hosts++] = h;
		if (!given || remote_greet(h->remote, NULL))
			remote_start(h->remote); /* and says what is wrong, as long as it is */
	}
}

struct browser *browser_new(const struct browser_options *o)
{
	struct browser *b = xcalloc(1, sizeof(*b));
	browser_view_init(&b->view);
	b->runs = catalogue_new(&(struct catalogue_options){.index = o->index});
	b->loop = loop_new();
	b->charset = o->charset;
	for (size_t i = 0; i < o->n_places; i++)
		add_place(b, o->places[i], i < o->n_given);
	return b;
}

void browser_free(struct browser *b)
{
	if (!b)
		return;
	browser_links_release(b);
	for (size_t i = 0; i < b->n_hosts; i++)
		browser_host_free(b->hosts[i]);
	free(b->hosts);
	loop_free(b->loop);
	catalogue_free(b->runs);
	browser_view_release(&b->view);
	free(b->choice.run);
	free(b);
}

void browser_say(struct browser *b, bool bad, const char *text)
{
	browser_tell(b, bad ? MESSAGE_BAD : MESSAGE_INFO, "%s", text);
}

/* ---- what happens ---- */

static void on_keys(void *arg, int fd, short revents)
{
	struct browser *b = arg;
	(void)fd;
	for (int key; !b->done && (key = term_key()) != K_NONE;) {
		browser_gather(b);
		browser_key(b, key);
	}
	if (revents & (POLLHUP | POLLERR | POLLNVAL))
		b->done = true; /* the terminal is gone */
}

static void on_size(void *arg, int signo)
{
	struct browser *b = arg;
	(void)signo;
	b->urgent = b->redraw = true; /* it may have been another size in between */
}

static void on_stop(void *arg, int signo)
{
	struct browser *b = arg;
	(void)signo;
	term_suspend();
	b->urgent = b->redraw = true;
}

static void on_continue(void *arg, int signo)
{
	struct browser *b = arg;
	(void)signo;
	term_resume();
	b->urgent = b->redraw = true;
}

static void on_end(void *arg, int signo)
{
	struct browser *b = arg;
	b->choice.want = BROWSER_SIGNAL;
	b->choice.signo = signo;
	b->done = true;
}

static void tick(struct browser *b)
{
	int64_t now = clock_ms();
	if (now - b->ticked_ms >= LINKS_MS) {
		b->ticked_ms = now;
		browser_gather(b);
		browser_links_tick(b);
		b->dirty = true;
	}
	if (b->view.message_kind != MESSAGE_NONE && now >= b->message_until_ms) {
		b->view.message_kind = MESSAGE_NONE;
		b->dirty = true;
	}
}

static void on_tick(void *arg)
{
	tick(arg);
	on_keys(arg, STDIN_FILENO, 0); /* a paste that its terminal never ends is over at last */
}

static enum err watch(struct browser *b, int *timer, struct errinfo *e)
{
	static const struct {
		int signo;
		loop_signal_fn *fn;
	} signals[] = {{SIGWINCH, on_size}, {SIGTSTP, on_stop}, {SIGCONT, on_continue},
		       {SIGINT, on_end},    {SIGTERM, on_end},  {SIGHUP, on_end}};
	*timer = loop_timer(b->loop, TICK_MS, on_tick, b);
	loop_fd(b->loop, STDIN_FILENO, POLLIN, on_keys, b);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		enum err err = loop_signal(b->loop, signals[i].signo, signals[i].fn, b, e);
		if (err)
			return err;
	}
	return ERR_OK;
}

/* ---- drawing ---- */

static void draw(struct browser *b)
{
	int64_t now = clock_ms();
	int w, h, colours = term_colours();
	bool wanted = b->urgent || b->redraw || term_changed() ||
		      (b->dirty && now - b->drawn_ms >= REDRAW_MS);
	if ((!wanted && !b->behind) || !term_ready())
		return;
	term_size(&w, &h);
	if (w != b->canvas.w || h != b->canvas.h || colours != b->canvas.colours ||
	    term_utf8() != b->canvas.utf8) {
		canvas_release(&b->canvas);
		canvas_init(&b->canvas, w, h, term_utf8(), colours);
		wanted = true;
	}
	if (wanted) {
		b->view.now_ms = clock_unix_ms();
		browser_measure(&b->view, w, h);
		browser_draw(&b->canvas, &b->view);
		b->dirty = b->urgent = false;
		b->drawn_ms = now;
	}
	b->behind = !term_show(&b->canvas, b->redraw);
	b->redraw = false;
}

static void on_room(void *arg, int fd, short revents)
{
	(void)arg, (void)fd, (void)revents;
	term_ready(); /* sends what is left of a frame that draw() may be done with */
}

static void watch_room(struct browser *b)
{
	int fd = term_pending_fd();
	if (fd == b->room_fd)
		return;
	loop_fd_remove(b->loop, b->room_fd);
	loop_fd(b->loop, fd, POLLOUT, on_room, b);
	b->room_fd = fd;
}

static int sleep_ms(const struct browser *b)
{
	if (b->more)
		return 0;
	if (!term_ready()) {
		int ms = term_wait_ms();
		return ms >= 0 || term_pending_fd() >= 0 ? ms : QUEUE_MS;
	}
	return b->urgent || b->redraw || b->behind || term_changed() ? 0
	       : b->dirty                                            ? REDRAW_MS
								     : -1;
}

static void turn(struct browser *b)
{
	bool was = b->more;
	watch_room(b);
	loop_run_once(b->loop, sleep_ms(b));
	b->more = catalogue_work(b->runs, WORK_MS);
	if (was && !b->more)
		catalogue_save(b->runs);
	browser_gather(b);
	draw(b);
}

static void choose_look(void)
{
	const char *mouse = getenv("THAW_MOUSE");
	theme_choose(getenv("THAW_THEME"), getenv("COLORFGBG"), getenv("NO_COLOR"));
	remember_theme_read();
	term_mouse(!mouse || strcmp(mouse, "0") != 0);
}

static void begin(struct browser *b)
{
	free(b->choice.run);
	b->choice = (struct browser_choice){.want = BROWSER_LEAVE};
	b->done = false;
	b->urgent = b->redraw = b->more = true;
	b->room_fd = -1;
	b->ticked_ms = 0;
	catalogue_refresh(b->runs);
}

enum err browser_run(struct browser *b, struct browser_choice *choice, struct errinfo *e)
{
	int timer = 0;
	enum err err = term_open(b->charset, e);
	if (err)
		return err;
	choose_look();
	begin(b);
	err = watch(b, &timer, e);
	while (!err && !b->done)
		turn(b);
	loop_signals_remove(b->loop);
	loop_timer_cancel(b->loop, timer);
	loop_fd_remove(b->loop, STDIN_FILENO);
	loop_fd_remove(b->loop, b->room_fd);
	browser_links_release(b);
	canvas_release(&b->canvas);
	memset(&b->canvas, 0, sizeof(b->canvas));
	term_close();
	*choice = b->choice;
	b->choice.run = NULL;
	return err;
}
