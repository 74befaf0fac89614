#include "key_rows.h"

#include "panel.h"
#include "thaw/term/key.h"

#include <stdio.h>

enum { KEYS_W = 14 };

/* What the help has no room for beside the keys goes on below. */
static void add(struct prose *p, const char *keys, const char *help)
{
	const struct canvas c = {.utf8 = p->utf8};
	struct prose beside;
	prose_init(&beside, &c, p->width - KEYS_W);
	prose_add(&beside, 0, STYLE(INK_NONE), help);
	for (size_t i = 0; i < beside.n; i++) {
		size_t at = prose_add(p, 1, STYLE_BOLD(INK_KEY), i ? "" : keys);
		prose_beside(p, at, KEYS_W, STYLE(INK_NONE), beside.lines[i].text);
	}
	prose_release(&beside);
}

void key_rows_heading(struct prose *p, const char *text)
{
	prose_gap(p);
	prose_add(p, 0, STYLE_BOLD(INK_ACCENT), text);
}

void key_rows_add(struct prose *p, const struct key_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(p, rows[i].keys, rows[i].help);
}

void key_rows_keys(struct prose *p, const int *keys, int n, const char *help)
{
	char text[64];
	int len = 0;
	for (int k = 0; k < n && keys[k]; k++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%s%s", len ? " " : "",
				key_name(keys[k]));
	add(p, text, help);
}

int key_rows_most(int screen_w, int screen_h, int w, key_rows_fn *write)
{
	struct canvas c = {.w = screen_w, .h = screen_h, .utf8 = true};
	struct rect r = window_rect(&c, w, screen_h);
	struct prose p;
	prose_init(&p, &c, r.w - 4);
	write(&p);
	int most = prose_most(&p, r.h - 2);
	prose_release(&p);
	return most;
}

void key_rows_draw(struct canvas *c, int w, const char *title, int down, key_rows_fn *write)
{
	struct prose p;
	struct rect r = window_rect(c, w, c->h), in;
	char foot[64];
	if (r.w < 12 || r.h < 3)
		return;
	prose_init(&p, c, r.w - 4);
	write(&p);
	int most = prose_most(&p, r.h - 2), top = down < most ? down : most;
	snprintf(foot, sizeof(foot), " %d %% · ? closes ", most ? top * 100 / most : 100);
	in = window_draw(c, r, INK_ACCENT, title, foot);
	prose_draw(&p, c, in, top);
	prose_release(&p);
}
