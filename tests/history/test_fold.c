/* What each event does to the history. */
#include "fold.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>

static void test_sample(void **state)
{
	struct history *h = *state;
	feed_sample(h);
	assert_true(h->has_run && h->ended);
	assert_int_equal(h->state, RUN_ENDED);
	assert_string_equal(h->run.classes[1], "class");
	assert_int_equal(h->n_phases, 2);
	assert_int_equal(h->phase, 1);
	assert_int_equal(h->phases[1].first_epoch, 4);
	assert_int_equal(h->n_layers, N_LAYERS);
	assert_int_equal(h->head, HEAD);
	assert_int_equal(h->n_steps, 100);
	assert_int_equal(h->iter, 100);
	assert_int_equal(h->n_epochs, 4);
	assert_int_equal(h->best_epoch, 3);
	assert_true(h->epochs[3].best && h->epochs[0].best);
	assert_int_equal(h->epochs[3].observation, OBS_FINETUNING_STARTED);
	assert_int_equal(h->epochs[3].confusion[2], 1);
	assert_int_equal(history_digests_changed(h), 0);
	assert_string_equal(h->end.reason, "all phases done");
	assert_float_equal(history_progress(h), 1, 1e-9);
}

static void test_stages(void **state)
{
	struct history *h = *state;
	feed_stage(h, STAGE_LOAD, STAGE_STARTED, "tiny.weights", "");
	assert_true(h->stages[STAGE_LOAD].seen);
	feed_stage(h, STAGE_LOAD, STAGE_DONE, "", "1000 classes");
	assert_string_equal(h->stages[STAGE_LOAD].in, "tiny.weights");
	assert_string_equal(h->stages[STAGE_LOAD].out, "1000 classes");
	assert_int_equal(h->stages[STAGE_LOAD].started_ms, 100);
	assert_int_equal(h->stages[STAGE_LOAD].done_ms, 200);
	assert_false(h->stages[STAGE_TUNE].seen);
	assert_string_equal(h->notes[1].text, "Load pretrained model done: 1000 classes");
}

static void test_freeze_marks(void **state)
{
	struct history *h = *state;
	feed_layers(h);
	feed_freeze(h, "0-18", 0, CAUSE_PHASE);
	feed_freeze(h, "0-18", 4, CAUSE_PHASE);
	feed_freeze(h, "0-12,15", 7, CAUSE_USER);
	feed_freeze(h, "0-13", 9, CAUSE_UNDO);
	assert_int_equal(h->n_markers, 3);
	assert_int_equal(h->markers[0].kind, MARK_FREEZE);
	assert_string_equal(h->markers[0].text, "0-18 frozen (phase)");
	assert_int_equal(h->markers[1].kind, MARK_UNFREEZE);
	assert_string_equal(h->markers[1].text, "13-14,16-18 thawed (user)");
	assert_string_equal(h->markers[2].text, "15 thawed, 13 frozen (undo)");
	assert_true(h->layers[13].frozen && !h->layers[15].frozen);
	assert_int_equal(h->trainable, 100);
}

static void assert_cache_words(const struct history *h, const char *const words[3])
{
	for (int brevity = 0; brevity < 3; brevity++) {
		struct strbuf text = STRBUF_INIT;
		assert_int_equal(history_cache_words(h, brevity, &text), words[brevity][0] != 0);
		assert_string_equal(text.buf, words[brevity]);
		strbuf_release(&text);
	}
}

