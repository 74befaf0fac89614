#include "json.h"

#include "thaw/base/plain.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define NUMBER_MAX 128             /* bytes of one number; %.17g needs 24 */

static locale_t c_locale;

static void make_c_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t get_c_locale(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_c_locale);
	return c_locale;
}

/* Bytes from s that stand for themselves in a JSON string. */
static size_t literal_run(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		uint32_t code;
		if (c < 0x20 || c == '"' || c == '\\')
			break;
		size_t length = c < 0x80 ? 1 : utf8_decode(s + i, n - i, &code);
		if (!length)
			break;
		i += length;
	}
	return i;
}

void json_add_string(struct strbuf *out, const char *s)
{
	strbuf_addch(out, '"');
	while (*s) {
		size_t n = strcspn(s, "\"\\");
		plain_add_json(out, s, n);
		s += n;
		if (*s) {
			strbuf_addch(out, '\\');
			strbuf_addch(out, *s++);
		}
	}
	strbuf_addch(out, '"');
}

/* Write v in so many digits; returns what they read back as. */
static double write_digits(char *text, size_t size, int n_digits, double v)
{
	locale_t here = uselocale(get_c_locale());
	snprintf(text, size, "%.*g", n_digits, v);
	double back = strtod(text, NULL);
	uselocale(here);
	return back;
}

void json_add_double(struct strbuf *out, double v)
{
	if (!isfinite(v)) {
		strbuf_addstr(out, isnan(v) ? "\"nan\"" : v > 0 ? "\"inf\"" : "\"-inf\"");
		return;
	}
	char text[40];
	for (int n_digits = DBL_DIG; n_digits <= DBL_DECIMAL_DIG; n_digits++) {
		double back = write_digits(text, sizeof(text), n_digits, v);
		if (memcmp(&back, &v, sizeof(v)) == 0) /* == proves nothing if denormals are 0 */
			break;
	}
	strbuf_addstr(out, text);
}

void json_add_figure(struct strbuf *out, double v)
{
	if (!isfinite(v)) {
		strbuf_addstr(out, "null");
		return;
	}
	char text[40];
	double back = write_digits(text, sizeof(text), DBL_DIG, v);
	if (!(fabs(back - v) <= fabs(v) * DBL_EPSILON))
		write_digits(text, sizeof(text), DBL_DECIMAL_DIG, v);
	strbuf_addstr(out, text);
}

void json_add_int(struct strbuf *out, int64_t v)
{
	strbuf_addf(out, "%" PRId64, v);
}

