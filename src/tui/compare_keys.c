/* What the keys of the comparison do, in one table. */
#include "compare_app.h"

#include "compare_pages.h"
#include "remember.h"
#include "thaw/base/log_filter.h"
#include "thaw/term/key.h"
#include "thaw/term/term.h"
#include "thaw/term/theme.h"

#include <stdio.h>
#include <string.h>

#define FAR 100000000
#define ZOOM_MOST 12

/* ---- moving ---- */

static int clamp(int v, int most)
{
	return v > most ? most : v < 0 ? 0 : v;
}

static void do_move(struct compare *c, int rows)
{
	struct compare_view *v = &c->view;
	if (v->help)
		v->help_down = clamp(v->help_down + rows, v->help_most);
	else if (v->page == COMPARE_CURVES)
		v->cursor = clamp(v->cursor + rows, v->n_list ? (int)v->n_list - 1 : 0);
	else
		v->top[v->page] = clamp(v->top[v->page] + rows, v->most_top);
}

static void do_screen(struct compare *c, int pages)
{
	int rows = c->view.rows_shown;
	do_move(c, pages * (rows > 2 ? rows - 1 : 1));
}

/* The crosshair on the charts, columns of a table. */
static void do_side(struct compare *c, int by)
{
	struct compare_view *v = &c->view;
	if (v->page == COMPARE_CURVES)
		compare_move_cross(v, by);
	else
		v->left[v->page] = clamp(v->left[v->page] + (by > 0 ? 1 : -1), v->most_left);
}

static void do_page(struct compare *c, int by)
{
	c->view.page =
	    (enum compare_page)(((int)c->view.page + by + COMPARE_PAGE_N) % COMPARE_PAGE_N);
}

static void do_go_page(struct compare *c, int page)
{
	c->view.page = (enum compare_page)page;
}

/* ---- the charts ---- */

static void do_figure(struct compare *c, int by)
{
	struct compare_view *v = &c->view;
	if (v->page == COMPARE_CLASSES)
		v->class_figure = (enum class_figure)(((int)v->class_figure + by + CLASS_FIGURE_N) %
						      CLASS_FIGURE_N);
	else
		v->figure = compare_next_figure(v, compare_first_figure(v), by);
}

static void do_large(struct compare *c, int arg)
{
	(void)arg;
	c->view.large = !c->view.large;
}

static void do_axis(struct compare *c, int by)
{
	struct compare_view *v = &c->view;
	compare_turn_axis(v, by);
	compare_tell(c, MESSAGE_INFO, "by %s", axis_names[v->axis]);
}

static void say_smoothing(struct compare *c)
{
	struct strbuf words = STRBUF_INIT;
	smoothing_words(&c->view.smoothing, &words);
	compare_tell(c, MESSAGE_INFO, "smoothing: %s%s", words.buf,
		     smoothing_on(&c->view.smoothing) ? ", of all points" : "");
	strbuf_release(&words);
}

static void do_smooth(struct compare *c, int by)
{
	smoothing_turn(&c->view.smoothing, by);
	say_smoothing(c);
}

/* The other kind, at its weakest that does anything. */
static void do_smooth_kind(struct compare *c, int arg)
{
	struct smoothing *s = &c->view.smoothing;
	(void)arg;
	*s =
	    (struct smoothing){s->kind == SMOOTH_WINDOW ? SMOOTH_EXPONENTIAL : SMOOTH_WINDOW, 0, 1};
	do_smooth(c, 1);
}

static void do_envelope(struct compare *c, int arg)
{
	static const char *const words[ENVELOPE_N] = {"where few runs are shown", "always",
						      "never"};
	(void)arg;
	c->view.envelope = (enum compare_envelope)((c->view.envelope + 1) % ENVELOPE_N);
	compare_tell(c, MESSAGE_INFO, "least and most of what is drawn together: %s",
		     words[c->view.envelope]);
}

