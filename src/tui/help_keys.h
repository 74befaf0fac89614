/* What keys do while the help is open: it scrolls and is searched; nothing behind it moves. */
#ifndef TUI_HELP_KEYS_H
#define TUI_HELP_KEYS_H

#include "app.h"

void help_toggle(struct tui *t, int arg);
void help_move(struct tui *t, int rows);

/* True when the help took the key. */
bool help_key(struct tui *t, int key);

/* The text searched for is another; go to where it stands. */
void help_seek(struct tui *t);

#endif
