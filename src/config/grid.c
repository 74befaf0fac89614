#include "thaw/config/grid.h"

#include "number.h"
#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"
#include "thaw/config/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void grid_release(struct grid *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->values[i]);
	free(g->values);
	*g = (struct grid){0};
}

/* ---- what the setting is ---- */

/* Phases have names, which the table knows by numbers; NULL: there is no such setting. */
static const struct setting *find(const char *key)
{
	static const char phases[] = "phases.";
	const char *name =
	    strncmp(key, phases, sizeof(phases) - 1) == 0 ? key + sizeof(phases) - 1 : "";
	const char *rest = strchr(name, '.');
	char *numbered = rest ? xasprintf("%s0%s", phases, rest) : xstrdup(key);
	const struct setting *s = setting_find(numbered);
	free(numbered);
	return s;
}

static bool is_number(const struct setting *s)
{
	return s &&
	       (s->type == SETTING_INT || s->type == SETTING_SEED || s->type == SETTING_NUMBER);
}

/* Types whose one value may hold commas. */
static bool is_list(const struct setting *s)
{
	return s && (s->type == SETTING_LAYERS || s->type == SETTING_CLASSES ||
		     s->type == SETTING_CLASS_WEIGHTS || s->type == SETTING_COMMAND ||
		     s->type == SETTING_CLASS_SHARES);
}

bool grid_shapes(const char *key)
{
	const struct setting *s = find(key);
	return !s || (s->type != SETTING_NUMBER && s->type != SETTING_SEED);
}

/* ---- values ---- */

static enum err add(struct grid *g, const char *key, const char *value, struct errinfo *e)
{
	if (!*value)
		return err_set(e, ERR_VALUE, "%s: a value is missing; write %s=1,2 or %s=1..3", key,
			       key, key);
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->values[i], value) == 0)
			return err_set(e, ERR_VALUE, "%s: %s is given twice", key, value);
	if (g->n == GRID_MOST)
		return err_set(e, ERR_VALUE, "%s: more than %d values", key, GRID_MOST);
	ALLOC_GROW(g->values, g->n + 1, g->cap);
	g->values[g->n++] = xstrdup(value);
	return ERR_OK;
}

static enum err add_number(struct grid *g, const char *key, double v, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	char few[32];
	snprintf(few, sizeof(few), "%.12g", v); /* 0.1 + 2 * 0.1 is 0.3 to a person */
	number_format(strtod(few, NULL), &text);
	enum err r = add(g, key, text.buf, e);
	strbuf_release(&text);
	return r;
}

struct range {
	double from, to, step;
	size_t count; /* of one by factors; 0 = by steps */
};

/* The number at the start of *text, which ends at a mark or at the end. "1..3" begins with 1, not
 * with "1.". */
static bool take_number(const char **text, double *out)
{
	const char *end = strstr(*text, ".."), *star = strchr(*text, '*');
	size_t len = end ? (size_t)(end - *text) : strlen(*text);
	if (star && (size_t)(star - *text) < len)
		len = (size_t)(star - *text);
	char *number = xstrndup(*text, len);
	bool ok = number_parse(number, out);
	free(number);
	*text += len;
	return ok;
}

static bool take_mark(const char **text, const char *mark)
{
	size_t len = strlen(mark);
	bool is = strncmp(*text, mark, len) == 0;
	*text += is ? len : 0;
	return is;
}

static bool parse_range(const char *text, struct range *r)
{
	double count;
	*r = (struct range){.step = 1};
	if (!take_number(&text, &r->from) || !take_mark(&text, "..") || !take_number(&text, &r->to))
		return false;
	if (take_mark(&text, "*")) {
		if (!take_number(&text, &count) || *text || count < 2 || count > GRID_MOST ||
		    count != floor(count) || r->from <= 0 || r->to <= 0)
			return false;
		r->count = (size_t)count;
		return true;
	}
	bool stepped = take_mark(&text, "..");
	if (stepped && !take_number(&text, &r->step))
		return false;
	bool whole = r->from == floor(r->from) && r->to == floor(r->to);
	return !*text && r->step > 0 && r->to >= r->from && (stepped || whole);
}

static enum err add_factors(struct grid *g, const char *key, const struct range *r,
			    struct errinfo *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < r->count; i++) {
		double share = (double)i / (double)(r->count - 1);
		char few[32];
		snprintf(few, sizeof(few), "%.4g", r->from * pow(r->to / r->from, share));
		double v = i == 0 ? r->from : i == r->count - 1 ? r->to : strtod(few, NULL);
		err = add_number(g, key, v, e);
	}
	return err;
}

static enum err add_range(struct grid *g, const char *key, const char *text, struct errinfo *e)
{
	struct range r;
	if (!parse_range(text, &r))
		return err_set(e, ERR_VALUE,
			       "%s: %s is no range; write 1..3, 0.1..0.5..0.1 (in steps of 0.1) or "
			       "1e-4..1e-1*4 (four, by one factor)",
			       key, text);
	if (r.count)
		return add_factors(g, key, &r, e);
	double n = floor((r.to - r.from) / r.step + 1e-9) + 1;
	if (n > GRID_MOST)
		return err_set(e, ERR_VALUE, "%s: %s are more than %d values", key, text,
			       GRID_MOST);
	enum err err = ERR_OK;
	for (double i = 0; !err && i < n; i++)
		err = add_number(g, key, r.from + i * r.step, e);
	return err;
}

/* ---- the list ---- */

/* Cut the next item off *text: what stands before a comma that is in no quotes, without its own
 * quotes. Caller frees; NULL: the quotes do not end. */
static char *take_item(const char **text, bool *quoted)
{
	const char *at = *text;
	*quoted = *at == '"';
	if (*quoted) {
		const char *end = strchr(at + 1, '"');
		if (!end || (end[1] && end[1] != ','))
			return NULL;
		*text = end + 1;
		return xstrndup(at + 1, (size_t)(end - at) - 1);
	}
	size_t len = strcspn(at, ",");
	*text = at + len;
	return xstrndup(at, len);
}

enum err grid_add(struct grid *g, const char *key, const char *text, struct errinfo *e)
{
	const struct setting *s = find(key);
	enum err r = ERR_OK;
	if (is_list(s) && *text != '"')
		return add(g, key, text, e);
	do {
		bool quoted;
		char *item = take_item(&text, &quoted);
		if (!item)
			return err_set(
			    e, ERR_VALUE,
			    "%s: a quoted value does not end where it should, at a comma "
			    "or the end: %s",
			    key, text);
		bool range = !quoted && is_number(s) && strstr(item, "..");
		r = range ? add_range(g, key, item, e) : add(g, key, item, e);
		free(item);
	} while (!r && *text++ == ',');
	return r;
}
