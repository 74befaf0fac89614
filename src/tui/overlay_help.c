/* The help page over any other: its rows, how far down it is, and what is searched for. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#define HELP_W 92
#define KEYS_W 13
#define TYPED_W 26 /* of what is typed, which is longer */

int help_rows_shown(int screen_h)
{
	return screen_h - 6 > 1 ? screen_h - 6 : 1; /* in a window_rect() */
}

int help_most(const struct view *v, int w, int h)
{
	struct help help;
	help_build(&help, v, w, h);
	int most = (int)help.n - help_rows_shown(h);
	help_release(&help);
	return most < 0 ? 0 : most;
}

static void draw_row(struct canvas *c, struct rect in, int y, const struct help_row *row,
		     bool found)
{
	struct style keys = STYLE_BOLD(row->idle ? INK_MUTED : INK_KEY),
		     text = STYLE(row->idle ? INK_MUTED : INK_NONE);
	int w = row->keys[0] == ':' && row->keys[1] ? TYPED_W : KEYS_W;
	row_select(c, in, y, found);
	if (*row->heading) {
		canvas_text(c, in.x, y, in.w, row_style(STYLE_BOLD(INK_ACCENT), found),
			    row->heading);
	} else if (row->help) {
		canvas_text(c, in.x + 2, y, w - 1, row_style(keys, found), row->keys);
		if (row->symbol)
			canvas_put(c, in.x + 2, y, row->symbol, row_style(STYLE(row->ink), found));
		canvas_text(c, in.x + 2 + w, y, in.w - w - 2, row_style(text, found), row->help);
	}
}

/* The frame; on it what this is, and where in it one stands. */
static struct rect draw_window(struct canvas *c, const struct view *v, const struct help *help,
			       int top)
{
	int rows = help_rows_shown(c->h), n = (int)help->n, last = top + rows < n ? top + rows : n;
	struct rect r = window_rect(c, HELP_W, rows + 2);
	char text[128];
	snprintf(text, sizeof(text), " %d-%d of %d · %d %% ", top + 1, last, n,
		 n > rows ? top * 100 / (n - rows) : 100);
	struct rect in = window_draw(c, r, INK_ACCENT, " Keys ", text);
	if (*v->help_sought)
		snprintf(text, sizeof(text), " /%.40s, n N: the next ", v->help_sought);
	else
		snprintf(text, sizeof(text), " / searches, ? closes ");
	canvas_text(c, r.x + 2, r.y + r.h - 1, r.w - 30, STYLE(INK_MUTED), text);
	return in;
}

void overlay_help(const struct scene *s, struct canvas *c)
{
	const struct view *v = s->view;
	struct help help;
	help_build(&help, v, c->w, c->h);
	int most = (int)help.n - help_rows_shown(c->h);
	int top = v->help_down < most ? v->help_down : most < 0 ? 0 : most;
	struct rect in = draw_window(c, v, &help, top);
	for (int i = 0; i < in.h && top + i < (int)help.n; i++) {
		const struct help_row *row = &help.rows[top + i];
		draw_row(c, in, in.y + i, row, help_row_has(row, v->help_sought));
	}
	help_release(&help);
}
