/* Panels: one small file and one row of the table each. A panel reads the scene and draws into
 * its rectangle.
 *
 * A framed panel is handed the rectangle inside its frame; the row above that is its head line,
 * on whose right end panel_note() writes.
 */
#ifndef TUI_PANEL_H
#define TUI_PANEL_H

#include "thaw/history/history.h"
#include "thaw/term/canvas.h"
#include "thaw/tui/layout.h"
#include "thaw/tui/view.h"
#include "list.h"
#include "names.h"
#include "zone.h"

struct picture;

struct scene {
	const struct history *history;
	const struct view *view;
	struct names *names; /* of the classes; NULL = whole */
};

typedef void panel_fn(const struct scene *s, struct canvas *c, struct rect r);

struct panel {
	const char *title; /* NULL = no frame */
	panel_fn *draw;
};

extern const struct panel panel_table[PANEL_N]; /* panel_table.c */
#define INSIGHT_TITLE "The key insight"           /* also a heading in the lesson */

panel_fn panel_title, panel_status, panel_pipeline, panel_progress, panel_loss, panel_accuracy, panel_rate,
    panel_speed, panel_epochs, panel_layers, panel_classes, panel_probes, panel_layer_table,
    panel_layer_detail, panel_confusion, panel_class_table, panel_class_curves, panel_mistakes,
    panel_image_list, panel_image, panel_prediction, panel_log, panel_lesson, panel_points,
    panel_insight, panel_quiz, panel_metrics, panel_metric, panel_timeline, panel_message,
    panel_hints, panel_too_small;

/* What the run does, in a word behind a sign. */
struct run_word {
	const char *text;
	enum ink ink;
};
struct run_word run_word(const struct scene *s);

/* The epochs of a run as plain bars, for terminals that show ASCII alone. */
typedef struct opt_double epoch_fn(const struct history_epoch *e);
void panel_bars(const struct scene *s, struct canvas *c, struct rect r, epoch_fn *train,
		epoch_fn *valid, const char *(*text)(double v));

/* How a run ended, in one line; `where` (may be NULL) names the run directory. */
void summary_text(const struct history *h, const struct view *v, const char *where, char *out,
		  size_t size);

/* Rows of the lesson that `inner` has no room for: how far it can be scrolled. */
int panel_lesson_most(const struct scene *s, const struct canvas *c, struct rect inner);

/* How the run ended, over the Train page; and how far that can be scrolled. */
void overlay_summary(const struct scene *s, struct canvas *c);
int overlay_summary_most(const struct scene *s, const struct canvas *c);

/* A window of at most w x h over the page; the two lines above it and below it are always seen. */
struct rect window_rect(const struct canvas *c, int w, int h);
/* Clear it, frame it and name it; returns what is inside. `foot` stands at the right of its foot. */
struct rect window_draw(struct canvas *c, struct rect r, enum ink frame, const char *title,
			const char *foot);

/* The newest learning-rate range test, over every page. */
void overlay_range(const struct scene *s, struct canvas *c);

/* The run asks what to do after accidents. */
void overlay_trouble(const struct scene *s, struct canvas *c);

/* The help page, over everything else. */
void overlay_help(const struct scene *s, struct canvas *c);

/* Rows of it that a screen has room for, and how far it can be scrolled there. */
int help_rows_shown(int screen_h);
int help_most(const struct view *v, int w, int h);

/* A head line at the top of `r` with a title on it, for a panel without a frame; what is below it. */
struct rect panel_head(struct canvas *c, struct rect r, const char *title);

/* Write on the head line, right-aligned, left of the `used` columns that are taken. Returns the
 * new `used`; writes nothing when the panel's title would be covered. */
int panel_note(struct canvas *c, struct rect inner, int used, struct style s, const char *text);
bool panel_note_fits(const struct canvas *c, struct rect inner, int used, const char *text);

/* What of a list is shown, on the head line: the filter and how many pass it, which rows of how many
 * (`top` the first of `rows`), the order. A filter that does not fit beside the title takes its
 * place. Returns the columns used; says so in the panel when nothing passes. */
int panel_list(struct canvas *c, struct rect inner, int used, const struct list *l, int top,
	       int rows);

/* Write a word behind the title on the head line. */
void panel_word(struct canvas *c, struct rect inner, const char *text);

/* Lines of the log that match a filter. */
int log_count(const struct history *h, const char *filter);

/* One muted line in the middle, for a panel that has nothing to show yet. */
void panel_empty(struct canvas *c, struct rect r, const char *text);

/* First row to show of `n` when `rows` fit and `cursor` must be seen, in the middle if possible. */
int list_top(int n, int rows, int cursor);

/* Paint the background of a row that the cursor is on; texts drawn after it use row_style(). */
void row_select(struct canvas *c, struct rect r, int y, bool selected);
struct style row_style(struct style s, bool selected);

/* A class in at most w columns, so that it can be told from the others; and what the widest of them
 * takes then. */
const char *class_short(const struct scene *s, int64_t class, int w, bool utf8);
int class_width(const struct scene *s, int w, bool utf8);

/* What an epoch shows, in as many words as `room` columns hold, and its ink. */
const char *fitting_words(const struct history_epoch *e, int room, bool utf8, struct strbuf *out);
enum ink observation_ink(enum observation o);

/* How a marker is drawn, on charts and in the log. */
extern const struct marker_look {
	uint32_t ch;
	enum ink ink;
} marker_looks[MARK_N];

/* "▲3" or "▼1": a change of a share in whole points, in 4 columns; "·" for none. */
void draw_change(struct canvas *c, int x, int y, double change, bool selected);

/* A probe's picture, with where the network looks laid over it when that is wanted and known. */
struct picture probe_picture(const struct history *h, size_t i, bool look);
struct picture mistake_picture(const struct history *h, size_t i);

/* The probes, or the worst mistakes, as small pictures. Returns how many of the list are shown, from
 * *top on; 0 when there are none to show. */
int draw_gallery(const struct scene *s, struct canvas *c, struct rect r, const struct list *l,
		 int *top);

/* The probability of each class as a bar, in the order of classes; where not all fit the likeliest,
 * the true one among them. */
void draw_probs(const struct scene *s, const double *probs, int64_t label, struct canvas *c,
		struct rect r);

/* The probabilities of a probe over the epochs, below a line that says so. */
void draw_prob_chart(const struct scene *s, size_t at, struct canvas *c, struct rect r);

/* What a choice (choice.h) would do: parameters that learn, seconds an epoch, the cache; as much of
 * it as `room` columns hold. */
void preview_text(const struct history *h, const struct layerset *now, int room, bool utf8,
		  struct strbuf *out);

/* A change of the learning rate that is not sent yet, as much of it as `room` columns hold. */
void rate_text(const struct view *v, int room, bool utf8, struct strbuf *out);

/* "conv 3x3/2": what a layer is, in few columns. */
void layer_kind(const struct event_layer *l, char *out, size_t size);
void layer_state(const struct history_layer *l, struct canvas *c, int x, int y,
		 bool selected); /* 2 columns */

#endif
