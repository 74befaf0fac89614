#include "filename.h"
#include "label.h"
#include "listing.h"
#include "quote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/plain.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/text.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The keys of a .data file that matter here; Darknet has more and they are skipped. */
enum key { KEY_CLASSES, KEY_TRAIN, KEY_VALID, KEY_LABELS, KEY_NAMES, KEY_N };
static const char *const key_names[KEY_N] = {"classes", "train", "valid", "labels", "names"};

struct data_file {
	const struct place *place;
	char *values[KEY_N]; /* NULL when not given */
	int lines[KEY_N];
};

/* A kind of file, and what no file of that kind exceeds. */
struct sort {
	const char *what;
	size_t max;
};
static const struct sort data_sort = {"a data file", 1 << 20},
			 names_sort = {"a file of class names", 64 << 20},
			 list_sort = {"a list of pictures", (size_t)4 << 30};

static enum err read_text(struct strbuf *out, const char *path, const struct place *place,
			  const struct sort *sort, struct errinfo *e)
{
	char name[QUOTE_MAX];
	struct errinfo why = {.msg = ""};
	const struct text_file file = {path, quote_path(name, path), sort->what, sort->max, false,
				       NULL};
	enum err r = text_read(&file, out, &why);
	if (r == ERR_FORMAT)
		return place_error(place, e, r, "%s", why.msg);
	if (r)
		return place_error(place, e, r, "cannot read the %s %s",
				   strchr(sort->what, ' ') + 1, why.msg);
	return ERR_OK;
}

/* A path from a file, as Darknet takes it (from the working directory) or else beside that file;
 * "~/" is the home folder. */
static char *find_beside(const char *path, const char *file)
{
	if (path[0] == '/' || file_exists(path))
		return xstrdup(path);
	char *home = path[0] == '~' ? path_home(path, NULL) : NULL;
	if (home)
		return home;
	char *dir = path_dir(file), *beside = path_join(dir, path);
	free(dir);
	if (file_exists(beside))
		return beside;
	free(beside);
	return xstrdup(path);
}

/* What stands behind the '=', without a comment, unless it names a file together with that. */
static char *value_of(const char *text, const char *file)
{
	size_t len = text_value_length(text);
	char *whole = text[len] ? find_beside(text, file) : NULL;
	if (whole && file_exists(whole))
		len = strlen(text);
	free(whole);
	return xstrndup(text, len);
}

static void take_setting(struct data_file *d, const char *line, int number)
{
	const char *equals = strchr(line, '=');
	size_t len = (size_t)(equals - line);
	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	for (int k = 0; k < KEY_N; k++) {
		if (strlen(key_names[k]) != len || strncmp(key_names[k], line, len) != 0)
			continue;
		do
			equals++;
		while (isspace((unsigned char)*equals));
		free(d->values[k]);
		d->values[k] = value_of(equals, d->place->path);
		d->lines[k] = number;
	}
}

static enum err read_data_file(struct data_file *d, struct errinfo *e)
{
	char name[QUOTE_MAX];
	struct strbuf sb = STRBUF_INIT;
	enum err r = read_text(&sb, d->place->path, d->place, &data_sort, e);
	char *text = sb.buf, *line;
	for (int number = 1; !r && (line = text_line(&text)) != NULL; number++) {
		if (!*line || *line == '#' || *line == ';')
			continue;
		if (!strchr(line, '='))
			r = place_error(d->place, e, ERR_FORMAT, "%s:%d: not \"key = value\"",
					quote_path(name, d->place->path), number);
		else
			take_setting(d, line, number);
	}
	strbuf_release(&sb);
	return r;
}

static enum err read_lines(struct names *out, const char *path, const struct place *place,
			   struct errinfo *e)
{
	char name[QUOTE_MAX];
	struct strbuf sb = STRBUF_INIT;
	enum err r = read_text(&sb, path, place, &names_sort, e);
	char *text = sb.buf, *line;
	for (int number = 1; !r && (line = text_line(&text)) != NULL; number++) {
		if (!*line && !*text)
			break;
		if (!name_is_clean(line))
			r = place_error(place, e, ERR_VALUE, "%s:%d: %s", quote_path(name, path),
					number,
					*line ? "a class name that is not plain UTF-8 text"
					      : "an empty class name");
		else
			names_add(out, xstrdup(line));
	}
	strbuf_release(&sb);
	return r;
}

