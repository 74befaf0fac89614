#include "model_cfg.h"
#include "thaw/base/alloc.h"
#include "thaw/base/text.h"
#include "thaw/engine/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


enum err cfg_error(const struct cfg *c, int line, enum err code, struct errinfo *e, const char *fmt,
		   ...)
{
	char msg[900];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (line)
		err_set(e, code, "%s:%d: %s", c->name, line, msg);
	else
		err_set(e, code, "%s: %s", c->name, msg);
	if (e)
		e->line = line;
	return code;
}

static void add_line(struct cfg *c, const char *text, size_t len)
{
	ALLOC_GROW(c->lines, c->n_lines + 1, c->cap_lines);
	char *copy = xstrndup(text, len), *comment = NULL;
	size_t value = text_value_length(copy);
	if (value > strspn(copy, " \t") && copy[value]) {
		comment = xstrdup(strpbrk(copy, "#;"));
		copy[value] = '\0';
	}
	c->lines[c->n_lines++] = (struct cfg_line){copy, comment, STRBUF_INIT};
}

/* As Darknet's strip(): blanks vanish wherever they are. */
static char *without_blanks(const char *s)
{
	char *out = xstrdup(s), *to = out;
	for (; *s; s++)
		if (*s != ' ' && *s != '\t')
			*to++ = *s;
	*to = '\0';
	return out;
}

static enum err add_section(struct cfg *c, const char *s, int line, struct errinfo *e)
{
	size_t len = strlen(s);
	if (len < 3 || s[len - 1] != ']')
		return cfg_error(c, line, ERR_FORMAT, e,
				 "'%.60s' is not a section; write [name] alone on its line", s);
	ALLOC_GROW(c->sections, c->n_sections + 1, c->cap_sections);
	c->sections[c->n_sections++] =
	    (struct cfg_section){.type = xstrndup(s + 1, len - 2), .line = line};
	return ERR_OK;
}

static enum err add_option(struct cfg *c, char *s, int line, struct errinfo *e)
{
	char *eq = strchr(s, '=');
	if (!eq || eq == s)
		return cfg_error(c, line, ERR_FORMAT, e,
				 "'%.60s' is neither [section], key=value nor # comment", s);
	*eq = '\0';
	char *value = eq + 1;
	if (!*value)
		return cfg_error(c, line, ERR_FORMAT, e, "%.60s= has no value", s);
	if (!c->n_sections)
		return cfg_error(c, line, ERR_FORMAT, e,
				 "%.60s= stands before the first section; start with [net]", s);
	struct cfg_section *sec = &c->sections[c->n_sections - 1];
	ALLOC_GROW(sec->options, sec->n_options + 1, sec->cap_options);
	sec->options[sec->n_options++] = (struct cfg_option){xstrdup(s), xstrdup(value), line};
	return ERR_OK;
}

static enum err parse_line(struct cfg *c, size_t i, struct errinfo *e)
{
	char *s = without_blanks(c->lines[i].text);
	enum err r = ERR_OK;
	if (*s == '[')
		r = add_section(c, s, (int)i + 1, e);
	else if (*s && *s != '#' && *s != ';')
		r = add_option(c, s, (int)i + 1, e);
	free(s);
	return r;
}

enum err cfg_parse(struct cfg *out, const char *name, const char *text, size_t len,
		   struct errinfo *e)
{
	struct cfg c = {.name = xstrdup(name)};
	enum err r = ERR_OK;
	for (size_t at = 0; !r && at < len;) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t n = nl ? (size_t)(nl - text) - at : len - at;
		add_line(&c, text + at, n);
		at += n + 1;
		r = parse_line(&c, c.n_lines - 1, e);
	}
	if (!r && !c.n_sections)
		r = cfg_error(&c, 0, ERR_FORMAT, e, "no [net] section: not a Darknet cfg");
	if (r) {
		cfg_release(&c);
		return r;
	}
	*out = c;
	return ERR_OK;
}

enum err cfg_read(struct cfg *out, const char *path, struct errinfo *e)
{
	const struct text_file file = {path, NULL, "a Darknet cfg", MODEL_CFG_MAX, false, NULL};
	struct strbuf sb = STRBUF_INIT;
	memset(out, 0, sizeof(*out));
	enum err r = text_read(&file, &sb, e);
	if (!r)
		r = cfg_parse(out, path, sb.buf, sb.len, e);
	strbuf_release(&sb);
	return r;
}

