/* The comparison's help: every key, and what the signs mean. */
#include "compare_pages.h"

#include "key_rows.h"
#include "panel.h"
#include "thaw/tui/compare.h"

#include <stdio.h>

enum { WINDOW_W = 84 };

static const struct key_row others[] = {
    {"Esc", "close what is open; the crosshair, the filter; leave"},
    {"^C", "leave"},
    {"mouse", "click: a run, or the crosshair on a chart; wheel: up and down"},
};

static const struct {
	uint32_t ch;
	enum ink ink;
	const char *says;
} signs[] = {
    {'a', INK_RUN_0, "a letter and a colour are a run's own; its curve ends in the letter"},
    {0x2605, INK_ACCENT, "pinned"},
    {'-', INK_MUTED, "hidden"},
};

static void write_help(struct prose *p)
{
	for (size_t i = 0; i < n_compare_actions; i++) {
		const struct compare_action *a = &compare_actions[i];
		if (a->group)
			key_rows_heading(p, a->group);
		key_rows_keys(p, a->keys, 4, a->help);
	}
	key_rows_add(p, others, sizeof(others) / sizeof(*others));
	key_rows_heading(p, "Signs");
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		size_t at = prose_add(p, 3, STYLE(INK_NONE), signs[i].says);
		prose_mark(p, at, signs[i].ch, STYLE(signs[i].ink));
	}
}

int compare_help_most(int w, int h)
{
	return key_rows_most(w, h, WINDOW_W, write_help);
}

void compare_help(const struct compare_view *v, struct canvas *c)
{
	key_rows_draw(c, WINDOW_W, " Keys of the comparison ", v->help_down, write_help);
}
