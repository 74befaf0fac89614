/* The version of both programs, as `thaw --version` and the `run` event tell it. */
#ifndef THAW_BASE_VERSION_H
#define THAW_BASE_VERSION_H

#define THAW_VERSION "0.1.0"

#endif
