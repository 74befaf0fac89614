#include "browser_row.h"

#include "panel.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- signs ---- */

static const struct run_look looks[RUN_STATUS_N] = {
    [RUN_STATUS_FINISHED] = {"✓", "finished", INK_GOOD},
    [RUN_STATUS_STOPPED] = {"■", "stopped", INK_WARN},
    [RUN_STATUS_FAILED] = {"✗", "failed", INK_BAD},
    [RUN_STATUS_RUNNING] = {"▶", "training", INK_GOOD},
    [RUN_STATUS_UNSAVED] = {"!", "not saved", INK_BAD},
    [RUN_STATUS_CRASHED] = {"✗", "crashed", INK_BAD},
    [RUN_STATUS_IMPORTED] = {"·", "imported", INK_MUTED},
};

/* "validating" of "validating 40 %". */
static const char *first_words(const char *text)
{
	char *out = words_buffer();
	size_t n = strcspn(text, "0123456789");
	while (n && text[n - 1] == ' ')
		n--;
	snprintf(out, WORDS_SIZE, "%.*s", (int)(n < WORDS_SIZE ? n : WORDS_SIZE - 1), text);
	return out;
}

struct run_look browser_look(const struct browser_row *r)
{
	const struct run_summary *s = r->run;
	if (!r->known)
		return (struct run_look){"·", "reading", INK_MUTED};
	if (s->error)
		return (struct run_look){"!", "unreadable", INK_BAD};
	struct run_look look = looks[s->status];
	if (s->status != RUN_STATUS_RUNNING)
		return look;
	if (s->asks)
		return (struct run_look){"!", "asks you", INK_BAD};
	if (strcmp(s->doing, "paused") == 0)
		return (struct run_look){"‖", "paused", INK_WARN};
	if (*s->doing)
		look = (struct run_look){"▶", first_words(s->doing), INK_ACCENT};
	return look;
}

const char *browser_age(int64_t then_ms, int64_t now_ms)
{
	static const struct {
		double seconds;
		int64_t unit;
		char name;
	} units[] = {{100, 1, 's'},
		     {90 * 60, 60, 'm'},
		     {48 * 3600, 3600, 'h'},
		     {21 * 86400, 86400, 'd'},
		     {730. * 86400, 7 * 86400, 'w'},
		     {1e18, 31557600, 'y'}};
	char *out = words_buffer();
	int64_t s = now_ms > then_ms ? (now_ms - then_ms) / 1000 : 0;
	size_t i = 0;
	while ((double)s >= units[i].seconds)
		i++;
	if (then_ms > 0)
		snprintf(out, WORDS_SIZE, "%lld%c", (long long)(s / units[i].unit), units[i].name);
	else
		snprintf(out, WORDS_SIZE, "-");
	return out;
}

/* ---- the sparkline ---- */

/* The mean of the points that fall on column i of w; NaN where none does. */
static double spark_value(const struct run_summary *s, int i, int w)
{
	size_t n = s->n_curve, columns = (size_t)w < n ? (size_t)w : n;
	if ((size_t)i >= columns)
		return NAN;
	size_t from = (size_t)i * n / columns, to = ((size_t)i + 1) * n / columns;
	double sum = 0;
	for (size_t k = from; k < to; k++)
		sum += s->curve[k].acc;
	return sum / (double)(to - from);
}

void browser_spark(const struct run_summary *s, struct canvas *c, int x, int y, int w,
		   struct style style)
{
	static const char plain[] = "_.-~=*#@";
	enum { LEVELS = 8 };
	const double least = 0.02; /* a wobble below that is none */
	double lo = INFINITY, hi = -INFINITY;
	for (int i = 0; i < w; i++) {
		lo = fmin(lo, spark_value(s, i, w));
		hi = fmax(hi, spark_value(s, i, w));
	}
	double span = fmax(hi - lo, least);
	for (int i = 0; i < w; i++) {
		double v = spark_value(s, i, w);
		int level = isfinite(v) ? (int)lround((v - lo) / span * (LEVELS - 1)) : 0;
		if (isfinite(v))
			canvas_put(c, x + i, y,
				   c->utf8 ? 0x2581 + (uint32_t)level : (uint32_t)plain[level],
				   style);
	}
}