static void do_log(struct compare *c, int arg)
{
	(void)arg;
	c->view.log_y = !c->view.log_y;
}

static void do_zoom(struct compare *c, int by)
{
	c->view.zoom = clamp(c->view.zoom + by, ZOOM_MOST);
}

/* ---- the runs ---- */

static void do_hide(struct compare *c, int arg)
{
	struct compare_run *r = compare_run_now(&c->view);
	(void)arg;
	if (r)
		r->hidden = !r->hidden;
	do_move(c, 1);
}

static void do_solo(struct compare *c, int arg)
{
	const struct compare_run *r = compare_run_now(&c->view);
	(void)arg;
	if (r)
		compare_solo(&c->view, r);
}

static void do_pin(struct compare *c, int arg)
{
	struct compare_run *r = compare_run_now(&c->view);
	(void)arg;
	if (!r)
		return;
	r->pinned = !r->pinned;
	compare_arrange(&c->view);
	compare_tell(c, MESSAGE_INFO,
		     r->pinned ? "%.120s is pinned: on top, and what others differ from"
			       : "%.120s is not pinned any more",
		     r->name);
}

static void do_all(struct compare *c, int arg)
{
	(void)arg;
	for (size_t i = 0; i < c->view.n_runs; i++)
		c->view.runs[i].hidden = false;
}

static void do_filter(struct compare *c, int arg)
{
	(void)arg;
	c->view.asks = true;
	c->view.aside[0] = '\0';
	c->view.aside_bad = false;
	edit_set(&c->view.input, c->view.filter);
}

/* ---- the tables ---- */

static void do_settings(struct compare *c, int arg)
{
	(void)arg;
	c->view.all_settings = !c->view.all_settings;
}

static void do_order(struct compare *c, int reverse)
{
	struct compare_view *v = &c->view;
	v->class_reverse = reverse && !v->class_reverse;
	if (!reverse)
		v->class_order = (enum class_order)((v->class_order + 1) % CLASS_ORDER_N);
}

static void do_epoch(struct compare *c, int arg)
{
	(void)arg;
	c->view.class_last = !c->view.class_last;
}

/* ---- the screen ---- */

static void do_help(struct compare *c, int arg)
{
	(void)arg;
	c->view.help = !c->view.help;
	c->view.help_down = 0;
}

static void do_theme(struct compare *c, int arg)
{
	(void)arg;
	theme_next();
	remember_theme_write();
	compare_tell(c, MESSAGE_INFO, "theme: %s", theme_now());
}

static void do_redraw(struct compare *c, int arg)
{
	(void)arg;
	c->show.redraw = true;
	for (size_t i = 0; i < c->view.n_runs; i++)
		if (c->sources[i].remote)
			remote_retry(c->sources[i].remote);
}

static void do_quit(struct compare *c, int arg)
{
	(void)arg;
	if (c->view.help)
		c->view.help = false;
	else
		c->show.done = true;
}

#define ON_CURVES (1u << COMPARE_CURVES)
#define ON_SHEET (1u << COMPARE_SHEET)
#define ON_CLASSES (1u << COMPARE_CLASSES)

