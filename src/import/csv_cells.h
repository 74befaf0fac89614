/* One line of a table, taken apart. */
#ifndef IMPORT_CSV_CELLS_H
#define IMPORT_CSV_CELLS_H

#include <stddef.h>

#define CSV_CELLS_MAX 4096

struct csv_cells {
	char **at; /* [n] in the line, trimmed, without quotes */
	size_t n, cap;
};

/* What parts the cells of a header: ',', '\t' or ';'. */
char csv_delimiter(const char *header);

/* Take `line` apart in place; the cells are valid as long as it is. */
void csv_split(struct csv_cells *c, char *line, char delimiter);
void csv_cells_release(struct csv_cells *c);

#endif
