#include "click.h"

#include "act.h"
#include "chart_keys.h"
#include "control.h"
#include "focus.h"
#include "metrics_keys.h"
#include "page.h"
#include "quiz_keys.h"
#include "replay.h"
#include "zone.h"
#include "thaw/base/clock.h"

#define DOUBLE_MS 400 /* between the presses of a double click */

static void run_named(struct tui *t, const char *name)
{
	const struct action *a = action_named(name, t->view.mode);
	if (a && action_allowed(a, t->view.mode, t->view.page))
		act(t, a);
}

static void on_page(struct tui *t, int page)
{
	app_page(t, page);
}

/* The second click on a layer offers to freeze or thaw it; the third does. */
static void on_layer(struct tui *t, int layer)
{
	bool again = view_layer(&t->view, &t->timeline.history) == layer;
	if (t->view.preview != CHOICE_TOGGLE || !again)
		t->view.preview = CHOICE_NONE;
	t->view.layer = layer;
	if (again)
		control_choose(t, CHOICE_TOGGLE);
}

static void on_class(struct tui *t, int class)
{
	if (t->view.class_index == class)
		app_page(t, PAGE_CLASSES);
	t->view.class_index = class;
}

static void on_probe(struct tui *t, int probe)
{
	bool again = t->view.probe == probe;
	t->view.probe = probe;
	if (t->view.page != PAGE_IMAGES)
		app_page(t, PAGE_IMAGES);
	else if (again)
		run_named(t, "trace");
}

static void on_mistake(struct tui *t, int mistake)
{
	t->view.mistake = mistake;
}

static void on_epoch(struct tui *t, int index)
{
	const struct history *h = &t->timeline.history;
	if (index >= 0 && (size_t)index < h->n_epochs)
		replay_goto_epoch(t, h->epochs[index].epoch);
}

static void on_action(struct tui *t, int index)
{
	if (index >= 0 && (size_t)index < n_actions)
		act(t, &action_table[index]);
}

static void on_choice(struct tui *t, int choice)
{
	quiz_key(t, '1' + choice);
}

static void on_preview(struct tui *t, int index)
{
	(void)index;
	if (t->view.preview != CHOICE_NONE)
		control_apply(t);
}

static void (*const clicks[])(struct tui *t, int index) = {
    [ZONE_PAGE] = on_page,     [ZONE_LAYER] = on_layer,     [ZONE_CLASS] = on_class,
    [ZONE_PROBE] = on_probe,   [ZONE_MISTAKE] = on_mistake, [ZONE_EPOCH] = on_epoch,
    [ZONE_ACTION] = on_action, [ZONE_CHOICE] = on_choice,   [ZONE_PREVIEW] = on_preview,
    [ZONE_SERIES] = metrics_choose,
};

static void wheel(struct tui *t, const struct zone *panel, bool up)
{
	if (!pages_wheel(t, panel->kind == ZONE_PANEL ? (enum panel_id)panel->index : PANEL_N,
			 up ? -1 : 1))
		run_named(t, up ? "up" : "down");
}

/* Again at the same place, at once? */
static bool is_double(struct tui *t, const struct pointer *p)
{
	int64_t now = clock_ms();
	bool again = t->clicked.x == p->x && t->clicked.y == p->y && t->clicked_ms &&
		     now - t->clicked_ms <= DOUBLE_MS;
	t->clicked = *p;
	t->clicked_ms = again ? 0 : now;
	return again;
}

/* Into a panel, where nothing has a meaning of its own but a chart: twice enlarges it. */
static void on_panel(struct tui *t, const struct pointer *p, const struct zone *at,
		     const struct zone *panel)
{
	bool twice = is_double(t, p);
	if (panel->kind == ZONE_PANEL)
		focus_on(t, (enum panel_id)panel->index);
	if (twice && panel->kind == ZONE_PANEL && layout_can_focus((enum panel_id)panel->index))
		focus_enlarge(t, 0);
	else if (at->kind == ZONE_CHART)
		chart_click(t, p->x - at->r.x, at->r.w);
}

void click_on(struct tui *t, const struct pointer *p)
{
	const struct canvas *c = &t->canvas;
	struct zone at = canvas_zone_at(c, p->x, p->y, ZONE_NONE),
		    panel = canvas_zone_at(c, p->x, p->y, ZONE_PANEL);
	if (p->what == POINTER_DRAG)
		replay_drag(t, p->x);
	if (p->what == POINTER_LET_GO || p->what == POINTER_PRESS) /* it may be let go elsewhere */
		replay_let_go(t);
	if (t->view.prompt != PROMPT_NONE || p->what > POINTER_WHEEL_DOWN)
		return;
	t->urgent = true;
	if (p->what != POINTER_PRESS)
		wheel(t, &panel, p->what == POINTER_WHEEL_UP);
	else if (t->view.help)
		t->view.help = false;
	else if (at.kind == ZONE_TIMELINE)
		replay_press(t, at.r.x, at.r.w, p->x);
	else if ((size_t)at.kind < sizeof(clicks) / sizeof(*clicks) && clicks[at.kind]) {
		if (panel.kind == ZONE_PANEL)
			focus_on(t, (enum panel_id)panel.index);
		clicks[at.kind](t, at.index);
	} else
		on_panel(t, p, &at, &panel);
}
