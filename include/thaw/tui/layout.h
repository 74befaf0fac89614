/* Where each panel goes, for every size of terminal.
 *
 * Pure integer arithmetic. Invariant: at any size from 1 x 1 up the rectangles lie inside the
 * screen and do not overlap; every one has at least one cell.
 */
#ifndef THAW_TUI_LAYOUT_H
#define THAW_TUI_LAYOUT_H

#include "thaw/tui/view.h"

#define LAYOUT_MIN_W 40
#define LAYOUT_MIN_H 12

/* clang-format off */
enum panel_id {
	PANEL_TITLE, PANEL_STATUS, PANEL_PIPELINE, PANEL_PROGRESS, PANEL_LOSS, PANEL_ACCURACY, PANEL_RATE,
	PANEL_SPEED, PANEL_EPOCHS, PANEL_LAYERS, PANEL_CLASSES, PANEL_PROBES, PANEL_LAYER_TABLE,
	PANEL_LAYER_DETAIL, PANEL_CONFUSION, PANEL_CLASS_TABLE, PANEL_CLASS_CURVES,
	PANEL_MISTAKES, PANEL_IMAGE_LIST, PANEL_IMAGE, PANEL_PREDICTION, PANEL_LOG,
	PANEL_LESSON, PANEL_POINTS, PANEL_INSIGHT, PANEL_QUIZ, PANEL_METRICS, PANEL_METRIC,
	PANEL_TIMELINE, PANEL_MESSAGE, PANEL_HINTS, PANEL_TOO_SMALL, PANEL_N
};
/* clang-format on */

#define LAYOUT_MAX 16

struct layout {
	int n;
	unsigned lacks; /* bits of enum lack: what the log does not hold has no panel */
	bool boxed; /* panels have a frame all around, not a head line alone */
	struct {
		enum panel_id id;
		struct rect r;
	} item[LAYOUT_MAX];
};

/* The page of a run that trains. */
void layout_page(struct layout *l, enum page page, int w, int h);

/* The same for what is looked at: a run that prepares shows its stages at length; the prediction
 * trace, or the panel that is enlarged, takes the place of its page's panels. */
void layout_view(struct layout *l, const struct view *v, int w, int h);

/* The panel of the page that has the focus at this size; never one of those around every page. */
enum panel_id layout_focus(const struct view *v, int w, int h);

/* The panel that is enlarged on this page, PANEL_N = none. */
enum panel_id layout_enlarged(const struct view *v);

/* The panel `step` further on than the one with the focus, round and round: of all that the page
 * has when one is enlarged, else of those that this size shows. */
enum panel_id layout_next(const struct view *v, int w, int h, int step);
bool layout_can_focus(enum panel_id id);

/* The rectangle of a panel, or an empty one when the page does not show it at this size. */
struct rect layout_find(const struct layout *l, enum panel_id id);

/* Rows of a replay's bar at this size; 0 = there is none. */
int layout_bar_h(const struct view *v, int w, int h);

/* The part of the title that shows clocks; the only cells that may differ between a live and a
 * replayed end. */
struct rect layout_clock(int w, int h);

#endif
