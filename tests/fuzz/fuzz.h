/* What the fuzz targets share. A target, fuzz_NAME.c, is one function that takes any bytes and must
 * bear them: no crash, no report of a sanitizer, and what a FUZZ_TRUE() says holds.
 *
 * `make fuzz` drives the targets with clang's libFuzzer; in `make test` each is a program of its
 * own that replays seeds/NAME: what a run begins with, and every input that ever failed (replay.c).
 */
#ifndef THAW_TESTS_FUZZ_H
#define THAW_TESTS_FUZZ_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_TRUE(condition)                                                                       \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* A file of this process, in a folder of its own that goes when the process ends. The path lives as
 * long as the process. */
const char *fuzz_path(const char *name);
/* The same with these bytes in it. */
const char *fuzz_file(const char *name, const uint8_t *data, size_t size);

/* A copy with a NUL behind it; the caller frees it. */
char *fuzz_text(const uint8_t *data, size_t size);

/* Cut the part before the next NUL off *data; the last part is what is left. Parts are how an input
 * brings several texts. */
struct fuzz_part {
	const uint8_t *data;
	size_t size;
};
struct fuzz_part fuzz_part(const uint8_t **data, size_t *size);

#endif
