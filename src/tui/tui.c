#include "thaw/base/say.h"
#include "thaw/tui/tui.h"

#include "follow.h"
#include "keys.h"
#include "panel.h"
#include "remember.h"
#include "replay.h"
#include "thaw/term/term.h"
#include "thaw/term/theme.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/person.h"
#include "thaw/base/run_files.h"
#include "thaw/base/xdg.h"
#include "thaw/tui/action.h"
#include "thaw/learn/quiz_round.h"
#include "thaw/tui/screen.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 100   /* clocks, replay, messages */
#define REDRAW_MS 100 /* least time between two drawings that nobody asked for */
#define REDRAW_MOST_MS 800
#define REDRAW_READING_MS 250 /* while there is more to read: what is shown passes anyway */
#define STEADY_RATE 1000.0 /* bytes a second from which on that time grows */

static void on_keys(void *arg, int fd, short revents)
{
	struct tui *t = arg;
	(void)fd;
	for (int key; !t->quit && (key = term_key()) != K_NONE;)
		keys_press(t, key);
	replay_settle(t);
	if (revents & (POLLHUP | POLLERR | POLLNVAL))
		t->quit = true; /* the terminal is gone */
}

static void on_size(void *arg, int signo)
{
	struct tui *t = arg;
	(void)signo;
	t->urgent = t->redraw = true; /* a terminal that was resized and back has lost what it showed */
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
		view_ask(&t->view, PROMPT_QUIT);
}

static void on_end(void *arg, int signo)
{
	struct tui *t = arg;
	t->signo = signo;
	t->quit = true;
}

