/* The bytes of what a terminal shows beside its screen: the title of its window, a notification on
 * the desktop.
 *
 * Text may come from anywhere: it goes out by the rule of plain.h, cut, and in ASCII alone where the
 * terminal shows no more. It writes nowhere.
 */
#ifndef TERM_ANNOUNCE_H
#define TERM_ANNOUNCE_H

#include "known.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>

/* xterm's stack of titles; 2: of the window alone. */
#define TITLE_KEEP "\x1b[22;2t"
#define TITLE_BACK "\x1b[23;2t"

void announce_title(struct strbuf *out, const char *text, bool utf8);

/* `through_tmux`: wrapped for tmux to hand on. Nothing for NOTIFY_NONE. */
void announce_notice(struct strbuf *out, enum notify_way way, const char *text, bool utf8,
		     bool through_tmux);

#endif
