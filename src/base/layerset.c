#include "thaw/base/layerset.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WORD_SHOWN 40 /* bytes of a wrong word that a message repeats */

void layerset_clear(struct layerset *s, int n)
{
	assert(n >= 0 && n <= LAYERSET_MAX);
	memset(s, 0, sizeof(*s));
	s->n = n;
}

void layerset_set(struct layerset *s, int i, bool in)
{
	assert(i >= 0 && i < s->n);
	uint64_t bit = UINT64_C(1) << (i % 64);
	if (in)
		s->bits[i / 64] |= bit;
	else
		s->bits[i / 64] &= ~bit;
}

bool layerset_has(const struct layerset *s, int i)
{
	return i >= 0 && i < s->n && (s->bits[i / 64] >> (i % 64) & 1);
}

bool layerset_equal(const struct layerset *a, const struct layerset *b)
{
	return a->n == b->n && memcmp(a->bits, b->bits, sizeof(a->bits)) == 0;
}

int layerset_count(const struct layerset *s)
{
	int count = 0;
	for (int i = 0; i < LAYERSET_MAX / 64; i++)
		count += __builtin_popcountll(s->bits[i]);
	return count;
}

void layerset_add(struct layerset *s, const struct layerset *b)
{
	for (int i = 0; i < LAYERSET_MAX / 64; i++)
		s->bits[i] |= b->bits[i];
	for (int i = s->n; i < b->n; i++)
		s->bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

void layerset_remove(struct layerset *s, const struct layerset *b)
{
	for (int i = 0; i < LAYERSET_MAX / 64; i++)
		s->bits[i] &= ~b->bits[i];
}

int layerset_first_missing(const struct layerset *s)
{
	int i = 0;
	while (i < s->n && layerset_has(s, i))
		i++;
	return i;
}

/* One comma-separated word names an inclusive range; n and head give the named ones a meaning. */
struct word {
	const char *text;
	size_t len;
	int n, head;
};

static bool word_is(const struct word *w, const char *name)
{
	return w->len == strlen(name) && memcmp(w->text, name, w->len) == 0;
}

static bool word_number_after(const struct word *w, const char *prefix, int *value)
{
	size_t n = strlen(prefix);
	if (w->len <= n || memcmp(w->text, prefix, n) != 0)
		return false;
	long v = 0;
	for (size_t i = n; i < w->len; i++) {
		if (!isdigit((unsigned char)w->text[i]) || v > LAYERSET_MAX)
			return false;
		v = v * 10 + (w->text[i] - '0');
	}
	*value = (int)v;
	return v < LAYERSET_MAX;
}

static bool word_numeric_range(const struct word *w, int *lo, int *hi)
{
	const char *dash = memchr(w->text, '-', w->len);
	if (!dash) {
		bool ok = word_number_after(w, "", lo);
		*hi = *lo;
		return ok;
	}
	struct word a = {w->text, (size_t)(dash - w->text), 0, 0};
	struct word b = {dash + 1, w->len - a.len - 1, 0, 0};
	return word_number_after(&a, "", lo) && word_number_after(&b, "", hi);
}

/* Returns false when the word means nothing; an empty range has lo > hi. */
static bool word_range(const struct word *w, int *lo, int *hi)
{
	int k;
	*lo = 0;
	*hi = w->n - 1;
	if (word_is(w, "all"))
		return true;
	if (word_is(w, "none"))
		return *hi = -1, true;
	if (word_is(w, "base"))
		return *hi = w->head - 1, true;
	if (word_is(w, "head"))
		return *lo = w->head, true;
	if (word_number_after(w, "last ", &k))
		return *lo = k < w->n ? w->n - k : 0, true;
	if (word_number_after(w, "above ", &k))
		return *lo = k + 1, true;
	if (word_number_after(w, "below ", &k))
		return *hi = (k < w->n ? k : w->n) - 1, true;
	return word_numeric_range(w, lo, hi) && *lo <= *hi;
}

static enum err parse(struct layerset *out, const char *text, int n, int head, struct errinfo *e)
{
	struct layerset set;
	layerset_clear(&set, n);
	const char *p = text;
	for (;;) {
		p += strspn(p, " \t");
		size_t len = strcspn(p, ",");
		struct word w = {p, len, n, head};
		while (w.len && isspace((unsigned char)p[w.len - 1]))
			w.len--;
		int lo, hi, col = (int)(p - text) + 1;
		enum err r = ERR_OK;
		if (!word_range(&w, &lo, &hi))
			r = err_set(
			    e, ERR_VALUE,
			    "'%.*s' is not a layer, a range like 0-13, or one of base, head, all, "
			    "none, last N, above N, below N",
			    (int)(w.len < WORD_SHOWN ? w.len : WORD_SHOWN), p);
		else if (hi >= n)
			r = err_set(e, ERR_VALUE,
				    "layer %d does not exist: this network has layers 0-%d", hi,
				    n - 1);
		if (r) {
			if (e)
				e->col = col;
			return r;
		}
		for (int i = lo; i <= hi; i++)
			layerset_set(&set, i, true);
		p += len;
		if (!*p)
			break;
		p++;
	}
	*out = set;
	return ERR_OK;
}

enum err layerset_parse(struct layerset *out, const char *text, int n, int head, struct errinfo *e)
{
	return parse(out, text, n, head, e);
}

enum err layerset_check(const char *text, struct errinfo *e)
{
	struct layerset any;
	return parse(&any, text, LAYERSET_MAX, LAYERSET_MAX - 1, e);
}

void layerset_format(const struct layerset *s, struct strbuf *out)
{
	bool any = false;
	for (int i = 0; i < s->n; i++) {
		if (!layerset_has(s, i))
			continue;
		int lo = i;
		while (layerset_has(s, i + 1))
			i++;
		strbuf_addf(out, "%s%d", any ? "," : "", lo);
		if (i > lo)
			strbuf_addf(out, "-%d", i);
		any = true;
	}
	if (!any)
		strbuf_addstr(out, "none");
}
