#include "tap_frame.h"

#include "thaw/base/die.h"
#include "thaw/event/record.h"
#include "thaw/wire/tap.h"

#include <string.h>

#define HEAD 5      /* bytes before the content */
#define PIECE 16384 /* bytes packed or unpacked at once */
#define HELLO_BEGINS "{\"thaw\":\"tap\","

/* ---- writing ---- */

static void write_head(unsigned char head[HEAD], char kind, size_t len)
{
	head[0] = (unsigned char)kind;
	for (int i = 0; i < 4; i++)
		head[1 + i] = (unsigned char)(len >> (24 - 8 * i));
}

void tap_frame_add(struct strbuf *out, char kind, const void *data, size_t len)
{
	unsigned char head[HEAD];
	write_head(head, kind, len);
	strbuf_add(out, head, HEAD);
	strbuf_add(out, data, len);
}

void tap_packer_init(struct tap_packer *p)
{
	memset(p, 0, sizeof(*p));
	if (deflateInit(&p->z, Z_DEFAULT_COMPRESSION) != Z_OK)
		die("zlib cannot pack: %s", p->z.msg ? p->z.msg : "out of memory");
}

void tap_packer_release(struct tap_packer *p)
{
	deflateEnd(&p->z);
}

static void pack(struct tap_packer *p, const void *data, size_t len, int flush, struct strbuf *out)
{
	unsigned char bytes[PIECE];
	p->z.next_in = data;
	p->z.avail_in = (uInt)len;
	do {
		p->z.next_out = bytes;
		p->z.avail_out = sizeof(bytes);
		deflate(&p->z, flush);
		strbuf_add(out, bytes, sizeof(bytes) - p->z.avail_out);
	} while (p->z.avail_out == 0);
}

void tap_packer_add(struct tap_packer *p, char kind, const void *data, size_t len,
		    struct strbuf *out)
{
	unsigned char head[HEAD];
	write_head(head, kind, len);
	pack(p, head, HEAD, Z_NO_FLUSH, out);
	pack(p, data, len, Z_NO_FLUSH, out);
	p->due = true;
}

void tap_packer_flush(struct tap_packer *p, struct strbuf *out)
{
	if (p->due)
		pack(p, NULL, 0, Z_SYNC_FLUSH, out);
	p->due = false;
}

/* ---- reading ---- */

static size_t read_length(const char *head)
{
	size_t len = 0;
	for (int i = 0; i < 4; i++)
		len = len << 8 | (unsigned char)head[1 + i];
	return len;
}

enum err tap_frames(struct strbuf *in, const char *bytes, size_t n, tap_frame_fn *fn, void *arg,
		    struct errinfo *e)
{
	size_t at = 0;
	bool go_on = true;
	strbuf_add(in, bytes, n);
	while (go_on && in->len - at >= HEAD) {
		size_t len = read_length(in->buf + at);
		if (len > TAP_FRAME_MAX)
			return err_set(e, ERR_FORMAT, "a frame of %zu bytes", len);
		if (in->len - at < HEAD + len)
			break;
		char *data = in->buf + at + HEAD, kind = in->buf[at], after = data[len];
		data[len] = '\0';
		go_on = fn(arg, kind, data, len);
		data[len] = after;
		at += HEAD + len;
	}
	strbuf_remove(in, 0, at);
	return go_on ? ERR_OK : err_set(e, ERR_STATE, "not taken");
}

static const struct field fields[] = {
    FIELD_STRING_ROW(struct tap_hello, thaw), FIELD_INT_ROW(struct tap_hello, version),
    FIELD_STRING_ROW(struct tap_hello, run),  FIELD_STRING_ROW(struct tap_hello, log),
    FIELD_AMOUNT_ROW(struct tap_hello, from),
};
static const struct record record = RECORD_OF(struct tap_hello, fields);

void tap_hello_encode(const struct tap_hello *h, struct strbuf *out)
{
	record_encode(&record, h, out);
	strbuf_addch(out, '\n');
}

void tap_reader_init(struct tap_reader *r)
{
	memset(r, 0, sizeof(*r));
	strbuf_init(&r->in);
	if (inflateInit(&r->z) != Z_OK)
		die("zlib cannot unpack: %s", r->z.msg ? r->z.msg : "out of memory");
}

void tap_reader_release(struct tap_reader *r)
{
	inflateEnd(&r->z);
	record_release(&record, &r->hello);
	strbuf_release(&r->in);
}

static enum err take_hello(struct tap_reader *r, const char *line, size_t len, struct errinfo *e)
{
	enum err err = record_decode(&record, &r->hello, line, len, NULL, e);
	if (!err && r->hello.version != TAP_VERSION)
		err = err_set(e, ERR_MISMATCH,
			      "the thaw there speaks version %lld of the link and this one version "
			      "%d; install the same thaw on both sides",
			      (long long)r->hello.version, TAP_VERSION);
	if (!err && r->hello.from < 0)
		err = err_set(e, ERR_FORMAT, "a log that begins before its beginning");
	r->greeted = !err;
	return err;
}

/* Look for the hello in r->in, and leave there what follows it. */
static enum err await_hello(struct tap_reader *r, struct errinfo *e)
{
	for (char *nl; !r->greeted && (nl = memchr(r->in.buf, '\n', r->in.len));) {
		size_t len = (size_t)(nl - r->in.buf);
		const char *at = memmem(r->in.buf, len, HELLO_BEGINS, sizeof(HELLO_BEGINS) - 1);
		enum err err = at ? take_hello(r, at, (size_t)(nl - at), e) : ERR_OK;
		if (err)
			return err;
		strbuf_remove(&r->in, 0, len + 1);
		r->n_noise += len + 1;
	}
	return r->greeted || r->n_noise + r->in.len <= TAP_NOISE_MAX
		   ? ERR_OK
		   : err_set(e, ERR_FORMAT,
			     "what answers is not `thaw tap`: 64 KiB of something else came");
}

static enum err unpack(struct tap_reader *r, const char *bytes, size_t n, tap_frame_fn *fn,
		       void *arg, struct errinfo *e)
{
	char out[PIECE];
	enum err err = ERR_OK;
	r->z.next_in = (const Bytef *)bytes;
	r->z.avail_in = (uInt)n;
	do {
		r->z.next_out = (Bytef *)out;
		r->z.avail_out = sizeof(out);
		int z = inflate(&r->z, Z_NO_FLUSH);
		if (z != Z_OK && z != Z_BUF_ERROR)
			return err_set(e, ERR_FORMAT, "damaged bytes came over the link");
		err = tap_frames(&r->in, out, sizeof(out) - r->z.avail_out, fn, arg, e);
	} while (!err && r->z.avail_out == 0);
	return err;
}

enum err tap_reader_feed(struct tap_reader *r, const char *bytes, size_t n, tap_frame_fn *fn,
			 void *arg, struct errinfo *e)
{
	if (r->greeted)
		return unpack(r, bytes, n, fn, arg, e);
	strbuf_add(&r->in, bytes, n);
	enum err err = await_hello(r, e);
	if (err || !r->greeted)
		return err;
	struct strbuf rest = r->in;
	strbuf_init(&r->in);
	err = fn(arg, 0, "", 0) ? unpack(r, rest.buf, rest.len, fn, arg, e)
				: err_set(e, ERR_STATE, "not taken");
	strbuf_release(&rest);
	return err;
}
