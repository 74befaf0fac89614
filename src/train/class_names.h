/* Names of classes in settings: each must be one of the data set's. */
#ifndef THAW_TRAIN_CLASS_NAMES_H
#define THAW_TRAIN_CLASS_NAMES_H

#include "preflight.h"

/* The position of the class `name`, which the setting `path` names, into *at; its place is that of
 * `key` (experiment_where()).
 * Errors: ERR_VALUE, no class is called so, with its place and the nearest that is. */
enum err class_names_find(const struct preflight *p, const char *name, const char *path,
			  const char *key, size_t *at, struct errinfo *e);

#endif
