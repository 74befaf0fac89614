#include "importer.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool import_head_holds(const struct import_head *h, const char *name)
{
	const char *const *key = &name;
	return h->n_names && bsearch(key, h->names, h->n_names, sizeof(*h->names), by_name);
}
