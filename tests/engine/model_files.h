/* A cfg and a weights file that a test writes, and the cfgs that Darknet brings. */
#ifndef THAW_TESTS_ENGINE_MODEL_FILES_H
#define THAW_TESTS_ENGINE_MODEL_FILES_H

#include "../train/scratch.h"
#include "thaw/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CFGS "/usr/share/darknet/cfg/"

static char *tmp, *tmp_cfg, *tmp_file; /* a directory, and the two in it */

static inline int make_files(void **state)
{
	(void)state;
	tmp = scratch_new();
	tmp_cfg = path_join(tmp, "c");
	tmp_file = path_join(tmp, "w");
	return 0;
}

static inline int remove_files(void **state)
{
	(void)state;
	scratch_free(tmp);
	free(tmp_cfg);
	free(tmp_file);
	return 0;
}

static inline void write_bytes(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* Weights of the given size, all zero but for the header; sparse. */
static inline void write_zeros(uint64_t size)
{
	const int32_t header[5] = {0, 2, 0, 77, 1}; /* seen = 2^32 + 77 */
	write_bytes(tmp_file, header, sizeof(header));
	assert_int_equal(truncate(tmp_file, (off_t)size), 0);
}

#endif
