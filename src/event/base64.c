#include "thaw/event/base64.h"
#include "thaw/base/alloc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *data, size_t len, struct strbuf *out)
{
	const uint8_t *p = data;
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = 0;
		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? p[i + k] : 0);
		char four[4];
		for (size_t k = 0; k < 4; k++)
			four[k] = k <= n ? alphabet[v >> (18 - 6 * k) & 63] : '=';
		strbuf_add(out, four, 4);
	}
}

/* clang-format off */
static const uint8_t one_more_than[256] = { /* a digit is; 0: it is none */
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
    ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};
/* clang-format on */

static int digit_value(char c)
{
	return one_more_than[(unsigned char)c] - 1;
}

/* Groups of four digits without padding, as far as they go; the bytes of text that they are. */
static size_t decode_whole(const char *text, size_t len, struct strbuf *out)
{
	char bytes[3 * 64];
	size_t at = 0, n = 0;
	for (; at + 4 <= len; at += 4) {
		int a = digit_value(text[at]), b = digit_value(text[at + 1]),
		    c = digit_value(text[at + 2]), d = digit_value(text[at + 3]);
		if ((a | b | c | d) < 0)
			break;
		uint32_t v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | (uint32_t)d;
		bytes[n++] = (char)(v >> 16);
		bytes[n++] = (char)(v >> 8);
		bytes[n++] = (char)v;
		if (n == sizeof(bytes)) {
			strbuf_add(out, bytes, n);
			n = 0;
		}
	}
	strbuf_add(out, bytes, n);
	return at;
}

/* The last group, padded. */
static bool decode_padded(const char *four, struct strbuf *out)
{
	size_t pad = four[2] == '=' ? 2 : 1;
	uint32_t v = 0;
	if (four[3] != '=')
		return false;
	for (size_t k = 0; k < 4 - pad; k++) {
		int six = digit_value(four[k]);
		if (six < 0)
			return false;
		v |= (uint32_t)six << (18 - 6 * k);
	}
	if (v & ((1u << 8 * pad) - 1))
		return false;
	const char three[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};
	strbuf_add(out, three, 3 - pad);
	return true;
}

bool base64_decode(const char *text, size_t len, struct strbuf *out)
{
	size_t was = out->len, at = decode_whole(text, len, out);
	if (at == len || (at + 4 == len && decode_padded(text + at, out)))
		return true;
	strbuf_remove(out, was, out->len - was);
	return false;
}

void pixels_encode(const uint8_t *pixels, size_t n, struct strbuf *out)
{
	for (size_t i = 0; i < n; i++)
		strbuf_addch(out, alphabet[(pixels[i] * 63 + 127) / 255]);
}

enum { NO_DIGIT = 0x100 };

static uint16_t pixel_of[256]; /* of each character; NO_DIGIT: it is none */

static void make_pixels(void)
{
	for (int c = 0; c < 256; c++)
		pixel_of[c] = one_more_than[c] ? (uint16_t)(((one_more_than[c] - 1) * 255 + 31) / 63)
					       : NO_DIGIT;
}

static bool from_digits(const char *text, uint8_t *pixels, size_t n)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	unsigned seen = 0;
	pthread_once(&once, make_pixels);
	for (size_t i = 0; i < n; i++) {
		unsigned pixel = pixel_of[(unsigned char)text[i]];
		seen |= pixel;
		pixels[i] = (uint8_t)pixel;
	}
	return !(seen & NO_DIGIT);
}

bool pixels_decode(const char *text, uint8_t *pixels, size_t n)
{
	size_t len = strlen(text);
	struct strbuf sb = STRBUF_INIT;
	if (!n || len < n)
		return false;
	if (len == n)
		return from_digits(text, pixels, n);
	bool ok = base64_decode(text, len, &sb) && sb.len == n;
	if (ok)
		memcpy(pixels, sb.buf, n);
	strbuf_release(&sb);
	return ok;
}
