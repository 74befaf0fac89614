#include "thaw/config/flatten.h"

#include "yaml_doc.h"
#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"
#include "thaw/config/settings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 32

struct flattening {
	yaml_document_t *doc;
	flatten_fn *take;
	void *arg;
};

static const char *scalar(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
						      : NULL;
}

static const yaml_node_t *node_at(const struct flattening *f, int index)
{
	return yaml_document_get_node(f->doc, index);
}

/* The value of a mapping's key; NULL: it has none, or is no mapping. */
static const char *member(const struct flattening *f, const yaml_node_t *map, const char *key)
{
	if (map->type != YAML_MAPPING_NODE)
		return NULL;
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top; p++) {
		const char *word = scalar(node_at(f, p->key));
		if (word && strcmp(word, key) == 0)
			return scalar(node_at(f, p->value));
	}
	return NULL;
}

static void flatten(const struct flattening *f, const yaml_node_t *node, struct strbuf *key,
		    int depth);

/* Below `key`, as it was before afterwards. */
static void flatten_below(const struct flattening *f, const yaml_node_t *node, struct strbuf *key,
			  const char *word, int depth)
{
	size_t was = key->len;
	strbuf_addf(key, "%s%s", key->len ? "." : "", word);
	flatten(f, node, key, depth + 1);
	strbuf_remove(key, was, key->len - was);
}

static void flatten_map(const struct flattening *f, const yaml_node_t *node, struct strbuf *key,
			int depth)
{
	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++) {
		const char *word = scalar(node_at(f, p->key));
		if (word)
			flatten_below(f, node_at(f, p->value), key, word, depth);
	}
}

/* What item `i` of a list is called. */
static char *item_name(const struct flattening *f, const yaml_node_t *list, int i)
{
	const yaml_node_item_t *items = list->data.sequence.items.start;
	const char *name = member(f, node_at(f, items[i]), "name");
	if (!name)
		return xasprintf("%d", i);
	for (int k = 0; k < i; k++) {
		const char *other = member(f, node_at(f, items[k]), "name");
		if (other && strcmp(other, name) == 0)
			return xasprintf("%s#%d", name, i + 1);
	}
	return xstrdup(name);
}

static bool is_plain(const struct flattening *f, const yaml_node_t *list)
{
	for (const yaml_node_item_t *p = list->data.sequence.items.start;
	     p < list->data.sequence.items.top; p++)
		if (!scalar(node_at(f, *p)))
			return false;
	return true;
}

static void flatten_list(const struct flattening *f, const yaml_node_t *node, struct strbuf *key,
			 int depth)
{
	const yaml_node_item_t *items = node->data.sequence.items.start;
	int n = (int)(node->data.sequence.items.top - items);
	if (is_plain(f, node)) {
		struct strbuf text = STRBUF_INIT;
		for (int i = 0; i < n; i++)
			strbuf_addf(&text, "%s%s", i ? ", " : "", scalar(node_at(f, items[i])));
		f->take(f->arg, key->buf, text.buf);
		strbuf_release(&text);
		return;
	}
	for (int i = 0; i < n; i++) {
		char *name = item_name(f, node, i);
		flatten_below(f, node_at(f, items[i]), key, name, depth);
		free(name);
	}
}

static void flatten(const struct flattening *f, const yaml_node_t *node, struct strbuf *key,
		    int depth)
{
	if (!node || depth > DEEPEST)
		return;
	if (node->type == YAML_MAPPING_NODE)
		flatten_map(f, node, key, depth);
	else if (node->type == YAML_SEQUENCE_NODE)
		flatten_list(f, node, key, depth);
	else if (node->type == YAML_SCALAR_NODE)
		f->take(f->arg, key->buf, yaml_is_null(node) ? "" : scalar(node));
}

enum err yaml_flatten(const char *file, const char *data, size_t len, flatten_fn *take, void *arg,
		      struct errinfo *e)
{
	struct entries names;
	struct strbuf key = STRBUF_INIT;
	yaml_document_t doc;
	entries_init(&names, file);
	const struct yaml_text text = {&names, data, len, "an experiment file"};
	enum err err = yaml_doc_load(&doc, &text, e);
	if (!err) {
		const struct flattening f = {&doc, take, arg};
		flatten(&f, yaml_document_get_root_node(&doc), &key, 0);
		yaml_document_delete(&doc);
	}
	strbuf_release(&key);
	entries_release(&names);
	return err;
}

/* ---- defaults ---- */

struct filling {
	flatten_fn *take;
	void *arg;
	char **keys; /* [n] owned; what was said */
	size_t n, cap;
};

static void note(void *arg, const char *key, const char *value)
{
	struct filling *f = arg;
	ALLOC_GROW(f->keys, f->n + 1, f->cap);
	f->keys[f->n++] = xstrdup(key);
	f->take(f->arg, key, value);
}

static bool is_said(const struct filling *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->keys[i], key) == 0)
			return true;
	return false;
}

/* "phases.tune" of a key below it, when it is the first such key; NULL otherwise. */
static char *new_phase(const struct filling *f, size_t i)
{
	const char *key = f->keys[i], *name = strchr(key, '.'),
		   *end = name ? strrchr(key, '.') : NULL;
	if (strncmp(key, "phases.", 7) != 0 || end == name || strcmp(end, ".name") != 0)
		return NULL;
	return xstrndup(key, (size_t)(end - key));
}

/* Every setting of the table below "phases.*." for one phase. */
static void fill_phase(struct filling *f, const char *phase)
{
	static const char pattern[] = "phases.*";
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		if (strncmp(s->path, pattern, sizeof(pattern) - 1) != 0 || !s->def)
			continue;
		char *key = xasprintf("%s%s", phase, s->path + sizeof(pattern) - 1);
		if (!is_said(f, key))
			f->take(f->arg, key, s->def);
		free(key);
	}
}

static void fill(struct filling *f)
{
	for (const struct setting *s = NULL; (s = settings_next(s));)
		if (s->def && !strchr(s->path, '*') && !is_said(f, s->path))
			f->take(f->arg, s->path, s->def);
	for (size_t i = 0; i < f->n; i++) {
		char *phase = new_phase(f, i);
		if (phase)
			fill_phase(f, phase);
		free(phase);
	}
}

enum err experiment_flatten(const char *file, const char *data, size_t len, flatten_fn *take,
			    void *arg, struct errinfo *e)
{
	struct filling f = {.take = take, .arg = arg};
	enum err err = yaml_flatten(file, data, len, note, &f, e);
	if (!err)
		fill(&f);
	for (size_t i = 0; i < f.n; i++)
		free(f.keys[i]);
	free(f.keys);
	return err;
}
