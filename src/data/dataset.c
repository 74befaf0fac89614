#include "thaw/data/dataset.h"

#include "choose.h"
#include "idx.h"
#include "layout.h"
#include "listing.h"
#include "quote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of n pictures of a class, how many are held out: the share, but one on either side when there
 * are two. */
static size_t held_out(size_t n, double share)
{
	if (share <= 0 || n < 2)
		return 0;
	size_t k = (size_t)lrint((double)n * share);
	return k < 1 ? 1 : k > n - 1 ? n - 1 : k;
}

static void split_stratified(struct listing *all, struct listing *valid, size_t n_classes,
			     double share, uint64_t seed)
{
	bool *out = xcalloc(all->n + 1, sizeof(*out));
	for (size_t c = 0; c < n_classes; c++) {
		size_t n;
		uint64_t key = rng_key(seed, RNG_SPLIT, 0, c);
		uint32_t *order = listing_shuffle_class(all->samples, all->n, (int)c, key, &n);
		for (size_t i = 0; i < held_out(n, share); i++)
			out[order[i]] = true;
		free(order);
	}
	size_t kept = 0;
	for (size_t i = 0; i < all->n; i++) {
		if (out[i])
			listing_push(valid, all->samples[i]);
		else
			all->samples[kept++] = all->samples[i];
	}
	all->n = kept;
	free(out);
}

/* Shape: [n_classes]; caller frees. */
static size_t *count_classes(const struct sample *samples, size_t n, size_t n_classes)
{
	size_t *count = xcalloc(n_classes + 1, sizeof(*count));
	for (size_t i = 0; i < n; i++)
		count[samples[i].label]++;
	return count;
}

/* Before the folders are taken for classes: those that hold pictures may be something else. */
static enum err check_layout(const struct names *classes, const struct listing *train,
			     const struct place *images, struct errinfo *e)
{
	struct names used = {NULL, 0, 0};
	size_t *count = count_classes(train->samples, train->n, classes->n);
	for (size_t i = 0; i < classes->n; i++)
		if (count[i])
			names_add(&used, xstrdup(classes->names[i]));
	enum err r = layout_check(&used, images, e);
	names_release(&used);
	free(count);
	return r;
}

/* A class folder of `valid` that is none of `train`. */
static enum err unknown_class(const char *name, const struct names *other,
			      const struct names *classes, const struct place *train,
			      const struct place *valid, struct errinfo *e)
{
	char dir[QUOTE_MAX];
	enum err r = layout_check(other, valid, e);
	if (r)
		return r;
	quote_path(dir, train->path);
	for (size_t i = 0; i < classes->n; i++)
		if (strcasecmp(classes->names[i], name) == 0)
			return place_error(valid, e, ERR_VALUE,
					   "class \"%.200s\" is called \"%.200s\" in %s; rename one: "
					   "upper and lower case differ",
					   name, classes->names[i], dir);
	return place_error(valid, e, ERR_VALUE,
			   "class \"%.200s\" has no folder in %s; class folders must have the same "
			   "names in both",
			   name, dir);
}

/* A class without a picture to train on is none yet. */
static enum err check_valid_classes(const struct names *classes, const struct listing *pictures,
				    const struct place *train, const struct place *valid,
				    struct errinfo *e)
{
	struct names other = {NULL, 0, 0};
	char name[QUOTE_MAX];
	size_t *count = count_classes(pictures->samples, pictures->n, classes->n);
	enum err r = folders_classes(&other, valid, e);
	for (size_t i = 0; i < other.n && !r; i++)
		if (names_find(classes, other.names[i], strlen(other.names[i])) < 0)
			r = unknown_class(other.names[i], &other, classes, train, valid, e);
	for (size_t i = 0; i < classes->n && !r; i++)
		if (count[i] &&
		    names_find(&other, classes->names[i], strlen(classes->names[i])) < 0)
			r = place_error(valid, e, ERR_VALUE,
					"there is no folder for class \"%.200s\" of %s; class "
					"folders must have the same names in both",
					classes->names[i], quote_path(name, train->path));
	names_release(&other);
	free(count);
	return r;
}

