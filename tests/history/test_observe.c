/* Each rule of the observations on a sequence made for it, and what noise must not trigger. */
#include "feed.h"

#include <math.h>
#include <stdio.h>

static int setup(void **state)
{
	static struct history h;
	history_init(&h);
	feed_run(&h, 5, 500);
	feed_layers(&h);
	feed_freeze(&h, "0-18", 0, CAUSE_PHASE);
	*state = &h;
	return 0;
}

static int teardown(void **state)
{
	history_release(*state);
	return 0;
}

static void test_first(void **state)
{
	assert_says(feed_quiet(*state, (struct scores){0.9, 0.8, 0.742}), OBS_FIRST,
		    "first epoch: validation accuracy 74.2 %");
}

static void test_improving(void **state)
{
	feed_quiet(*state, (struct scores){0.9, 0.8, 0.742});
	assert_says(feed_quiet(*state, (struct scores){0.7, 0.7, 0.781}), OBS_IMPROVING,
		    "improving: validation accuracy 74.2 -> 78.1 %, best so far");
	feed_quiet(*state, (struct scores){0.7, 0.7, 0.710});
	assert_says(feed_quiet(*state, (struct scores){0.65, 0.7, 0.750}), OBS_IMPROVING,
		    "improving: validation accuracy 71.0 -> 75.0 %, best 78.1 % in epoch 2");
}

static void test_improving_loss(void **state)
{
	feed_quiet(*state, (struct scores){0.9, 0.800, 0.742});
	assert_says(feed_quiet(*state, (struct scores){0.7, 0.700, 0.740}), OBS_IMPROVING,
		    "improving: validation loss 0.800 -> 0.700");
}

static void test_best(void **state)
{
	feed_quiet(*state, (struct scores){0.9, 0.8, 0.742});
	assert_says(feed_quiet(*state, (struct scores){0.7, 0.7, 0.745}), OBS_BEST,
		    "best so far: validation accuracy 74.2 -> 74.5 %");
}

/* Three epochs without a gain are told, with what may be done: here the training pictures are known
 * no better than the others, and layers are frozen. */
static void test_idle(void **state)
{
	feed_quiet(*state, (struct scores){0.9, 0.90, 0.700});
	feed_quiet(*state, (struct scores){0.5, 0.60, 0.784});
	feed_quiet(*state, (struct scores){0.5, 0.60, 0.780});
	assert_int_not_equal(feed_quiet(*state, (struct scores){0.5, 0.60, 0.782})->observation,
			     OBS_PLATEAU);
	struct history_epoch *e = feed_quiet(*state, (struct scores){0.5, 0.60, 0.781});
	assert_says(
	    e, OBS_PLATEAU,
	    "no gain for 3 epochs, best 78.4 % in epoch 2: thaw more, raise the rate, or stop");
	assert_string_equal(e->brief, "no gain for 3 epochs");
	assert_says(
	    feed_quiet(*state, (struct scores){0.5, 0.60, 0.781}), OBS_PLATEAU,
	    "no gain for 4 epochs, best 78.4 % in epoch 2: thaw more, raise the rate, or stop");
}

/* What is learnt by heart asks for the opposite. */
static void test_idle_by_heart(void **state)
{
	struct history *h = *state;
	feed_freeze(h, "none", 0, CAUSE_USER);
	for (int i = 0; i < 5; i++) {
		struct event ev = {.type = EV_EPOCH};
		feed_steps(h, 25, 0.1);
		ev.epoch = (struct event_epoch){.epoch = i + 1,
						.iter = h->iter,
						.phase = "tune",
						.lr = {0.01, true},
						.train = {{0.1, true}, .acc = {0.99, true}},
						.valid = {{0.6, true}, .acc = {0.78, true}}};
		feed(h, &ev);
	}
	assert_says(&h->epochs[4], OBS_PLATEAU,
		    "no gain for 4 epochs, best 78.0 % in epoch 1: lower the rate, or stop");
}

