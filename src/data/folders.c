#include "filename.h"
#include "listing.h"
#include "quote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/plain.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 32 };

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted, without junk. */
static enum err read_names(struct names *out, const char *dir, const struct place *root,
			   struct errinfo *e)
{
	char name[QUOTE_MAX];
	DIR *d = opendir(dir);
	if (!d)
		return place_error(root, e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
				   "cannot read the folder %s: %s", quote_path(name, dir),
				   strerror(errno));
	struct dirent *entry;
	while ((errno = 0, entry = readdir(d)) != NULL)
		if (!filename_is_junk(entry->d_name))
			names_add(out, xstrdup(entry->d_name));
	int saved = errno;
	closedir(d);
	if (saved)
		return place_error(root, e, ERR_IO, "cannot read the folder %s: %s",
				   quote_path(name, dir), strerror(saved));
	if (out->n)
		qsort(out->names, out->n, sizeof(*out->names), by_name);
	return ERR_OK;
}

static enum err check_class_name(const char *name, const struct place *root, struct errinfo *e)
{
	char quoted[QUOTE_MAX];
	if (name_is_clean(name))
		return ERR_OK;
	return place_error(
	    root, e, ERR_VALUE,
	    "the class folder \"%s\" has a name that is not plain UTF-8 text; rename it",
	    quote_path(quoted, name));
}

enum err picture_folder_look(struct picture_folder *out, const char *dir, const struct place *root,
		     struct errinfo *e)
{
	struct names all = {NULL, 0, 0};
	*out = (struct picture_folder){.n_pictures = 0};
	enum err r = read_names(&all, dir, root, e);
	for (size_t i = 0; i < all.n && !r; i++) {
		char *path = path_join(dir, all.names[i]);
		if (file_is_dir(path)) {
			names_add(&out->dirs, xstrdup(all.names[i]));
		} else if (filename_is_picture(all.names[i])) {
			if (!out->n_pictures++)
				out->picture = xstrdup(all.names[i]);
		}
		free(path);
	}
	names_release(&all);
	return r;
}

void picture_folder_release(struct picture_folder *f)
{
	names_release(&f->dirs);
	free(f->picture);
	*f = (struct picture_folder){.n_pictures = 0};
}

enum err folders_classes(struct names *out, const struct place *root, struct errinfo *e)
{
	struct picture_folder f;
	char name[QUOTE_MAX];
	enum err r = picture_folder_look(&f, root->path, root, e);
	for (size_t i = 0; i < f.dirs.n && !r; i++)
		r = check_class_name(f.dirs.names[i], root, e);
	if (!r && !f.dirs.n)
		r = place_error(root, e, ERR_VALUE,
				"%s holds no class folders%s; put the pictures of each class "
				"into a folder of its own, named as the class",
				quote_path(name, root->path), f.n_pictures ? " but files" : "");
	for (size_t i = 0; i < f.dirs.n && !r; i++)
		names_add(out, xstrdup(f.dirs.names[i]));
	picture_folder_release(&f);
	return r;
}

/* Folders already listed, so that a symbolic link can neither loop nor list a picture twice. */
struct visited {
	struct id {
		dev_t device;
		ino_t inode;
	} * ids;
	size_t n, cap;
};

static bool visit(struct visited *v, const struct stat *st)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->ids[i].device == st->st_dev && v->ids[i].inode == st->st_ino)
			return false;
	ALLOC_GROW(v->ids, v->n + 1, v->cap);
	v->ids[v->n++] = (struct id){st->st_dev, st->st_ino};
	return true;
}

struct walk {
	struct listing *out;
	const struct place *root;
	struct visited visited;
	int label;
	struct errinfo *e;
};

static enum err walk_folder(struct walk *w, const char *dir, int depth);

/* A file, or a folder inside a class folder. A name that leads nowhere is listed: the audit says
 * why. */
static enum err walk_entry(struct walk *w, char *path, int depth)
{
	struct stat st;
	bool found = stat(path, &st) == 0;
	if (found && S_ISDIR(st.st_mode)) {
		enum err r = visit(&w->visited, &st) ? walk_folder(w, path, depth + 1) : ERR_OK;
		free(path);
		return r;
	}
	if (filename_is_company(path_base(path)))
		free(path);
	else
		listing_add(w->out, path, w->label);
	return ERR_OK;
}

static enum err walk_folder(struct walk *w, const char *dir, int depth)
{
	char name[QUOTE_MAX];
	if (depth > MAX_DEPTH)
		return place_error(w->root, w->e, ERR_VALUE, "folders nested deeper than %d: %s",
				   MAX_DEPTH, quote_path(name, dir));
	struct names all = {NULL, 0, 0};
	enum err r = read_names(&all, dir, w->root, w->e);
	for (size_t i = 0; i < all.n && !r; i++)
		r = walk_entry(w, path_join(dir, all.names[i]), depth);
	names_release(&all);
	return r;
}

/* Mark the root and the class folders as seen, so that no link inside a class leads into another
 * one. */
static enum err visit_classes(struct walk *w, const struct names *c)
{
	struct stat st;
	if (stat(w->root->path, &st) == 0)
		visit(&w->visited, &st);
	for (size_t i = 0; i < c->n; i++) {
		char *dir = path_join(w->root->path, c->names[i]);
		bool again = stat(dir, &st) == 0 && !visit(&w->visited, &st);
		free(dir);
		if (again)
			return place_error(
			    w->root, w->e, ERR_VALUE,
			    "the class folder \"%.200s\" is a link to another class folder; every "
			    "class needs its own pictures",
			    c->names[i]);
	}
	return ERR_OK;
}

enum err folders_list(struct listing *out, const struct names *c, const struct place *root,
		      struct errinfo *e)
{
	struct walk w = {.out = out, .root = root, .e = e};
	enum err r = visit_classes(&w, c);
	for (size_t i = 0; i < c->n && !r; i++) {
		char *dir = path_join(root->path, c->names[i]);
		w.label = (int)i;
		if (file_exists(dir))
			r = walk_folder(&w, dir, 0);
		free(dir);
	}
	free(w.visited.ids);
	listing_sort(out);
	return r;
}
