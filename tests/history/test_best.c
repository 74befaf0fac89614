/* Which epoch is the best: by the run's figure, and as the trainer says when it goes on or back. */
#include "fold.h"

/* A run of two classes, judged by `best_by`. */
static void begin(struct history *h, const char *best_by)
{
	static const char *const names[] = {"cat", "dog"};
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = 1,
				    .name = "test",
				    .classes = names,
				    .n_classes = 2,
				    .n_valid = 20,
				    .epochs = 10,
				    .iterations = 5,
				    .batch = 4,
				    .best_by = best_by};
	feed(h, &ev);
}

/* Of ten pictures of each class so many are right. */
static void epoch(struct history *h, int64_t cats, int64_t dogs, double loss)
{
	struct event_class classes[] = {{"cat", 10, cats, 10 - dogs}, {"dog", 10, dogs, 10 - cats}};
	int64_t number = h->n_epochs ? h->epochs[h->n_epochs - 1].epoch + 1 : 1;
	struct event ev = {.type = EV_EPOCH};
	ev.epoch = (struct event_epoch){
	    .epoch = number,
	    .phase = "head",
	    .iter = number * 5,
	    .valid = {.loss = opt_of(loss), .acc = opt_of((double)(cats + dogs) / 20)},
	    .classes = classes,
	    .n_classes = 2,
	};
	feed(h, &ev);
}

static void story(struct history *h)
{
	epoch(h, 5, 5, 0.7);
	epoch(h, 10, 2, 0.9);
	epoch(h, 6, 6, 0.8);
	epoch(h, 2, 9, 0.6);
	epoch(h, 10, 2, 0.6);
}

static void by_the_figure_of_the_run(void **state)
{
	(void)state;
	static const struct {
		const char *by, *words;
		int64_t epoch;
	} cases[] = {
	    {NULL, "60.0 %", 2},
	    {"accuracy", "60.0 %", 2},
	    {"loss", "loss 0.600", 4},
	    {"f1", "macro F1 0.600", 3},
	    {"recall:dog", "recall of dog 90.0 %", 4},
	    {"recall:cow", "recall of cow - %", 0}, /* no such class: none is the best */
	    {"nonsense", "60.0 %", 2},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct history h;
		struct strbuf out = STRBUF_INIT;
		history_init(&h);
		begin(&h, cases[i].by);
		story(&h);
		if (history_best(&h).epoch != cases[i].epoch)
			fail_msg("%s: epoch %lld", cases[i].by, (long long)history_best(&h).epoch);
		assert_string_equal(history_best_words(&h, &out), cases[i].words);
		strbuf_release(&out);
		history_release(&h);
	}
}

static void goes_to(struct history *h, enum control_what what, int64_t iter, double best_epoch,
		    double score)
{
	struct event ev = {.type = EV_CONTROL};
	ev.control = (struct event_control){.what = what,
					    .iter = iter,
					    .best_epoch = opt_of(best_epoch),
					    .best_score = {score, best_epoch > 0},
					    .best_acc = {score, best_epoch > 0},
					    .best_loss = {0.3, best_epoch > 0}};
	feed(h, &ev);
}

/* best.weights stay those of epoch 2, though it is none of the run's any more. */
static void a_dropped_one_stays_the_best(void **state)
{
	struct history *h = *state;
	begin(h, NULL);
	epoch(h, 5, 5, 0.7);
	epoch(h, 9, 9, 0.3);
	goes_to(h, CONTROL_BACK, 5, 2, 0.9);
	struct history_best best = history_best(h);
	assert_int_equal(h->best_epoch, -1);
	assert_true(best.dropped && best.epoch == 2 && best.acc.value == 0.9);
	epoch(h, 8, 8, 0.4);
	assert_int_equal(h->best_epoch, -1); /* the new epoch 2 is no better */
	assert_false(h->epochs[1].best);
	epoch(h, 9, 9, 0.2);
	assert_int_equal(h->best_epoch, -1); /* nor is an equal one */
	epoch(h, 10, 10, 0.1);
	assert_int_equal(h->best_epoch, 3);
	assert_true(h->epochs[3].best && !history_best(h).dropped);
	goes_to(h, CONTROL_BACK, 10, 4, 1);
	assert_int_equal(history_best(h).epoch, 4);
	goes_to(h, CONTROL_BACK, 5, 1, 0.5); /* as if the trainer had put that one back */
	assert_int_equal(h->best_epoch, 0);
}

