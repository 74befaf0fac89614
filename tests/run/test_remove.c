/* Deleting a run: all of it, nothing else, and never one at work. */
#include "../train/scratch.h"

#include "thaw/base/folder.h"
#include "thaw/run/remove.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cmocka.h>

static char *root;

static int make_root(void **state)
{
	(void)state;
	root = scratch_new();
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	scratch_free(root);
	return 0;
}

static char *at(const char *name)
{
	return path_join(root, name);
}

static void put(const char *name, const char *text)
{
	char *path = at(name);
	assert_int_equal(file_write_atomic(path, text, strlen(text), NULL), ERR_OK);
	free(path);
}

static void make_dir(const char *name)
{
	char *path = at(name);
	assert_int_equal(file_mkdirs(path, NULL), ERR_OK);
	free(path);
}

static void make_run(void)
{
	make_dir("run/checkpoints");
	put("run/events.jsonl", "{}\n");
	put("run/last.weights", "w");
	put("run/checkpoints/epoch-1.weights", "w");
}

static bool is_there(const char *name)
{
	struct stat st;
	char *path = at(name);
	bool there = lstat(path, &st) == 0;
	free(path);
	return there;
}

static enum err delete_run(const char *name, int64_t *freed, struct errinfo *e)
{
	char *path = at(name);
	enum err err = run_remove(path, freed, e);
	free(path);
	return err;
}

static void link_to(const char *what, const char *name)
{
	char *path = at(name);
	assert_int_equal(symlink(what, path), 0);
	free(path);
}

static void all_of_it_goes_and_nothing_else(void **state)
{
	(void)state;
	int64_t freed = -1;
	make_run();
	make_dir("kept/deep");
	put("kept/deep/file", "x");
	char *kept = at("kept");
	link_to(kept, "run/link");
	link_to(kept, "run/checkpoints/link");
	assert_int_equal(delete_run("run", &freed, NULL), ERR_OK);
	assert_false(is_there("run"));
	assert_true(is_there("kept/deep/file"));
	assert_true(freed > 0);
	free(kept);
}

static void a_second_name_frees_nothing(void **state)
{
	(void)state;
	int64_t with = 0, without = 0;
	char *from, *to;
	make_run();
	assert_int_equal(delete_run("run", &without, NULL), ERR_OK);
	make_run();
	from = at("run/last.weights");
	to = at("elsewhere");
	assert_int_equal(link(from, to), 0);
	assert_int_equal(delete_run("run", &with, NULL), ERR_OK);
	assert_true(is_there("elsewhere"));
	assert_true(with < without);
	free(from);
	free(to);
}

static void one_at_work_stays(void **state)
{
	(void)state;
	int64_t freed;
	struct errinfo e;
	make_run();
	put("run/lock", "");
	char *path = at("run/lock");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(delete_run("run", &freed, &e), ERR_STATE);
	assert_non_null(strstr(e.msg, "stop it first"));
	assert_true(is_there("run/checkpoints/epoch-1.weights"));
	assert_int_equal(freed, 0);
	close(fd);
	assert_int_equal(delete_run("run", &freed, &e), ERR_OK);
	free(path);
}

static void what_is_no_run_stays(void **state)
{
	(void)state;
	int64_t freed;
	struct errinfo e;
	make_dir("plain");
	put("plain/file", "x");
	assert_int_equal(delete_run("plain", &freed, &e), ERR_NOT_FOUND);
	assert_int_equal(delete_run("none", &freed, &e), ERR_NOT_FOUND);
	assert_true(is_there("plain/file"));
	make_run();
	assert_int_not_equal(delete_run("run/events.jsonl", &freed, &e), ERR_OK);
	assert_int_not_equal(delete_run("run/..", &freed, &e), ERR_OK);
	assert_int_not_equal(delete_run("run/.", &freed, &e), ERR_OK);
	assert_true(is_there("run/events.jsonl"));
}

static void a_link_to_a_run_stays(void **state)
{
	(void)state;
	int64_t freed;
	struct errinfo e;
	make_run();
	link_to("run", "link");
	assert_int_equal(delete_run("link", &freed, &e), ERR_STATE);
	assert_non_null(strstr(e.msg, "is a link"));
	assert_true(is_there("link") && is_there("run/events.jsonl"));
}

static void what_fails_halfway_is_a_run_still(void **state)
{
	(void)state;
	int64_t freed;
	struct errinfo e;
	char name[256] = "run";
	make_run();
	for (int i = 0; i < 20; i++)
		strcat(name, "/d");
	make_dir(name);
	assert_int_not_equal(delete_run("run", &freed, &e), ERR_OK);
	assert_true(is_there("run/events.jsonl"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, make_root, remove_root)
	    T(all_of_it_goes_and_nothing_else),
	    T(a_second_name_frees_nothing),
	    T(one_at_work_stays),
	    T(what_is_no_run_stays),
	    T(a_link_to_a_run_stays),
	    T(what_fails_halfway_is_a_run_still),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
