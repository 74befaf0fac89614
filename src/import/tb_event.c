#include "tb_event.h"
#include "little.h"

#include <math.h>
#include <string.h>

#define VERSION "brain.Event:"

static double double_of(uint64_t bits)
{
	double v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

static double float_of(uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	float v;
	memcpy(&v, &low, sizeof(v));
	return (double)v;
}

static bool begins(const struct protobuf *text, const char *with)
{
	size_t n = strlen(with);
	return protobuf_left(text) >= n && memcmp(text->at, with, n) == 0;
}

static bool is_start(struct protobuf session_log)
{
	struct protobuf_field f;
	bool start = false;
	while (protobuf_next(&session_log, &f))
		if (f.number == 1 && f.wire == PROTOBUF_VARINT)
			start = f.value == 1;
	return start;
}

bool tb_event_decode(struct tb_event *out, const void *data, size_t len)
{
	struct protobuf m = protobuf_of(data, len);
	struct protobuf_field f;
	*out = (struct tb_event){.summary = protobuf_of(data, 0)};
	while (protobuf_next(&m, &f)) {
		bool text = f.wire == PROTOBUF_BYTES;
		if (f.number == 1 && f.wire == PROTOBUF_64)
			out->wall_time = double_of(f.value);
		else if (f.number == 2 && f.wire == PROTOBUF_VARINT)
			out->step = (int64_t)f.value;
		else if (f.number == 3 && text)
			out->version = begins(&f.sub, VERSION);
		else if (f.number == 5 && text)
			out->summary = f.sub;
		else if (f.number == 7 && text)
			out->start = is_start(f.sub);
	}
	return !m.bad;
}

/* ---- tensors ---- */

/* A whole number of so many bits, in two's complement. */
static double whole(uint64_t v, int bits)
{
	uint64_t sign = (uint64_t)1 << (bits - 1), mask = sign | (sign - 1);
	v &= mask;
	return v & sign ? -(double)(mask - v + 1) : (double)v;
}

static double int8(uint64_t v)
{
	return whole(v, 8);
}
static double int16(uint64_t v)
{
	return whole(v, 16);
}
static double int32(uint64_t v)
{
	return whole(v, 32);
}
static double int64(uint64_t v)
{
	return whole(v, 64);
}
static double uint(uint64_t v)
{
	return (double)v;
}
static double truth(uint64_t v)
{
	return v != 0;
}
static double bfloat16(uint64_t v)
{
	return float_of((v & 0xffff) << 16);
}

static double half(uint64_t v)
{
	int exponent = (int)(v >> 10 & 31);
	double fraction = (double)(v & 1023), sign = v & 0x8000 ? -1 : 1;
	if (exponent == 31)
		return fraction > 0 ? (double)NAN : sign * (double)INFINITY;
	return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24));
}

/* By DataType: bytes of an element in tensor_content, the field of the values where they stand
 * there instead, and what the bits mean. */
static const struct type {
	int bytes;
	uint32_t field;
	double (*number)(uint64_t bits);
} types[] = {
    [1] = {4, 5, float_of},   [2] = {8, 6, double_of}, [3] = {4, 7, int32},  [4] = {1, 7, uint},
    [5] = {2, 7, int16},      [6] = {1, 7, int8},      [9] = {8, 10, int64}, [10] = {1, 11, truth},
    [14] = {2, 13, bfloat16}, [17] = {2, 7, uint},     [19] = {2, 13, half}, [22] = {4, 16, uint},
    [23] = {8, 17, uint},
};

struct tensor {
	uint64_t dtype;
	bool many; /* its shape says that it has other than one element */
	struct protobuf content;
	struct protobuf_field values; /* the first of those that are no content */
	int n_values;
};

