#include "tap_status.h"

#include "thaw/event/record.h"

static const struct field fields[] = {
    FIELD_BOOL_ROW(struct tap_status, live),
    FIELD_BOOL_ROW(struct tap_status, listens),
    FIELD_BOOL_ROW(struct tap_status, whole),
    FIELD_AMOUNT_ROW(struct tap_status, size),
};
static const struct record record = RECORD_OF(struct tap_status, fields);

void tap_status_encode(const struct tap_status *s, struct strbuf *out)
{
	record_encode(&record, s, out);
}

enum err tap_status_decode(struct tap_status *s, const char *text, size_t len, struct errinfo *e)
{
	return record_decode(&record, s, text, len, NULL, e);
}
