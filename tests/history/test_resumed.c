/* A log that goes back: what a continued run repeats replaces what was there. */
#include "fold.h"

/* A run continued from an earlier state replaces what came after it. */
static void test_going_back(void **state)
{
	struct history *h = *state;
	feed_steps(h, 10, 0.5);
	for (int i = 0; i < 3; i++)
		feed_epoch(h, "head", (struct scores){0.5, 0.5, 0.5 + 0.1 * i});
	struct event step = {.type = EV_STEP, .step = {.iter = 4, .epoch = 1, .loss = {2, true}}};
	feed(h, &step);
	assert_int_equal(h->n_steps, 4);
	assert_int_equal(h->iter, 4);
	struct event epoch = {.type = EV_EPOCH,
			      .epoch = {.epoch = 2, .valid = {.acc = {0.1, true}}}};
	feed(h, &epoch);
	assert_int_equal(h->n_epochs, 2);
	assert_int_equal(h->best_epoch, 0);
	assert_false(h->epochs[1].best);
}

/* Epoch 1 was saved; in epoch 3 the trainer died. */
static void test_resumed(void **state)
{
	struct history *h = *state;
	feed_sample_start(h);
	feed_steps(h, 25, 0.9);
	feed_full_epoch(h, 0.7, 19, DIGEST_A);
	feed_probe(h, 1, 0, 0.6);
	feed_scale(h, 14, 18, 0.5, CAUSE_USER);
	feed_stats(h, 1);
	feed_mistakes(h, 1);
	feed_last_checkpoint(h);
	size_t n_markers = h->n_markers;
	feed_scale(h, 17, 18, 0.1, CAUSE_USER);
	feed_stats(h, 2);
	feed_mistakes(h, 2);
	feed_freeze(h, "0-16", 25, CAUSE_USER);
	feed_lr(h, 0.01, 0.02, 25, CAUSE_USER);
	feed_steps(h, 25, 0.8);
	feed_cache(h, 16, 420, 0.4);
	feed_full_epoch(h, 0.8, 17, DIGEST_A);
	feed_probe(h, 2, 0, 0.7);
	feed_phase(h, 1, "tune", 3, 0.0001);
	feed_steps(h, 3, 0.7);
	feed_end(h, END_FAILED, "killed, say");
	assert_true(h->n_markers > n_markers && h->ended && h->has_cache);
	feed_continued(h, 25);
	assert_false(h->ended);
	assert_int_equal(h->state, RUN_PREPARING);
	assert_int_equal(h->n_steps, 25);
	assert_int_equal(h->iter, 25);
	assert_int_equal(h->n_epochs, 1);
	assert_int_equal(h->epoch, 1);
	assert_int_equal(h->best_epoch, 0);
	assert_int_equal(h->n_probe_epochs, 2); /* before training, and epoch 1 */
	assert_int_equal(h->n_markers, n_markers);
	assert_int_equal(h->phase, 0);
	assert_true(layerset_has(&h->frozen, 18));
	assert_false(h->has_cache);
	assert_float_equal(h->layers[17].lr_scale, 0.5, 0);
	assert_int_equal(h->layers[HEAD].n_stats, 1);
	assert_int_equal(h->n_mistakes, 0);
	assert_true(!h->probes[0].cam); /* epoch 2's */
	assert_int_equal(h->n_resumed, 1);
	assert_string_equal(h->notes[h->n_notes - 1].text, "resumed after iteration 25 (user)");
	feed_steps(h, 25, 0.6);
	struct history_epoch *e = feed_epoch(h, "head", (struct scores){0.6, 0.5, 0.75});
	assert_int_equal(e->epoch, 2);
	assert_true(e->best);
	assert_int_equal(h->state, RUN_TRAINING);
	assert_int_equal(history_digests_changed(h), 0);
}

/* Killed between the writing of the checkpoint and its event: the iteration alone tells. */
static void test_resumed_without_its_checkpoint(void **state)
{
	struct history *h = *state;
	feed_sample_start(h);
	feed_steps(h, 25, 0.9);
	feed_full_epoch(h, 0.7, 19, DIGEST_A);
	feed_freeze(h, "0-16", 20, CAUSE_USER);
	size_t n_markers = h->n_markers;
	feed_steps(h, 2, 0.9);
	feed_lr(h, 0.01, 0.02, 26, CAUSE_USER);
	feed_continued(h, 25);
	assert_int_equal(h->n_markers, n_markers);
	assert_int_equal(h->n_steps, 25);
	assert_int_equal(h->n_epochs, 1);
	feed_freeze(h, "0-16", 25, CAUSE_RESUME);
	assert_int_equal(h->n_markers, n_markers); /* nothing new */
	feed_continued(h, -1);
	assert_int_equal(h->n_steps, 25);
}

