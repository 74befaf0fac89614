#include "thaw/base/shorten.h"

#include "thaw/base/alloc.h"
#include "thaw/base/fnv.h"
#include "thaw/base/plain.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ELLIPSIS "\xe2\x80\xa6"

/* ---- columns ---- */

static int columns_of_code(uint32_t code, bool utf8)
{
	int w = code < 0x80 || (code >= 0x2800 && code <= 0x28FF) ? 1 : wcwidth((wchar_t)code);
	if (!utf8)
		return w != 0;
	return w < 0 ? 1 : w;
}

/* A character with the marks that combine with it. */
struct glyph {
	size_t from, to; /* bytes */
	int w;
};

struct line {
	struct strbuf text; /* as plain.h has it */
	struct glyph *glyphs;
	size_t n, cap;
	int w;
};

static void line_init(struct line *l, const char *text, bool utf8)
{
	uint32_t code;
	*l = (struct line){.text = STRBUF_INIT};
	plain_add(&l->text, text, strlen(text));
	for (size_t at = 0, len; at < l->text.len; at += len) {
		len = utf8_decode(l->text.buf + at, l->text.len - at, &code);
		len = len ? len : 1;
		int w = columns_of_code(code, utf8);
		if (w == 0 && l->n > 0) {
			l->glyphs[l->n - 1].to = at + len;
			continue;
		}
		ALLOC_GROW(l->glyphs, l->n + 1, l->cap);
		l->glyphs[l->n++] = (struct glyph){at, at + len, w};
		l->w += w;
	}
}

static void line_release(struct line *l)
{
	strbuf_release(&l->text);
	free(l->glyphs);
}

int columns_of(const char *text, bool utf8)
{
	struct line l;
	line_init(&l, text, utf8);
	int w = l.w;
	line_release(&l);
	return w;
}

/* ---- one cut ---- */

/* Where a name is cut: it keeps `tail` columns of its end, and, where window > 0, as many from the
 * glyph `at` on besides its head. */
struct cut {
	int tail, window;
	size_t at;
};

/* Append the glyphs from `at` on that fit into w columns; returns the columns used. */
static int add_from(struct strbuf *out, const struct line *l, size_t at, int w)
{
	size_t to = at;
	int used = 0;
	for (; to < l->n && used + l->glyphs[to].w <= w; to++)
		used += l->glyphs[to].w;
	if (to > at)
		strbuf_add(out, l->text.buf + l->glyphs[at].from,
			   l->glyphs[to - 1].to - l->glyphs[at].from);
	return used;
}

/* The glyph at which the last w columns begin. */
static size_t tail_at(const struct line *l, int w)
{
	size_t at = l->n;
	while (at > 0 && l->glyphs[at - 1].w <= w)
		w -= l->glyphs[--at].w;
	return at;
}

static void add_cut(struct strbuf *out, const struct line *l, int w, struct cut cut)
{
	int marks = cut.window && cut.tail ? 2 : 1, head = w - cut.tail - cut.window - marks;
	if (l->w <= w) {
		strbuf_add(out, l->text.buf, l->text.len);
		return;
	}
	if (w < 1)
		return;
	add_from(out, l, 0, head);
	strbuf_addstr(out, ELLIPSIS);
	if (cut.window)
		add_from(out, l, cut.at, cut.window);
	if (cut.window && cut.tail)
		strbuf_addstr(out, ELLIPSIS);
	add_from(out, l, tail_at(l, cut.tail), cut.tail);
}

static struct cut usual_cut(int w)
{
	return (struct cut){.tail = w > 10 ? w / 3 : w > 8 ? 3 : w > 3};
}

/* Of names in a list: where columns are few the beginning reads best, as long as it tells them
 * apart. */
static struct cut list_cut(int w)
{
	return w > 8 ? usual_cut(w) : (struct cut){0};
}

void shorten(struct strbuf *out, const char *text, int w, bool utf8)
{
	struct line l;
	line_init(&l, text, utf8);
	add_cut(out, &l, w, usual_cut(w));
	line_release(&l);
}

/* ---- what all begin with ---- */

static bool is_separator(char c)
{
	return c && strchr("-_ ./:,", c);
}

/* Bytes that all names share, as far as a separator or the beginning of a number. */
static size_t shared_beginning(const char *const *names, size_t n)
{
	size_t len = n > 1 ? strlen(names[0]) : 0;
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < len; k++)
			if (names[i][k] != names[0][k])
				len = k;
	for (; len > 0; len--) {
		bool number = len > 2 && isalpha((unsigned char)names[0][len - 1]), left = true;
		for (size_t i = 0; i < n; i++) {
			number = number && isdigit((unsigned char)names[i][len]);
			left = left && names[i][len];
		}
		if (left && (number || is_separator(names[0][len - 1])))
			return len;
	}
	return 0;
}

