/* A growing byte string, always NUL-terminated.
 *
 * `buf` is never NULL after strbuf_init() or STRBUF_INIT. Invariant: buf[len] == '\0'.
 */
#ifndef THAW_BASE_STRBUF_H
#define THAW_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
	char *buf;
	size_t len, cap; /* cap == 0: buf is the shared empty string, not to be freed */
};

extern char strbuf_empty[];
#define STRBUF_INIT {strbuf_empty, 0, 0}

void strbuf_init(struct strbuf *sb);
void strbuf_release(struct strbuf *sb); /* back to empty; may be used again */
void strbuf_reset(struct strbuf *sb);   /* length 0, memory kept */
void strbuf_add(struct strbuf *sb, const void *data, size_t len);
/* Room for `len` bytes at its end, to be written there and then taken in: strbuf_took(). */
char *strbuf_room(struct strbuf *sb, size_t len);
void strbuf_took(struct strbuf *sb, size_t len);
void strbuf_addstr(struct strbuf *sb, const char *s);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
void strbuf_remove(struct strbuf *sb, size_t at, size_t len); /* delete bytes [at, at+len) */
char *strbuf_detach(struct strbuf *sb); /* caller frees; sb becomes empty */

#endif
