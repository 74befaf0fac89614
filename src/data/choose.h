/* Which of the listed pictures an experiment uses: data.classes and data.limit. */
#ifndef THAW_SRC_DATA_CHOOSE_H
#define THAW_SRC_DATA_CHOOSE_H

#include "listing.h"

/* Keep the classes of data.classes, in their order in `classes`, with labels 0, 1, …; drop the
 * other classes and their pictures. Errors: ERR_VALUE (no such class, chosen twice). */
enum err choose_classes(struct names *classes, struct listing *train, struct listing *valid,
			const struct experiment *x, struct errinfo *e);

/* Keep data.limit pictures, in each class its share, at least one; the first of an order drawn from
 * train.seed. Every class has a picture. Errors: ERR_VALUE when the limit is below the number of
 * classes. */
enum err choose_limit(struct listing *train, size_t n_classes, const struct experiment *x,
		      struct errinfo *e);

#endif
