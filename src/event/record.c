#include "thaw/event/record.h"
#include "thaw/base/alloc.h"
#include "json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct decoder {
	struct json json;
	struct strbuf text; /* the string scanned last */
	bool unknown_name;
	bool head_only; /* leave off once each field was met, */
	bool among;     /* ... among others */
	size_t memory, most; /* bytes that the result takes so far, and may take */
};

int64_t name_find(const struct name_list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->names[i], name) || (l->old && l->old[i] && !strcmp(l->old[i], name)))
			return (int64_t)i;
	return -1;
}

const char *name_at(const struct name_list *l, int64_t i)
{
	return i >= 0 && (uint64_t)i < l->n ? l->names[i] : "?";
}

static bool decode_value(struct decoder *d, const struct field *f, void *obj);
static bool decode_object(struct decoder *d, const struct record *r, void *obj);
static void copy_members(const struct record *r, void *obj);

/* The members of a struct, found through the table. */

static void *member(const struct field *f, void *obj)
{
	return (char *)obj + f->offset;
}

static const void *const_member(const struct field *f, const void *obj)
{
	return (const char *)obj + f->offset;
}

static size_t count_of(const struct field *f, const void *obj)
{
	size_t n;
	memcpy(&n, (const char *)obj + f->n_offset, sizeof(n));
	return n;
}

static void set_count(const struct field *f, void *obj, size_t n)
{
	memcpy((char *)obj + f->n_offset, &n, sizeof(n));
}

/* Arrays of any element type share one representation of their pointer. */
static char *elements_of(const struct field *f, const void *obj)
{
	char *p;
	memcpy(&p, (const char *)obj + f->offset, sizeof(p));
	return p;
}

static void set_elements(const struct field *f, void *obj, char *p)
{
	memcpy((char *)obj + f->offset, &p, sizeof(p));
}

/* Take account of `bytes` more in `blocks` blocks of the heap. */
static bool take_memory(struct decoder *d, size_t bytes, size_t blocks)
{
	enum { BLOCK = 32 }; /* what the smallest takes, and more than the heap adds to others */
	d->memory += bytes + blocks * BLOCK;
	return d->memory <= d->most || json_fail(&d->json, "it would take too much memory");
}

/* One row a kind: how it is written, read, freed and copied. NULL: nothing to do. */

struct kind {
	void (*encode)(const struct field *f, const void *obj, struct strbuf *out);
	bool (*decode)(struct decoder *d, const struct field *f, void *obj);
	void (*release)(const struct field *f, void *obj);
	void (*copy)(const struct field *f, void *obj); /* a flat copy's pointers become its own */
	bool (*absent)(const struct field *f, const void *obj);
};

static void encode_int(const struct field *f, const void *obj, struct strbuf *out)
{
	json_add_int(out, *(const int64_t *)const_member(f, obj));
}

static bool decode_int(struct decoder *d, const struct field *f, void *obj)
{
	return json_int(&d->json, member(f, obj));
}

static int64_t within(int64_t v, int64_t most)
{
	return v > most ? most : v < -most ? -most : v;
}

static bool decode_count(struct decoder *d, const struct field *f, void *obj)
{
	int64_t *v = member(f, obj);
	bool ok = json_int(&d->json, v);
	*v = within(*v, RECORD_COUNT_MAX);
	return ok;
}

static bool decode_amount(struct decoder *d, const struct field *f, void *obj)
{
	int64_t *v = member(f, obj);
	bool ok = json_int(&d->json, v);
	*v = within(*v, RECORD_AMOUNT_MAX);
	return ok;
}

static void encode_bool(const struct field *f, const void *obj, struct strbuf *out)
{
	strbuf_addstr(out, *(const bool *)const_member(f, obj) ? "true" : "false");
}

static bool decode_bool(struct decoder *d, const struct field *f, void *obj)
{
	bool *v = member(f, obj);
	*v = json_word(&d->json, "true");
	return *v || json_word(&d->json, "false") || json_fail(&d->json, "expected true or false");
}

static void encode_double(const struct field *f, const void *obj, struct strbuf *out)
{
	json_add_double(out, *(const double *)const_member(f, obj));
}

static bool decode_double(struct decoder *d, const struct field *f, void *obj)
{
	return json_double(&d->json, member(f, obj));
}

static void encode_opt(const struct field *f, const void *obj, struct strbuf *out)
{
	json_add_double(out, ((const struct opt_double *)const_member(f, obj))->value);
}

static bool decode_opt(struct decoder *d, const struct field *f, void *obj)
{
	struct opt_double *v = member(f, obj);
	v->valid = json_double(&d->json, &v->value);
	return v->valid;
}

