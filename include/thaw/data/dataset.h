/* Which pictures there are, their labels, and which part each belongs to.
 *
 * Labels are exact: the name of the class directory; in Darknet's lists a name of its labels file,
 * which is the picture's folder, or else a folder further up or a whole word of the file's name, as
 * in 12_dog.png (never a mere substring, and never one of two that fit); or the number in an idx
 * file. Order is deterministic: sorted by path, bytewise; idx files keep theirs. Hidden files are
 * skipped, and what systems and programs leave: __MACOSX, @eaDir, lost+found and the like.
 * Invariant: every sample's label is in 0..n_classes-1; no path is in both splits.
 */
#ifndef THAW_DATA_DATASET_H
#define THAW_DATA_DATASET_H

#include "thaw/base/err.h"
#include "thaw/base/warnings.h"
#include "thaw/config/experiment.h"
#include "thaw/data/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idx_images;

struct sample {
	char *path; /* of an idx file: "FILE#12", counted from 0 */
	int label;
	const struct idx_images *idx; /* NULL: the picture is a file; else picture `at` of these, */
	uint32_t at;                  /* which the dataset owns */
	uint64_t digest;              /* of its bytes, once audited */
};

struct split {
	struct sample *samples;
	size_t n;
};

struct bad_image {
	char *path;
	char *why;
};

struct dataset {
	char **classes; /* directories: sorted by name; Darknet lists: in file order */
	size_t n_classes;
	struct split train, valid;
	struct bad_image *bad; /* filled by dataset_audit(); removed from the splits */
	size_t n_bad;
	size_t n_listed;       /* before the audit */
	bool audited;
	struct idx_images *idx[2]; /* of train and valid; NULL when their pictures are files */
};

/* List the pictures, keep those of data.classes, make the split (stratified, seeded by train.seed),
 * and keep data.limit of the training pictures. Errors: ERR_NOT_FOUND,
 * ERR_VALUE (empty class, one class only, a class of `valid` unknown to `train`, …) with the
 * setting's place. */
enum err dataset_open(struct dataset **out, const struct experiment *x, struct errinfo *e);

/* List pictures of known classes, all in `valid`: of a folder with one folder per class (some may
 * be missing), of Darknet's list of pictures, or of the validation list of a .data file (by its
 * name). Labels are places in classes[n_classes]. `w` is told of pictures that are of no class and
 * not listed.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_VALUE (a picture of another class or of none, no
 * picture at all), with the file and line where there is one. */
enum err dataset_open_labelled(struct dataset **out, char *const *classes, size_t n_classes,
			       const char *path, struct warnings *w, struct errinfo *e);

/* Decode every picture once, on `threads` threads; move the unreadable ones to `bad`.
 * `progress` (may be NULL) is called from the calling thread with pictures done and total.
 * Errors: ERR_VALUE when the bad share exceeds data.max_bad, naming the first few. */
enum err dataset_audit(struct dataset *d, const struct experiment *x, int threads,
		       void (*progress)(void *arg, size_t done, size_t total), void *arg,
		       struct errinfo *e);

/* Add what should be known of the set though it stops nothing, a line a kind: pictures beside the
 * class folders, folders that look like a part of the set, classes that differ only in case,
 * classes without validation pictures, classes that differ much in size; of an audited set,
 * pictures with the same bytes in both parts, in two classes, or twice in one. */
void dataset_advise(const struct dataset *d, const struct experiment *x, struct warnings *w);

void dataset_free(struct dataset *d);

/* Tells two audited data sets apart, wherever they lie: a hash of every picture's part and label,
 * its path below the folder that all of its part have in common, and its digest. */
uint64_t dataset_fingerprint(const struct dataset *d);

/* The whole picture. Errors: as image_decode(). */
enum err sample_decode(struct image *out, const struct sample *s, struct errinfo *e);

/* Why it cannot be read, without its name; NULL when it can. The caller frees it. */
char *sample_trouble(const struct sample *s);

/* Choose the probe images: `n` validation samples, the same number per class where possible,
 * seeded.
 * Shape: index[n] into d->valid.samples; returns how many were chosen (<= n). */
size_t dataset_probes(const struct dataset *d, uint64_t seed, size_t n, size_t *index);

#endif
