#include "thaw/config/quiz.h"
#include "thaw/base/alloc.h"
#include "thaw/base/text.h"
#include "thaw/config/settings.h"
#include "yaml_doc.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (256 * 1024)
#define TEXT_MAX 1000 /* bytes of one text: a screen's worth */
#define ID_MAX 32
#define EPOCHS_MAX 100000
#define EPOCHS_WORD "epochs "

struct reader {
	yaml_document_t *doc;
	struct entries en; /* only names the file */
	struct quiz *quiz;
	struct errinfo *e;
};

__attribute__((format(printf, 3, 4))) static enum err
fail(struct reader *r, const yaml_node_t *node, const char *fmt, ...)
{
	struct strbuf msg = STRBUF_INIT;
	struct entry at = yaml_place(node->start_mark);
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&msg, fmt, ap);
	va_end(ap);
	entries_err(&r->en, &at, 0, r->e, ERR_VALUE, "%s", msg.buf);
	strbuf_release(&msg);
	return ERR_VALUE;
}

/* ", did you mean 'x'?", or all there are. */
static void add_hint(const char *word, const char *const *names, struct strbuf *out)
{
	const char *near = nearest_word(word, names);
	if (near) {
		strbuf_addf(out, "did you mean '%s'?", near);
		return;
	}
	strbuf_addstr(out, "known are ");
	for (size_t i = 0; names[i]; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "", names[i]);
}

static int word_index(const char *word, const char *const *names)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}

static enum err unknown(struct reader *r, const yaml_node_t *node, const char *kind,
			const char *word, const char *const *names)
{
	struct strbuf hint = STRBUF_INIT;
	add_hint(word, names, &hint);
	fail(r, node, "there is no %s '%.40s'; %s", kind, word, hint.buf);
	strbuf_release(&hint);
	return ERR_VALUE;
}

static enum err check_facts(struct reader *r, const yaml_node_t *node, const char *text)
{
	const char *name;
	size_t at = 0, len;
	while (quiz_next_fact(text, &at, &name, &len)) {
		char *word = xstrndup(name, len);
		enum err err = word_index(word, quiz_facts) >= 0
				   ? ERR_OK
				   : unknown(r, node, "fact", word, quiz_facts);
		free(word);
		if (err)
			return err;
	}
	return name ? fail(r, node, "a brace without its partner; facts are written {like_this}")
		    : ERR_OK;
}

/* A scalar's text, spaces around it cut; *out is allocated only when all is well. */
static enum err read_text(struct reader *r, const yaml_node_t *node, const char *what, char **out)
{
	if (node->type != YAML_SCALAR_NODE || yaml_is_null(node))
		return fail(r, node, "%s must be a text%s", what,
			    node->type == YAML_SEQUENCE_NODE ? ", not a list" : "");
	const char *text = (const char *)node->data.scalar.value;
	size_t len = node->data.scalar.length;
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (!len)
		return fail(r, node, "%s is empty", what);
	if (len > TEXT_MAX)
		return fail(r, node, "%s is longer than %d bytes", what, TEXT_MAX);
	if (!text_is_clean(text, len))
		return fail(r, node, "%s holds a line break or a control character; take it out",
			    what);
	*out = xstrndup(text, len);
	return ERR_OK;
}

static enum err read_filled(struct reader *r, const yaml_node_t *node, const char *what, char **out)
{
	enum err err = read_text(r, node, what, out);
	return err ? err : check_facts(r, node, *out);
}

