/* What a line after ":" does, and the keys that type it. */
#ifndef TUI_COMMAND_KEYS_H
#define TUI_COMMAND_KEYS_H

#include "app.h"

void command_key(struct tui *t, int key);
void command_changed(struct tui *t); /* otherwise than by a key */

/* Do what a line says. Errors: one line that says what is wrong and how to mend it; nothing was
 * done then. */
enum err command_run(struct tui *t, const char *line, struct errinfo *e);

#endif
