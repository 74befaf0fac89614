/* Where a person's own files are, files that are theirs alone, and the nearest word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/file.h"
#include "thaw/base/nearest.h"
#include "thaw/base/xdg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void expect_path(char *path, const char *wanted)
{
	if (wanted)
		assert_string_equal(path, wanted);
	else
		assert_null(path);
	free(path);
}

static void test_paths(void **state)
{
	(void)state;
	setenv("HOME", "/home/ada", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	expect_path(xdg_config_path("keys.yaml"), "/home/ada/.config/thaw/keys.yaml");
	expect_path(xdg_state_path("history"), "/home/ada/.local/state/thaw/history");
	setenv("XDG_CONFIG_HOME", "/etc/ada", 1);
	setenv("XDG_STATE_HOME", "not/absolute", 1);
	expect_path(xdg_config_path("keys.yaml"), "/etc/ada/thaw/keys.yaml");
	expect_path(xdg_state_path("history"), "/home/ada/.local/state/thaw/history");
	unsetenv("HOME");
	setenv("XDG_STATE_HOME", "", 1);
	expect_path(xdg_state_path("history"), NULL);
}

static void test_private_file(void **state)
{
	(void)state;
	char path[] = P_tmpdir "/thaw-private-XXXXXX";
	struct stat st;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
	assert_int_equal(file_write_private(path, "secret", 6, NULL), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 6);
	unlink(path);
}

static void test_nearest(void **state)
{
	(void)state;
	static const char *const names[] = {"freeze", "unfreeze", "lr", "undo", "stop", NULL};
	static const struct {
		const char *word, *near;
	} cases[] = {
	    {"freze", "freeze"},
	    {"frezee", "freeze"},
	    {"undoo", "undo"},
	    {"tsop", "stop"},
	    {"lt", "lr"},
	    {"unfreezexyz", "unfreeze"},
	    {"xyzzy", NULL},
	    {"", NULL},
	    {"a word that is longer than any that is known", NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *near = nearest_word(cases[i].word, names);
		if (cases[i].near ? !near || strcmp(near, cases[i].near) != 0 : near != NULL)
			fail_msg("'%s' is near '%s'", cases[i].word, near ? near : "nothing");
	}
	assert_int_equal(word_distance("abc", "acb"), 1);
	assert_int_equal(word_distance("abc", "abc"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_private_file),
	    cmocka_unit_test(test_nearest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