/* ---- columns ---- */

struct cell_at {
	const struct browser_view *view;
	const struct browser_row *row;
	struct canvas *canvas;
	int x, y, w;
	bool selected;
};

static struct style style_in(const struct cell_at *a, enum ink ink)
{
	return row_style(STYLE(ink), a->selected);
}

static bool live(const struct cell_at *a)
{
	return browser_row_live(a->row);
}

static void right(const struct cell_at *a, enum ink ink, const char *text)
{
	canvas_right(a->canvas, a->x, a->y, a->w, style_in(a, ink), text);
}

static void draw_name(const struct cell_at *a)
{
	struct style s = style_in(a, INK_NONE);
	s.attr = live(a) ? ATTR_BOLD : 0;
	canvas_name(a->canvas, a->x, a->y, a->w, s, a->row->run->name);
}

static void draw_place(const struct cell_at *a)
{
	canvas_name(a->canvas, a->x, a->y, a->w, style_in(a, a->row->host ? INK_ACCENT : INK_MUTED),
		    a->row->place);
}

static void draw_status(const struct cell_at *a)
{
	struct run_look look = browser_look(a->row);
	canvas_text(a->canvas, a->x, a->y, 1, style_in(a, look.ink), look.sign);
	canvas_text(a->canvas, a->x + 2, a->y, a->w - 2, style_in(a, look.ink), look.word);
}

static void draw_bar(const struct cell_at *a)
{
	if (live(a))
		canvas_bar(a->canvas, a->x, a->y, a->w, a->row->run->progress,
			   style_in(a, INK_GOOD));
}

static void draw_percent(const struct cell_at *a)
{
	char text[16];
	snprintf(text, sizeof(text), "%.0f%%", floor(100 * a->row->run->progress));
	right(a, live(a) ? INK_NONE : INK_MUTED, text);
}

static void draw_epoch(const struct cell_at *a)
{
	const struct run_summary *s = a->row->run;
	char text[48];
	int64_t epoch = live(a) && s->epoch > 0 ? s->epoch : s->n_epochs;
	int n = snprintf(text, sizeof(text), "%lld", (long long)epoch);
	if (s->epochs > 0)
		snprintf(text + n, sizeof(text) - (size_t)n, "/%lld", (long long)s->epochs);
	right(a, INK_NONE, text);
}

/* What is left of a live run, what another took. */
static void draw_time(const struct cell_at *a)
{
	const struct run_summary *s = a->row->run;
	if (live(a))
		right(a, INK_NONE, s->eta_ms.valid ? words_duration(s->eta_ms.value / 1000) : "-");
	else
		right(a, INK_MUTED, words_duration(s->seconds));
}

static void draw_best(const struct cell_at *a)
{
	right(a, INK_NONE, words_opt(words_percent, a->row->run->best_acc));
}

static void draw_last(const struct cell_at *a)
{
	right(a, INK_MUTED, words_opt(words_percent, a->row->run->last_acc));
}

static void draw_spark(const struct cell_at *a)
{
	browser_spark(a->row->run, a->canvas, a->x, a->y, a->w, style_in(a, INK_VALID));
}

static void draw_device(const struct cell_at *a)
{
	canvas_text(a->canvas, a->x, a->y, a->w, style_in(a, live(a) ? INK_NONE : INK_MUTED),
		    a->row->run->device);
}

static void draw_age(const struct cell_at *a)
{
	right(a, INK_MUTED, browser_age(a->row->run->changed, a->view->now_ms));
}

enum { NAME, PLACE, STATUS, BAR, PERCENT, EPOCH, TIME, BEST, LAST, SPARK, DEVICE, AGE, N_COLUMNS };
enum { NAME_LEAST = 12, NAME_MOST = 40, GAP = 1 };