/* Bytes of an id before a name, "n02085620-" or "017."; 0 when there is none. */
static size_t id_length(const char *name)
{
	size_t letters = isalpha((unsigned char)*name) ? 1 : 0;
	size_t digits = strspn(name + letters, "0123456789"), len = letters + digits;
	return digits > 1 && is_separator(name[len]) && name[len + 1] ? len + 1 : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool all_differ(const char *const *names, size_t n)
{
	const char **sorted = xcalloc(n + 1, sizeof(*sorted));
	bool differ = true;
	memcpy(sorted, names, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_text);
	for (size_t i = 1; i < n; i++)
		differ = differ && strcmp(sorted[i - 1], sorted[i]) != 0;
	free(sorted);
	return differ;
}

static bool all_fit(const char *const *names, size_t n, int w, bool utf8)
{
	for (size_t i = 0; i < n; i++)
		if (columns_of(names[i], utf8) > w)
			return false;
	return true;
}

/* Step over what tells nothing, in `names` itself. */
static void drop_beginnings(const char **names, size_t n, int w, bool utf8)
{
	size_t shared = all_fit(names, n, w, utf8) ? 0 : shared_beginning(names, n);
	for (size_t i = 0; i < n; i++)
		names[i] += shared;
	if (n < 2 || all_fit(names, n, w, utf8))
		return;
	const char **bare = xcalloc(n, sizeof(*bare));
	bool ids = true;
	for (size_t i = 0; i < n && ids; i++) {
		size_t id = id_length(names[i]);
		ids = id > 0;
		bare[i] = names[i] + id;
	}
	if (ids && all_differ(bare, n))
		memcpy(names, bare, n * sizeof(*names));
	free(bare);
}

/* ---- keeping them apart ---- */

/* The forms that are taken, by an open hash. */
struct taken {
	char **slots;
	size_t cap; /* a power of two, more than twice what goes in */
};

static size_t slot_of(const struct taken *t, const char *text)
{
	uint64_t hash = fnv(text, strlen(text));
	size_t at = (size_t)(hash ^ hash >> 32) & (t->cap - 1);
	while (t->slots[at] && strcmp(t->slots[at], text) != 0)
		at = (at + 1) & (t->cap - 1);
	return at;
}

/* False when it is taken already. */
static bool take(struct taken *t, char *text)
{
	size_t at = slot_of(t, text);
	if (t->slots[at])
		return false;
	t->slots[at] = text;
	return true;
}

struct crowd {
	struct line *lines;
	char **text; /* the form of each */
	size_t n;
	int w;
	struct taken taken;
};

static char *form(const struct crowd *c, size_t i, struct cut cut)
{
	struct strbuf out = STRBUF_INIT;
	add_cut(&out, &c->lines[i], c->w, cut);
	return strbuf_detach(&out);
}

/* Take a form when nobody has it. */
static bool try_cut(struct crowd *c, size_t i, struct cut cut)
{
	char *text = form(c, i, cut);
	if (!take(&c->taken, text)) {
		free(text);
		return false;
	}
	free(c->text[i]);
	c->text[i] = text;
	return true;
}

/* How many of a group differ when all are cut so. */
static size_t n_different(const struct crowd *c, const size_t *group, size_t n, struct cut cut)
{
	char **forms = xcalloc(n, sizeof(*forms));
	size_t different = n > 0;
	for (size_t i = 0; i < n; i++)
		forms[i] = form(c, group[i], cut);
	qsort(forms, n, sizeof(*forms), by_text);
	for (size_t i = 1; i < n; i++)
		different += strcmp(forms[i - 1], forms[i]) != 0;
	for (size_t i = 0; i < n; i++)
		free(forms[i]);
	free(forms);
	return different;
}

/* The first glyph in which not all of a group agree. */
static size_t first_difference(const struct crowd *c, const size_t *group, size_t n)
{
	const struct line *first = &c->lines[group[0]];
	size_t len = first->text.len, at = 0;
	for (size_t i = 1; i < n; i++) {
		const struct strbuf *text = &c->lines[group[i]].text;
		for (size_t k = 0; k < len; k++)
			if (k == text->len || text->buf[k] != first->text.buf[k])
				len = k;
	}
	while (at < first->n && first->glyphs[at].to <= len)
		at++;
	return at;
}

struct search {
	const struct crowd *crowd;
	const size_t *group;
	size_t n, most; /* of the group; that differ with the best cut so far */
	struct cut best;
};

static void try_on_all(struct search *s, struct cut cut)
{
	if (s->most == s->n || cut.tail < 0 || cut.tail >= s->crowd->w)
		return;
	size_t different = n_different(s->crowd, s->group, s->n, cut);
	if (different > s->most) {
		s->most = different;
		s->best = cut;
	}
}

/* The cut that tells most of a group apart: one gap, the nearest to the usual one, or what they
 * differ in and a little before it. */
static struct cut best_cut(const struct crowd *c, const size_t *group, size_t n)
{
	struct search s = {.crowd = c, .group = group, .n = n};
	struct cut usual = list_cut(c->w);
	size_t differ = first_difference(c, group, n);
	try_on_all(&s, usual);
	for (int far = 1; far < c->w; far++) {
		try_on_all(&s, (struct cut){.tail = usual.tail + far});
		try_on_all(&s, (struct cut){.tail = usual.tail - far});
	}
	for (int window = c->w / 2; window > 0 && window < c->w && differ; window++)
		try_on_all(&s, (struct cut){.window = window, .at = differ});
	return s.best;
}

/* Any cut that nobody else has: first one gap wherever it may be, then a piece from the middle. */
static void cut_alone(struct crowd *c, size_t i)
{
	const struct line *l = &c->lines[i];
	for (int tail = 0; tail < c->w; tail++)
		if (try_cut(c, i, (struct cut){.tail = tail}))
			return;
	for (int window = c->w - 2; window > 0; window--)
		for (size_t at = 1; at < l->n; at++)
			if (try_cut(c, i, (struct cut){.window = window, .at = at}))
				return;
	for (int window = c->w - 3; window > 0; window--)
		for (size_t at = 1; at < l->n; at++)
			if (try_cut(c, i, (struct cut){1, window, at}))
				return;
}

static int by_form(const void *a, const void *b, void *arg)
{
	const struct crowd *c = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = strcmp(c->text[x], c->text[y]);
	if (order == 0)
		order = strcmp(c->lines[x].text.buf, c->lines[y].text.buf);
	return order ? order : (x > y) - (x < y);
}

/* One group of names that look the same: names[0..n), in the order of their texts. */
static void part_group(struct crowd *c, size_t *group, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) /* what is the same name cannot be told apart */
		if (i == 0 ||
		    strcmp(c->lines[group[i]].text.buf, c->lines[group[kept - 1]].text.buf) != 0)
			group[kept++] = group[i];
	if (kept == 1)
		return;
	struct cut cut = best_cut(c, group, kept);
	for (size_t i = 0; i < kept; i++)
		if (!try_cut(c, group[i], cut))
			cut_alone(c, group[i]);
}

