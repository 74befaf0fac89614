#include "thaw/event/base64.h"

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

static int value_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

bool base64_decode(const char *text, size_t len, struct strbuf *out)
{
	size_t was = out->len;
	bool ok = len % 4 == 0;
	for (size_t i = 0; ok && i < len; i += 4) {
		size_t pad = i + 4 < len ? 0 : (size_t)(text[i + 3] == '=') + (text[i + 2] == '=');
		uint32_t v = 0;
		for (size_t k = 0; k < 4; k++) {
			int six = k < 4 - pad ? value_of(text[i + k]) : text[i + k] == '=' ? 0 : -1;
			ok = ok && six >= 0;
			v = v << 6 | (uint32_t)(six & 63);
		}
		ok = ok && (v & ((1u << 8 * pad) - 1)) == 0;
		const char three[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};
		strbuf_add(out, three, 3 - pad);
	}
	if (!ok)
		strbuf_remove(out, was, out->len - was);
	return ok;
}
