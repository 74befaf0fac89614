/* Questions in the message line: what is typed, and yes or no. */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include "app.h"

bool prompt_key(struct tui *t, int key); /* true when a prompt took the key */

/* Pasted text goes into a prompt that is typed into, and nowhere else. */
void prompt_paste(struct tui *t, const char *text);

#endif
