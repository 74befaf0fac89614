/* The file that says what a folder of drawn flowers holds: what was asked for, one a line, then
 * "complete". */
#ifndef THAW_SRC_DRAW_MANIFEST_H
#define THAW_SRC_DRAW_MANIFEST_H

#include "thaw/base/strbuf.h"
#include "thaw/draw/album.h"

/* Another number when the same request gives other pictures. */
#define MANIFEST_TITLE "thaw-flowers 3"

enum folder_state { FOLDER_EMPTY, FOLDER_FOREIGN, FOLDER_OURS };

struct folder {
	enum folder_state state;
	bool same;            /* complete, and what is asked for now */
	int n_train, n_valid; /* pictures it was to hold */
};

/* What is at a->out. Errors: ERR_IO. */
enum err manifest_look(const struct album *a, struct folder *f, struct errinfo *e);

/* Write it: first without, in the end with its last line. Errors: ERR_IO. */
enum err manifest_write(const struct album *a, bool complete, struct errinfo *e);

#endif