/* Small steps that add up are no plateau, nor is a loss that still falls. */
static void test_no_plateau(void **state)
{
	feed_quiet(*state, (struct scores){0.5, 0.60, 0.780});
	feed_quiet(*state, (struct scores){0.5, 0.60, 0.784});
	assert_int_equal(feed_quiet(*state, (struct scores){0.5, 0.60, 0.788})->observation,
			 OBS_BEST);
	feed_quiet(*state, (struct scores){0.4, 0.55, 0.788});
	assert_int_equal(feed_quiet(*state, (struct scores){0.4, 0.50, 0.788})->observation,
			 OBS_IMPROVING);
}

static void test_overfitting(void **state)
{
	feed_quiet(*state, (struct scores){0.50, 0.60, 0.780});
	feed_quiet(*state, (struct scores){0.40, 0.65, 0.779});
	struct history_epoch *e = feed_quiet(*state, (struct scores){0.30, 0.70, 0.781});
	assert_says(e, OBS_OVERFITTING, "overfitting since epoch 2: lower the rate, or stop");
	assert_string_equal(e->brief, "overfitting since epoch 2");
	assert_int_equal(e->words_told, strlen("overfitting since epoch 2"));
	assert_says(feed_quiet(*state, (struct scores){0.25, 0.75, 0.770}), OBS_OVERFITTING,
		    "overfitting since epoch 2: lower the rate, or stop");
}

#define LONG_RUN 180

/* A run of which every figure wobbles a little; `lowest` is where its validation loss turns. */
static struct scores wobbling(int i, int lowest)
{
	double wobble = 0.01 * (i * 7 % 5 - 2), away = i - lowest;
	double acc = i < lowest ? 0.6 + 0.2 * i / lowest : 0.8 - 0.0002 * away;
	return (struct scores){0.2 + 0.8 / (i + 1) + 0.02 * wobble,
			       0.45 + (away < 0 ? 0.05 * -away : 0.0015 * away) + 0.5 * wobble,
			       acc + 0.2 * wobble};
}

/* It is said as long as it holds, not once, with the epoch that it began in; and for how long
 * nothing was gained. */
static void test_overfitting_holds(void **state)
{
	struct history *h = *state;
	enum { LOWEST = 5 };
	int first = 0;
	h->run.epochs = LONG_RUN + 1;
	feed_freeze(h, "none", 0, CAUSE_USER);
	for (int i = 0; i < LONG_RUN; i++) {
		const struct history_epoch *e = feed_quiet(h, wobbling(i, LOWEST));
		first = !first && e->observation == OBS_OVERFITTING ? i : first;
		if (first)
			assert_int_equal(e->observation, OBS_OVERFITTING);
	}
	const struct history_epoch *e = &h->epochs[LONG_RUN - 1];
	long idle = LONG_RUN - 1 - (long)e->so_far.gain;
	assert_true(first > LOWEST && first < 60);
	assert_in_range(e->so_far.overfit_since, LOWEST, LOWEST + 6);
	char want[160];
	snprintf(want, sizeof(want),
		 "no gain for %ld epochs; overfitting since epoch %lld: freeze more, lower the "
		 "rate, or stop",
		 idle, (long long)e->so_far.overfit_since);
	assert_true(idle > 150);
	assert_says(e, OBS_OVERFITTING, want);
}

/* A run that wobbles by a picture more or less, and by as much of its loss, has no trend: neither
 * better nor worse, whatever two epochs in a row may do. */
static void test_noise_is_no_trend(void **state)
{
	(void)state;
	struct history h;
	history_init(&h);
	feed_run(&h, 5, 100);
	h.run.epochs = 200;
	for (int i = 0; i < 120; i++) {
		double wobble = i * 7 % 5 - 2; /* -2 .. 2 pictures of 100 */
		const struct history_epoch *e = feed_quiet(
		    &h, (struct scores){0.3, 0.60 + 0.01 * wobble, 0.80 + 0.01 * wobble});
		if (i > 0 && e->observation != OBS_PLATEAU && e->observation != OBS_NONE &&
		    e->observation != OBS_BEST)
			assert_int_equal(i < 10, 1); /* one epoch is compared with one */
		assert_int_not_equal(e->observation, OBS_OVERFITTING);
	}
	assert_int_equal(h.epochs[119].observation, OBS_PLATEAU);
	history_release(&h);
}

