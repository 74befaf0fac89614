/* What changes whenever one of several files does. */
#ifndef IMPORT_STAMP_H
#define IMPORT_STAMP_H

#include "importer.h"

/* A file that is not there adds nothing. */
void stamp_add(struct import_stamp *to, const char *path);

#endif
