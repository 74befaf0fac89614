/* The runs of this machine, as `thaw tap` tells them to a browser on another one. */
#ifndef THAW_MAIN_THAW_TAP_LIST_H
#define THAW_MAIN_THAW_TAP_LIST_H

#include "thaw/wire/tap.h"

struct tap_list;

/* The runs in a folder; NULL: those under runs/ and in the folders that are remembered here. */
struct tap_list *tap_list_new(const char *runs);
void tap_list_free(struct tap_list *l);

tap_list_fn tap_list_tell; /* arg: struct tap_list */

#endif
