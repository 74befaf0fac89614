/* What keys and the pointer do on the Metrics page: which chart, its enlargement, the crosshair. */
#ifndef TUI_METRICS_KEYS_H
#define TUI_METRICS_KEYS_H

#include "app.h"

void metrics_next(struct tui *t, int step);     /* the cursor, in the order of the list */
void metrics_enlarge(struct tui *t);            /* the chart under it, or back */
void metrics_choose(struct tui *t, int series); /* the second time it is enlarged */

void metrics_cross(struct tui *t); /* show the crosshair, or take it away */
void metrics_cross_move(struct tui *t, int direction);
void metrics_click(struct tui *t, int column, int w); /* into the enlarged chart of w columns */

#endif
