#include "listing.h"
#include "quote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void place_init(struct place *p, const struct experiment *x, const char *key, const char *path)
{
	*p = (struct place){x, key, xstrdup(path)};
	if (path[0] == '/' || file_exists(path) || !x->path || !*x->path)
		return;
	char *dir = path_dir(x->path), *beside = path_join(dir, path);
	if (file_exists(beside)) {
		free(p->path);
		p->path = beside;
		beside = NULL;
	}
	free(beside);
	free(dir);
}

void place_release(struct place *p)
{
	free(p->path);
	p->path = NULL;
}

enum err place_error(const struct place *p, struct errinfo *e, enum err code, const char *fmt, ...)
{
	char text[900];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	const char *where = p->x ? experiment_where(p->x, p->key) : NULL;
	bool known = where && *where;
	return err_set(e, code, "%s%s%s%s%s", known ? where : "", known ? ": " : "",
		       p->key ? p->key : "", p->key ? ": " : "", text);
}

void listing_push(struct listing *l, struct sample s)
{
	ALLOC_GROW(l->samples, l->n + 1, l->cap);
	l->samples[l->n++] = s;
}

void listing_add(struct listing *l, char *path, int label)
{
	listing_push(l, (struct sample){.path = path, .label = label});
}

static int by_path(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	return strcmp(x->path, y->path);
}

void listing_sort(struct listing *l)
{
	if (l->n)
		qsort(l->samples, l->n, sizeof(*l->samples), by_path);
}

void listing_release(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->samples[i].path);
	free(l->samples);
	*l = (struct listing){NULL, 0, 0};
}

uint32_t *listing_shuffle_class(const struct sample *samples, size_t n, int label, uint64_t key,
				size_t *count)
{
	uint32_t *members = xcalloc(n + 1, sizeof(*members)),
		 *order = xcalloc(n + 1, sizeof(*order));
	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (samples[i].label == label)
			members[(*count)++] = (uint32_t)i;
	rng_permutation(key, order, *count);
	for (size_t i = 0; i < *count; i++)
		order[i] = members[order[i]];
	free(members);
	return order;
}

void names_add(struct names *c, char *name)
{
	ALLOC_GROW(c->names, c->n + 1, c->cap);
	c->names[c->n++] = name;
}

int names_find(const struct names *c, const char *name, size_t len)
{
	for (size_t i = 0; i < c->n; i++)
		if (strncmp(c->names[i], name, len) == 0 && c->names[i][len] == '\0')
			return (int)i;
	return -1;
}

void names_release(struct names *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->names[i]);
	free(c->names);
	*c = (struct names){NULL, 0, 0};
}
