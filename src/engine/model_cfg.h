/* The text of a Darknet cfg: lines, sections and options, kept so that a change touches only what
 * it means to.
 *
 * It is read as Darknet reads it (parser.c read_cfg(): blanks anywhere are dropped, the first of
 * two equal options counts), but what Darknet would skip or fall over is an error here, and a
 * comment behind a section or a value, which Darknet takes for a part of it, is a comment. It knows
 * nothing of layers (model_shape.h). Invariant: cfg_write() of an unchanged cfg gives the same
 * text, but for a newline at the end, and for such comments: each has a line of its own above.
 */
#ifndef THAW_ENGINE_MODEL_CFG_H
#define THAW_ENGINE_MODEL_CFG_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

struct cfg_line {
	char *text;          /* without newline; NULL = dropped */
	char *comment;       /* what stood behind it, from # or ; on; NULL = nothing */
	struct strbuf after; /* whole lines that were put in after it */
};

struct cfg_option {
	char *key, *value; /* without blanks and comment */
	int line;          /* 1-based */
};

struct cfg_section {
	char *type; /* "convolutional" */
	int line;   /* 1-based */
	struct cfg_option *options;
	size_t n_options, cap_options;
};

struct cfg {
	char *name; /* for messages */
	struct cfg_line *lines;
	size_t n_lines, cap_lines;
	struct cfg_section *sections; /* [0] is [net]; layer i is sections[i + 1] */
	size_t n_sections, cap_sections;
};

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (e->line); msg is "NAME:LINE: what". On error *out is
 * empty. */
enum err cfg_read(struct cfg *out, const char *path, struct errinfo *e);
enum err cfg_parse(struct cfg *out, const char *name, const char *text, size_t len,
		   struct errinfo *e);
void cfg_release(struct cfg *c);

/* "NAME:LINE: …" with e->line set. */
enum err cfg_error(const struct cfg *c, int line, enum err code, struct errinfo *e, const char *fmt,
		   ...) __attribute__((format(printf, 5, 6)));

const struct cfg_option *cfg_find(const struct cfg_section *s,
				  const char *key); /* NULL when absent */

/* Change the text only; the parsed sections stay as they were read. Line and option numbers refer
 * to them. */
void cfg_set(struct cfg *c, const struct cfg_section *s, const char *key,
	     const char *value); /* adds it if absent */
void cfg_drop(struct cfg *c, const struct cfg_section *s, const char *key);
void cfg_insert_before(struct cfg *c, const struct cfg_section *s, const char *text);
void cfg_truncate_after(
    struct cfg *c, const struct cfg_section *s); /* drop what follows the section's last option */
void cfg_append(struct cfg *c, const char *text);
void cfg_write(const struct cfg *c, struct strbuf *out);

/* Parse what cfg_write() gives. Its names and line numbers are those of `c`, what was put in having
 * the line that it was put after: for messages, and not to be changed again. Errors: as
 * cfg_parse(). */
enum err cfg_parse_changed(struct cfg *out, const struct cfg *c, struct errinfo *e);

#endif
