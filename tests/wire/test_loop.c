/* The loop: descriptors, timers, signals, and callbacks that change what is watched. */
#include "thaw/base/clock.h"
#include "thaw/wire/loop.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define DEADLINE_MS 10000

struct world {
	struct loop *l;
	int a[2], b[2]; /* pipes */
	int n_a, n_b, n_timer, n_signal;
	int timer;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	w->l = loop_new();
	*state = w;
	return pipe(w->a) || pipe(w->b);
}

static int teardown(void **state)
{
	struct world *w = *state;
	loop_free(w->l);
	for (int i = 0; i < 2; i++) {
		close(w->a[i]);
		close(w->b[i]);
	}
	free(w);
	return 0;
}

static void poke(const int *fds)
{
	assert_int_equal(write(fds[1], "x", 1), 1);
}

static void on_a(void *arg, int fd, short revents)
{
	struct world *w = arg;
	char c;
	assert_int_equal(fd, w->a[0]);
	assert_true(revents & POLLIN);
	assert_int_equal(read(fd, &c, 1), 1);
	w->n_a++;
}

static void on_b(void *arg, int fd, short revents)
{
	struct world *w = arg;
	char c;
	(void)revents;
	assert_int_equal(read(fd, &c, 1), 1);
	w->n_b++;
}

static void test_descriptors(void **state)
{
	struct world *w = *state;
	loop_fd(w->l, w->a[0], POLLIN, on_a, w);
	loop_fd(w->l, -1, POLLIN, on_b, w);
	assert_int_equal(loop_run_once(w->l, 0), 0);
	poke(w->a);
	assert_int_equal(loop_run_once(w->l, DEADLINE_MS), 1);
	assert_int_equal(w->n_a, 1);
	poke(w->a);
	loop_fd(w->l, w->a[0], POLLIN, on_b, w);
	assert_int_equal(loop_run_once(w->l, DEADLINE_MS), 1);
	assert_int_equal(w->n_b, 1);
	poke(w->a);
	loop_fd_remove(w->l, w->a[0]);
	loop_fd_remove(w->l, w->a[0]);
	assert_int_equal(loop_run_once(w->l, 0), 0);
}

static void remove_both(void *arg, int fd, short revents)
{
	struct world *w = arg;
	(void)fd;
	(void)revents;
	w->n_a++;
	loop_fd_remove(w->l, w->a[0]);
	loop_fd_remove(w->l, w->b[0]);
}

/* Whichever is called first takes the other one away, although both were ready in this turn. */
static void test_removed_within_turn(void **state)
{
	struct world *w = *state;
	loop_fd(w->l, w->a[0], POLLIN, remove_both, w);
	loop_fd(w->l, w->b[0], POLLIN, remove_both, w);
	poke(w->a);
	poke(w->b);
	assert_int_equal(loop_run_once(w->l, DEADLINE_MS), 1);
	assert_int_equal(w->n_a, 1);
	assert_int_equal(loop_run_once(w->l, 0), 0);
}

static void replace_b(void *arg, int fd, short revents)
{
	struct world *w = arg;
	(void)fd;
	(void)revents;
	loop_fd_remove(w->l, w->a[0]);
	loop_fd(w->l, w->b[0], POLLIN, on_b, w);
	for (int i = 0; i < 100; i++) /* make the tables move */
		loop_timer(w->l, 1000000, NULL, NULL);
}

/* A replacement is not called for what its predecessor was ready for, but in the next turn. */
static void test_replaced_within_turn(void **state)
{
	struct world *w = *state;
	loop_fd(w->l, w->a[0], POLLIN, replace_b, w);
	loop_fd(w->l, w->b[0], POLLIN, remove_both, w);
	poke(w->a);
	poke(w->b);
	assert_int_equal(loop_run_once(w->l, DEADLINE_MS), 1);
	assert_int_equal(w->n_b, 0);
	assert_int_equal(loop_run_once(w->l, DEADLINE_MS), 1);
	assert_int_equal(w->n_b, 1);
}

static void on_timer(void *arg)
{
	struct world *w = arg;
	if (++w->n_timer == 3) {
		loop_timer_cancel(w->l, w->timer);
		loop_stop(w->l);
	}
}

static void test_timer(void **state)
{
	struct world *w = *state;
	int64_t start = clock_ms();
	w->timer = loop_timer(w->l, 5, on_timer, w);
	assert_true(w->timer > 0);
	loop_run(w->l);
	assert_true(loop_stopped(w->l));
	assert_int_equal(w->n_timer, 3);
	assert_true(clock_ms() - start >= 15);
	loop_timer_cancel(w->l, w->timer);
	loop_timer_cancel(w->l, 12345);
	assert_int_equal(loop_run_once(w->l, 20), 0);
	assert_int_equal(w->n_timer, 3);
}

static void cancel_other(void *arg)
{
	struct world *w = arg;
	w->n_timer++;
	loop_timer_cancel(w->l, w->timer);
}

static void test_timer_cancelled_within_turn(void **state)
{
	struct world *w = *state;
	loop_timer(w->l, 1, cancel_other, w);
	w->timer = loop_timer(w->l, 1, on_timer, w);
	int64_t due = clock_ms() + 3;
	while (clock_ms() < due) /* both become due before the turn */
		;
	assert_int_equal(loop_run_once(w->l, DEADLINE_MS), 1);
	assert_int_equal(w->n_timer, 1);
}

static void on_signal(void *arg, int signo)
{
	struct world *w = arg;
	w->n_signal += signo == SIGUSR1;
}

static void test_signal(void **state)
{
	struct world *w = *state;
	struct sigaction before, after;
	struct errinfo e;
	assert_int_equal(sigaction(SIGUSR1, NULL, &before), 0);
	assert_int_equal(loop_signal(w->l, SIGUSR1, on_signal, w, &e), ERR_OK);
	assert_int_equal(loop_signal(w->l, SIGKILL, on_signal, w, &e), ERR_VALUE);
	assert_int_equal(loop_signal(w->l, 0, on_signal, w, &e), ERR_VALUE);
	assert_int_equal(loop_signal(w->l, 100000, on_signal, w, &e), ERR_VALUE);
	assert_int_equal(loop_run_once(w->l, 0), 0);
	for (int i = 0; i < 3; i++) {
		raise(SIGUSR1);
		assert_int_equal(loop_run_once(w->l, DEADLINE_MS), 1);
		assert_int_equal(w->n_signal, i + 1);
	}
	for (int i = 0; i < 100000; i++) /* more than a pipe holds */
		raise(SIGUSR1);
	assert_true(loop_run_once(w->l, DEADLINE_MS) > 0);
	assert_int_equal(w->n_signal, 4);
	assert_int_equal(loop_run_once(w->l, 0), 0);
	loop_free(w->l);
	w->l = loop_new();
	assert_int_equal(sigaction(SIGUSR1, NULL, &after), 0);
	assert_true(before.sa_handler == after.sa_handler);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_descriptors),
	    TEST(test_removed_within_turn),
	    TEST(test_replaced_within_turn),
	    TEST(test_timer),
	    TEST(test_timer_cancelled_within_turn),
	    TEST(test_signal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
