/* What a host says, on its way into a remote. Private to wire, and to who feeds it anything.
 */
#ifndef THAW_WIRE_REMOTE_TAKE_H
#define THAW_WIRE_REMOTE_TAKE_H

#include "thaw/wire/remote.h"

void remote_take(struct remote *r, const char *bytes, size_t n);

#endif