static enum err open_folders(struct names *classes, struct listing *train, struct listing *valid,
			     const struct experiment *x, struct errinfo *e)
{
	struct place images, held;
	place_init(&images, x, "data.images", x->data.images);
	place_init(&held, x, "data.valid", x->data.valid_dir);
	enum err r = folders_classes(classes, &images, e);
	if (!r)
		r = folders_list(train, classes, &images, e);
	if (!r)
		r = check_layout(classes, train, &images, e);
	if (!r && *x->data.valid_dir)
		r = check_valid_classes(classes, train, &images, &held, e);
	if (!r && *x->data.valid_dir)
		r = folders_list(valid, classes, &held, e);
	place_release(&images);
	place_release(&held);
	return r;
}

/* How an empty class is mended. */
static void class_advice(char *out, size_t size, const struct experiment *x, const char *class)
{
	struct place images;
	char name[QUOTE_MAX];
	snprintf(out, size, "; add some, or choose other classes with data.classes");
	if (!*x->data.images)
		return;
	place_init(&images, x, "data.images", x->data.images);
	char *dir = path_join(images.path, class);
	snprintf(out, size, ": its folder is %s; delete it or add pictures", quote_path(name, dir));
	free(dir);
	place_release(&images);
}

/* Each class needs a picture to train on. `readable` says which check this is. */
static enum err check_classes(char *const *classes, size_t n_classes, const struct sample *train,
			      size_t n, const struct experiment *x, const char *readable,
			      struct errinfo *e)
{
	struct place place = {x, experiment_source(x, NULL), NULL};
	if (n_classes < 2)
		return place_error(&place, e, ERR_VALUE,
				   "%s; at least two are needed to tell apart",
				   n_classes ? "there is only one class" : "there are no classes");
	char advice[QUOTE_MAX + 64];
	size_t *count = count_classes(train, n, n_classes), empty = 0;
	while (empty < n_classes && count[empty])
		empty++;
	free(count);
	if (empty == n_classes)
		return ERR_OK;
	class_advice(advice, sizeof(advice), x, classes[empty]);
	return place_error(&place, e, ERR_VALUE,
			   "class \"%.200s\" has no %spicture to train on%s", classes[empty],
			   readable, advice);
}

/* Real paths, sorted, so that two names of one file meet. */
static struct listing real_paths(const struct listing *l)
{
	struct listing out = {NULL, 0, 0};
	for (size_t i = 0; i < l->n; i++) {
		char *real = realpath(l->samples[i].path, NULL);
		listing_add(&out, real ? real : xstrdup(l->samples[i].path), (int)i);
	}
	listing_sort(&out);
	return out;
}

static enum err check_disjoint(const struct listing *train, const struct listing *valid,
			       const struct experiment *x, struct errinfo *e)
{
	struct place place = {x, *x->data.valid_dir ? "data.valid" : experiment_source(x, NULL),
			      NULL};
	struct listing a = real_paths(train), b = real_paths(valid);
	enum err r = ERR_OK;
	for (size_t i = 0, j = 0; i < a.n && j < b.n && !r;) {
		int order = strcmp(a.samples[i].path, b.samples[j].path);
		char name[QUOTE_MAX];
		if (order == 0)
			r = place_error(&place, e, ERR_VALUE,
					"%s is in both the training and the validation pictures; "
					"it would make the validation figures worthless",
					quote_path(name, b.samples[j].path));
		i += order < 0;
		j += order > 0;
	}
	listing_release(&a);
	listing_release(&b);
	return r;
}

