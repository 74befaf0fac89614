#include "quote.h"

#include "thaw/base/plain.h"

#include <string.h>

static bool wants_quotes(const struct strbuf *s)
{
	return strpbrk(s->buf, ",\"\r\n") ||
	       (s->len && (s->buf[0] == ' ' || s->buf[s->len - 1] == ' '));
}

void quote_add(struct strbuf *out, const char *field)
{
	struct strbuf plain = STRBUF_INIT;
	plain_add(&plain, field, strlen(field));
	if (!wants_quotes(&plain)) {
		strbuf_addstr(out, plain.buf);
	} else {
		strbuf_addch(out, '"');
		for (const char *c = plain.buf; *c; c++) {
			if (*c == '"')
				strbuf_addch(out, '"');
			strbuf_addch(out, *c);
		}
		strbuf_addch(out, '"');
	}
	strbuf_release(&plain);
}
