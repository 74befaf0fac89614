#include "paste.h"

#include "thaw/term/key.h"

void paste_begin(struct paste *p, int64_t now_ms)
{
	paste_release(p);
	*p = (struct paste){.open = true, .heard_ms = now_ms, .text = STRBUF_INIT};
}

void paste_add(struct paste *p, int ch, int64_t now_ms)
{
	char text[5] = "\n";
	bool line_end = ch == '\n' || ch == '\r', known = line_end || key_utf8(ch, text);
	bool second = ch == '\n' && p->after_return;
	p->heard_ms = now_ms;
	p->after_return = ch == '\r';
	if (ch == K_TAB) {
		text[0] = ' ';
		text[1] = '\0';
		known = true;
	}
	if (known && !second && p->text.len + sizeof(text) < PASTE_MOST)
		strbuf_addstr(&p->text, text);
}

bool paste_silent(const struct paste *p, int64_t now_ms)
{
	return now_ms - p->heard_ms >= PASTE_SILENT_MS;
}

void paste_release(struct paste *p)
{
	if (p->text.buf)
		strbuf_release(&p->text);
	*p = (struct paste){0};
}
