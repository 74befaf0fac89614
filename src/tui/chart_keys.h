/* What keys do to the charts: zoom, and the crosshair. */
#ifndef TUI_CHART_KEYS_H
#define TUI_CHART_KEYS_H

#include "app.h"

void chart_zoom(struct tui *t, int direction);
void chart_recent(struct tui *t, int arg);
void chart_cross(struct tui *t, int arg);
void chart_click(struct tui *t, int column, int w); /* of a chart of w columns */
void chart_left_right(struct tui *t, int direction); /* the crosshair; an epoch of a replay */

#endif
