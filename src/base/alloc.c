#include "thaw/base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*failure_hook)(void);
static size_t wanted;

void alloc_on_failure(void (*hook)(void))
{
	failure_hook = hook;
}

size_t alloc_wanted(void)
{
	return wanted;
}

static void *checked(void *p, size_t n, size_t size)
{
	if (p)
		return p;
	void (*hook)(void) = failure_hook;
	failure_hook = NULL;
	wanted = n && size > SIZE_MAX / n ? 0 : n * size;
	if (hook)
		hook();
	fprintf(stderr, "thaw: out of memory: %zu x %zu bytes wanted\n", n, size);
	abort();
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1), 1, size);
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1), n, size);
}

void *xrealloc(void *p, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return checked(NULL, n, size);
	size_t bytes = n * size;
	return checked(realloc(p, bytes ? bytes : 1), n, size);
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n), n, 1);
}

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xasprintf(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&out, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : out, strlen(fmt), 1);
}