static void feed_saved(struct history *h, enum checkpoint_kind kind, const char *path,
		       int64_t epoch)
{
	struct event ev = {.type = EV_CHECKPOINT};
	ev.checkpoint = (struct event_checkpoint){
	    .kind = kind, .path = path, .iter = 25 * epoch, .epoch = epoch, .bytes = 3400000};
	feed(h, &ev);
}

static const char *note_text(const struct history *h, size_t from_end)
{
	assert_true(h->n_notes >= from_end);
	return h->notes[h->n_notes - from_end].text;
}

/* An epoch is a line, what was saved is one for each kind of file, and another trainer's lines stand
 * below a mark that tells from where it went on. */
static void test_log_of_a_resumed_run(void **state)
{
	struct history *h = *state;
	feed_sample_start(h);
	size_t before = h->n_notes;
	for (int epoch = 1; epoch <= 3; epoch++) {
		feed_steps(h, 25, 0.9);
		feed_epoch(h, "head", (struct scores){0.6, 0.5 + 0.1 * epoch, 0.75});
		feed_saved(h, CHECKPOINT_BEST, "best.weights", epoch);
		feed_saved(h, CHECKPOINT_LAST, "last.weights", epoch);
	}
	assert_int_equal(h->n_notes, before + 5);
	assert_string_equal(note_text(h, 1), "last saved 3 times, last: last.weights, epoch 3, 3.4 MB");
	assert_string_equal(note_text(h, 2), "best saved 3 times, last: best.weights, epoch 3, 3.4 MB");
	assert_true(h->notes[h->n_notes - 3].kind == NOTE_EPOCH);
	assert_non_null(strstr(note_text(h, 3), "epoch 3: train "));
	assert_ptr_equal(history_newest_note(h), &h->notes[h->n_notes - 3]);
	feed_continued(h, 75);
	size_t mark = h->n_notes;
	while (mark > 0 && h->notes[--mark].kind != NOTE_RESUMED)
		;
	assert_string_equal(h->notes[mark].text, "resumed at epoch 4");
	feed_saved(h, CHECKPOINT_LAST, "last.weights", 4); /* its epoch has not ended */
	assert_string_equal(note_text(h, 1), "last saved: last.weights, iteration 100, 3.4 MB");
}

static void test_words_of_an_end(void **state)
{
	static const struct {
		enum end_status status;
		const char *reason, *words;
	} cases[] = {
	    {END_STOPPED, "stopped by the user", "stopped by the user"},
	    {END_FINISHED, "all 10 epochs done", "finished: all 10 epochs done"},
	    {END_FAILED, "", "failed"},
	    {END_FAILED, "no memory", "failed: no memory"},
	};
	struct history *h = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct event ev = {.type = EV_END};
		ev.end = (struct event_end){.status = cases[i].status, .reason = cases[i].reason};
		feed(h, &ev);
		assert_string_equal(note_text(h, 1), cases[i].words);
	}
}

/* What the warden says of a kill holds until another trainer takes the run up. */
static void test_killed_for_memory(void **state)
{
	struct history *h = *state;
	struct strbuf words = STRBUF_INIT;
	struct event ev = {.type = EV_NOTE};
	ev.note = (struct event_note){.level = NOTE_WARN, .text = "a remark"};
	feed_run(h, 2, 10);
	feed(h, &ev);
	assert_false(history_killed_words(h, &words));
	ev.note = (struct event_note){.level = NOTE_ERROR,
				      .text = "killed; and so on",
				      .peak = {22e9, true},
				      .limit = {24e9, true}};
	feed(h, &ev);
	assert_true(history_killed_words(h, &words));
	assert_string_equal(words.buf, "killed, probably for memory: peak 22.0 GB of 24.0 GB");
	assert_string_equal(note_text(h, 1), "killed; and so on");
	assert_false(h->ended);
	feed_run(h, 2, 10);
	assert_false(history_killed_words(h, &words));
	ev.note.limit.valid = false;
	feed(h, &ev);
	strbuf_reset(&words);
	assert_true(history_killed_words(h, &words));
	assert_string_equal(words.buf, "killed, probably for memory: peak 22.0 GB");
	strbuf_release(&words);
}

static void test_out_of_order(void **state)
{
	struct history *h = *state;
	feed_note(h, NOTE_INFO, "one");
	struct event ev = {.seq = 1, .type = EV_NOTE, .note = {.text = "again"}};
	history_apply(h, &ev);
	assert_int_equal(h->n_notes, 1);
	ev.seq = 9;
	history_apply(h, &ev);
	assert_int_equal(h->n_notes, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FOLD(test_going_back),
	    FOLD(test_resumed),
	    FOLD(test_resumed_without_its_checkpoint),
	    FOLD(test_log_of_a_resumed_run),
	    FOLD(test_words_of_an_end),
	    FOLD(test_killed_for_memory),
	    FOLD(test_out_of_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
