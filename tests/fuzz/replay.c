/* Feeds a target the files of its seeds: tests/fuzz/seeds/NAME for the program fuzz_NAME. Names on
 * the command line are files to replay instead. */
#include "fuzz.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "thaw/base/file.h"

#include <dirent.h>
#include <errno.h>

static char **files;

static void replay(const char *path)
{
	struct strbuf bytes = STRBUF_INIT;
	struct errinfo e = {.msg = ""};
	printf("%s\n", path);
	fflush(stdout); /* the last one named is the one that failed */
	if (file_read(path, &bytes, &e))
		fail_msg("%s", e.msg);
	uint8_t *exact = test_malloc(bytes.len); /* so that a byte too far is seen */
	memcpy(exact, bytes.buf, bytes.len);
	LLVMFuzzerTestOneInput(exact, bytes.len);
	test_free(exact);
	strbuf_release(&bytes);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void test_seeds(void **state)
{
	(void)state;
	char dir[256];
	struct dirent **found = NULL;
	const char *name = strchr(program_invocation_short_name, '_');
	assert_non_null(name);
	snprintf(dir, sizeof(dir), "tests/fuzz/seeds/%.100s", name + 1);
	int n = scandir(dir, &found, NULL, by_name), n_replayed = 0;
	for (int i = 0; i < n; i++) {
		char *path = path_join(dir, found[i]->d_name);
		if (found[i]->d_name[0] != '.') {
			replay(path);
			n_replayed++;
		}
		free(path);
		free(found[i]);
	}
	free(found);
	assert_true(n_replayed > 0);
}

static void test_named(void **state)
{
	(void)state;
	for (char **file = files; *file; file++)
		replay(*file);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest seeds[] = {cmocka_unit_test(test_seeds)},
				named[] = {cmocka_unit_test(test_named)};
	files = argv + 1;
	return argc > 1 ? cmocka_run_group_tests(named, NULL, NULL)
			: cmocka_run_group_tests(seeds, NULL, NULL);
}
