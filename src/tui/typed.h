/* A line that is being typed, with its cursor, on the message line. */
#ifndef TUI_TYPED_H
#define TUI_TYPED_H

#include "thaw/term/canvas.h"
#include "thaw/term/edit.h"

/* `label` stands before it; what is left of the room's left edge is scrolled out. */
void typed_draw(struct canvas *c, struct rect r, const struct edit *e, const char *label);

#endif
