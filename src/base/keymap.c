#include "thaw/base/keymap.h"

#include <stdlib.h>
#include <string.h>

void keymap_release(struct keymap *m)
{
	for (size_t i = 0; i < m->n; i++) {
		for (size_t k = 0; k < m->items[i].n_keys; k++)
			free(m->items[i].keys[k].name);
		free(m->items[i].action);
	}
	free(m->items);
	free(m->file);
	memset(m, 0, sizeof(*m));
}
