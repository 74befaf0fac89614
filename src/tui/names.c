#include "names.h"

#include "thaw/base/alloc.h"
#include "thaw/base/shorten.h"

#include <stdlib.h>

struct set { /* all names at one width */
	int w;
	struct short_names names;
};

struct names {
	const char **whole; /* [n] borrowed */
	size_t n;
	struct set *sets;
	size_t n_sets, cap;
};

struct names *names_new(const struct history *h)
{
	struct names *n = xcalloc(1, sizeof(*n));
	const struct history_epoch *e = history_newest_classes(h, NULL);
	n->n = e ? e->n_classes : h->has_run ? h->run.n_classes : 0;
	n->whole = xcalloc(n->n + 1, sizeof(*n->whole));
	for (size_t i = 0; i < n->n; i++)
		n->whole[i] = e ? e->classes[i].name : history_class_name(h, (int64_t)i);
	return n;
}

void names_free(struct names *n)
{
	for (size_t i = 0; i < n->n_sets; i++)
		short_names_release(&n->sets[i].names);
	free(n->sets);
	free(n->whole);
	free(n);
}

static const struct short_names *set_of(struct names *n, int w, bool utf8)
{
	for (size_t i = 0; i < n->n_sets; i++)
		if (n->sets[i].w == w)
			return &n->sets[i].names;
	ALLOC_GROW(n->sets, n->n_sets + 1, n->cap);
	struct set *set = &n->sets[n->n_sets++];
	set->w = w;
	short_names_init(&set->names, n->whole, n->n, w, utf8);
	return &set->names;
}

const char *names_class(struct names *n, const struct history *h, int64_t class, int w, bool utf8)
{
	if (!n || class < 0 || (size_t)class >= n->n)
		return history_class_name(h, class);
	return set_of(n, w < 0 ? 0 : w, utf8)->text[class];
}

int names_widest(struct names *n, int w, bool utf8)
{
	return n ? set_of(n, w < 0 ? 0 : w, utf8)->w : w;
}
