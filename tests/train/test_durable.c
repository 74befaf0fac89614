/* What a loss of power leaves: nothing takes a name before its bytes are on the disk, no name is
 * relied on before the folder that holds it is, and the log has reached the disk before a
 * checkpoint that knows of it. Watched at the system calls by which a run writes. */
#include "fake_run.h"

#include "thaw/base/run_files.h"
#include "thaw/base/sys.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MAX 64

static struct {
	ino_t dirty[MAX];   /* files whose bytes are not on the disk */
	ino_t unnamed[MAX]; /* folders whose names are not */
	ino_t log;
	int renames, links, log_syncs;
	struct sys real;
} disk;

static void add(ino_t *set, ino_t ino)
{
	size_t i = 0;
	while (i < MAX && set[i] && set[i] != ino)
		i++;
	assert_true(i < MAX);
	set[i] = ino;
}

static bool has(const ino_t *set, ino_t ino)
{
	for (size_t i = 0; i < MAX && set[i]; i++)
		if (set[i] == ino)
			return true;
	return false;
}

static void take(ino_t *set, ino_t ino)
{
	size_t n = 0, at = MAX;
	for (; n < MAX && set[n]; n++)
		if (set[n] == ino)
			at = n;
	if (at < MAX) {
		set[at] = set[n - 1];
		set[n - 1] = 0;
	}
}

static ino_t inode(int fd)
{
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static ino_t inode_at(int dir, const char *name)
{
	struct stat st;
	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_ino;
}

static ssize_t watch_write(int fd, const void *data, size_t len)
{
	add(disk.dirty, inode(fd));
	return disk.real.write(fd, data, len);
}

static int watch_sync(int fd)
{
	ino_t ino = inode(fd);
	take(disk.dirty, ino);
	take(disk.unnamed, ino);
	disk.log_syncs += ino == disk.log;
	return 0;
}

static int watch_openat(int dir, const char *name, int flags, mode_t mode)
{
	int fd = disk.real.openat(dir, name, flags, mode);
	if (fd >= 0 && strcmp(name, RUN_LOG) == 0)
		disk.log = inode(fd);
	return fd;
}

/* The name that is about to be taken. */
static void want_in_order(int from_dir, const char *from, int to_dir, const char *to)
{
	if (has(disk.dirty, inode_at(from_dir, from)))
		fail_msg("%s takes the name %s before its bytes are on the disk", from, to);
	if (has(disk.unnamed, inode(to_dir)))
		fail_msg("%s takes its name before the one before is on the disk", to);
	if (strcmp(to, RUN_NEXT_STATE) == 0 && has(disk.dirty, disk.log))
		fail_msg("a checkpoint comes before its iterations in the log");
}

static int watch_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	want_in_order(from_dir, from, to_dir, to);
	add(disk.unnamed, inode(to_dir));
	disk.renames++;
	return disk.real.renameat(from_dir, from, to_dir, to);
}

static int watch_linkat(int from_dir, const char *from, int to_dir, const char *to)
{
	want_in_order(from_dir, from, to_dir, to);
	disk.links++;
	return disk.real.linkat(from_dir, from, to_dir, to);
}

static int begin(void **state)
{
	memset(&disk, 0, sizeof(disk));
	disk.real = sys;
	sys.write = watch_write;
	sys.fsync = sys.fdatasync = watch_sync;
	sys.openat = watch_openat;
	sys.renameat = watch_renameat;
	sys.linkat = watch_linkat;
	return reset_fake(state);
}

static int end(void **state)
{
	(void)state;
	sys = disk.real;
	return 0;
}

static void a_checkpoint_reaches_the_disk_in_order(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.keep=2"};
	struct errinfo e = {0};
	assert_int_equal(train("order", sets, 1, &e), TRAINER_FINISHED);
	assert_true(disk.log != 0);
	assert_true(disk.renames >= 4 * 4); /* of four epochs: next and last, weights and state */
	assert_true(disk.links >= 4 * 2);   /* ... and kept ones */
	assert_true(disk.log_syncs >= 4);
	assert_false(has(disk.dirty, disk.log)); /* the end of the log, too */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_checkpoint_reaches_the_disk_in_order, begin, end),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
