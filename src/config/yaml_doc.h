/* One YAML document out of bytes: the part that experiment files, keys and the quiz share.
 *
 * It knows nothing of what stands in it. Messages name the place as "FILE:LINE:COLUMN: ".
 */
#ifndef THAW_CONFIG_YAML_DOC_H
#define THAW_CONFIG_YAML_DOC_H

#include "entries.h"

#include <yaml.h>

struct yaml_text {
	const struct entries *en; /* whose file the messages name; nothing is added to it */
	const char *data;
	size_t len;
	const char *what; /* "an experiment file" */
};

/* Load the only document of the text; it has a root. Release it with yaml_document_delete().
 * Errors: ERR_FORMAT (not YAML, or empty), ERR_VALUE (a second document); nothing to release
 * then */
enum err yaml_doc_load(yaml_document_t *doc, const struct yaml_text *t, struct errinfo *e);

struct entry yaml_place(yaml_mark_t m); /* line and column, 1-based */
bool yaml_is_null(const yaml_node_t *node); /* nothing, ~ or null, not in quotes */

#endif
