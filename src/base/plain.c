#include "thaw/base/plain.h"

#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

enum { ESCAPE_MAX = 12 }; /* two times \uNNNN */

/* What does not show itself, in order.
 * Source: Unicode's Default_Ignorable_Code_Point and general categories Cc, Cf, Zl, Zp, Co, Cn. */
static const struct {
	uint32_t from, to;
} hidden[] = {
    {0x0000, 0x001f},   /* C0 */
    {0x007f, 0x009f},   /* DEL, C1 */
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x061c, 0x061c},   /* Arabic letter mark */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer inherent vowels */
    {0x180b, 0x180f},   /* Mongolian selectors and vowel separator */
    {0x200b, 0x200f},   /* zero width, joiners, direction marks */
    {0x2028, 0x202e},   /* separators, embeddings, overrides */
    {0x2060, 0x206f},   /* word joiner, invisible operators, isolates */
    {0x2800, 0x2800},   /* empty Braille cell */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xd800, 0xf8ff},   /* surrogates, private use */
    {0xfdd0, 0xfdef},   /* noncharacters */
    {0xfe00, 0xfe0f},   /* variation selectors */
    {0xfeff, 0xfeff},   /* byte-order mark */
    {0xffa0, 0xffa0},   /* Hangul filler of half width */
    {0xfff0, 0xfffb},   /* unused, interlinear annotation */
    {0xfffe, 0xffff},   /* noncharacters, as are the last two of every plane */
    {0x13430, 0x1343f}, /* Egyptian format controls */
    {0x1bca0, 0x1bca3}, /* shorthand format controls */
    {0x1d159, 0x1d159}, /* null notehead */
    {0x1d173, 0x1d17a}, /* musical format controls */
    {0x1fffe, 0x1ffff},    {0x2fffe, 0x2ffff},
    {0x3fffe, UINT32_MAX}, /* planes 4 to 16: nothing, tags, selectors, private use */
};

bool plain_shows(uint32_t code)
{
	if (code >= 0x20 && code < 0x7f)
		return true;
	size_t i = 0;
	while (code > hidden[i].to)
		i++;
	return code < hidden[i].from;
}

size_t utf8_decode(const char *s, size_t n, uint32_t *code)
{
	const uint8_t *p = (const uint8_t *)s;
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	if (!n || p[0] < 0x80) {
		*code = n ? p[0] : 0;
		return n > 0;
	}
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
	if (!len || p[0] >= 0xf8 || len > n)
		return 0;
	*code = p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	bool bad = *code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000);
	return bad ? 0 : len;
}

size_t utf8_length(const char *s)
{
	uint32_t code;
	return *s ? utf8_decode(s, 4, &code) : 0; /* it ends at the NUL, whatever is there */
}

bool name_is_clean(const char *s)
{
	uint32_t code;
	size_t len = strlen(s), n;
	for (size_t at = 0; at < len; at += n) {
		n = utf8_decode(s + at, len - at, &code);
		if (!n || code < 0x20 || (code >= 0x7f && code < 0xa0))
			return false;
	}
	return len > 0;
}

size_t plain_run(const char *s, size_t n)
{
	size_t at = 0;
	while (at < n) {
		uint32_t code = (uint8_t)s[at];
		size_t len = code < 0x80 ? 1 : utf8_decode(s + at, n - at, &code);
		if (!len || !plain_shows(code))
			break;
		at += len;
	}
	return at;
}

/* Write what stands for the character or byte at `s`, of which n bytes are there, and its length to
 * *len; returns the bytes of `s` that it is. */
typedef size_t escape_fn(const char *s, size_t n, char out[ESCAPE_MAX + 1], size_t *len);

static size_t for_terminal(const char *s, size_t n, char out[ESCAPE_MAX + 1], size_t *len)
{
	uint32_t code;
	size_t taken = utf8_decode(s, n, &code), size = ESCAPE_MAX + 1;
	if (taken <= 1)
		*len = (size_t)snprintf(out, size, "\\x%02x", (uint8_t)*s);
	else if (code < 0x10000)
		*len = (size_t)snprintf(out, size, "\\u%04x", code);
	else
		*len = (size_t)snprintf(out, size, "\\U%08x", code);
	return taken ? taken : 1;
}

static size_t for_json(const char *s, size_t n, char out[ESCAPE_MAX + 1], size_t *len)
{
	static const char letters[0x20] = {
	    ['\n'] = 'n', ['\t'] = 't', ['\r'] = 'r', ['\b'] = 'b', ['\f'] = 'f'};
	uint32_t code;
	size_t taken = utf8_decode(s, n, &code), size = ESCAPE_MAX + 1;
	if (!taken)
		*len = (size_t)snprintf(out, size, REPLACEMENT);
	else if (code < sizeof(letters) && letters[code])
		*len = (size_t)snprintf(out, size, "\\%c", letters[code]);
	else if (code < 0x10000)
		*len = (size_t)snprintf(out, size, "\\u%04x", code);
	else
		*len = (size_t)snprintf(out, size, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10),
					0xdc00 + (code & 0x3ff));
	return taken ? taken : 1;
}

static void add(struct strbuf *out, const char *s, size_t n, escape_fn *escape)
{
	for (size_t at = 0; at < n;) {
		char text[ESCAPE_MAX + 1];
		size_t len, run = plain_run(s + at, n - at);
		strbuf_add(out, s + at, run);
		at += run;
		if (at == n)
			break;
		at += escape(s + at, n - at, text, &len);
		strbuf_add(out, text, len);
	}
}

void plain_add(struct strbuf *out, const char *s, size_t n)
{
	add(out, s, n, for_terminal);
}

void plain_add_json(struct strbuf *out, const char *s, size_t n)
{
	add(out, s, n, for_json);
}

size_t plain_fit(char *out, size_t size, const char *s)
{
	size_t n = strlen(s), used = 0;
	for (size_t at = 0; at < n;) {
		char text[ESCAPE_MAX + 1];
		uint32_t code;
		const char *from = s + at;
		size_t len = utf8_decode(from, n - at, &code);
		if (len && plain_shows(code)) {
			at += len;
		} else {
			at += for_terminal(from, n - at, text, &len);
			from = text;
		}
		if (used + len >= size)
			break;
		memcpy(out + used, from, len);
		used += len;
	}
	out[used] = '\0';
	return used;
}
