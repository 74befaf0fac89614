#include "thaw/term/theme.h"

#include <stdlib.h>
#include <string.h>

#define OWN (-1) /* the terminal's own colour */

/* One ink: as true colour, from which the nearest of 256 is taken, and as one of 16. */
struct tint {
	int32_t rgb;
	int8_t ansi;
};

struct theme {
	const char *name;
	bool mono;
	struct tint inks[INK_N];
	const struct tint *runs; /* [RUN_INKS] */
	uint32_t ramps[RAMP_N][3]; /* from its level 0 over the middle to the last */
};

/* Found by a search from Okabe and Ito's: every two are 30 apart in CIE L*a*b*, also as seen without the red, the
 * green or the blue cones; a test reckons it. */
static const struct tint on_dark[RUN_INKS] = {
    {0x69BCFF, 14}, {0xFFB715, 11}, {0x52835C, 2},  {0xC36303, 3},
    {0xA1599D, 13}, {0xBEFF93, 10}, {0x9B5DFF, 12}, {0xFBE5EF, 15}};
static const struct tint on_light[RUN_INKS] = {
    {0x0051FF, 12}, {0xCB7703, 3}, {0x079B61, 2}, {0x970700, 1},
    {0x9E6494, 13}, {0x531257, 5}, {0x5D31A5, 4}, {0x171811, 0}};

/* clang-format off */
static const struct theme themes[] = {
    {"dark", false,
     {[INK_NONE] = {OWN, OWN}, [INK_TITLE] = {OWN, OWN},
      [INK_MUTED] = {0x8A8A8A, 8}, [INK_FRAME] = {0x585858, 8}, [INK_ACCENT] = {0xFFAF00, 11},
      [INK_GOOD] = {0x5FAF87, 2}, [INK_WARN] = {0xD7AF5F, 3}, [INK_BAD] = {0xFF5F5F, 9},
      [INK_TRAIN] = {0xFF875F, 3}, [INK_TRAIN_FAINT] = {0x6F4F4A, 8}, [INK_VALID] = {0x5FAFFF, 6},
      [INK_FROZEN] = {0x5FD7FF, 14}, [INK_HOT] = {0xFFAF5F, 11}, [INK_KEY] = {0x87AFD7, 6},
      [INK_BAR] = {0xDADADA, 15}, [INK_BAR_MUTED] = {0xA8A8A8, 7}, [INK_BAR_BG] = {0x303030, 4},
      [INK_SELECT_BG] = {0x444444, 4}, [INK_VALID_FAINT] = {0x44607A, 8}},
     on_dark,
     {{0x121212, 0x005F5F, 0x00AF87}, {0x121212, 0x5F0000, 0xD75F5F},
      {0x121212, 0xAF5F00, 0xFFFFAF}}},
    {"light", false,
     {[INK_NONE] = {OWN, OWN}, [INK_TITLE] = {OWN, OWN},
      [INK_MUTED] = {0x626262, 8}, [INK_FRAME] = {0xB2B2B2, 8}, [INK_ACCENT] = {0xAF5F00, 5},
      [INK_GOOD] = {0x008700, 2}, [INK_WARN] = {0xAF8700, 3}, [INK_BAD] = {0xD70000, 1},
      [INK_TRAIN] = {0xD75F00, 5}, [INK_TRAIN_FAINT] = {0xFFAF87, 8}, [INK_VALID] = {0x005FAF, 4},
      [INK_FROZEN] = {0x0087AF, 6}, [INK_HOT] = {0xD75F00, 1}, [INK_KEY] = {0x005FAF, 4},
      [INK_BAR] = {0x1C1C1C, 0}, [INK_BAR_MUTED] = {0x4E4E4E, 0}, [INK_BAR_BG] = {0xDADADA, 7},
      [INK_SELECT_BG] = {0xD0D0D0, 7}, [INK_VALID_FAINT] = {0x87AFD7, 8}},
     on_light,
     {{0xEEEEEE, 0x87D7AF, 0x008700}, {0xEEEEEE, 0xFFAF87, 0xD70000},
      {0xEEEEEE, 0xFFAF5F, 0x5F0000}}},
    /* Okabe and Ito's eight colours, told apart by every common kind of colour blindness. */
    {"colour-blind", false,
     {[INK_NONE] = {OWN, OWN}, [INK_TITLE] = {OWN, OWN},
      [INK_MUTED] = {0x8A8A8A, 8}, [INK_FRAME] = {0x585858, 8}, [INK_ACCENT] = {0xF0E442, 11},
      [INK_GOOD] = {0x009E73, 6}, [INK_WARN] = {0xF0E442, 11}, [INK_BAD] = {0xD55E00, 9},
      [INK_TRAIN] = {0xE69F00, 3}, [INK_TRAIN_FAINT] = {0x574215, 8}, [INK_VALID] = {0x56B4E9, 14},
      [INK_FROZEN] = {0x56B4E9, 14}, [INK_HOT] = {0xE69F00, 11}, [INK_KEY] = {0xCC79A7, 13},
      [INK_BAR] = {0xDADADA, 15}, [INK_BAR_MUTED] = {0xA8A8A8, 7}, [INK_BAR_BG] = {0x303030, 4},
      [INK_SELECT_BG] = {0x444444, 4}, [INK_VALID_FAINT] = {0x2F5A70, 8}},
     on_dark,
     {{0x121212, 0x0A4A6E, 0x56B4E9}, {0x121212, 0x6E3A00, 0xE69F00},
      {0x121212, 0x4A6E8C, 0xF0E442}}},
    {"mono", true, {{OWN, OWN}}, on_dark, {{0}}},
    {"high-contrast", false,
     {[INK_NONE] = {OWN, OWN}, [INK_TITLE] = {OWN, OWN},
      [INK_MUTED] = {0xFFFFFF, 15}, [INK_FRAME] = {0xC0C0C0, 7}, [INK_ACCENT] = {0xFFFF00, 11},
      [INK_GOOD] = {0x00FF00, 10}, [INK_WARN] = {0xFFFF00, 11}, [INK_BAD] = {0xFF8787, 9},
      [INK_TRAIN] = {0xFFAF00, 11}, [INK_TRAIN_FAINT] = {0x875F00, 3}, [INK_VALID] = {0x00FFFF, 14},
      [INK_FROZEN] = {0x00FFFF, 14}, [INK_HOT] = {0xFFAF00, 11}, [INK_KEY] = {0xFFFF00, 11},
      [INK_BAR] = {0xFFFFFF, 15}, [INK_BAR_MUTED] = {0xFFFFFF, 15}, [INK_BAR_BG] = {0x000087, 4},
      [INK_SELECT_BG] = {0x0000D7, 4}, [INK_VALID_FAINT] = {0x008787, 6}},
     on_dark,
     {{0x000000, 0x008700, 0x00FF00}, {0x000000, 0xAF0000, 0xFF8787},
      {0x000000, 0xD75F00, 0xFFFFFF}}},
};

