/* A command as a list: from YAML into the text that an experiment keeps (thaw/config/command_words.h).
 */
#ifndef THAW_CONFIG_COMMAND_FILE_H
#define THAW_CONFIG_COMMAND_FILE_H

#include "entries.h"

#include <yaml.h>

/* Add the entry `path` of a sequence node. Errors: ERR_VALUE, at the place of what is wrong. */
enum err command_add(struct entries *en, yaml_document_t *doc, const yaml_node_t *node,
		     const char *path, struct errinfo *e);

/* Bring a list that --set gave for `path`, if it did, into that form. Errors: ERR_FORMAT, ERR_VALUE */
enum err command_settle(struct entries *en, const char *path, struct errinfo *e);

#endif
