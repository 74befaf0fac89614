/* One YAML document, walked along the table of settings into flat entries. */
#include "class_weights.h"
#include "command_words.h"
#include "entries.h"
#include "yaml_doc.h"
#include "thaw/base/layerset.h"
#include "thaw/config/experiment.h"
#include "thaw/config/settings.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

struct reader {
	yaml_document_t *doc;
	struct entries *en;
	struct errinfo *e;
};

static enum err fail_at(struct reader *r, yaml_mark_t mark, const char *path, const char *what)
{
	struct entry at = yaml_place(mark);
	return entries_err(r->en, &at, 0, r->e, ERR_VALUE, "%s %s",
			   *path ? path : "an experiment file", what);
}

static enum err unknown_key(struct reader *r, const yaml_node_t *key, const yaml_node_t *value,
			    const char *path)
{
	struct entry at = yaml_place(key->start_mark);
	const char *word = (const char *)key->data.scalar.value;
	struct strbuf hint = STRBUF_INIT;
	if (strcmp(word, "<<") == 0)
		strbuf_addstr(&hint, "YAML's merge is not understood here; write the keys out");
	else if (strchr(word, '.'))
		strbuf_addstr(&hint,
			      "a key has no point here; write 'batch: 8' indented below 'train:'");
	else if (strncmp(path, "phases.", 7) == 0 && yaml_is_null(value) &&
		 !layerset_check(word, NULL))
		strbuf_addstr(
		    &hint,
		    "inside { } a comma ends a value; put it in quotes: freeze: \"0-13,15\"");
	else
		setting_suggest(path, &hint);
	enum err err =
	    entries_err(r->en, &at, 0, r->e, ERR_VALUE, "unknown key '%.60s'; %s", path, hint.buf);
	strbuf_release(&hint);
	return err;
}

static enum err walk_setting(struct reader *r, const yaml_node_t *node, const char *path)
{
	struct strbuf text = STRBUF_INIT;
	enum err err = ERR_OK;
	if (class_weights_may_be(setting_find(path)) && node->type == YAML_MAPPING_NODE)
		return class_weights_add(r->en, r->doc, node, path, r->e);
	if (setting_find(path)->type == SETTING_COMMAND && node->type == YAML_SEQUENCE_NODE)
		return command_add(r->en, r->doc, node, path, r->e);
	strbuf_addstr(&text, yaml_is_null(node) ? "has no value; it must be " : "must be ");
	setting_wants(setting_find(path), &text);
	if (node->type != YAML_SCALAR_NODE || yaml_is_null(node)) {
		strbuf_addstr(&text, node->type == YAML_SEQUENCE_NODE  ? ", not a list"
				     : node->type == YAML_MAPPING_NODE ? ", not a group of keys"
								       : ", or remove the line");
		err = fail_at(r, node->start_mark, path, text.buf);
	} else if (!text_is_clean((const char *)node->data.scalar.value,
				  node->data.scalar.length)) {
		err = fail_at(r, node->start_mark, path,
			      "holds a control character or a line break; take it out");
	} else {
		struct entry *at =
		    entries_add(r->en, path, (const char *)node->data.scalar.value,
				(int)node->start_mark.line + 1, (int)node->start_mark.column + 1);
		at->quoted = node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	}
	strbuf_release(&text);
	return err;
}

static enum err walk(struct reader *r, const yaml_node_t *key, const yaml_node_t *node,
		     const char *path);

static enum err walk_pair(struct reader *r, const yaml_node_t *key, const yaml_node_t *value,
			  const char *group)
{
	if (key->type != YAML_SCALAR_NODE)
		return fail_at(r, key->start_mark, group, "has a key that is not a word");
	const char *word = (const char *)key->data.scalar.value;
	if (!text_is_clean(word, key->data.scalar.length))
		return fail_at(r, key->start_mark, group,
			       "has a key with a control character in it");
	struct strbuf path = STRBUF_INIT;
	strbuf_addf(&path, "%s%s%s", group, *group ? "." : "", word);
	const struct entry *before = entries_find(r->en, path.buf);
	struct strbuf twice = STRBUF_INIT;
	enum err err;
	if (!*word || strchr(word, '.') || setting_place(path.buf) == PLACE_UNKNOWN) {
		err = unknown_key(r, key, value, path.buf);
	} else if (before) {
		strbuf_addf(&twice, "is given twice, first on line %d; remove one", before->line);
		err = fail_at(r, key->start_mark, path.buf, twice.buf);
	} else {
		err = walk(r, key, value, path.buf);
	}
	strbuf_release(&twice);
	strbuf_release(&path);
	return err;
}

static enum err walk_group(struct reader *r, const yaml_node_t *key, const yaml_node_t *node,
			   const char *path)
{
	entries_add(r->en, path, NULL, (int)key->start_mark.line + 1,
		    (int)key->start_mark.column + 1);
	if (yaml_is_null(node) && *path)
		return ERR_OK;
	if (node->type != YAML_MAPPING_NODE)
		return fail_at(r, node->start_mark, path,
			       "must be a group of keys: 'key: value' lines, or { key: value, … }");
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++) {
		enum err err = walk_pair(r, yaml_document_get_node(r->doc, p->key),
					 yaml_document_get_node(r->doc, p->value), path);
		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err walk_list(struct reader *r, const yaml_node_t *key, const yaml_node_t *node,
			  const char *path)
{
	entries_add(r->en, path, NULL, (int)key->start_mark.line + 1,
		    (int)key->start_mark.column + 1);
	if (yaml_is_null(node))
		return ERR_OK;
	if (node->type != YAML_SEQUENCE_NODE)
		return fail_at(r, node->start_mark, path,
			       "must be a list: each item begins with '- '");
	yaml_node_item_t *start = node->data.sequence.items.start,
			 *top = node->data.sequence.items.top;
	if (top - start > EXPERIMENT_MAX_PHASES)
		return fail_at(r, node->start_mark, path, "has more than 64 items");
	r->en->n_phases = (size_t)(top - start);
	enum err err = ERR_OK;
	for (yaml_node_item_t *p = start; p < top && !err; p++) {
		struct strbuf item = STRBUF_INIT;
		const yaml_node_t *value = yaml_document_get_node(r->doc, *p);
		strbuf_addf(&item, "%s.%d", path, (int)(p - start));
		err = yaml_is_null(value) ? fail_at(r, value->start_mark, item.buf, "is empty")
					  : walk(r, value, value, item.buf);
		strbuf_release(&item);
	}
	return err;
}

/* The depth is that of the table, however the document is nested. */
static enum err walk(struct reader *r, const yaml_node_t *key, const yaml_node_t *node,
		     const char *path)
{
	enum setting_place place = setting_place(path);
	assert(place != PLACE_UNKNOWN);
	if (place == PLACE_SETTING)
		return walk_setting(r, node, path);
	return place == PLACE_LIST ? walk_list(r, key, node, path) : walk_group(r, key, node, path);
}

enum err entries_read_yaml(struct entries *en, const char *data, size_t len, struct errinfo *e)
{
	yaml_document_t doc;
	struct reader r = {&doc, en, e};
	const struct yaml_text text = {en, data, len, "an experiment file"};
	enum err err = yaml_doc_load(&doc, &text, e);
	if (err)
		return err;
	const yaml_node_t *root = yaml_document_get_root_node(&doc);
	err = walk(&r, root, root, "");
	yaml_document_delete(&doc);
	return err;
}
