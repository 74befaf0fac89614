#include "json_file.h"

#include "printed.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err json_file_open(struct json_file *j, const char *path, struct errinfo *e)
{
	int fd;
	*j = (struct json_file){.path = xstrdup(path), .text = STRBUF_INIT};
	enum err r = file_open(path, &fd, e);
	if (r)
		return r;
	if (!file_read_fd(fd, JSON_FILE_MAX + 1, &j->text))
		r = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	close(fd);
	if (!r && j->text.len > JSON_FILE_MAX)
		r = err_set(e, ERR_FORMAT, "%s: more than 256 MiB of JSON", path);
	if (j->text.len >= TEXT_BOM_BYTES && memcmp(j->text.buf, TEXT_BOM, TEXT_BOM_BYTES) == 0)
		j->at = TEXT_BOM_BYTES;
	return r;
}

void json_file_release(struct json_file *j)
{
	free(j->path);
	strbuf_release(&j->text);
}

static bool fail(struct json_file *j, const char *why)
{
	if (!j->why)
		j->why = why;
	return false;
}

int json_file_peek(struct json_file *j)
{
	while (!j->why && j->at < j->text.len && strchr(" \t\r\n", j->text.buf[j->at]) &&
	       j->text.buf[j->at])
		j->at++;
	if (j->why || j->at >= j->text.len)
		return 0;
	unsigned char c = (unsigned char)j->text.buf[j->at];
	if (strchr("{[\"tfn]},:", c) && c)
		return c;
	return strchr("-+0123456789NI.", c) && c ? '0' : '?';
}

bool json_file_take(struct json_file *j, char c)
{
	if (json_file_peek(j) != c)
		return false;
	j->at++;
	return true;
}

/* Between elements: true at the next one. */
static bool next(struct json_file *j, bool *more, char end)
{
	if (json_file_take(j, end))
		return false;
	if (*more && !json_file_take(j, ','))
		return fail(j, end == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
	*more = true;
	return !j->why;
}

bool json_file_element(struct json_file *j, bool *more)
{
	return next(j, more, ']');
}

bool json_file_member(struct json_file *j, bool *more, struct strbuf *key)
{
	if (!next(j, more, '}') || !json_file_string(j, key))
		return false;
	return json_file_take(j, ':') || fail(j, "expected ':'");
}

/* ---- values ---- */

static const struct {
	const char *word;
	double value;
} odd[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}, {"-NaN", NAN}};

bool json_file_number(struct json_file *j, double *v)
{
	if (json_file_peek(j) != '0')
		return fail(j, "expected a number");
	const char *text = j->text.buf + j->at;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		size_t n = strlen(odd[i].word);
		if (strncmp(text, odd[i].word, n) == 0) {
			*v = odd[i].value;
			j->at += n;
			return true;
		}
	}
	char copy[64];
	size_t n = strspn(text, "0123456789.eE+-");
	if (n == 0 || n >= sizeof(copy))
		return fail(j, "expected a number");
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (!printed_number(copy, v))
		return fail(j, "expected a number");
	j->at += n;
	return true;
}

static void add_utf8(struct strbuf *out, unsigned long code)
{
	char bytes[4];
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n; i-- > 1; code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(first[n] | code);
	strbuf_add(out, bytes, n);
}

static bool hex4(struct json_file *j, unsigned long *code)
{
	char digits[5] = "", *end;
	if (j->at + 4 > j->text.len)
		return fail(j, "bad escape in a string");
	memcpy(digits, j->text.buf + j->at, 4);
	*code = strtoul(digits, &end, 16);
	j->at += 4;
	return end == digits + 4 || fail(j, "bad escape in a string");
}

static bool escape(struct json_file *j, struct strbuf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	if (j->at >= j->text.len)
		return fail(j, "string without end");
	char c = j->text.buf[j->at++];
	const char *plain = c ? strchr(from, c) : NULL;
	unsigned long code, low;
	if (plain) {
		strbuf_addch(out, to[plain - from]);
		return true;
	}
	if (c != 'u' || !hex4(j, &code))
		return fail(j, "bad escape in a string");
	if (code >= 0xd800 && code < 0xdc00 && strncmp(j->text.buf + j->at, "\\u", 2) == 0) {
		j->at += 2;
		if (!hex4(j, &low))
			return false;
		code = low >= 0xdc00 && low < 0xe000
			   ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
			   : 0xfffd;
	}
	add_utf8(out, code == 0 || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code);
	return true;
}

bool json_file_string(struct json_file *j, struct strbuf *out)
{
	strbuf_reset(out);
	if (!json_file_take(j, '"'))
		return fail(j, "expected a string");
	while (j->at < j->text.len) {
		char c = j->text.buf[j->at++];
		if (c == '"')
			return true;
		if (c == '\\' && !escape(j, out))
			return false;
		if (c != '\\')
			strbuf_addch(out, c ? c : ' ');
	}
	return fail(j, "string without end");
}

static bool word(struct json_file *j)
{
	static const char *const words[] = {"true", "false", "null"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);
		if (strncmp(j->text.buf + j->at, words[i], n) == 0) {
			j->at += n;
			return true;
		}
	}
	return fail(j, "expected a value");
}

static bool skip(struct json_file *j, int depth, struct strbuf *text)
{
	bool more = false;
	double v;
	if (depth <= 0)
		return fail(j, "nested too deep");
	switch (json_file_peek(j)) {
	case '{':
		j->at++;
		while (json_file_member(j, &more, text))
			skip(j, depth - 1, text);
		return !j->why;
	case '[':
		j->at++;
		while (json_file_element(j, &more))
			skip(j, depth - 1, text);
		return !j->why;
	case '"':
		return json_file_string(j, text);
	case '0':
		return json_file_number(j, &v);
	case 't':
	case 'f':
	case 'n':
		return word(j);
	default:
		return fail(j, j->at < j->text.len ? "expected a value" : "it ends in the middle");
	}
}

bool json_file_skip(struct json_file *j)
{
	struct strbuf text = STRBUF_INIT;
	bool ok = skip(j, JSON_DEPTH_MAX, &text);
	strbuf_release(&text);
	return ok;
}

bool json_file_number_or_skip(struct json_file *j, double *v)
{
	if (json_file_peek(j) == '0')
		return json_file_number(j, v);
	json_file_skip(j);
	return false;
}

enum err json_file_error(const struct json_file *j, struct errinfo *e)
{
	int line = 1, col = 1;
	for (size_t i = 0; i < j->at && i < j->text.len; i++) {
		col = j->text.buf[i] == '\n' ? 1 : col + 1;
		line += j->text.buf[i] == '\n';
	}
	bool cut = j->at >= j->text.len;
	return err_set(e, ERR_FORMAT, "%s:%d:%d: %s%s", j->path, line, col,
		       j->why ? j->why : "not JSON", cut ? "; the file is cut off there" : "");
}
