/* The table of layers that Darknet prints before it trains, taken where it came through whole: rows 0, 1, 2,
 * ... of kinds that are known. It tells no parameters. Where another thread wrote into it there is none. */
#ifndef IMPORT_DARKNET_LAYERS_H
#define IMPORT_DARKNET_LAYERS_H

#include "thaw/event/event.h"

#include <stdbool.h>

struct darknet_layers {
	struct event_layer *at; /* [n]; their texts are static */
	size_t n, cap;
	bool over, torn;
};

/* Every line before the first iteration, one after the other. */
void darknet_layers_line(struct darknet_layers *l, const char *line);

/* The first table that was whole; false: there was none. Borrowed. */
bool darknet_layers_whole(struct darknet_layers *l, struct event_layers *out);

void darknet_layers_release(struct darknet_layers *l);

#endif
