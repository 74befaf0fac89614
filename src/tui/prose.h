/* Running text for panels that explain: wrapped at words to a width, then drawn from any line on.
 *
 * Built afresh for each drawing. A word wider than the text gets a line of its own, and is cut
 * there when it is drawn.
 */
#ifndef TUI_PROSE_H
#define TUI_PROSE_H

#include "thaw/term/canvas.h"

#include <stddef.h>

struct prose_line {
	char *text, *beside; /* beside: behind the text, NULL = nothing */
	int beside_x;        /* its column; 0 = at the right edge */
	struct style style, mark_style, beside_style;
	uint32_t mark; /* two columns before the text, 0 = none */
	int indent;
	bool selected; /* painted as what the cursor is on */
};

struct prose {
	int width;
	bool utf8;
	struct prose_line *lines;
	size_t n, cap;
};

void prose_init(struct prose *p, const struct canvas *c, int width);
void prose_release(struct prose *p);

/* Add a paragraph, every line of it `indent` columns in. Returns the index of its first line. */
size_t prose_add(struct prose *p, int indent, struct style s, const char *text);
/* The same, all lines but the first `hang` columns further in. */
size_t prose_hang(struct prose *p, int indent, int hang, struct style s, const char *text);
void prose_gap(struct prose *p); /* an empty line, unless there is none above it */

/* Give line `at` a mark, or a second text from column x on (0 = at the right edge), which is left
 * out where there is no room for it. */
void prose_mark(struct prose *p, size_t at, uint32_t mark, struct style s);
void prose_beside(struct prose *p, size_t at, int x, struct style s, const char *text);
void prose_select(struct prose *p, size_t from); /* every line from there to the last */

/* Draw from line `top` on. */
void prose_draw(const struct prose *p, struct canvas *c, struct rect r, int top);

/* The most that `top` may be for the last line to stand at the bottom. */
int prose_most(const struct prose *p, int rows);

#endif
