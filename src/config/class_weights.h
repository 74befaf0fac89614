/* A setting that is a map of classes, such as train.class_weights: from YAML into the text that an
 * experiment keeps.
 *
 * The text is {"daisy": 2, "rose": 0.5}: every name in double quotes, its weight behind it. Of a map
 * in a file each name is an entry of its own besides, "train.class_weights.daisy", for its place.
 */
#ifndef THAW_CONFIG_CLASS_WEIGHTS_FILE_H
#define THAW_CONFIG_CLASS_WEIGHTS_FILE_H

#include "entries.h"
#include "thaw/config/settings.h"

#include <yaml.h>

/* Whether a setting may be such a map. */
bool class_weights_may_be(const struct setting *s);

/* Add the entry `path` of a mapping node. Errors: ERR_VALUE, at the place of what is wrong. */
enum err class_weights_add(struct entries *en, yaml_document_t *doc, const yaml_node_t *node,
			   const char *path, struct errinfo *e);

/* Bring the maps that --set gave into that form. Errors: ERR_FORMAT, ERR_VALUE */
enum err class_weights_settle(struct entries *en, struct errinfo *e);

#endif
