#include "help.h"
#include "line_command.h"

#include "thaw/base/alloc.h"
#include "thaw/event/command.h"
#include "thaw/tui/action.h"
#include "thaw/tui/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Keys that nothing can be bound to. */
static const struct {
	const char *keys, *help;
} fixed[] = {
    {"Esc", "close what is open; drop a mark, a crosshair, a filter; answer no"},
    {"^C", "ask whether to leave; a second one leaves"},
    {"mouse", "click: cursor, crosshair, focus, a place on the bar; twice: enlarge; wheel: scroll"},
};

static const struct {
	uint32_t ch;
	enum ink ink;
	const char *says;
} symbols[] = {
    {0x25B6, INK_GOOD, "going on now: training, a stage, an epoch, a replay that plays"},
    {0x2016, INK_WARN, "paused"},
    {0x2713, INK_GOOD, "done; right; a frozen layer's bytes are the same as ever"},
    {0x2717, INK_BAD, "failed; wrong; a frozen layer's bytes changed; the loss was no number"},
    {0x25A0, INK_WARN, "stopped before the plan was done; a rule ends something early, or may not"},
    {'!', INK_WARN, "a warning"},
    {0xB7, INK_MUTED, "to come; nothing to freeze; no change; a line of the log"},
    {0x2605, INK_ACCENT, "the best epoch"},
    {0x25B8, INK_ACCENT, "the cursor is here"},
    {0x2744, INK_FROZEN, "frozen; layers were frozen"},
    {0x2600, INK_HOT, "learns; layers were thawed"},
    {0x25B2, INK_WARN, "the learning rate was raised; more than before"},
    {0x25BC, INK_WARN, "the learning rate was lowered; less than before"},
    {0xD7, INK_WARN, "times: layers got a learning rate of their own"},
    {0x25C6, INK_ACCENT, "a phase began"},
    {0x2190, INK_ACCENT, "the run went back to a kept point"},
    {0x25CF, INK_VALID, "validation, one dot an epoch; an epoch's result in the log"},
    {0x2022, INK_TRAIN, "training, one dot an epoch"},
    {0x2824, INK_TRAIN, "training, a curve; the mouse or the crosshair reads it"},
    {0x2191, INK_TRAIN, "the curve goes on above the chart"},
    {0x2192, INK_GOOD, "what comes out; from one value to another"},
    {0x2026, INK_MUTED, "more than there is room for"},
};

static struct help_row *add(struct help *help)
{
	ALLOC_GROW(help->rows, help->n + 1, help->cap);
	help->rows[help->n] = (struct help_row){.help = NULL};
	return &help->rows[help->n++];
}

/* A heading, with an empty row above it. */
static struct help_row *add_heading(struct help *help, const char *text)
{
	if (help->n)
		add(help);
	struct help_row *row = add(help);
	snprintf(row->heading, sizeof(row->heading), "%s", text);
	return row;
}

static void keys_text(const struct action *a, const struct view *v, bool here, char *out,
		      size_t size)
{
	int n = 0;
	out[0] = '\0';
	for (const int *k = action_keys(a); *k; k++)
		if (!here || action_find(*k, v->mode, v->page) == a)
			n += snprintf(out + n, size - (size_t)n, "%s%s", n ? " " : "",
				      key_name(*k));
}

/* A key of it does something on this page, in this mode. */
static bool works_here(const struct action *a, const struct view *v)
{
	return action_key(a, v->mode, v->page) && !(v->mode == VIEW_REPLAY && a->modes & HINT_LIVE);
}

static void add_action(struct help *help, const struct action *a, const struct view *v, bool here)
{
	struct help_row *row = add(help);
	row->help = a->help;
	row->idle = !works_here(a, v);
	keys_text(a, v, here, row->keys, sizeof(row->keys));
}

/* What belongs to the page goes before what holds everywhere. */
static void add_here(struct help *help, const struct view *v, int w, int h)
{
	const char *focus = panel_table[layout_focus(v, w, h)].title;
	struct help_row *row = add_heading(help, "");
	snprintf(row->heading, sizeof(row->heading), "Here and now: %s page, %s, focus on %s",
		 page_names[v->page], v->mode == VIEW_LIVE ? "live run" : "replay",
		 focus ? focus : "all of it");
	for (int of_page = 1; of_page >= 0; of_page--)
		for (size_t i = 0; i < n_actions; i++) {
			const struct action *a = &action_table[i];
			bool own = a->modes & (ON_PAGE(v->page) | HINT_ON(v->page));
			if (works_here(a, v) && own == of_page)
				add_action(help, a, v, true);
		}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		row = add(help);
		row->help = fixed[i].help;
		snprintf(row->keys, sizeof(row->keys), "%s", fixed[i].keys);
	}
}

static void add_all(struct help *help, const struct view *v)
{
	for (size_t i = 0; i < n_actions; i++) {
		char text[64];
		snprintf(text, sizeof(text), "All keys: %s",
			 action_table[i].group ? action_table[i].group : "");
		if (action_table[i].group)
			add_heading(help, text);
		add_action(help, &action_table[i], v, false);
	}
}

static void add_typed_row(struct help *help, const char *name, const char *arg, const char *says,
			  bool idle)
{
	struct help_row *row = add(help);
	row->help = says;
	row->idle = idle;
	snprintf(row->keys, sizeof(row->keys), ":%s%s%s", name, arg ? " " : "", arg ? arg : "");
}

static void add_typed(struct help *help, const struct view *v)
{
	add_heading(help, "Typed after :, besides the name of every action");
	for (size_t i = 0; i < n_line_commands; i++)
		add_typed_row(help, line_commands[i].name, line_commands[i].arg,
			      line_commands[i].help, false);
	for (int i = 0; i < CMD_N; i++)
		if (!line_command_find(command_table[i].name))
			add_typed_row(help, command_table[i].name, command_table[i].arg,
				      command_table[i].help, v->mode != VIEW_LIVE);
}

static void add_symbols(struct help *help)
{
	add_heading(help, "Symbols");
	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++) {
		struct help_row *row = add(help);
		row->symbol = symbols[i].ch;
		row->ink = symbols[i].ink;
		row->help = symbols[i].says;
	}
}

void help_build(struct help *help, const struct view *v, int w, int h)
{
	*help = (struct help){.rows = NULL};
	add_here(help, v, w, h);
	add_symbols(help);
	add_all(help, v);
	add_typed(help, v);
}

void help_release(struct help *help)
{
	free(help->rows);
	*help = (struct help){.rows = NULL};
}

static bool holds(const char *text, const char *part)
{
	size_t n = strlen(part);
	for (; text && *text; text++)
		if (strncasecmp(text, part, n) == 0)
			return true;
	return false;
}

bool help_row_has(const struct help_row *row, const char *text)
{
	return *text && (holds(row->heading, text) || holds(row->keys, text) ||
			 holds(row->help, text));
}

int help_find(const struct help *help, const char *text, int from, int step)
{
	int n = (int)help->n;
	for (int i = 0; i < n; i++) {
		int at = ((from + i * step) % n + n) % n;
		if (help_row_has(&help->rows[at], text))
			return at;
	}
	return -1;
}
