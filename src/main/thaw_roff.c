#include "thaw_roff.h"

#include "thaw/base/strbuf.h"
#include "thaw/base/version.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

/* One UTF-8 character at *p, which moves on. */
static uint32_t next_char(const unsigned char **p)
{
	uint32_t c = **p;
	int more = c < 0x80 ? 0 : c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
	c = more ? c & (0x3Fu >> more) : c;
	for (++*p; more-- > 0 && (**p & 0xC0) == 0x80; ++*p)
		c = c << 6 | (**p & 0x3F);
	return c;
}

static void put_text(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	if (*p == '.' || *p == '\'')
		printf("\\&");
	while (*p) {
		uint32_t c = next_char(&p);
		if (c == '\\')
			printf("\\e");
		else if (c == '-')
			printf("\\-");
		else if (c == '~' || c == '^')
			printf(c == '~' ? "\\(ti" : "\\(ha");
		else if (c >= 0x80)
			printf("\\[u%04X]", (unsigned)c);
		else
			putchar((int)c);
	}
}

void roff_page(const char *name, int section, const char *topic, const char *about)
{
	printf(".\\\" Made by: thaw help %s\n.TH ", topic);
	for (const char *c = name; *c; c++)
		putchar(toupper((unsigned char)*c));
	printf(" %d \"\" \"thaw %s\" \"%s\"\n", section, THAW_VERSION,
	       section == 1 ? "User Commands" : "File Formats");
	roff_heading("NAME");
	put_text(name);
	printf(" \\- ");
	roff_line(about);
}

void roff_heading(const char *text)
{
	printf(".SH %s\n", text);
}

void roff_subheading(const char *text)
{
	printf(".SS %s\n", text);
}

void roff_line(const char *text)
{
	put_text(text);
	putchar('\n');
}

void roff_paragraph(const char *text)
{
	printf(".PP\n");
	roff_line(text);
}

void roff_item(const char *fmt, ...)
{
	struct strbuf sb = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	printf(".TP\n\\fB");
	put_text(sb.buf);
	printf("\\fR\n");
	strbuf_release(&sb);
}

void roff_items(const char *const (*pairs)[2])
{
	for (; (*pairs)[0]; pairs++) {
		roff_item("%s", (*pairs)[0]);
		roff_line((*pairs)[1]);
	}
}

void roff_example(const char *const *lines)
{
	printf(".PP\n.nf\n.RS\n");
	for (; *lines; lines++)
		roff_line(*lines);
	printf(".RE\n.fi\n");
}

void roff_see_also(const char *const *pages)
{
	roff_heading("SEE ALSO");
	for (; *pages; pages++)
		printf(".BR %s%s\n", *pages, pages[1] ? " ," : "");
}
