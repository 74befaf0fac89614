#include "state.h"
#include "thaw/base/fnv.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 7
#define BEST_BY 7 /* the first version that says by which figure the best is */
static const char magic[] = "thaw-state "; /* then the version and a newline */

#define STATE_INT_MAX INT64_C(1000000000000000) /* of what is counted; the seed is any 64 bits */

/* How a field is written, and read: false when the text is none of its kind. `size`: of a text. */
struct state_type {
	void (*write)(const void *at, struct strbuf *out);
	bool (*read)(void *at, size_t size, const char *text);
};

static void write_seed(const void *at, struct strbuf *out)
{
	strbuf_addf(out, "%" PRId64, *(const int64_t *)at);
}

static bool read_seed(void *at, size_t size, const char *text)
{
	char *end;
	(void)size;
	*(int64_t *)at = strtoll(text, &end, 10);
	return end != text && !*end;
}

static bool read_int(void *at, size_t size, const char *text)
{
	int64_t *n = at;
	return read_seed(n, size, text) && *n >= -STATE_INT_MAX && *n <= STATE_INT_MAX;
}

static void write_double(const void *at, struct strbuf *out)
{
	strbuf_addf(out, "%a", *(const double *)at);
}

static bool read_double(void *at, size_t size, const char *text)
{
	char *end;
	(void)size;
	*(double *)at = strtod(text, &end);
	return end != text && !*end;
}

static void write_hex(const void *at, struct strbuf *out)
{
	strbuf_addf(out, "%016" PRIx64, *(const uint64_t *)at);
}

static bool read_hex(void *at, size_t size, const char *text)
{
	char *end;
	(void)size;
	*(uint64_t *)at = strtoull(text, &end, 16);
	return end != text && !*end;
}

static void write_text(const void *at, struct strbuf *out)
{
	strbuf_addstr(out, at);
}

static bool read_text(void *at, size_t size, const char *text)
{
	size_t len = strlen(text);
	if (len < size)
		memcpy(at, text, len + 1);
	return len < size;
}

static const struct state_type STATE_INT = {write_seed, read_int},
			       STATE_SEED = {write_seed, read_seed},
			       STATE_DOUBLE = {write_double, read_double},
			       STATE_HEX = {write_hex, read_hex},
			       STATE_TEXT = {write_text, read_text};

static const struct state_field {
	const char *name;
	const struct state_type *type;
	size_t offset, size;
	int since; /* the version that has it */
} fields[] = {
#define FIELD_SINCE(name, type, since)                                                             \
	{                                                                                          \
#name, &type, offsetof(struct state, name), sizeof(((struct state *)0)->name),     \
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
    FIELD_SINCE(thaw_every, STATE_INT, 6),
    FIELD_SINCE(held, STATE_TEXT, 6),
    FIELD_SINCE(optimizer, STATE_TEXT, 6),
    FIELD_SINCE(undo, STATE_TEXT, 6),
    FIELD_SINCE(best_score, STATE_DOUBLE, 7),
    FIELD_SINCE(best_by, STATE_TEXT, 7),
    FIELD_SINCE(rules, STATE_TEXT, 7),
    FIELD_SINCE(ending, STATE_TEXT, 7),
    FIELD_SINCE(weights_length, STATE_INT, 7),
#undef FIELD
#undef FIELD_SINCE
};
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

void state_encode(const struct state *st, struct strbuf *out)
{
	size_t start = out->len;
	strbuf_addf(out, "%s%d\n", magic, VERSION);
	for (size_t i = 0; i < N_FIELDS; i++) {
		strbuf_addf(out, "%s ", fields[i].name);
		fields[i].type->write((const char *)st + fields[i].offset, out);
		strbuf_addch(out, '\n');
	}
	strbuf_addf(out, "bytes %zu\n", st->momentum.len);
	strbuf_add(out, st->momentum.buf, st->momentum.len);
	strbuf_addf(out, "%016" PRIx64 "\n", fnv(out->buf + start, out->len - start));
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

/* What a file that cannot be read looks like. */
static const char *what_is_wrong(const char *data, size_t len)
{
	size_t zeros = 0, n = len < sizeof(magic) - 1 ? len : sizeof(magic) - 1;
	while (zeros < len && !data[zeros])
		zeros++;
	if (!len)
		return "it is empty";
	if (zeros == len)
		return "it holds nothing but zeros, as after a loss of power";
	if (memcmp(data, magic, n) != 0)
		return "not a thaw .state file, or a damaged one";
	return "it is cut short or damaged: its checksum is not that of its bytes";
}

static bool decode(struct state *st, const char *data, size_t len)
{
	char value[sizeof(st->undo)], sum[32];
	const size_t tail = 17, head = sizeof(magic) + 1;
	if (len < head + tail || memcmp(data, magic, head - 2) != 0 || data[head - 1] != '\n')
		return false;
	int version = data[head - 2] - '0';
	if (version < 1 || version > VERSION)
		return false;
	snprintf(sum, sizeof(sum), "%016" PRIx64 "\n", fnv(data, len - tail));
	if (memcmp(sum, data + len - tail, tail) != 0)
		return false;
	const char *p = data + head, *end = data + len - tail;
	st->version = version;
	for (size_t i = 0; i < N_FIELDS; i++)
		if (fields[i].since <= version &&
		    (!take_line(&p, end, fields[i].name, value, sizeof(value)) ||
		     !fields[i].type->read((char *)st + fields[i].offset, fields[i].size, value)))
			return false;
	if (!take_line(&p, end, "bytes", value, sizeof(value)) ||
	    strtoull(value, NULL, 10) != (size_t)(end - p))
		return false;
	strbuf_add(&st->momentum, p, (size_t)(end - p));
	return true;
}

enum err state_decode(struct state *st, const char *data, size_t len, struct errinfo *e)
{
	*st = (struct state){.optimizer = "sgd", .best_by = "accuracy", .momentum = STRBUF_INIT};
	if (decode(st, data, len)) {
		st->best_score = st->version < BEST_BY ? st->best_acc : st->best_score;
		return ERR_OK;
	}
	state_release(st);
	return err_set(e, ERR_FORMAT, "%s", what_is_wrong(data, len));
}

void state_release(struct state *st)
{
	strbuf_release(&st->momentum);
	*st = (struct state){.momentum = STRBUF_INIT};
}
