#include "theme.h"

#include <curses.h>

static const struct {
	short of256, of8;
	unsigned few, mono; /* attributes with 8 and with no colours */
} inks[INK_N] = {
    [INK_NONE] = {-1, -1, 0, 0},
    [INK_MUTED] = {245, -1, A_DIM, A_DIM},
    [INK_FRAME] = {240, -1, A_DIM, A_DIM},
    [INK_TITLE] = {-1, -1, 0, 0},
    [INK_ACCENT] = {214, COLOR_YELLOW, 0, A_BOLD},
    [INK_GOOD] = {72, COLOR_GREEN, 0, 0},
    [INK_WARN] = {179, COLOR_YELLOW, 0, 0},
    [INK_BAD] = {203, COLOR_RED, 0, A_BOLD},
    [INK_TRAIN] = {209, COLOR_YELLOW, 0, 0},
    [INK_VALID] = {75, COLOR_CYAN, 0, A_BOLD},
    [INK_FROZEN] = {81, COLOR_CYAN, 0, 0},
    [INK_HOT] = {215, COLOR_YELLOW, 0, A_BOLD},
    [INK_KEY] = {110, COLOR_CYAN, 0, A_BOLD},
    [INK_BAR] = {253, COLOR_WHITE, 0, 0},
    [INK_BAR_MUTED] = {248, COLOR_WHITE, 0, 0},
    [INK_BAR_BG] = {236, COLOR_BLUE, 0, A_REVERSE},
    [INK_SELECT_BG] = {238, COLOR_BLUE, 0, A_REVERSE},
};

int theme_colour(uint16_t ink, int colours)
{
	if (colours < 8)
		return -1;
	if (ink >= 0x100)
		return colours >= 256 ? ink - 0x100 : -1;
	return ink < INK_N ? (colours >= 256 ? inks[ink].of256 : inks[ink].of8) : -1;
}

unsigned theme_attributes(struct style s, int colours)
{
	unsigned attrs =
	    (s.attr & ATTR_BOLD ? A_BOLD : 0) | (s.attr & ATTR_UNDERLINE ? A_UNDERLINE : 0);
	if (colours >= 256)
		return attrs;
	if (s.fg < INK_N)
		attrs |= colours >= 8 ? inks[s.fg].few : inks[s.fg].mono;
	if (s.bg < INK_N)
		attrs |= colours >= 8 ? inks[s.bg].few : inks[s.bg].mono;
	return attrs;
}
