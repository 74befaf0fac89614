/* One run in the browser: its sign and word, its figures as texts, its sparkline. */
#ifndef TUI_BROWSER_ROW_H
#define TUI_BROWSER_ROW_H

#include "browser_view.h"

struct run_look {
	const char *sign;
	const char *word; /* lives as briefly as what words.h gives */
	enum ink ink;
};
struct run_look browser_look(const struct browser_row *r);

/* "5s", "12m", "3h", "9d", "8w", "2y"; "-" when it is not known. As words.h. */
const char *browser_age(int64_t then_ms, int64_t now_ms);

/* The columns of the list in `w` columns of the screen, from *x on: titles, or a row's figures. */
struct browser_columns {
	int n;
	struct {
		int column, x, w; /* column: of the table in browser_row.c */
	} at[16];
};
void browser_columns(struct browser_columns *k, const struct browser_view *v, int w);
void browser_titles(const struct browser_columns *k, struct canvas *c, int x, int y);
void browser_row_draw(const struct browser_columns *k, const struct browser_view *v,
		      const struct browser_row *r, struct canvas *c, int x, int y, bool selected);

/* The curve of a run in w columns, from its lowest to its highest. */
void browser_spark(const struct run_summary *s, struct canvas *c, int x, int y, int w,
		   struct style style);

#endif
