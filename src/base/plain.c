#include "thaw/base/plain.h"

#include <stdint.h>
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

bool utf8_is_control(const char *s, size_t n)
{
	uint8_t c = (uint8_t)s[0], d = n == 2 ? (uint8_t)s[1] : 0xff;
	return c < 0x20 || c == 0x7f || (c == 0xc2 && d < 0xa0);
}

void plain_text(char *text, bool lines)
{
	while (*text) {
		size_t n = utf8_length(text);
		bool good = n && (!utf8_is_control(text, n) || (lines && *text == '\n'));
		n = n ? n : 1;
		if (!good)
			memset(text, '?', n);
		text += n;
	}
}
