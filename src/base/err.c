#include "thaw/base/err.h"

#include "thaw/base/plain.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const names[ERR_N] = {
    [ERR_OK] = "ok",
    [ERR_IO] = "io",
    [ERR_FORMAT] = "format",
    [ERR_VALUE] = "value",
    [ERR_NOT_FOUND] = "not-found",
    [ERR_MISMATCH] = "mismatch",
    [ERR_STATE] = "state",
    [ERR_NONFINITE] = "nonfinite",
    [ERR_DARKNET] = "darknet",
};

const char *err_name(enum err code)
{
	return code < ERR_N ? names[code] : "unknown";
}

enum err err_set(struct errinfo *e, enum err code, const char *fmt, ...)
{
	if (!e)
		return code;
	char msg[sizeof(e->msg)]; /* an argument may be e->msg itself */
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	plain_fit(e->msg, sizeof(e->msg), msg);
	e->code = code;
	e->at = 0;
	e->line = e->col = 0;
	return code;
}
