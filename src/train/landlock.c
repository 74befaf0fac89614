#include "landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What later kernels have learnt. Source: linux/landlock.h. */
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)

#define OF_FILES                                                                                   \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                            \
	 LANDLOCK_ACCESS_FS_EXECUTE | FS_TRUNCATE) /* the others are of folders */
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                      \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_REFER |                           \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                          \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK)

struct ruleset { /* as the newest kernel takes it; an older one takes it where the rest is 0 */
	uint64_t fs, net, scoped;
};

/* What a kernel of this ABI can refuse. */
static struct ruleset handled(int abi)
{
	struct ruleset all = {.fs = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1};
	all.fs |= abi >= 2 ? FS_REFER : 0;
	all.fs |= abi >= 3 ? FS_TRUNCATE : 0;
	all.net = abi >= 4 ? NET_BIND_TCP | NET_CONNECT_TCP : 0;
	all.scoped = abi >= 6 ? SCOPE_ABSTRACT_UNIX_SOCKET : 0;
	return all;
}

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return abi > 0 ? (int)abi : 0;
}

int landlock_new(void)
{
	struct ruleset all = handled(landlock_abi());
	return (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
}

void landlock_allow_fd(int ruleset, int fd, enum landlock_use use)
{
	struct stat st;
	uint64_t access = (use == LANDLOCK_WRITE ? WRITE : READ) & handled(landlock_abi()).fs;
	if (fstat(fd, &st) != 0)
		return;
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = S_ISDIR(st.st_mode) ? access : access & OF_FILES,
	    .parent_fd = fd,
	};
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

void landlock_allow(int ruleset, const char *path, enum landlock_use use)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	landlock_allow_fd(ruleset, fd, use);
	close(fd);
}

bool landlock_enter(int ruleset)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}