static void test_cache(void **state)
{
	static const char *const nothing[] = {"", "", ""};
	static const char *const filled[] = {"cache 0-18: 1,000 images, 15.7 MB, nothing saved yet",
					     "cache 0-18: 1,000 images, 15.7 MB", "cache 0-18"};
	static const char *const used[] = {
	    "cache 0-18: 1,000 images, 15.7 MB, saves 99.9 % of the forward pass",
	    "cache 0-18: 1,000 images, 15.7 MB, saves 99.9 %", "cache 0-18 saves 99.9 %"};
	struct history *h = *state;
	double share;
	feed_layers(h);
	feed_freeze(h, "0-18", 0, CAUSE_PHASE);
	assert_cache_words(h, nothing);
	assert_false(history_cache_saved(h, &share));
	feed_cache(h, 18, 1000, 0);
	feed_full_epoch(h, 0.5, 19, DIGEST_A);
	assert_cache_words(h, filled);
	feed_cache(h, 18, 1000, 0.9997);
	feed_full_epoch(h, 0.5, 19, DIGEST_A);
	assert_cache_words(h, used);
	assert_true(history_cache_saved(h, &share));
	assert_float_equal(share, 0.9997 / 2, 1e-9);
	assert_int_equal(h->n_notes, 1); /* told once while it holds the same layers */
	assert_string_equal(
	    h->notes[0].text,
	    "activation cache: layers 0-18 are computed once for 1,000 images, 15.7 MB");
	feed_freeze(h, "0-17,19", 60, CAUSE_USER);
	assert_cache_words(h, nothing); /* a layer below has thawed */
	feed_full_epoch(h, 0.5, 18, DIGEST_A);
	assert_true(history_cache_saved(h, &share));
	assert_float_equal(share, 0.9997 / 3, 1e-9);
}

static void test_cache_on_disk_and_odd(void **state)
{
	static const char whole[] = "cache 0-3: 2 images, 5 bytes in memory, 1.0 kB on disk, "
				    "saves 50 % of the forward pass";
	static const char *const on_disk[] = {whole,
					      "cache 0-3: 2 images, 1.0 kB, saves 50 %",
					      "cache 0-3 saves 50 %"};
	struct history *h = *state;
	struct event ev = {.type = EV_CACHE,
			   .cache = {1, 3, 2, 5, 1000, 1, 1, {0.5, true}}};
	feed(h, &ev);
	assert_false(h->has_cache); /* no layers yet */
	feed_layers(h);
	feed_freeze(h, "0-3", 0, CAUSE_PHASE);
	feed(h, &ev);
	assert_cache_words(h, on_disk);
	static const struct event_cache odd[] = {{.layer = -1, .images = 5},
						 {.layer = 20, .images = 5},
						 {.layer = 3},
						 {.layer = 3, .images = -5}};
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		ev.cache = odd[i];
		feed(h, &ev);
		assert_false(h->has_cache);
	}
	feed_cache(h, 3, 5, 17); /* more than all */
	feed_full_epoch(h, 0.5, 4, DIGEST_A);
	assert_false(h->epochs[0].saved.valid);
}

/* Steps of which so much of the time was waiting for pictures. */
static void feed_waiting(struct history *h, int n, double wait, double ips)
{
	for (int i = 0; i < n; i++) {
		struct event ev = {.type = EV_STEP};
		ev.step = (struct event_step){
		    .iter = h->iter + 1, .epoch = 1, .ips = {ips, true}, .wait = {wait, true}};
		feed(h, &ev);
	}
}

static void test_waiting_for_pictures(void **state)
{
	struct history *h = *state;
	double share;
	assert_false(history_wait(h, 20, &share));
	feed_run(h, 2, 20);
	feed_steps(h, 10, 0.5); /* of a log that does not tell */
	assert_false(history_wait(h, 20, &share));
	assert_false(history_data_bound(h, &share));
	feed_waiting(h, 10, 0.5, 100);
	assert_true(history_wait(h, 20, &share));
	assert_float_equal(share, 0.25, 1e-9);
	assert_true(history_data_bound(h, &share));
	assert_float_equal(share, 0.25, 1e-9);
	feed_waiting(h, 20, 0.1, 100);
	assert_false(history_data_bound(h, &share));
	feed_waiting(h, 1, 0.9, 10); /* one slow iteration, as long as ten */
	assert_true(history_wait(h, 2, &share));
	assert_float_equal(share, (9 + 0.1) / 11, 1e-9);
	assert_true(history_data_bound(h, &share));
	assert_true(history_wait(h, 1000, &share));
	assert_float_equal(share, (5 + 2 + 9) / 50., 1e-9);
	feed_waiting(h, 1, (double)NAN, 100);
	feed_waiting(h, 1, 7, (double)INFINITY);
	feed_waiting(h, 1, 7, 0);
	assert_true(history_data_bound(h, &share));
	assert_true(share > 0.2 && share <= 1);
	feed_end(h, END_FINISHED, "");
	assert_false(history_data_bound(h, &share)); /* over: no longer to be helped */
}

