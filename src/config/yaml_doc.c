/* One YAML document out of bytes, with a person's words for what is wrong with it. */
#include "yaml_doc.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NESTING_MAX 100 /* brackets within brackets; libyaml's time grows with the square of it */

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

struct entry yaml_place(yaml_mark_t m)
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

static enum err syntax_error(const struct yaml_text *t, const yaml_parser_t *parser,
			     struct errinfo *e)
{
	struct entry at = yaml_place(parser->problem_mark);
	struct problem problem = problem_of(parser->problem);
	if (parser->error == YAML_READER_ERROR)
		at = place_of_byte(t->data, parser->problem_offset < t->len ? parser->problem_offset
									    : t->len);
	else if (tab_at(t->data, t->len, parser->problem_mark))
		problem = (struct problem){"", "a tab; YAML is indented with spaces", false};
	if (problem.opened)
		return entries_err(t->en, &at, 0, e, ERR_FORMAT,
				   "not valid YAML: %s; it was opened on line %d", problem.text,
				   (int)parser->context_mark.line + 1);
	return entries_err(t->en, &at, 0, e, ERR_FORMAT, "not valid YAML: %s", problem.text);
}

bool yaml_is_null(const yaml_node_t *node)
{
	static const char *const words[] = {"", "~", "null"};
	if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp((const char *)node->data.scalar.value, words[i]) == 0)
			return true;
	return false;
}

/* Refuse what would keep libyaml busy for minutes. It only counts brackets, quoted ones too: no
 * file of ours has so many. */
static enum err check_nesting(const struct yaml_text *t, struct errinfo *e)
{
	int depth = 0;
	for (size_t i = 0; i < t->len; i++) {
		char c = t->data[i];
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		depth = depth < 0 ? 0 : depth;
		if (depth > NESTING_MAX) {
			struct entry at = place_of_byte(t->data, i);
			return entries_err(t->en, &at, 0, e, ERR_FORMAT,
					   "more than %d brackets within brackets; this is not %s",
					   NESTING_MAX, t->what);
		}
	}
	return ERR_OK;
}

static enum err no_more(const struct yaml_text *t, yaml_parser_t *parser, struct errinfo *e)
{
	yaml_document_t more;
	if (!yaml_parser_load(parser, &more))
		return syntax_error(t, parser, e);
	const yaml_node_t *root = yaml_document_get_root_node(&more);
	enum err err = ERR_OK;
	if (root) {
		struct entry at = yaml_place(root->start_mark);
		err = entries_err(t->en, &at, 0, e, ERR_VALUE,
				  "%s holds one document; a second one begins here", t->what);
	}
	yaml_document_delete(&more);
	return err;
}

enum err yaml_doc_load(yaml_document_t *doc, const struct yaml_text *t, struct errinfo *e)
{
	yaml_parser_t parser;
	enum err err = check_nesting(t, e);
	if (err)
		return err;
	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)t->data, t->len);
	if (!yaml_parser_load(&parser, doc)) {
		err = syntax_error(t, &parser, e);
		yaml_parser_delete(&parser);
		return err;
	}
	if (!yaml_document_get_root_node(doc))
		err = entries_err(t->en, NULL, 0, e, ERR_FORMAT,
				  "the file is empty; see the README for an example");
	else
		err = no_more(t, &parser, e);
	if (err)
		yaml_document_delete(doc);
	yaml_parser_delete(&parser);
	return err;
}
