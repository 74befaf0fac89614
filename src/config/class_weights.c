#include "class_weights.h"
#include "number.h"
#include "thaw/base/alloc.h"
#include "thaw/config/class_weights.h"
#include "thaw/config/settings.h"
#include "yaml_doc.h"

#include <stdlib.h>
#include <string.h>

static void add_quoted(struct strbuf *out, const char *name)
{
	strbuf_addch(out, '"');
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			strbuf_addch(out, '\\');
		strbuf_addch(out, *name);
	}
	strbuf_addch(out, '"');
}

/* A name in quotes at **at, the bytes behind its first quote. */
static bool take_quoted(const char **at, struct strbuf *name)
{
	const char *p = *at;
	strbuf_reset(name);
	for (; *p && *p != '"'; p++) {
		p += *p == '\\' && p[1];
		strbuf_addch(name, *p);
	}
	*at = p + (*p == '"');
	return *p == '"' && name->len;
}

static bool take_number(const char **at, double *out)
{
	size_t n = number_span(*at);
	char *digits = xstrndup(*at, n);
	bool ok = number_parse(digits, out) && *out >= CLASS_WEIGHT_MIN && *out <= CLASS_WEIGHT_MAX;
	free(digits);
	*at += n;
	return ok;
}

bool class_weight_next(const char **at, struct strbuf *name, double *weight)
{
	const char *p = *at + strspn(*at, "{, ");
	if (*p != '"')
		return *at = p, false;
	p++;
	bool ok = take_quoted(&p, name) && p[0] == ':' && p[1] == ' ';
	if (ok) {
		p += 2;
		ok = take_number(&p, weight);
	}
	*at = p;
	return ok;
}

bool class_weights_are_map(const char *text)
{
	struct strbuf name = STRBUF_INIT;
	const char *at = text;
	double weight;
	size_t n = 0;
	while (*text == '{' && class_weight_next(&at, &name, &weight))
		n++;
	strbuf_release(&name);
	return n && strcmp(at, "}") == 0;
}

/* ---- from YAML ---- */

struct reading {
	struct entries *en;
	const char *path;
	const struct entry *set; /* the --set that is to blame; NULL: a node's place is */
	struct errinfo *e;
};

static enum err fail(const struct reading *r, const yaml_node_t *node, const char *name,
		     const char *what)
{
	struct entry at = yaml_place(node->start_mark);
	return entries_err(r->en, r->set ? r->set : &at, 0, r->e, ERR_VALUE, "%s: %s%s%s", r->path,
			   name, *name ? ": " : "", what);
}

static enum err wrong_weight(const struct reading *r, const yaml_node_t *node, const char *name)
{
	struct strbuf what = STRBUF_INIT;
	bool scalar = node->type == YAML_SCALAR_NODE;
	double most = setting_find(r->path)->max;
	if (scalar &&
	    text_is_clean((const char *)node->data.scalar.value, node->data.scalar.length))
		strbuf_addf(&what, "'%.40s' is no %s; ", (const char *)node->data.scalar.value,
			    most > 0 ? "share" : "weight");
	strbuf_addf(&what, "it must be a number above 0, from 1e-6 to %s", most > 0 ? "1" : "1e6");
	if (yaml_is_null(node) && strchr(name, ':'))
		strbuf_addstr(&what, "; a space goes behind the ':'");
	enum err err = fail(r, node, name, what.buf);
	strbuf_release(&what);
	return err;
}

static enum err read_weight(const struct reading *r, const yaml_node_t *node, const char *name,
			    double *out)
{
	const char *text = node->type == YAML_SCALAR_NODE && !yaml_is_null(node) &&
				   node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
			       ? (const char *)node->data.scalar.value
			       : "";
	const char *end = text;
	double most = setting_find(r->path)->max;
	bool ok = take_number(&end, out) && !*end && (most <= 0 || *out <= most);
	return ok ? ERR_OK : wrong_weight(r, node, name);
}

static bool has_name(const char *text, const char *wanted)
{
	struct strbuf name = STRBUF_INIT;
	double weight;
	bool found = false;
	while (!found && class_weight_next(&text, &name, &weight))
		found = strcmp(name.buf, wanted) == 0;
	strbuf_release(&name);
	return found;
}