/* The first batch of a run is always waited for. */
static void test_a_beginning_is_not_data_bound(void **state)
{
	struct history *h = *state;
	double share;
	feed_run(h, 2, 20);
	feed_waiting(h, 4, 0.9, 100);
	assert_true(history_wait(h, 20, &share));
	assert_false(history_data_bound(h, &share));
	feed_waiting(h, 1, 0.9, 100);
	assert_true(history_data_bound(h, &share));
}

/* The freeze may come before the table of layers. */
static void test_freeze_first(void **state)
{
	struct history *h = *state;
	feed_freeze(h, "0-3", 0, CAUSE_PHASE);
	assert_int_equal(h->n_markers, 0);
	feed_layers(h);
	assert_true(h->layers[3].frozen && !h->layers[4].frozen);
}

static void test_digests(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_layers(h);
	feed_freeze(h, "0-18", 0, CAUSE_PHASE);
	feed_full_epoch(h, 0.5, 19, DIGEST_A);
	feed_full_epoch(h, 0.5, 19, DIGEST_A);
	assert_true(h->layers[0].digest_known);
	assert_int_equal(history_digests_changed(h), 0);
	feed_full_epoch(h, 0.5, 19, DIGEST_B);
	assert_int_equal(history_digests_changed(h), 19);
	feed_full_epoch(h, 0.5, 19, DIGEST_B);
	assert_int_equal(history_digests_changed(h), 19); /* what happened stays */
}

static void test_digests_after_thaw(void **state)
{
	struct history *h = *state;
	feed_layers(h);
	feed_freeze(h, "0-18", 0, CAUSE_PHASE);
	feed_full_epoch(h, 0.5, 19, DIGEST_A);
	feed_freeze(h, "0-9", 3, CAUSE_USER); /* thawed and frozen again within an epoch */
	feed_freeze(h, "0-18", 5, CAUSE_UNDO);
	feed_full_epoch(h, 0.5, 19, DIGEST_B);
	assert_int_equal(history_digests_changed(h), 10);
	assert_true(h->layers[9].digest_changed && !h->layers[10].digest_changed);
}

/* A log that lost its freeze events: a layer missing from an epoch was not frozen then. */
static void test_digests_missing(void **state)
{
	struct history *h = *state;
	feed_layers(h);
	feed_full_epoch(h, 0.5, 19, DIGEST_A);
	feed_full_epoch(h, 0.5, 2, DIGEST_A);
	feed_full_epoch(h, 0.5, 4, DIGEST_B);
	assert_int_equal(history_digests_changed(h), 2);
	feed_full_epoch(h, 0.5, 4, "not a digest");
	assert_false(h->layers[0].digest_known);
}

static void test_lr_marks(void **state)
{
	struct history *h = *state;
	feed_lr(h, 0, 0.01, 0, CAUSE_PHASE);
	feed_lr(h, 0.01, 0.0099, 1, CAUSE_SCHEDULE);
	feed_lr(h, 0.01, 0.001, 2, CAUSE_SCHEDULE);
	feed_lr(h, 0.001, 0.0005, 3, CAUSE_USER);
	feed_lr(h, 0.0005, 0.0005, 4, CAUSE_USER);
	assert_int_equal(h->n_markers, 3);
	assert_int_equal(h->markers[0].kind, MARK_LR_UP);
	assert_string_equal(h->markers[0].text, "learning rate 0.01 (phase)");
	assert_int_equal(h->markers[1].kind, MARK_LR_DOWN);
	assert_string_equal(h->markers[2].text, "learning rate 0.001 -> 0.0005 (user)");
	assert_float_equal(h->lr.value, 0.0005, 1e-12);
}

