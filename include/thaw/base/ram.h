/* How much memory this process may still take, before anything refuses it or the kernel kills it:
 * by what the machine has free, by the limits of its control groups (versions 1 and 2, each one
 * above it too), and by its own (ulimit -v, ulimit -d). Swap counts as none: training there would
 * not end.
 */
#ifndef THAW_BASE_RAM_H
#define THAW_BASE_RAM_H

#include <stdbool.h>
#include <stdint.h>

struct ram {
	uint64_t total, left; /* bytes, by the tightest of them */
	const char *of;       /* which that is, "this machine's memory"; static */
	bool is_address;      /* it counts addresses (ulimit -v), not memory that is used */
};

/* Files are looked for below `root`: "" but in tests. False: nothing tells. */
bool ram_look(struct ram *out, const char *root);

#endif
