/* What the panels of layers share. */
#ifndef TUI_LAYERS_H
#define TUI_LAYERS_H

#include "panel.h"
#include "thaw/term/plot.h"

/* "14×14×512", or "5" where there is no picture any more. */
void layer_shape(int64_t w, int64_t h, int64_t ch, char *out, size_t size);

/* How many are frozen and how many learn, on the head line. Returns the columns used. */
int layers_note_counts(const struct history *h, struct canvas *c, struct rect r);

/* The activation cache and how the run learns there, as long as fits. */
void layers_note_rest(const struct history *h, struct canvas *c, struct rect r, int used);

struct style layers_kind_style(const struct history *h, size_t i, bool selected);

/* The row's background and the sign of the cursor. */
void layers_cursor(struct canvas *c, struct rect r, int y, bool selected);

/* Statistics of a layer in the newest epoch that has any; NULL when this layer has none there. */
const struct history_stat *layer_stat(const struct history *h, size_t i);
bool layers_have_stats(const struct history *h);

/* Milliseconds of a picture in this layer, forward and backward; 0 where nothing was computed. */
double stat_ms(const struct history_stat *s);

/* Its output is kept, or only used for what is kept. */
bool layer_cached(const struct history *h, size_t i);

/* "0.0012", "1.2e-5": the share of a layer's weights that one update changes. */
void ratio_text(double v, char *out, size_t size);

#endif