static enum err read_id(struct reader *r, const yaml_node_t *node, struct quiz_question *q)
{
	enum err err = read_text(r, node, "the id", &q->id);
	if (err)
		return err;
	size_t len = strlen(q->id);
	if (strspn(q->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != len || len > ID_MAX)
		return fail(r, node, "an id is small letters, digits and -, at most %d", ID_MAX);
	for (size_t i = 0; i + 1 < r->quiz->n; i++)
		if (strcmp(r->quiz->questions[i].id, q->id) == 0)
			return fail(r, node, "two questions have the id '%s'; rename one", q->id);
	return ERR_OK;
}

static enum err read_question(struct reader *r, const yaml_node_t *node, struct quiz_question *q)
{
	return read_filled(r, node, "the question", &q->text);
}

static enum err read_explain(struct reader *r, const yaml_node_t *node, struct quiz_question *q)
{
	return read_filled(r, node, "the explanation", &q->explain);
}

static enum err read_here(struct reader *r, const yaml_node_t *node, struct quiz_question *q)
{
	return read_filled(r, node, "what is said of this run", &q->here);
}

static enum err read_choices(struct reader *r, const yaml_node_t *node, struct quiz_question *q)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return fail(r, node, "choices must be a list: each begins with '- '");
	yaml_node_item_t *start = node->data.sequence.items.start,
			 *top = node->data.sequence.items.top;
	if (top - start < QUIZ_MIN_CHOICES || top - start > QUIZ_MAX_CHOICES)
		return fail(r, node, "a question has %d to %d choices, not %d", QUIZ_MIN_CHOICES,
			    QUIZ_MAX_CHOICES, (int)(top - start));
	for (yaml_node_item_t *p = start; p < top; p++) {
		const yaml_node_t *item = yaml_document_get_node(r->doc, *p);
		enum err err = read_filled(r, item, "a choice", &q->choices[q->n_choices]);
		q->n_choices += q->choices[q->n_choices] != NULL;
		if (err)
			return err;
		for (size_t i = 0; i + 1 < q->n_choices; i++)
			if (strcmp(q->choices[i], q->choices[q->n_choices - 1]) == 0)
				return fail(r, item, "this choice is there twice");
	}
	return ERR_OK;
}

static enum err read_answer(struct reader *r, const yaml_node_t *node, struct quiz_question *q)
{
	char *text = NULL;
	enum err err = read_text(r, node, "the answer", &text);
	if (err)
		return err;
	if (text[1] || text[0] < 'a' || text[0] >= 'a' + QUIZ_MAX_CHOICES)
		err = fail(r, node, "the answer is the letter of a choice: a is the first");
	else
		q->answer = (size_t)(text[0] - 'a');
	free(text);
	return err;
}

static enum err read_need(struct reader *r, const yaml_node_t *node, struct quiz_question *q)
{
	char *text = NULL, *end;
	enum err err = read_text(r, node, "a need", &text);
	if (err)
		return err;
	int need = word_index(text, quiz_needs);
	size_t word = strlen(EPOCHS_WORD);
	if (need >= 0) {
		q->needs |= 1u << need;
	} else if (strncmp(text, EPOCHS_WORD, word) == 0) {
		long n = strtol(text + word, &end, 10);
		if (end == text + word || *end || n < 1 || n > EPOCHS_MAX)
			err = fail(r, node, "write 'epochs 5': a number from 1 to %d", EPOCHS_MAX);
		else
			q->epochs = (int)n;
	} else {
		err = unknown(r, node, "need", text, quiz_needs);
	}
	free(text);
	return err;
}

static enum err read_needs(struct reader *r, const yaml_node_t *node, struct quiz_question *q)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return read_need(r, node, q);
	for (yaml_node_item_t *p = node->data.sequence.items.start;
	     p < node->data.sequence.items.top; p++) {
		enum err err = read_need(r, yaml_document_get_node(r->doc, *p), q);
		if (err)
			return err;
	}
	return ERR_OK;
}

/* clang-format off */
#define FIELDS(X)                                                                                  \
	X(ID, "id", true, read_id)                                                                 \
	X(QUESTION, "question", true, read_question)                                               \
	X(CHOICES, "choices", true, read_choices)                                                  \
	X(ANSWER, "answer", true, read_answer)                                                     \
	X(EXPLAIN, "explain", true, read_explain)                                                  \
	X(HERE, "here", false, read_here)                                                          \
	X(NEEDS, "needs", false, read_needs)
/* clang-format on */

#define FIELD_ENUM(id, name, required, read) FIELD_##id,
enum { FIELDS(FIELD_ENUM) N_FIELDS };

#define FIELD_NAME_OF(id, name, required, read) name,
static const char *const field_names[N_FIELDS + 1] = {FIELDS(FIELD_NAME_OF) NULL};

