/* Pictures decoded smaller than their files are.
 *
 * A JPEG can be decoded at a half, a quarter or an eighth of its size for less work than the whole
 * takes, and gives what averaging would have given. How small depends on the sizes of file and
 * frame alone, so that the same view has the same bytes always. Other kinds are decoded whole, but
 * for those of more than IMAGE_MAX_PIXELS.
 */
#ifndef THAW_SRC_DATA_SHRINK_H
#define THAW_SRC_DATA_SHRINK_H

#include "thaw/data/augment.h"

/* What the picture is for: a frame into which it is laid, and how much of it may be enlarged. */
struct shrink {
	enum resize_mode mode;
	int w, h;    /* of the frame */
	double zoom; /* >= 1: no view enlarges more than this, either way */
};

struct shrunk {
	struct image im; /* upright */
	int by;          /* 1, 2, 4 or 8: a pixel stands for by x by of the file's, */
	int w, h;        /* of which there are so many, upright; */
	int left, top;   /* so many of the first column's and row's are outside */
};

/* The largest of 1, 2, 4, 8 that leaves at least one decoded pixel to each pixel of any view of a
 * w x h file (upright). */
int shrink_choose(const struct shrink *s, int w, int h);

/* What augment_to_input() needs of a picture; false: all of it, as it may show the un-augmented
 * view, which mirrors Darknet's. */
bool augment_shrink(struct shrink *out, const struct augment_config *a, enum resize_mode mode,
		    int w, int h);

/* As augment_to_input(). */
void augment_shrunk(const struct shrunk *s, const struct augment_config *a, enum resize_mode mode,
		    uint64_t key, int w, int h, float *out);

/* The bytes of a picture file; caller frees. Errors: as image_decode(); the message does not name
 * the file. */
enum err image_read(uint8_t **out, size_t *len, const char *path, struct errinfo *e);

/* As image_decode(); with `s` NULL as much of the picture as there may be. Free with
 * image_release(&out->im). */
enum err image_decode_shrunk(struct shrunk *out, const char *path, const struct shrink *s,
			     struct errinfo *e);

/* The same; the message does not name the file. */
enum err image_load_shrunk(struct shrunk *out, const char *path, const struct shrink *s,
			   struct errinfo *e);
enum err image_shrunk_memory(struct shrunk *out, const void *data, size_t len,
			     const struct shrink *s, struct errinfo *e);

#endif
