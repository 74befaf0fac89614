/* The Darknet graph inside the engine: parsed in the box, with the few facts the kernels and the
 * audit need.
 *
 * Private to the engine room: this is where Darknet's own types are.
 */
#ifndef THAW_ENGINE_GRAPH_H
#define THAW_ENGINE_GRAPH_H

#include "thaw/engine/net.h"

#include <darknet.h>

/* Parse `cfg` with batch and subdivisions forced to 1 (kernels own the batch buffers; Darknet's
 * arrays are for one image). Errors: ERR_NOT_FOUND, ERR_FORMAT, ERR_VALUE (no layers, not an image
 * input, a section this program does not train: detectors, recurrent layers), ERR_DARKNET. */
enum err graph_open(network **out, const char *cfg, struct errinfo *e);

/* The same from the text of a cfg, which messages call `name`. */
enum err graph_parse(network **out, const char *name, const struct strbuf *text, struct errinfo *e);
void graph_close(network *g);

void graph_layer_info(const network *g, int i, struct layer_info *out);
int graph_head(const network *g);    /* last layer with weights; -1 when none */
int graph_classes(const network *g); /* outputs of the network */

/* The arrays of one layer in the order of its weights file. */
enum array_role { ARRAY_BIASES, ARRAY_SCALES, ARRAY_MEAN, ARRAY_VARIANCE, ARRAY_WEIGHTS };
struct layer_array {
	enum array_role role;
	float *data;
	size_t n; /* floats */
};
#define LAYER_ARRAYS_MAX 5
/* Returns how many; 0 for a layer without weights. */
int graph_arrays(const network *g, int i, struct layer_array out[LAYER_ARRAYS_MAX]);

#endif
