/* JSON objects described by tables: encode, decode, copy and release a C struct from a list of its
 * fields.
 *
 * It knows nothing of events; event.c, command.c and the socket's hello line are tables for it. A
 * reader skips fields it does not know and takes `null` for an absent field; of two fields with one
 * name the first counts. Invariant: decoding what record_encode() wrote gives the same struct, and
 * encoding that gives the same bytes.
 *
 * A decoded or copied struct owns its strings and arrays; they are freed here alone, so that one
 * filled by hand may borrow any text. A decoded string is never NULL (absent: ""), but for
 * FIELD_OPT_STRING. Strings leave as valid UTF-8: bytes that are not become U+FFFD, on the way
 * out and in.
 */
#ifndef THAW_EVENT_RECORD_H
#define THAW_EVENT_RECORD_H

#include "thaw/base/err.h"
#include "thaw/base/opt_double.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_ARRAY_MAX 65536 /* elements of one array; more is an error when reading */
/* So that whoever reads a stranger's numbers can add up amounts and multiply two counts. */
#define RECORD_COUNT_MAX INT64_C(2147483647)        /* 2^31 - 1 */
#define RECORD_AMOUNT_MAX INT64_C(1000000000000000) /* 10^15 */
/* What is decoded takes at most this much memory, blocks of the heap rounded up: so many bytes for
 * one of the text, and a little that is not counted. Large lists of short names come to 7. */
#define RECORD_GROWTH_MAX 8
#define RECORD_UNCOUNTED 1024
#define RECORD_DEPTH_MAX 64    /* nesting of what is skipped; deeper is an error when reading */

enum field_kind {
	FIELD_INT,        /* int64_t; a number without fraction or exponent */
	FIELD_COUNT,      /* the same that counts things: read within +-RECORD_COUNT_MAX */
	FIELD_AMOUNT,     /* the same of bytes, parameters, operations: +-RECORD_AMOUNT_MAX */
	FIELD_BOOL,       /* bool; true or false */
	FIELD_DOUBLE,     /* double; a number, or "nan", "inf", "-inf" */
	FIELD_OPT_DOUBLE, /* struct opt_double; absent when not valid */
	FIELD_STRING,     /* const char *; NULL is written as "" */
	FIELD_OPT_STRING, /* const char *; absent when NULL */
	FIELD_NAME,       /* int64_t that numbers a list of names; the name is written */
	FIELD_OBJECT,     /* a struct inside the struct */
	FIELD_ARRAY,      /* a pointer to elements, and a size_t count */
	FIELD_KIND_N
};

struct name_list {
	const char *const *names;
	size_t n;
	const char *const *old; /* [n] read, not written; NULL for none, or where all are */
};

struct record;

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	size_t n_offset;               /* FIELD_ARRAY: where the count is */
	const struct name_list *names; /* FIELD_NAME */
	const struct record *of;       /* FIELD_OBJECT, FIELD_ARRAY: of an element */
};

struct record {
	const struct field *fields;
	size_t n_fields; /* at most 64 */
	size_t size;     /* of the struct */
	bool bare;       /* an element is its only field's value, no object: [1], not [{"n":1}] */
};

/* Rows of a table of fields, named as the struct's members. The array's count is the member n_NAME.
 * A member of another type than the row says is a compiler warning. */
#define FIELD_AT(T, m, type) (offsetof(T, m) + 0 * sizeof(&((T *)0)->m == (type *)0))
#define FIELD_INT_ROW(T, m) {#m, FIELD_INT, FIELD_AT(T, m, int64_t), 0, NULL, NULL}
#define FIELD_COUNT_ROW(T, m) {#m, FIELD_COUNT, FIELD_AT(T, m, int64_t), 0, NULL, NULL}
#define FIELD_AMOUNT_ROW(T, m) {#m, FIELD_AMOUNT, FIELD_AT(T, m, int64_t), 0, NULL, NULL}
#define FIELD_BOOL_ROW(T, m) {#m, FIELD_BOOL, FIELD_AT(T, m, bool), 0, NULL, NULL}
#define FIELD_DOUBLE_ROW(T, m) {#m, FIELD_DOUBLE, FIELD_AT(T, m, double), 0, NULL, NULL}
#define FIELD_OPT_ROW(T, m) {#m, FIELD_OPT_DOUBLE, FIELD_AT(T, m, struct opt_double), 0, NULL, NULL}
#define FIELD_STRING_ROW(T, m) {#m, FIELD_STRING, FIELD_AT(T, m, const char *), 0, NULL, NULL}
#define FIELD_OPT_STRING_ROW(T, m) \
	{#m, FIELD_OPT_STRING, FIELD_AT(T, m, const char *), 0, NULL, NULL}
#define FIELD_NAME_ROW(T, m, list) {#m, FIELD_NAME, FIELD_AT(T, m, int64_t), 0, list, NULL}
#define FIELD_OBJECT_ROW(T, m, record) {#m, FIELD_OBJECT, offsetof(T, m), 0, NULL, record}
#define FIELD_ARRAY_ROW(T, m, record)                                                              \
	{#m, FIELD_ARRAY, offsetof(T, m), FIELD_AT(T, n_##m, size_t), NULL, record}
#define RECORD_OF(T, table) {table, sizeof(table) / sizeof((table)[0]), sizeof(T), false}
#define RECORD_BARE(T, table) {table, 1, sizeof(T), true}

/* The position of a name, or of an old name, in a list, -1 when it is not there. */
int64_t name_find(const struct name_list *l, const char *name);
/* The name at a position; "?" outside the list. */
const char *name_at(const struct name_list *l, int64_t i);

/* Append {"field":value,…}, no newline. */
void record_encode(const struct record *r, const void *obj, struct strbuf *out);

/* Append the fields alone; a comma first unless `out` ends in '{'. */
void record_encode_fields(const struct record *r, const void *obj, struct strbuf *out);

/* Decode one object, white space around it allowed. *unknown_name (may be NULL: it is an error
 * then) tells that a FIELD_NAME held a name that is not in its list; that member is 0.
 * Owns:    the struct owns what it points to
 * Errors:  ERR_FORMAT (e->at = byte offset); *obj is then zeroed and needs no release */
enum err record_decode(const struct record *r, void *obj, const char *text, size_t len,
		       bool *unknown_name, struct errinfo *e);

/* The same in two parts, for an object whose first fields tell what the rest is. The head's fields
 * are decoded, and no more is read once each was met. *end is where they end, to go on from; 0 where
 * others stand among them, and the rest must be decoded from the beginning.
 * Errors: as record_decode(); what comes after the head is not looked at */
enum err record_decode_head(const struct record *r, void *obj, const char *text, size_t len,
			    size_t *end, struct errinfo *e);
enum err record_decode_rest(const struct record *r, void *obj, const char *text, size_t len,
			    size_t from, bool *unknown_name, struct errinfo *e);

/* Copy a struct with all it points to; a NULL string that is not FIELD_OPT_STRING becomes "".
 * Owns:    *to owns its copies: record_release() */
void record_copy(const struct record *r, void *to, const void *from);

/* Free what a decoded or copied struct owns and zero it. */
void record_release(const struct record *r, void *obj);

#endif
