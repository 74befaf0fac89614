/* A closed-form start for the new last layer: ridge regression on the frozen base's features. */
#ifndef THAW_TRAIN_HEAD_INIT_H
#define THAW_TRAIN_HEAD_INIT_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

struct session;

/* Start the head as head.init says and append how to `words`. A head that is not one linear
 * layer starts at random, with a warning note. The training pictures are seen un-augmented, and
 * mirrored as well when data.augment.flip is on.
 * Errors: ERR_IO (a picture that cannot be read any more), ERR_NONFINITE. */
enum err head_init(struct session *s, struct strbuf *words, struct errinfo *e);

#endif
