/* A sweep: its combinations, the names of its runs, its file, and what its groups come to. */
#include "thaw/run/sweep.h"
#include "thaw/run/sweep_groups.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include "../train/scratch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void make(struct sweep *s)
{
	*s = (struct sweep){
	    .name = xstrdup("fl"), .experiment = xstrdup("/x.yaml"), .sum = 0xc0ffee};
	sweep_add(s, "phases.tune.lr", "1e-3");
	sweep_add(s, "phases.tune.lr", "3e-3");
	sweep_add(s, "data.limit", "48");
	sweep_add(s, "train.seed", "1");
	sweep_add(s, "train.seed", "2");
	sweep_add(s, "train.seed", "3");
}

static void is_named(const struct sweep *s, size_t i, const char *wanted)
{
	char *name = sweep_run_name(s, i);
	assert_string_equal(name, wanted);
	free(name);
}

static void every_combination_once(void **state)
{
	(void)state;
	struct sweep s;
	make(&s);
	assert_int_equal(sweep_count(&s), 6);
	is_named(&s, 0, "fl-lr=1e-3-seed=1");
	is_named(&s, 1, "fl-lr=1e-3-seed=2");
	is_named(&s, 5, "fl-lr=3e-3-seed=3");
	char **sets = sweep_sets(&s, 4);
	assert_string_equal(sets[0], "phases.tune.lr=3e-3");
	assert_string_equal(sets[1], "data.limit=48");
	assert_string_equal(sets[2], "train.seed=2");
	for (size_t k = 0; k < s.n_keys; k++)
		free(sets[k]);
	free(sets);
	sweep_release(&s);
}

static void names_are_short_and_safe(void **state)
{
	(void)state;
	struct sweep s;
	make(&s);
	sweep_add(&s, "phases.head.lr", "0.1");
	sweep_add(&s, "phases.head.lr", "0.2");
	is_named(&s, 0, "fl-tune.lr=1e-3-seed=1-head.lr=0.1");
	sweep_release(&s);
	make(&s);
	sweep_add(&s, "network.weights", "/a/tiny 1.weights");
	sweep_add(&s, "network.weights", "/b/tiny 1.weights");
	char *one = sweep_run_name(&s, 0), *other = sweep_run_name(&s, 1);
	assert_non_null(strstr(one, "weights=tiny_1.weights~"));
	assert_string_not_equal(one, other);
	free(one);
	free(other);
	for (int i = 0; i < 40; i++) { /* longer than a file's name may be */
		char *key = xasprintf("phases.p%d.power", i);
		sweep_add(&s, key, "1");
		sweep_add(&s, key, "2");
		free(key);
	}
	assert_true(sweep_count(&s) > 1000000);
	one = sweep_run_name(&s, 0), other = sweep_run_name(&s, 1);
	assert_true(strlen(one) < 200);
	assert_string_not_equal(one, other);
	free(one);
	free(other);
	sweep_release(&s);
}

static void the_file_says_the_same(void **state)
{
	(void)state;
	struct sweep s, back, of;
	struct errinfo e;
	char *root = scratch_new(), *path = sweep_path(root, "fl"), *run;
	make(&s);
	assert_int_equal(sweep_write(&s, path, &e), ERR_OK);
	assert_int_equal(sweep_read(&back, path, &e), ERR_OK);
	assert_string_equal(back.name, "fl");
	assert_string_equal(back.experiment, "/x.yaml");
	assert_true(back.sum == s.sum);
	assert_int_equal(sweep_count(&back), 6);
	is_named(&back, 5, "fl-lr=3e-3-seed=3");
	sweep_release(&back);
	run = path_join(root, "fl-lr=3e-3-seed=3");
	assert_true(sweep_of_run(&of, run));
	assert_string_equal(of.name, "fl");
	sweep_release(&of);
	free(run);
	run = path_join(root, "fl-lr=3e-3-seed=4");
	assert_false(sweep_of_run(&of, run));
	free(run);
	sweep_release(&s);
	free(path);
	scratch_free(root);
}

static void what_is_no_sweep(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} bad[] = {
	    {"", ":1: no sweep"},
	    {"thaw-sweep 2\n", ":1: no sweep"},
	    {"thaw-sweep 1\nset x=1\n", "it names no experiment"},
	    {"thaw-sweep 1\nexperiment /x\nset x\n", ":3: not understood: set x"},
	    {"thaw-sweep 1\nexperiment /x\nsum zz\n", ":3: not understood: sum zz"},
	};
	struct sweep s;
	struct errinfo e;
	char *root = scratch_new(), *path = sweep_path(root, "bad");
	assert_int_equal(sweep_read(&s, path, &e), ERR_NOT_FOUND);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(file_write_atomic(path, bad[i].text, strlen(bad[i].text), &e),
				 ERR_OK);
		assert_int_equal(sweep_read(&s, path, &e), ERR_FORMAT);
		assert_non_null(strstr(e.msg, bad[i].why));
	}
	free(path);
	scratch_free(root);
}

