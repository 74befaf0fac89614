#include "thaw/event/json_writer.h"

#include "json.h"
#include "thaw/base/say.h"

static void new_line(struct json_writer *w)
{
	strbuf_addch(&w->text, '\n');
	for (int i = 0; i < w->depth; i++)
		strbuf_addch(&w->text, '\t');
}

/* What goes before a value. */
static void next(struct json_writer *w, const char *key)
{
	if (w->more)
		strbuf_addch(&w->text, ',');
	if (key && w->pretty)
		new_line(w);
	else if (w->more && w->pretty)
		strbuf_addch(&w->text, ' ');
	w->more = true;
	if (!key)
		return;
	json_add_string(&w->text, key);
	strbuf_addstr(&w->text, w->pretty ? ":\t" : ":");
}

static void begin(struct json_writer *w, const char *key, char bracket)
{
	next(w, key);
	strbuf_addch(&w->text, bracket);
	w->depth++;
	w->more = false;
}

static void end(struct json_writer *w, char bracket)
{
	strbuf_addch(&w->text, bracket);
	w->more = true;
}

void json_begin_object(struct json_writer *w, const char *key)
{
	begin(w, key, '{');
}

void json_end_object(struct json_writer *w)
{
	w->depth--;
	if (w->pretty)
		new_line(w);
	end(w, '}');
}

void json_begin_array(struct json_writer *w, const char *key)
{
	begin(w, key, '[');
}

void json_end_array(struct json_writer *w)
{
	w->depth--;
	end(w, ']');
}

void json_put_string(struct json_writer *w, const char *key, const char *s)
{
	next(w, key);
	json_add_string(&w->text, s);
}

void json_put_int(struct json_writer *w, const char *key, int64_t v)
{
	next(w, key);
	json_add_int(&w->text, v);
}

void json_put_double(struct json_writer *w, const char *key, double v)
{
	next(w, key);
	json_add_figure(&w->text, v);
}

void json_put_bool(struct json_writer *w, const char *key, bool v)
{
	next(w, key);
	strbuf_addstr(&w->text, v ? "true" : "false");
}

void json_put_null(struct json_writer *w, const char *key)
{
	next(w, key);
	strbuf_addstr(&w->text, "null");
}

void json_writer_print(struct json_writer *w, FILE *out)
{
	say_json(out, w->text.buf);
	strbuf_release(&w->text);
}
