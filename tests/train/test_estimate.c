/* What the preflight says that a run will need is what it needs, or a little more. */
#include "fake_run.h"

#include "../../src/train/estimate.h"
#include "../../src/train/preflight.h"

static const struct {
	const char *name;
	const char *sets[4];
	size_t n_sets;
	bool exact; /* nothing is estimated that this network does not tell; quick iterations, told
		     * together, take less */
} plans[] = {
    {"small-batches", {"train.batch=1", "data.probes=0", "phases.head.epochs=20"}, 3, false},
    {"large-batches", {"train.batch=24", "data.probes=0", "phases.head.epochs=20"}, 3, true},
    {"many-probes", {"data.probes=12", "phases.tune.epochs=20"}, 2, false},
    {"kept", {"train.keep=5", "train.batch=24", "phases.tune.epochs=9"}, 3, false},
};

static uint64_t folder_bytes(const char *name, const char *sub)
{
	static const char *const kinds[] = {"weights", "state"};
	uint64_t bytes = 0;
	for (int epoch = 1; epoch < 100; epoch++)
		for (int k = 0; k < 2; k++) {
			char *file = xasprintf("%s/epoch-%04d.%s", sub, epoch, kinds[k]),
			     *path = run_file(name, file);
			int64_t size = file_size(path);
			bytes += size > 0 ? (uint64_t)size : 0;
			free(file);
			free(path);
		}
	return bytes;
}

static void a_run_needs_no_more_than_was_said(void **state)
{
	(void)state;
	static const char *const files[] = {"events.jsonl", "best.weights", "last.weights",
					    "last.state",   "best.state",   "previous.weights",
					    "previous.state"};
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++) {
		struct trainer_options o = {.experiment = yaml,
					    .runs = runs,
					    .sets = plans[i].sets,
					    .n_sets = plans[i].n_sets};
		struct preflight p;
		assert_int_equal(preflight_run(&p, &o, NULL), ERR_OK);
		uint64_t log = estimate_log(&p, experiment_epochs(p.x)), all = p.disk_need;
		preflight_release(&p);
		assert_int_equal(train(plans[i].name, plans[i].sets, plans[i].n_sets, NULL),
				 TRAINER_FINISHED);
		uint64_t used = folder_bytes(plans[i].name, "checkpoints"), logged = 0;
		for (size_t k = 0; k < sizeof(files) / sizeof(*files); k++) {
			char *path = run_file(plans[i].name, files[k]);
			used += (uint64_t)file_size(path);
			logged = k ? logged : (uint64_t)file_size(path);
			free(path);
		}
		if (logged > log || used > all)
			fail_msg("%s: %llu bytes of log, %llu were said; %llu of %llu in all",
				 plans[i].name, (unsigned long long)logged,
				 (unsigned long long)log, (unsigned long long)used,
				 (unsigned long long)all);
		/* The stand-in network shows no maps of what it looks at. */
		if (plans[i].exact && log > logged * 3)
			fail_msg("%s: %llu bytes of log, but %llu were said", plans[i].name,
				 (unsigned long long)logged, (unsigned long long)log);
	}
}

static uint64_t disk_need(const char *const *sets, size_t n_sets, uint64_t *params)
{
	struct trainer_options o = {
	    .experiment = yaml, .runs = runs, .sets = sets, .n_sets = n_sets};
	struct preflight p;
	assert_int_equal(preflight_run(&p, &o, NULL), ERR_OK);
	uint64_t need = p.disk_need;
	*params = 0;
	for (int i = 0; i < net_n_layers(p.net); i++) {
		struct layer_info info;
		net_layer(p.net, i, &info);
		*params += info.n_params;
	}
	preflight_release(&p);
	return need;
}

/* Each of the states of a run - best, last, previous, next and three kept - holds two numbers a parameter instead of one. */
static void adam_needs_twice_the_moments(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.keep=3", "phases.0.lr=0.001", "phases.1.lr=0.001",
					   "train.optimizer=adamw"};
	uint64_t params, sgd = disk_need(sets, 3, &params), adam = disk_need(sets, 4, &params);
	assert_true(params > 0);
	assert_int_equal(adam - sgd, params * sizeof(float) * (4 + 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_run_needs_no_more_than_was_said, reset_fake),
	    cmocka_unit_test_setup(adam_needs_twice_the_moments, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
