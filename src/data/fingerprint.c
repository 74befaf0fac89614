#include "thaw/data/dataset.h"

#include "thaw/base/fnv.h"

#include <string.h>

/* Bytes of the folder, its last slash included, that all paths of the split begin with. */
static size_t common_folder(const struct split *s)
{
	const char *first = s->n ? s->samples[0].path : "";
	size_t len = strlen(first);
	for (size_t i = 0; i <= s->n; i++) {
		const char *path = i < s->n ? s->samples[i].path : first;
		size_t same = 0;
		while (same < len && path[same] == first[same])
			same++;
		len = same;
	}
	while (len && first[len - 1] != '/')
		len--;
	return len;
}

static uint64_t mix_split(uint64_t h, const struct split *split)
{
	size_t folder = common_folder(split);
	for (size_t i = 0; i < split->n; i++) {
		const struct sample *s = &split->samples[i];
		const char *name = s->path + folder;
		h = fnv_add(h, &s->label, sizeof(s->label));
		h = fnv_add(h, name, strlen(name) + 1);
		h = fnv_add(h, &s->digest, sizeof(s->digest));
	}
	return fnv_add(h, &split->n, sizeof(split->n));
}

uint64_t dataset_fingerprint(const struct dataset *d)
{
	return mix_split(mix_split(FNV_OF_NOTHING, &d->train), &d->valid);
}
