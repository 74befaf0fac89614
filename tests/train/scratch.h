/* A directory of a test's own, removed with all that is in it. */
#ifndef THAW_TESTS_SCRATCH_H
#define THAW_TESTS_SCRATCH_H

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static inline char *scratch_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = path_join(tmp && *tmp ? tmp : P_tmpdir, "thaw-test-XXXXXX");
	char *made = mkdtemp(dir);
	assert(made);
	return dir;
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int kind,
				     struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static inline void scratch_free(char *dir)
{
	nftw(dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

#endif