/* Left to right. What has no room goes, the highest `need` first; a name only is drawn of a run that
 * is not read yet. */
static const struct column {
	const char *title;
	int w, need;
	bool right, early;
	void (*draw)(const struct cell_at *a);
} columns[N_COLUMNS] = {
    [NAME] = {"RUN", NAME_LEAST, 0, false, true, draw_name},
    [PLACE] = {"PLACE", 12, 5, false, true, draw_place},
    [STATUS] = {"STATUS", 12, 1, false, true, draw_status},
    [BAR] = {"PROGRESS", 10, 10, false, false, draw_bar},
    [PERCENT] = {"%", 4, 3, true, false, draw_percent},
    [EPOCH] = {"EPOCH", 9, 4, true, false, draw_epoch},
    [TIME] = {"LEFT/TOOK", 9, 6, true, false, draw_time},
    [BEST] = {"BEST %", 6, 2, true, false, draw_best},
    [LAST] = {"LAST %", 6, 11, true, false, draw_last},
    [SPARK] = {"VALIDATION", 12, 8, false, false, draw_spark},
    [DEVICE] = {"DEVICE", 16, 9, false, false, draw_device},
    [AGE] = {"AGE", 4, 7, true, false, draw_age},
};

static int longest_name(const struct browser_view *v, bool utf8)
{
	int w = NAME_LEAST;
	for (size_t i = 0; i < v->n_rows && w < NAME_MOST; i++) {
		int name = text_width(v->rows[i].run->name, utf8);
		w = name > w ? name : w;
	}
	return w < NAME_MOST ? w : NAME_MOST;
}

static int width_of(const bool shown[N_COLUMNS])
{
	int w = 0;
	for (int i = 0; i < N_COLUMNS; i++)
		w += shown[i] ? columns[i].w + GAP : 0;
	return w - GAP;
}

static void drop_least(bool shown[N_COLUMNS])
{
	int least = NAME;
	for (int i = 0; i < N_COLUMNS; i++)
		if (shown[i] && columns[i].need > columns[least].need)
			least = i;
	shown[least] = false;
}

void browser_columns(struct browser_columns *k, const struct browser_view *v, int w)
{
	bool shown[N_COLUMNS];
	int x = 0;
	for (int i = 0; i < N_COLUMNS; i++)
		shown[i] = i != PLACE || v->n_places > 1;
	while (width_of(shown) > w && width_of(shown) > columns[NAME].w)
		drop_least(shown);
	int spare = w - width_of(shown), more = longest_name(v, true) - NAME_LEAST;
	*k = (struct browser_columns){0};
	for (int i = 0; i < N_COLUMNS; i++) {
		if (!shown[i])
			continue;
		int own = columns[i].w + (i != NAME ? 0 : more < spare ? more : spare);
		k->at[k->n].column = i;
		k->at[k->n].x = x;
		k->at[k->n++].w = own < w ? own : w;
		x += own + GAP;
	}
}

void browser_titles(const struct browser_columns *k, struct canvas *c, int x, int y)
{
	for (int i = 0; i < k->n; i++) {
		const struct column *column = &columns[k->at[i].column];
		if (column->right)
			canvas_right(c, x + k->at[i].x, y, k->at[i].w, STYLE(INK_MUTED),
				     column->title);
		else
			canvas_text(c, x + k->at[i].x, y, k->at[i].w, STYLE(INK_MUTED),
				    column->title);
	}
}

void browser_row_draw(const struct browser_columns *k, const struct browser_view *v,
		      const struct browser_row *r, struct canvas *c, int x, int y, bool selected)
{
	for (int i = 0; i < k->n; i++) {
		const struct column *column = &columns[k->at[i].column];
		struct cell_at at = {v, r, c, x + k->at[i].x, y, k->at[i].w, selected};
		if (column->early || (r->known && !r->run->error))
			column->draw(&at);
	}
}
