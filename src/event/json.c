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

/* Bytes from s, eight at a time, that are ASCII and stand for themselves in a JSON string. */
static size_t ascii_run(const char *s, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		uint64_t w;
		memcpy(&w, s + i, sizeof(w));
		uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
		/* A high bit for a byte below 0x20, a quote, a backslash, or from 0x80 on; and maybe
		 * for one that follows such a byte. */
		if ((w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) & high)
			break;
	}
	return i;
}

/* Bytes from s that stand for themselves in a JSON string. */
static size_t literal_run(const char *s, size_t n)
{
	size_t i = ascii_run(s, n);
	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		uint32_t code;
		if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
			i++;
			continue;
		}
		if (c < 0x20 || c == '"' || c == '\\')
			break;
		size_t length = utf8_decode(s + i, n - i, &code);
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

bool json_name(struct json *j, const char *name)
{
	const char *s = j->text + j->at, *end = j->text + j->len;
	if (j->why || s == end || *s++ != '"')
		return false;
	for (; s < end && *name && *s == *name; s++)
		name++;
	if (*name || end - s < 2 || s[0] != '"' || s[1] != ':')
		return false;
	j->at = (size_t)(s - j->text) + 2;
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

bool json_plain_string(struct json *j, const char **s, size_t *len)
{
	if (json_peek(j) != '"')
		return false;
	const char *start = j->text + j->at + 1;
	size_t run = literal_run(start, j->len - j->at - 1);
	if (j->at + 1 + run == j->len || start[run] != '"')
		return false;
	*s = start;
	*len = run;
	j->at += run + 2;
	return true;
}

/* A number as it stands there: its length, 0 where it is none, and its value where that needs no
 * more than one rounding. */
struct figure {
	size_t len;
	bool whole;    /* no fraction, no exponent */
	bool negative;
	uint64_t sum;  /* of its digits, while there are at most MOST_DIGITS of them */
	int n_digits;  /* from the first that is not 0, or a little before it */
	int64_t power; /* it is sum * 10^power */
};

enum { MOST_DIGITS = 18 }; /* that fit 64 bits with a sign */

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* The digits that stand first among eight bytes, as a number; returns how many those are. */
static int digits_of_eight(const char *p, uint64_t *v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w;
	memcpy(&w, p, sizeof(w));
	w ^= ones * '0'; /* the first byte is the lowest one; a digit's is 0 to 9 now */
	uint64_t other = (w | (w + ones * 6)) & ones * 0xf0;
	int n = other ? __builtin_ctzll(other) / 8 : 8;
	w = n ? w << (64 - 8 * n) : 0; /* zeros before them */
	w = (w * 10 + (w >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	w = (w * 100 + (w >> 16)) & UINT64_C(0x0000ffff0000ffff);
	*v = (w * 10000 + (w >> 32)) & UINT64_C(0xffffffff);
	return n;
}

/* Several digits at once, where they are not too many. */
static const char *scan_eight(struct figure *f, const char *p, const char *end)
{
	static const uint64_t powers[] = {1,      10,      100,      1000,     10000,
					  100000, 1000000, 10000000, 100000000};
	uint64_t v;
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || end - p < 8 || !is_digit(p + 1, end) ||
	    f->n_digits > MOST_DIGITS - 8)
		return p;
	int n = digits_of_eight(p, &v);
	f->sum = f->sum * powers[n] + v;
	f->n_digits += f->sum ? n : 0;
	return p + n;
}

static const char *scan_digits(struct figure *f, const char *p, const char *end)
{
	for (p = scan_eight(f, p, end); is_digit(p, end); p++) {
		f->n_digits += f->n_digits || *p != '0';
		if (f->n_digits <= MOST_DIGITS)
			f->sum = f->sum * 10 + (uint64_t)(*p - '0');
	}
	return p;
}

/* Behind an "e"; NULL: no digits there. An exponent that is out of all reason stays so. */
static const char *scan_exponent(struct figure *f, const char *p, const char *end)
{
	enum { UNREASONABLE = 100000 };
	bool negative = p < end && *p == '-';
	int64_t power = 0;
	p += p < end && (*p == '-' || *p == '+');
	if (!is_digit(p, end))
		return NULL;
	for (; is_digit(p, end); p++)
		power = power < UNREASONABLE ? power * 10 + (*p - '0') : power;
	f->power += negative ? -power : power;
	return p;
}

/* Look at the number that comes next, by RFC 8259's rule. */
static struct figure scan(struct json *j)
{
	struct figure f = {.whole = true}, none = {0};
	if (json_peek(j) < 0)
		return none;
	const char *start = j->text + j->at, *end = j->text + j->len, *p = start, *first;
	f.negative = *p == '-';
	first = p += f.negative;
	p = scan_digits(&f, p, end);
	if (p == first || (p - first > 1 && *first == '0'))
		return none;
	if (p < end && *p == '.') {
		f.whole = false;
		first = ++p;
		p = scan_digits(&f, p, end);
		f.power = first - p;
		if (p == first)
			return none;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		f.whole = false;
		if (!(p = scan_exponent(&f, p + 1, end)))
			return none;
	}
	f.len = (size_t)(p - start);
	return f;
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

/* Both a sum below 2^53 and a power of ten up to 10^22 are doubles, so that their product or
 * quotient, rounded once, is the double next to the number. */
static bool exactly(const struct figure *f, double *v)
{
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
					1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	enum { MOST_POWER = sizeof(powers) / sizeof(*powers) - 1 };
	if (FLT_EVAL_METHOD != 0 || f->n_digits > MOST_DIGITS || f->sum >= UINT64_C(1) << DBL_MANT_DIG ||
	    f->power > MOST_POWER || f->power < -MOST_POWER)
		return false;
	double sum = (double)(f->negative ? -(int64_t)f->sum : (int64_t)f->sum);
	if (!f->sum)
		sum = f->negative ? -0.0 : 0.0;
	*v = f->power < 0 ? sum / powers[-f->power] : sum * powers[f->power];
	return true;
}

/* Look at the number that comes next without consuming it; its length, 0 after a failure. */
static size_t number(struct json *j, double *v, const struct figure *f)
{
	if (!f->len)
		json_fail(j, "expected a number");
	else if (!exactly(f, v) && !to_double(j->text + j->at, f->len, v))
		json_fail(j, "number too long");
	return j->why ? 0 : f->len;
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
	struct figure f = scan(j);
	double d = 0;
	if (!f.len)
		return json_fail(j, "expected a number");
	if (f.whole && f.n_digits <= MOST_DIGITS)
		*v = f.negative ? -(int64_t)f.sum : (int64_t)f.sum;
	else if (f.whole && !integer(j->text + j->at, f.len, v))
		return json_fail(j, "integer out of range");
	else if (!f.whole && !number(j, &d, &f))
		return false;
	if (!f.whole) {
		if (!(fabs(d) <= 9007199254740992.0) || d != trunc(d)) /* 2^53 */
			return json_fail(j, "expected an integer");
		*v = (int64_t)d;
	}
	j->at += f.len;
	return true;
}

/* The numbers that JSON has not. */
static bool odd_double(struct json *j, double *v)
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
	return false;
}

bool json_double(struct json *j, double *v)
{
	if (json_peek(j) == '"' && odd_double(j, v))
		return true;
	struct figure f = scan(j);
	size_t n = number(j, v, &f);
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
	struct figure f = scan(j);
	if (!f.len)
		return json_fail(j, "expected a value");
	j->at += f.len;
	return true;
}
