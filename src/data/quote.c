#include "quote.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t utf8_length(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	if (p[0] < 0x80)
		return p[0] != 0;
	size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
	if (!n || p[0] >= 0xf8)
		return 0;
	uint32_t code = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	bool bad = code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
	return bad ? 0 : n;
}

static bool is_control(const char *s, size_t n)
{
	uint8_t c = (uint8_t)s[0], d = n == 2 ? (uint8_t)s[1] : 0xff;
	return c < 0x20 || c == 0x7f || (c == 0xc2 && d < 0xa0);
}

bool name_is_clean(const char *s)
{
	if (!*s)
		return false;
	for (size_t n; *s; s += n) {
		n = utf8_length(s);
		if (!n || is_control(s, n))
			return false;
	}
	return true;
}

const char *quote_path(char out[QUOTE_MAX], const char *path)
{
	size_t len = strlen(path), at = 0;
	const size_t most = QUOTE_MAX / 4 - 2; /* every byte may become four */
	if (len > QUOTE_MAX - 8 || (len > most && !name_is_clean(path))) {
		size_t keep = name_is_clean(path) ? QUOTE_MAX - 8 : most;
		path += len - keep;
		while (((uint8_t)*path & 0xc0) == 0x80)
			path++;
		at = (size_t)snprintf(out, QUOTE_MAX, "...");
	}
	while (*path) {
		size_t n = utf8_length(path);
		if (n && !is_control(path, n)) {
			memcpy(out + at, path, n);
			at += n;
			path += n;
		} else {
			at +=
			    (size_t)snprintf(out + at, QUOTE_MAX - at, "\\x%02x", (uint8_t)*path++);
		}
	}
	out[at] = '\0';
	return out;
}
