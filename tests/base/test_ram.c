/* How much memory may still be taken: the tightest of machine, control groups and own limits, read
 * below a root of the test's own. */
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/ram.h"

#include "../train/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#define GB UINT64_C(1073741824)

static char *root;

static void put(const char *name, const char *text)
{
	char *path = xasprintf("%s%s", root, name), *dir = path_dir(path);
	assert_int_equal(file_mkdirs(dir, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(path, text, strlen(text), NULL), ERR_OK);
	free(path);
	free(dir);
}

static int begin(void **state)
{
	(void)state;
	root = scratch_new();
	put("/proc/meminfo", "MemTotal:        8388608 kB\nMemFree:          123456 kB\n"
			     "MemAvailable:    4194304 kB\nSwapFree:       99999999 kB\n");
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_free(root);
	return 0;
}

static void want(uint64_t left, uint64_t total, const char *of)
{
	struct ram ram;
	assert_true(ram_look(&ram, root));
	assert_non_null(strstr(ram.of, of));
	assert_int_equal(ram.left, left);
	assert_int_equal(ram.total, total);
}

static void the_machine(void **state)
{
	(void)state;
	want(4 * GB, 8 * GB, "machine");
	put("/proc/self/cgroup", "0::/\n"); /* a group without limits */
	put("/sys/fs/cgroup/memory.max", "max\n");
	want(4 * GB, 8 * GB, "machine");
	put("/proc/self/cgroup", "nonsense\n\n::\n4:cpu\n");
	want(4 * GB, 8 * GB, "machine");
	put("/proc/meminfo", "MemTotal: lots\n");
	struct ram ram;
	assert_false(ram_look(&ram, root));
}

/* Any group above it may be the tightest; what it holds of files is given back. */
static void version_2(void **state)
{
	(void)state;
	put("/proc/self/cgroup", "0::/user.slice/job.scope\n");
	put("/sys/fs/cgroup/user.slice/job.scope/memory.max", "max\n");
	put("/sys/fs/cgroup/user.slice/job.scope/memory.current", "1000\n");
	put("/sys/fs/cgroup/user.slice/memory.max", "2147483648\n");
	put("/sys/fs/cgroup/user.slice/memory.current", "1610612736\n");
	want(GB / 2, 2 * GB, "control group");
	put("/sys/fs/cgroup/user.slice/memory.stat", "anon 5\ninactive_file 536870912\n");
	want(GB, 2 * GB, "control group");
	put("/sys/fs/cgroup/user.slice/job.scope/memory.max", "1073741824\n");
	put("/sys/fs/cgroup/user.slice/job.scope/memory.current", "1073741825\n");
	want(0, GB, "control group");
}

/* A container sees its own group at the mount, whatever path it is told. */
static void a_container(void **state)
{
	(void)state;
	put("/proc/self/cgroup", "0::/../../elsewhere\n");
	put("/sys/fs/cgroup/memory.max", "3221225472\n");
	put("/sys/fs/cgroup/memory.current", "1073741824\n");
	want(2 * GB, 3 * GB, "control group");
}

static void version_1(void **state)
{
	(void)state;
	put("/proc/self/cgroup", "9:cpu,cpuacct:/a\n7:memory:/docker/x\n1:name=systemd:/b\n");
	put("/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "1073741824\n");
	put("/sys/fs/cgroup/memory/docker/x/memory.usage_in_bytes", "805306368\n");
	put("/sys/fs/cgroup/memory/docker/x/memory.stat",
	    "cache 9\ntotal_inactive_file 268435456\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"); /* none */
	put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
	want(GB / 2, GB, "control group");
}

/* The process's own limits are the kernel's, what it takes is the root's. */
static void its_own_limits(void **state)
{
	(void)state;
	char *statm =
	    xasprintf("%ld 300 200 1 0 %ld 0\n", (long)(GB / (uint64_t)sysconf(_SC_PAGESIZE)),
		      (long)(GB / 2 / (uint64_t)sysconf(_SC_PAGESIZE)));
	put("/proc/self/statm", statm);
	free(statm);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		struct rlimit data = {3 * GB, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
		struct ram ram;
		bool ok = setrlimit(RLIMIT_AS, &none) == 0 && setrlimit(RLIMIT_DATA, &data) == 0 &&
			  ram_look(&ram, root) && ram.left == 2 * GB + GB / 2 &&
			  ram.total == 3 * GB && strstr(ram.of, "ulimit -d") && !ram.is_address;
#ifndef __SANITIZE_ADDRESS__ /* it takes more addresses than any limit */
		struct rlimit addresses = {2 * GB, RLIM_INFINITY};
		ok = ok && setrlimit(RLIMIT_AS, &addresses) == 0 && ram_look(&ram, root) &&
		     ram.left == GB && ram.total == 2 * GB && strstr(ram.of, "ulimit -v") &&
		     ram.is_address;
#endif
		_exit(ok ? 0 : 1);
	}
	int status = 1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void this_machine_tells(void **state)
{
	(void)state;
	struct ram ram;
	assert_true(ram_look(&ram, ""));
	assert_true(ram.total > 0 && ram.left <= ram.total);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_machine, begin, end),
	    cmocka_unit_test_setup_teardown(version_2, begin, end),
	    cmocka_unit_test_setup_teardown(a_container, begin, end),
	    cmocka_unit_test_setup_teardown(version_1, begin, end),
	    cmocka_unit_test_setup_teardown(its_own_limits, begin, end),
	    cmocka_unit_test_setup_teardown(this_machine_tells, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
