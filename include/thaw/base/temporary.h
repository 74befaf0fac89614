/* Bytes that a library reads from a path: a file in memory, which nobody else can open and which is
 * gone with the program, however that ends. Where there is no /proc to name it by, a new file in a
 * new folder of this user's own (0700) below TMPDIR; a kill leaves that behind.
 */
#ifndef THAW_BASE_TEMPORARY_H
#define THAW_BASE_TEMPORARY_H

#include "thaw/base/err.h"

#include <stddef.h>

struct temporary {
	char *path; /* to read it by; NULL when there is none */
	char *folder; /* to be removed with it; NULL: the file is in memory */
	int fd;
};

/* Errors: ERR_IO; there is nothing to remove then, but it may be tried. `name` tells what it is
 * for. */
enum err temporary_make(struct temporary *t, const char *name, const void *data, size_t len,
			struct errinfo *e);
void temporary_remove(struct temporary *t);

#endif
