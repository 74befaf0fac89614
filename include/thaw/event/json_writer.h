/* One JSON text, written as it comes: objects, arrays and values, a call each, no tree. `text` is
 * whole when what was begun first has ended.
 *
 * Each call takes the key of a member of an object, NULL for an element of an array or for the
 * whole text. Strings are escaped by the rule of plain.h, whatever bytes they are.
 *
 * For reports, not for logs: those are written by record.h, where a double reads back to the bit
 * and NaN has a word. Here a double has 15 digits where they tell it to its last bit or the one
 * beside it, else 17, and what JSON has no number for is null.
 */
#ifndef THAW_EVENT_JSON_WRITER_H
#define THAW_EVENT_JSON_WRITER_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
	struct strbuf text;
	bool pretty; /* members on lines of their own, indented by tabs; else all on one line */
	bool more;   /* something stands before in the same object or array */
	int depth;
};

#define JSON_WRITER_INIT                                                                           \
	{                                                                                          \
		.text = STRBUF_INIT                                                                \
	}
#define JSON_WRITER_PRETTY                                                                         \
	{                                                                                          \
		.text = STRBUF_INIT, .pretty = true                                                \
	}

void json_begin_object(struct json_writer *w, const char *key);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w, const char *key);
void json_end_array(struct json_writer *w);

void json_put_string(struct json_writer *w, const char *key, const char *s);
void json_put_int(struct json_writer *w, const char *key, int64_t v);
void json_put_double(struct json_writer *w, const char *key, double v);
void json_put_bool(struct json_writer *w, const char *key, bool v);
void json_put_null(struct json_writer *w, const char *key);

/* Print what was written, end its line, and release it. */
void json_writer_print(struct json_writer *w, FILE *out);

#endif
