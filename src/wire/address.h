/* The address of a Unix socket at a path of any length. Private to the wire room. */
#ifndef THAW_WIRE_ADDRESS_H
#define THAW_WIRE_ADDRESS_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <sys/un.h>

struct address {
	struct sockaddr_un sun;
	int dir; /* open while a long path needs it, else -1 */
};

/* Errors: ERR_IO (no such directory), ERR_VALUE (the name itself is too long). */
enum err address_init(struct address *a, const char *path, struct errinfo *e);
void address_release(struct address *a);

/* bind(2) or connect(2) with it. */
int address_bind(const struct address *a, int fd);
int address_connect(const struct address *a, int fd);

#endif
