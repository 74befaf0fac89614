/* The wire form of protocol buffers: the fields of a message one after the other, by number. It
 * knows no message; who asks knows which number means what.
 *
 * Invariant: what a field borrows lies within the message, whatever its bytes say.
 * Source: "Encoding" in the Protocol Buffers documentation
 */
#ifndef IMPORT_PROTOBUF_H
#define IMPORT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum protobuf_wire {
	PROTOBUF_VARINT = 0, PROTOBUF_64 = 1, PROTOBUF_BYTES = 2, PROTOBUF_32 = 5
};

struct protobuf { /* what is left of a message */
	const uint8_t *at, *end;
	bool bad; /* it is no message from `at` on */
};

struct protobuf_field {
	uint32_t number;
	enum protobuf_wire wire;
	uint64_t value;      /* of a varint or a fixed number, as its bits are */
	struct protobuf sub; /* of PROTOBUF_BYTES: text, packed numbers or a message; borrowed */
};

struct protobuf protobuf_of(const void *data, size_t len);

/* The next field; false at the end, or where m->bad is set. Groups, which nobody writes any more,
 * are bad. */
bool protobuf_next(struct protobuf *m, struct protobuf_field *f);

/* A number out of the packed numbers that are left; false at the end, or where m->bad is set. */
bool protobuf_varint(struct protobuf *m, uint64_t *value);

size_t protobuf_left(const struct protobuf *m); /* bytes */

/* The text of a field; caller frees. Zero bytes become U+FFFD. */
char *protobuf_text(const struct protobuf_field *f);

#endif