static void none_is_none(void **state)
{
	struct history *h = *state;
	begin(h, NULL);
	epoch(h, 9, 9, 0.3);
	epoch(h, 5, 5, 0.7);
	goes_to(h, CONTROL_CONTINUED, 10, 0, 0); /* best.weights are missing */
	assert_int_equal(h->best_epoch, -1);
	assert_int_equal(history_best(h).epoch, 0);
	epoch(h, 4, 4, 0.8);
	assert_int_equal(h->best_epoch, 2);
}

/* An old log does not say: the best of those that count. */
static void an_old_log_is_taken_by_its_numbers(void **state)
{
	struct history *h = *state;
	struct event ev = {.type = EV_CONTROL, .control = {.what = CONTROL_BACK, .iter = 10}};
	begin(h, NULL);
	epoch(h, 5, 5, 0.7);
	epoch(h, 6, 6, 0.6);
	epoch(h, 9, 9, 0.3);
	feed(h, &ev);
	assert_int_equal(h->best_epoch, 1);
	assert_int_equal(history_best(h).epoch, 2);
}

/* ---- what rules do ---- */

static void tell(struct history *h, enum control_what what, enum cause cause, const char *why)
{
	struct event ev = {.type = EV_CONTROL,
			   .control = {.what = what, .iter = h->iter, .cause = cause, .why = why}};
	feed(h, &ev);
}

static const struct history_marker *last_marker(const struct history *h)
{
	return &h->markers[h->n_markers - 1];
}

static void an_end_is_told_until_it_comes(void **state)
{
	struct history *h = *state;
	int64_t ms;
	feed_sample_start(h);
	feed_steps(h, 25, 0.9);
	assert_true(history_eta_ms(h, &ms));
	tell(h, CONTROL_ENDING, CAUSE_RULE, "phase head ends early: reached accuracy 0.9 (0.92)");
	assert_true(h->ending.on);
	assert_false(history_eta_ms(h, &ms)); /* nobody knows */
	assert_string_equal(last_marker(h)->text,
			    "phase head ends early: reached accuracy 0.9 (0.92) (rule)");
	size_t n = h->n_markers;
	tell(h, CONTROL_ENDING, CAUSE_RULE, "phase head ends early: reached accuracy 0.9 (0.92)");
	assert_int_equal(h->n_markers, n); /* told again after a resume */
	tell(h, CONTROL_KEEP_GOING, CAUSE_USER, "no rule ends phase head early any more");
	assert_false(h->ending.on);
	assert_int_equal(last_marker(h)->kind, MARK_RULE);
	assert_int_equal(last_marker(h)->cause, CAUSE_USER);
	assert_true(history_eta_ms(h, &ms));
	tell(h, CONTROL_ENDING, CAUSE_RULE, NULL);
	assert_string_equal(h->ending.why, "");
	feed_phase(h, 1, "tune", 3, 0.0001);
	assert_false(h->ending.on);
}

static void a_cut_tells_its_reason(void **state)
{
	struct history *h = *state;
	struct event ev = {.type = EV_LR,
			   .lr = {.iter = 25,
				  .cause = CAUSE_RULE,
				  .value = 0.005,
				  .was = 0.01,
				  .why = "no gain in loss for 3 epochs (best 0.4 at epoch 7)"}};
	feed_sample_start(h);
	feed(h, &ev);
	assert_int_equal(last_marker(h)->kind, MARK_LR_DOWN);
	assert_string_equal(last_marker(h)->text, "learning rate 0.01 -> 0.005 (rule: no gain in "
						  "loss for 3 epochs (best 0.4 at epoch 7))");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_the_figure_of_the_run),
	    FOLD(a_dropped_one_stays_the_best),
	    FOLD(none_is_none),
	    FOLD(an_old_log_is_taken_by_its_numbers),
	    FOLD(an_end_is_told_until_it_comes),
	    FOLD(a_cut_tells_its_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
