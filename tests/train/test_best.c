/* Which epoch is the best, by which figure, and that best.weights, the trainer's log and its fold say
 * the same; on a stand-in network with scripted figures. */
#include "scripted.h"

#define N_OF(sets) (sizeof(sets) / sizeof(*(sets)))

/* The highest accuracy in epoch 2, the highest recall of stripes in 3 (and again in 4), the lowest
 * loss with the highest accuracy. */
static const char *const lines[] = {"222", "440", "224", "134", NULL};

/* The fold's best is the one that the trainer has told, and saved. */
static void want_best(const char *name, int64_t epoch, const char *words)
{
	struct log l;
	struct strbuf out = STRBUF_INIT;
	log_read(&l, name);
	assert_int_equal(history_best(&l.h).epoch, epoch);
	assert_true(l.h.end.best_epoch.value == (double)epoch);
	assert_string_equal(history_best_words(&l.h, &out), words);
	int64_t saved = 0;
	for (size_t i = 0; i < l.n; i++)
		if (l.events[i].type == EV_CHECKPOINT &&
		    l.events[i].checkpoint.kind == CHECKPOINT_BEST)
			saved = l.events[i].checkpoint.epoch;
	assert_int_equal(saved, epoch);
	for (size_t i = 0; i < l.h.n_epochs; i++)
		assert_int_equal(
		    l.h.epochs[i].best,
		    find(&l, EV_EPOCH, count(&l, EV_EPOCH) - l.h.n_epochs + i)->epoch.best);
	strbuf_release(&out);
	log_free(&l);
}

static void the_figure_is_a_setting(void **state)
{
	(void)state;
	static const struct {
		const char *name, *set;
		int64_t epoch;
		const char *words;
	} cases[] = {
	    {"accuracy", "train.best=accuracy", 2, "66.7 %"},
	    {"loss", "train.best=loss", 2, "loss 1.069"},
	    {"f1", "train.best=f1", 3, "macro F1 0.656"},
	    {"recall", "train.best=recall:stripes", 3, "recall of stripes 100 %"},
	};
	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *const sets[] = {SCRIPTED, cases[i].set};
		train_scripted(cases[i].name, lines, sets, N_OF(sets));
		want_best(cases[i].name, cases[i].epoch, cases[i].words);
	}
	same_bytes("accuracy", "loss", "best.weights");
	same_bytes("f1", "recall", "best.weights");
}

/* Stopped behind the best, the run does not forget it; nor may it be judged by another figure. */
static void a_worse_one_never_takes_its_place(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED, "train.best=recall:stripes"};
	static const char *const other[] = {"train.best=accuracy"};
	struct errinfo e = {0};
	train_scripted("whole", lines, sets, N_OF(sets));
	stop_after = 13;
	assert_int_equal(train_scripted("resumed", lines, sets, N_OF(sets)), TRAINER_STOPPED);
	struct trainer_options o = {.sets = other, .n_sets = 1};
	assert_int_equal(resume_scripted("resumed", lines, 13, o, &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "train.best is accuracy, but the run was begun with "
				      "recall:stripes, which cannot change"));
	resume_scripted_to_end("resumed", lines, 13, (struct trainer_options){0});
	want_best("resumed", 3, "recall of stripes 100 %");
	same_files("whole", "resumed");
}

/* best.weights stay those of an epoch that the run goes back beyond, until a better one comes. */
static void the_run_goes_back_beyond_it(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.batch=7", "train.keep=9"};
	static const char *const first[] = {"222", "333", "444", "333", NULL}, *const worse[] = {
										   "222", "333",
										   "433", "443",
										   NULL};
	train_scripted("back", first, sets, N_OF(sets));
	want_best("back", 3, "100 %");
	struct trainer_options o = {.from = "epoch 2"};
	resume_scripted_to_end("back", worse, 8, o);
	struct log l;
	log_read(&l, "back");
	const struct history_best best = history_best(&l.h);
	assert_int_equal(l.h.n_epochs, 4);
	assert_int_equal(l.h.best_epoch, -1);
	assert_true(best.dropped && best.epoch == 3 && best.acc.value == 1);
	assert_true(l.h.end.best_epoch.value == 3);
	for (size_t i = 2; i < l.h.n_epochs; i++)
		assert_false(l.h.epochs[i].best);
	log_free(&l);
}

/* A best.weights that is missing is no best: the next epoch is. */
static void one_that_is_missing_is_none(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED};
	static const char *const falling[] = {"222", "444", "333", "332", NULL};
	stop_after = 9;
	assert_int_equal(train_scripted("missing", falling, sets, 3), TRAINER_STOPPED);
	char *best = run_file("missing", "best.weights"), *st = run_file("missing", "best.state");
	assert_int_equal(remove(best), 0);
	assert_int_equal(remove(st), 0);
	resume_scripted_to_end("missing", falling, 9, (struct trainer_options){0});
	want_best("missing", 3, "75.0 %");
	free(best);
	free(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_figure_is_a_setting, no_life),
	    cmocka_unit_test_setup(a_worse_one_never_takes_its_place, no_life),
	    cmocka_unit_test_setup(the_run_goes_back_beyond_it, no_life),
	    cmocka_unit_test_setup(one_that_is_missing_is_none, no_life),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
