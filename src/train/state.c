#include "state.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>

#define VERSION 5
static const char magic[] = "thaw-state "; /* then the version and a newline */

enum state_type { STATE_INT, STATE_SEED, STATE_DOUBLE, STATE_TEXT, STATE_HEX };
#define STATE_INT_MAX INT64_C(1000000000000000) /* of what is counted; the seed is any 64 bits */

static const struct state_field {
	const char *name;
	enum state_type type;
	size_t offset, size;
	int since; /* the version that has it */
} fields[] = {
#define FIELD_SINCE(name, type, since)                                                             \
	{                                                                                          \
#name, type, offsetof(struct state, name), sizeof(((struct state *)0)->name),      \
		    since                                                                          \
	}
#define FIELD(name, type) FIELD_SINCE(name, type, 1)
    FIELD(phase, STATE_INT),
    FIELD(epoch, STATE_INT),
    FIELD(epochs_done, STATE_INT),
    FIELD(iter, STATE_INT),
    FIELD(iter_in_phase, STATE_INT),
    FIELD(iter_in_epoch, STATE_INT),
    FIELD(seen, STATE_INT),
    FIELD(seed, STATE_SEED),
    FIELD(has_best, STATE_INT),
    FIELD(best_epoch, STATE_INT),
    FIELD(running_n, STATE_INT),
    FIELD(running_correct, STATE_INT),
    FIELD(running_top5, STATE_INT),
    FIELD(factor, STATE_DOUBLE),
    FIELD(last_lr, STATE_DOUBLE),
    FIELD(best_acc, STATE_DOUBLE),
    FIELD(best_loss, STATE_DOUBLE),
    FIELD(running_loss, STATE_DOUBLE),
    FIELD(frozen, STATE_TEXT),
    FIELD(weights_sum, STATE_HEX),
    FIELD_SINCE(next_phase, STATE_INT, 2),
    FIELD_SINCE(data_sum, STATE_HEX, 2),
    FIELD_SINCE(scales, STATE_TEXT, 3),
    FIELD_SINCE(resize, STATE_TEXT, 4),
    FIELD_SINCE(whole, STATE_INT, 5),
    FIELD_SINCE(is_best, STATE_INT, 5),
    FIELD_SINCE(keep, STATE_INT, 5),
#undef FIELD
#undef FIELD_SINCE
};
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

uint64_t state_sum(const char *data, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	return h;
}

void state_encode(const struct state *st, struct strbuf *out)
{
	size_t start = out->len;
	strbuf_addf(out, "%s%d\n", magic, VERSION);
	for (size_t i = 0; i < N_FIELDS; i++) {
		const void *at = (const char *)st + fields[i].offset;
		strbuf_addf(out, "%s ", fields[i].name);
		switch (fields[i].type) {
		case STATE_INT:
		case STATE_SEED:
			strbuf_addf(out, "%" PRId64 "\n", *(const int64_t *)at);
			break;
		case STATE_DOUBLE:
			strbuf_addf(out, "%a\n", *(const double *)at);
			break;
		case STATE_TEXT:
			strbuf_addf(out, "%s\n", (const char *)at);
			break;
		case STATE_HEX:
			strbuf_addf(out, "%016" PRIx64 "\n", *(const uint64_t *)at);
			break;
		}
	}
	strbuf_addf(out, "bytes %zu\n", st->momentum.len);
	strbuf_add(out, st->momentum.buf, st->momentum.len);
	strbuf_addf(out, "%016" PRIx64 "\n", state_sum(out->buf + start, out->len - start));
}

/* Read the value of one text line into its field; false when it is not one. */
static bool read_value(struct state *st, const struct state_field *f, const char *text)
{
	void *at = (char *)st + f->offset;
	char *end = NULL;
	int64_t n;
	switch (f->type) {
	case STATE_INT:
	case STATE_SEED:
		n = strtoll(text, &end, 10);
		if (f->type == STATE_INT && (n < -STATE_INT_MAX || n > STATE_INT_MAX))
			return false;
		*(int64_t *)at = n;
		break;
	case STATE_DOUBLE:
		*(double *)at = strtod(text, &end);
		break;
	case STATE_HEX:
		*(uint64_t *)at = strtoull(text, &end, 16);
		break;
	case STATE_TEXT:
		if (strlen(text) >= f->size)
			return false;
		strcpy(at, text);
		return true;
	}
	return end && end != text && !*end;
}

/* Take the line "NAME VALUE\n" at *p; the value is copied to `value`. */
static bool take_line(const char **p, const char *end, const char *name, char *value, size_t size)
{
	const char *nl = memchr(*p, '\n', (size_t)(end - *p));
	size_t n = strlen(name), len = nl ? (size_t)(nl - *p) : 0;
	if (!nl || len < n + 1 || memcmp(*p, name, n) != 0 || (*p)[n] != ' ' || len - n - 1 >= size)
		return false;
	memcpy(value, *p + n + 1, len - n - 1);
	value[len - n - 1] = '\0';
	*p = nl + 1;
	return true;
}

static bool decode(struct state *st, const char *data, size_t len)
{
	char value[sizeof(st->scales)], sum[32];
	const size_t tail = 17, head = sizeof(magic) + 1;
	if (len < head + tail || memcmp(data, magic, head - 2) != 0 || data[head - 1] != '\n')
		return false;
	int version = data[head - 2] - '0';
	if (version < 1 || version > VERSION)
		return false;
	snprintf(sum, sizeof(sum), "%016" PRIx64 "\n", state_sum(data, len - tail));
	if (memcmp(sum, data + len - tail, tail) != 0)
		return false;
	const char *p = data + head, *end = data + len - tail;
	st->version = version;
	for (size_t i = 0; i < N_FIELDS; i++)
		if (fields[i].since <= version &&
		    (!take_line(&p, end, fields[i].name, value, sizeof(value)) ||
		     !read_value(st, &fields[i], value)))
			return false;
	if (!take_line(&p, end, "bytes", value, sizeof(value)) ||
	    strtoull(value, NULL, 10) != (size_t)(end - p))
		return false;
	strbuf_add(&st->momentum, p, (size_t)(end - p));
	return true;
}

enum err state_decode(struct state *st, const char *data, size_t len, struct errinfo *e)
{
	*st = (struct state){.momentum = STRBUF_INIT};
	if (decode(st, data, len))
		return ERR_OK;
	state_release(st);
	return err_set(e, ERR_FORMAT, "not a thaw .state file, or a damaged one");
}

void state_release(struct state *st)
{
	strbuf_release(&st->momentum);
	*st = (struct state){.momentum = STRBUF_INIT};
}
