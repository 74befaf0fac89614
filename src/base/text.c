#include "thaw/base/text.h"
#include "thaw/base/file.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#define REPLACEMENT 0xfffd /* stands for half a character */

static void add_utf8(struct strbuf *out, uint32_t c)
{
	static const struct {
		uint32_t below;
		unsigned char lead;
	} sizes[] = {{0x80, 0}, {0x800, 0xc0}, {0x10000, 0xe0}, {0x110000, 0xf0}};
	int more = 0;
	while (c >= sizes[more].below)
		more++;
	strbuf_addch(out, (char)(sizes[more].lead | c >> (6 * more)));
	while (more--)
		strbuf_addch(out, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}

/* Source: RFC 2781, section 2.2. `bytes` begin behind the byte-order mark. */
static void decode_utf16(struct strbuf *out, const char *bytes, size_t len, bool big)
{
	uint32_t high = 0;
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint8_t first = (uint8_t)bytes[i], second = (uint8_t)bytes[i + 1];
		uint32_t unit = big ? (uint32_t)first << 8 | second : (uint32_t)second << 8 | first;
		bool low = unit >= 0xdc00 && unit < 0xe000;
		if (high)
			add_utf8(out, low ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00)
					  : REPLACEMENT);
		bool paired = high && low;
		high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
		if (!high && !paired)
			add_utf8(out, low ? REPLACEMENT : unit);
	}
	if (high)
		add_utf8(out, REPLACEMENT);
}

/* CR LF and CR alone become LF; in place. */
static void mend_line_ends(struct strbuf *text)
{
	if (!memchr(text->buf, '\r', text->len))
		return;
	size_t to = 0;
	for (size_t i = 0; i < text->len; i++) {
		char c = text->buf[i];
		if (c == '\r' && text->buf[i + 1] == '\n')
			continue;
		text->buf[to++] = c == '\r' ? '\n' : c;
	}
	text->buf[to] = '\0';
	text->len = to;
}

static bool begins(const struct strbuf *raw, const char *mark, size_t len)
{
	return raw->len >= len && memcmp(raw->buf, mark, len) == 0;
}

/* `out` is empty. */
static void decode(const struct strbuf *raw, struct strbuf *out)
{
	bool little = begins(raw, "\xff\xfe", 2), big = begins(raw, "\xfe\xff", 2);
	if (little || big)
		decode_utf16(out, raw->buf + 2, raw->len - 2, big);
	else
		strbuf_add(out, raw->buf, raw->len);
	size_t marks = 0; /* some editors put another before the first */
	while (strncmp(out->buf + marks, TEXT_BOM, TEXT_BOM_BYTES) == 0)
		marks += TEXT_BOM_BYTES;
	strbuf_remove(out, 0, marks);
	mend_line_ends(out);
}

/* Latin letters in two bytes each: every second byte is 0. */
static bool looks_like_utf16(const struct strbuf *raw)
{
	const char *b = raw->buf;
	return raw->len >= 4 &&
	       ((!b[0] && b[1] && !b[2] && b[3]) || (b[0] && !b[1] && b[2] && !b[3]));
}

static enum err not_text(const struct text_file *f, const char *name, const struct strbuf *raw,
			 struct errinfo *e)
{
	if (looks_like_utf16(raw))
		return err_set(e, ERR_FORMAT,
			       "%s: saved as UTF-16 without a byte-order mark; save it as UTF-8",
			       name);
	return err_set(e, ERR_FORMAT, "%s: not a text file, so not %s", name, f->what);
}

static enum err too_large(const struct text_file *f, const char *name, struct errinfo *e)
{
	bool mega = f->max >= 1 << 20;
	return err_set(e, ERR_FORMAT, "%s: larger than %zu %s; this is not %s", name,
		       f->max >> (mega ? 20 : 10), mega ? "MiB" : "KiB", f->what);
}

/* Before it is opened: a pipe that nobody writes to would be waited for. */
static enum err check_kind(const struct text_file *f, const char *name, struct errinfo *e)
{
	struct stat st;
	if (stat(f->path, &st) != 0 || S_ISREG(st.st_mode))
		return ERR_OK;
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_FORMAT, "%s: a folder, not %s", name, f->what);
	return f->pipe ? ERR_OK : err_set(e, ERR_FORMAT, "%s: not a regular file", name);
}

enum err text_read(const struct text_file *f, struct strbuf *out, struct errinfo *e)
{
	struct strbuf raw = STRBUF_INIT, text = STRBUF_INIT;
	const char *name = f->name ? f->name : f->path;
	struct errinfo why = {.msg = ""};
	enum err r = check_kind(f, name, e);
	if (!r) {
		r = file_read_max(f->path, f->max + 1, &raw, &why);
		if (r) /* it begins with the path, whatever the file's name is here */
			err_set(e, r, "%s%s", name, why.msg + strlen(f->path));
	}
	if (!r && raw.len > f->max)
		r = too_large(f, name, e);
	if (!r) {
		decode(&raw, &text);
		if (memchr(text.buf, '\0', text.len))
			r = not_text(f, name, &raw, e);
		else
			strbuf_add(out, text.buf, text.len);
	}
	strbuf_release(&raw);
	strbuf_release(&text);
	return r;
}

char *text_line(char **text)
{
	if (!**text)
		return NULL;
	char *line = *text, *end = strchrnul(line, '\n');
	*text = *end ? end + 1 : end;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	while (isspace((unsigned char)*line))
		line++;
	return line;
}

size_t text_value_length(const char *s)
{
	size_t n = strcspn(s, "#;");
	while (s[n] && n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return n;
}
