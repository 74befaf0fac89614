#include "announce.h"

#include "thaw/base/plain.h"
#include "thaw/base/shorten.h"
#include "thaw/term/canvas.h"

#include <string.h>

#define TITLE_COLUMNS 80
#define NOTICE_COLUMNS 200
#define TEXT_MOST 512 /* bytes */
#define NAME "thaw"

/* A semicolon would begin another part of some of these sequences. */
static void add_text(struct strbuf *out, const char *text, int columns, bool utf8)
{
	char plain[TEXT_MOST];
	struct strbuf cut = STRBUF_INIT;
	uint32_t code;
	plain_fit(plain, sizeof(plain), text);
	shorten(&cut, plain, columns, utf8);
	for (size_t at = 0, n; at < cut.len; at += n) {
		n = utf8_decode(cut.buf + at, cut.len - at, &code);
		if (code == ';')
			strbuf_addch(out, ',');
		else if (utf8 || n < 2)
			strbuf_add(out, cut.buf + at, n);
		else
			strbuf_addch(out, glyph_ascii(code));
	}
	strbuf_release(&cut);
}

void announce_title(struct strbuf *out, const char *text, bool utf8)
{
	strbuf_addstr(out, "\x1b]2;");
	add_text(out, text, TITLE_COLUMNS, utf8);
	strbuf_addch(out, '\a');
}

/* OSC 9 with a number first means something else to some: a name stands there. */
void announce_notice(struct strbuf *out, enum notify_way way, const char *text, bool utf8,
		     bool through_tmux)
{
	static const char *const begins[] = {
	    [NOTIFY_9] = "\x1b]9;" NAME ": ", [NOTIFY_777] = "\x1b]777;notify;" NAME ";"};
	if (way == NOTIFY_NONE)
		return;
	strbuf_addstr(out, through_tmux ? "\x1bPtmux;\x1b" : "");
	strbuf_addstr(out, begins[way]);
	add_text(out, text, NOTICE_COLUMNS, utf8);
	strbuf_addstr(out, through_tmux ? "\a\x1b\\" : "\a");
}
