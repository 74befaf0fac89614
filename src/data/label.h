/* The class of a picture in a list, from its path. */
#ifndef THAW_SRC_DATA_LABEL_H
#define THAW_SRC_DATA_LABEL_H

#include "listing.h"

struct label_match {
	int label;  /* -1 = none */
	int second; /* another class that fits as well, -1 = none */
};

/* Its folder's name when that is a label. Else the one label among the names of the folders further
 * up, and in the file's name: there it stands between ends, and characters that are neither
 * letters nor digits, as in 12_dog.png; where one label lies inside another ("lion" in
 * "3_sea_lion.png"), the longer one counts.
 * Source: Darknet's data.c fill_truth(), which takes every label that is a substring of the path.
 */
struct label_match label_match(const struct names *labels, const char *path);

#endif
