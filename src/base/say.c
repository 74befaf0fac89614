#include "thaw/base/say.h"

#include "thaw/base/plain.h"
#include "thaw/base/strbuf.h"

#include <string.h>

/* In one call: other processes write to the same terminal. */
static void print(FILE *out, struct strbuf *line)
{
	strbuf_addch(line, '\n');
	fwrite(line->buf, 1, line->len, out);
	strbuf_release(line);
}

void vsay(FILE *out, const char *fmt, va_list ap)
{
	struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
	strbuf_vaddf(&text, fmt, ap);
	plain_add(&line, text.buf, text.len);
	strbuf_release(&text);
	print(out, &line);
}

void say(FILE *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsay(out, fmt, ap);
	va_end(ap);
}

void say_json(FILE *out, const char *json)
{
	struct strbuf line = STRBUF_INIT;
	for (size_t n; *json; json += n) {
		n = strspn(json, "\n\t");
		strbuf_add(&line, json, n);
		json += n;
		n = strcspn(json, "\n\t");
		plain_add_json(&line, json, n);
	}
	print(out, &line);
}
