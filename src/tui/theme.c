#include "theme.h"

#include <curses.h>
#include <string.h>

static const struct {
	short dark, light, of8; /* with 256 colours on a dark or a light ground, and with 8 */
	unsigned few, mono;     /* attributes with 8 and with no colours */
} inks[INK_N] = {
    [INK_NONE] = {-1, -1, -1, 0, 0},
    [INK_MUTED] = {245, 241, -1, A_DIM, A_DIM},
    [INK_FRAME] = {240, 249, -1, A_DIM, A_DIM},
    [INK_TITLE] = {-1, -1, -1, 0, 0},
    [INK_ACCENT] = {214, 130, COLOR_YELLOW, 0, A_BOLD},
    [INK_GOOD] = {72, 28, COLOR_GREEN, 0, 0},
    [INK_WARN] = {179, 136, COLOR_YELLOW, 0, 0},
    [INK_BAD] = {203, 160, COLOR_RED, 0, A_BOLD},
    [INK_TRAIN] = {209, 166, COLOR_YELLOW, 0, 0},
    [INK_VALID] = {75, 25, COLOR_CYAN, 0, A_BOLD},
    [INK_FROZEN] = {81, 31, COLOR_CYAN, 0, 0},
    [INK_HOT] = {215, 166, COLOR_YELLOW, 0, A_BOLD},
    [INK_KEY] = {110, 25, COLOR_CYAN, 0, A_BOLD},
    [INK_BAR] = {253, 234, COLOR_WHITE, 0, 0},
    [INK_BAR_MUTED] = {248, 239, COLOR_WHITE, 0, 0},
    [INK_BAR_BG] = {236, 253, COLOR_BLUE, 0, A_REVERSE},
    [INK_SELECT_BG] = {238, 252, COLOR_BLUE, 0, A_REVERSE},
};

static bool light;

void theme_choose(const char *wish, const char *colorfgbg)
{
	const char *ground = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
	light = ground && (strcmp(ground, ";7") == 0 || strcmp(ground, ";15") == 0);
	if (wish && (strcmp(wish, "light") == 0 || strcmp(wish, "dark") == 0))
		light = *wish == 'l';
}

void theme_flip(void)
{
	light = !light;
}

int theme_colour(uint16_t ink, int colours)
{
	if (colours < 8)
		return -1;
	if (ink >= 0x100)
		return colours >= 256 ? ink - 0x100 : -1;
	if (ink >= INK_N)
		return -1;
	return colours < 256 ? inks[ink].of8 : light ? inks[ink].light : inks[ink].dark;
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
