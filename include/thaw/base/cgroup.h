/* The control groups that bound a process's memory, of versions 1 and 2, and the numbers in their files.
 *
 * Source: cgroups(7); the kernel's cgroup-v2.rst and cgroup-v1/memory.rst.
 */
#ifndef THAW_BASE_CGROUP_H
#define THAW_BASE_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup_files { /* names in a group's directory, and of lines in them */
	const char *limit, *used; /* one number each, bytes */
	const char *stat, *cache; /* a file and its line: bytes that are given back when wanted */
	const char *counter, *kills; /* a file and its line: processes killed for want of memory */
};

/* Visit the group of a process and each one above it, up to where they are mounted; a directory may lead
 * nowhere: within a container the group may be called as it is outside, and lies at the mount itself.
 * `pid` 0: this process. Files are looked for below `root`: "" but in tests; `dir` begins with it. */
void cgroup_each(const char *root, pid_t pid,
		 void (*visit)(void *arg, const char *dir, const struct cgroup_files *files),
		 void *arg);

/* The number at the start of the file dir/name, or behind `key` at the start of one of its lines.
 * False: there is none; "max" is none. */
bool cgroup_number(const char *dir, const char *name, const char *key, uint64_t *out);

#endif
