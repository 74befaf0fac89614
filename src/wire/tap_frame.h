/* Frames and the line before them, as thaw/wire/tap.h states them: written, packed, and taken apart
 * again, however the bytes come in pieces. Private to wire.
 */
#ifndef THAW_WIRE_TAP_FRAME_H
#define THAW_WIRE_TAP_FRAME_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define ZLIB_CONST
#include <zlib.h>

/* ---- writing ---- */

void tap_frame_add(struct strbuf *out, char kind, const void *data, size_t len);

struct tap_packer {
	z_stream z;
	bool due; /* something was added since the last flush */
};

void tap_packer_init(struct tap_packer *p);
void tap_packer_release(struct tap_packer *p);
/* Append one frame, packed, to `out`; whoever reads sees it after tap_packer_flush() for sure. */
void tap_packer_add(struct tap_packer *p, char kind, const void *data, size_t len,
		    struct strbuf *out);
void tap_packer_flush(struct tap_packer *p, struct strbuf *out);

/* ---- reading ---- */

/* `data` is borrowed for the call and ends in a NUL that does not count. False: read no further. */
typedef bool tap_frame_fn(void *arg, char kind, const char *data, size_t len);

/* Append bytes to `in` and hand over the complete frames, which are removed.
 * Errors: ERR_FORMAT (a longer frame than there are), ERR_STATE (the function said no). */
enum err tap_frames(struct strbuf *in, const char *bytes, size_t n, tap_frame_fn *fn, void *arg,
		    struct errinfo *e);

struct tap_hello {
	const char *thaw; /* "tap" */
	int64_t version;
	const char *run, *log;
	int64_t from;
};

void tap_hello_encode(const struct tap_hello *h, struct strbuf *out); /* newline included */

/* What a tap writes, from its first byte on. */
struct tap_reader {
	struct strbuf in; /* before the hello: what may be one; then: not yet a whole frame */
	size_t n_noise;
	bool greeted;
	struct tap_hello hello; /* owned; valid once greeted */
	z_stream z;
};

void tap_reader_init(struct tap_reader *r);
void tap_reader_release(struct tap_reader *r);

/* Take `n` bytes. The hello is told as a frame of kind 0 without content.
 * Errors: ERR_FORMAT (no tap, or damaged), ERR_MISMATCH (another version), ERR_STATE (the function
 *         said no) */
enum err tap_reader_feed(struct tap_reader *r, const char *bytes, size_t n, tap_frame_fn *fn,
			 void *arg, struct errinfo *e);

#endif
