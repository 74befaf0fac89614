/* How to mend a key that is not known: the nearest one, or where it belongs. */
#include "thaw/base/alloc.h"
#include "thaw/base/nearest.h"
#include "thaw/config/settings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The keys directly inside a group, each once, in the table's order. */
struct children {
	char *names[64];
	size_t n;
};

static void children_list(struct children *c, const char *group)
{
	size_t depth = 0;
	for (const char *p = group; *p; p++)
		depth += *p == '.';
	depth += *group != '\0';
	c->n = 0;
	for (const struct setting *s = NULL; (s = settings_next(s)) && c->n < 63;) {
		const char *p = s->path;
		struct strbuf parent = STRBUF_INIT;
		for (size_t i = 0; i < depth && p; i++) {
			p = strchr(p, '.');
			p = p ? p + 1 : NULL;
		}
		if (!p)
			continue;
		size_t len = strcspn(p, ".");
		strbuf_addstr(&parent, group);
		strbuf_addf(&parent, "%s%.*s", depth ? "." : "", (int)len, p);
		bool known = setting_place(parent.buf) != PLACE_UNKNOWN;
		strbuf_release(&parent);
		const char *last = c->n ? c->names[c->n - 1] : "";
		if (known && (strncmp(last, p, len) != 0 || last[len]))
			c->names[c->n++] = xstrndup(p, len);
	}
	c->names[c->n] = NULL;
}

static void children_release(struct children *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->names[i]);
}

/* A setting elsewhere whose last word is this one: "batch" belongs in "train". */
static const char *same_word_elsewhere(const char *word)
{
	for (const struct setting *s = NULL; (s = settings_next(s));)
		if (strcmp(strrchr(s->path, '.') ? strrchr(s->path, '.') + 1 : s->path, word) == 0)
			return s->path;
	return NULL;
}

static void suggest_elsewhere(const char *known, struct strbuf *out)
{
	const char *dot = strrchr(known, '.');
	if (!dot)
		strbuf_addstr(out, "it belongs at the top, in no group");
	else if (strncmp(known, "phases.", 7) == 0)
		strbuf_addstr(out, "it belongs in each of the phases");
	else
		strbuf_addf(out, "it belongs in '%.*s' (%s)", (int)(dot - known), known, known);
}

/* Split at the first component that is not known: group "train", word "batchs". */
static void split_unknown(const char *path, struct strbuf *group, struct strbuf *word)
{
	const char *p = path;
	for (;;) {
		size_t len = strcspn(p, ".");
		size_t before = group->len;
		strbuf_addf(group, "%s%.*s", before ? "." : "", (int)len, p);
		enum setting_place place = setting_place(group->buf);
		if (place == PLACE_UNKNOWN || place == PLACE_SETTING || !p[len]) {
			strbuf_add(word, p, place == PLACE_SETTING ? strlen(p) : len);
			strbuf_remove(group, before, group->len - before);
			return;
		}
		p += len + 1;
	}
}

void setting_suggest(const char *path, struct strbuf *out)
{
	struct strbuf group = STRBUF_INIT, word = STRBUF_INIT;
	struct children c;
	split_unknown(path, &group, &word);
	children_list(&c, group.buf);
	const char *near = nearest_word(word.buf, (const char *const *)c.names);
	const char *elsewhere = same_word_elsewhere(word.buf);
	const char *dot = group.len ? "." : "";
	if (near && (!elsewhere || word_distance(word.buf, near) <= 1)) {
		strbuf_addf(out, "did you mean '%s%s%s'?", group.buf, dot, near);
	} else if (elsewhere) {
		suggest_elsewhere(elsewhere, out);
	} else if (near) {
		strbuf_addf(out, "did you mean '%s%s%s'?", group.buf, dot, near);
	} else {
		strbuf_addstr(out, "known here: ");
		for (size_t i = 0; i < c.n; i++)
			strbuf_addf(out, "%s%s", i ? ", " : "", c.names[i]);
	}
	children_release(&c);
	strbuf_release(&group);
	strbuf_release(&word);
}