#define FIELD_ROW(id, name, required, read) {required, read},
static const struct {
	bool required;
	enum err (*read)(struct reader *r, const yaml_node_t *node, struct quiz_question *q);
} fields[N_FIELDS] = {FIELDS(FIELD_ROW)};

static enum err read_pair(struct reader *r, const yaml_node_t *key, const yaml_node_t *value,
			  const yaml_node_t **seen, struct quiz_question *q)
{
	if (key->type != YAML_SCALAR_NODE)
		return fail(r, key, "a key that is not a word");
	const char *word = (const char *)key->data.scalar.value;
	if (!text_is_clean(word, key->data.scalar.length))
		return fail(r, key, "a key with a control character in it");
	int i = word_index(word, field_names);
	if (i < 0)
		return unknown(r, key, "key", word, field_names);
	if (seen[i])
		return fail(r, key, "'%s' is given twice; remove one", word);
	seen[i] = value;
	return fields[i].read(r, value, q);
}

static enum err read_one(struct reader *r, const yaml_node_t *node)
{
	const yaml_node_t *seen[N_FIELDS] = {NULL};
	struct quiz_question *q = &r->quiz->questions[r->quiz->n++];
	if (node->type != YAML_MAPPING_NODE)
		return fail(r, node, "a question is a group of keys: id, question, choices, …");
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++) {
		enum err err = read_pair(r, yaml_document_get_node(r->doc, p->key),
					 yaml_document_get_node(r->doc, p->value), seen, q);
		if (err)
			return err;
	}
	for (int i = 0; i < N_FIELDS; i++)
		if (fields[i].required && !seen[i])
			return fail(r, node, "this question has no '%s'", field_names[i]);
	if (q->answer >= q->n_choices)
		return fail(r, seen[FIELD_ANSWER], "there is no such choice: this question has %zu",
			    q->n_choices);
	return ERR_OK;
}

static enum err read_all(struct reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(r->doc);
	if (root->type != YAML_SEQUENCE_NODE)
		return fail(r, root, "a quiz is a list of questions: each begins with '- id: …'");
	yaml_node_item_t *start = root->data.sequence.items.start,
			 *top = root->data.sequence.items.top;
	if (top == start || top - start > QUIZ_MAX_QUESTIONS)
		return fail(r, root, "a quiz has 1 to %d questions, not %d", QUIZ_MAX_QUESTIONS,
			    (int)(top - start));
	r->quiz->questions = xcalloc((size_t)(top - start), sizeof(*r->quiz->questions));
	for (yaml_node_item_t *p = start; p < top; p++) {
		enum err err = read_one(r, yaml_document_get_node(r->doc, *p));
		if (err)
			return err;
	}
	return ERR_OK;
}

enum err quiz_parse(struct quiz *out, const char *path, const char *data, size_t len,
		    struct errinfo *e)
{
	yaml_document_t doc;
	struct quiz quiz = {0};
	struct reader r = {.doc = &doc, .quiz = &quiz, .e = e};
	entries_init(&r.en, path);
	const struct yaml_text text = {&r.en, data, len, "a quiz"};
	enum err err = ERR_OK;
	if (len > MAX_BYTES)
		err = entries_err(&r.en, NULL, 0, e, ERR_FORMAT,
				  "larger than %d KiB; this is not a quiz", MAX_BYTES / 1024);
	else if (!(err = yaml_doc_load(&doc, &text, e))) {
		err = read_all(&r);
		yaml_document_delete(&doc);
	}
	if (err)
		quiz_release(&quiz);
	else
		*out = quiz;
	entries_release(&r.en);
	return err;
}

enum err quiz_load(const char *path, struct quiz *out, struct errinfo *e)
{
	struct strbuf data = STRBUF_INIT;
	const struct text_file file = {path, NULL, "a quiz", MAX_BYTES, false, NULL};
	enum err err = text_read(&file, &data, e);
	if (!err)
		err = quiz_parse(out, path, data.buf, data.len, e);
	strbuf_release(&data);
	return err;
}
