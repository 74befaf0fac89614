/* The pixels of a sample, wherever they are: a picture file, or a place in an idx file. */
#ifndef THAW_SRC_DATA_SAMPLE_H
#define THAW_SRC_DATA_SAMPLE_H

#include "shrink.h"

#include "thaw/data/dataset.h"

/* As sample_decode(), decoded smaller where that is worth it; `shrink` may be NULL. */
enum err sample_decode_shrunk(struct shrunk *out, const struct sample *s,
			      const struct shrink *shrink, struct errinfo *e);

/* The same; the message does not name the file. */
enum err sample_load_shrunk(struct shrunk *out, const struct sample *s, const struct shrink *shrink,
			    struct errinfo *e);

/* Decode all of it, for as few pixels as can be. Bytes that are the same have the same *digest.
 * Errors: as image_decode(); the message does not name the file. */
enum err sample_check(const struct sample *s, uint64_t *digest, struct errinfo *e);

#endif
