/* The help page, made from the action table. */
#include "panel.h"
#include "thaw/tui/action.h"

#include <stdio.h>
#include <string.h>

#define HELP_W 76

static void keys_text(const struct action *a, char *out, size_t size)
{
	int n = 0;
	for (int k = 0; k < 4 && a->keys[k]; k++)
		n +=
		    snprintf(out + n, size - (size_t)n, "%s%s", k ? " " : "", key_name(a->keys[k]));
}

/* Rows the whole help takes: one for each action, and two for each heading after the first. */
static int help_rows(void)
{
	int rows = 0;
	for (size_t i = 0; i < n_actions; i++)
		rows += 1 + (action_table[i].group ? (i ? 2 : 1) : 0);
	return rows;
}

static void draw_row(struct canvas *c, struct rect in, int row, const struct action *a,
		     bool heading)
{
	if (row < 0 || row >= in.h)
		return;
	if (heading) {
		canvas_text(c, in.x, in.y + row, in.w, STYLE_BOLD(INK_ACCENT), a->group);
		return;
	}
	char keys[64] = "";
	keys_text(a, keys, sizeof(keys));
	canvas_text(c, in.x + 2, in.y + row, 12, STYLE_BOLD(INK_KEY), keys);
	canvas_text(c, in.x + 15, in.y + row, in.w - 15, STYLE(INK_NONE), a->help);
}

static struct rect draw_window(struct canvas *c, int rows)
{
	int w = c->w - 4 < HELP_W ? c->w - 4 : HELP_W,
	    h = c->h - 2 < rows + 2 ? c->h - 2 : rows + 2;
	struct rect r = {(c->w - w) / 2, (c->h - h) / 2, w, h};
	canvas_fill(c, r, STYLE(INK_NONE));
	for (int y = 0; y < h; y += h - 1)
		canvas_hline(c, r.x, r.y + y, w, 0x2500, STYLE(INK_ACCENT));
	for (int y = 1; y < h - 1; y++) {
		canvas_put(c, r.x, r.y + y, 0x2502, STYLE(INK_ACCENT));
		canvas_put(c, r.x + w - 1, r.y + y, 0x2502, STYLE(INK_ACCENT));
	}
	canvas_put(c, r.x, r.y, 0x256D, STYLE(INK_ACCENT));
	canvas_put(c, r.x + w - 1, r.y, 0x256E, STYLE(INK_ACCENT));
	canvas_put(c, r.x, r.y + h - 1, 0x2570, STYLE(INK_ACCENT));
	canvas_put(c, r.x + w - 1, r.y + h - 1, 0x256F, STYLE(INK_ACCENT));
	canvas_text(c, r.x + 2, r.y, w - 4, STYLE_BOLD(INK_TITLE), " Keys ");
	const char *how = " ↑ ↓ scroll, ? closes ";
	canvas_right(c, r.x + 2, r.y + h - 1, w - 4, STYLE(INK_MUTED), how);
	return (struct rect){r.x + 2, r.y + 1, w - 4, h - 2};
}

void overlay_help(const struct scene *s, struct canvas *c)
{
	int rows = help_rows();
	struct rect in = draw_window(c, rows);
	int most = rows > in.h ? rows - in.h : 0;
	int row = -(s->view->help_down < most ? s->view->help_down : most);
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		if (a->group) {
			row += i > 0;
			draw_row(c, in, row++, a, true);
		}
		draw_row(c, in, row++, a, false);
	}
}
