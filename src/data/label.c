#include "label.h"

#include "filename.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void add(struct label_match *m, int label)
{
	if (m->label < 0)
		m->label = label;
	else if (label != m->label)
		m->second = label;
}

/* Where a label stands in a file's name. */
struct span {
	size_t from, to;
	int label;
};

struct spans {
	struct span *spans;
	size_t n, cap;
};

/* Bytes beyond ASCII are parts of letters. */
static bool in_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* No word goes on across this place. */
static bool is_border(const char *name, size_t at, size_t len)
{
	return at == 0 || at == len || !in_word(name[at - 1]) || !in_word(name[at]);
}

static void find_label(struct spans *out, const char *name, size_t len, const char *label, int i)
{
	size_t n = strlen(label);
	const char *at = name;
	while ((at = strstr(at, label)) != NULL) {
		size_t from = (size_t)(at++ - name);
		if (from + n > len || !is_border(name, from, len) || !is_border(name, from + n, len))
			continue;
		ALLOC_GROW(out->spans, out->n + 1, out->cap);
		out->spans[out->n++] = (struct span){from, from + n, i};
	}
}

static bool is_inside_another(const struct spans *all, const struct span *s)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct span *o = &all->spans[i];
		if (o->from <= s->from && o->to >= s->to && o->to - o->from > s->to - s->from)
			return true;
	}
	return false;
}

static void match_name(struct label_match *m, const struct names *labels, const char *name)
{
	struct spans found = {NULL, 0, 0};
	size_t len = filename_is_picture(name) ? (size_t)(strrchr(name, '.') - name) : strlen(name);
	for (size_t i = 0; i < labels->n; i++)
		find_label(&found, name, len, labels->names[i], (int)i);
	for (size_t i = 0; i < found.n; i++)
		if (!is_inside_another(&found, &found.spans[i]))
			add(m, found.spans[i].label);
	free(found.spans);
}

struct label_match label_match(const struct names *labels, const char *path)
{
	struct label_match m = {-1, -1};
	const char *end = strrchr(path, '/');
	for (bool parent = true; end && end > path; parent = false) {
		const char *start = memrchr(path, '/', (size_t)(end - path));
		const char *part = start ? start + 1 : path;
		int found = names_find(labels, part, (size_t)(end - part));
		if (found >= 0)
			add(&m, found);
		if (found >= 0 && parent)
			return m;
		end = start;
	}
	match_name(&m, labels, path_base(path));
	return m;
}