static bool absent_opt(const struct field *f, const void *obj)
{
	return !((const struct opt_double *)const_member(f, obj))->valid;
}

static void encode_string(const struct field *f, const void *obj, struct strbuf *out)
{
	const char *s = elements_of(f, obj);
	json_add_string(out, s ? s : "");
}

static bool decode_string(struct decoder *d, const struct field *f, void *obj)
{
	const char *text;
	size_t len;
	if (!json_plain_string(&d->json, &text, &len)) {
		strbuf_reset(&d->text);
		if (!json_string(&d->json, &d->text))
			return false;
		text = d->text.buf;
		len = d->text.len;
	}
	if (!take_memory(d, len, 1))
		return false;
	char *copy = memcpy(xmalloc(len + 1), text, len);
	copy[len] = '\0';
	set_elements(f, obj, copy);
	return true;
}

static void release_pointer(const struct field *f, void *obj)
{
	free(elements_of(f, obj));
}

static void copy_string(const struct field *f, void *obj)
{
	const char *s = elements_of(f, obj);
	set_elements(f, obj, xstrdup(s || f->kind == FIELD_OPT_STRING ? s : ""));
}

static bool absent_string(const struct field *f, const void *obj)
{
	return !elements_of(f, obj);
}

static void encode_name(const struct field *f, const void *obj, struct strbuf *out)
{
	int64_t v = *(const int64_t *)const_member(f, obj);
	assert(v >= 0 && (uint64_t)v < f->names->n);
	json_add_string(out, name_at(f->names, v));
}

static bool decode_name(struct decoder *d, const struct field *f, void *obj)
{
	strbuf_reset(&d->text);
	if (!json_string(&d->json, &d->text))
		return false;
	int64_t v = name_find(f->names, d->text.buf);
	if (v < 0)
		d->unknown_name = true;
	*(int64_t *)member(f, obj) = v < 0 ? 0 : v;
	return true;
}

static void encode_object(const struct field *f, const void *obj, struct strbuf *out)
{
	record_encode(f->of, const_member(f, obj), out);
}

static bool decode_sub_object(struct decoder *d, const struct field *f, void *obj)
{
	return decode_object(d, f->of, member(f, obj));
}

static void release_object(const struct field *f, void *obj)
{
	record_release(f->of, member(f, obj));
}

static void copy_object(const struct field *f, void *obj)
{
	copy_members(f->of, member(f, obj));
}

static void encode_array(const struct field *f, const void *obj, struct strbuf *out);
static bool decode_array(struct decoder *d, const struct field *f, void *obj);
static void release_array(const struct field *f, void *obj);
static void copy_array(const struct field *f, void *obj);

static const struct kind kinds[FIELD_KIND_N] = {
    [FIELD_INT] = {encode_int, decode_int, NULL, NULL, NULL},
    [FIELD_COUNT] = {encode_int, decode_count, NULL, NULL, NULL},
    [FIELD_AMOUNT] = {encode_int, decode_amount, NULL, NULL, NULL},
    [FIELD_BOOL] = {encode_bool, decode_bool, NULL, NULL, NULL},
    [FIELD_DOUBLE] = {encode_double, decode_double, NULL, NULL, NULL},
    [FIELD_OPT_DOUBLE] = {encode_opt, decode_opt, NULL, NULL, absent_opt},
    [FIELD_STRING] = {encode_string, decode_string, release_pointer, copy_string, NULL},
    [FIELD_OPT_STRING] = {encode_string, decode_string, release_pointer, copy_string,
			  absent_string},
    [FIELD_NAME] = {encode_name, decode_name, NULL, NULL, NULL},
    [FIELD_OBJECT] = {encode_object, decode_sub_object, release_object, copy_object, NULL},
    [FIELD_ARRAY] = {encode_array, decode_array, release_array, copy_array, NULL},
};

static void encode_array(const struct field *f, const void *obj, struct strbuf *out)
{
	const struct record *of = f->of;
	const char *p = elements_of(f, obj);
	strbuf_addch(out, '[');
	for (size_t i = 0; i < count_of(f, obj); i++, p += of->size) {
		if (i)
			strbuf_addch(out, ',');
		if (of->bare)
			kinds[of->fields[0].kind].encode(&of->fields[0], p, out);
		else
			record_encode(of, p, out);
	}
	strbuf_addch(out, ']');
}

