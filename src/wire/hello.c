#include "hello.h"
#include "thaw/event/record.h"
#include "thaw/wire/control_server.h"

#include <string.h>
#include <unistd.h>

#define KIND "control"

static const struct field fields[] = {
    FIELD_STRING_ROW(struct hello, thaw),        FIELD_INT_ROW(struct hello, version),
    FIELD_STRING_ROW(struct hello, run),         FIELD_INT_ROW(struct hello, pid),
    FIELD_OPT_STRING_ROW(struct hello, unsaved), FIELD_BOOL_ROW(struct hello, asks),
    FIELD_BOOL_ROW(struct hello, controls),
};
static const struct record record = RECORD_OF(struct hello, fields);

void hello_encode(const char *run, const char *unsaved, struct strbuf *out)
{
	const struct hello h = {.thaw = KIND,
				.version = CONTROL_VERSION,
				.run = run,
				.pid = getpid(),
				.unsaved = unsaved,
				.asks = true,
				.controls = true};
	record_encode(&record, &h, out);
	strbuf_addch(out, '\n');
}

enum err hello_decode(struct hello *h, const char *line, size_t len, struct errinfo *e)
{
	enum err r = record_decode(&record, h, line, len, NULL, e);
	if (r)
		return r;
	if (strcmp(h->thaw, KIND) != 0)
		r = err_set(e, ERR_FORMAT, "what answers is not a thaw trainer");
	else if (h->version != CONTROL_VERSION)
		r = err_set(e, ERR_MISMATCH,
			    "the trainer speaks control version %lld and this program version %d; "
			    "use the thaw that started the run",
			    (long long)h->version, CONTROL_VERSION);
	if (r)
		hello_release(h);
	return r;
}

void hello_release(struct hello *h)
{
	record_release(&record, h);
}

static const struct field viewer_fields[] = {
    FIELD_BOOL_ROW(struct introduction, viewer),
    FIELD_OPT_STRING_ROW(struct introduction, who),
    FIELD_BOOL_ROW(struct introduction, watch),
};
static const struct field take_fields[] = {FIELD_BOOL_ROW(struct introduction, take)};
static const struct field all_fields[] = {
    FIELD_BOOL_ROW(struct introduction, viewer),
    FIELD_OPT_STRING_ROW(struct introduction, who),
    FIELD_BOOL_ROW(struct introduction, watch),
    FIELD_BOOL_ROW(struct introduction, take),
};
static const struct record viewer_record = RECORD_OF(struct introduction, viewer_fields);
static const struct record take_record = RECORD_OF(struct introduction, take_fields);
static const struct record all_record = RECORD_OF(struct introduction, all_fields);

void introduction_encode(const struct introduction *in, struct strbuf *out)
{
	record_encode(in->take ? &take_record : &viewer_record, in, out);
	strbuf_addch(out, '\n');
}

bool introduction_decode(struct introduction *in, const char *line, size_t len)
{
	if (record_decode(&all_record, in, line, len, NULL, NULL))
		return false;
	if (in->viewer || in->who || in->take)
		return true;
	introduction_release(in);
	return false;
}

void introduction_release(struct introduction *in)
{
	record_release(&all_record, in);
}
