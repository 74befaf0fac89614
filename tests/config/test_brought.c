/* Experiment files as people have them: paths from home, marks of other editors. */
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/config/experiment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TAIL "phases:\n  - {name: head, epochs: 1, lr: 0.1}\n"

static void test_home(void **state)
{
	(void)state;
	char *kept = xstrdup(getenv("HOME") ? getenv("HOME") : "");
	static const char yaml[] = "network: {cfg: ~/nets/a.cfg, weights: \"~/a.weights\"}\n"
				   "data: {images: /p, valid: ~/valid}\n" TAIL;
	static const char other[] = "network: {cfg: /a, weights: none}\n"
				    "data: {images: ~you/pictures}\n" TAIL;
	static const char *const sets[] = {"data.images=~/pictures"};
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	setenv("HOME", "/home/me", 1);
	assert_int_equal(experiment_parse(&x, "h.yaml", yaml, strlen(yaml), sets, 1, &e), ERR_OK);
	assert_string_equal(x->network.cfg, "/home/me/nets/a.cfg");
	assert_string_equal(x->network.weights, "/home/me/a.weights");
	assert_string_equal(x->data.valid_dir, "/home/me/valid");
	assert_string_equal(x->data.images, "/home/me/pictures");
	experiment_free(x);
	x = NULL;
	assert_int_equal(experiment_parse(&x, "h.yaml", other, strlen(other), NULL, 0, &e),
			 ERR_VALUE);
	assert_non_null(strstr(e.msg, "h.yaml:2:16: data.images: '~you/pictures': ~you is not"));
	unsetenv("HOME");
	assert_int_equal(experiment_parse(&x, "h.yaml", yaml, strlen(yaml), NULL, 0, &e),
			 ERR_VALUE);
	assert_non_null(
	    strstr(e.msg, "h.yaml:1:16: network.cfg: '~/nets/a.cfg': ~ stands for HOME"));
	if (*kept)
		setenv("HOME", kept, 1);
	free(kept);
}

static void test_byte_order_mark(void **state)
{
	(void)state;
	char dir[] = P_tmpdir "/thaw-config-XXXXXX", *file = path_join(mkdtemp(dir), "x.yaml");
	static const char yaml[] = "\xef\xbb\xbfnetwork: {cfg: /a, weights: none}\r\n"
				   "data: {images: /p}\r\n" TAIL;
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	assert_int_equal(file_write_atomic(file, yaml, strlen(yaml), NULL), ERR_OK);
	if (experiment_read(&x, file, NULL, 0, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(x->network.cfg, "/a");
	experiment_free(x);
	unlink(file);
	rmdir(dir);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_home),
	    cmocka_unit_test(test_byte_order_mark),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
