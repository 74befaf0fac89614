/* Random events from the field tables, and their comparison. For the tests of this room and the
 * fuzz target.
 *
 * Everything comes from rng_u64(key, counter), so a failing case is named by its number.
 */
#ifndef TESTS_EVENT_GENERATE_H
#define TESTS_EVENT_GENERATE_H

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"
#include "thaw/event/event.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct source {
	uint64_t key, counter;
};

static inline uint64_t draw(struct source *s, uint64_t n)
{
	return rng_below(s->key, s->counter++, n);
}

static inline double draw_double(struct source *s)
{
	static const double odd[] = {0,       -0.0,     1,         -1,
				     0.1,     1e-4,     1.0 / 3,   DBL_MAX,
				     DBL_MIN, 5e-324,   1e22,      123456789012345680.0,
				     NAN,     INFINITY, -INFINITY, 0.30000000000000004};
	uint64_t bits = rng_u64(s->key, s->counter++);
	double any;
	memcpy(&any, &bits, sizeof(any));
	switch (draw(s, 3)) {
	case 0:
		return odd[draw(s, sizeof(odd) / sizeof(odd[0]))];
	case 1:
		return isnan(any) ? NAN : any;
	default:
		return rng_uniform(s->key, s->counter++);
	}
}

static inline int64_t draw_int(struct source *s)
{
	static const int64_t odd[] = {0, 1, -1, INT64_MAX, INT64_MIN, (INT64_C(1) << 53) + 1};
	uint64_t any = rng_u64(s->key, s->counter++);
	return draw(s, 2) ? odd[draw(s, 6)] : (int64_t)(any >> draw(s, 64));
}

static inline char *draw_string(struct source *s)
{
	static const char *const parts[] = {"a",
					    "roses",
					    " ",
					    "\"",
					    "\\",
					    "\n",
					    "\t",
					    "\x01",
					    "\x1f",
					    "\x7f",
					    "é",
					    "…",
					    "\xf0\x9f\x8c\xb7",
					    "/",
					    "{",
					    "}",
					    "[",
					    "null",
					    "\xef\xbf\xbd"};
	char out[128] = "";
	for (uint64_t n = draw(s, 12); n > 0; n--)
		strcat(out, parts[draw(s, sizeof(parts) / sizeof(parts[0]))]);
	return xstrdup(out);
}

static inline void generate(struct source *s, const struct record *r, void *obj);

static inline void generate_array(struct source *s, const struct field *f, char *obj)
{
	size_t n = draw(s, 5);
	char *p = n ? xcalloc(n, f->of->size) : NULL;
	for (size_t i = 0; i < n; i++)
		generate(s, f->of, p + i * f->of->size);
	memcpy(obj + f->offset, &p, sizeof(p));
	memcpy(obj + f->n_offset, &n, sizeof(n));
}

static inline void generate_field(struct source *s, const struct field *f, char *obj)
{
	void *at = obj + f->offset;
	char *text;
	switch (f->kind) {
	case FIELD_INT:
		*(int64_t *)at = draw_int(s);
		break;
	case FIELD_COUNT:
		*(int64_t *)at = draw_int(s) % (RECORD_COUNT_MAX + 1);
		break;
	case FIELD_AMOUNT:
		*(int64_t *)at = draw_int(s) % (RECORD_AMOUNT_MAX + 1);
		break;
	case FIELD_BOOL:
		*(bool *)at = draw(s, 2);
		break;
	case FIELD_DOUBLE:
		*(double *)at = draw_double(s);
		break;
	case FIELD_OPT_DOUBLE:
		if (draw(s, 2))
			*(struct opt_double *)at = (struct opt_double){draw_double(s), true};
		break;
	case FIELD_NAME:
		*(int64_t *)at = (int64_t)draw(s, f->names->n);
		break;
	case FIELD_OBJECT:
		generate(s, f->of, at);
		break;
	case FIELD_ARRAY:
		generate_array(s, f, obj);
		break;
	case FIELD_STRING:
	case FIELD_OPT_STRING:
	case FIELD_KIND_N:
		text = f->kind == FIELD_OPT_STRING && draw(s, 2) ? NULL : draw_string(s);
		memcpy(at, &text, sizeof(text));
		break;
	}
}

static inline void generate(struct source *s, const struct record *r, void *obj)
{
	for (size_t i = 0; i < r->n_fields; i++)
		generate_field(s, &r->fields[i], obj);
}

/* An event of its own, to be released with event_release(). */
static inline struct event generate_event(uint64_t number, enum event_type type)
{
	struct source s = {rng_key(number, RNG_PROBE, 0, (uint64_t)type), 0};
	struct event ev = {
	    .type = type, .seq = (int64_t)draw(&s, 1000000), .t_ms = (int64_t)draw(&s, 1u << 31)};
	generate(&s, event_record(type), &ev.run);
	return ev;
}

static inline bool same_record(const struct record *r, const void *a, const void *b);

static inline bool same_array(const struct field *f, const char *a, const char *b)
{
	const char *p, *q;
	size_t n, m;
	memcpy(&p, a + f->offset, sizeof(p));
	memcpy(&q, b + f->offset, sizeof(q));
	memcpy(&n, a + f->n_offset, sizeof(n));
	memcpy(&m, b + f->n_offset, sizeof(m));
	bool same = n == m;
	for (size_t i = 0; same && i < n; i++)
		same = same_record(f->of, p + i * f->of->size, q + i * f->of->size);
	return same;
}

static inline bool same_double(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b));
}

static inline bool same_field(const struct field *f, const char *a, const char *b)
{
	const void *x = a + f->offset, *y = b + f->offset;
	const struct opt_double *o = x, *p = y;
	const char *s, *t;
	switch (f->kind) {
	case FIELD_INT:
	case FIELD_COUNT:
	case FIELD_AMOUNT:
	case FIELD_NAME:
		return *(const int64_t *)x == *(const int64_t *)y;
	case FIELD_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case FIELD_DOUBLE:
		return same_double(*(const double *)x, *(const double *)y);
	case FIELD_OPT_DOUBLE:
		return o->valid == p->valid && (!o->valid || same_double(o->value, p->value));
	case FIELD_OBJECT:
		return same_record(f->of, x, y);
	case FIELD_ARRAY:
		return same_array(f, a, b);
	default:
		memcpy(&s, x, sizeof(s));
		memcpy(&t, y, sizeof(t));
		return s && t ? strcmp(s, t) == 0 : s == t;
	}
}

static inline bool same_record(const struct record *r, const void *a, const void *b)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (!same_field(&r->fields[i], a, b))
			return false;
	return true;
}

static inline bool same_event(const struct event *a, const struct event *b)
{
	return a->type == b->type && a->seq == b->seq && a->t_ms == b->t_ms &&
	       same_record(event_record(a->type), &a->run, &b->run);
}

/* Decode a line that may be anything; what is accepted must encode to a line that means the same.
 */
static inline bool decode_is_stable(const char *line, size_t len)
{
	struct event ev, again;
	struct strbuf out = STRBUF_INIT, twice = STRBUF_INIT;
	bool ok = true;
	if (event_decode(&ev, line, len, NULL))
		return true;
	event_encode(&ev, &out);
	if (event_decode(&again, out.buf, out.len, NULL)) {
		ok = false;
	} else {
		event_encode(&again, &twice);
		ok = same_event(&ev, &again) && out.len == twice.len &&
		     !memcmp(out.buf, twice.buf, out.len);
		event_release(&again);
	}
	event_release(&ev);
	strbuf_release(&out);
	strbuf_release(&twice);
	return ok;
}

#endif