/* ---- groups ---- */

static void means_of_few(void **state)
{
	(void)state;
	assert_false(sweep_mean(NULL, 0).mean.valid);
	const double one[] = {0.5}, three[] = {2, 4, 9};
	assert_true(sweep_mean(one, 1).mean.value == 0.5);
	assert_false(sweep_mean(one, 1).sd.valid);
	const struct sweep_mean m = sweep_mean(three, 3);
	assert_true(m.mean.value == 5);
	assert_true(fabs(m.sd.value - sqrt((9 + 1 + 16) / 2.0)) < 1e-12);
}

/* Runs of the six combinations, by seed within each rate; acc < 0: none yet. */
static struct sweep_group *group(struct sweep *s, const double acc[6], const int64_t status[6],
				 size_t *n)
{
	struct run_summary runs[6];
	const struct run_summary *at[6];
	for (size_t i = 0; i < 6; i++) {
		runs[i] = (struct run_summary){.status = status[i],
					       .best_acc = opt_of(acc[i]),
					       .n_epochs = (int64_t)i,
					       .seconds = 10 * (double)i};
		at[i] = acc[i] < 0 ? NULL : &runs[i];
	}
	return sweep_groups(s, at, n);
}

static void seeds_are_one_group(void **state)
{
	(void)state;
	enum { F = RUN_STATUS_FINISHED, R = RUN_STATUS_RUNNING, C = RUN_STATUS_CRASHED };
	const double acc[] = {0.5, 0.6, 0.9, 0.7, 0.75, -1};
	const int64_t all[] = {F, F, F, F, F, F}, some[] = {F, F, R, F, C, F},
		      none[] = {R, R, R, R, R, R};
	struct sweep s;
	size_t n;
	make(&s);
	struct sweep_group *g = group(&s, acc, all, &n);
	assert_int_equal(n, 2);
	assert_int_equal(g[0].first, 3); /* 3e-3: 0.725 is better than 2/3 */
	assert_int_equal(g[0].n, 3);
	assert_int_equal(g[0].n_finished, 2);
	assert_true(fabs(g[0].best.mean.value - 0.725) < 1e-12);
	assert_true(fabs(g[0].best.sd.value - sqrt(2 * 0.025 * 0.025)) < 1e-12);
	assert_true(fabs(g[0].seconds.mean.value - 35) < 1e-12);
	assert_true(fabs(g[1].best.mean.value - 2 / 3.0) < 1e-12);
	assert_true(fabs(g[1].epochs.mean.value - 1) < 1e-12);
	free(g);
	g = group(&s, acc, some, &n); /* what has not finished does not count */
	assert_true(fabs(g[0].best.mean.value - 0.7) < 1e-12);
	assert_false(g[0].best.sd.valid);
	assert_true(fabs(g[1].best.mean.value - 0.55) < 1e-12);
	free(g);
	g = group(&s, acc, none, &n);
	assert_int_equal(n, 2);
	assert_int_equal(g[0].first, 0);
	assert_false(g[0].best.mean.valid);
	free(g);
	sweep_release(&s);
}

static void seeds_may_come_first(void **state)
{
	(void)state;
	struct sweep s = {.name = xstrdup("x"), .experiment = xstrdup("/x")};
	for (const char *seed = "12"; *seed; seed++)
		sweep_add(&s, "train.seed", (char[]){*seed, 0});
	for (const char *batch = "456"; *batch; batch++)
		sweep_add(&s, "train.batch", (char[]){*batch, 0});
	const double acc[] = {0.1, 0.2, 0.3, 0.3, 0.4, 0.9};
	const int64_t status[6] = {0};
	size_t n;
	struct sweep_group *g = group(&s, acc, status, &n);
	assert_int_equal(n, 3);
	assert_int_equal(g[0].first, 2);
	assert_true(fabs(g[0].best.mean.value - 0.6) < 1e-12);
	assert_true(fabs(g[2].best.mean.value - 0.2) < 1e-12);
	free(g);
	sweep_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_combination_once), cmocka_unit_test(names_are_short_and_safe),
	    cmocka_unit_test(the_file_says_the_same), cmocka_unit_test(what_is_no_sweep),
	    cmocka_unit_test(means_of_few),           cmocka_unit_test(seeds_are_one_group),
	    cmocka_unit_test(seeds_may_come_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
