/* Reads a person's keys: `freeze: f`, `undo: [u, ctrl-z]`, `quit: none`, one action a line.
 *
 * The viewer (action_rebind()) checks that there are such actions and keys.
 */
#ifndef THAW_CONFIG_KEYMAP_H
#define THAW_CONFIG_KEYMAP_H

#include "thaw/base/err.h"
#include "thaw/base/keymap.h"

#define KEYMAP_MAX_ACTIONS 256

/* Read `path`; release *m with keymap_release(). A file that holds nothing, or comments alone,
 * gives an empty keymap.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_VALUE with "FILE:LINE:COLUMN: " in front; *m is
 * empty then */
enum err keymap_load(struct keymap *m, const char *path, struct errinfo *e);

/* The same from bytes; `file` is for messages. */
enum err keymap_parse(struct keymap *m, const char *file, const char *data, size_t len,
		      struct errinfo *e);

#endif
