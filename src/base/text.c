#include "thaw/base/text.h"
#include "thaw/base/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* What the error says of a file; it begins with the path, whatever the file is called here. */
static enum err told_of(const char *name, const char *path, const struct errinfo *why,
			struct errinfo *e)
{
	size_t n = strlen(path);
	bool begins = strncmp(why->msg, path, n) == 0;
	return err_set(e, why->code, "%s%s", begins ? name : "", why->msg + (begins ? n : 0));
}

/* Something that is no file is read like one only when it may: nobody may ever write to a pipe. */
static enum err read_raw(const struct text_file *f, const char *path, struct strbuf *raw,
			 struct errinfo *e)
{
	int fd;
	if (f->pipe && !f->in)
		return file_read_max(f->path, f->max + 1, raw, e);
	enum err r = folder_read_file(f->in, f->path, &fd, e);
	if (r)
		return r;
	if (!file_read_fd(fd, f->max + 1, raw))
		r = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	close(fd);
	return r;
}

static enum err read_text(const struct text_file *f, const char *path, struct strbuf *out,
			  struct errinfo *e)
{
	const char *name = f->name ? f->name : path;
	struct strbuf raw = STRBUF_INIT, text = STRBUF_INIT;
	struct errinfo why = {.msg = ""};
	enum err r = ERR_OK;
	if (!f->in && file_is_dir(f->path))
		r = err_set(e, ERR_FORMAT, "%s: a folder, not %s", name, f->what);
	else if (read_raw(f, path, &raw, &why))
		r = told_of(name, path, &why, e);
	else if (raw.len > f->max)
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

enum err text_read(const struct text_file *f, struct strbuf *out, struct errinfo *e)
{
	char *path = f->in ? folder_path(f->in, f->path) : NULL;
	enum err r = read_text(f, path ? path : f->path, out, e);
	free(path);
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
