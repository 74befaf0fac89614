#include "quote.h"

#include "thaw/base/plain.h"

#include <stdint.h>
#include <string.h>

const char *quote_path(char out[QUOTE_MAX], const char *path)
{
	static const char dots[] = "...";
	size_t len = strlen(path), at = 0;
	bool plain = plain_run(path, len) == len;
	size_t most = plain ? QUOTE_MAX - 8 : QUOTE_MAX / 4 - 2; /* a byte may become four */
	if (len > most) {
		path += len - most;
		while (((uint8_t)*path & 0xc0) == 0x80)
			path++;
		memcpy(out, dots, at = sizeof(dots) - 1);
	}
	plain_fit(out + at, QUOTE_MAX - at, path);
	return out;
}
