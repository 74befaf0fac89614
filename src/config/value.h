/* One value of an experiment: from text into its field and back, by the type of its setting. */
#ifndef THAW_CONFIG_VALUE_H
#define THAW_CONFIG_VALUE_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/config/settings.h"

#include <stdbool.h>

/* Text to be read, and what its reading depends on. */
struct value_text {
	const char *text;
	bool quoted;        /* a string for sure, e.g. "0.2" names a folder */
	const char *folder; /* absolute; where relative paths may also start */
};

/* Fill the field of setting `s` in `base` (struct experiment or struct phase_config), whose strings
 * were allocated or NULL before. Errors: ERR_VALUE, "'x' is not …"; e->col is the 1-based place
 * inside the text, 0 = the whole. */
enum err value_read(const struct setting *s, void *base, const struct value_text *v,
		    struct errinfo *e);

/* Append the field as an experiment file writes it; false when it holds nothing to write. */
bool value_write(const struct setting *s, const void *base, struct strbuf *out);

/* Free what value_read() allocated. */
void value_release(const struct setting *s, void *base);

#endif
