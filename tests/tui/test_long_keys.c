/* A recorded run of five hundred epochs, replayed on a real pseudo-terminal, by keys. */
#include <stdlib.h>

#include "stage.h"

#define LONG "tests/recorded/long.jsonl"

static int replay(void *arg)
{
	(void)arg;
	struct tui_options o = {.run_dir = LONG, .replay = true};
	return tui_run(&o, NULL);
}

static const struct {
	int w, h;
} sizes[] = {{80, 24}, {120, 40}, {60, 20}, {200, 60}};

/* The table is scrolled to the start and back, the crosshair goes to both ends: what was best and
 * what is newest stay in sight, and no figure is "nan". */
static void test_by_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		bool wide = sizes[i].w == 200;
		struct pty *p = pty_call(sizes[i].w, sizes[i].h, "xterm-256color", replay, NULL);
		stage_expect(p, "Epochs");
		pty_send(p, "\x1b[F"); /* End */
		stage_expect(p, "500 of 500");
		stage_expect(p, "overfitting since epoch");
		stage_expect(p, wide ? "★    47 tune" : "★  47 tune");
		pty_send(p, "\x1b[5~"); /* PgUp: 15 epochs at a time */
		stage_expect(p, "485 of 500");
		for (int k = 0; k < 40; k++)
			pty_send(p, "\x1b[5~");
		stage_expect(p, " of 500");
		stage_expect(p, wide ? "   1 head" : "  1 head");
		stage_expect(p, "500 tune");
		pty_send(p, "x");
		stage_expect(p, "iteration 1500 · epoch 500");
		for (int k = 0; k < 120; k++)
			pty_send(p, "\x1b[D");
		stage_expect(p, "iteration 1 · epoch 1");
		assert_true(pty_lacks(p, "nan", WAIT_MS));
		pty_send(p, "yxG]");
		stage_expect(p, "log 2×");
		pty_send(p, "q");
		assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
		stage_expect_restored(p);
		pty_free(p);
	}
}

int main(void)
{
	setenv("THAW_REMEMBER", "0", 1); /* each size begins as the first does */
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_by_keys),
	};
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