bool json_fail(struct json *j, const char *why)
{
	if (!j->why)
		j->why = why;
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int json_peek(struct json *j)
{
	while (!j->why && j->at < j->len && is_space(j->text[j->at]))
		j->at++;
	return !j->why && j->at < j->len ? (unsigned char)j->text[j->at] : -1;
}

bool json_take(struct json *j, char c)
{
	if (json_peek(j) != (unsigned char)c)
		return false;
	j->at++;
	return true;
}

bool json_need(struct json *j, char c, const char *why)
{
	return json_take(j, c) || json_fail(j, why);
}

bool json_word(struct json *j, const char *word)
{
	size_t n = strlen(word);
	if (json_peek(j) != (unsigned char)word[0] || j->len - j->at < n ||
	    memcmp(j->text + j->at, word, n) != 0)
		return false;
	j->at += n;
	return true;
}

static int hex4(const struct json *j, size_t at)
{
	int v = 0;
	if (j->len - at < 4)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		char c = j->text[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;
		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

static void add_code_point(struct strbuf *out, uint32_t c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3f));
	b[0] = (char)(lead[n] | c);
	strbuf_add(out, b, n);
}

/* After "\u": one code point, or two escapes that make one. A lone surrogate or NUL becomes U+FFFD.
 */
static bool unicode_escape(struct json *j, struct strbuf *out)
{
	int high = hex4(j, j->at);
	if (high < 0)
		return json_fail(j, "bad \\u escape");
	j->at += 4;
	uint32_t c = (uint32_t)high;
	if (high >= 0xd800 && high < 0xdc00 && j->len - j->at >= 6 && j->text[j->at] == '\\' &&
	    j->text[j->at + 1] == 'u') {
		int low = hex4(j, j->at + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + (((uint32_t)high - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
			j->at += 6;
		}
	}
	if (out)
		add_code_point(out, c == 0 || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c);
	return true;
}

static bool escape(struct json *j, struct strbuf *out)
{
	static const char plain_of[256] = {
	    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['n'] = '\n',
	    ['t'] = '\t', ['r'] = '\r',  ['b'] = '\b', ['f'] = '\f',
	};
	if (j->at == j->len)
		return json_fail(j, "string without end");
	unsigned char c = (unsigned char)j->text[j->at];
	if (c != 'u' && !plain_of[c])
		return json_fail(j, "bad escape in a string");
	j->at++;
	if (c == 'u')
		return unicode_escape(j, out);
	if (out)
		strbuf_addch(out, plain_of[c]);
	return true;
}

bool json_string(struct json *j, struct strbuf *out)
{
	if (!json_need(j, '"', "expected a string"))
		return false;
	while (j->at < j->len) {
		size_t run = literal_run(j->text + j->at, j->len - j->at);
		if (out)
			strbuf_add(out, j->text + j->at, run);
		j->at += run;
		if (j->at == j->len)
			break;
		unsigned char c = (unsigned char)j->text[j->at];
		if (c < 0x20)
			return json_fail(j, "control character in a string");
		j->at++;
		if (c == '"')
			return true;
		if (c == '\\') {
			if (!escape(j, out))
				return false;
		} else if (out) {
			strbuf_addstr(out, REPLACEMENT);
		}
	}
	return json_fail(j, "string without end");
}

static size_t digits(const struct json *j, size_t at)
{
	size_t n = 0;
	while (at + n < j->len && j->text[at + n] >= '0' && j->text[at + n] <= '9')
		n++;
	return n;
}

static bool byte_is(const struct json *j, size_t at, const char *set)
{
	return at < j->len && j->text[at] && strchr(set, j->text[at]);
}

/* Length of the number that comes next; *whole tells that it has no fraction and no exponent. */
static size_t number_length(struct json *j, bool *whole)
{
	json_peek(j);
	size_t at = j->at, n;
	*whole = true;
	at += byte_is(j, at, "-");
	n = digits(j, at);
	if (!n || (n > 1 && j->text[at] == '0'))
		return 0;
	at += n;
	if (byte_is(j, at, ".")) {
		*whole = false;
		if (!(n = digits(j, at + 1)))
			return 0;
		at += 1 + n;
	}
	if (byte_is(j, at, "eE")) {
		*whole = false;
		at += 1 + (size_t)byte_is(j, at + 1, "+-");
		if (!(n = digits(j, at)))
			return 0;
		at += n;
	}
	return at - j->at;
}

static bool to_double(const char *text, size_t len, double *v)
{
	char copy[NUMBER_MAX], *end;
	if (!len || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	double d = strtod_l(copy, &end, get_c_locale());
	if (end != copy + len)
		return false;
	*v = d;
	return true;
}

bool decimal_parse(const char *text, double *v)
{
	size_t len = strlen(text);
	return strspn(text, "0123456789.eE+-") == len && to_double(text, len, v);
}

/* Look at the number that comes next without consuming it; its length, 0 after a failure. */
static size_t number(struct json *j, double *v, bool *whole)
{
	size_t n = number_length(j, whole);
	if (!n || j->why)
		json_fail(j, "expected a number");
	else if (!to_double(j->text + j->at, n, v))
		json_fail(j, "number too long");
	return j->why ? 0 : n;
}

static bool integer(const char *s, size_t n, int64_t *v)
{
	bool negative = n && s[0] == '-';
	int64_t x = 0;
	for (size_t i = negative; i < n; i++)
		if (__builtin_mul_overflow(x, 10, &x) ||
		    (negative ? __builtin_sub_overflow(x, s[i] - '0', &x)
			      : __builtin_add_overflow(x, s[i] - '0', &x)))
			return false;
	*v = x;
	return true;
}

bool json_int(struct json *j, int64_t *v)
{
	double d = 0;
	bool whole = false;
	size_t n = number(j, &d, &whole);
	if (!n)
		return false;
	if (whole && !integer(j->text + j->at, n, v))
		return json_fail(j, "integer out of range");
	if (!whole) {
		if (!(fabs(d) <= 9007199254740992.0) || d != trunc(d)) /* 2^53 */
			return json_fail(j, "expected an integer");
		*v = (int64_t)d;
	}
	j->at += n;
	return true;
}

bool json_double(struct json *j, double *v)
{
	static const struct {
		const char *word;
		double value;
	} rows[] = {{"\"nan\"", NAN}, {"\"inf\"", INFINITY}, {"\"-inf\"", -INFINITY}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (json_word(j, rows[i].word)) {
			*v = rows[i].value;
			return true;
		}
	bool whole;
	size_t n = number(j, v, &whole);
	j->at += n;
	return n > 0;
}

static bool skip_object(struct json *j, int depth)
{
	json_take(j, '{');
	if (json_take(j, '}'))
		return true;
	do {
		if (!json_string(j, NULL) || !json_need(j, ':', "expected ':'") ||
		    !json_skip(j, depth - 1))
			return false;
	} while (json_take(j, ','));
	return json_need(j, '}', "expected ',' or '}'");
}

static bool skip_array(struct json *j, int depth)
{
	json_take(j, '[');
	if (json_take(j, ']'))
		return true;
	do {
		if (!json_skip(j, depth - 1))
			return false;
	} while (json_take(j, ','));
	return json_need(j, ']', "expected ',' or ']'");
}

bool json_skip(struct json *j, int depth)
{
	if (depth <= 0)
		return json_fail(j, "nested too deep");
	int c = json_peek(j);
	if (c == '"')
		return json_string(j, NULL);
	if (c == '{')
		return skip_object(j, depth);
	if (c == '[')
		return skip_array(j, depth);
	if (json_word(j, "true") || json_word(j, "false") || json_word(j, "null"))
		return true;
	bool whole;
	size_t n = number_length(j, &whole);
	if (j->why || !n)
		return json_fail(j, "expected a value");
	j->at += n;
	return true;
}
