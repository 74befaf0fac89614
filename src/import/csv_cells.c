#include "csv_cells.h"

#include "printed.h"

#include "thaw/base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t count(const char *s, char what)
{
	size_t n = 0;
	for (; *s; s++)
		n += *s == what;
	return n;
}

/* "epoch,\tloss" is parted by commas. */
char csv_delimiter(const char *header)
{
	size_t commas = count(header, ','), tabs = count(header, '\t'), semicolons = count(header, ';');
	if (semicolons > commas && semicolons >= tabs)
		return ';';
	return commas ? ',' : tabs ? '\t' : ',';
}

/* Within quotes two are one. Returns where the cell ends; the text is moved to `to`. */
static char *unquote(char *from, char **to)
{
	char *out = *to = from;
	for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
		from += *from == '"';
		*out++ = *from;
	}
	char *end = *from ? from + 1 : from;
	*out = '\0';
	return end;
}

void csv_split(struct csv_cells *c, char *line, char delimiter)
{
	c->n = 0;
	for (char *p = line; p && c->n < CSV_CELLS_MAX;) {
		char *start = p + strspn(p, delimiter == '\t' ? " " : " \t"), *cell = start, *end = start;
		bool quoted = *start == '"';
		char *behind = quoted ? unquote(start, &cell) : start;
		end = strchr(behind, delimiter);
		if (end)
			*end = '\0';
		ALLOC_GROW(c->at, c->n + 1, c->cap);
		c->at[c->n++] = quoted ? cell : printed_trim(start);
		p = end ? end + 1 : NULL;
	}
}

void csv_cells_release(struct csv_cells *c)
{
	free(c->at);
	*c = (struct csv_cells){0};
}
