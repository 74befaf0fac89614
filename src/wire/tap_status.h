/* What a tap says of a run beside its log: frame S of thaw/wire/tap.h. Private to wire. */
#ifndef THAW_WIRE_TAP_STATUS_H
#define THAW_WIRE_TAP_STATUS_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct tap_status {
	bool live, listens, whole;
	int64_t size;
};

void tap_status_encode(const struct tap_status *s, struct strbuf *out);
/* Errors: ERR_FORMAT. */
enum err tap_status_decode(struct tap_status *s, const char *text, size_t len, struct errinfo *e);

#endif