/* Noise that is drawn by chance: of many runs that come down and stand still hardly one looks as if it overfitted.
 */
static void test_chance_is_no_overfitting(void **state)
{
	enum { RUNS = 20, EPOCHS = 150 };
	uint32_t random = 1;
	int n_false = 0;
	(void)state;
	for (int run = 0; run < RUNS; run++) {
		struct history h;
		bool seen = false;
		history_init(&h);
		feed_run(&h, 5, 500);
		for (int i = 0; i < EPOCHS; i++) {
			double noise = 0; /* of about 0.02 */
			for (int k = 0; k < 12; k++) {
				random = random * 1664525 + 1013904223;
				noise += ((random >> 8) / 16777216.0 - 0.5) * 0.02;
			}
			feed_epoch(&h, "head",
				   (struct scores){0.5 / (1 + i / 50.0),
						   0.45 + 1.2 * exp(-i / 8.0) + noise, 0.8});
			seen |= h.epochs[i].observation == OBS_OVERFITTING;
		}
		n_false += seen;
		history_release(&h);
	}
	assert_in_range(n_false, 0, 2);
}

/* A slow rise that no two epochs show is one over a window; its words tell how wide that is. */
static void test_slow_rise(void **state)
{
	struct history *h = *state;
	h->run.epochs = 400;
	for (int i = 0; i < 200; i++)
		feed_quiet(h, (struct scores){0.5, 0.6, 0.60 + 0.001 * i + (i % 2 ? 0.004 : 0)});
	const struct history_epoch *e = &h->epochs[199];
	assert_int_equal(e->observation, OBS_IMPROVING);
	assert_non_null(strstr(e->words, "improving: validation accuracy 7"));
	assert_non_null(strstr(e->words, " %, each over 20 epochs"));
	assert_string_equal(e->brief, "improving: accuracy");
}

/* At the end of a run there is nothing to stop, at the end of a cosine no rate to lower. */
static void test_advice_fits(void **state)
{
	struct history *h = *state;
	feed_freeze(h, "none", 0, CAUSE_USER);
	for (int i = 0; i < 10; i++) {
		feed_lr(h, h->lr.value, i < 9 ? 0.01 : 1e-7, h->iter, CAUSE_SCHEDULE);
		feed_quiet(h, (struct scores){0.5 - 0.05 * i, 0.6 + 0.05 * i, 0.8 - 0.01 * i});
	}
	const struct history_epoch *e = &h->epochs[9];
	assert_non_null(strstr(h->epochs[8].words, ": freeze more, lower the rate, or stop"));
	assert_int_equal(e->observation, OBS_OVERFITTING);
	assert_string_equal(e->words + e->words_told, ": freeze more");
}

static void test_one_class(void **state)
{
	struct history h;
	(void)state;
	history_init(&h);
	feed_run(&h, 1, 20);
	for (int i = 0; i < 4; i++)
		assert_says(feed_quiet(&h, (struct scores){0, 0, 1}), OBS_NONE,
			    "one class: nothing to tell apart");
	history_release(&h);
}

/* The words by the room there is for them. */
static void test_brevity(void **state)
{
	static const char *const texts[] = {"overfitting since epoch 2: lower the rate, or stop",
					    "overfitting since epoch 2",
					    "overfitting since epoch 2", "overfitting"};
	struct strbuf out = STRBUF_INIT;
	feed_quiet(*state, (struct scores){0.50, 0.60, 0.780});
	feed_quiet(*state, (struct scores){0.40, 0.65, 0.779});
	struct history_epoch *e = feed_quiet(*state, (struct scores){0.30, 0.70, 0.781});
	for (int i = 0; i <= EPOCH_WORDS_BRIEFEST; i++)
		assert_string_equal(epoch_words(e, i, &out), texts[i]);
	strbuf_release(&out);
}

