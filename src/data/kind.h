/* What kind of file it is, told by its bytes and never by its name.
 *
 * Kinds that are read have a decoder; those that are met in picture folders but are not read have
 * a name and advice.
 */
#ifndef THAW_SRC_DATA_KIND_H
#define THAW_SRC_DATA_KIND_H

#include "decode.h"

struct kind {
	const char *name;
	/* NULL: it is not read */
	enum err (*decode)(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
			   struct errinfo *e);
	const char *advice; /* then: what a person can do with it; NULL: nothing */
};

/* NULL: nothing known. */
const struct kind *kind_of(const uint8_t *data, size_t len);

#endif
