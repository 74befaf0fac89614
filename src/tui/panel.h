/* Panels: one small file and one row of the table each. A panel reads the scene and draws into
 * its rectangle.
 *
 * A framed panel is handed the rectangle inside its frame; the row above that is its head line,
 * on whose right end panel_note() writes.
 */
#ifndef TUI_PANEL_H
#define TUI_PANEL_H

#include "thaw/history/history.h"
#include "thaw/tui/canvas.h"
#include "thaw/tui/layout.h"
#include "thaw/tui/view.h"

struct scene {
	const struct history *history;
	const struct view *view;
};

typedef void panel_fn(const struct scene *s, struct canvas *c, struct rect r);

struct panel {
	const char *title; /* NULL = no frame */
	panel_fn *draw;
};

extern const struct panel panel_table[PANEL_N];

panel_fn panel_title, panel_pipeline, panel_progress, panel_loss, panel_accuracy, panel_epochs,
    panel_layers, panel_classes, panel_probes, panel_layer_table, panel_confusion, panel_class_table,
    panel_class_curves, panel_mistakes, panel_image_list, panel_image, panel_log, panel_message,
    panel_hints, panel_too_small;

/* How a run ended, in one line; `where` (may be NULL) names the run directory. */
void summary_text(const struct history *h, const struct view *v, const char *where, char *out,
		  size_t size);

/* The help page, over everything else. */
void overlay_help(const struct scene *s, struct canvas *c);

/* Write on the head line, right-aligned, left of the `used` columns that are taken. Returns the
 * new `used`; writes nothing when the panel's title would be covered. */
int panel_note(struct canvas *c, struct rect inner, int used, struct style s, const char *text);
bool panel_note_fits(const struct canvas *c, struct rect inner, int used, const char *text);

/* Write a word behind the title on the head line. */
void panel_word(struct canvas *c, struct rect inner, const char *text);

/* One muted line in the middle, for a panel that has nothing to show yet. */
void panel_empty(struct canvas *c, struct rect r, const char *text);

/* First row to show of `n` when `rows` fit and `cursor` must be seen, in the middle if possible. */
int list_top(int n, int rows, int cursor);

/* Paint the background of a row that the cursor is on; texts drawn after it use row_style(). */
void row_select(struct canvas *c, struct rect r, int y, bool selected);
struct style row_style(struct style s, bool selected);

/* Text of numbers, in buffers that rotate (8 live at once). */
const char *text_loss(double v);    /* 0.412, 12.31, nan */
const char *text_percent(double v); /* 0.861 -> 86.1; full marks are 100 */
const char *text_lr(double v);

/* The last `parts` parts of a path: "roses/1.jpg". Screens never need where on a machine it lies.
 */
const char *path_tail(const char *path, int parts);

/* How a marker is drawn, on charts and in the log. */
extern const struct marker_look {
	uint32_t ch;
	enum ink ink;
} marker_looks[MARK_N];

const char *class_name(const struct history *h, int64_t i);

/* Figures of the newest epoch that has classes; NULL when there is none. `before` (may be NULL)
 * the one earlier. */
const struct history_epoch *newest_classes(const struct history *h,
					   const struct history_epoch **before);

/* "▲3" or "▼1": a change of a share in whole points, in 4 columns; "·" for none. */
void draw_change(struct canvas *c, int x, int y, double change, bool selected);

/* Draw a probe's picture as large as fits, square dots, at most twice its size. Returns what it
 * covers. */
struct rect draw_picture(const struct history *h, const struct history_probe *p, struct canvas *c,
			 struct rect r);

/* All probes as small pictures, in columns. False when they do not fit or cannot be shown. */
bool draw_gallery(const struct scene *s, struct canvas *c, struct rect r);

/* Newest probabilities of a probe, [n_classes]; NULL when there are none. */
const double *probe_probs(const struct history *h, size_t probe, size_t epoch_index);
int probe_top(const struct history *h, const double *probs);

/* "conv 3x3/2": what a layer is, in few columns. */
void layer_kind(const struct event_layer *l, char *out, size_t size);
bool layer_learns(const struct history_layer *l); /* has anything to freeze */
void layer_state(const struct history_layer *l, struct canvas *c, int x, int y,
		 bool selected); /* 2 columns */

#endif
