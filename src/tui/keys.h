/* A key was pressed. */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include "app.h"

void keys_press(struct tui *t, int key);

#endif
