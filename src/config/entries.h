/* What an experiment file and `--set` gave, flat: "phases.0.lr" -> "0.01", each with its place.
 *
 * Keys are known settings, lists or groups; values are not looked at here.
 * Invariant: no key twice; texts are UTF-8 without control characters.
 */
#ifndef THAW_CONFIG_ENTRIES_H
#define THAW_CONFIG_ENTRIES_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

struct entry {
	char *key;     /* "" is the whole file */
	char *text;    /* NULL for groups and list items */
	bool quoted;   /* text stood in quotes */
	int line, col; /* of the value (of a group: its key), 1-based */
	char *set;     /* the --set that gave it, else NULL */
};

struct entries {
	char *file;
	struct entry *items;
	size_t n, cap;
	size_t n_phases;
};

void entries_init(struct entries *en, const char *file);
void entries_release(struct entries *en);

struct entry *entries_find(const struct entries *en, const char *key);

/* The entry, or the nearest group around it that was written, or NULL. */
const struct entry *entries_around(const struct entries *en, const char *key);

struct entry *entries_add(struct entries *en, const char *key, const char *text, int line, int col);

/* Fill `e` with the place of `at` ("FILE:LINE:COLUMN: " or "--set TEXT: "; NULL: "FILE: ") and a
 * message. `col` is the 1-based place inside the text, 0 for the whole. Returns `code`. */
enum err entries_err(const struct entries *en, const struct entry *at, int col, struct errinfo *e,
		     enum err code, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* Append the place alone. */
void entries_place(const struct entries *en, const struct entry *at, int col, struct strbuf *out);

/* Apply "key.path=value" over what is there. Errors: ERR_VALUE */
enum err entries_set(struct entries *en, const char *set, struct errinfo *e);

/* Whether `text` may be a key or a value. */
bool text_is_clean(const char *text, size_t len);

/* yaml.c: read one YAML document of `len` bytes. Errors: ERR_FORMAT, ERR_VALUE */
enum err entries_read_yaml(struct entries *en, const char *data, size_t len, struct errinfo *e);

#endif
