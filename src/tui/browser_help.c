/* The browser's help: every key, and what the signs mean. */
#include "browser_pages.h"
#include "browser_row.h"
#include "key_rows.h"
#include "thaw/tui/browser.h"

enum { WINDOW_W = 84 };

static const struct key_row others[] = {
    {"Esc", "close what is open; drop a filter, then the marks; answer no"},
    {"^C", "leave"},
    {"mouse", "click: the cursor; twice: look at the run; wheel: up and down"},
};

static const struct {
	uint32_t ch;
	enum ink ink;
	const char *says;
} signs[] = {
    {0x25B6, INK_GOOD, "live: it trains, or does what the word says"},
    {0x2016, INK_WARN, "paused"},
    {'!', INK_BAD, "it asks you, cannot save, or its log cannot be read"},
    {0x2713, INK_GOOD, "finished"},
    {0x25A0, INK_WARN, "stopped before its plan was done"},
    {0x2717, INK_BAD, "failed, or crashed: its trainer is gone without an end"},
    {0xB7, INK_MUTED, "its log is still to be read"},
};

static void write_help(struct prose *p)
{
	for (size_t i = 0; i < n_browser_actions; i++) {
		const struct browser_action *a = &browser_actions[i];
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

int browser_help_most(int w, int h)
{
	return key_rows_most(w, h, WINDOW_W, write_help);
}

void browser_help(const struct browser_view *v, struct canvas *c)
{
	key_rows_draw(c, WINDOW_W, " Keys of the run browser ", v->help_down, write_help);
}
