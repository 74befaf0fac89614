/* Folders that are not one a class: the parts of a data set (train/, valid/), or a folder too high.
 *
 * A class may be called "train" (it runs on rails): a name alone decides nothing; what else is there,
 * and whether there are folders in it, does.
 */
#ifndef THAW_SRC_DATA_LAYOUT_H
#define THAW_SRC_DATA_LAYOUT_H

#include "listing.h"

#include "thaw/base/warnings.h"

/* `dirs` are those of the folders in `root` that hold pictures; `root` is of data.images or
 * data.valid. Errors: ERR_VALUE with the settings to write instead. */
enum err layout_check(const struct names *dirs, const struct place *root, struct errinfo *e);

/* What looks like a part of the data set all the same: a folder of class folders among the classes,
 * or, where data.valid is not given, a folder of validation pictures beside data.images. */
void layout_advise(const struct names *dirs, const struct place *root, struct warnings *w);

#endif
