/* Beginning another run from the moment that a replay shows. */
#ifndef TUI_BRANCH_OFF_H
#define TUI_BRANCH_OFF_H

#include "app.h"

/* Ask, with the checkpoint that will be used and the command; or say why it cannot be done here. */
void branch_off_ask(struct tui *t, int arg);
void branch_off(struct tui *t); /* leave the viewer, so that it is done */

#endif
