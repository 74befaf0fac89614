#include "backend.h"

/* Best first. */
static const struct backend *const backends[] = {&cpu_backend};

const struct backend *backend_default(void)
{
	return backends[0];
}
