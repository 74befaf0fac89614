#include "thaw/data/dataset.h"

#include "layout.h"
#include "listing.h"
#include "quote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	SHOWN = 3,          /* names in a line */
	UNEVEN_FACTOR = 10, /* between the largest class and the smallest */
};

struct advice {
	const struct dataset *d;
	const struct experiment *x;
	struct warnings *w;
};

/* ---- folders ---- */

static void advise_strays(const struct advice *a, const char *key, const char *path)
{
	struct place root;
	struct picture_folder f;
	char dir[QUOTE_MAX], name[QUOTE_MAX];
	place_init(&root, a->x, key, path);
	if (picture_folder_look(&f, root.path, &root, NULL) == ERR_OK && f.n_pictures)
		warnings_add(
		    a->w,
		    "%zu picture%s beside the class folders of %s %s not used, e.g. %s; put "
		    "each into its class's folder",
		    f.n_pictures, f.n_pictures == 1 ? "" : "s", quote_path(dir, root.path),
		    f.n_pictures == 1 ? "is" : "are", quote_path(name, f.picture));
	picture_folder_release(&f);
	place_release(&root);
}

static void advise_folders(const struct advice *a)
{
	const struct experiment *x = a->x;
	struct place images;
	if (!*x->data.images)
		return;
	place_init(&images, x, "data.images", x->data.images);
	const struct names classes = {a->d->classes, a->d->n_classes, a->d->n_classes};
	layout_advise(&classes, &images, a->w);
	place_release(&images);
	advise_strays(a, "data.images", x->data.images);
	if (*x->data.valid_dir)
		advise_strays(a, "data.valid", x->data.valid_dir);
}

/* ---- classes ---- */

static int by_letters(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	int order = strcasecmp(x, y);
	return order ? order : strcmp(x, y);
}

static void advise_case(const struct advice *a)
{
	size_t n = a->d->n_classes, pairs = 0;
	struct strbuf found = STRBUF_INIT;
	char **sorted = xcalloc(n + 1, sizeof(*sorted));
	memcpy(sorted, a->d->classes, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_letters);
	for (size_t i = 1; i < n; i++) {
		if (strcasecmp(sorted[i - 1], sorted[i]) != 0 || pairs++ >= SHOWN)
			continue;
		strbuf_addf(&found, "%s\"%.100s\" and \"%.100s\"", found.len ? ", " : "",
			    sorted[i - 1], sorted[i]);
	}
	if (pairs)
		warnings_add(
		    a->w,
		    "classes that differ only in upper and lower case: %s%s; if they are one, "
		    "give them one name",
		    found.buf, pairs > SHOWN ? ", ..." : "");
	strbuf_release(&found);
	free(sorted);
}

static size_t *count_of(const struct split *s, size_t n_classes)
{
	size_t *count = xcalloc(n_classes + 1, sizeof(*count));
	for (size_t i = 0; i < s->n; i++)
		count[s->samples[i].label]++;
	return count;
}

static void advise_unvalidated(const struct advice *a)
{
	const struct dataset *d = a->d;
	struct strbuf names = STRBUF_INIT;
	size_t none = 0, *count = count_of(&d->valid, d->n_classes);
	for (size_t c = 0; c < d->n_classes; c++)
		if (!count[c] && none++ < SHOWN)
			strbuf_addf(&names, "%s\"%.100s\"", names.len ? ", " : "", d->classes[c]);
	if (none && d->valid.n)
		warnings_add(
		    a->w,
		    "%zu of %zu classes %s no validation picture: %s%s; how well %s learnt "
		    "will not be seen until some are added",
		    none, d->n_classes, none == 1 ? "has" : "have", names.buf,
		    none > SHOWN ? ", ..." : "", none == 1 ? "it is" : "they are");
	strbuf_release(&names);
	free(count);
}

static void advise_uneven(const struct advice *a)
{
	const struct dataset *d = a->d;
	size_t most = 0, least = 0, *count = count_of(&d->train, d->n_classes);
	for (size_t c = 1; c < d->n_classes; c++) {
		most = count[c] > count[most] ? c : most;
		least = count[c] < count[least] ? c : least;
	}
	bool weighted = a->x->train.class_weights && *a->x->train.class_weights;
	if (d->n_classes && !weighted && count[least] &&
	    count[most] >= UNEVEN_FACTOR * count[least])
		warnings_add(
		    a->w,
		    "classes of very different size: \"%.100s\" has %zu training pictures, "
		    "\"%.100s\" only %zu, and will be guessed too rarely; add pictures of it, or set "
		    "train.class_weights: balanced",
		    d->classes[most], count[most], d->classes[least], count[least]);
	free(count);
}

