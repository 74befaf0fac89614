/* What the keys of the quiz, and of how the run ended, do. */
#ifndef TUI_QUIZ_KEYS_H
#define TUI_QUIZ_KEYS_H

#include "app.h"

void quiz_toggle(struct tui *t, int arg);
bool quiz_key(struct tui *t, int key); /* true when the quiz took the key */
void summary_toggle(struct tui *t, int arg);

#endif
