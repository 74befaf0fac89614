/* The sweep of the run under the cursor, over the list: what `thaw sweep NAME --show` prints, as it stands. */
#include "browser_pages.h"

#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/report/sweep_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct browser_sweep {
	struct sweep sweep;
	char *dir; /* where its runs are */
};

struct browser_sweep *browser_sweep_new(const char *run_path)
{
	struct sweep s;
	if (!sweep_of_run(&s, run_path))
		return NULL;
	struct browser_sweep *out = xcalloc(1, sizeof(*out));
	*out = (struct browser_sweep){.sweep = s, .dir = path_dir(run_path)};
	return out;
}

void browser_sweep_free(struct browser_sweep *s)
{
	if (!s)
		return;
	sweep_release(&s->sweep);
	free(s->dir);
	free(s);
}

static const struct run_summary *find_run(const struct browser_view *v, const char *path)
{
	for (size_t i = 0; i < v->n_rows; i++)
		if (!v->rows[i].host && v->rows[i].known && strcmp(v->rows[i].run->path, path) == 0)
			return v->rows[i].run;
	return NULL;
}

static void write_table(const struct browser_view *v, struct strbuf *out)
{
	const struct sweep *s = &v->sweep->sweep;
	size_t n = sweep_count(s);
	const struct run_summary **runs = xcalloc(n + 1, sizeof(*runs));
	for (size_t i = 0; i < n; i++) {
		char *name = sweep_run_name(s, i), *path = path_join(v->sweep->dir, name);
		runs[i] = find_run(v, path);
		free(name);
		free(path);
	}
	report_sweep_text(&(struct report_sweep){.sweep = s, .runs = runs}, out);
	free(runs);
}

static int count_lines(const struct strbuf *text)
{
	int n = 0;
	for (const char *at = text->buf; (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

/* Lines that a window has no room for. */
static int lines_left(const struct strbuf *text, struct rect window)
{
	int most = count_lines(text) - (window.h - 2);
	return most > 0 ? most : 0;
}

int browser_sweep_most(const struct browser_view *v, int w, int h)
{
	const struct canvas c = {.w = w, .h = h, .utf8 = true};
	struct strbuf text = STRBUF_INIT;
	write_table(v, &text);
	int most = lines_left(&text, window_rect(&c, w, h));
	strbuf_release(&text);
	return most;
}

void browser_sweep(const struct browser_view *v, struct canvas *c)
{
	struct strbuf text = STRBUF_INIT;
	struct rect r = window_rect(c, c->w, c->h);
	char foot[64], title[128];
	if (r.w < 12 || r.h < 3)
		return;
	write_table(v, &text);
	int most = lines_left(&text, r);
	int top = v->help_down < most ? v->help_down : most, y = -top;
	snprintf(foot, sizeof(foot), " %d %% · s closes ", most ? top * 100 / most : 100);
	snprintf(title, sizeof(title), " Sweep %.100s ", v->sweep->sweep.name);
	struct rect in = window_draw(c, r, INK_ACCENT, title, foot);
	for (char *rest = text.buf, *line; (line = strsep(&rest, "\n")) && rest; y++)
		if (y >= 0 && y < in.h)
			canvas_text(c, in.x, in.y + y, in.w, STYLE(INK_NONE), line);
	strbuf_release(&text);
}
