/* Damaged checkpoints: a flipped bit, a file cut short, zeros, nothing, a missing half. The one
 * before is taken, that is told, and the run ends in the bytes of one that was never damaged. */
#include "resumed.h"

#include "../../src/train/pair.h"
#include "../../src/train/saved.h"
#include "thaw/base/run_files.h"

static const char *const kept_plan[] = {"train.batch=7", "data.augment.flip=true", "train.keep=2",
					"phases.tune.schedule=cosine"};
#define N_KEPT (sizeof(kept_plan) / sizeof(*kept_plan))
#define STOPPED 14 /* iterations: within the last of the four epochs */

static void copy_run(const char *from, const char *to)
{
	char *command =
	    xasprintf("rm -rf '%s/%s' && cp -a '%s/%s' '%s/%s'", runs, to, runs, from, runs, to);
	assert_int_equal(system(command), 0);
	free(command);
}

/* --- what may happen to a file --- */

static void flip(struct strbuf *f)
{
	f->buf[f->len / 2] ^= 4;
}

static void cut(struct strbuf *f)
{
	f->len -= f->len / 3;
}

static void zero(struct strbuf *f)
{
	memset(f->buf, 0, f->len);
}

static void empty(struct strbuf *f)
{
	f->len = 0;
}

static const struct harm {
	void (*to)(struct strbuf *file); /* NULL: it is removed */
	const char *weights, *state;     /* what is said of either */
} harms[] = {
    {flip, "its checksum is not the one in ", "its checksum is not that of its bytes"},
    {cut, " bytes of ", "cut short or damaged"},
    {zero, "nothing but zeros", "nothing but zeros"},
    {empty, "it is empty", "it is empty"},
    {NULL, "is missing", "No such file"},
};
#define N_HARMS (sizeof(harms) / sizeof(*harms))

/* The file becomes another: a kept one that shares its bytes on the disk stays as it was. */
static void harm_file(const char *name, const char *file, void (*to)(struct strbuf *))
{
	struct strbuf bytes = STRBUF_INIT;
	char *path = run_file(name, file);
	if (!to) {
		assert_int_equal(unlink(path), 0);
	} else {
		assert_int_equal(file_read(path, &bytes, NULL), ERR_OK);
		to(&bytes);
		assert_int_equal(file_write_atomic(path, bytes.buf, bytes.len, NULL), ERR_OK);
	}
	strbuf_release(&bytes);
	free(path);
}

/* --- what became of it --- */

/* The warning of the run that went on; caller frees. */
static char *warning_of(const char *name)
{
	struct log l;
	char *text = NULL;
	log_read(&l, name);
	for (size_t i = 0; i < l.n && !text; i++)
		if (l.events[i].type == EV_NOTE && l.events[i].note.level == NOTE_WARN)
			text = xstrdup(l.events[i].note.text);
	log_free(&l);
	return text ? text : xstrdup("");
}

static void goes_on_from(const char *name, const char *wrong, const char *from)
{
	resume_to_end(name);
	char *text = warning_of(name);
	if (!strstr(text, wrong) || !strstr(text, from))
		fail_msg("%s: wanted '%s' and '%s' in: %s", name, wrong, from, text);
	free(text);
	same_files("whole", name);
}

static int make_runs(void **state)
{
	make_root(state);
	no_life(state);
	if (train_steered("whole", kept_plan, N_KEPT) != TRAINER_FINISHED)
		return -1;
	stop_after = STOPPED;
	return train_steered("stopped", kept_plan, N_KEPT) == TRAINER_STOPPED ? 0 : -1;
}

static void the_one_before_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * N_HARMS; i++) {
		const struct harm *h = &harms[i / 2];
		const char *file = i % 2 ? RUN_STATE : RUN_LAST;
		char *name = xasprintf("harmed-%zu", i);
		copy_run("stopped", name);
		harm_file(name, file, h->to);
		goes_on_from(name, i % 2 ? h->state : h->weights,
			     "went on from previous.weights, after iteration 12, 2 iterations");
		char *text = warning_of(name);
		assert_non_null(strstr(text, file));
		free(text);
		free(name);
	}
}

