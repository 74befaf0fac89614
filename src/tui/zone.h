/* What parts of the screen stand for; the index of a zone says which. */
#ifndef TUI_ZONE_H
#define TUI_ZONE_H

#include "thaw/term/canvas.h"

enum zone_kind {
	ZONE_PANEL = ZONE_NONE + 1, /* a whole panel: enum panel_id */
	ZONE_PAGE, ZONE_LAYER, ZONE_CLASS, ZONE_PROBE, ZONE_MISTAKE,
	ZONE_CHART,  /* the field of a curve: its columns are the run's iterations */
	ZONE_EPOCH,  /* index into history's epochs */
	ZONE_ACTION, /* index into action_table */
	ZONE_SERIES, /* index into history's series */
	ZONE_CHOICE, /* of the question on screen, from 0 */
	ZONE_PREVIEW, /* the line that tells what Enter does */
	ZONE_TIMELINE /* the line of a replay's bar: its columns are the log */
};

#endif
