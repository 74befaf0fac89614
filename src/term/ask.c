#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW 2 /* in row 1 an answer looks like F3 with a modifier */
#define SIGNS "\xe2\xa0\xbf\xc2\xb7"
#define COLUMNS 2

void ask_add(const struct ask *a, struct strbuf *out)
{
	if (a->colour)
		strbuf_addstr(out, "\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m");
	if (a->version)
		strbuf_addstr(out, "\x1b[>0q");
	if (a->utf8)
		strbuf_addf(out, "\x1b[%d;1H" SIGNS "\x1b[6n", ROW);
}

/* "48:2:1:2:3", "48;2;1;2;3" or "48:2::1:2:3" (with a colour space) among the attributes "0;…m". */
static bool has_colour(const char *attributes)
{
	int row[6] = {-1, -1, -1, -1, -1, -1}; /* the last numbers; an empty one is -1 */
	while (*attributes && *attributes != 'm') {
		char *end;
		long n = strtol(attributes, &end, 10);
		memmove(row, row + 1, 5 * sizeof(*row));
		row[5] = end == attributes || n < 0 || n > 999 ? -1 : (int)n;
		if (*end && !strchr(":;m", *end))
			return false;
		attributes = *end && *end != 'm' ? end + 1 : end;
		bool rgb = row[3] == 1 && row[4] == 2 && row[5] == 3;
		if (rgb && ((row[1] == 48 && row[2] == 2) || (row[0] == 48 && row[1] == 2)))
			return true;
	}
	return false;
}

static bool answers_colour(struct ask *a, const char *text)
{
	if (strncmp(text, "P0$r", 4) != 0 && strncmp(text, "P1$r", 4) != 0)
		return false;
	a->shows_rgb = a->shows_rgb || (a->colour && text[1] == '1' && has_colour(text + 4));
	a->colour = false;
	return true;
}

static bool answers_version(struct ask *a, const char *text)
{
	if (strncmp(text, "P>|", 3) != 0)
		return false;
	if (a->version)
		snprintf(a->name, sizeof(a->name), "%.*s", (int)sizeof(a->name) - 1, text + 3);
	a->version = false;
	return true;
}

static bool answers_cursor(struct ask *a, const char *text)
{
	int row, column, used = 0;
	if (sscanf(text, "[%4d;%4dR%n", &row, &column, &used) != 2 || !used || text[used])
		return false;
	if (row != ROW)
		return true;
	a->shows_utf8 = a->shows_utf8 || (a->utf8 && column == 1 + COLUMNS);
	a->utf8 = false;
	return true;
}

bool ask_answer(struct ask *a, const char *text)
{
	return answers_cursor(a, text) || answers_colour(a, text) || answers_version(a, text);
}
