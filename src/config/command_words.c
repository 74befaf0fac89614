#include "thaw/config/command_words.h"
#include "command_words.h"
#include "thaw/base/alloc.h"
#include "yaml_doc.h"

#include <stdlib.h>
#include <string.h>

static void add_word(const char *word, struct strbuf *out)
{
	strbuf_addstr(out, out->buf[out->len - 1] == '[' ? "\"" : ", \"");
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			strbuf_addch(out, '\\');
		strbuf_addch(out, *word);
	}
	strbuf_addch(out, '"');
}

void command_write(const char *const *words, struct strbuf *out)
{
	strbuf_addch(out, '[');
	for (; *words; words++)
		add_word(*words, out);
	strbuf_addch(out, ']');
}

void command_split(const char *line, struct strbuf *out)
{
	static const char spaces[] = " \t";
	strbuf_addch(out, '[');
	for (line += strspn(line, spaces); *line; line += strspn(line, spaces)) {
		size_t n = strcspn(line, spaces);
		char *word = xstrndup(line, n);
		add_word(word, out);
		free(word);
		line += n;
	}
	strbuf_addch(out, ']');
}

/* The word at **at, whose opening quote has been taken; NULL: it does not end. */
static char *take_word(const char **at)
{
	struct strbuf word = STRBUF_INIT;
	const char *p = *at;
	for (; *p && *p != '"'; p++) {
		p += *p == '\\' && p[1];
		strbuf_addch(&word, *p);
	}
	*at = p + (*p == '"');
	if (*p == '"')
		return strbuf_detach(&word);
	strbuf_release(&word);
	return NULL;
}

char **command_words(const char *text)
{
	char **words = NULL, *word;
	size_t n = 0, cap = 0;
	bool ok = *text == '[';
	for (text += ok; ok && *text == '"'; text += strspn(text, ", ")) {
		text++;
		ALLOC_GROW(words, n + 2, cap);
		words[n] = word = take_word(&text);
		words[n + (word != NULL)] = NULL;
		n += word != NULL;
	}
	if (ok && n && *words[0] && strcmp(text, "]") == 0)
		return words;
	command_free(words);
	return NULL;
}

void command_free(char **words)
{
	for (char **w = words; w && *w; w++)
		free(*w);
	free(words);
}

void command_show(const char *text, struct strbuf *out)
{
	char **words = command_words(text);
	for (char **w = words; w && *w; w++) {
		const char *quote = !**w || strpbrk(*w, " '\"\\") ? "'" : "";
		strbuf_addf(out, "%s%s%s%s", w > words ? " " : "", quote, *w, quote);
	}
	command_free(words);
}

/* ---- from YAML ---- */

struct reading {
	struct entries *en;
	const char *path;
	const struct entry *set; /* the --set that is to blame; NULL: a node's place is */
	struct errinfo *e;
};

static enum err fail(const struct reading *r, const yaml_node_t *node, const char *what)
{
	struct entry at = yaml_place(node->start_mark);
	return entries_err(r->en, r->set ? r->set : &at, 0, r->e, ERR_VALUE, "%s: %s", r->path,
			   what);
}

static enum err read_word(const struct reading *r, const yaml_node_t *node, struct strbuf *out)
{
	if (node->type != YAML_SCALAR_NODE)
		return fail(r, node, "a command is a list of words, and this is none");
	const char *word = (const char *)node->data.scalar.value;
	if (!text_is_clean(word, node->data.scalar.length))
		return fail(r, node, "holds a control character or a line break; take it out");
	if (out->len == 1 && !*word)
		return fail(r, node, "the first word is the program, and it is empty");
	add_word(word, out);
	return ERR_OK;
}

static enum err read_list(const struct reading *r, yaml_document_t *doc, const yaml_node_t *node,
			  struct strbuf *out)
{
	yaml_node_item_t *start = node->data.sequence.items.start,
			 *top = node->data.sequence.items.top;
	enum err err = ERR_OK;
	strbuf_addch(out, '[');
	for (yaml_node_item_t *p = start; !err && p < top; p++)
		err = read_word(r, yaml_document_get_node(doc, *p), out);
	strbuf_addch(out, ']');
	if (!err && start == top)
		err = fail(r, node, "an empty list; name a program, or remove the line");
	return err;
}

enum err command_add(struct entries *en, yaml_document_t *doc, const yaml_node_t *node,
		     const char *path, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	const struct reading r = {en, path, NULL, e};
	enum err err = read_list(&r, doc, node, &text);
	if (!err) {
		struct entry at = yaml_place(node->start_mark);
		entries_add(en, path, text.buf, at.line, at.col);
	}
	strbuf_release(&text);
	return err;
}

enum err command_settle(struct entries *en, const char *path, struct errinfo *e)
{
	struct entry *at = entries_find(en, path);
	if (!at || !at->set || *at->text != '[')
		return ERR_OK;
	yaml_document_t doc;
	struct strbuf text = STRBUF_INIT;
	const struct reading r = {en, path, at, e};
	const struct yaml_text yaml = {en, at->text, strlen(at->text), "a list of words"};
	struct errinfo why = {0};
	if (yaml_doc_load(&doc, &yaml, &why))
		return entries_err(en, at, 0, e, ERR_FORMAT,
				   "%s: not a list like [notify-send, flowers]", path);
	const yaml_node_t *node = yaml_document_get_root_node(&doc);
	enum err err = node->type == YAML_SEQUENCE_NODE
			   ? read_list(&r, &doc, node, &text)
			   : fail(&r, node, "is no list like [notify-send, flowers]");
	if (!err) {
		free(at->text);
		at->text = strbuf_detach(&text);
	}
	strbuf_release(&text);
	yaml_document_delete(&doc);
	return err;
}
