/* The built programs: where they are, and what they print while they run. */
#ifndef THAW_TESTS_MAIN_BUILT_H
#define THAW_TESTS_MAIN_BUILT_H

#include "thaw/base/file.h"
#include "thaw/base/strbuf.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In $THAW_BIN (a directory), else beside this test's build directory: BUILD/tests/main/test_x and
 * BUILD/NAME. Caller frees; NULL: who knows. */
static inline char *built_program(const char *name)
{
	const char *bin = getenv("THAW_BIN");
	if (bin && *bin)
		return path_join(bin, name);
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return NULL;
	self[n] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(self, '/') = '\0';
	return path_join(self, name);
}

/* Wait for what comes from a program's standard output and error, and add it to their texts. A pipe
 * at its end is closed and becomes -1. */
static inline void built_pump(int fd[2], struct strbuf text[2], int wait_ms)
{
	struct pollfd p[2] = {{.fd = fd[0], .events = POLLIN}, {.fd = fd[1], .events = POLLIN}};
	poll(p, 2, wait_ms);
	for (int i = 0; i < 2; i++) {
		char chunk[4096];
		if (fd[i] < 0 || !p[i].revents)
			continue;
		ssize_t n = read(fd[i], chunk, sizeof(chunk));
		if (n > 0) {
			strbuf_add(&text[i], chunk, (size_t)n);
			continue;
		}
		close(fd[i]);
		fd[i] = -1;
	}
}

#endif
