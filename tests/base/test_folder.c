/* A folder held by its descriptor: nothing outside it is read for a file of it, made or changed. */
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define OTHER_USER 65534
#define DEADLINE_S 60 /* ends a test that hangs; none takes a second */

static char top[] = P_tmpdir "/thaw-folder-XXXXXX";
static struct folder f = FOLDER_INIT;

static int setup(void **state)
{
	(void)state;
	strcpy(top + strlen(top) - 6, "XXXXXX");
	alarm(DEADLINE_S);
	if (!mkdtemp(top) || chdir(top) || mkdir("run", 0777) || folder_open(&f, "run", NULL))
		return -1;
	return file_write_atomic("outside", "theirs", 6, NULL);
}

static int teardown(void **state)
{
	(void)state;
	folder_close(&f);
	char *all = xasprintf("rm -rf %s", top);
	int r = chdir("/") || system(all);
	free(all);
	return r;
}

static void assert_holds(const char *path, const char *text)
{
	struct strbuf sb = STRBUF_INIT;
	assert_int_equal(file_read(path, &sb, NULL), ERR_OK);
	assert_string_equal(sb.buf, text);
	strbuf_release(&sb);
}

/* ---- what may lie in a file's place ---- */

static bool a_link(void)
{
	return symlink("../outside", "run/x") == 0;
}

static bool a_dangling_link(void)
{
	return symlink("../nothing", "run/x") == 0;
}

static bool a_loop(void)
{
	return symlink("x", "run/x") == 0;
}

static bool a_link_within(void)
{
	return symlink("beside", "run/x") == 0 &&
	       file_write_atomic("run/beside", "ours", 4, NULL) == ERR_OK;
}

static bool a_pipe(void)
{
	return mkfifo("run/x", 0600) == 0;
}

static bool a_folder(void)
{
	return mkdir("run/x", 0700) == 0;
}

static bool a_device(void)
{
	return mknod("run/x", S_IFCHR | 0666, makedev(1, 5)) == 0; /* /dev/zero */
}

static bool a_socket(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "run/x"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool ok = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return ok;
}

static bool a_hard_link(void)
{
	return link("outside", "run/x") == 0;
}

static bool another_users(void)
{
	return file_write_atomic("run/x", "foreign", 7, NULL) == ERR_OK &&
	       chown("run/x", OTHER_USER, OTHER_USER) == 0;
}

static const struct {
	const char *name;
	bool (*make)(void); /* false: this user cannot */
	const char *read;   /* what is said to one who reads; NULL: he may */
	const char *write;  /* ... who writes into what is there */
} things[] = {
    {"a link", a_link, "a link, which is not followed", "a link"},
    {"a dangling link", a_dangling_link, "a link, which is not followed", "a link"},
    {"a loop", a_loop, "a link, which is not followed", "a link"},
    {"a link within", a_link_within, "a link, which is not followed", "a link"},
    {"a pipe", a_pipe, "not a regular file; move it away", "not a regular file"},
    {"a folder", a_folder, "not a regular file; move it away", "not a regular file"},
    {"a device", a_device, "not a regular file; move it away", "not a regular file"},
    {"a socket", a_socket, "not a regular file; move it away", "not a regular file"},
    {"a hard link", a_hard_link, NULL, "a hard link"},
    {"another user's", another_users, NULL, "another user"},
};
#define N_THINGS (sizeof(things) / sizeof(*things))

static void refused(size_t i, enum folder_use use, const char *says)
{
	struct errinfo e = {.msg = ""};
	int fd;
	enum err r = folder_file(&f, "x", use, &fd, &e);
	if (!says) {
		assert_int_equal(r, ERR_OK);
		close(fd);
		return;
	}
	assert_int_equal(fd, -1);
	if (r != ERR_FORMAT || strncmp(e.msg, "run/x: ", 7) != 0 || !strstr(e.msg, says))
		fail_msg("%s, use %d: %d, %s", things[i].name, use, r, e.msg);
}

static void only_files_of_ones_own_are_opened(void **state)
{
	(void)state;
	int made = 0;
	for (size_t i = 0; i < N_THINGS; i++) {
		struct stat before, after;
		assert_int_equal(stat("outside", &before), 0);
		if (!things[i].make()) {
			system("rm -rf run/x");
			continue;
		}
		made++;
		refused(i, FOLDER_READ, things[i].read);
		refused(i, FOLDER_APPEND, things[i].write);
		refused(i, FOLDER_LOG, things[i].write);
		refused(i, FOLDER_LOCK, things[i].write);
		assert_int_equal(folder_file(&f, "x", FOLDER_NEW, &(int){0}, NULL),
				 things[i].read && strstr(things[i].read, "regular") ? ERR_FORMAT
										     : ERR_STATE);
		assert_int_equal(folder_has(&f, "x"), things[i].read == NULL);
		assert_true(folder_holds(&f, "x"));
		assert_false(folder_locked(&f, "x"));
		assert_int_equal(stat("outside", &after), 0);
		assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
		assert_holds("outside", "theirs");
		assert_false(file_exists("nothing"));
		assert_int_equal(system("rm -rf run/x run/beside"), 0);
	}
	assert_true(made >= 7);
}