static void test_nonfinite_mark(void **state)
{
	struct history *h = *state;
	feed_lr(h, 0.02, 0.01, 0, CAUSE_NONFINITE);
	feed_steps(h, 1, (double)NAN);
	feed_steps(h, 5, 0.5);
	feed_steps(h, 1, (double)INFINITY);
	assert_int_equal(h->n_markers, 2);
	assert_string_equal(h->markers[0].text,
			    "loss not finite: restored, learning rate 0.02 -> 0.01");
	assert_string_equal(h->markers[1].text, "loss not finite");
	feed_steps(h, 5, 0.5);
	feed_lr(h, 0.01, 0.005, 12, CAUSE_DIVERGED);
	assert_string_equal(h->markers[2].text,
			    "loss diverged: restored, learning rate 0.01 -> 0.005");
}

static void test_states(void **state)
{
	struct history *h = *state;
	assert_int_equal(h->state, RUN_EMPTY);
	feed_run(h, 2, 20);
	assert_int_equal(h->state, RUN_PREPARING);
	feed_steps(h, 1, 1);
	assert_int_equal(h->state, RUN_TRAINING);
	feed_control(h, CONTROL_PAUSED);
	assert_int_equal(h->state, RUN_PAUSED);
	feed_control(h, CONTROL_UNPAUSED);
	assert_int_equal(h->state, RUN_TRAINING);
	feed_control(h, CONTROL_STOPPING);
	assert_true(h->stopping);
	feed_end(h, END_STOPPED, "stop was asked for");
	assert_false(h->stopping);
	feed_control(h, CONTROL_PAUSED);
	assert_int_equal(h->state, RUN_ENDED);
	assert_string_equal(h->notes[0].text, "unpaused at iteration 1 (user)");
	assert_string_equal(h->markers[0].text, "paused at iteration 1 (user)");
}

static void test_scales(void **state)
{
	struct history *h = *state;
	feed_layers(h);
	assert_float_equal(h->layers[3].lr_scale, 1, 0);
	feed_scale(h, 14, 18, 0.1, CAUSE_USER);
	feed_scale(h, 14, 18, 0.1, CAUSE_RESUME); /* nothing new */
	assert_float_equal(h->layers[14].lr_scale, 0.1, 0);
	assert_int_equal(h->n_markers, 1);
	assert_int_equal(h->markers[0].kind, MARK_SCALE);
	assert_string_equal(h->markers[0].text, "14-18 at x0.1 of the learning rate (user)");
	struct strbuf words = STRBUF_INIT;
	assert_true(history_scale_words(h, &words));
	assert_string_equal(words.buf, "14-18 at x0.1");
	strbuf_release(&words);
	double odd[] = {0.5, NAN, -1, INFINITY, 0.5, 2};
	struct event ev = {.type = EV_SCALE, .scale = {.values = odd, .n_values = 6}};
	feed(h, &ev);
	assert_float_equal(h->layers[1].lr_scale, 1, 0);
	assert_float_equal(h->layers[5].lr_scale, 2, 0);
	assert_float_equal(h->layers[14].lr_scale, 0.1, 0);
	assert_string_equal(h->markers[1].text,
			    "0,4 at x0.5, 5 at x2 of the learning rate (phase)");
}

/* As a layer_decay gives: too many to list. */
static void test_many_scales(void **state)
{
	struct history *h = *state;
	double values[N_LAYERS];
	struct strbuf words = STRBUF_INIT;
	feed_layers(h);
	assert_false(history_scale_words(h, &words));
	assert_int_equal(words.len, 0);
	for (int i = 0; i < N_LAYERS; i++)
		values[i] = i < HEAD && i % 2 == 0 ? 1 / (double)(HEAD - i) : 1;
	values[18] = 0.9;
	struct event ev = {.type = EV_SCALE, .scale = {.values = values, .n_values = N_LAYERS}};
	feed(h, &ev);
	assert_string_equal(h->markers[0].text,
			    "0,2,4,6,8,10,12,14,16,18 at x0.0526 to x0.9 of the "
			    "learning rate (phase)");
}

