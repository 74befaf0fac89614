#include "class_names.h"
#include "thaw/base/alloc.h"
#include "thaw/base/nearest.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 12

static enum err unknown(const struct preflight *p, const char *name, const char *path,
			const char *key, struct errinfo *e)
{
	const struct dataset *d = p->data;
	const char **names = xcalloc(d->n_classes + 1, sizeof(*names));
	struct strbuf hint = STRBUF_INIT;
	for (size_t c = 0; c < d->n_classes; c++)
		names[c] = d->classes[c];
	const char *near = nearest_word(name, names);
	if (near)
		strbuf_addf(&hint, "did you mean '%.60s'?", near);
	for (size_t c = 0; !near && c < d->n_classes && c < NAMES_SHOWN; c++)
		strbuf_addf(&hint, "%s%.60s", c ? ", " : "the classes are ", d->classes[c]);
	if (!near && d->n_classes > NAMES_SHOWN)
		strbuf_addf(&hint, " and %zu more", d->n_classes - NAMES_SHOWN);
	enum err r = err_set(e, ERR_VALUE, "%s: %s: no class is called '%.60s'; %s",
			     experiment_where(p->x, key), path, name, hint.buf);
	strbuf_release(&hint);
	free(names);
	return r;
}

enum err class_names_find(const struct preflight *p, const char *name, const char *path,
			  const char *key, size_t *at, struct errinfo *e)
{
	const struct dataset *d = p->data;
	for (*at = 0; *at < d->n_classes; (*at)++)
		if (strcmp(d->classes[*at], name) == 0)
			return ERR_OK;
	return unknown(p, name, path, key, e);
}