/* ---- the same bytes twice ---- */

struct file {
	uint64_t digest;
	const struct sample *sample;
	size_t at; /* its place: training pictures, then validation pictures */
	bool held; /* it is of the validation pictures */
};

static int by_digest(const void *a, const void *b)
{
	const struct file *x = a, *y = b;
	if (x->digest != y->digest)
		return x->digest < y->digest ? -1 : 1;
	if (x->held != y->held)
		return x->held - y->held;
	if (x->sample->label != y->sample->label)
		return x->sample->label < y->sample->label ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Shape: [train.n + valid.n], equal ones together: training pictures first, then by class. */
static struct file *sort_files(const struct dataset *d)
{
	size_t n = d->train.n + d->valid.n;
	struct file *files = xcalloc(n + 1, sizeof(*files));
	for (size_t i = 0; i < n; i++) {
		bool held = i >= d->train.n;
		const struct sample *s =
		    held ? &d->valid.samples[i - d->train.n] : &d->train.samples[i];
		files[i] = (struct file){s->digest, s, i, held};
	}
	if (n)
		qsort(files, n, sizeof(*files), by_digest);
	return files;
}

/* A kind of repetition: how often, and the first by place. */
struct repeat {
	size_t n;
	const struct file *one, *other;
};

static void note(struct repeat *r, size_t n, const struct file *one, const struct file *other)
{
	if (!r->n || one->at < r->one->at) {
		r->one = one;
		r->other = other;
	}
	r->n += n;
}

struct repeats {
	struct repeat parts, classes, copies;
};

/* files[0..n-1] are one picture. */
static void note_group(struct repeats *r, const struct file *files, size_t n)
{
	size_t held = 0, classes = 0;
	while (held < n && !files[held].held)
		held++;
	if (held && held < n)
		note(&r->parts, n - held, &files[held], &files[0]);
	while (classes < n && files[classes].sample->label == files[0].sample->label)
		classes++;
	if (classes < n)
		note(&r->classes, 1, &files[0], &files[classes]);
	for (size_t i = 1; i < n; i++)
		if (files[i].held == files[i - 1].held &&
		    files[i].sample->label == files[i - 1].sample->label)
			note(&r->copies, 1, &files[i], &files[i - 1]);
}

static void tell_repeats(const struct advice *a, const struct repeats *r)
{
	char one[QUOTE_MAX], other[QUOTE_MAX];
	if (r->parts.n)
		warnings_add(
		    a->w,
		    "%zu of %zu validation pictures %s among the training pictures, too, byte "
		    "for byte, e.g. %s = %s; keep each in one part, or validation will look "
		    "better than it is",
		    r->parts.n, a->d->valid.n, r->parts.n == 1 ? "is" : "are",
		    quote_path(one, r->parts.one->sample->path),
		    quote_path(other, r->parts.other->sample->path));
	if (r->classes.n)
		warnings_add(
		    a->w,
		    "%zu picture%s in two classes, byte for byte, e.g. %s (\"%.100s\") = %s "
		    "(\"%.100s\"); keep each in the class that it shows",
		    r->classes.n, r->classes.n == 1 ? " is" : "s are",
		    quote_path(one, r->classes.one->sample->path),
		    a->d->classes[r->classes.one->sample->label],
		    quote_path(other, r->classes.other->sample->path),
		    a->d->classes[r->classes.other->sample->label]);
	if (r->copies.n)
		warnings_add(
		    a->w,
		    "%zu picture%s of another in the same class, e.g. %s = %s; such a picture "
		    "counts more than once",
		    r->copies.n, r->copies.n == 1 ? " is a copy" : "s are copies",
		    quote_path(one, r->copies.one->sample->path),
		    quote_path(other, r->copies.other->sample->path));
}

static void advise_repeats(const struct advice *a)
{
	struct repeats r = {.parts = {.n = 0}};
	size_t n = a->d->train.n + a->d->valid.n;
	if (!a->d->audited)
		return;
	struct file *files = sort_files(a->d);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && files[end].digest == files[i].digest;)
			end++;
		note_group(&r, files + i, end - i);
	}
	tell_repeats(a, &r);
	free(files);
}

void dataset_advise(const struct dataset *d, const struct experiment *x, struct warnings *w)
{
	static void (*const kinds[])(const struct advice *) = {
	    advise_folders, advise_case, advise_unvalidated, advise_uneven, advise_repeats,
	};
	const struct advice a = {d, x, w};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		kinds[i](&a);
}