static bool other_than_one(struct protobuf shape)
{
	struct protobuf_field dim, size;
	bool other = false;
	while (protobuf_next(&shape, &dim)) {
		uint64_t n = 0; /* proto3 leaves a 0 out */
		if (dim.number != 2 || dim.wire != PROTOBUF_BYTES)
			continue;
		while (protobuf_next(&dim.sub, &size))
			if (size.number == 1 && size.wire == PROTOBUF_VARINT)
				n = size.value;
		other |= n != 1;
	}
	return other;
}

static void read_tensor(struct tensor *t, struct protobuf m)
{
	struct protobuf_field f;
	while (protobuf_next(&m, &f)) {
		if (f.number == 1 && f.wire == PROTOBUF_VARINT) {
			t->dtype = f.value;
		} else if (f.number == 2 && f.wire == PROTOBUF_BYTES) {
			t->many = other_than_one(f.sub);
		} else if (f.number == 4 && f.wire == PROTOBUF_BYTES) {
			t->content = f.sub;
		} else if (f.number >= 5 && t->n_values++ == 0) {
			t->values = f;
		}
	}
}

/* One number alone in its field, packed or not. */
static bool one_value(const struct tensor *t, const struct type *type, uint64_t *bits)
{
	struct protobuf packed = t->values.sub;
	int fixed = type->number == float_of ? 4 : type->number == double_of ? 8 : 0;
	if (t->n_values != 1 || t->values.number != type->field)
		return false;
	*bits = t->values.value;
	if (t->values.wire != PROTOBUF_BYTES)
		return true;
	if (fixed && protobuf_left(&packed) == (size_t)fixed)
		*bits = little(packed.at, fixed);
	else if (fixed || !protobuf_varint(&packed, bits) || protobuf_left(&packed))
		return false;
	return true;
}

static struct opt_double tensor_number(struct protobuf m)
{
	struct tensor t = {0};
	uint64_t bits;
	read_tensor(&t, m);
	if (t.many || t.dtype >= sizeof(types) / sizeof(*types) || !types[t.dtype].bytes)
		return (struct opt_double){0};
	const struct type *type = &types[t.dtype];
	if (protobuf_left(&t.content) == (size_t)type->bytes)
		bits = little(t.content.at, type->bytes);
	else if (protobuf_left(&t.content) || !one_value(&t, type, &bits))
		return (struct opt_double){0};
	return opt_of(type->number(bits));
}

/* ---- values ---- */

/* What a plugin other than that of scalars makes of a tensor is no curve. */
static bool of_scalars(struct protobuf metadata)
{
	struct protobuf_field data, name;
	bool ours = true;
	while (protobuf_next(&metadata, &data)) {
		if (data.number != 1 || data.wire != PROTOBUF_BYTES)
			continue;
		while (protobuf_next(&data.sub, &name))
			if (name.number == 1 && name.wire == PROTOBUF_BYTES)
				ours =
				    protobuf_left(&name.sub) == 0 ||
				    (protobuf_left(&name.sub) == 7 && begins(&name.sub, "scalars"));
	}
	return ours;
}

static struct tb_value value_of(struct protobuf m)
{
	struct tb_value v = {.number = {0}};
	struct protobuf_field f;
	bool ours = true;
	while (protobuf_next(&m, &f)) {
		if (f.number == 1 && f.wire == PROTOBUF_BYTES)
			v.tag = f;
		else if (f.number == 2 && f.wire == PROTOBUF_32)
			v.number = opt_of(float_of(f.value));
		else if (f.number == 8 && f.wire == PROTOBUF_BYTES)
			v.number = tensor_number(f.sub);
		else if (f.number == 9 && f.wire == PROTOBUF_BYTES)
			ours = of_scalars(f.sub);
	}
	if (!ours || m.bad || protobuf_left(&v.tag.sub) == 0)
		v.number.valid = false;
	return v;
}

bool tb_value_next(struct tb_event *ev, struct tb_value *out)
{
	struct protobuf_field f;
	while (protobuf_next(&ev->summary, &f))
		if (f.number == 1 && f.wire == PROTOBUF_BYTES) {
			*out = value_of(f.sub);
			return true;
		}
	return false;
}