void cfg_release(struct cfg *c)
{
	for (size_t i = 0; i < c->n_lines; i++) {
		free(c->lines[i].text);
		free(c->lines[i].comment);
		strbuf_release(&c->lines[i].after);
	}
	for (size_t i = 0; i < c->n_sections; i++) {
		struct cfg_section *s = &c->sections[i];
		for (size_t k = 0; k < s->n_options; k++) {
			free(s->options[k].key);
			free(s->options[k].value);
		}
		free(s->options);
		free(s->type);
	}
	free(c->lines);
	free(c->sections);
	free(c->name);
	memset(c, 0, sizeof(*c));
}

const struct cfg_option *cfg_find(const struct cfg_section *s, const char *key)
{
	for (size_t i = 0; i < s->n_options; i++)
		if (strcmp(s->options[i].key, key) == 0)
			return &s->options[i];
	return NULL;
}

/* Keep "key = " as it was written. */
static char *with_value(const char *line, const char *value)
{
	const char *v = strchr(line, '=') + 1;
	v += strspn(v, " \t");
	return xasprintf("%.*s%s", (int)(v - line), line, value);
}

void cfg_set(struct cfg *c, const struct cfg_section *s, const char *key, const char *value)
{
	const struct cfg_option *o = cfg_find(s, key);
	if (!o) {
		strbuf_addf(&c->lines[s->line - 1].after, "%s=%s\n", key, value);
		return;
	}
	char *text = with_value(c->lines[o->line - 1].text, value);
	free(c->lines[o->line - 1].text);
	c->lines[o->line - 1].text = text;
}

static void drop_line(struct cfg *c, int line)
{
	free(c->lines[line - 1].text);
	c->lines[line - 1].text = NULL;
}

void cfg_drop(struct cfg *c, const struct cfg_section *s, const char *key)
{
	for (size_t i = 0; i < s->n_options; i++)
		if (strcmp(s->options[i].key, key) == 0)
			drop_line(c, s->options[i].line);
}

void cfg_insert_before(struct cfg *c, const struct cfg_section *s, const char *text)
{
	strbuf_addstr(&c->lines[s->line - 2].after, text); /* [net] comes before any layer */
}

void cfg_truncate_after(struct cfg *c, const struct cfg_section *s)
{
	int last = s->n_options ? s->options[s->n_options - 1].line : s->line;
	for (size_t i = (size_t)last; i < c->n_lines; i++) {
		free(c->lines[i].text);
		free(c->lines[i].comment);
		strbuf_release(&c->lines[i].after);
	}
	c->n_lines = (size_t)last;
}

void cfg_append(struct cfg *c, const char *text)
{
	strbuf_addstr(&c->lines[c->n_lines - 1].after, text);
}

void cfg_write(const struct cfg *c, struct strbuf *out)
{
	for (size_t i = 0; i < c->n_lines; i++) {
		const struct cfg_line *l = &c->lines[i];
		if (l->text && l->comment)
			strbuf_addf(out, "%s\n", l->comment);
		if (l->text)
			strbuf_addf(out, "%s\n", l->text);
		strbuf_add(out, l->after.buf, l->after.len);
	}
}

/* Shape: [lines that cfg_write() gives], each the line of `c` that it comes from; caller frees. */
static int *origins(const struct cfg *c)
{
	int *lines = NULL;
	size_t n = 0, cap = 0;
	for (size_t i = 0; i < c->n_lines; i++) {
		const struct cfg_line *l = &c->lines[i];
		size_t more = l->text ? 1 + (l->comment != NULL) : 0;
		for (size_t k = 0; k < l->after.len; k++)
			more += l->after.buf[k] == '\n';
		ALLOC_GROW(lines, n + more + 1, cap);
		while (more--)
			lines[n++] = (int)i + 1;
	}
	return lines;
}

enum err cfg_parse_changed(struct cfg *out, const struct cfg *c, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	cfg_write(c, &text);
	enum err r = cfg_parse(out, c->name, text.buf, text.len, e);
	strbuf_release(&text);
	if (r)
		return r;
	int *lines = origins(c);
	for (size_t i = 0; i < out->n_sections; i++) {
		struct cfg_section *s = &out->sections[i];
		s->line = lines[s->line - 1];
		for (size_t k = 0; k < s->n_options; k++)
			s->options[k].line = lines[s->options[k].line - 1];
	}
	free(lines);
	return ERR_OK;
}