static bool decode_elements(struct decoder *d, const struct field *f, void *obj)
{
	const struct record *of = f->of;
	size_t n = 0, cap = 0;
	char *p = NULL;
	do {
		if (n == RECORD_ARRAY_MAX)
			return json_fail(&d->json, "array with more than 65536 elements");
		if (!take_memory(d, of->size, n == 0))
			return false;
		if (n == cap) {
			cap = cap ? cap * 2 : 4;
			p = xrealloc(p, cap, of->size);
			set_elements(f, obj, p);
		}
		char *element = p + n * of->size;
		memset(element, 0, of->size);
		set_count(f, obj, ++n);
		if (!(of->bare ? decode_value(d, &of->fields[0], element)
			       : decode_object(d, of, element)))
			return false;
	} while (json_take(&d->json, ','));
	if (n < cap)
		set_elements(f, obj, xrealloc(p, n, of->size));
	return json_need(&d->json, ']', "expected ',' or ']'");
}

/* Elements that hold no memory of their own: numbers in a row. */
static bool decode_plain(struct decoder *d, const struct field *f, void *obj)
{
	const struct record *of = f->of;
	const struct field *one = &of->fields[0];
	bool (*decode)(struct decoder *, const struct field *, void *) = kinds[one->kind].decode;
	int64_t few[64];
	char *p = (char *)few;
	size_t n = 0, cap = sizeof(few) / of->size;
	bool ok;
	do {
		if (n == cap) {
			p = p == (char *)few ? memcpy(xmalloc(2 * sizeof(few)), few, sizeof(few))
					     : xrealloc(p, 2 * cap, of->size);
			cap *= 2;
		}
		ok = n < RECORD_ARRAY_MAX ? take_memory(d, of->size, n == 0)
					  : json_fail(&d->json, "array with more than 65536 elements");
		ok = ok && decode(d, one, p + n * of->size);
		n += ok;
	} while (ok && json_take(&d->json, ','));
	set_elements(f, obj, p == (char *)few ? memcpy(xmalloc(n * of->size), few, n * of->size)
					      : xrealloc(p, n, of->size));
	set_count(f, obj, n);
	return ok && json_need(&d->json, ']', "expected ',' or ']'");
}

static bool is_plain(const struct record *of)
{
	return of->bare && !kinds[of->fields[0].kind].release;
}

static bool decode_array(struct decoder *d, const struct field *f, void *obj)
{
	if (!json_need(&d->json, '[', "expected a list"))
		return false;
	if (json_take(&d->json, ']'))
		return true;
	return is_plain(f->of) ? decode_plain(d, f, obj) : decode_elements(d, f, obj);
}

static void release_array(const struct field *f, void *obj)
{
	char *p = elements_of(f, obj);
	size_t n = count_of(f, obj);
	for (size_t i = 0; i < n; i++)
		record_release(f->of, p + i * f->of->size);
	free(p);
}

static void copy_array(const struct field *f, void *obj)
{
	size_t n = count_of(f, obj), size = f->of->size;
	const char *from = elements_of(f, obj);
	char *p = n ? xmalloc(n * size) : NULL;
	for (size_t i = 0; i < n; i++)
		record_copy(f->of, p + i * size, from + i * size);
	set_elements(f, obj, p);
}

/* Whole objects. */

void record_encode_fields(const struct record *r, const void *obj, struct strbuf *out)
{
	for (size_t i = 0; i < r->n_fields; i++) {
		const struct field *f = &r->fields[i];
		const struct kind *k = &kinds[f->kind];
		if (k->absent && k->absent(f, obj))
			continue;
		if (out->len && out->buf[out->len - 1] != '{')
			strbuf_addch(out, ',');
		json_add_string(out, f->name);
		strbuf_addch(out, ':');
		k->encode(f, obj, out);
	}
}

void record_encode(const struct record *r, const void *obj, struct strbuf *out)
{
	strbuf_addch(out, '{');
	record_encode_fields(r, obj, out);
	strbuf_addch(out, '}');
}

static bool decode_value(struct decoder *d, const struct field *f, void *obj)
{
	return kinds[f->kind].decode(d, f, obj);
}

static size_t find_field(const struct record *r, const char *name)
{
	size_t i = 0;
	while (i < r->n_fields && strcmp(r->fields[i].name, name) != 0)
		i++;
	return i;
}

/* Which field comes next, its name and colon consumed: most often one that stands behind the one
 * before in the table. n_fields: one that is not known. */
static bool decode_name_of_field(struct decoder *d, const struct record *r, size_t *i)
{
	struct json *j = &d->json;
	if (json_peek(j) != '"')
		return json_fail(j, "expected a field name");
	for (; *i < r->n_fields; ++*i)
		if (json_name(j, r->fields[*i].name))
			return true;
	strbuf_reset(&d->text);
	if (!json_string(j, &d->text) || !json_need(j, ':', "expected ':'"))
		return false;
	*i = find_field(r, d->text.buf);
	return true;
}

