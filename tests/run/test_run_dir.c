/* Run directories: names, locks, and the files Darknet reads. */
#include "thaw/run/run_dir.h"
#include "../train/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>

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

static void numbers_are_the_first_free(void **state)
{
	(void)state;
	char *runs = path_join(root, "a/b");
	struct run_dir one, two, three;
	assert_int_equal(run_dir_create(&one, runs, NULL, "flowers", NULL), ERR_OK);
	assert_int_equal(run_dir_create(&two, runs, NULL, "flowers", NULL), ERR_OK);
	assert_string_equal(one.name, "flowers-1");
	assert_string_equal(two.name, "flowers-2");
	run_dir_discard(&one);
	assert_int_equal(run_dir_create(&three, runs, NULL, "flowers", NULL), ERR_OK);
	assert_string_equal(three.name, "flowers-1");
	assert_true(file_is_dir(three.path));
	run_dir_release(&two);
	run_dir_release(&three);
	free(runs);
}

static void a_name_is_taken_once_and_must_be_plain(void **state)
{
	(void)state;
	struct run_dir d, again;
	struct errinfo e = {0};
	assert_int_equal(run_dir_create(&d, root, "mine", "x", &e), ERR_OK);
	assert_int_equal(run_dir_create(&again, root, "mine", "x", &e), ERR_STATE);
	assert_non_null(strstr(e.msg, "exists already"));
	run_dir_release(&d);
	const char *bad[] = {"", ".", "..", ".hidden", "a/b", "/abs"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(run_dir_create(&again, root, bad[i], "x", &e), ERR_VALUE);
}

static void the_lock_is_held_until_release(void **state)
{
	(void)state;
	struct run_dir d;
	assert_int_equal(run_dir_create(&d, root, "locked", "x", NULL), ERR_OK);
	char *path = run_dir_file(&d, "lock");
	int fd = open(path, O_RDONLY);
	assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), -1);
	struct strbuf text = STRBUF_INIT;
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	assert_int_equal(atoi(text.buf), getpid());
	run_dir_release(&d);
	assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
	close(fd);
	strbuf_release(&text);
	free(path);
}

static void darknet_finds_the_labels(void **state)
{
	(void)state;
	char daisy[] = "daisy", rose[] = "wild rose", *names[] = {daisy, rose};
	struct run_dir d;
	struct strbuf text = STRBUF_INIT;
	assert_int_equal(run_dir_create(&d, root, "plain", "x", NULL), ERR_OK);
	assert_int_equal(run_dir_write_labels(&d, names, 2, NULL), ERR_OK);
	char *path = run_dir_file(&d, "names.data");
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	assert_string_equal(text.buf, "classes=2\nnames=labels.txt\ntop=2\n");
	free(path);
	strbuf_reset(&text);
	path = run_dir_file(&d, "labels.txt");
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	assert_string_equal(text.buf, "daisy\nwild rose\n");
	run_dir_release(&d);
	free(path);
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_the_first_free),
	    cmocka_unit_test(a_name_is_taken_once_and_must_be_plain),
	    cmocka_unit_test(the_lock_is_held_until_release),
	    cmocka_unit_test(darknet_finds_the_labels),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
