#include "protobuf.h"
#include "little.h"

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"

struct protobuf protobuf_of(const void *data, size_t len)
{
	const uint8_t *p = data;
	return (struct protobuf){p, p + len, false};
}

size_t protobuf_left(const struct protobuf *m)
{
	return (size_t)(m->end - m->at);
}

static bool bad(struct protobuf *m)
{
	m->bad = true;
	return false;
}

bool protobuf_varint(struct protobuf *m, uint64_t *value)
{
	uint64_t v = 0;
	if (m->bad || m->at == m->end)
		return false;
	for (int shift = 0; shift < 64 && m->at < m->end; shift += 7) {
		uint8_t byte = *m->at++;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*value = v;
			return true;
		}
	}
	return bad(m);
}

static bool fixed(struct protobuf *m, int bytes, uint64_t *value)
{
	if (protobuf_left(m) < (size_t)bytes)
		return bad(m);
	*value = little(m->at, bytes);
	m->at += bytes;
	return true;
}

static bool bytes(struct protobuf *m, struct protobuf *sub)
{
	uint64_t len;
	if (!protobuf_varint(m, &len) || len > protobuf_left(m))
		return bad(m);
	*sub = protobuf_of(m->at, (size_t)len);
	m->at += len;
	return true;
}

bool protobuf_next(struct protobuf *m, struct protobuf_field *f)
{
	uint64_t key;
	if (!protobuf_varint(m, &key))
		return false;
	*f = (struct protobuf_field){.number = (uint32_t)(key >> 3),
				     .wire = (enum protobuf_wire)(key & 7)};
	if (key >> 3 == 0 || key >> 3 > 0x1fffffff)
		return bad(m);
	switch (f->wire) {
	case PROTOBUF_VARINT:
		return protobuf_varint(m, &f->value) || bad(m);
	case PROTOBUF_64:
		return fixed(m, 8, &f->value);
	case PROTOBUF_BYTES:
		return bytes(m, &f->sub);
	case PROTOBUF_32:
		return fixed(m, 4, &f->value);
	}
	return bad(m);
}

char *protobuf_text(const struct protobuf_field *f)
{
	struct strbuf out = STRBUF_INIT;
	for (const uint8_t *p = f->sub.at; p < f->sub.end; p++) {
		if (*p)
			strbuf_addch(&out, (char)*p);
		else
			strbuf_addstr(&out, "\xef\xbf\xbd");
	}
	return strbuf_detach(&out);
}
