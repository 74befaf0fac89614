#include "thaw/base/warnings.h"

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void warnings_add(struct warnings *w, const char *fmt, ...)
{
	if (!w)
		return;
	struct strbuf line = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->lines[i], line.buf) == 0) {
			strbuf_release(&line);
			return;
		}
	ALLOC_GROW(w->lines, w->n + 1, w->cap);
	w->lines[w->n++] = strbuf_detach(&line);
}

void warnings_release(struct warnings *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->lines[i]);
	free(w->lines);
	*w = (struct warnings){0};
}
