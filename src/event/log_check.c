#include "thaw/event/log_check.h"
#include "log_place.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/event/log_reader.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HEAD_BYTES (64 << 10) /* enough to know a file by */

/* Files that are known by the bytes that they begin with. */
static const struct {
	const char *bytes;
	size_t n;
	const char *what;
	const char *unpack; /* a program that writes what is in it to its output; NULL = none */
	const char *mend;   /* else what to do; "" = nothing is known */
} kinds[] = {
#define MAGIC(bytes) bytes, sizeof(bytes) - 1
    {MAGIC("\x1f\x8b"), "compressed with gzip", "gunzip -c", NULL},
    {MAGIC("PK\x03\x04"), "a zip archive", "unzip -p", NULL},
    {MAGIC("PK\x05\x06"), "an empty zip archive", NULL, ""},
    {MAGIC("BZh"), "compressed with bzip2", "bunzip2 -c", NULL},
    {MAGIC("\xfd"
	   "7zXZ"),
     "compressed with xz", "xz -dc", NULL},
    {MAGIC("\x28\xb5\x2f\xfd"), "compressed with zstd", "zstd -dc", NULL},
    {MAGIC("7z\xbc\xaf\x27\x1c"), "a 7z archive", "7z x -so", NULL},
    {MAGIC("\x04\x22\x4d\x18"), "compressed with lz4", "lz4 -dc", NULL},
    {MAGIC("\xff\xfe"), "text in UTF-16", "iconv -f UTF-16 -t UTF-8", NULL},
    {MAGIC("\xfe\xff"), "text in UTF-16", "iconv -f UTF-16 -t UTF-8", NULL},
    {MAGIC("version https://git-lfs"), "a pointer of Git LFS", NULL,
     "`git lfs pull` fetches the file itself"},
    {MAGIC("SQLite format 3"), "an SQLite database", NULL, ""},
    {MAGIC("\x89PNG"), "a picture (PNG)", NULL, ""},
    {MAGIC("\xff\xd8\xff"), "a picture (JPEG)", NULL, ""},
    {MAGIC("%PDF"), "a PDF document", NULL, ""},
    {MAGIC("\x7f"
	   "ELF"),
     "a program", NULL, ""},
    {MAGIC("thaw-state "), "a state of thaw", NULL, "the log beside it is " RUN_LOG},
#undef MAGIC
};

struct looked_at {
	const char *path;
	struct strbuf head;
	const char *text; /* in head, behind a byte-order mark and white space */
};

static bool is_empty(const struct looked_at *f)
{
	return f->text == f->head.buf + f->head.len;
}

static bool is_zero(const struct looked_at *f)
{
	size_t i = 0;
	while (i < f->head.len && !f->head.buf[i])
		i++;
	return i == f->head.len;
}

/* A record of TensorFlow begins with its length in 8 bytes, the upper ones 0. */
static bool is_tensorboard(const struct looked_at *f)
{
	return strstr(path_base(f->path), "tfevents") ||
	       (f->head.len >= 24 && f->head.buf[0] &&
		memcmp(f->head.buf + 2, "\0\0\0\0\0", 6) == 0);
}

static bool is_binary(const struct looked_at *f)
{
	return memchr(f->head.buf, '\0', f->head.len) != NULL;
}

static bool is_web_page(const struct looked_at *f)
{
	static const char *const starts[] = {"<!doctype html", "<html", "<head", "<body"};
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (strncasecmp(f->text, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static bool is_markup(const struct looked_at *f)
{
	return f->text[0] == '<';
}

static bool is_cut(const struct looked_at *f)
{
	return strncmp(f->text, "{\"seq\":", 7) == 0 && !strchr(f->text, '\n');
}

static bool is_json(const struct looked_at *f)
{
	return f->text[0] == '{' || f->text[0] == '[';
}

static bool is_other(const struct looked_at *f)
{
	(void)f;
	return true;
}

/* The rest, by what they look like: the first that applies. */
static const struct {
	bool (*is)(const struct looked_at *f);
	const char *what, *mend;
} looks[] = {
    {is_empty, "empty", "a log begins with its run; copy it again"},
    {is_zero, "nothing but zero bytes", "what was written is lost, as after a power cut"},
    {is_tensorboard, "a TensorBoard file", ""},
    {is_binary, "binary data", ""},
    {is_web_page, "a web page (HTML)", "fetch the file itself, not a page about it"},
    {is_markup, "XML", ""},
    {is_cut, "cut within its first line", "copy it again"},
    {is_json, "JSON without an event in it",
     "each line of a log is one object with \"seq\", \"t\" and \"ev\""},
    {is_other, "text without an event in it", ""},
};

static void look(struct looked_at *f)
{
	f->text = f->head.buf;
	if (strncmp(f->text, "\xef\xbb\xbf", 3) == 0)
		f->text += 3;
	f->text += strspn(f->text, " \t\r\n\v\f");
}

static enum err say(const char *path, const char *what, const char *mend, struct errinfo *e)
{
	return err_set(e, ERR_FORMAT, "%s: %s, not an event log%s%s", path, what, *mend ? "; " : "",
		       mend);
}

static enum err say_kind(size_t i, const char *path, struct errinfo *e)
{
	if (!kinds[i].unpack)
		return say(path, kinds[i].what, kinds[i].mend, e);
	return err_set(e, ERR_FORMAT, "%s: %s, not an event log; unpack it: `%s %s > log.jsonl`",
		       path, kinds[i].what, kinds[i].unpack, path);
}

static enum err explain(struct looked_at *f, struct errinfo *e)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (f->head.len >= kinds[i].n &&
		    memcmp(f->head.buf, kinds[i].bytes, kinds[i].n) == 0)
			return say_kind(i, f->path, e);
	size_t i = 0;
	look(f);
	while (!looks[i].is(f))
		i++;
	return say(f->path, looks[i].what, looks[i].mend, e);
}

/* The first bytes of the file itself, by which it is known. */
static enum err read_head(const struct log_place *p, struct strbuf *out, struct errinfo *e)
{
	int fd;
	enum err r = log_place_open(p, &fd, e);
	if (r)
		return r;
	if (!file_read_fd(fd, HEAD_BYTES, out))
		r = err_set(e, ERR_IO, "%s: %s", p->path, strerror(errno));
	close(fd);
	return r;
}

enum err log_explain(const char *path, struct errinfo *e)
{
	struct log_place p;
	struct looked_at f = {.head = STRBUF_INIT};
	enum err r = log_place_find(&p, path, e);
	if (r)
		return r;
	f.path = p.path;
	r = read_head(&p, &f.head, e);
	if (!r)
		r = explain(&f, e);
	strbuf_release(&f.head);
	log_place_release(&p);
	return r;
}

enum err log_check(const char *path, struct errinfo *e)
{
	struct log_reader *r = NULL;
	struct event ev;
	enum err err = log_reader_open(&r, path, e);
	if (err)
		return err;
	enum log_next next = LOG_BROKEN;
	while (next == LOG_BROKEN)
		next = log_reader_next(r, &ev, NULL);
	if (next == LOG_EVENT)
		event_release(&ev);
	log_reader_close(r);
	return next == LOG_EVENT ? ERR_OK : log_explain(path, e);
}
