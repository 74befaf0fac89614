#include "thaw/config/keymap.h"

#include "thaw/base/alloc.h"
#include "thaw/base/text.h"
#include "yaml_doc.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX (64 * 1024)

struct reader {
	const struct entries *en;
	yaml_document_t *doc;
	struct keymap *m;
	struct errinfo *e;
};

static enum err fail(const struct reader *r, const yaml_node_t *at, const char *what)
{
	struct entry place = yaml_place(at->start_mark);
	return entries_err(r->en, &place, 0, r->e, ERR_VALUE, "%s", what);
}

static const char *word_of(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static enum err add_key(const struct reader *r, struct keymap_entry *entry, const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE)
		return fail(r, node, "a key is one word, such as f, ctrl-z, pgup or space");
	if (!*word_of(node) || !text_is_clean(word_of(node), node->data.scalar.length))
		return fail(r, node,
			    "no key is named here; write a word such as f or ctrl-z, or none");
	if (entry->n_keys == KEYMAP_MAX_KEYS)
		return fail(r, node, "more than 4 keys for one action; take some out");
	struct entry place = yaml_place(node->start_mark);
	entry->keys[entry->n_keys++] =
	    (struct keymap_key){xstrdup(word_of(node)), place.line, place.col};
	return ERR_OK;
}

/* `none` (or nothing at all, but not in quotes) takes every key away. */
static bool is_none(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE && strcmp(word_of(node), "none") == 0;
}

static enum err add_keys(const struct reader *r, struct keymap_entry *entry,
			 const yaml_node_t *node)
{
	enum err err = ERR_OK;
	if (is_none(node))
		return ERR_OK;
	if (node->type == YAML_MAPPING_NODE)
		return fail(r, node, "keys are a word or a list: 'undo: [u, ctrl-z]'");
	if (node->type == YAML_SCALAR_NODE)
		return add_key(r, entry, node);
	yaml_node_item_t *item = node->data.sequence.items.start;
	for (; item < node->data.sequence.items.top && !err; item++)
		err = add_key(r, entry, yaml_document_get_node(r->doc, *item));
	return err;
}

static enum err add_action(const struct reader *r, const yaml_node_t *key, const yaml_node_t *value)
{
	struct keymap *m = r->m;
	struct entry place = yaml_place(key->start_mark);
	if (key->type != YAML_SCALAR_NODE || !*word_of(key) ||
	    !text_is_clean(word_of(key), key->data.scalar.length))
		return fail(r, key, "the name of an action belongs here, as in 'undo: ctrl-z'");
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->items[i].action, word_of(key)) == 0)
			return entries_err(r->en, &place, 0, r->e, ERR_VALUE,
					   "'%.60s' is given twice, first on line %d; remove one",
					   word_of(key), m->items[i].line);
	if (m->n == KEYMAP_MAX_ACTIONS)
		return fail(r, key, "more actions than there are; remove some lines");
	m->items = xrealloc(m->items, m->n + 1, sizeof(*m->items));
	m->items[m->n] = (struct keymap_entry){
	    .action = xstrdup(word_of(key)), .line = place.line, .col = place.col};
	return add_keys(r, &m->items[m->n++], value);
}

static enum err add_all(const struct reader *r, const yaml_node_t *root)
{
	enum err err = ERR_OK;
	if (yaml_is_null(root))
		return ERR_OK;
	if (root->type != YAML_MAPPING_NODE)
		return fail(r, root, "a file of keys has lines such as 'undo: [u, ctrl-z]'");
	yaml_node_pair_t *p = root->data.mapping.pairs.start;
	for (; p < root->data.mapping.pairs.top && !err; p++)
		err = add_action(r, yaml_document_get_node(r->doc, p->key),
				 yaml_document_get_node(r->doc, p->value));
	return err;
}

/* Blank lines and comments alone: no keys, and no mistake. */
static bool holds_nothing(const char *data, size_t len)
{
	bool comment = false;
	for (size_t i = 0; i < len; i++) {
		comment = data[i] == '#' || (comment && data[i] != '\n');
		if (!comment && !strchr(" \t\r\n", data[i]))
			return false;
	}
	return true;
}

enum err keymap_parse(struct keymap *m, const char *file, const char *data, size_t len,
		      struct errinfo *e)
{
	struct entries en;
	yaml_document_t doc;
	memset(m, 0, sizeof(*m));
	m->file = xstrdup(file);
	if (holds_nothing(data, len))
		return ERR_OK;
	entries_init(&en, file);
	struct yaml_text text = {&en, data, len, "a file of keys"};
	struct reader r = {&en, &doc, m, e};
	enum err err = yaml_doc_load(&doc, &text, e);
	if (!err) {
		err = add_all(&r, yaml_document_get_root_node(&doc));
		yaml_document_delete(&doc);
	}
	entries_release(&en);
	if (err)
		keymap_release(m);
	return err;
}

enum err keymap_load(struct keymap *m, const char *path, struct errinfo *e)
{
	struct strbuf data = STRBUF_INIT;
	memset(m, 0, sizeof(*m));
	const struct text_file file = {path, NULL, "a file of keys", FILE_MAX, false, NULL};
	enum err err = text_read(&file, &data, e);
	if (!err)
		err = keymap_parse(m, path, data.buf, data.len, e);
	strbuf_release(&data);
	return err;
}
