#include "wandb_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool wandb_record_decode(struct wandb_record *out, const void *data, size_t len)
{
	static const struct {
		uint32_t field;
		enum wandb_kind kind;
	} kinds[] = {{2, WANDB_HISTORY}, {17, WANDB_RUN}, {18, WANDB_EXIT}};
	struct protobuf m = protobuf_of(data, len);
	struct protobuf_field f;
	*out = (struct wandb_record){WANDB_OTHER, protobuf_of(data, 0)};
	while (protobuf_next(&m, &f))
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			if (f.number == kinds[i].field && f.wire == PROTOBUF_BYTES)
				*out = (struct wandb_record){kinds[i].kind, f.sub};
	return !m.bad;
}

void wandb_item_init(struct wandb_item *i)
{
	*i = (struct wandb_item){.key = STRBUF_INIT, .json = STRBUF_INIT};
}

void wandb_item_release(struct wandb_item *i)
{
	strbuf_release(&i->key);
	strbuf_release(&i->json);
}

/* JSON's numbers, and what Python writes of those that JSON has no word for, in quotes or bare. */
static struct opt_double number(const char *json)
{
	static const struct {
		const char *text;
		double value;
	} odd[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
	size_t quote = json[0] == '"', len = strlen(json);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		if (strncmp(json + quote, odd[i].text, strlen(odd[i].text)) == 0 &&
		    len == strlen(odd[i].text) + 2 * quote)
			return opt_of(odd[i].value);
	if (len == 0 || strspn(json, "+-.0123456789eE") != len || !strpbrk(json, "0123456789"))
		return (struct opt_double){0};
	char *end;
	double v = strtod(json, &end);
	return *end ? (struct opt_double){0} : opt_of(v);
}

static void add_text(struct strbuf *out, const struct protobuf_field *f, const char *before)
{
	char *text = protobuf_text(f);
	if (out->len)
		strbuf_addstr(out, before);
	strbuf_addstr(out, text);
	free(text);
}

static void read_item(struct protobuf m, struct wandb_item *out)
{
	struct protobuf_field f;
	strbuf_reset(&out->key);
	strbuf_reset(&out->json);
	while (protobuf_next(&m, &f)) {
		if (f.wire != PROTOBUF_BYTES)
			continue;
		if (f.number == 1 || f.number == 2)
			add_text(&out->key, &f, ".");
		else if (f.number == 16)
			add_text(&out->json, &f, "");
	}
	out->number = number(out->json.buf);
}

bool wandb_item_next(struct protobuf *body, struct wandb_item *out)
{
	struct protobuf_field f;
	while (protobuf_next(body, &f)) {
		if (f.number != 1 || f.wire != PROTOBUF_BYTES)
			continue;
		read_item(f.sub, out);
		if (out->key.len)
			return true;
	}
	return false;
}

/* The number in field 1; 0 is not written. */
static int64_t first_number(struct protobuf m)
{
	struct protobuf_field f;
	int64_t v = 0;
	while (protobuf_next(&m, &f))
		if (f.number == 1 && f.wire == PROTOBUF_VARINT)
			v = (int64_t)f.value;
	return v;
}

struct opt_double wandb_history_step(struct protobuf body)
{
	struct protobuf_field f;
	struct opt_double step = {0};
	while (protobuf_next(&body, &f))
		if (f.number == 2 && f.wire == PROTOBUF_BYTES)
			step = opt_of((double)first_number(f.sub));
	return step;
}

static int64_t timestamp_ms(struct protobuf m)
{
	int64_t seconds = 0, nanos = 0;
	struct protobuf_field f;
	while (protobuf_next(&m, &f)) {
		if (f.number == 1 && f.wire == PROTOBUF_VARINT)
			seconds = (int64_t)f.value;
		else if (f.number == 2 && f.wire == PROTOBUF_VARINT)
			nanos = (int64_t)f.value;
	}
	bool sane = seconds > 0 && seconds < INT64_C(1) << 40 && nanos >= 0 && nanos < 1000000000;
	return sane ? seconds * 1000 + nanos / 1000000 : 0;
}

void wandb_run_decode(struct wandb_run *out, struct protobuf body)
{
	struct protobuf_field f;
	*out = (struct wandb_run){.config = protobuf_of(body.at, 0)};
	while (protobuf_next(&body, &f)) {
		if (f.wire != PROTOBUF_BYTES)
			continue;
		if (f.number == 1)
			out->id = f;
		else if (f.number == 3)
			out->project = f;
		else if (f.number == 4)
			out->config = f.sub;
		else if (f.number == 8)
			out->name = f;
		else if (f.number == 13)
			out->host = f;
		else if (f.number == 17)
			out->started_ms = timestamp_ms(f.sub);
	}
}

int64_t wandb_exit_code(struct protobuf body)
{
	return first_number(body);
}
