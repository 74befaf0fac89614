/* The card of the tests: the stand-in, or with THAW_TEST_CARD=1 the machine's. */
#ifndef THAW_TESTS_ENGINE_CARD_H
#define THAW_TESTS_ENGINE_CARD_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where its libraries are: beside this test's directory. */
static inline const char *standin_folder(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 16);
	path[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2 && strrchr(path, '/'); up++)
		*strrchr(path, '/') = '\0';
	return strcat(path, "/standin");
}

static inline bool card_is_real(void)
{
	const char *wanted = getenv("THAW_TEST_CARD");
	return wanted && strcmp(wanted, "1") == 0;
}

/* Before the first call for a card. */
static inline void card_use(void)
{
	if (card_is_real())
		return;
	setenv("THAW_CUDA", standin_folder(), 1);
	setenv("THAW_CUDNN", standin_folder(), 1);
	unsetenv("CUDA_VISIBLE_DEVICES");
}

#endif
