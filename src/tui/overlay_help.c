/* The help page, made from the tables of actions and typed commands. */
#include "line_command.h"
#include "panel.h"
#include "thaw/event/command.h"
#include "thaw/tui/action.h"
#include "thaw/tui/command_line.h"

#include <stdio.h>
#include <string.h>

#define HELP_W 88
#define KEYS_W 13

/* One row of the page: a heading, or what is pressed or typed and what it does. Empty = a gap. */
struct help_row {
	const char *heading;
	char keys[64];
	const char *help;
	bool idle; /* not now */
};

static void keys_text(const struct action *a, char *out, size_t size)
{
	int n = 0;
	out[0] = '\0';
	for (const int *k = action_keys(a); *k; k++)
		n += snprintf(out + n, size - (size_t)n, "%s%s", n ? " " : "", key_name(*k));
}

static void typed_text(const char *name, const char *arg, char *out, size_t size)
{
	snprintf(out, size, ":%s%s%s", name, arg ? " " : "", arg ? arg : "");
}

/* Fill row `at`, or only count when `row` is NULL; returns how many there are. */
static int help_rows(const struct view *v, int at, struct help_row *row)
{
	int n = 0;
	struct help_row r = {0};
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		if (a->group && i && n++ == at && row)
			*row = r;
		if (a->group && n++ == at && row)
			*row = (struct help_row){.heading = a->group};
		if (n++ != at || !row)
			continue;
		*row = (struct help_row){.help = a->help};
		row->idle = !action_allowed(a, v->mode, v->page);
		keys_text(a, row->keys, sizeof(row->keys));
	}
	if (n++ == at && row)
		*row = r;
	if (n++ == at && row)
		*row =
		    (struct help_row){.heading = "Typed after :, besides the name of every action"};
	for (size_t i = 0; i < n_line_commands; i++, n++)
		if (n == at && row) {
			row->help = line_commands[i].help;
			typed_text(line_commands[i].name, line_commands[i].arg, row->keys,
				   sizeof(row->keys));
		}
	for (int i = 0; i < CMD_N; i++) {
		if (line_command_find(command_table[i].name))
			continue;
		if (n++ == at && row) {
			row->help = command_table[i].help;
			row->idle = v->mode != VIEW_LIVE;
			typed_text(command_table[i].name, command_table[i].arg, row->keys,
				   sizeof(row->keys));
		}
	}
	return n;
}

static int total_rows(void)
{
	static const struct view any;
	return help_rows(&any, -1, NULL);
}

int help_scroll(int screen_h)
{
	int most = total_rows() - (screen_h - 4);
	return most < 0 ? 0 : most;
}

static void draw_row(struct canvas *c, struct rect in, int y, const struct help_row *row)
{
	struct style keys = STYLE_BOLD(row->idle ? INK_MUTED : INK_KEY);
	int w = row->keys[0] == ':' && row->keys[1] ? 26 : KEYS_W; /* typed ones are longer */
	if (row->heading) {
		canvas_text(c, in.x, y, in.w, STYLE_BOLD(INK_ACCENT), row->heading);
	} else if (row->help) {
		canvas_text(c, in.x + 2, y, w - 1, keys, row->keys);
		canvas_text(c, in.x + 2 + w, y, in.w - w - 2,
			    STYLE(row->idle ? INK_MUTED : INK_NONE), row->help);
	}
}

static struct rect draw_window(struct canvas *c, int rows)
{
	int w = c->w - 4 < HELP_W ? c->w - 4 : HELP_W,
	    h = c->h - 2 < rows + 2 ? c->h - 2 : rows + 2;
	struct rect r = {(c->w - w) / 2, (c->h - h) / 2, w, h};
	canvas_fill(c, r, STYLE(INK_NONE));
	canvas_frame(c, r, STYLE(INK_ACCENT));
	canvas_text(c, r.x + 2, r.y, w - 4, STYLE_BOLD(INK_TITLE), " Keys ");
	const char *how = " ↑ ↓ scroll, ? closes ";
	canvas_right(c, r.x + 2, r.y + h - 1, w - 4, STYLE(INK_MUTED), how);
	return (struct rect){r.x + 2, r.y + 1, w - 4, h - 2};
}

void overlay_help(const struct scene *s, struct canvas *c)
{
	struct rect in = draw_window(c, total_rows());
	int most = help_scroll(c->h), top = s->view->help_down < most ? s->view->help_down : most;
	for (int i = 0; i < in.h; i++) {
		struct help_row row = {0};
		if (top + i < help_rows(s->view, top + i, &row))
			draw_row(c, in, in.y + i, &row);
	}
}