/* A rise of less than 1 % is noise, and an accuracy that grows is not overfitting. */
static void test_no_overfitting(void **state)
{
	feed_quiet(*state, (struct scores){0.50, 0.600, 0.780});
	feed_quiet(*state, (struct scores){0.40, 0.603, 0.779});
	assert_int_not_equal(feed_quiet(*state, (struct scores){0.30, 0.606, 0.781})->observation,
			     OBS_OVERFITTING);
	feed_quiet(*state, (struct scores){0.25, 0.65, 0.782});
	assert_int_equal(feed_quiet(*state, (struct scores){0.20, 0.70, 0.800})->observation,
			 OBS_IMPROVING);
}

static void test_worse_and_steady(void **state)
{
	feed_quiet(*state, (struct scores){0.5, 0.60, 0.780});
	assert_says(feed_quiet(*state, (struct scores){0.5, 0.60, 0.750}), OBS_WORSE,
		    "worse: validation accuracy 78.0 -> 75.0 %");
	assert_says(feed_quiet(*state, (struct scores){0.5, 0.60, 0.748}), OBS_NONE,
		    "steady: validation accuracy 75.0 -> 74.8 %");
}

static void test_finetuning(void **state)
{
	struct history *h = *state;
	feed_quiet(h, (struct scores){0.5, 0.60, 0.780});
	feed_freeze(h, "0-13", h->iter, CAUSE_PHASE);
	feed_lr(h, 0.01, 0.0001, h->iter, CAUSE_PHASE);
	feed_steps(h, 25, 0.5);
	assert_says(feed_epoch(h, "tune", (struct scores){0.45, 0.55, 0.820}),
		    OBS_FINETUNING_STARTED,
		    "fine-tuning started: 14-18 thawed at learning rate 0.0001, validation "
		    "accuracy 78.0 -> 82.0 %");
	assert_int_equal(feed_quiet(h, (struct scores){0.4, 0.5, 0.840})->observation,
			 OBS_IMPROVING);
}

/* A thaw that was undone within the epoch is none. */
static void test_thaw_undone(void **state)
{
	struct history *h = *state;
	feed_quiet(h, (struct scores){0.5, 0.60, 0.780});
	feed_freeze(h, "0-13", h->iter, CAUSE_USER);
	feed_steps(h, 3, 0.5);
	feed_freeze(h, "0-18", h->iter, CAUSE_UNDO);
	assert_int_not_equal(feed_quiet(h, (struct scores){0.5, 0.60, 0.781})->observation,
			     OBS_FINETUNING_STARTED);
}

static void spike(struct history *h)
{
	feed_lr(h, 0, 0.001, 0, CAUSE_PHASE);
	feed_quiet(h, (struct scores){0.5, 0.60, 0.780});
	feed_steps(h, 5, 0.5);
	feed_lr(h, 0.001, 0.01, 30, CAUSE_USER);
	feed_steps(h, 5, 0.6);
	feed_steps(h, 15, 1.5);
	assert_says(
	    feed_epoch(h, "head", (struct scores){1.2, 0.9, 0.650}), OBS_LOSS_SPIKED_LR,
	    "loss spiked after learning rate 0.001 -> 0.01 at iteration 30: 0.500 -> 1.500");
}

static void test_spiked_lr(void **state)
{
	spike(*state);
}

/* Noisy steps after a rise of the rate are no spike; nor is a rise by a tenth. */
static void test_no_spike(void **state)
{
	struct history *h = *state;
	feed_lr(h, 0, 0.001, 0, CAUSE_PHASE);
	feed_quiet(h, (struct scores){0.5, 0.60, 0.780});
	feed_lr(h, 0.001, 0.002, 25, CAUSE_USER);
	for (int i = 0; i < 25; i++)
		feed_steps(h, 1, i % 4 ? 0.4 : 1.0);
	assert_int_equal(feed_epoch(h, "head", (struct scores){0.55, 0.58, 0.800})->observation,
			 OBS_IMPROVING);
	feed_lr(h, 0.002, 0.0022, h->iter, CAUSE_USER);
	feed_steps(h, 25, 0.95);
	assert_int_not_equal(feed_epoch(h, "head", (struct scores){0.95, 0.60, 0.790})->observation,
			     OBS_LOSS_SPIKED_LR);
}

