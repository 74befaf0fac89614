/* What the name of a file or folder tells, before anything is opened.
 *
 * Junk is never a picture nor a class, wherever it lies; company is known to lie beside pictures;
 * any other file may be a picture, and the audit looks.
 */
#ifndef THAW_SRC_DATA_FILENAME_H
#define THAW_SRC_DATA_FILENAME_H

#include <stdbool.h>

bool filename_is_junk(const char *name);    /* file or folder; hidden ones are junk, too */
bool filename_is_company(const char *name); /* a file */
bool filename_is_picture(const char *name); /* a file: it ends as pictures do */

/* True when a component of a path that somebody wrote down is junk: not for being hidden. */
bool path_is_junk(const char *path);

#endif
