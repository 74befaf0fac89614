/* What a page does with the keys and the wheel that mean something else on every page: one file
 * (page_NAME.c) and one row of page_table each. Where its panels go stands in layout.c.
 *
 * Overlays lie over a page and take these keys first; the topmost stands first.
 */
#ifndef TUI_PAGE_H
#define TUI_PAGE_H

#include "app.h"
#include "thaw/tui/layout.h"

struct page_keys {
	void (*move)(struct tui *t, int rows);   /* what it has a cursor on, or lines */
	void (*scroll)(struct tui *t, int rows); /* by pages; NULL = as move */
	/* False: the wheel moves there, as the keys do; NULL = everywhere. */
	bool (*wheel)(struct tui *t, enum panel_id panel, int rows);
	bool (*leave)(
	    struct view *v); /* Esc: close what is open; false when nothing is; NULL = never */
	void (*clamp)(struct view *v, const struct history *h); /* its cursors to what there is */
};

extern const struct page_keys page_train, page_layers, page_classes, page_images, page_log,
    page_learn, page_metrics;
extern const struct page_keys *const page_table[PAGE_N]; /* pages.c */

struct overlay {
	bool (*shown)(const struct view *v);
	void (*move)(struct tui *t, int rows);
	void (*close)(struct view *v);
};

/* The topmost overlay that is shown, NULL when the page lies open. */
const struct overlay *overlay_shown(const struct view *v);

/* Move or scroll what is topmost, keep every cursor inside what the history has. */
void pages_move(struct tui *t, int rows);
void pages_scroll(struct tui *t, int rows);
bool pages_wheel(struct tui *t, enum panel_id panel, int rows); /* false: as the keys move */
bool pages_leave(struct tui *t); /* Esc: false when nothing is open there */

#endif
