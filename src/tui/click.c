#include "click.h"

#include "act.h"
#include "control.h"
#include "page.h"
#include "quiz_keys.h"
#include "replay.h"
#include "zone.h"
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
};

static void wheel(struct tui *t, const struct zone *panel, bool up)
{
	if (!pages_wheel(t, panel->kind == ZONE_PANEL ? (enum panel_id)panel->index : PANEL_N,
			 up ? -1 : 1))
		run_named(t, up ? "up" : "down");
}

void click_on(struct tui *t, const struct pointer *p)
{
	const struct canvas *c = &t->canvas;
	struct zone at = canvas_zone_at(c, p->x, p->y, ZONE_NONE),
		    panel = canvas_zone_at(c, p->x, p->y, ZONE_PANEL);
	if (t->view.prompt != PROMPT_NONE || p->what == POINTER_OTHER)
		return;
	t->urgent = true;
	if (p->what != POINTER_PRESS)
		wheel(t, &panel, p->what == POINTER_WHEEL_UP);
	else if (t->view.help)
		t->view.help = false;
	else if ((size_t)at.kind < sizeof(clicks) / sizeof(*clicks) && clicks[at.kind])
		clicks[at.kind](t, at.index);
}