/* clang-format off */
const struct compare_action compare_actions[] = {
    {"Charts", "figure", "figure", "the next figure (Classes: recall, F1, precision)", ON_CURVES | ON_CLASSES, do_figure, 1, {'f'}},
    {NULL, "figure-back", NULL, "the figure before", ON_CURVES | ON_CLASSES, do_figure, -1, {'F'}},
    {NULL, "axis", "axis", "by iteration, epoch, time since each run's begin, or the clock", ON_CURVES, do_axis, 1, {'x'}},
    {NULL, "axis-back", NULL, "the axis before", ON_CURVES, do_axis, -1, {'X'}},
    {NULL, "smoother", "smooth", "smooth more; every point of a run goes into it", ON_CURVES, do_smooth, 1, {'s', '+', '='}},
    {NULL, "rougher", NULL, "smooth less", ON_CURVES, do_smooth, -1, {'S', '-', '_'}},
    {NULL, "smooth-kind", NULL, "an exponential mean, or the mean of so many points", ON_CURVES, do_smooth_kind, 0, {'m'}},
    {NULL, "envelope", NULL, "least and most of the points that are drawn together: some, always, never", ON_CURVES, do_envelope, 0, {'e'}},
    {NULL, "log", "log", "a logarithmic scale, or back", ON_CURVES, do_log, 0, {'y'}},
    {NULL, "narrower", NULL, "a shorter part of the axis, around the crosshair or at the end", ON_CURVES, do_zoom, 1, {']'}},
    {NULL, "wider", NULL, "a longer part of it", ON_CURVES, do_zoom, -1, {'['}},
    {NULL, "large", "large", "one chart alone, or as many as there is room for", ON_CURVES, do_large, 0, {'z', K_ENTER}},
    {NULL, "left", "", "the crosshair, which reads every run at one place (tables: the runs to the left)", 0, do_side, -1, {K_LEFT}},
    {NULL, "right", "read", "the same to the right", 0, do_side, 1, {K_RIGHT}},
    {"Runs", "hide", "hide", "hide the run, or show it again", ON_CURVES, do_hide, 0, {' '}},
    {NULL, "solo", "solo", "show it alone, or all again", ON_CURVES, do_solo, 0, {'o'}},
    {NULL, "pin", "pin", "pin it: on top of the list and over the others; differences are to the first pinned", ON_CURVES, do_pin, 0, {'p'}},
    {NULL, "all", NULL, "show all", 0, do_all, 0, {'a'}},
    {NULL, "filter", "filter", "only runs whose name, or a setting such as lr=0.001, matches a pattern", 0, do_filter, 0, {'/'}},
    {"Tables", "settings", "all", "Table: the settings that differ, or all", ON_SHEET, do_settings, 0, {'d'}},
    {NULL, "order", "order", "Classes: the next order", ON_CLASSES, do_order, 0, {'o'}},
    {NULL, "reverse", NULL, "Classes: turn the order round", ON_CLASSES, do_order, 1, {'O'}},
    {NULL, "epoch", "epoch", "Classes: at the best epoch, or the last", ON_CLASSES, do_epoch, 0, {'b'}},
    {"Moving", "up", NULL, "up", 0, do_move, -1, {K_UP, 'k'}},
    {NULL, "down", NULL, "down", 0, do_move, 1, {K_DOWN, 'j'}},
    {NULL, "page-up", NULL, "a screen up", 0, do_screen, -1, {K_PAGE_UP, K_CTRL('b')}},
    {NULL, "page-down", NULL, "a screen down", 0, do_screen, 1, {K_PAGE_DOWN, K_CTRL('f')}},
    {NULL, "first", NULL, "to the first", 0, do_move, -FAR, {'g', K_HOME}},
    {NULL, "last", NULL, "to the last", 0, do_move, FAR, {'G', K_END}},
    {"Pages", "next-page", "page", "the next page", 0, do_page, 1, {K_TAB}},
    {NULL, "previous-page", NULL, "the page before", 0, do_page, -1, {K_BACKTAB}},
    {NULL, "curves", NULL, "Curves", 0, do_go_page, COMPARE_CURVES, {'1'}},
    {NULL, "table", NULL, "Table: how they came out, settings, interventions", 0, do_go_page, COMPARE_SHEET, {'2'}},
    {NULL, "classes", NULL, "Classes: recall, F1 and precision of each", 0, do_go_page, COMPARE_CLASSES, {'3'}},
    {"The screen", "theme", NULL, "the next theme", 0, do_theme, 0, {'t'}},
    {NULL, "redraw", NULL, "draw it afresh; try lost machines again at once", 0, do_redraw, 0, {K_CTRL('l')}},
    {NULL, "help", "help", "these keys", 0, do_help, 0, {'?', K_F1}},
    {NULL, "quit", "quit", "leave; live runs go on", 0, do_quit, 0, {'q'}},
};
/* clang-format on */
const size_t n_compare_actions = sizeof(compare_actions) / sizeof(*compare_actions);

