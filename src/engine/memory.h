/* Numbers on their way between the host and a backend: no copy where both share their memory.
 */
#ifndef THAW_ENGINE_MEMORY_H
#define THAW_ENGINE_MEMORY_H

#include "backend.h"

/* Memory that grows; what it held is lost then. Begins empty. */
struct room {
	float *at;
	size_t floats;
};

/* Room for n floats of the backend's memory. Owns: free with room_release(). */
float *room_for(const struct backend *b, struct room *r, size_t n);
void room_release(const struct backend *b, struct room *r);

/* The n floats at `at`, the backend's, where the host can read them: right there, or in `copy`,
 * which is the host's (free its `at`). Good until `copy` is used again. */
const float *memory_view(const struct backend *b, const float *at, size_t n, struct room *copy);

/* The other way: n floats of the host's where kernels can read them, `copy` being the backend's. */
const float *memory_lend(const struct backend *b, const float *host, size_t n, struct room *copy);

#endif