/* What stands in for the colour of an ink where there are none. */
static const uint8_t mono_attrs[INK_N] = {
    [INK_MUTED] = ATTR_DIM, [INK_FRAME] = ATTR_DIM, [INK_TRAIN_FAINT] = ATTR_DIM,
    [INK_VALID_FAINT] = ATTR_DIM,
    [INK_ACCENT] = ATTR_BOLD,
    [INK_BAD] = ATTR_BOLD, [INK_VALID] = ATTR_BOLD, [INK_HOT] = ATTR_BOLD, [INK_KEY] = ATTR_BOLD,
    [INK_BAR_BG] = ATTR_REVERSE, [INK_SELECT_BG] = ATTR_REVERSE,
};
/* clang-format on */

enum { N_THEMES = sizeof(themes) / sizeof(*themes) };

static const struct theme *now = &themes[0];

bool theme_by_name(const char *name)
{
	for (int i = 0; i < N_THEMES; i++)
		if (strcmp(themes[i].name, name) == 0) {
			now = &themes[i];
			return true;
		}
	return false;
}

bool theme_choose(const char *wish, const char *colorfgbg, const char *no_color)
{
	const char *ground = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
	bool light = ground && (strcmp(ground, ";7") == 0 || strcmp(ground, ";15") == 0);
	theme_by_name(light ? "light" : "dark");
	bool known = !wish || !*wish || theme_by_name(wish);
	if (no_color && *no_color)
		theme_by_name("mono");
	return known;
}

void theme_next(void)
{
	now = &themes[(now - themes + 1) % N_THEMES];
}

const char *theme_name(int i)
{
	return i >= 0 && i < N_THEMES ? themes[i].name : NULL;
}

const char *theme_now(void)
{
	return now->name;
}

int theme_colours(int colours)
{
	return now->mono ? 0 : colours;
}

static int channel(uint32_t rgb, int k)
{
	return (int)(rgb >> (16 - 8 * k) & 0xFF);
}

static int square(int v)
{
	return v * v;
}

/* The nearest of the 6x6x6 colours and 24 greys of a 256-colour terminal. */
static int nearest_256(uint32_t rgb)
{
	static const int levels[] = {0, 95, 135, 175, 215, 255};
	int index = 16, grey = 0, cube_error = 0, grey_error = 0;
	for (int k = 0; k < 3; k++) {
		int best = 0, v = channel(rgb, k);
		for (int i = 1; i < 6; i++)
			if (abs(v - levels[i]) < abs(v - levels[best]))
				best = i;
		index += best * (k == 0 ? 36 : k == 1 ? 6 : 1);
		cube_error += square(v - levels[best]);
		grey += v;
	}
	int step = (grey / 3 - 3) / 10;
	step = step < 0 ? 0 : step > 23 ? 23 : step;
	for (int k = 0; k < 3; k++)
		grey_error += square(channel(rgb, k) - (8 + 10 * step));
	return grey_error < cube_error ? 232 + step : index;
}

