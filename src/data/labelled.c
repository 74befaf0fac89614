/* Pictures for a network that has its classes already. */
#include "thaw/data/dataset.h"

#include "listing.h"
#include "quote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/nearest.h"
#include "thaw/base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LISTED_MAX 8 /* classes named in a message */

/* A folder that holds the class folders further down; caller frees, NULL: it does not. */
static char *one_below(const char *path, const char *name, const struct names *classes)
{
	char *below = path_join(path, name);
	for (size_t i = 0; i < classes->n; i++) {
		char *folder = path_join(below, classes->names[i]);
		bool is_one = file_is_dir(folder);
		free(folder);
		if (is_one)
			return below;
	}
	free(below);
	return NULL;
}

static const char *nearest_class(const char *name, const struct names *classes)
{
	const char **all = xcalloc(classes->n + 1, sizeof(*all));
	for (size_t i = 0; i < classes->n; i++)
		all[i] = classes->names[i];
	const char *nearest = nearest_word(name, all);
	free(all);
	return nearest;
}

static void add_list(struct strbuf *out, const struct names *classes)
{
	for (size_t i = 0; i < classes->n && i < LISTED_MAX; i++)
		strbuf_addf(out, "%s%.60s", i ? ", " : "", classes->names[i]);
	if (classes->n > LISTED_MAX)
		strbuf_addf(out, " and %zu more", classes->n - LISTED_MAX);
}

/* What a person may have meant by a class that is none. */
static void add_way_out(struct strbuf *out, const char *path, const char *name,
			const struct names *classes)
{
	char *below = one_below(path, name, classes), quoted[QUOTE_MAX];
	const char *nearest = nearest_class(name, classes);
	if (below) {
		strbuf_addf(out, "; its classes are in %s: name that folder",
			    quote_path(quoted, below));
	} else if (nearest) {
		strbuf_addf(out, "; the nearest of its classes is \"%.200s\"", nearest);
	} else {
		strbuf_addstr(out, "; its classes are ");
		add_list(out, classes);
	}
	free(below);
}

static enum err unknown_class(const char *path, const char *name, const struct names *classes,
			      struct errinfo *e)
{
	char quoted[QUOTE_MAX];
	struct strbuf way_out = STRBUF_INIT;
	add_way_out(&way_out, path, name, classes);
	enum err r = err_set(e, ERR_VALUE, "%s: \"%.200s\" is not a class of the network%s",
			     quote_path(quoted, path), name, way_out.buf);
	strbuf_release(&way_out);
	return r;
}

/* Labels that are places in `own` become places in `classes`. */
static enum err relabel(struct listing *l, const struct names *own, const struct names *classes,
			const char *path, struct errinfo *e)
{
	int *label = xcalloc(own->n + 1, sizeof(*label));
	for (size_t i = 0; i < own->n; i++)
		label[i] = names_find(classes, own->names[i], strlen(own->names[i]));
	enum err r = ERR_OK;
	for (size_t i = 0; i < l->n && !r; i++) {
		int was = l->samples[i].label;
		l->samples[i].label = label[was];
		if (label[was] < 0)
			r = unknown_class(path, own->names[was], classes, e);
	}
	free(label);
	return r;
}

static bool ends_in(const char *path, const char *end)
{
	const char *dot = strrchr(path_base(path), '.');
	return dot && strcasecmp(dot, end) == 0;
}

/* Pictures beside the class folders. */
static void tell_strays(const struct place *root, struct warnings *w)
{
	struct picture_folder f;
	char quoted[QUOTE_MAX], example[QUOTE_MAX];
	if (picture_folder_look(&f, root->path, root, NULL) == ERR_OK && f.n_pictures)
		warnings_add(w, "%s: %zu picture%s in no class folder, not looked at: %s",
			     quote_path(quoted, root->path), f.n_pictures,
			     f.n_pictures == 1 ? "" : "s", quote_path(example, f.picture));
	picture_folder_release(&f);
}

static enum err list_pictures(struct listing *out, const struct names *classes, const char *path,
			      struct warnings *w, struct errinfo *e)
{
	struct names own = {NULL, 0, 0};
	struct place place = {.path = xstrdup(path)};
	char quoted[QUOTE_MAX];
	enum err r;
	if (!file_exists(path)) {
		r = err_set(e, ERR_NOT_FOUND, "%s: there is no such file or folder",
			    quote_path(quoted, path));
	} else if (file_is_dir(path)) {
		r = folders_classes(&own, &place, e);
		r = r ? r : folders_list(out, &own, &place, e);
		r = r ? r : relabel(out, &own, classes, path, e);
		tell_strays(&place, w);
	} else if (ends_in(path, ".data")) {
		place.key = quote_path(quoted, path);
		r = lists_read_valid(&own, out, &place, e);
		r = r ? r : relabel(out, &own, classes, path, e);
	} else {
		r = list_read(out, classes, path, &place, e);
	}
	names_release(&own);
	place_release(&place);
	if (!r && !out->n)
		r = err_set(e, ERR_VALUE, "%s: there are no pictures in it",
			    quote_path(quoted, path));
	return r;
}

enum err dataset_open_labelled(struct dataset **out, char *const *classes, size_t n_classes,
			       const char *path, struct warnings *w, struct errinfo *e)
{
	struct names known = {NULL, 0, 0};
	struct listing l = {NULL, 0, 0};
	for (size_t i = 0; i < n_classes; i++)
		names_add(&known, xstrdup(classes[i]));
	enum err r = list_pictures(&l, &known, path, w, e);
	if (r) {
		names_release(&known);
		listing_release(&l);
		return r;
	}
	*out = xcalloc(1, sizeof(**out));
	**out = (struct dataset){
	    .classes = known.names,
	    .n_classes = known.n,
	    .valid = {l.samples, l.n},
	    .n_listed = l.n,
	};
	return ERR_OK;
}