/* Replacing takes the name and leaves what it stood for; so do linking, renaming and removing. */
static void replacing_changes_nothing_elsewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_THINGS; i++) {
		if (things[i].make == a_folder || !things[i].make()) {
			system("rm -rf run/x");
			continue;
		}
		/* the same in the place of what a killed process may have left */
		assert_int_equal(symlink("../outside", "run/x.tmp"), 0);
		assert_int_equal(folder_replace(&f, "x", "new", 3, NULL), ERR_OK);
		assert_holds("run/x", "new");
		assert_holds("outside", "theirs");
		assert_false(file_exists("nothing") || file_is_link("run/x.tmp"));
		assert_int_equal(system("rm -rf run/x run/beside"), 0);
		assert_true(things[i].make());
		assert_int_equal(folder_remove(&f, "x", NULL), ERR_OK);
		assert_holds("outside", "theirs");
		assert_int_equal(system("rm -rf run/x run/beside"), 0);
	}
	assert_true(a_folder());
	assert_int_equal(folder_replace(&f, "x", "new", 3, NULL), ERR_IO);
	assert_int_equal(folder_remove(&f, "x", NULL), ERR_IO);
	assert_int_equal(rmdir("run/x"), 0);
}

static void links_are_made_within(void **state)
{
	(void)state;
	assert_int_equal(folder_replace(&f, "last", "1", 1, NULL), ERR_OK);
	assert_true(a_link());
	assert_int_equal(symlink("../outside", "run/x.tmp"), 0);
	assert_int_equal(folder_link(&f, "last", &f, "x", NULL), ERR_OK);
	assert_holds("run/x", "1");
	assert_int_equal(folder_rename(&f, "last", "x", NULL), ERR_OK);
	assert_holds("outside", "theirs");
}

static void names_are_plain(void **state)
{
	(void)state;
	static const char *const names[] = {"",           ".",   "..", "/etc/passwd",
					    "../outside", "a/b", "a/"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (int use = 0; use < FOLDER_USE_N; use++)
			assert_int_equal(
			    folder_file(&f, names[i], (enum folder_use)use, &(int){0}, NULL),
			    ERR_VALUE);
		assert_false(folder_holds(&f, names[i]) || folder_has(&f, names[i]));
		assert_int_equal(folder_size(&f, names[i]), -1);
	}
	assert_holds("outside", "theirs");
}

static void a_folder_stays_the_same(void **state)
{
	(void)state;
	struct folder same;
	struct strbuf text = STRBUF_INIT;
	assert_int_equal(folder_replace(&f, "x", "mine", 4, NULL), ERR_OK);
	assert_int_equal(rename("run", "moved"), 0);
	assert_int_equal(mkdir("run", 0777), 0);
	assert_int_equal(folder_copy(&same, &f, NULL), ERR_OK);
	folder_close(&f);
	assert_int_equal(folder_read(&same, "x", 10, &text, NULL), ERR_OK);
	assert_string_equal(text.buf, "mine");
	assert_int_equal(folder_size(&same, "x"), 4);
	strbuf_release(&text);
	folder_close(&same);
}

static void folders_within_are_no_links(void **state)
{
	(void)state;
	struct folder sub;
	struct errinfo e;
	assert_int_equal(folder_sub(&sub, &f, "x", false, &e), ERR_NOT_FOUND);
	assert_int_equal(mkdir("elsewhere", 0777), 0);
	assert_int_equal(symlink("../elsewhere", "run/x"), 0);
	for (int make = 0; make < 2; make++) {
		assert_int_equal(folder_sub(&sub, &f, "x", make, &e), ERR_IO);
		assert_string_equal(
		    e.msg,
		    "run/x: a link, which is not followed; put the folder itself in its place");
		assert_int_equal(sub.fd, -1);
	}
	assert_int_equal(unlink("run/x"), 0);
	assert_int_equal(mkfifo("run/x", 0600), 0);
	assert_int_equal(folder_sub(&sub, &f, "x", true, &e), ERR_IO);
	assert_string_equal(e.msg, "run/x: not a folder; move it away");
	assert_int_equal(unlink("run/x"), 0);
	assert_int_equal(folder_sub(&sub, &f, "x", true, &e), ERR_OK);
	assert_int_equal(folder_replace(&sub, "y", "1", 1, NULL), ERR_OK);
	assert_holds("run/x/y", "1");
	folder_close(&sub);
	/* The folder itself a user has named, a link or not. */
	assert_int_equal(symlink("run", "named"), 0);
	assert_int_equal(folder_open(&sub, "named", &e), ERR_OK);
	assert_true(folder_holds(&sub, "x"));
	folder_close(&sub);
	assert_int_equal(folder_open(&sub, "outside", &e), ERR_IO);
	assert_int_equal(folder_open(&sub, "no", &e), ERR_NOT_FOUND);
}

