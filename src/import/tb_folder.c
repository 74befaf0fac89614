#include "tb_folder.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool tb_is_event_file(const char *name)
{
	size_t len = strlen(name);
	return strstr(name, "tfevents") && name[0] != '.' &&
	       !(len >= 11 && strcmp(name + len - 11, ".profile-empty") == 0);
}

static bool is_split(const char *name)
{
	static const char *const splits[] = {"train", "training", "validation", "valid",
					     "val",   "eval",     "test"};
	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++)
		if (strcmp(name, splits[i]) == 0)
			return true;
	return false;
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_file(struct tb_names *t, const char *folder, const char *name, const char *prefix)
{
	if (t->n == TB_FILES_MAX) {
		t->cut = true;
		return;
	}
	t->files = xrealloc(t->files, t->n + 1, sizeof(*t->files));
	t->files[t->n++] = (struct tb_name){path_join(folder, name), xstrdup(prefix)};
}

/* The event files that lie in a folder itself. */
static void add_files(struct tb_names *t, const char *folder, const char *prefix)
{
	struct dirent **found;
	int n = scandir(folder, &found, visible, by_name);
	for (int i = 0; i < n; i++) {
		char *path = path_join(folder, found[i]->d_name);
		if (tb_is_event_file(found[i]->d_name) && !file_is_dir(path))
			add_file(t, folder, found[i]->d_name, prefix);
		free(path);
		free(found[i]);
	}
	if (n >= 0)
		free(found);
}

static bool has_files(const char *folder)
{
	struct tb_names t = {0};
	add_files(&t, folder, "");
	bool has = t.n > 0;
	tb_names_release(&t);
	return has;
}

/* Its folders that hold event files, by name. Caller frees each and all. */
static char **folders_of(const char *path, int *n)
{
	struct dirent **found;
	int all = scandir(path, &found, visible, by_name);
	char **names = xcalloc((size_t)(all > 0 ? all : 0) + 1, sizeof(*names));
	*n = 0;
	for (int i = 0; i < all; i++) {
		char *sub = path_join(path, found[i]->d_name);
		if (file_is_dir(sub) && has_files(sub))
			names[(*n)++] = xstrdup(found[i]->d_name);
		free(sub);
		free(found[i]);
	}
	if (all >= 0)
		free(found);
	return names;
}

static enum err several(const char *path, char *const *names, int n, struct errinfo *e)
{
	struct strbuf list = STRBUF_INIT;
	for (int i = 0; i < n && i < 3; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", names[i]);
	enum err r = err_set(
	    e, ERR_FORMAT, "%s: it holds %s, each in a folder of its own (%s%s): open one of them",
	    path, n == 1 ? "a run" : "several runs", list.buf, n > 3 ? ", …" : "");
	strbuf_release(&list);
	return r;
}

/* What stands before the part of the name that is TensorBoard's own. */
static size_t begin_of(const char *name)
{
	const char *own = strstr(name, "events.out.tfevents");
	return own ? (size_t)(own - name) : strcspn(name, ".");
}

/* Two files that cannot be of one run; NULL: there are none. */
static const char *stranger(const struct tb_names *t)
{
	const char *first = t->n ? path_base(t->files[0].path) : "";
	for (size_t i = 1; i < t->n; i++) {
		const char *name = path_base(t->files[i].path);
		if (begin_of(name) != begin_of(first) || strncmp(name, first, begin_of(first)) != 0)
			return name;
	}
	return NULL;
}

static enum err check_names(const char *path, const struct tb_names *t, struct errinfo *e)
{
	const char *other = stranger(t);
	if (!other)
		return ERR_OK;
	return err_set(e, ERR_FORMAT,
		       "%s: it holds event files of several runs (%s, %s%s): open one of them",
		       path, path_base(t->files[0].path), other, t->n > 2 ? ", …" : "");
}

static int count_splits(char *const *names, int n)
{
	int splits = 0;
	for (int i = 0; i < n; i++)
		splits += is_split(names[i]);
	return splits;
}

/* The files of those of its folders that belong to it. */
static void add_folders(struct tb_names *t, const char *path, char *const *names, int n)
{
	bool own = t->n > 0;
	for (int i = 0; i < n; i++) {
		char *sub = path_join(path, names[i]), *prefix = xasprintf("%s/", names[i]);
		if (own || is_split(names[i]))
			add_files(t, sub, prefix);
		free(prefix);
		free(sub);
	}
}

enum err tb_folder_list(struct tb_names *out, const char *path, struct errinfo *e)
{
	int n;
	*out = (struct tb_names){0};
	if (!file_is_dir(path)) {
		add_file(out, ".", path, "");
		return ERR_OK;
	}
	char **names = folders_of(path, &n);
	add_files(out, path, "");
	enum err r = check_names(path, out, e);
	if (!r && out->n == 0 && n == 0)
		r = err_set(e, ERR_FORMAT, "%s: there is no event file in it", path);
	else if (!r && out->n == 0 && count_splits(names, n) == 0)
		r = several(path, names, n, e);
	if (r)
		tb_names_release(out);
	else
		add_folders(out, path, names, n);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return r;
}

void tb_names_release(struct tb_names *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->files[i].path);
		free(t->files[i].prefix);
	}
	free(t->files);
	*t = (struct tb_names){0};
}

bool tb_folder_has(const char *path)
{
	int n;
	char **names = folders_of(path, &n);
	bool has = n > 0 || has_files(path);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return has;
}
