/* DVCLive: a folder with a table for each figure, of the columns step and the figure (older ones have a
 * timestamp before them). The figure's name is the file's path: plots/metrics/train/loss.tsv. */
#include "csv_cells.h"
#include "importer.h"
#include "lines.h"
#include "printed.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define FILES_MAX 256
#define DEPTH_MAX 4

/* Where the tables lie in a folder of DVCLive, newest versions first; "" is the folder itself. */
static const char *const places[] = {"plots/metrics", "metrics", "scalars", ""};

struct files {
	char *path[FILES_MAX], *name[FILES_MAX]; /* name: without place and ending */
	size_t n;
};

static void files_release(struct files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->path[i]);
		free(f->name[i]);
	}
	f->n = 0;
}

static bool is_tsv(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && strcasecmp(name + n - 4, ".tsv") == 0;
}

static void gather(struct files *f, const char *dir, const char *prefix, int depth)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		char *path = path_join(dir, name), *known = xasprintf("%s%s", prefix, name);
		if (name[0] != '.' && depth > 0 && file_is_dir(path)) {
			char *below = xasprintf("%s/", known);
			gather(f, path, below, depth - 1);
			free(below);
		} else if (is_tsv(name) && f->n < FILES_MAX && file_exists(path)) {
			known[strlen(known) - 4] = '\0';
			f->path[f->n] = xstrdup(path);
			f->name[f->n++] = xstrdup(known);
		}
		free(path);
		free(known);
		free(names[i]);
	}
	free(names);
}

static void find_files(struct files *f, const char *folder)
{
	f->n = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !f->n; i++) {
		char *dir = *places[i] ? path_join(folder, places[i]) : xstrdup(folder);
		if (file_is_dir(dir))
			gather(f, dir, "", *places[i] ? DEPTH_MAX : 1);
		free(dir);
	}
}

static void stamp(const char *path, struct import_stamp *out)
{
	struct files f;
	find_files(&f, path);
	for (size_t i = 0; i < f.n; i++) {
		struct stat st;
		if (stat(f.path[i], &st) != 0)
			continue;
		int64_t ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
		out->bytes += st.st_size;
		out->changed_ms = ms > out->changed_ms ? ms : out->changed_ms;
	}
	files_release(&f);
}

/* ---- reading ---- */

struct table {
	struct lines *lines;
	const char *name; /* borrowed */
	size_t step, value; /* columns */
	bool has_header, has_row;
	double at, figure; /* the row that waits */
};

struct dvclive {
	char *folder;
	struct files files;
	struct table tables[FILES_MAX];
	struct csv_cells cells;
};

static size_t column(const struct csv_cells *c, const char *name)
{
	size_t i = 0;
	while (i < c->n && strcasecmp(c->at[i], name) != 0)
		i++;
	return i;
}

/* The figure is the last column, the step the one of that name. */
static bool take_header(struct table *t, const struct csv_cells *c)
{
	t->step = column(c, "step");
	t->value = c->n - 1;
	t->has_header = t->step < c->n && t->value != t->step;
	return t->has_header;
}

static bool sniff_table(const char *path)
{
	struct lines *lines = NULL;
	struct csv_cells c = {0};
	struct table t = {0};
	char *line;
	bool is = !lines_open(&lines, path, NULL) && lines_next(lines, true, &line, NULL) == LINES_LINE;
	if (is) {
		csv_split(&c, line, '\t');
		is = c.n >= 2 && take_header(&t, &c);
	}
	csv_cells_release(&c);
	lines_close(lines);
	return is;
}

static bool sniff(const struct import_head *h)
{
	struct files f = {.n = 0};
	if (h->folder)
		find_files(&f, h->path);
	bool is = f.n && sniff_table(f.path[0]);
	files_release(&f);
	return is;
}

static enum err open_tables(struct dvclive *d, struct errinfo *e)
{
	enum err r = ERR_OK;
	for (size_t i = 0; i < d->files.n && !r; i++) {
		d->tables[i].name = d->files.name[i];
		r = lines_open(&d->tables[i].lines, d->files.path[i], e);
	}
	return r;
}

static void close_folder(void *reader)
{
	struct dvclive *d = reader;
	for (size_t i = 0; i < d->files.n; i++)
		lines_close(d->tables[i].lines);
	files_release(&d->files);
	csv_cells_release(&d->cells);
	free(d->folder);
	free(d);
}

static enum err open_folder(void **reader, const struct import_source *src, struct errinfo *e)
{
	struct dvclive *d = xcalloc(1, sizeof(*d));
	d->folder = xstrdup(src->path);
	find_files(&d->files, src->path);
	enum err r = d->files.n ? open_tables(d, e)
				: err_set(e, ERR_FORMAT, "%s: no folder of DVCLive: it has no table "
							 "(.tsv), nor plots/metrics",
					  src->path);
	if (r)
		close_folder(d);
	else
		*reader = d;
	return r;
}

/* Have a row of the table wait, if it has one more. */
static enum err next_row(struct dvclive *d, struct table *t, bool all, struct errinfo *e)
{
	char *line;
	enum lines_next next;
	while (!t->has_row && (next = lines_next(t->lines, all, &line, e)) != LINES_WAIT) {
		if (next == LINES_OTHER)
			return err_set(e, ERR_STATE, "%s: another file now", lines_path(t->lines));
		if (next == LINES_FAILED)
			return ERR_IO;
		if (next == LINES_LONG)
			continue;
		csv_split(&d->cells, line, '\t');
		if (!t->has_header)
			take_header(t, &d->cells);
		else if (t->step < d->cells.n && t->value < d->cells.n)
			t->has_row = printed_number(d->cells.at[t->step], &t->at) &&
				     printed_number(d->cells.at[t->value], &t->figure);
	}
	return ERR_OK;
}

/* The table whose row comes first; the files are read side by side. */
static struct table *first_of(struct dvclive *d)
{
	struct table *first = NULL;
	for (size_t i = 0; i < d->files.n; i++) {
		struct table *t = &d->tables[i];
		if (t->has_row && (!first || t->at < first->at))
			first = t;
	}
	return first;
}

static enum err read_folder(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	struct dvclive *d = reader;
	enum err r = ERR_OK;
	struct table *t;
	sink_run(s, &(struct sink_run){.framework = "DVCLive", .axis = AXIS_STEP});
	for (size_t i = 0; i < d->files.n && !r; i++)
		r = next_row(d, &d->tables[i], all, e);
	while (!r && (t = first_of(d))) {
		sink_scalar(s, &(struct scalar){
				   .name = t->name, .step = opt_of(t->at), .value = t->figure});
		t->has_row = false;
		r = next_row(d, t, all, e);
	}
	return r;
}

const struct importer import_dvclive = {
    .format = {"dvclive", "a folder of DVCLive"},
    .sniff = sniff,
    .open = open_folder,
    .read = read_folder,
    .close = close_folder,
    .stamp = stamp,
    .whole = true, /* files come later, and their rows belong between those that were read */
};