/* In another process: a lock of one's own is no other's. */
static bool locked_by(int how)
{
	int go[2];
	char byte;
	assert_int_equal(pipe(go), 0);
	pid_t child = fork();
	if (child == 0) {
		int fd = open("run/lock", O_RDWR | O_CREAT, 0600);
		if (fd < 0 || flock(fd, how) != 0 || write(go[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(go[1]);
	assert_int_equal(read(go[0], &byte, 1), 1);
	bool held = folder_locked(&f, "lock");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(go[0]);
	return held;
}

static void only_a_lock_says_that_one_is_held(void **state)
{
	(void)state;
	assert_false(folder_locked(&f, "lock"));
	assert_true(locked_by(LOCK_EX));
	assert_false(locked_by(LOCK_SH)); /* a viewer that looks */
	assert_false(folder_locked(&f, "lock"));
	assert_int_equal(unlink("run/lock"), 0);
	assert_int_equal(mkfifo("run/lock", 0600), 0);
	assert_false(folder_locked(&f, "lock"));
}

static void owners_are_told_apart(void **state)
{
	(void)state;
	struct errinfo e;
	assert_int_equal(folder_check_owner(&f, NULL, &e), ERR_OK);
	assert_int_equal(folder_check_owner(&f, "x", &e), ERR_OK); /* there is none */
	if (!another_users())
		skip();
	assert_int_equal(folder_check_owner(&f, "x", &e), ERR_STATE);
	assert_string_equal(e.msg, "run/x: belongs to another user; put a copy in its place");
	assert_int_equal(chown("run", OTHER_USER, OTHER_USER), 0);
	assert_int_equal(folder_check_owner(&f, NULL, &e), ERR_STATE);
	assert_string_equal(e.msg, "run: belongs to another user; copy it first");
}

static void what_a_user_names_may_be_a_link(void **state)
{
	(void)state;
	int fd;
	struct errinfo e;
	assert_int_equal(symlink("outside", "link"), 0);
	assert_int_equal(folder_read_file(NULL, "link", &fd, &e), ERR_OK);
	close(fd);
	assert_int_equal(mkfifo("pipe", 0600), 0); /* nobody writes: it must not be waited for */
	static const char *const others[] = {"pipe", "/dev/zero", "/dev/null", "run"};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_int_equal(folder_read_file(NULL, others[i], &fd, &e), ERR_FORMAT);
		assert_non_null(strstr(e.msg, ": not a regular file"));
		assert_int_equal(fd, -1);
	}
	assert_int_equal(folder_read_file(NULL, "no", &fd, &e), ERR_NOT_FOUND);
}

/* Of each way one: in memory, and where there is no /proc in a folder of one's own. */
static void temporary_files_leave_nothing(void **state)
{
	(void)state;
	struct temporary t;
	struct stat st;
	assert_int_equal(setenv("TMPDIR", top, 1), 0);
	assert_int_equal(temporary_make(&t, "thaw-cfg", "[net]\n", 6, NULL), ERR_OK);
	assert_holds(t.path, "[net]\n");
	if (t.folder) {
		assert_int_equal(stat(t.folder, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
	} else {
		assert_null(strstr(t.path, top));
	}
	temporary_remove(&t);
	assert_int_equal(unlink("outside"), 0);
	assert_int_equal(rmdir("run"), 0);
	assert_int_equal(rmdir(top), 0); /* nothing else was in it */
	assert_int_equal(unsetenv("TMPDIR"), 0);
}

static void a_file_without_a_name(void **state)
{
	(void)state;
	int fd = folder_scratch(&f);
	if (fd < 0)
		skip();
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	close(fd);
	assert_int_equal(rmdir("run"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	    TEST(only_files_of_ones_own_are_opened),
	    TEST(replacing_changes_nothing_elsewhere),
	    TEST(links_are_made_within),
	    TEST(names_are_plain),
	    TEST(a_folder_stays_the_same),
	    TEST(folders_within_are_no_links),
	    TEST(only_a_lock_says_that_one_is_held),
	    TEST(owners_are_told_apart),
	    TEST(what_a_user_names_may_be_a_link),
	    TEST(temporary_files_leave_nothing),
	    TEST(a_file_without_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
