/* What was set on the screen the last time, kept in a file of the person's own: "name = value", a
 * line each.
 *
 * What the environment says goes before it. Only what was changed is written, on leaving, so that
 * two viewers keep each other's; a file that cannot be written is no error. One that is damaged is
 * told once and not used at all. THAW_REMEMBER=0: nothing is read or written.
 */
#ifndef TUI_REMEMBER_H
#define TUI_REMEMBER_H

#include "app.h"

void remember_read(struct tui *t);
void remember_write(struct tui *t);

/* The theme alone, for a screen that has nothing else of it. The environment goes before it. */
void remember_theme_read(void);
void remember_theme_write(void);

#endif