/* ---- the pattern ---- */

static void filter_changed(struct compare *c)
{
	struct compare_view *v = &c->view;
	char why[128] = "";
	v->aside_bad = !log_filter_check(v->input.text, why, sizeof(why));
	snprintf(v->aside, sizeof(v->aside), "%s", why);
	if (v->aside_bad)
		return;
	snprintf(v->filter, sizeof(v->filter), "%s", v->input.text);
	compare_arrange(v);
}

static void drop_filter(struct compare *c)
{
	c->view.asks = false;
	c->view.filter[0] = '\0';
	compare_arrange(&c->view);
}

static void filter_key(struct compare *c, int key)
{
	struct edit *input = &c->view.input;
	bool over = key == K_ENTER || (key == K_BACKSPACE && input->len == 0);
	if (key == K_ESC) {
		drop_filter(c);
		return;
	}
	if (over || edit_key(input, key))
		filter_changed(c);
	if (over && !c->view.aside_bad)
		c->view.asks = false;
}

static void paste(struct compare *c)
{
	if (c->view.asks) {
		edit_paste(&c->view.input, term_paste());
		filter_changed(c);
	} else {
		compare_tell(c, MESSAGE_INFO, "pasted text ignored");
	}
}

/* ---- keys and mouse ---- */

/* What is open, one after the other; the comparison itself last. */
static void leave_top(struct compare *c)
{
	struct compare_view *v = &c->view;
	v->message_kind = MESSAGE_NONE;
	if (v->help)
		v->help = false;
	else if (v->cross)
		v->cross = false;
	else if (*v->filter)
		drop_filter(c);
	else
		c->show.done = true;
}

static void press(struct compare *c, const struct pointer *p)
{
	struct compare_view *v = &c->view;
	struct zone at = canvas_zone_at(&c->show.canvas, p->x, p->y, ZONE_NONE);
	if (v->help)
		v->help = false;
	else if (at.kind == COMPARE_ZONE_RUN)
		v->cursor = at.index;
	else if (at.kind == COMPARE_ZONE_CHART)
		compare_set_cross(v, at.r.w > 1 ? (double)(p->x - at.r.x) / (at.r.w - 1) : 0);
	else if (at.kind == COMPARE_ZONE_ACTION)
		compare_actions[at.index].run(c, compare_actions[at.index].arg);
}

static void point(struct compare *c, const struct pointer *p)
{
	if (c->view.asks || p->what > POINTER_WHEEL_DOWN)
		return;
	if (p->what == POINTER_PRESS)
		press(c, p);
	else
		do_move(c, p->what == POINTER_WHEEL_UP ? -1 : 1);
}

static const struct compare_action *action_of(const struct compare_view *v, int key)
{
	for (size_t i = 0; i < n_compare_actions; i++) {
		const struct compare_action *a = &compare_actions[i];
		for (int k = 0; k < 4 && a->keys[k]; k++)
			if (a->keys[k] == key && (!a->pages || a->pages & 1u << v->page))
				return a;
	}
	return NULL;
}

/* With the help open only what moves in it and what closes it. */
static bool works_in_help(const struct compare_action *a)
{
	return a->run == do_move || a->run == do_screen || a->run == do_help || a->run == do_quit ||
	       a->run == do_redraw || a->run == do_theme;
}

void compare_key(struct compare *c, int key)
{
	if (key == K_MOUSE) {
		struct pointer p = term_pointer();
		point(c, &p);
	} else if (key == K_PASTE) {
		paste(c);
	} else if (c->view.asks) {
		filter_key(c, key);
	} else if (key == K_ESC) {
		leave_top(c);
	} else {
		const struct compare_action *a = action_of(&c->view, key);
		if (a && (!c->view.help || works_in_help(a)))
			a->run(c, a->arg);
	}
}