static void test_figures(void **state)
{
	(void)state;
	bool valid;
	const struct event_class c = {"cat", 10, 8, 2};
	assert_float_equal(class_precision(&c, &valid), 0.8, 1e-9);
	assert_true(valid);
	assert_float_equal(class_recall(&c, &valid), 0.8, 1e-9);
	assert_float_equal(class_f1(&c, &valid), 0.8, 1e-9);
	const struct event_class none = {"dog", 0, 0, 0};
	class_precision(&none, &valid);
	assert_false(valid);
	class_recall(&none, &valid);
	assert_false(valid);
	class_f1(&none, &valid);
	assert_false(valid);
	const struct event_class missed = {"dog", 5, 0, 0};
	assert_float_equal(class_f1(&missed, &valid), 0, 1e-9);
	assert_true(valid);
}

static void test_progress(void **state)
{
	struct history *h = *state;
	int64_t ms = 0;
	assert_false(history_eta_ms(h, &ms));
	feed_run(h, 2, 20); /* 10 epochs of 25 iterations, 400 images */
	assert_false(history_eta_ms(h, &ms));
	feed_phase(h, 0, "head", 1, 0.01);
	feed_steps(h, 5, 0.5); /* at 100 images a second */
	assert_float_equal(history_progress(h), 0.02, 1e-9);
	assert_true(history_eta_ms(h, &ms));
	assert_int_equal(ms, 39200 + 10 * 200); /* and 20 to validate on, as long each */
	feed_steps(h, 20, 0.5);
	feed_epoch(h, "head", (struct scores){0.5, 0.5, 0.5}); /* of 3 seconds */
	assert_float_equal(history_progress(h), 0.1, 1e-9);
	assert_true(history_eta_ms(h, &ms));
	assert_int_equal(ms, 27000);
	feed_phase(h, 1, "tune", 2, 0.001); /* the first phase was left early: 6 epochs in all */
	assert_float_equal(history_progress(h), 1.0 / 6, 1e-9);
}

static void test_formats(void **state)
{
	(void)state;
	static const struct {
		double seconds;
		const char *text;
	} durations[] = {{0, "0.0s"},      {4.25, "4.2s"},   {9.96, "10s"},
			 {42.4, "42s"},    {59.6, "1m 00s"}, {492, "8m 12s"},
			 {3780, "1h 03m"}, {-1, "-"},        {(double)NAN, "-"}};
	for (size_t i = 0; i < sizeof(durations) / sizeof(*durations); i++)
		assert_string_equal(words_duration(durations[i].seconds), durations[i].text);
	static const struct {
		double n;
		const char *text;
	} counts[] = {{0, "0"},           {999, "999"},      {1000, "1.00k"},  {4185968, "4.19M"},
		      {1046488, "1.05M"}, {999900, "1.00M"}, {64215, "64.2k"}, {123456789, "123M"},
		      {2.5e9, "2.50G"},   {-5, "-5"}};
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		assert_string_equal(words_short(counts[i].n), counts[i].text);
}

/* Another run that this one branched off is no earlier part of it. */
static void test_parent(void **state)
{
	struct history *h = *state;
	struct event ev = {.type = EV_RUN, .run = {.name = "b"}};
	feed(h, &ev);
	assert_null(h->run.parent);
	ev.run.parent = "a";
	ev.run.parent_iter = opt_of(412);
	feed(h, &ev);
	assert_string_equal(h->run.parent, "a");
	assert_true(h->run.parent_iter.value == 412);
	assert_int_equal(h->n_resumed, 0);
	assert_int_equal(h->iter, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FOLD(test_sample),
	    FOLD(test_stages),
	    FOLD(test_freeze_marks),
	    FOLD(test_cache),
	    FOLD(test_cache_on_disk_and_odd),
	    FOLD(test_waiting_for_pictures),
	    FOLD(test_a_beginning_is_not_data_bound),
	    FOLD(test_freeze_first),
	    FOLD(test_digests),
	    FOLD(test_digests_after_thaw),
	    FOLD(test_digests_missing),
	    FOLD(test_lr_marks),
	    FOLD(test_nonfinite_mark),
	    FOLD(test_states),
	    FOLD(test_scales),
	    FOLD(test_many_scales),
	    FOLD(test_figures),
	    FOLD(test_progress),
	    FOLD(test_formats),
	    FOLD(test_parent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
