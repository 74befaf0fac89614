#include "idx.h"
#include "quote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <stdlib.h>
#include <string.h>

enum { LABELS_MAX = 256 }; /* a label is a byte */

/* How the files of a set are called behind "train" or "t10k"; each may end in .gz. */
static const char *const images_names[] = {"images-idx3-ubyte", "images-idx4-ubyte",
					   "images.idx3-ubyte", "images.idx4-ubyte", NULL};
static const char *const labels_names[] = {"labels-idx1-ubyte", "labels.idx1-ubyte", NULL};

/* The first of these that is there, or NULL; caller frees. */
static char *find_file(const char *dir, const char *set, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		for (int zipped = 0; zipped < 2; zipped++) {
			char *path = xasprintf("%s/%s-%s%s", dir, set, names[i],
					       zipped ? ".gz" : "");
			if (file_exists(path))
				return path;
			free(path);
		}
	return NULL;
}

static enum err missing(const struct place *p, const char *set, const char *name, struct errinfo *e)
{
	char dir[QUOTE_MAX];
	return place_error(p, e, ERR_NOT_FOUND, "there is no %s-%s, zipped (.gz) or not, in %s",
			   set, name, quote_path(dir, p->path));
}

/* Two files of a set into a list, in their order. `limit` is the number of class names, or
 * LABELS_MAX; *most becomes the largest label. */
static enum err read_set(struct listing *out, struct idx_images **images, const struct place *p,
			 const char *set, size_t limit, uint8_t *most, struct errinfo *e)
{
	char *pictures = find_file(p->path, set, images_names),
	     *labels = find_file(p->path, set, labels_names);
	uint8_t *label = NULL;
	enum err r = ERR_OK;
	if (!pictures || !labels)
		r = missing(p, set, pictures ? labels_names[0] : images_names[0], e);
	if (!r)
		r = idx_read_images(images, p, pictures, e);
	if (!r)
		r = idx_read_labels(&label, p, labels, *images, limit, e);
	for (uint32_t i = 0; !r && i < (*images)->n; i++) {
		char *name = xasprintf("%s#%u", pictures, i);
		listing_push(out, (struct sample){.path = name, .label = label[i],
						  .idx = *images, .at = i});
		*most = label[i] > *most ? label[i] : *most;
	}
	free(label);
	free(pictures);
	free(labels);
	return r;
}

static bool has_set(const char *dir, const char *set)
{
	char *images = find_file(dir, set, images_names);
	char *labels = find_file(dir, set, labels_names);
	bool has = images || labels;
	free(images);
	free(labels);
	return has;
}

static enum err read_names(struct names *classes, const struct experiment *x, struct errinfo *e)
{
	struct place place;
	place_init(&place, x, "data.names", x->data.names);
	enum err r = names_read(classes, place.path, &place, e);
	if (!r && classes->n > LABELS_MAX)
		r = place_error(&place, e, ERR_VALUE,
				"%zu class names; labels of idx files go up to %d", classes->n,
				LABELS_MAX - 1);
	place_release(&place);
	return r;
}

enum err idx_list(struct names *classes, struct listing *train, struct listing *valid,
		  struct idx_images *sets[2], const struct place *folder, struct errinfo *e)
{
	const struct experiment *x = folder->x;
	bool named = *x->data.names != '\0';
	uint8_t most = 0, ignored = 0;
	enum err r = named ? read_names(classes, x, e) : ERR_OK;
	if (!r)
		r = read_set(train, &sets[0], folder, "train", named ? classes->n : LABELS_MAX,
			     &most, e);
	for (int i = 0; !r && !named && i <= most; i++)
		names_add(classes, xasprintf("%d", i));
	if (!r && x->data.valid < 0 && has_set(folder->path, "t10k"))
		r = read_set(valid, &sets[1], folder, "t10k", classes->n, &ignored, e);
	return r;
}
