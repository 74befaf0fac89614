/* The browser's help: every key, and what the signs mean. */
#include "browser_pages.h"
#include "browser_row.h"
#include "panel.h"
#include "prose.h"
#include "thaw/term/key.h"
#include "thaw/tui/browser.h"

#include <stdio.h>
#include <string.h>

enum { WINDOW_W = 84, KEYS_W = 14 };

static const struct {
	const char *keys, *help;
} others[] = {
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

static void add(struct prose *p, const char *keys, const char *help)
{
	size_t at = prose_add(p, 1, STYLE_BOLD(INK_KEY), keys);
	prose_beside(p, at, KEYS_W, STYLE(INK_NONE), help);
}

static void heading(struct prose *p, const char *text)
{
	prose_gap(p);
	prose_add(p, 0, STYLE_BOLD(INK_ACCENT), text);
}

static void add_actions(struct prose *p)
{
	for (size_t i = 0; i < n_browser_actions; i++) {
		const struct browser_action *a = &browser_actions[i];
		char keys[64];
		int n = 0;
		for (int k = 0; k < 4 && a->keys[k]; k++)
			n += snprintf(keys + n, sizeof(keys) - (size_t)n, "%s%s", n ? " " : "",
				      key_name(a->keys[k]));
		if (a->group)
			heading(p, a->group);
		add(p, keys, a->help);
	}
}

static void write_help(struct prose *p)
{
	add_actions(p);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		add(p, others[i].keys, others[i].help);
	heading(p, "Signs");
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		size_t at = prose_add(p, 3, STYLE(INK_NONE), signs[i].says);
		prose_mark(p, at, signs[i].ch, STYLE(signs[i].ink));
	}
}

static struct rect window(const struct canvas *c)
{
	return window_rect(c, WINDOW_W, c->h);
}

int browser_help_most(int w, int h)
{
	struct canvas c = {.w = w, .h = h, .utf8 = true};
	struct prose p;
	prose_init(&p, &c, window(&c).w - 4);
	write_help(&p);
	int most = prose_most(&p, window(&c).h - 2);
	prose_release(&p);
	return most;
}

void browser_help(const struct browser_view *v, struct canvas *c)
{
	struct prose p;
	struct rect r = window(c), in;
	char foot[64];
	if (r.w < 12 || r.h < 3)
		return;
	prose_init(&p, c, r.w - 4);
	write_help(&p);
	int most = prose_most(&p, r.h - 2), top = v->help_down < most ? v->help_down : most;
	snprintf(foot, sizeof(foot), " %d %% · ? closes ", most ? top * 100 / most : 100);
	in = window_draw(c, r, INK_ACCENT, " Keys of the run browser ", foot);
	prose_draw(&p, c, in, top);
	prose_release(&p);
}
