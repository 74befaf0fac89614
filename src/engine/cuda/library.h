/* Shared libraries of NVIDIA's, looked for where they are put: by apt, pip, conda, a toolkit. */
#ifndef THAW_ENGINE_CUDA_LIBRARY_H
#define THAW_ENGINE_CUDA_LIBRARY_H

#include "thaw/base/err.h"

#include <stddef.h>

/* Open `name` (e.g. "libcudnn.so.9"): from the folder that the environment variable `variable` names
 * (only there, when it is set), by the loader's path, then from $CUDA_PATH/lib64, $CONDA_PREFIX/lib,
 * the packages "nvidia" of the Pythons of $CONDA_PREFIX, $VIRTUAL_ENV, the user and the system. NULL: it is nowhere; `why` says so, with the loader's words if a file was there
 * and did not load. */
void *library_open(const char *name, const char *variable, struct errinfo *why);

/* Each name[i] of `lib` to to[i], a function pointer. Errors: ERR_NOT_FOUND, the first that it lacks. */
enum err library_functions(void *lib, const char *const *name, size_t n, void *to,
			   struct errinfo *e);

#endif
