/* One YAML document, walked along the table of settings into flat entries. */
#include "entries.h"
#include "thaw/base/layerset.h"
#include "thaw/config/experiment.h"
#include "thaw/config/settings.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#define NESTING_MAX 100 /* brackets within brackets; libyaml's time grows with the square of it */

struct reader {
	yaml_document_t *doc;
	struct entries *en;
	struct errinfo *e;
};

static const struct problem {
	const char *begins; /* libyaml's words begin like this */
	const char *text;
	bool opened; /* something was opened earlier: name its line */
} problems[] = {
    {"found character that cannot start any token",
     "no value begins with this character; put the text in quotes", false},
    {"mapping values are not allowed",
     "a ':' is not expected here; check the indentation, or put the text in quotes", false},
    {"could not find expected ':'", "this line is not 'key: value'", false},
    {"did not find expected key",
     "the indentation does not fit the lines above, or a quote is not closed", false},
    {"did not find expected '-'", "the indentation does not fit the list above", false},
    {"did not find expected ',' or", "a bracket is not closed, or a comma is missing", true},
    {"did not find expected node content", "a value is missing", false},
    {"did not find expected alphabetic", "& and * need a name; put the text in quotes", false},
    {"found unexpected end of stream", "a quote is not closed", true},
    {"did not find expected <document start>", "the indentation does not fit the lines above",
     false},
    {"found undefined alias",
     "an alias (*x) without its anchor (&x); put text that begins with * in quotes", false},
    {"control characters are not allowed", "a control character; this is not a text file", false},
    {"invalid",
     "bytes that are not UTF-8; this is not a text file, or was saved in another encoding", false},
};

static struct problem problem_of(const char *words)
{
	for (size_t i = 0; words && i < sizeof(problems) / sizeof(*problems); i++)
		if (strncmp(words, problems[i].begins, strlen(problems[i].begins)) == 0)
			return problems[i];
	return (struct problem){"", words ? words : "it cannot be read", false};
}

/* Line and column, in characters, of a byte. */
static struct entry place_of_byte(const char *data, size_t at)
{
	struct entry place = {.line = 1, .col = 1};
	for (size_t i = 0; i < at; i++) {
		if (data[i] == '\n') {
			place.line++;
			place.col = 1;
		} else if (((unsigned char)data[i] & 0xc0) != 0x80) {
			place.col++;
		}
	}
	return place;
}

static struct entry place_of_mark(yaml_mark_t m)
{
	return (struct entry){.line = (int)m.line + 1, .col = (int)m.column + 1};
}

/* Whether the character at a mark is a tab. */
static bool tab_at(const char *data, size_t len, yaml_mark_t m)
{
	const char *p = data, *end = data + len;
	for (size_t i = 0; i < m.line; i++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline)
			return false;
		p = newline + 1;
	}
	for (size_t i = 0; i < m.column && p < end; p++)
		i += ((unsigned char)*p & 0xc0) != 0x80;
	return p < end && *p == '\t';
}

static enum err syntax_error(const struct reader *r, const yaml_parser_t *parser, const char *data,
			     size_t len)
{
	struct entry at = place_of_mark(parser->problem_mark);
	struct problem problem = problem_of(parser->problem);
	if (parser->error == YAML_READER_ERROR)
		at = place_of_byte(data,
				   parser->problem_offset < len ? parser->problem_offset : len);
	else if (tab_at(data, len, parser->problem_mark))
		problem = (struct problem){"", "a tab; YAML is indented with spaces", false};
	if (problem.opened)
		return entries_err(r->en, &at, 0, r->e, ERR_FORMAT,
				   "not valid YAML: %s; it was opened on line %d", problem.text,
				   (int)parser->context_mark.line + 1);
	return entries_err(r->en, &at, 0, r->e, ERR_FORMAT, "not valid YAML: %s", problem.text);
}

static enum err fail_at(struct reader *r, yaml_mark_t mark, const char *path, const char *what)
{
	struct entry at = place_of_mark(mark);
	return entries_err(r->en, &at, 0, r->e, ERR_VALUE, "%s %s",
			   *path ? path : "an experiment file", what);
}

static bool is_null(const yaml_node_t *node)
{
	static const char *const words[] = {"", "~", "null"};
	if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp((const char *)node->data.scalar.value, words[i]) == 0)
			return true;
	return false;
}

static enum err unknown_key(struct reader *r, const yaml_node_t *key, const yaml_node_t *value,
			    const char *path)
{
	struct entry at = place_of_mark(key->start_mark);
	const char *word = (const char *)key->data.scalar.value;
	struct strbuf hint = STRBUF_INIT;
	if (strcmp(word, "<<") == 0)
		strbuf_addstr(&hint, "YAML's merge is not understood here; write the keys out");
	else if (strchr(word, '.'))
		strbuf_addstr(&hint,
			      "a key has no point here; write 'batch: 8' indented below 'train:'");
	else if (strncmp(path, "phases.", 7) == 0 && is_null(value) && !layerset_check(word, NULL))
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
	strbuf_addstr(&text, is_null(node) ? "has no value; it must be " : "must be ");
	setting_wants(setting_find(path), &text);
	if (node->type != YAML_SCALAR_NODE || is_null(node)) {
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
	if (is_null(node) && *path)
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
	if (is_null(node))
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
		err = is_null(value) ? fail_at(r, value->start_mark, item.buf, "is empty")
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

/* Refuse what would keep libyaml busy for minutes. It only counts brackets, quoted ones too: no
 * experiment has so many. */
static enum err check_nesting(struct reader *r, const char *data, size_t len)
{
	int depth = 0;
	for (size_t i = 0; i < len; i++) {
		depth += (data[i] == '{' || data[i] == '[') - (data[i] == '}' || data[i] == ']');
		depth = depth < 0 ? 0 : depth;
		if (depth > NESTING_MAX) {
			struct entry at = place_of_byte(data, i);
			return entries_err(
			    r->en, &at, 0, r->e, ERR_FORMAT,
			    "more than %d brackets within brackets; this is not an experiment file",
			    NESTING_MAX);
		}
	}
	return ERR_OK;
}

static enum err no_more(struct reader *r, yaml_parser_t *parser, const char *data, size_t len)
{
	yaml_document_t more;
	if (!yaml_parser_load(parser, &more))
		return syntax_error(r, parser, data, len);
	const yaml_node_t *root = yaml_document_get_root_node(&more);
	enum err err =
	    root ? fail_at(r, root->start_mark, "", "holds one document; a second one begins here")
		 : ERR_OK;
	yaml_document_delete(&more);
	return err;
}

enum err entries_read_yaml(struct entries *en, const char *data, size_t len, struct errinfo *e)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	struct reader r = {&doc, en, e};
	enum err err = check_nesting(&r, data, len);
	if (err)
		return err;
	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, len);
	if (!yaml_parser_load(&parser, &doc)) {
		err = syntax_error(&r, &parser, data, len);
		yaml_parser_delete(&parser);
		return err;
	}
	const yaml_node_t *root = yaml_document_get_root_node(&doc);
	if (!root)
		err = entries_err(en, NULL, 0, e, ERR_FORMAT,
				  "the file is empty; see the README for an example");
	else if (!(err = walk(&r, root, root, "")))
		err = no_more(&r, &parser, data, len);
	yaml_document_delete(&doc);
	yaml_parser_delete(&parser);
	return err;
}