static void on_tick(void *arg)
{
	follow_tick(arg, clock_ms());
	on_keys(arg, STDIN_FILENO, 0); /* a paste that its terminal never ends is over at last */
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

/* Drawings that cost much come more seldom: the traffic of a run that races along stays small. */
static int64_t redraw_ms(const struct tui *t)
{
	if (t->more)
		return REDRAW_READING_MS;
	double over = term_rate() / STEADY_RATE, ms = REDRAW_MS * over * over;
	return ms < REDRAW_MS ? REDRAW_MS : ms > REDRAW_MOST_MS ? REDRAW_MOST_MS : (int64_t)ms;
}

/* A terminal that has not worked off the last piece gets no other: frames in between are never
 * drawn. */
static void draw(struct tui *t)
{
	int64_t now = clock_ms();
	bool wanted = t->urgent || t->redraw || term_changed() ||
		      (t->dirty && now - t->drawn_ms >= redraw_ms(t));
	if ((!wanted && !t->behind) || !term_ready())
		return;
	int w, h, colours = term_colours();
	term_size(&w, &h);
	if (w != t->canvas.w || h != t->canvas.h || colours != t->canvas.colours ||
	    term_utf8() != t->canvas.utf8) {
		canvas_release(&t->canvas);
		canvas_init(&t->canvas, w, h, term_utf8(), colours);
		wanted = true;
	}
	t->canvas.pictures = term_wants_images();
	if (wanted) {
		t->view.lacks = view_lacks(&t->timeline.history);
		screen_draw(&t->canvas, &t->timeline.history, &t->view);
		t->dirty = t->urgent = false;
		t->drawn_ms = now;
	}
	t->behind = !term_show(&t->canvas, t->redraw);
	t->redraw = false;
}

#define QUEUE_MS 20 /* between looks at what a serial line still holds */

/* How long the loop may sleep. */
static int sleep_ms(struct tui *t)
{
	bool now = t->urgent || t->redraw || t->behind || term_changed();
	if (t->more || (!now && !t->dirty))
		return t->more ? 0 : -1;
	if (!term_ready()) {
		int ms = term_wait_ms();
		return ms >= 0 || term_pending_fd() >= 0 ? ms : QUEUE_MS;
	}
	int64_t left = now ? 0 : t->drawn_ms + redraw_ms(t) - clock_ms();
	return left < 0 ? 0 : left > REDRAW_MS ? REDRAW_MS : (int)left;
}

static void on_room(void *arg, int fd, short revents)
{
	(void)arg;
	(void)fd;
	(void)revents;
	term_ready(); /* sends what is left of a frame that draw() may be done with */
}

static void watch_room(struct tui *t)
{
	int fd = term_pending_fd();
	if (fd == t->room_fd)
		return;
	loop_fd_remove(t->loop, t->room_fd);
	loop_fd(t->loop, fd, POLLOUT, on_room, t);
	t->room_fd = fd;
}

static void turn(struct tui *t)
{
	watch_room(t);
	loop_run_once(t->loop, sleep_ms(t));
	if (t->more)
		follow_read(t, clock_ms());
	draw(t);
}

static void choose_theme(struct tui *t)
{
	const char *wish = getenv("THAW_THEME");
	struct strbuf names = STRBUF_INIT;
	if (theme_choose(wish, getenv("COLORFGBG"), getenv("NO_COLOR")))
		return;
	for (int i = 0; theme_name(i); i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", theme_name(i));
	app_say(t, MESSAGE_BAD, "THAW_THEME=%.40s: no such theme; there are %s", wish, names.buf);
	strbuf_release(&names);
}

static enum err open_run(struct tui *t, const struct tui_options *o, struct errinfo *e)
{
	if (!file_exists(o->run_dir))
		return err_set(e, ERR_NOT_FOUND,
			       "no run at %s: there is no such directory; `thaw ls` names the runs",
			       o->run_dir);
	if (!t->view.lone_log && folder_open(&t->run, o->run_dir, e))
		return e->code;
	if (o->replay && !t->view.lone_log && !folder_holds(&t->run, RUN_LOG))
		return err_set(e, ERR_NOT_FOUND,
			       "%s holds no " RUN_LOG ", so there is nothing to replay",
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
		say(stdout, "viewer left; the run goes on, `thaw attach %s` comes back to it",
		    t->view.run_dir);
	} else if (view_at_end(&t->view) && h->has_run) {
		struct strbuf line = STRBUF_INIT;
		struct canvas c;
		summary_text(h, &t->view, t->view.run_dir, text, sizeof(text));
		canvas_init(&c, text_width(text, term_utf8()) + 1, 1, term_utf8(), 0);
		canvas_text(&c, 0, 0, c.w, STYLE(INK_NONE), text);
		canvas_dump(&c, true, &line);
		say(stdout, "%.*s", (int)line.len - 1, line.buf); /* its newline is say()'s */
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

static enum err choose_pictures(const char *name, struct errinfo *e)
{
	enum pictures wish = PICTURES_AUTO;
	if (name && !pictures_parse(name, &wish))
		return err_set(e, ERR_VALUE,
			       "pictures are shown as auto, kitty, sixel or blocks, not '%.40s'",
			       name);
	term_pictures(wish);
	return ERR_OK;
}

static void open_quiz(struct tui *t, const struct tui_options *o)
{
	t->quiz = o->quiz;
	t->view.quiz_why = o->quiz ? NULL : o->quiz_why ? o->quiz_why : "none was found";
	t->scores_path = xdg_state_path("scores.jsonl");
	if (t->scores_path)
		scores_read(t->scores_path, &t->view.scores, NULL);
}

static void open_lines(struct line_history *h, const char *name)
{
	char *path = xdg_state_path(name);
	line_history_init(h, path);
	free(path);
}

/* The mouse unless THAW_MOUSE=0, keys that the terminal would take, lines typed before. */
static void open_controls(struct tui *t)
{
	const char *mouse = getenv("THAW_MOUSE");
	t->view.mouse = !mouse || strcmp(mouse, "0") != 0;
	term_mouse(t->view.mouse);
	for (int mode = VIEW_LIVE; mode <= VIEW_REPLAY; mode++)
		if (action_find(K_CTRL('z'), (enum view_mode)mode, PAGE_TRAIN))
			term_take_key(K_CTRL('z'));
	open_lines(&t->lines, "history");
	open_lines(&t->patterns, "patterns");
}

int tui_run(const struct tui_options *o, struct errinfo *e)
{
	int status = 1;
	bool started = false;
	struct tui *t = xcalloc(1, sizeof(*t));
	t->room_fd = -1;
	t->run = (struct folder)FOLDER_INIT;
	timeline_init(&t->timeline);
	t->dir = o->run_dir;
	t->alive = o->alive;
	t->foreign = o->foreign;
	t->feed = o->feed;
	t->feed_arg = o->feed_arg;
	t->follow = o->follow;
	view_init(&t->view, o->replay ? VIEW_REPLAY : VIEW_LIVE, o->name ? o->name : o->run_dir);
	t->view.loading = o->replay;
	t->view.watch = o->watch;
	t->view.alive = o->alive;
	t->view.log = &t->timeline;
	t->from_log = o->replay;
	t->view.lone_log = file_exists(o->run_dir) && !file_is_dir(o->run_dir);
	t->asked_speed = o->speed;
	t->can_branch = o->branch_at;
	open_quiz(t, o);
	t->opened_ms = t->tick_ms = clock_ms();
	if (choose_pictures(o->pictures, e) || open_run(t, o, e) || action_rebind(o->keys, e) ||
	    term_open(o->charset, e))
		goto out;
	open_controls(t);
	choose_theme(t);
	remember_read(t);
	t->loop = o->loop ? o->loop : loop_new();
	if (watch(t, e))
		goto out;
	link_init(&t->link, t->loop, &t->run, o->remote, app_reply, t);
	t->link.viewer = true;
	t->link.watch = o->watch;
	t->link.who = t->who = person_here();
	started = t->urgent = true;
	for (follow_tick(t, clock_ms()); !t->quit;)
		turn(t);
	status = exit_status(t);
	if (o->branch_at)
		snprintf(*o->branch_at, sizeof(*o->branch_at), "%s", t->branches ? t->branch_at : "");
out:
	term_close();
	if (started) {
		remember_write(t);
		if (!o->quiet && !t->branches)
			farewell(t);
	}
	free(t->remembered);
	free(t->who);
	link_release(&t->link);
	if (!o->loop)
		loop_free(t->loop);
	timeline_release(&t->timeline);
	canvas_release(&t->canvas);
	quiz_round_free(t->view.round);
	free(t->scores_path);
	line_history_release(&t->lines);
	line_history_release(&t->patterns);
	folder_close(&t->run);
	free(t);
	return status;
}
