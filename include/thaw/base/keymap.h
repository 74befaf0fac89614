/* A person's keys as their file has them: action names and key names, not yet checked against the
 * actions that there are. Ownership: everything belongs to the keymap. */
#ifndef THAW_BASE_KEYMAP_H
#define THAW_BASE_KEYMAP_H

#include <stddef.h>

#define KEYMAP_MAX_KEYS 4 /* of one action */

struct keymap_key {
	char *name;
	int line, col; /* 1-based */
};

struct keymap_entry { /* one action; "none" gives it no key */
	char *action;
	int line, col;
	struct keymap_key keys[KEYMAP_MAX_KEYS];
	size_t n_keys;
};

struct keymap {
	char *file; /* for messages */
	struct keymap_entry *items;
	size_t n;
};

void keymap_release(struct keymap *m); /* back to empty */

#endif
