/* The address of a Unix socket that is a file of a folder, however long the way there. No link is
 * followed: what is connected to is a socket of that folder. Private to the wire room.
 */
#ifndef THAW_WIRE_ADDRESS_H
#define THAW_WIRE_ADDRESS_H

#include "thaw/base/folder.h"

/* bind(2); false leaves errno: ENAMETOOLONG (of the name), EADDRINUSE, … */
bool address_bind(const struct folder *f, const char *name, int fd);

/* connect(2); false leaves errno, besides: ELOOP (a link), ENOTSOCK, EMLINK (a hard link, so
 * perhaps another run's socket). */
bool address_connect(const struct folder *f, const char *name, int fd);

#endif
