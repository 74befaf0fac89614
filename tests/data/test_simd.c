/* Vector code is chosen for the processor, within a cap, and every choice gives the same bits. */
#include "../../src/data/colour.h"
#include "thaw/base/rng.h"
#include "thaw/base/simd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 1003 };

struct seen {
	int level;
	float rgb[3][N];
};

/* In a process of its own, as the choice is made once. */
static void see_under(const char *cap, struct seen *out)
{
	int fds[2], status;
	size_t got = 0;
	ssize_t n;
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		static struct seen s;
		struct colour_shift shift = {.hue = .07f, .saturation = 1.3f, .exposure = .8f};
		setenv("DNNL_MAX_CPU_ISA", cap, 1);
		for (size_t i = 0; i < 3 * N; i++)
			s.rgb[i / N][i % N] = (float)rng_uniform(9, i);
		colour_row(&shift, s.rgb[0], s.rgb[1], s.rgb[2], N);
		s.level = (int)simd_level();
		for (size_t at = 0; at < sizeof(s); at += (size_t)n)
			if ((n = write(fds[1], (char *)&s + at, sizeof(s) - at)) <= 0)
				_exit(1);
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], (char *)out + got, sizeof(*out) - got)) > 0)
		got += (size_t)n;
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(got, sizeof(*out));
}

static void a_cap_is_obeyed_and_changes_no_bit(void **state)
{
	(void)state;
	static const struct {
		const char *cap;
		int most;
	} rows[] = {{"SSE41", SIMD_BASE},   {"AVX", SIMD_BASE},       {"avx2", SIMD_V3},
		    {"AVX2_VNNI", SIMD_V3}, {"AVX512_CORE", SIMD_V4}, {"ALL", SIMD_V4}};
	static struct seen base, other;
	see_under("SSE41", &base);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		see_under(rows[i].cap, &other);
		assert_true(other.level <= rows[i].most);
		assert_memory_equal(other.rgb, base.rgb, sizeof(base.rgb));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_cap_is_obeyed_and_changes_no_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