/* The rate as it was when the first phase began is not a rise. */
static void test_first_rate(void **state)
{
	struct history *h = *state;
	feed_lr(h, 0, 0.01, 0, CAUSE_PHASE);
	assert_int_equal(feed_quiet(h, (struct scores){1.2, 0.8, 0.7})->observation, OBS_FIRST);
}

static void test_spiked(void **state)
{
	struct history *h = *state;
	feed_quiet(h, (struct scores){0.5, 0.60, 0.780});
	feed_steps(h, 10, 0.5);
	feed_steps(h, 15, 1.9);
	assert_says(feed_epoch(h, "head", (struct scores){1.3, 0.9, 0.650}), OBS_LOSS_SPIKED,
		    "loss spiked: training loss 0.500 -> 1.900 around iteration 36");
}

static void test_recovered(void **state)
{
	spike(*state);
	assert_says(feed_quiet(*state, (struct scores){0.5, 0.60, 0.790}), OBS_RECOVERED,
		    "recovered: validation accuracy 65.0 -> 79.0 %, as in epoch 1");
}

static void test_diverged(void **state)
{
	feed_quiet(*state, (struct scores){0.5, 0.60, 0.780});
	assert_says(feed_quiet(*state, (struct scores){0.8, 4.32, 0.230}), OBS_DIVERGED,
		    "diverged: validation loss 0.600 -> 4.320, guessing gives 1.609");
}

static void test_nonfinite(void **state)
{
	feed_quiet(*state, (struct scores){0.5, 0.60, 0.780});
	assert_says(feed_quiet(*state, (struct scores){0.5, (double)NAN, 0.200}), OBS_DIVERGED,
		    "diverged: validation loss is not finite");
	feed_steps(*state, 3, 0.5);
	feed_steps(*state, 1, (double)INFINITY);
	assert_says(feed_epoch(*state, "head", (struct scores){(double)INFINITY, 1, 0.2}),
		    OBS_DIVERGED, "diverged: training loss is not finite (iteration 54)");
}

static void test_restored(void **state)
{
	struct history *h = *state;
	feed_quiet(h, (struct scores){0.5, 0.60, 0.780});
	feed_steps(h, 4, 0.5);
	feed_steps(h, 1, (double)NAN);
	feed_lr(h, 0.01, 0.005, 29, CAUSE_NONFINITE);
	feed_steps(h, 20, 0.5);
	assert_says(feed_epoch(h, "head", (struct scores){0.5, 0.60, 0.770}), OBS_RECOVERED,
		    "recovered: loss not finite at iteration 30, learning rate 0.01 -> 0.005");
	feed_steps(h, 2, 0.5);
	feed_steps(h, 1, 20000);
	feed_lr(h, 0.005, 0.0025, 53, CAUSE_DIVERGED);
	feed_steps(h, 22, 0.5);
	assert_says(feed_epoch(h, "head", (struct scores){0.5, 0.60, 0.770}), OBS_RECOVERED,
		    "recovered: loss diverged at iteration 53, learning rate 0.005 -> 0.0025");
	assert_int_equal(feed_quiet(h, (struct scores){0.5, 0.60, 0.790})->observation,
			 OBS_IMPROVING);
}

static void test_chance(void **state)
{
	assert_says(feed_quiet(*state, (struct scores){1.6, 1.61, 0.204}), OBS_CHANCE,
		    "at chance level: validation accuracy 20.4 %, guessing gives 20.0 %");
	assert_int_equal(feed_quiet(*state, (struct scores){1.5, 1.5, 0.24})->observation,
			 OBS_IMPROVING);
}