static enum err read_pair(const struct reading *r, const yaml_node_t *key, const yaml_node_t *value,
			  struct strbuf *out)
{
	double weight;
	if (key->type != YAML_SCALAR_NODE || !key->data.scalar.length ||
	    !text_is_clean((const char *)key->data.scalar.value, key->data.scalar.length))
		return fail(r, key, "", "a class is named by a word");
	const char *name = (const char *)key->data.scalar.value;
	if (has_name(out->buf, name))
		return fail(r, key, name, "is given twice; remove one");
	enum err err = read_weight(r, value, name, &weight);
	if (err)
		return err;
	strbuf_addstr(out, out->len > 1 ? ", " : "");
	add_quoted(out, name);
	strbuf_addstr(out, ": ");
	number_format(weight, out);
	return ERR_OK;
}

static enum err read_map(const struct reading *r, yaml_document_t *doc, const yaml_node_t *node,
			 struct strbuf *out)
{
	enum err err = ERR_OK;
	if (node->type != YAML_MAPPING_NODE)
		return fail(r, node, "", "is no map like {daisy: 2, rose: 0.5}");
	strbuf_addch(out, '{');
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     !err && p < node->data.mapping.pairs.top; p++)
		err = read_pair(r, yaml_document_get_node(doc, p->key),
				yaml_document_get_node(doc, p->value), out);
	strbuf_addch(out, '}');
	if (!err && out->len == 2)
		err = fail(r, node, "", "an empty map; name classes, or write none");
	return err;
}

/* The places of the names: where they stand, or the --set that gave them. */
static void add_places(struct entries *en, yaml_document_t *doc, const yaml_node_t *node,
		       const char *path, const char *set)
{
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = yaml_document_get_node(doc, p->key);
		struct entry at = yaml_place(key->start_mark);
		char *name = xasprintf("%s.%s", path, (const char *)key->data.scalar.value);
		struct entry *place = entries_find(en, name);
		if (!place)
			place = entries_add(en, name, "", at.line, at.col);
		free(place->set);
		place->set = set ? xstrdup(set) : NULL;
		free(name);
	}
}

enum err class_weights_add(struct entries *en, yaml_document_t *doc, const yaml_node_t *node,
			   const char *path, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	const struct reading r = {en, path, NULL, e};
	enum err err = read_map(&r, doc, node, &text);
	if (!err) {
		struct entry at = yaml_place(node->start_mark);
		entries_add(en, path, text.buf, at.line, at.col);
		add_places(en, doc, node, path, NULL);
	}
	strbuf_release(&text);
	return err;
}

static enum err settle(struct entries *en, struct entry *at, struct errinfo *e)
{
	yaml_document_t doc;
	struct strbuf text = STRBUF_INIT;
	char *path = xstrdup(at->key), *set = xstrdup(at->set);
	const struct reading r = {en, path, at, e};
	const struct yaml_text yaml = {en, at->text, strlen(at->text), "a map of classes"};
	struct errinfo why = {0};
	enum err err = ERR_FORMAT;
	if (yaml_doc_load(&doc, &yaml, &why)) {
		entries_err(en, at, 0, e, err, "%s: not a map like {daisy: 2, rose: 0.5}", path);
		goto out;
	}
	const yaml_node_t *node = yaml_document_get_root_node(&doc);
	err = read_map(&r, &doc, node, &text);
	if (!err) {
		free(at->text);
		at->text = strbuf_detach(&text);
		add_places(en, &doc, node, path, set); /* `at` may move */
	}
	yaml_document_delete(&doc);
out:
	strbuf_release(&text);
	free(path);
	free(set);
	return err;
}

bool class_weights_may_be(const struct setting *s)
{
	return s && (s->type == SETTING_CLASS_WEIGHTS || s->type == SETTING_CLASS_SHARES);
}

enum err class_weights_settle(struct entries *en, struct errinfo *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < en->n; i++) {
		struct entry *at = &en->items[i];
		if (at->set && at->text && *at->text == '{' &&
		    class_weights_may_be(setting_find(at->key)))
			err = settle(en, at, e);
	}
	return err;
}