/* Whichever of them is the newest that is whole. */
static void then_the_one_before_that(void **state)
{
	(void)state;
	static const struct {
		const char *files[8], *from;
	} cases[] = {
	    {{RUN_LAST, RUN_PREVIOUS},
	     "checkpoints/epoch-0003.weights, after iteration 12, 2 iterations"},
	    {{RUN_LAST, RUN_PREVIOUS_STATE},
	     "checkpoints/epoch-0003.weights, after iteration 12, 2 iterations"},
	    {{RUN_STATE, RUN_PREVIOUS, "checkpoints/epoch-0003.state", RUN_BEST},
	     "best.weights, after iteration 8, 6 iterations"}, /* put right from epoch 2 */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *name = xasprintf("deeper-%zu", i);
		copy_run("stopped", name);
		for (size_t k = 0; cases[i].files[k]; k++)
			harm_file(name, cases[i].files[k], k % 2 ? cut : flip);
		goes_on_from(name, "last.", cases[i].from);
		free(name);
	}
}

static void the_best_is_the_last_resort(void **state)
{
	(void)state;
	struct state best;
	char from[64];
	copy_run("stopped", "resort");
	char *dir = run_file("resort", ""), *kept = run_file("resort", "checkpoints");
	char *command = xasprintf("rm -f '%s'/*", kept);
	assert_int_equal(system(command), 0);
	harm_file("resort", RUN_LAST, flip);
	harm_file("resort", RUN_PREVIOUS, flip);
	struct folder f;
	assert_int_equal(folder_open(&f, dir, NULL), ERR_OK);
	char place[64];
	assert_int_equal(pair_read_point(&f, &(struct point){.kind = POINT_BEST}, &best, place,
					 sizeof(place), NULL),
			 ERR_OK);
	snprintf(from, sizeof(from), "went on from best.weights, after iteration %d",
		 (int)best.iter);
	goes_on_from("resort", "last.weights", from);
	state_release(&best);
	folder_close(&f);
	free(command);
	free(dir);
	free(kept);
}

static void without_any_it_is_refused(void **state)
{
	(void)state;
	static const char *const files[] = {
	    RUN_LAST,
	    RUN_PREVIOUS_STATE,
	    RUN_BEST,
	    "checkpoints/epoch-0002.weights",
	    "checkpoints/epoch-0003.state",
	};
	struct errinfo e = {0};
	copy_run("stopped", "none");
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		harm_file("none", files[i], flip);
	assert_int_equal(resume_run("none", &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "last.weights: damaged: its checksum is not the one in "
				      "last.state; no checkpoint before it is whole either"));
}

/* A kept epoch of another way that the run has gone back from is none before the last. */
static void what_lies_ahead_is_not_taken(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct trainer_options back = {
	    .runs = runs, .name = "ahead", .report_fd = -1, .from = "epoch 2"};
	copy_run("stopped", "ahead");
	fake.steps = 0;
	stop_after = 1;
	assert_int_equal(trainer_resume(&back, &e), TRAINER_STOPPED);
	stop_after = 0;
	harm_file("ahead", RUN_LAST, flip);
	goes_on_from("ahead", "last.weights", "after iteration 8, 1 iteration before");
}

/* What has finished is mended by training its end again. */
static void a_finished_run_is_trained_again_from_there(void **state)
{
	(void)state;
	char *kept = run_file("finished", "checkpoints"),
	     *command = xasprintf("rm -f '%s'/*", kept);
	copy_run("whole", "finished");
	assert_int_equal(system(command), 0);
	harm_file("finished", RUN_LAST, zero);
	resume_to_end("finished");
	same_files("whole", "finished");
	free(command);
	free(kept);
}

/* A damaged one that is asked for by name is refused, and it is said what is wrong. */
static void a_damaged_point_is_refused(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct trainer_options from = {
	    .runs = runs, .name = "point", .report_fd = -1, .from = "epoch 2"};
	copy_run("stopped", "point");
	harm_file("point", "checkpoints/epoch-0002.weights", cut);
	harm_file("point", RUN_BEST, flip); /* which is the same epoch */
	assert_int_equal(trainer_resume(&from, &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "epoch-0002.weights: damaged: "));
	from.from = "best";
	assert_int_equal(trainer_resume(&from, &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "best.weights: damaged: its checksum"));
}

/* The best so far is damaged: a kept epoch takes its place, or it is told that it is lost. */
static void a_damaged_best_is_put_right(void **state)
{
	(void)state;
	struct log l;
	copy_run("stopped", "best");
	harm_file("best", RUN_BEST, flip);
	resume_to_end("best");
	same_files("whole", "best");
	log_read(&l, "best");
	assert_true(l.h.ended && l.h.end.status == END_FINISHED);
	log_free(&l);
}

/* --- who only reads --- */

