#include "thaw/base/words.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define N_BUFFERS 8
#define BUFFER_SIZE 48

static char *next_buffer(void)
{
	static _Thread_local char buffers[N_BUFFERS][BUFFER_SIZE];
	static _Thread_local unsigned next;
	return buffers[next++ % N_BUFFERS];
}

const char *words_count(int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);
	char *out = next_buffer(), *p = out;
	for (int i = 0; i < len; i++) {
		int left = len - i;
		if (i > 0 && left % 3 == 0 && digits[i - 1] != '-')
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
}

const char *words_bytes(double n)
{
	static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
	size_t u = 0;
	while (n >= 1000 && u + 1 < sizeof(units) / sizeof(*units)) {
		n /= 1000;
		u++;
	}
	char *out = next_buffer();
	snprintf(out, BUFFER_SIZE, u ? "%.1f %s" : "%.0f %s", n, units[u]);
	return out;
}
