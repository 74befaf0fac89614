#include "thaw/tui/cast.h"

#include "thaw/event/json_writer.h"
#include "thaw/run/timeline.h"
#include "thaw/term/paint.h"
#include "thaw/tui/screen.h"

#include <math.h>
#include <string.h>

enum { FRAMES = 10, HOLD_SECONDS = 3, READ_MS = 1000 };

struct cast {
	const struct cast_options *o;
	struct strbuf *out;
	struct timeline timeline;
	struct view view;
	struct canvas canvas;
	struct painter painter;
	double speed;
	double last,
	    skipped; /* seconds: when something was sent last; idle ones that were left out */
};

static void end_line(struct cast *c, struct json_writer *w)
{
	strbuf_add(c->out, w->text.buf, w->text.len);
	strbuf_addch(c->out, '\n');
	strbuf_release(&w->text);
}

/* xterm's palette, and a ground for themes that are made for a dark or a light one. */
static void put_theme(struct json_writer *w)
{
	bool light = strcmp(theme_now(), "light") == 0;
	json_begin_object(w, "theme");
	json_put_string(w, "fg", light ? "#1c1f24" : "#d5d8dc");
	json_put_string(w, "bg", light ? "#fbfaf7" : "#0f1419");
	json_put_string(w, "palette",
			"#000000:#cd0000:#00cd00:#cdcd00:#0000ee:#cd00cd:#00cdcd:#e5e5e5:"
			"#7f7f7f:#ff0000:#00ff00:#ffff00:#5c5cff:#ff00ff:#00ffff:#ffffff");
	json_end_object(w);
}

static void put_head(struct cast *c)
{
	struct json_writer w = JSON_WRITER_INIT;
	json_begin_object(&w, NULL);
	json_put_int(&w, "version", 2);
	json_put_int(&w, "width", c->o->w);
	json_put_int(&w, "height", c->o->h);
	json_put_string(&w, "title", c->o->title);
	json_begin_object(&w, "env");
	json_put_string(&w, "TERM", c->o->colours ? "xterm-256color" : "vt100");
	json_end_object(&w);
	put_theme(&w);
	json_end_object(&w);
	end_line(c, &w);
}

static void put_output(struct cast *c, double seconds, const char *bytes)
{
	struct json_writer w = JSON_WRITER_INIT;
	json_begin_array(&w, NULL);
	json_put_double(&w, NULL, round(seconds * 1000) / 1000);
	json_put_string(&w, NULL, "o");
	json_put_string(&w, NULL, bytes);
	json_end_array(&w);
	end_line(c, &w);
}

/* The screen after the first `at` events, at a moment of the cast. */
static void show(struct cast *c, size_t at, double seconds)
{
	struct strbuf bytes = STRBUF_INIT;
	struct timeline *t = &c->timeline;
	timeline_seek(t, at);
	c->view.position = at;
	c->view.play_ms = (int64_t)fmin(seconds * c->speed * 1000, (double)timeline_ms(t, t->n));
	c->view.playing = at < t->n;
	c->view.crashed = at == t->n && !c->o->alive && !t->history.ended;
	screen_draw(&c->canvas, &t->history, &c->view);
	if (at == 0)
		strbuf_addstr(&bytes, "\x1b[?25l"); /* no cursor */
	paint(&c->painter, &c->canvas, SIZE_MAX / 2, &bytes);
	if (bytes.len) {
		double idle = seconds - c->skipped - c->last - c->o->idle;
		if (c->o->idle > 0 && idle > 0)
			c->skipped += idle;
		c->last = seconds - c->skipped;
		put_output(c, c->last, bytes.buf);
	}
	strbuf_release(&bytes);
}

/* From one event to the next that is due, by whole frames. */
static void play(struct cast *c)
{
	const struct timeline *t = &c->timeline;
	double frame = 0;
	show(c, 0, 0);
	for (size_t at = 0; at < t->n;) {
		double due = (double)timeline_ms(t, at + 1) / 1000 / c->speed;
		frame = fmax(frame + 1, ceil(due * FRAMES));
		at = timeline_at_ms(t, at, frame / FRAMES * c->speed * 1000);
		show(c, at, frame / FRAMES);
	}
	put_output(c, c->last + HOLD_SECONDS, "\x1b[m\x1b[?25h");
}

static void begin(struct cast *c)
{
	const struct cast_options *o = c->o;
	double total = (double)timeline_ms(&c->timeline, c->timeline.n) / 1000;
	c->speed = o->speed.factor > 0 ? o->speed.factor : fmax(1, total / CAST_SECONDS);
	view_init(&c->view, VIEW_REPLAY, o->title);
	c->view.page = o->page;
	c->view.speed = (struct speed){c->speed, o->speed.recorded};
	c->view.log = &c->timeline;
	c->view.n_events = c->timeline.n;
	canvas_init(&c->canvas, o->w, o->h, o->utf8, theme_colours(o->colours));
	c->painter = (struct painter){
	    .dim = true, .underline = true, .corner = true, .colours = c->canvas.colours, .x = -1};
}

enum err cast_write(struct strbuf *out, const char *run, const struct cast_options *o,
		    struct errinfo *e)
{
	struct cast c = {.o = o, .out = out};
	timeline_init(&c.timeline);
	enum err r = timeline_open(&c.timeline, run, e);
	if (!r) {
		while (timeline_read(&c.timeline, READ_MS, false))
			;
		begin(&c);
		put_head(&c);
		play(&c);
		painter_release(&c.painter);
		canvas_release(&c.canvas);
	}
	timeline_release(&c.timeline);
	return r;
}