/* With 20 images one image is five points: one more or less says nothing. */
static void test_few_images(void **state)
{
	struct history h;
	(void)state;
	history_init(&h);
	feed_run(&h, 2, 20);
	feed_quiet(&h, (struct scores){0.5, 0.60, 0.80});
	assert_int_equal(feed_quiet(&h, (struct scores){0.5, 0.60, 0.85})->observation, OBS_BEST);
	assert_int_equal(feed_quiet(&h, (struct scores){0.5, 0.60, 0.80})->observation, OBS_NONE);
	assert_int_equal(feed_quiet(&h, (struct scores){0.5, 0.60, 0.85})->observation, OBS_NONE);
	assert_int_equal(feed_quiet(&h, (struct scores){0.5, 0.60, 0.70})->observation, OBS_WORSE);
	history_release(&h);
}

/* Without a run, steps or numbers there is still something sensible, or nothing, to say. */
static void test_bare(void **state)
{
	struct history h;
	(void)state;
	history_init(&h);
	assert_says(feed_epoch(&h, "", (struct scores){1, 1, (double)NAN}), OBS_NONE, "");
	assert_says(feed_epoch(&h, "", (struct scores){1, 1, 0.5}), OBS_NONE, "");
	assert_int_equal(feed_epoch(&h, "", (struct scores){1, 1, 0.4})->observation, OBS_WORSE);
	history_release(&h);
}

#define OBSERVE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* What a log lacks is neither good nor bad. */
static void test_not_told(void **state)
{
	(void)state;
	struct history history, *h = &history;
	history_init(h);
	feed_run(h, 2, 100);
	struct event ev = {.type = EV_STEP, .step = {.iter = 1, .epoch = 1}};
	feed(h, &ev);
	assert_false(h->lr.valid || history_step_at(h, 0).loss.valid || h->n_markers);
	for (int i = 0; i < 6; i++) {
		ev = (struct event){.type = EV_EPOCH,
				    .epoch = {.epoch = i + 1, .iter = 10 * (i + 1)}};
		feed(h, &ev);
		assert_says(&h->epochs[i], OBS_NONE, "");
	}
	assert_int_equal(h->best_epoch, -1);
	for (int i = 6; i < 9; i++) { /* of losses alone */
		ev.epoch = (struct event_epoch){.epoch = i + 1,
						.iter = 10 * (i + 1),
						.train = {.loss = {1 - 0.1 * i, true}},
						.valid = {.loss = {0.2 + 0.1 * i, true}}};
		feed(h, &ev);
	}
	assert_says(&h->epochs[8], OBS_OVERFITTING,
		    "overfitting since epoch 8: more pictures, or stop");
	ev.epoch = (struct event_epoch){.epoch = 10,
					.iter = 100,
					.train = {.loss = {0.1, true}},
					.valid = {.loss = {0.5, true}}};
	feed(h, &ev);
	assert_says(&h->epochs[9], OBS_IMPROVING, "improving: validation loss 1.000 -> 0.500");
	history_release(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    OBSERVE(test_first),
	    OBSERVE(test_improving),
	    OBSERVE(test_improving_loss),
	    OBSERVE(test_best),
	    OBSERVE(test_idle),
	    OBSERVE(test_no_plateau),
	    OBSERVE(test_overfitting),
	    OBSERVE(test_no_overfitting),
	    OBSERVE(test_worse_and_steady),
	    OBSERVE(test_finetuning),
	    OBSERVE(test_thaw_undone),
	    OBSERVE(test_spiked_lr),
	    OBSERVE(test_no_spike),
	    OBSERVE(test_first_rate),
	    OBSERVE(test_spiked),
	    OBSERVE(test_recovered),
	    OBSERVE(test_diverged),
	    OBSERVE(test_nonfinite),
	    OBSERVE(test_restored),
	    OBSERVE(test_chance),
	    OBSERVE(test_few_images),
	    OBSERVE(test_bare),
	    OBSERVE(test_idle_by_heart),
	    OBSERVE(test_overfitting_holds),
	    OBSERVE(test_noise_is_no_trend),
	    OBSERVE(test_slow_rise),
	    OBSERVE(test_advice_fits),
	    OBSERVE(test_one_class),
	    OBSERVE(test_chance_is_no_overfitting),
	    OBSERVE(test_brevity),
	    cmocka_unit_test(test_not_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
