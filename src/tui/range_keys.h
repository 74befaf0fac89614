/* The learning-rate range test on the screen: asked for, cancelled, its suggestion taken over. */
#ifndef TUI_RANGE_KEYS_H
#define TUI_RANGE_KEYS_H

#include "app.h"

/* The key: show the window; in it test (again), or cancel the test that runs. */
void range_key(struct tui *t, int arg);

/* Enter in the window: take the suggestion, or begin a test. False: the window is not shown. */
bool range_enter(struct tui *t);

/* What is typed: show the window, and in a live run begin a test. */
void range_begin(struct tui *t);

#endif
