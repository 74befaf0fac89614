/* A person's own keys: $XDG_CONFIG_HOME/thaw/keys.yaml. */
#ifndef THAW_MAIN_THAW_KEYS_H
#define THAW_MAIN_THAW_KEYS_H

#include "thaw/base/err.h"
#include "thaw/base/keymap.h"

/* Read them and put them in force; without such a file *m is empty and the table's keys hold.
 * Errors: ERR_IO, ERR_FORMAT, ERR_VALUE with file, line and column; *m is empty then */
enum err keys_read(struct keymap *m, struct errinfo *e);

#endif
