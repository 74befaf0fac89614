#include "thaw/tui/layout.h"

#include <string.h>

#define CLOCK_W 16

static int clampi(int v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static void place(struct layout *l, enum panel_id id, struct rect r)
{
	if (r.w < 1 || r.h < 1 || l->n >= LAYOUT_MAX)
		return;
	l->item[l->n].id = id;
	l->item[l->n++].r = r;
}

/* Cut `h` rows off the top of *rest (all of it when there are fewer). */
static struct rect take_top(struct rect *rest, int h)
{
	h = clampi(h, 0, rest->h);
	struct rect r = {rest->x, rest->y, rest->w, h};
	rest->y += h;
	rest->h -= h;
	return r;
}

static struct rect take_bottom(struct rect *rest, int h)
{
	h = clampi(h, 0, rest->h);
	rest->h -= h;
	return (struct rect){rest->x, rest->y + rest->h, rest->w, h};
}

/* Cut `w` columns off the left, and `gap` more that stay empty. */
static struct rect take_left(struct rect *rest, int w, int gap)
{
	w = clampi(w, 0, rest->w);
	struct rect r = {rest->x, rest->y, w, rest->h};
	w = clampi(w + gap, 0, rest->w);
	rest->x += w;
	rest->w -= w;
	return r;
}

#define GRID_W 100 /* from here on there are four charts */
#define GRID_H 24

static bool held(const struct layout *l, unsigned what)
{
	return !(l->lacks & what);
}

/* One beside the other, where the log has something for each. */
static void place_pair(struct layout *l, struct rect r, int gap, enum panel_id one, bool has_one,
		       enum panel_id two, bool has_two)
{
	if (has_one)
		place(l, one, has_two ? take_left(&r, (r.w - gap) / 2, gap) : r);
	if (has_two)
		place(l, two, r);
}

/* The charts: side by side where rows are dear and columns are not, else one above the other. */
static void place_charts(struct layout *l, struct rect r, int gap)
{
	bool accuracy = held(l, LACK_ACCURACY), rate = held(l, LACK_RATE),
	     speed = held(l, LACK_SPEED);
	if (r.w >= GRID_W && r.h >= GRID_H) {
		if (rate || speed)
			place_pair(l, take_bottom(&r, r.h * 2 / 5), gap, PANEL_RATE, rate,
				   PANEL_SPEED, speed);
		place_pair(l, r, gap, PANEL_LOSS, true, PANEL_ACCURACY, accuracy);
		return;
	}
	if (r.h < 18 && r.w >= 44) {
		place_pair(l, r, gap, PANEL_LOSS, true, PANEL_ACCURACY, accuracy);
	} else if (r.h >= 15 && accuracy) {
		place(l, PANEL_LOSS, take_top(&r, (r.h + 2) / 2));
		place(l, PANEL_ACCURACY, r);
	} else {
		place(l, PANEL_LOSS, r);
	}
}

/* What stands beside the charts and the epochs, or below them: all that the log has of it. */
static bool has_aside(const struct layout *l)
{
	return held(l, LACK_LAYERS) || held(l, LACK_CLASSES) || held(l, LACK_IMAGES);
}

/* Narrow: all panels below each other. */
static void layout_train_stacked(struct layout *l, struct rect body)
{
	int gap = l->boxed ? 0 : 1;
	bool epochs = held(l, LACK_EPOCHS), charts = !epochs && !has_aside(l);
	place_charts(l, take_top(&body, charts ? body.h : clampi(body.h * 2 / 5, 5, 36)), gap);
	bool all = body.h < 10 || !has_aside(l);
	if (epochs)
		place(l, PANEL_EPOCHS,
		      take_top(&body, all ? body.h : body.h < 28 ? (body.h + 1) / 2 : body.h / 3));
	if (body.h >= 18 && held(l, LACK_IMAGES))
		place(l, PANEL_PROBES, take_bottom(&body, body.h / 3));
	if (body.h >= 9 && held(l, LACK_CLASSES))
		place(l, PANEL_CLASSES, take_bottom(&body, body.h / 2));
	if (held(l, LACK_LAYERS))
		place(l, PANEL_LAYERS, body);
}

static void layout_aside(struct layout *l, struct rect body)
{
	if (body.h >= 28 && held(l, LACK_IMAGES))
		place(l, PANEL_PROBES, take_bottom(&body, clampi(body.h * 3 / 10, 6, 16)));
	if (body.h >= 14 && held(l, LACK_CLASSES))
		place(l, PANEL_CLASSES,
		      take_bottom(&body, clampi(body.h * 2 / 5, 7, body.h > 22 ? 9 : 8)));
	if (held(l, LACK_LAYERS))
		place(l, PANEL_LAYERS, body);
}

static void layout_train(struct layout *l, struct rect body)
{
	int gap = l->boxed ? 0 : 1;
	if (body.w < 70) {
		layout_train_stacked(l, body);
		return;
	}
	int w = has_aside(l) ? clampi(body.w * 64 / 100, 44, body.w - 28) : body.w;
	struct rect left = take_left(&body, w, gap);
	int charts = !held(l, LACK_EPOCHS) ? left.h
		     : left.h >= 38   ? left.h * 6 / 10
		     : left.h >= 28 ? left.h * 11 / 20
				    : clampi(left.h * 9 / 20, 6, 14);
	place_charts(l, take_top(&left, charts), gap);
	place(l, PANEL_EPOCHS, left);
	layout_aside(l, body);
}

static void layout_layers(struct layout *l, struct rect body)
{
	if (body.h >= 28)
		place(l, PANEL_LAYER_DETAIL, take_bottom(&body, clampi(body.h * 3 / 10, 9, 16)));
	place(l, PANEL_LAYER_TABLE, body);
}

static void layout_classes(struct layout *l, struct rect body)
{
	int gap = l->boxed ? 0 : 1;
	if (body.w < 76) {
		struct rect low = take_bottom(&body, body.h / 2);
		if (low.h >= 14)
			place(l, PANEL_MISTAKES, take_bottom(&low, low.h / 2));
		place(l, PANEL_CLASS_TABLE, low);
		place(l, PANEL_CONFUSION, body);
		return;
	}
	struct rect left = take_left(&body, body.w * 11 / 20, gap);
	if (left.h >= 18)
		place(l, PANEL_CLASS_CURVES, take_bottom(&left, left.h * 9 / 20));
	place(l, PANEL_CONFUSION, left);
	if (body.h >= 18)
		place(l, PANEL_MISTAKES, take_bottom(&body, body.h * 11 / 20));
	place(l, PANEL_CLASS_TABLE, body);
}

static void layout_images(struct layout *l, struct rect body)
{
	int gap = l->boxed ? 0 : 1;
	if (body.w < 64) {
		place(l, PANEL_IMAGE_LIST, take_top(&body, clampi(body.h / 3, 4, 12)));
		place(l, PANEL_IMAGE, body);
		return;
	}
	place(l, PANEL_IMAGE_LIST, take_left(&body, clampi(body.w * 2 / 5, 30, body.w >= 180 ? body.w / 3 : 60),
					     gap));
	place(l, PANEL_IMAGE, body);
}

static void layout_log(struct layout *l, struct rect body)
{
	place(l, PANEL_LOG, body);
}

static void layout_learn(struct layout *l, struct rect body)
{
	int gap = l->boxed ? 0 : 1;
	if (body.w < 100) {
		place(l, PANEL_LESSON, take_top(&body, body.h / 2));
	} else {
		place(l, PANEL_LESSON, take_left(&body, body.w / 2, gap));
		if (body.h >= 26)
			place(l, PANEL_INSIGHT, take_bottom(&body, body.w >= 80 ? 9 : 11));
	}
	place(l, PANEL_POINTS, body);
}

static void layout_metrics(struct layout *l, struct rect body)
{
	place(l, PANEL_METRICS, body);
}

static void (*const page_layouts[PAGE_N])(struct layout *l, struct rect body) = {
#define PAGE_LAYOUT(id, layout, ...) [PAGE_##id] = layout_##layout,
    PAGES(PAGE_LAYOUT)
#undef PAGE_LAYOUT
};

/* The stages fold into one row once they are history, and where rows are dear. */
static int stages_h(bool preparing, int w, int h)
{
	if (!preparing || h < 28)
		return 1;
	return w < 100 || h < 36 ? 2 : h < 40 ? 4 : 6;
}

#define BAR_W 20 /* the least size with a replay's bar, */
#define BAR_H 4
#define BAR_PAGE_H 14  /* and with one below a page; */
#define BAR_TALL_H 32  /* from here on it has two rows */

int layout_bar_h(const struct view *v, int w, int h)
{
	bool small = w < LAYOUT_MIN_W || h < LAYOUT_MIN_H;
	if (v->mode != VIEW_REPLAY || !v->log || w < BAR_W || h < (small ? BAR_H : BAR_PAGE_H))
		return 0;
	return !small && h >= BAR_TALL_H ? 2 : 1;
}

static void layout_whole(struct layout *l, const struct view *v, int w, int h)
{
	enum page page = v->page;
	int bar = layout_bar_h(v, w, h);
	memset(l, 0, sizeof(*l));
	l->lacks = v->lacks;
	struct rect rest = {0, 0, w, h};
	if (w < LAYOUT_MIN_W || h < LAYOUT_MIN_H) {
		place(l, PANEL_TIMELINE, take_bottom(&rest, bar));
		place(l, PANEL_TOO_SMALL, rest);
		return;
	}
	l->boxed = w >= 100 && h >= 32;
	place(l, PANEL_TITLE, take_top(&rest, 1));
	place(l, PANEL_STATUS, take_top(&rest, 1));
	place(l, PANEL_HINTS, take_bottom(&rest, 1));
	place(l, PANEL_MESSAGE, take_bottom(&rest, 1));
	place(l, PANEL_TIMELINE, take_bottom(&rest, bar));
	bool train = page == PAGE_TRAIN && held(l, LACK_STAGES);
	if (train)
		place(l, PANEL_PIPELINE, take_top(&rest, stages_h(v->preparing, w, h)));
	if (train && h >= 24)
		place(l, PANEL_PROGRESS, take_top(&rest, h >= 34 ? 2 : 1));
	page_layouts[page](l, rest);
}

void layout_page(struct layout *l, enum page page, int w, int h)
{
	const struct view plain = {.page = page};
	layout_whole(l, &plain, w, h);
}

/* The smallest rectangle around both. */
static struct rect around(struct rect a, struct rect b)
{
	int x = a.x < b.x ? a.x : b.x, y = a.y < b.y ? a.y : b.y;
	int right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
	int bottom = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
	return (struct rect){x, y, right - x, bottom - y};
}

bool layout_can_focus(enum panel_id id)
{
	return id > PANEL_PROGRESS && id < PANEL_TIMELINE && id != PANEL_PREDICTION &&
	       id != PANEL_QUIZ && id != PANEL_METRIC;
}

/* A size that shows every panel of every page. */
#define AMPLE_W 200
#define AMPLE_H 80

/* Where the panels are once it has begun. */
static struct view when_started(const struct view *v)
{
	return (struct view){.page = v->page, .lacks = v->lacks, .mode = v->mode, .log = v->log};
}

static enum panel_id focus_of(const struct view *v, int w, int h)
{
	static const unsigned char first[PAGE_N] = {
	    [PAGE_TRAIN] = PANEL_LOSS,   [PAGE_LAYERS] = PANEL_LAYER_TABLE,
	    [PAGE_CLASSES] = PANEL_CONFUSION, [PAGE_IMAGES] = PANEL_IMAGE,
	    [PAGE_LOG] = PANEL_LOG,      [PAGE_LEARN] = PANEL_LESSON,
	    [PAGE_METRICS] = PANEL_METRICS};
	struct layout l;
	enum panel_id id = (enum panel_id)v->focus;
	const struct view open = when_started(v);
	layout_whole(&l, &open, w, h);
	return layout_can_focus(id) && layout_find(&l, id).w ? id : (enum panel_id)first[v->page];
}

enum panel_id layout_focus(const struct view *v, int w, int h)
{
	enum panel_id whole = layout_enlarged(v);
	return whole != PANEL_N ? whole : focus_of(v, w, h);
}

enum panel_id layout_enlarged(const struct view *v)
{
	struct view as_if = {.page = v->page, .focus = v->whole, .lacks = v->lacks};
	return v->whole && focus_of(&as_if, AMPLE_W, AMPLE_H) == (enum panel_id)v->whole
		   ? (enum panel_id)v->whole
		   : PANEL_N;
}

enum panel_id layout_next(const struct view *v, int w, int h, int step)
{
	enum panel_id now = layout_focus(v, w, h), ids[LAYOUT_MAX];
	struct layout l;
	int n = 0, at = 0;
	const struct view open = when_started(v);
	bool ample = layout_enlarged(v) != PANEL_N;
	layout_whole(&l, &open, ample ? AMPLE_W : w, ample ? AMPLE_H : h);
	for (int id = 0; id < PANEL_N; id++)
		if (layout_can_focus((enum panel_id)id) && layout_find(&l, (enum panel_id)id).w) {
			at = id == (int)now ? n : at;
			ids[n++] = (enum panel_id)id;
		}
	return n ? ids[(at + step % n + n) % n] : now;
}

/* A panel that takes the room of all others of its page; PANEL_N = none. */
static enum panel_id whole_page(const struct view *v)
{
	if (v->page == PAGE_IMAGES && v->trace)
		return PANEL_PREDICTION;
	if (v->page == PAGE_METRICS && v->series_open)
		return PANEL_METRIC;
	return v->page == PAGE_LEARN && v->quiz_on ? PANEL_QUIZ : layout_enlarged(v);
}

void layout_view(struct layout *l, const struct view *v, int w, int h)
{
	layout_whole(l, v, w, h);
	enum panel_id whole = whole_page(v);
	if (whole == PANEL_N || layout_find(l, PANEL_TOO_SMALL).w)
		return;
	int n = 0;
	struct rect body = {0, 0, 0, 0};
	for (int i = 0; i < l->n; i++) {
		enum panel_id id = l->item[i].id;
		if (id <= PANEL_STATUS || id >= PANEL_TIMELINE) /* around every page */
			l->item[n++] = l->item[i];
		else
			body = body.w ? around(body, l->item[i].r) : l->item[i].r;
	}
	l->n = n;
	place(l, whole, body);
}

struct rect layout_find(const struct layout *l, enum panel_id id)
{
	for (int i = 0; i < l->n; i++)
		if (l->item[i].id == id)
			return l->item[i].r;
	return (struct rect){0, 0, 0, 0};
}

struct rect layout_clock(int w, int h)
{
	if (w < LAYOUT_MIN_W || h < LAYOUT_MIN_H)
		return (struct rect){0, 0, 0, 0};
	return (struct rect){w - CLOCK_W, 0, CLOCK_W, 1};
}
