#include "choose.h"

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct choice {
	const struct names *classes;
	bool *taken; /* [classes->n] */
	struct place place;
	struct errinfo *e;
};

static enum err take_class(struct choice *c, size_t i)
{
	if (c->taken[i])
		return place_error(&c->place, c->e, ERR_VALUE, "class \"%.200s\" is chosen twice",
				   c->classes->names[i]);
	c->taken[i] = true;
	return ERR_OK;
}

/* "4" or "0-4": positions, counted from 0. */
static bool read_range(const char *text, size_t len, size_t *first, size_t *last)
{
	size_t at = 0;
	for (int side = 0; side < 2; side++) {
		size_t v = 0, from = at;
		for (; at < len && isdigit((unsigned char)text[at]) && at - from < 9; at++)
			v = 10 * v + (size_t)(text[at] - '0');
		if (at == from)
			return false;
		*(side ? last : first) = v;
		if (side == 0 && at == len)
			*last = v;
		if (at == len)
			return *last >= *first;
		if (side == 0 && text[at++] != '-')
			return false;
	}
	return false;
}

/* A name comes first: a class may be called 7. */
static enum err take_word(struct choice *c, const char *text, size_t len)
{
	size_t first, last, n = c->classes->n;
	int found = names_find(c->classes, text, len);
	if (found >= 0)
		return take_class(c, (size_t)found);
	if (!read_range(text, len, &first, &last) || last >= n)
		return place_error(
		    &c->place, c->e, ERR_VALUE,
		    "there is no class \"%.*s\"; choose by name, or by position from "
		    "0 to %zu (\"%.60s\" to \"%.60s\")",
		    (int)(len < 200 ? len : 200), text, n - 1, c->classes->names[0],
		    c->classes->names[n - 1]);
	enum err r = ERR_OK;
	for (size_t i = first; i <= last && !r; i++)
		r = take_class(c, i);
	return r;
}

static enum err take_all(struct choice *c, const char *text)
{
	enum err r = ERR_OK;
	for (const char *end; !r; text = end + 1) {
		while (*text == ' ')
			text++;
		end = strchrnul(text, ',');
		size_t len = (size_t)(end - text);
		while (len && text[len - 1] == ' ')
			len--;
		r = take_word(c, text, len);
		if (!*end)
			break;
	}
	return r;
}

static void keep_labels(struct listing *l, const int *label)
{
	size_t kept = 0;
	for (size_t i = 0; i < l->n; i++) {
		int now = label[l->samples[i].label];
		if (now < 0) {
			free(l->samples[i].path);
			continue;
		}
		l->samples[kept] = l->samples[i];
		l->samples[kept++].label = now;
	}
	l->n = kept;
}

enum err choose_classes(struct names *classes, struct listing *train, struct listing *valid,
			const struct experiment *x, struct errinfo *e)
{
	if (!*x->data.classes || !classes->n)
		return ERR_OK;
	struct choice c = {.classes = classes, .place = {x, "data.classes", NULL}, .e = e};
	int *label = xcalloc(classes->n, sizeof(*label));
	c.taken = xcalloc(classes->n, sizeof(*c.taken));
	enum err r = take_all(&c, x->data.classes);
	size_t kept = 0;
	for (size_t i = 0; i < classes->n && !r; i++) {
		label[i] = c.taken[i] ? (int)kept : -1;
		if (c.taken[i])
			classes->names[kept++] = classes->names[i];
		else
			free(classes->names[i]);
	}
	if (!r) {
		classes->n = kept;
		keep_labels(train, label);
		keep_labels(valid, label);
	}
	free(c.taken);
	free(label);
	return r;
}

/* The class furthest above (sign = 1) or below (-1) its share that can give or take one. */
static size_t furthest(const size_t *quota, const size_t *count, size_t n, double share, int sign)
{
	size_t best = n;
	double most = 0;
	for (size_t c = 0; c < n; c++) {
		double off = sign * ((double)quota[c] - share * (double)count[c]);
		bool can = sign > 0 ? quota[c] > 1 : quota[c] < count[c];
		if (can && (best == n || off > most)) {
			best = c;
			most = off;
		}
	}
	return best;
}

/* How many of each class: its share of `limit`, whole, at least one. */
static void share_out(size_t *quota, const size_t *count, size_t n, size_t total, size_t limit)
{
	double share = (double)limit / (double)total;
	size_t sum = 0;
	for (size_t c = 0; c < n; c++) {
		quota[c] = (size_t)(share * (double)count[c]);
		if (!quota[c] && count[c])
			quota[c] = 1;
		sum += quota[c];
	}
	for (; sum < limit; sum++)
		quota[furthest(quota, count, n, share, -1)]++;
	for (; sum > limit; sum--)
		quota[furthest(quota, count, n, share, 1)]--;
}

enum err choose_limit(struct listing *train, size_t n_classes, const struct experiment *x,
		      struct errinfo *e)
{
	size_t limit = x->data.limit > 0 ? (size_t)x->data.limit : 0, kept = 0;
	struct place place = {x, "data.limit", NULL};
	if (!limit || limit >= train->n)
		return ERR_OK;
	if (limit < n_classes)
		return place_error(&place, e, ERR_VALUE,
				   "%zu pictures cannot show %zu classes; allow at least one each",
				   limit, n_classes);
	uint32_t **order = xcalloc(n_classes, sizeof(*order));
	size_t *count = xcalloc(n_classes, sizeof(*count)),
	       *quota = xcalloc(n_classes, sizeof(*quota));
	bool *keep = xcalloc(train->n, sizeof(*keep));
	for (size_t c = 0; c < n_classes; c++)
		order[c] = listing_shuffle_class(train->samples, train->n, (int)c,
						 rng_key(x->train.seed, RNG_SPLIT, 1, c),
						 &count[c]);
	share_out(quota, count, n_classes, train->n, limit);
	for (size_t c = 0; c < n_classes; c++) {
		for (size_t i = 0; i < quota[c]; i++)
			keep[order[c][i]] = true;
		free(order[c]);
	}
	for (size_t i = 0; i < train->n; i++) {
		if (keep[i])
			train->samples[kept++] = train->samples[i];
		else
			free(train->samples[i].path);
	}
	train->n = kept;
	free(keep);
	free(quota);
	free(count);
	free(order);
	return ERR_OK;
}
