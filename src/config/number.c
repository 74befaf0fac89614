#include "number.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t plain_locale(void)
{
	pthread_once(&c_locale_once, make_c_locale);
	return c_locale;
}

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

size_t number_span(const char *s)
{
	const char *p = s;
	if (*p == '+' || *p == '-')
		p++;
	size_t before = digits(p), after = 0;
	p += before;
	if (*p == '.') {
		after = digits(p + 1);
		p += 1 + after;
	}
	if (!before && !after)
		return 0;
	if (*p == 'e' || *p == 'E') {
		size_t sign = p[1] == '+' || p[1] == '-';
		size_t n = digits(p + 1 + sign);
		p += n ? 1 + sign + n : 0;
	}
	return (size_t)(p - s);
}

bool number_parse(const char *s, double *out)
{
	size_t n = number_span(s);
	if (!n || s[n])
		return false;
	double v = strtod_l(s, NULL, plain_locale());
	if (!isfinite(v))
		return false;
	*out = v + 0.0; /* no negative zero */
	return true;
}

bool whole_parse(const char *s, uint64_t *out)
{
	s += *s == '+';
	size_t n = digits(s);
	if (!n || s[n] || (n > 1 && *s == '0'))
		return false;
	uint64_t v = 0;
	for (; *s; s++) {
		uint64_t d = (uint64_t)(*s - '0');
		if (v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}

/* 1e-05 -> 1e-5, 1e+06 -> 1e6 */
static void tidy_exponent(char *s)
{
	char *e = strchr(s, 'e');
	if (!e)
		return;
	char *to = e + 1, *from = to;
	if (*from == '+')
		from++;
	else if (*from == '-')
		*to++ = *from++;
	while (*from == '0' && from[1])
		from++;
	memmove(to, from, strlen(from) + 1);
}

void number_format(double v, struct strbuf *out)
{
	char text[40];
	locale_t before = uselocale(plain_locale());
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, v);
		if (strtod(text, NULL) == v)
			break;
	}
	uselocale(before);
	tidy_exponent(text);
	strbuf_addstr(out, text);
}
