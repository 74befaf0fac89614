/* A strict reader of the HTML that reports are: tags of a known list that close each other, attributes
 * of a known list in double quotes, the five escapes. Whatever a log says, nothing else may come out. */
#ifndef TESTS_REPORT_MARKUP_H
#define TESTS_REPORT_MARKUP_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const markup_tags =
    " html head meta title style body header h1 h2 h3 span p div b i dl dt dd section figure "
    "figcaption svg g path rect circle text table thead tbody tr th td img pre code details "
    "summary "
    "footer ";
static const char *const markup_attributes =
    " lang charset http-equiv content name class id style viewBox role d x y width height cx cy r "
    "text-anchor title alt src ";

static inline bool markup_listed(const char *list, const char *word, size_t n)
{
	for (const char *c = list; (c = strchr(c, ' ')) && c[1]; c++)
		if (strncmp(c + 1, word, n) == 0 && c[1 + n] == ' ')
			return true;
	return false;
}

static inline void markup_text(const char *text, size_t n)
{
	static const char *const escapes[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	for (size_t i = 0; i < n; i++) {
		bool known = text[i] != '&';
		for (size_t k = 0; k < sizeof(escapes) / sizeof(*escapes); k++)
			known = known || strncmp(text + i, escapes[k], strlen(escapes[k])) == 0;
		if (!known || text[i] == '>')
			fail_msg("raw '%c': %.60s", text[i], text + i);
	}
}

/* Attributes up to the end of a tag, which is returned. */
static inline const char *markup_read_attributes(const char *c)
{
	while (*c == ' ') {
		const char *name = ++c;
		c += strcspn(c, "= >");
		if (!markup_listed(markup_attributes, name, (size_t)(c - name)))
			fail_msg("attribute: %.60s", name);
		bool source = strncmp(name, "src=", 4) == 0;
		assert_memory_equal(c, "=\"", 2);
		const char *value = c + 2;
		size_t n = strcspn(value, "\"<");
		if (source && strncmp(value, "data:image/png;base64,", 22) != 0)
			fail_msg("source: %.60s", value);
		if (strncmp(name, "content=", 8) != 0)
			markup_text(value, n);
		c = value + n;
		assert_int_equal(*c++, '"');
	}
	return c;
}

struct markup {
	struct strbuf open; /* the names of tags that are open, each behind a blank */
	struct strbuf all;  /* of all, in order: " html head /head" */
};

static inline void markup_close(struct markup *m, const char *name, size_t n)
{
	size_t at = m->open.len - n;
	if (m->open.len <= n || memcmp(m->open.buf + at, name, n) != 0 ||
	    m->open.buf[at - 1] != ' ')
		fail_msg("</%.*s> within%s", (int)n, name, m->open.buf);
	strbuf_remove(&m->open, at - 1, n + 1);
}

/* A tag at `c`; returns what is behind it. */
static inline const char *markup_tag(struct markup *m, const char *c)
{
	bool closes = c[1] == '/';
	const char *name = c + 1 + closes;
	size_t n = strcspn(name, " />");
	if (!markup_listed(markup_tags, name, n))
		fail_msg("tag: %.60s", c);
	strbuf_addf(&m->all, " %s%.*s", closes ? "/" : "", (int)n, name);
	c = closes ? name + n : markup_read_attributes(name + n);
	bool alone = *c == '/' || strncmp(name, "meta ", 5) == 0 || strncmp(name, "img ", 4) == 0;
	c += *c == '/';
	assert_int_equal(*c, '>');
	if (closes)
		markup_close(m, name, n);
	else if (!alone)
		strbuf_addf(&m->open, " %.*s", (int)n, name);
	if (!closes && strncmp(name, "style>", 6) == 0) /* ours alone, and no tags */
		return strstr(c, "</style>");
	return c + 1;
}

/* Returns the tags in their order; the caller frees it. */
static inline char *markup_check(const char *html)
{
	static const char doctype[] = "<!DOCTYPE html>\n";
	struct markup m = {STRBUF_INIT, STRBUF_INIT};
	assert_memory_equal(html, doctype, sizeof(doctype) - 1);
	for (const char *c = html + sizeof(doctype) - 1; *c;) {
		size_t n = strcspn(c, "<");
		markup_text(c, n);
		c += n;
		if (*c)
			c = markup_tag(&m, c);
	}
	assert_string_equal(m.open.buf, "");
	strbuf_release(&m.open);
	return strbuf_detach(&m.all);
}

#endif
