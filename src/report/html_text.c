#include "html.h"

#include "png.h"

#include "thaw/base/plain.h"

#include <string.h>

static const char *escape_of(char c)
{
	static const struct {
		char c;
		const char *escape;
	} escapes[] = {
	    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
	for (size_t i = 0; i < sizeof(escapes) / sizeof(*escapes); i++)
		if (escapes[i].c == c)
			return escapes[i].escape;
	return NULL;
}

void html_text(struct strbuf *out, const char *text)
{
	struct strbuf plain = STRBUF_INIT;
	plain_add(&plain, text, strlen(text));
	for (const char *c = plain.buf; *c; c++) {
		const char *escape = escape_of(*c);
		if (escape)
			strbuf_addstr(out, escape);
		else
			strbuf_addch(out, *c);
	}
	strbuf_release(&plain);
}

void html_element(struct strbuf *out, const char *tag, const char *text)
{
	strbuf_addf(out, "<%s>", tag);
	html_text(out, text);
	strbuf_addf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
}

void html_image(struct strbuf *out, const char *class, const char *alt, const uint8_t *pixels,
		int w, int h, int samples)
{
	strbuf_addf(out, "<img class=\"%s\" width=\"%d\" height=\"%d\" alt=\"", class, w, h);
	html_text(out, alt);
	strbuf_addstr(out, "\" src=\"");
	png_uri(out, pixels, w, h, (enum png_kind)samples);
	strbuf_addstr(out, "\">");
}
