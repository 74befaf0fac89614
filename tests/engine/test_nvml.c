/* What a card tells through NVML, held against the one that stands in for it. */
#include "cuda/nvml.h"
#include "standin.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FIRST "0000:1b:00.0"
#define NOBODY "0000:7f:00.0"

/* Of a child: without the library, of which nothing is opened before. */
static int nothing_is_told(void)
{
	struct device_use use;
	setenv("THAW_CUDA", "/nonexistent", 1);
	return nvml_measure(FIRST, &use) || *nvml_driver_version();
}

static void test_without_library(void **state)
{
	(void)state;
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		_exit(nothing_is_told());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Each look finds more; the next card is another. */
static void test_tells(void **state)
{
	(void)state;
	struct device_use a = {0}, b = {0}, other = {0};
	assert_true(nvml_measure(FIRST, &a) && nvml_measure(FIRST, &b));
	assert_float_equal(a.busy, 0.10, 1e-9);
	assert_float_equal(b.busy, 0.11, 1e-9);
	assert_true(a.memory_total_bytes == UINT64_C(2) << 30);
	assert_true(a.memory_bytes == UINT64_C(101) << 20 && b.memory_bytes == UINT64_C(102) << 20);
	assert_true(a.celsius == 41 && b.celsius == 42);
	assert_float_equal(a.watts, 101, 1e-9);
	assert_float_equal(b.clock_mhz, 1020, 1e-9);
	assert_true(nvml_measure("0000:1c:00.0", &other));
	assert_float_equal(other.busy, 0.10, 1e-9);
	assert_string_equal(nvml_driver_version(), "580.159.04");
}

static void test_unknown_card(void **state)
{
	(void)state;
	struct device_use use = {.watts = 5};
	assert_false(nvml_measure(NOBODY, &use));
	assert_false(nvml_measure("", &use));
	assert_true(use.watts == 5);
}

static void *look(void *good)
{
	struct device_use use;
	for (int i = 0; i < 200; i++)
		if (!nvml_measure("0000:1d:00.0", &use) || !isfinite(use.busy))
			*(bool *)good = false;
	return NULL;
}

static void test_many_threads(void **state)
{
	(void)state;
	enum { N = 4 };
	pthread_t threads[N];
	bool good[N] = {true, true, true, true};
	for (int i = 0; i < N; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look, &good[i]), 0);
	for (int i = 0; i < N; i++) {
		pthread_join(threads[i], NULL);
		assert_true(good[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_without_library), /* first: it is opened once */
	    cmocka_unit_test(test_tells),
	    cmocka_unit_test(test_unknown_card),
	    cmocka_unit_test(test_many_threads),
	};
	setenv("THAW_CUDA", standin_folder(), 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
