/* What is known of terminals by their names, where they cannot be asked.
 *
 * A name is what TERM says, which reaches over ssh; a version is what the terminal calls itself when
 * it is asked (XTVERSION): "kitty(0.36.4)", "VTE(7600)".
 */
#ifndef TERM_KNOWN_H
#define TERM_KNOWN_H

#include <stdbool.h>

/* It makes nothing of a question that it does not know; has a window title that it keeps on a stack;
 * shows 24-bit colours. */
enum { KNOWN_ASKED = 1, KNOWN_TITLE = 2, KNOWN_RGB = 4 };

/* What applies, of a TERM; nothing of one that is not known. */
unsigned known_terminal(const char *term);

/* What draws for a terminal of another machine or of another window: tmux or GNU screen, which
 * runs here. It answers for itself, not for what shows the picture. */
bool known_multiplexed(void);

/* A desktop notification: OSC 9 (iTerm2's), OSC 777 (rxvt's). */
enum notify_way { NOTIFY_NONE, NOTIFY_9, NOTIFY_777 };

/* How a terminal shows one: by its version ("" = it said none), else by what it leaves in the
 * environment. */
enum notify_way known_notify(const char *version);

#endif