/* All pictures of the source, files or not. */
static enum err open_source(struct names *classes, struct listing *train, struct listing *valid,
			    struct idx_images *sets[2], const struct experiment *x,
			    struct errinfo *e)
{
	struct place place;
	const char *path, *key = experiment_source(x, &path);
	enum err r;
	place_init(&place, x, key, path);
	if (*x->data.idx)
		r = idx_list(classes, train, valid, sets, &place, e);
	else if (*x->data.darknet)
		r = lists_read(classes, train, valid, &place, e);
	else
		r = open_folders(classes, train, valid, x, e);
	place_release(&place);
	return r;
}

static enum err choose_and_split(struct names *classes, struct listing *train,
				 struct listing *valid, const struct experiment *x,
				 struct errinfo *e)
{
	double share = x->data.valid < 0 ? VALID_AUTO_SHARE : x->data.valid;
	bool held = valid->n > 0;
	enum err r = choose_classes(classes, train, valid, x, e);
	if (!r)
		r = check_classes(classes->names, classes->n, train->samples, train->n, x, "", e);
	if (!r && !held)
		split_stratified(train, valid, classes->n, share, x->train.seed);
	return r ? r : choose_limit(train, classes->n, x, e);
}

enum err dataset_open(struct dataset **out, const struct experiment *x, struct errinfo *e)
{
	struct names classes = {NULL, 0, 0};
	struct listing train = {NULL, 0, 0}, valid = {NULL, 0, 0};
	struct idx_images *sets[2] = {NULL, NULL};
	enum err r = open_source(&classes, &train, &valid, sets, x, e);
	if (!r)
		r = choose_and_split(&classes, &train, &valid, x, e);
	if (!r && !*x->data.idx) /* places in idx files differ */
		r = check_disjoint(&train, &valid, x, e);
	if (r) {
		names_release(&classes);
		listing_release(&train);
		listing_release(&valid);
		idx_free(sets[0]);
		idx_free(sets[1]);
		return r;
	}
	*out = xcalloc(1, sizeof(**out));
	**out = (struct dataset){
	    .classes = classes.names,
	    .n_classes = classes.n,
	    .train = {train.samples, train.n},
	    .valid = {valid.samples, valid.n},
	    .n_listed = train.n + valid.n,
	    .idx = {sets[0], sets[1]},
	};
	return ERR_OK;
}

static void split_release(struct split *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->samples[i].path);
	free(s->samples);
}

void dataset_free(struct dataset *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n_classes; i++)
		free(d->classes[i]);
	free(d->classes);
	split_release(&d->train);
	split_release(&d->valid);
	for (size_t i = 0; i < d->n_bad; i++) {
		free(d->bad[i].path);
		free(d->bad[i].why);
	}
	free(d->bad);
	idx_free(d->idx[0]);
	idx_free(d->idx[1]);
	free(d);
}

enum err dataset_check(const struct dataset *d, const struct experiment *x, struct errinfo *e)
{
	return check_classes(d->classes, d->n_classes, d->train.samples, d->train.n, x, "readable ",
			     e);
}

static int by_value(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return (x > y) - (x < y);
}

size_t dataset_probes(const struct dataset *d, uint64_t seed, size_t n, size_t *index)
{
	uint32_t **orders = xcalloc(d->n_classes + 1, sizeof(*orders));
	size_t *counts = xcalloc(d->n_classes + 1, sizeof(*counts)), chosen = 0;
	for (size_t c = 0; c < d->n_classes; c++)
		orders[c] = listing_shuffle_class(d->valid.samples, d->valid.n, (int)c,
						  rng_key(seed, RNG_PROBE, 0, c), &counts[c]);
	/* one of each class a round, until there are enough or none is left */
	for (size_t round = 0; chosen < n && chosen < d->valid.n; round++)
		for (size_t c = 0; c < d->n_classes && chosen < n; c++)
			if (round < counts[c])
				index[chosen++] = orders[c][round];
	if (chosen)
		qsort(index, chosen, sizeof(*index), by_value);
	for (size_t c = 0; c < d->n_classes; c++)
		free(orders[c]);
	free(orders);
	free(counts);
	return chosen;
}
