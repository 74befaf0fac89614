#include "thaw/base/layer_scales.h"

#include "thaw/base/alloc.h"
#include "thaw/base/layerset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char space[] = " \t";

static char *trim(char *text)
{
	text += strspn(text, space);
	size_t n = strlen(text);
	while (n && strchr(space, text[n - 1]))
		text[--n] = '\0';
	return text;
}

/* The factor is the last word; it is cut off. */
static bool take_factor(char *part, double *factor)
{
	char *at = part + strlen(part), *end;
	while (at > part && !strchr(space, at[-1]))
		at--;
	*factor = strtod(at, &end);
	bool good = at > part && end != at && !*end && *factor >= LAYER_SCALE_MIN &&
		    *factor <= LAYER_SCALE_MAX;
	if (good)
		at[-1] = '\0';
	return good;
}

static enum err parse_part(char *part, int n, int head, double *scales, struct errinfo *e)
{
	struct layerset which;
	double factor;
	if (!take_factor(part, &factor))
		return err_set(e, ERR_VALUE,
			       "'%.60s' is not layers and a factor from %g to %g, such as 0-12 0.1", part,
			       LAYER_SCALE_MIN, LAYER_SCALE_MAX);
	part = trim(part);
	if (!scales)
		return layerset_check(part, e);
	enum err r = layerset_parse(&which, part, n, head, e);
	for (int i = 0; !r && i < n; i++)
		if (layerset_has(&which, i))
			scales[i] = factor;
	return r;
}

enum err layer_scales_parse(const char *text, int n, int head, double *scales, struct errinfo *e)
{
	char *copy = xstrdup(text), *rest = copy, *part;
	enum err r = ERR_OK;
	bool none = strcmp(trim(copy), "none") == 0 || !*trim(copy);
	while (!none && !r && (part = strsep(&rest, ";")))
		r = parse_part(trim(part), n, head, scales, e);
	free(copy);
	return r;
}

/* In as few digits as give it back. */
static void add_factor(double v, struct strbuf *out)
{
	char text[40];
	int n = 1;
	do
		snprintf(text, sizeof(text), "%.*g", n, v);
	while (strtod(text, NULL) != v && ++n <= 17);
	strbuf_addstr(out, text);
}

void layer_scales_format(const double *scales, size_t n, struct strbuf *out)
{
	bool any = false;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && scales[end] == scales[i];)
			end++;
		if (!(scales[i] > 0))
			continue;
		strbuf_addf(out, end > i + 1 ? "%s%zu-%zu " : "%s%zu ", any ? "; " : "", i, end - 1);
		add_factor(scales[i], out);
		any = true;
	}
	if (!any)
		strbuf_addstr(out, "none");
}
