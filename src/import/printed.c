#include "printed.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_MAX 64

static locale_t c_locale;

static void make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static double to_double(const char *text, char **end)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_locale);
	return c_locale ? strtod_l(text, end, c_locale) : strtod(text, end);
}

char *printed_trim(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	size_t n = strlen(text);
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	text[n] = '\0';
	return text;
}

/* Those that are none, by their beginnings: what stands behind is nobody's to read. */
static bool odd(const char *text, double *v)
{
	static const struct {
		const char *word;
		double value;
	} rows[] = {{"nan", NAN},           {"inf", INFINITY},     {"1.#qnan", NAN}, {"1.#ind", NAN},
		    {"1.#inf", INFINITY}, {"infinity", INFINITY}, {"nan(ind)", NAN},
		    {"nan(snan)", NAN},   {"1.#j", INFINITY}};
	bool negative = *text == '-';
	text += negative || *text == '+';
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = strlen(rows[i].word);
		if (strncasecmp(text, rows[i].word, n) == 0 && strspn(text + n, "0") == strlen(text + n)) {
			*v = negative ? -rows[i].value : rows[i].value;
			return true;
		}
	}
	return false;
}

bool printed_number(const char *text, double *v)
{
	char copy[NUMBER_MAX], *end;
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	const char *t = printed_trim(copy);
	if (!*t)
		return false;
	if (odd(t, v))
		return true;
	if (strspn(t, "0123456789.eE+-") != strlen(t))
		return false;
	double d = to_double(t, &end);
	if (*end)
		return false;
	*v = d;
	return true;
}

bool printed_is_absent(const char *text)
{
	static const char *const words[] = {"", "#na#", "none", "null", "na", "n/a", "-"};
	char copy[8];
	while (isspace((unsigned char)*text))
		text++;
	size_t n = strlen(text);
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(copy, words[i]) == 0)
			return true;
	return false;
}

bool printed_time(const char *text, double *seconds)
{
	char copy[NUMBER_MAX];
	double sum = 0, part;
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	for (char *rest = copy, *word; (word = strsep(&rest, ":"));) {
		if (!printed_number(word, &part) || !isfinite(part) || part < 0)
			return false;
		sum = sum * 60 + part;
	}
	*seconds = sum;
	return true;
}
