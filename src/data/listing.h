/* A growing list of labelled pictures, and the two ways to fill one: class folders and Darknet's
 * list files.
 *
 * Messages begin with the place of the setting that named the folder or list (struct place).
 */
#ifndef THAW_SRC_DATA_LISTING_H
#define THAW_SRC_DATA_LISTING_H

#include "thaw/base/err.h"
#include "thaw/data/dataset.h"

#include <stdbool.h>

/* A setting of the experiment and the path it holds, found relative to the working directory or
 * else to the experiment's folder. */
struct place {
	const struct experiment *x; /* NULL: no setting, but a word of a command line */
	const char *key;            /* e.g. "data.images"; NULL: messages name the file */
	char *path;                 /* owned; place_release() */
};

void place_init(struct place *p, const struct experiment *x, const char *key, const char *path);
void place_release(struct place *p);

/* "PLACE: KEY: …" in e->msg; returns `code`. */
enum err place_error(const struct place *p, struct errinfo *e, enum err code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

struct listing {
	struct sample *samples;
	size_t n, cap;
};

void listing_push(struct listing *l, struct sample s);      /* takes s.path */
void listing_add(struct listing *l, char *path, int label); /* a picture file; takes `path` */
void listing_sort(struct listing *l);                       /* by path, bytewise */
void listing_release(struct listing *l);

/* The places of one class among samples[n], in the random order of `key`. Shape: [*count]; caller
 * frees. */
uint32_t *listing_shuffle_class(const struct sample *samples, size_t n, int label, uint64_t key,
				size_t *count);

struct names {
	char **names;
	size_t n, cap;
};

void names_add(struct names *c, char *name);                         /* takes `name` */
int names_find(const struct names *c, const char *name, size_t len); /* index, or -1 */
void names_release(struct names *c);

/* What lies in one folder, not deeper; junk is not seen. */
struct picture_folder {
	struct names dirs; /* sorted */
	size_t n_pictures; /* files named as pictures */
	char *picture;     /* the first of them, or NULL */
};

/* `root` is for the message. Errors: ERR_NOT_FOUND, ERR_IO; to be released all the same. */
enum err picture_folder_look(struct picture_folder *out, const char *dir, const struct place *root,
		     struct errinfo *e);
void picture_folder_release(struct picture_folder *f);

/* Name the class folders in `root`, sorted. Errors: ERR_NOT_FOUND, ERR_IO, ERR_VALUE. */
enum err folders_classes(struct names *out, const struct place *root, struct errinfo *e);

/* List the pictures under root/CLASS for every class of `c`, folders inside it included; a class
 * may have no folder. */
enum err folders_list(struct listing *out, const struct names *c, const struct place *root,
		      struct errinfo *e);

/* Read class names, one a line, all different. Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_VALUE
 * (with file and line). */
enum err names_read(struct names *out, const char *path, const struct place *place,
		    struct errinfo *e);

/* Read a Darknet .data file with its labels and its lists of training and validation pictures.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_VALUE, ERR_FORMAT, with file and line. */
enum err lists_read(struct names *classes, struct listing *train, struct listing *valid,
		    const struct place *data_file, struct errinfo *e);

/* The same of its list of validation pictures alone, which it must have. */
enum err lists_read_valid(struct names *classes, struct listing *valid,
			  const struct place *data_file, struct errinfo *e);

/* Read one list of pictures, whose classes are `labels`. */
enum err list_read(struct listing *out, const struct names *labels, const char *path,
		   const struct place *place, struct errinfo *e);

/* After an audit: every class still has a picture to train on. Errors: ERR_VALUE. */
enum err dataset_check(const struct dataset *d, const struct experiment *x, struct errinfo *e);

#endif