static enum err read_names_file(struct names *out, const struct data_file *d, enum key key,
				struct errinfo *e)
{
	char *path = find_beside(d->values[key], d->place->path);
	enum err r = read_lines(out, path, d->place, e);
	free(path);
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err check_distinct(const struct names *labels, const struct place *place,
			       struct errinfo *e)
{
	enum err r = ERR_OK;
	char **sorted = xcalloc(labels->n + 1, sizeof(*sorted));
	if (labels->n) {
		memcpy(sorted, labels->names, labels->n * sizeof(*sorted));
		qsort(sorted, labels->n, sizeof(*sorted), by_name);
	}
	for (size_t i = 1; i < labels->n && !r; i++)
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			r = place_error(place, e, ERR_VALUE,
					"the class name \"%.200s\" is there twice; labels "
					"must differ",
					sorted[i]);
	free(sorted);
	return r;
}

enum err names_read(struct names *out, const char *path, const struct place *place,
		    struct errinfo *e)
{
	enum err r = read_lines(out, path, place, e);
	return r ? r : check_distinct(out, place, e);
}

/* Classes are matched by `labels` and shown by `names`, either of which may serve for both. */
static enum err read_classes(struct names *labels, struct names *shown, const struct data_file *d,
			     struct errinfo *e)
{
	bool both = d->values[KEY_LABELS] && d->values[KEY_NAMES];
	if (!d->values[KEY_LABELS] && !d->values[KEY_NAMES])
		return place_error(d->place, e, ERR_VALUE,
				   "no \"labels = FILE\" or \"names = FILE\"; write the class "
				   "names into a file, one a line");
	enum err r = read_names_file(labels, d, d->values[KEY_LABELS] ? KEY_LABELS : KEY_NAMES, e);
	if (!r && both)
		r = read_names_file(shown, d, KEY_NAMES, e);
	if (r)
		return r;
	if (both && shown->n != labels->n)
		return place_error(d->place, e, ERR_MISMATCH,
				   "labels has %zu lines but names has %zu", labels->n, shown->n);
	if (!both)
		for (size_t i = 0; i < labels->n; i++)
			names_add(shown, xstrdup(labels->names[i]));
	if (d->values[KEY_CLASSES]) {
		char *end;
		long n = strtol(d->values[KEY_CLASSES], &end, 10);
		if (*end || end == d->values[KEY_CLASSES] || n < 0 || (size_t)n != labels->n)
			return place_error(d->place, e, ERR_MISMATCH,
					   "line %d says classes = %.20s but there are %zu "
					   "class names",
					   d->lines[KEY_CLASSES], d->values[KEY_CLASSES],
					   labels->n);
	}
	return check_distinct(labels, d->place, e);
}

static enum err add_picture(struct listing *out, const struct names *labels, const char *line,
			    const char *list, int number, const struct place *place,
			    struct errinfo *e)
{
	char file[QUOTE_MAX], name[QUOTE_MAX];
	if (path_is_junk(line)) /* `find` lists it with the rest */
		return ERR_OK;
	char *path = find_beside(line, list);
	struct label_match m = label_match(labels, path);
	if (m.label >= 0 && m.second < 0) {
		listing_add(out, path, m.label);
		return ERR_OK;
	}
	quote_path(file, list);
	quote_path(name, path);
	free(path);
	if (m.label < 0)
		return place_error(place, e, ERR_VALUE,
				   "%s:%d: no folder in \"%s\" is named as a class, and no word in "
				   "its file's name is a class; put each class into a folder with "
				   "exactly its name, or that into the file's name, as in "
				   "12_%.60s.png",
				   file, number, name, labels->n ? labels->names[0] : "class");
	return place_error(place, e, ERR_VALUE,
			   "%s:%d: \"%s\" fits the classes \"%.60s\" and \"%.60s\"; the folder "
			   "right above the picture must be its class",
			   file, number, name, labels->names[m.label], labels->names[m.second]);
}

enum err list_read(struct listing *out, const struct names *labels, const char *path,
		   const struct place *place, struct errinfo *e)
{
	struct strbuf sb = STRBUF_INIT;
	enum err r = read_text(&sb, path, place, &list_sort, e);
	char *text = sb.buf, *line;
	for (int number = 1; !r && (line = text_line(&text)) != NULL; number++)
		if (*line)
			r = add_picture(out, labels, line, path, number, place, e);
	strbuf_release(&sb);
	listing_sort(out);
	return r;
}

static enum err read_list(struct listing *out, const struct names *labels,
			  const struct data_file *d, enum key key, struct errinfo *e)
{
	char *path = find_beside(d->values[key], d->place->path);
	enum err r = list_read(out, labels, path, d->place, e);
	free(path);
	return r;
}

static enum err need(const struct data_file *d, enum key key, const char *what, struct errinfo *e)
{
	if (d->values[key])
		return ERR_OK;
	return place_error(d->place, e, ERR_VALUE, "no \"%s = FILE\": the list of %s pictures",
			   key_names[key], what);
}

/* `train` may be NULL: only the validation pictures are wanted then. */
static enum err read_all(struct names *classes, struct listing *train, struct listing *valid,
			 const struct place *data_file, struct errinfo *e)
{
	struct data_file d = {.place = data_file};
	struct names labels = {NULL, 0, 0};
	enum err r = read_data_file(&d, e);
	if (!r)
		r = read_classes(&labels, classes, &d, e);
	if (!r)
		r = train ? need(&d, KEY_TRAIN, "training", e)
			  : need(&d, KEY_VALID, "validation", e);
	if (!r && train)
		r = read_list(train, &labels, &d, KEY_TRAIN, e);
	if (!r && d.values[KEY_VALID])
		r = read_list(valid, &labels, &d, KEY_VALID, e);
	for (int k = 0; k < KEY_N; k++)
		free(d.values[k]);
	names_release(&labels);
	return r;
}

enum err lists_read(struct names *classes, struct listing *train, struct listing *valid,
		    const struct place *data_file, struct errinfo *e)
{
	return read_all(classes, train, valid, data_file, e);
}

enum err lists_read_valid(struct names *classes, struct listing *valid,
			  const struct place *data_file, struct errinfo *e)
{
	return read_all(classes, NULL, valid, data_file, e);
}
