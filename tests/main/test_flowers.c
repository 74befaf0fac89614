/* The program thaw-flowers from outside, and what `thaw check` says of the pictures it draws. */
#include "program.h"

#include "thaw/base/version.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

static char *programs[2]; /* thaw, thaw-flowers */

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/thaw-flowers-XXXXXX");
	thaw = programs[1];
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool in_dir(const char *name)
{
	char *path = path_join(dir, name);
	bool there = file_exists(path);
	free(path);
	return there;
}

static void put(const char *name, const char *text)
{
	char *path = path_join(dir, name);
	assert_int_equal(file_write_atomic(path, text, strlen(text), NULL), ERR_OK);
	free(path);
}

static void test_help(void **state)
{
	(void)state;
	EXPECT(0, "daisy, dandelion, rose, sunflower, tulip", NULL, "--help");
	EXPECT(0, "occlusion", NULL, "--help", "--out", "x");
	EXPECT(0, "thaw-flowers " THAW_VERSION "\n", NULL, "--version");
}

static void test_bad_usage(void **state)
{
	(void)state;
	EXPECT(2, NULL, "thaw-flowers: unknown option '--seeds'", "--seeds", "3");
	EXPECT(2, NULL, "a value is missing after '--seed'", "--seed");
	EXPECT(2, NULL, "--seed wants a whole number from 0 to 18446744073709551615, not '-1'",
	       "--seed", "-1");
	EXPECT(2, NULL, "--train wants a whole number from 5 to 100000, not '4'", "--train", "4");
	EXPECT(2, NULL, "--size wants a whole number from 16 to 2048, not '1e3'", "--size", "1e3");
	EXPECT(2, NULL, "hard wants a number from 0 to 1", "--set", "hard=7");
	EXPECT(2, NULL, "no knob is called 'soft'", "--set", "soft=1");
	EXPECT(2, NULL, "'flowers' is not an option", "flowers");
	EXPECT(2, NULL, "--out wants a folder", "--out", "");
	assert_false(in_dir("data"));
}

static void test_draws_once(void **state)
{
	(void)state;
	EXPECT(0,
	       "data/flowers: 10 training and 5 validation pictures of 5 kinds, 24x24, seed 1, "
	       "drawn in",
	       NULL, "--train", "10", "--valid", "5", "--size", "24");
	assert_true(in_dir("data/flowers/train/daisy/daisy-0001.jpg"));
	assert_true(in_dir("data/flowers/valid/tulip/tulip-0000.jpg"));
	EXPECT(0, "there already", NULL, "--train", "10", "--valid", "5", "--size", "24");
	EXPECT(0, "seed 2, drawn in", NULL, "--train", "10", "--valid", "5", "--size", "24",
	       "--seed", "2");
}

static void test_leaves_others_alone(void **state)
{
	(void)state;
	put("letter.txt", "dear reader");
	EXPECT(2, NULL, "thaw-flowers: . holds files that thaw-flowers did not draw", "--out", ".");
	EXPECT(1, NULL, "letter.txt", "--out", "letter.txt");
	assert_false(in_dir("train"));
}

/* thaw's own decoder reads every picture. */
static void test_thaw_reads_them(void **state)
{
	(void)state;
	if (!file_exists("/usr/share/darknet/cfg/tiny.cfg")) {
		print_message("skipped: Debian's darknet is not installed\n");
		skip();
	}
	EXPECT(0, "drawn in", NULL, "--train", "50", "--valid", "25", "--size", "48");
	put("drawn.yaml",
	    "network: {cfg: /usr/share/darknet/cfg/tiny.cfg, weights: none, input: 64x64}\n"
	    "data: {images: data/flowers/train, valid: data/flowers/valid}\n"
	    "phases: [{name: all, epochs: 1, lr: 0.01}]\n");
	thaw = programs[0];
	EXPECT(0, "5 classes, 50 training and 25 validation images, 0 left out", NULL, "check",
	       "drawn.yaml");
}

#define FLOWERS(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FLOWERS(test_help),
	    FLOWERS(test_bad_usage),
	    FLOWERS(test_draws_once),
	    FLOWERS(test_leaves_others_alone),
	    FLOWERS(test_thaw_reads_them),
	};
	programs[0] = built_program("thaw");
	programs[1] = programs[0] ? xasprintf("%s-flowers", programs[0]) : NULL;
	if (!programs[1] || access(programs[1], X_OK) != 0) {
		print_error("%s is not there: build it first\n",
			    programs[1] ? programs[1] : "thaw-flowers");
		return 1;
	}
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(programs[0]);
	free(programs[1]);
	return failed;
}