/* One "name": value. `seen` has a bit for each field met before, *i is where to look for it. */
static bool decode_field(struct decoder *d, const struct record *r, void *obj, uint64_t *seen,
			 size_t *i)
{
	struct json *j = &d->json;
	if (!decode_name_of_field(d, r, i))
		return false;
	if (*i == r->n_fields || (*seen >> *i & 1)) {
		*i = 0;
		d->among = true;
		return json_skip(j, RECORD_DEPTH_MAX);
	}
	const struct field *f = &r->fields[*i];
	if (json_peek(j) == 'n' && json_word(j, "null"))
		return true;
	*seen |= (uint64_t)1 << (*i)++;
	return decode_value(d, f, obj);
}

static bool fill_absent(struct decoder *d, const struct record *r, void *obj, uint64_t seen)
{
	for (size_t i = 0; i < r->n_fields; i++) {
		const struct field *f = &r->fields[i];
		if (seen >> i & 1)
			continue;
		if (f->kind == FIELD_STRING) {
			if (!take_memory(d, 0, 1))
				return false;
			set_elements(f, obj, xstrdup(""));
		} else if (f->kind == FIELD_OBJECT && !fill_absent(d, f->of, member(f, obj), 0)) {
			return false;
		}
	}
	return true;
}

/* Behind the brace, or behind a value. */
static bool decode_fields(struct decoder *d, const struct record *r, void *obj)
{
	struct json *j = &d->json;
	const uint64_t all = r->n_fields < 64 ? ((uint64_t)1 << r->n_fields) - 1 : ~(uint64_t)0;
	uint64_t seen = 0;
	size_t next = 0;
	do {
		if (!decode_field(d, r, obj, &seen, &next))
			return false;
		if (d->head_only && seen == all)
			return true;
	} while (json_take(j, ','));
	return json_need(j, '}', "expected ',' or '}'") && fill_absent(d, r, obj, seen);
}

static bool decode_object(struct decoder *d, const struct record *r, void *obj)
{
	return json_need(&d->json, '{', "expected an object") &&
	       (json_take(&d->json, '}') ? fill_absent(d, r, obj, 0) : decode_fields(d, r, obj));
}

static struct decoder decoder_of(const char *text, size_t len)
{
	return (struct decoder){.json = {text, len, 0, NULL},
				.text = STRBUF_INIT,
				.most = RECORD_UNCOUNTED + len * RECORD_GROWTH_MAX};
}

static enum err decoded(struct decoder *d, bool ok, const struct record *r, void *obj,
			struct errinfo *e)
{
	strbuf_release(&d->text);
	if (ok)
		return ERR_OK;
	record_release(r, obj);
	err_set(e, ERR_FORMAT, "%s at byte %zu", d->json.why, d->json.at);
	if (e)
		e->at = d->json.at;
	return ERR_FORMAT;
}

enum err record_decode_head(const struct record *r, void *obj, const char *text, size_t len,
			    size_t *end, struct errinfo *e)
{
	struct decoder d = decoder_of(text, len);
	d.head_only = true;
	memset(obj, 0, r->size);
	enum err err = decoded(&d, decode_object(&d, r, obj), r, obj, e);
	*end = d.among ? 0 : d.json.at;
	return err;
}

enum err record_decode_rest(const struct record *r, void *obj, const char *text, size_t len,
			    size_t from, bool *unknown_name, struct errinfo *e)
{
	struct decoder d = decoder_of(text, len);
	struct json *j = &d.json;
	memset(obj, 0, r->size);
	j->at = from;
	bool ok = !from                ? decode_object(&d, r, obj)
		  : json_take(j, ',') ? decode_fields(&d, r, obj)
				      : json_need(j, '}', "expected ',' or '}'") &&
					    fill_absent(&d, r, obj, 0);
	if (ok && json_peek(j) >= 0)
		ok = json_fail(j, "text after the end of the object");
	if (ok && d.unknown_name && !unknown_name)
		ok = json_fail(j, "a name that is not known here");
	if (ok && unknown_name)
		*unknown_name = d.unknown_name;
	return decoded(&d, ok, r, obj, e);
}

enum err record_decode(const struct record *r, void *obj, const char *text, size_t len,
		       bool *unknown_name, struct errinfo *e)
{
	return record_decode_rest(r, obj, text, len, 0, unknown_name, e);
}

void record_release(const struct record *r, void *obj)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (kinds[r->fields[i].kind].release)
			kinds[r->fields[i].kind].release(&r->fields[i], obj);
	memset(obj, 0, r->size);
}

static void copy_members(const struct record *r, void *obj)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (kinds[r->fields[i].kind].copy)
			kinds[r->fields[i].kind].copy(&r->fields[i], obj);
}

void record_copy(const struct record *r, void *to, const void *from)
{
	memcpy(to, from, r->size);
	copy_members(r, to);
}