static uint32_t ramp_rgb(int ramp, int level)
{
	const uint32_t *stops = now->ramps[ramp < RAMP_N ? ramp : 0];
	int at = level * 2, last = RAMP_LEVELS - 1, from = at >= last && level < last;
	if (level >= last)
		return stops[2];
	uint32_t rgb = 0;
	for (int k = 0; k < 3; k++) {
		int a = channel(stops[from], k), b = channel(stops[from + 1], k);
		rgb = rgb << 8 | (uint32_t)(a + (b - a) * (at - from * last) / last);
	}
	return rgb;
}

/* One of RUN_INKS; what is dim of it is two fifths of it on the ground. */
static int32_t run_rgb(uint32_t ink)
{
	const struct tint *of = &now->runs[(ink - INK_RUN_0) % RUN_INKS];
	uint32_t rgb = 0;
	if (ink < INK_RUN_FAINT_0)
		return of->rgb;
	for (int k = 0; k < 3; k++) {
		int ground = channel(now->ramps[0][0], k), v = channel((uint32_t)of->rgb, k);
		rgb = rgb << 8 | (uint32_t)(ground + (v - ground) * 2 / 5);
	}
	return (int32_t)rgb;
}

static bool is_run_ink(uint32_t ink)
{
	return ink >= INK_RUN_0 && ink < INK_RUN_END;
}

/* An ink as true colour, OWN for the terminal's own. */
static int32_t ink_rgb(uint32_t ink)
{
	if (ink & INK_RGB_BIT)
		return (int32_t)(ink & 0xFFFFFF);
	if (is_run_ink(ink))
		return run_rgb(ink);
	if (ink >= INK_RAMP_0)
		return (int32_t)ramp_rgb((int)(ink - INK_RAMP_0) / RAMP_LEVELS,
					 (int)(ink - INK_RAMP_0) % RAMP_LEVELS);
	return ink < INK_N && ink != INK_CONTRAST ? now->inks[ink].rgb : OWN;
}

/* Black or white, whichever reads better on a ground. */
static uint32_t contrast(uint32_t ground)
{
	int32_t rgb = ink_rgb(ground);
	if (rgb < 0)
		return INK_NONE;
	int light = channel((uint32_t)rgb, 0) * 30 + channel((uint32_t)rgb, 1) * 59 +
		    channel((uint32_t)rgb, 2) * 11;
	return light > 100 * 110 ? INK_RGB(0, 0, 0) : INK_RGB(255, 255, 255);
}

static int32_t ink_colour(uint32_t ink, int colours)
{
	if (colours >= COLOURS_TRUE)
		return ink_rgb(ink);
	if (colours >= 256) {
		int32_t rgb = ink_rgb(ink);
		return rgb < 0 ? OWN : nearest_256((uint32_t)rgb);
	}
	if (is_run_ink(ink)) /* 8 is the grey of what is dim */
		return ink < INK_RUN_FAINT_0 ? now->runs[ink - INK_RUN_0].ansi : 8;
	return ink < INK_N && ink != INK_CONTRAST ? now->inks[ink].ansi : OWN;
}

/* A terminal with 8 colours has the bright ones as bold text. */
static void dim_to_8(struct look *l)
{
	if (l->fg >= 8) {
		l->attr |= l->fg == 8 ? ATTR_DIM : ATTR_BOLD;
		l->fg = l->fg == 8 ? OWN : l->fg - 8;
	}
	if (l->bg >= 8)
		l->bg -= 8;
}

struct look theme_look(struct style s, int colours)
{
	struct look l = {OWN, OWN, s.attr & (uint8_t)~ATTR_CLOCK};
	colours = theme_colours(colours);
	if (s.fg == INK_CONTRAST)
		s.fg = colours >= 256 ? contrast(s.bg) : INK_NONE;
	if (colours < 8) {
		l.attr |= s.fg < INK_N ? mono_attrs[s.fg] : 0;
		l.attr |= s.bg < INK_N ? mono_attrs[s.bg] : 0;
		l.attr |= is_run_ink(s.fg) && s.fg >= INK_RUN_FAINT_0 ? ATTR_DIM : 0;
		return l;
	}
	l.fg = ink_colour(s.fg, colours);
	l.bg = ink_colour(s.bg, colours);
	if (colours < 16)
		dim_to_8(&l);
	return l;
}