static void part(struct crowd *c)
{
	size_t *order = xcalloc(c->n + 1, sizeof(*order)), end;
	for (size_t i = 0; i < c->n; i++)
		order[i] = i;
	qsort_r(order, c->n, sizeof(*order), by_form, c);
	for (int turn = 0; turn < 2; turn++) /* those that stand alone take their form first */
		for (size_t i = 0; i < c->n; i = end) {
			for (end = i + 1;
			     end < c->n && strcmp(c->text[order[i]], c->text[order[end]]) == 0;)
				end++;
			if (turn == 0 && end == i + 1)
				take(&c->taken, c->text[order[i]]);
			else if (turn == 1 && end > i + 1)
				part_group(c, order + i, end - i);
		}
	free(order);
}

void short_names_init(struct short_names *s, const char *const *names, size_t n, int w, bool utf8)
{
	const char **bare = xcalloc(n + 1, sizeof(*bare));
	struct crowd c = {.lines = xcalloc(n + 1, sizeof(*c.lines)),
			  .text = xcalloc(n + 1, sizeof(*c.text)),
			  .n = n,
			  .w = w,
			  .taken = {.cap = 16}};
	for (size_t i = 0; i < n; i++)
		bare[i] = names[i] ? names[i] : "";
	drop_beginnings(bare, n, w, utf8);
	for (size_t i = 0; i < n; i++) {
		line_init(&c.lines[i], bare[i], utf8);
		c.text[i] = form(&c, i, list_cut(w));
	}
	while (c.taken.cap < 4 * n)
		c.taken.cap *= 2;
	c.taken.slots = xcalloc(c.taken.cap, sizeof(*c.taken.slots));
	if (n <= SHORTEN_MOST)
		part(&c);
	*s = (struct short_names){c.text, n, 0};
	for (size_t i = 0; i < n; i++) {
		int width = columns_of(c.text[i], utf8);
		s->w = width > s->w ? width : s->w;
		line_release(&c.lines[i]);
	}
	free(c.taken.slots);
	free(c.lines);
	free(bare);
}

void short_names_release(struct short_names *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->text[i]);
	free(s->text);
	*s = (struct short_names){0};
}
