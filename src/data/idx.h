/* Idx files, the format that MNIST and its kin come in: one file of pictures, one of labels.
 *
 *	byte  0  two zeros, the type of the numbers (8 = unsigned bytes), the number of dimensions
 *	byte  4  each dimension, 32 bits, most significant byte first: pictures are n, height, width
 *	         (grey) and, with a fourth, 3 colours last, or else second (planes); labels are n
 *	byte  …  the numbers, the last dimension fastest
 *
 * A file may be gzipped; offsets in messages are of the bytes inside. Files are untrusted: what a
 * header claims is allocated only as the bytes arrive, and a file that is shorter or longer than
 * its header says is refused. Invariant: what was read holds exactly what its header says.
 * Source: the format's description at the end of the MNIST database's page (LeCun, Cortes, Burges).
 */
#ifndef THAW_SRC_DATA_IDX_H
#define THAW_SRC_DATA_IDX_H

#include "listing.h"

#include "thaw/data/image.h"

/* The pictures of one file. */
struct idx_images {
	char *file;
	uint8_t *bytes; /* [n][h][w], [n][h][w][3], or [n][3][h][w] when `planar` */
	uint32_t n;
	int w, h, channels;
	bool planar;
};

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT with the file and e->at, the offset. On error *out is
 * untouched. */
enum err idx_read_images(struct idx_images **out, const struct place *p, const char *file,
			 struct errinfo *e);
void idx_free(struct idx_images *set);

/* Shape: (*labels)[n], each below `limit`; caller frees. `images` names the other file in a message
 * about n. Errors: as above, and ERR_VALUE. */
enum err idx_read_labels(uint8_t **labels, const struct place *p, const char *file,
			 const struct idx_images *images, size_t limit, struct errinfo *e);

/* Picture `at` as RGB. Errors: ERR_FORMAT when there is no memory for it. */
enum err idx_picture(struct image *out, const struct idx_images *set, uint32_t at,
		     struct errinfo *e);

/* List what is in a folder: its train files, and in `valid` its t10k files when it has them; the
 * sets of pictures that samples point into go to sets[0] and sets[1] (NULL when there is none).
 * Class names come from data.names, or are the numbers up to the largest label.
 * Errors: as above; what was read is left in the arguments for the caller to release. */
enum err idx_list(struct names *classes, struct listing *train, struct listing *valid,
		  struct idx_images *sets[2], const struct place *folder, struct errinfo *e);

#endif