static enum err open_weights(const char *name, const char *which, struct errinfo *e)
{
	struct folder f;
	char *dir = run_file(name, ""), *found = NULL;
	struct saved_options o = {.run_dir = dir, .weights = which};
	int fd = -1;
	assert_int_equal(folder_open(&f, dir, NULL), ERR_OK);
	enum err r = saved_open_weights(&o, &f, &found, &fd, e);
	if (!r)
		assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	if (fd >= 0)
		close(fd);
	assert_true((fd >= 0) == (r == ERR_OK));
	folder_close(&f);
	free(found);
	free(dir);
	return r;
}

static void a_reader_is_told_of_damage(void **state)
{
	(void)state;
	struct errinfo e = {0};
	for (size_t i = 0; i + 1 < N_HARMS; i++) { /* a missing one is another matter */
		copy_run("stopped", "read");
		harm_file("read", RUN_BEST, harms[i].to);
		assert_int_equal(open_weights("read", NULL, &e), ERR_MISMATCH);
		assert_non_null(strstr(e.msg, "best.weights: damaged: "));
		assert_non_null(strstr(e.msg, harms[i].weights));
		assert_non_null(strstr(e.msg, "--weights last takes"));
		assert_int_equal(open_weights("read", "best", &e), ERR_MISMATCH);
		assert_int_equal(open_weights("read", "last", &e), ERR_OK);
		harm_file("read", RUN_LAST, harms[i].to);
		assert_int_equal(open_weights("read", "last", &e), ERR_MISMATCH);
		/* Without a state that tells of it, as an earlier thaw left it. */
		harm_file("read", RUN_BEST_STATE, NULL);
		assert_int_equal(open_weights("read", "best", &e), ERR_OK);
	}
}

/* As if the last had been written and not published, and the previous were the last. */
static void unpublish(const char *name)
{
	static const char *const swaps[][2] = {{RUN_LAST, RUN_NEXT},
					       {RUN_STATE, RUN_NEXT_STATE},
					       {RUN_PREVIOUS, RUN_LAST},
					       {RUN_PREVIOUS_STATE, RUN_STATE}};
	copy_run("stopped", name);
	for (size_t i = 0; i < 4; i++) {
		char *from = run_file(name, swaps[i][0]), *to = run_file(name, swaps[i][1]);
		assert_int_equal(rename(from, to), 0);
		free(from);
		free(to);
	}
}

/* One that was damaged before it was published is none: the last is whole. */
static void what_was_not_published_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * N_HARMS; i++) {
		char *name = xasprintf("unpublished-%zu", i);
		unpublish(name);
		harm_file(name, i % 2 ? RUN_NEXT_STATE : RUN_NEXT, harms[i / 2].to);
		resume_to_end(name);
		assert_int_equal(fake.steps, LAST - 12);
		char *text = warning_of(name), *next = run_file(name, RUN_NEXT);
		assert_string_equal(text, "");
		assert_false(file_exists(next));
		same_files("whole", name);
		free(text);
		free(next);
		free(name);
	}
}

/* A trainer that has replaced the weights and not yet their state has damaged nothing. */
static void a_reader_meets_a_checkpoint_in_the_making(void **state)
{
	(void)state;
	struct errinfo e = {0};
	unpublish("making");
	assert_int_equal(open_weights("making", "last", &e), ERR_OK);
	char *next = run_file("making", RUN_NEXT), *last = run_file("making", RUN_LAST);
	assert_int_equal(rename(next, last), 0);
	assert_int_equal(open_weights("making", "last", &e), ERR_OK);
	free(next);
	free(last);
	resume_to_end("making");
	same_files("whole", "making");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_one_before_is_taken, no_life),
	    cmocka_unit_test_setup(then_the_one_before_that, no_life),
	    cmocka_unit_test_setup(the_best_is_the_last_resort, no_life),
	    cmocka_unit_test_setup(without_any_it_is_refused, no_life),
	    cmocka_unit_test_setup(what_lies_ahead_is_not_taken, no_life),
	    cmocka_unit_test_setup(a_finished_run_is_trained_again_from_there, no_life),
	    cmocka_unit_test_setup(a_damaged_point_is_refused, no_life),
	    cmocka_unit_test_setup(a_damaged_best_is_put_right, no_life),
	    cmocka_unit_test_setup(what_was_not_published_is_left_out, no_life),
	    cmocka_unit_test_setup(a_reader_is_told_of_damage, no_life),
	    cmocka_unit_test_setup(a_reader_meets_a_checkpoint_in_the_making, no_life),
	};
	return cmocka_run_group_tests(tests, make_runs, remove_root);
}
