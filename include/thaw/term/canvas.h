/* A grid of cells that panels draw into; a terminal or a test reads it afterwards.
 *
 * Text may come from anywhere (class names, notes, paths): it is drawn by the rule of plain.h, wide
 * and combining characters are kept whole, and everything is clipped to the grid. With `utf8` off
 * every cell is ASCII: drawing characters get their nearest ASCII form. Character widths come from
 * wcwidth(3), so the program sets LC_CTYPE first.
 * Invariant: a cell of width 2 is followed by one of width 0, and no other cell has width 0.
 */
#ifndef THAW_TERM_CANVAS_H
#define THAW_TERM_CANVAS_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

/* What a colour means; the theme (theme.c) says what it looks like. */
enum ink {
	INK_NONE, /* the terminal's own colour */
	INK_MUTED, INK_FRAME, INK_TITLE, INK_ACCENT, INK_GOOD, INK_WARN, INK_BAD, INK_TRAIN,
	INK_TRAIN_FAINT, INK_VALID, INK_FROZEN, INK_HOT, INK_KEY, INK_BAR, INK_BAR_MUTED,
	INK_BAR_BG, INK_SELECT_BG, INK_VALID_FAINT,
	INK_CONTRAST, /* as foreground: black or white, whichever reads better on the background */
	INK_N
};
/* Colours for things that are told apart, and what is dim of each: repeated after RUN_INKS, so that
 * a letter goes with them. */
#define RUN_INKS 8
#define INK_RUN_0 0x100
#define INK_RUN_FAINT_0 (INK_RUN_0 + RUN_INKS)
#define INK_RUN_END (INK_RUN_FAINT_0 + RUN_INKS)
#define INK_RUN(i) ((uint32_t)(INK_RUN_0 + (i) % RUN_INKS))
#define INK_RUN_FAINT(i) ((uint32_t)(INK_RUN_FAINT_0 + (i) % RUN_INKS))

/* Inks beyond the table: from 256 colours up; with fewer they are the terminal's own colour. */
enum ramp { RAMP_GOOD, RAMP_BAD, RAMP_HEAT, RAMP_N }; /* from the ground's colour to the full one */
#define RAMP_LEVELS 16
#define INK_RAMP_0 0x200
#define INK_RGB_BIT 0x1000000u
#define INK_RAMP(ramp, level) ((uint32_t)(INK_RAMP_0 + (ramp)*RAMP_LEVELS + (level)))
#define INK_RGB(r, g, b) (INK_RGB_BIT | (uint32_t)(r) << 16 | (uint32_t)(g) << 8 | (uint32_t)(b))

#define COLOURS_TRUE 0x1000000

enum {
	ATTR_BOLD = 1,
	ATTR_UNDERLINE = 2,
	ATTR_CLOCK = 4, /* depends on the time of day */
	ATTR_DIM = 8,   /* these two are what a theme makes of inks; panels leave them alone */
	ATTR_REVERSE = 16
};

struct style {
	uint32_t fg, bg; /* enum ink, or one of the inks beyond it */
	uint8_t attr;
};
#define STYLE(ink) ((struct style){(ink), INK_NONE, 0})
#define STYLE_BOLD(ink) ((struct style){(ink), INK_NONE, ATTR_BOLD})

struct cell {
	uint32_t ch, mark; /* mark: one combining character, 0 = none */
	struct style style;
	uint8_t width;
	uint8_t dots; /* Braille dots of a curve; 0 = a plain character */
	uint16_t image; /* what it is a part of, an index into the images + 1; 0 = none */
};

struct rect {
	int x, y, w, h;
};

/* What a part of the picture stands for, so that the mouse finds it: noted by who draws it. The
 * kinds are the drawer's own, from 1. */
#define ZONE_NONE 0

struct zone {
	struct rect r;
	int kind;
	int index;
};

/* A picture that the cells of `r` show as well as they can: for terminals that can do better. */
struct canvas_image {
	struct rect r;
	int w, h;
	uint8_t *rgb; /* [h][w][3] owned */
	uint32_t id;  /* the same for the same picture, never 0 */
};

struct canvas {
	int w, h;
	bool utf8;
	int colours; /* that can be shown: 0 (none), 8, 16, 256, COLOURS_TRUE */
	struct rect clip; /* nothing is drawn outside */
	struct cell *cells; /* [h][w] */
	struct zone *zones; /* in the order in which they were noted */
	size_t n_zones, cap_zones;
	bool pictures; /* images are wanted */
	struct canvas_image *images;
	size_t n_images, cap_images;
};

void canvas_init(struct canvas *c, int w, int h, bool utf8, int colours);
void canvas_release(struct canvas *c);
void canvas_clear(struct canvas *c);

/* Draw only inside `r` from now on; a wide character on its edge is left out. */
void canvas_clip(struct canvas *c, struct rect r);
void canvas_unclip(struct canvas *c);

const struct cell *canvas_at(const struct canvas *c, int x, int y); /* NULL outside */

/* Draw one character of width 1 (or 2); outside the grid nothing happens. */
void canvas_put(struct canvas *c, int x, int y, uint32_t ch, struct style s);
/* Add Braille dots (bits as in Unicode) to a cell; a plain character there is replaced. */
void canvas_dots(struct canvas *c, int x, int y, uint8_t dots, struct style s);
void canvas_fill(struct canvas *c, struct rect r, struct style s); /* with spaces */
void canvas_frame(struct canvas *c, struct rect r, struct style s); /* a box of lines */
void canvas_hline(struct canvas *c, int x, int y, int w, uint32_t ch, struct style s);

/* Draw text in at most max_w columns; what does not fit ends in an ellipsis. Returns the columns
 * used. */
int canvas_text(struct canvas *c, int x, int y, int max_w, struct style s, const char *text);
int canvas_textf(struct canvas *c, int x, int y, int max_w, struct style s, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* The same; what does not fit loses its middle (shorten.h): for names, which differ at their ends. */
int canvas_name(struct canvas *c, int x, int y, int max_w, struct style s, const char *text);
/* As canvas_text(), ending at column x + w - 1. */
void canvas_right(struct canvas *c, int x, int y, int w, struct style s, const char *text);

/* Note what a rectangle stands for; the part outside the clip does not count. */
void canvas_zone(struct canvas *c, struct rect r, int kind, int index);

/* What stands at a cell: the last noted, ZONE_NONE when nothing is. `kind` ZONE_NONE asks for any,
 * else for one of that kind. */
struct zone canvas_zone_at(const struct canvas *c, int x, int y, int kind);

/* Say that the cells of `r`, which were just drawn, are that picture. Owns: takes rgb[h][w][3]. */
void canvas_image(struct canvas *c, struct rect r, int w, int h, uint8_t *rgb);

/* Columns that canvas_text() would use were there room. */
int text_width(const char *text, bool utf8);

/* A horizontal bar of `w` columns, `share` (0..1) of it filled, in eighths of a column. */
void canvas_bar(struct canvas *c, int x, int y, int w, double share, struct style s);

/* Append the characters, one line a row, trailing spaces cut. `clocks` false blanks ATTR_CLOCK
 * cells. */
void canvas_dump(const struct canvas *c, bool clocks, struct strbuf *out);

/* The nearest ASCII character to a drawing character; '?' when there is none. */
char glyph_ascii(uint32_t ch);

#endif
