/* Text that a terminal pastes between its brackets ("ESC [ 200 ~" … "ESC [ 201 ~"), so that none of
 * it is taken for keys.
 *
 * It ends with its bracket, or once nothing has come for PASTE_SILENT_MS: a terminal that never
 * closes it holds the keyboard no longer. Time is handed in.
 */
#ifndef TERM_PASTE_H
#define TERM_PASTE_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

#define PASTE_SILENT_MS 1000
#define PASTE_MOST 4096 /* bytes that are kept; the rest is swallowed */

#define PASTE_ON "\x1b[?2004h"
#define PASTE_OFF "\x1b[?2004l"

struct paste {
	bool open;
	int64_t heard_ms;   /* when something came last */
	struct strbuf text; /* UTF-8; line ends are '\n' */
	bool after_return;  /* a '\n' that follows belongs to it */
};

void paste_begin(struct paste *p, int64_t now_ms);

/* One character of it; what is neither text nor a line end is dropped. */
void paste_add(struct paste *p, int ch, int64_t now_ms);

/* Whether it is over although no bracket came. */
bool paste_silent(const struct paste *p, int64_t now_ms);

void paste_release(struct paste *p);

#endif
