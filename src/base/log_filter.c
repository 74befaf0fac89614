#include "thaw/base/log_filter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Why a pattern is not tried at all; NULL = it may be. */
static const char *too_costly(const char *pattern)
{
	int counts = 0;
	for (const char *p = pattern; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
			if (isdigit((unsigned char)*p))
				return "back references such as \\1 are not understood here";
		} else if (*p == '{' && ++counts > 1) {
			return "only one {count} is understood here; write the others out";
		}
	}
	return NULL;
}

static int compile(regex_t *regex, const char *pattern)
{
	bool capitals = false;
	for (const char *p = pattern; *p; p++)
		capitals |= isupper((unsigned char)*p) != 0;
	return regcomp(regex, pattern, REG_EXTENDED | (capitals ? 0 : REG_ICASE));
}

bool log_filter_check(const char *pattern, char *why, size_t size)
{
	regex_t regex;
	const char *costly = too_costly(pattern);
	if (!*pattern)
		return true;
	if (costly) {
		snprintf(why, size, "%s", costly);
		return false;
	}
	int code = compile(&regex, pattern);
	if (code) {
		char text[80];
		regerror(code, &regex, text, sizeof(text));
		snprintf(why, size, "not a pattern: %s; \\ takes a sign as it is", text);
		return false;
	}
	regfree(&regex);
	return true;
}

void log_filter_init(struct log_filter *f, const char *pattern)
{
	f->on = *pattern && !too_costly(pattern) && compile(&f->regex, pattern) == 0;
}

void log_filter_release(struct log_filter *f)
{
	if (f->on)
		regfree(&f->regex);
	f->on = false;
}

bool log_filter_match(const struct log_filter *f, const char *line, size_t *from, size_t *to)
{
	regmatch_t m;
	*from = *to = 0;
	if (!f->on)
		return true;
	if (regexec(&f->regex, line, 1, &m, 0) != 0)
		return false;
	*from = (size_t)m.rm_so;
	*to = (size_t)m.rm_eo;
	return true;
}
