#include "quote.h"

#include "thaw/base/plain.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool name_is_clean(const char *s)
{
	if (!*s)
		return false;
	for (size_t n; *s; s += n) {
		n = utf8_length(s);
		if (!n || utf8_is_control(s, n))
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
		if (n && !utf8_is_control(path, n)) {
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
