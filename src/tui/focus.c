#include "focus.h"

#include "metrics_keys.h"
#include "page.h"

void focus_move(struct tui *t, int step)
{
	struct view *v = &t->view;
	if (overlay_shown(v))
		return;
	if (v->page == PAGE_METRICS) {
		metrics_next(t, step);
		return;
	}
	v->focus = layout_next(v, t->canvas.w, t->canvas.h, step);
	if (v->whole)
		v->whole = v->focus;
}

void focus_enlarge(struct tui *t, int arg)
{
	struct view *v = &t->view;
	(void)arg;
	if (overlay_shown(v))
		return;
	if (v->page == PAGE_LOG) {
		app_say(t, MESSAGE_INFO, "the log fills its page already");
		return;
	}
	if (v->page == PAGE_METRICS) {
		metrics_enlarge(t);
		return;
	}
	bool enlarged = layout_enlarged(v) != PANEL_N;
	v->focus = layout_focus(v, t->canvas.w, t->canvas.h);
	v->whole = enlarged ? 0 : v->focus;
}

void focus_on(struct tui *t, enum panel_id id)
{
	if (layout_can_focus(id))
		t->view.focus = id;
}
