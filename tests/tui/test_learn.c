/* The Learn page, the quiz and the summary, without a terminal: facts, rounds, scores, screens. */
#include "check.h"
#include "thaw/base/file.h"
#include "thaw/learn/facts.h"
#include "thaw/learn/moments.h"
#include "thaw/learn/quiz_round.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct history whole, head, scratch, empty, trouble;

static void write_head(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 4);
}

/* Nothing frozen, nothing loaded. */
static void write_scratch(struct sample *s)
{
	sample_run(s);
	sample_layers(s);
	sample_steps(s, 1, 0.01, SAMPLE_ITERS);
	sample_epoch(s, 1, 0.01);
}

static void write_trouble(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 2);
	struct event ev = {.type = EV_STEP};
	ev.step = (struct event_step){
	    .iter = 63, .epoch = 3, .loss = {NAN, true}, .lr = {0.01, true}, .ips = {40, true}};
	sample_put(s, &ev, 100);
	sample_lr(s, 63, CAUSE_NONFINITE, 0.005, 0.01);
	sample_end(s, END_FAILED, "loss not finite, accident 3: start with a lower lr");
}

static void write_nothing(struct sample *s)
{
	(void)s;
}

#define Q(s) sample_str(s)

static struct quiz_question questions[5];
static struct quiz quiz = {questions, 5};

static void write_quiz(void)
{
	const struct quiz_question all[] = {
	    {.id = Q("plain"),
	     .text = Q("Which?"),
	     .explain = Q("Because."),
	     .choices = {Q("one"), Q("two"), Q("three"), Q("four")},
	     .n_choices = 4,
	     .answer = 2},
	    {.id = Q("thawed"),
	     .text = Q("At {thaw_iter}?"),
	     .explain = Q("So."),
	     .here = Q("It was {lr_tune}."),
	     .choices = {Q("{thawed}"), Q("no")},
	     .n_choices = 2},
	    {.id = Q("same"),
	     .text = Q("The same?"),
	     .explain = Q("So."),
	     .choices = {Q("{thaw_iter}"), Q("155")},
	     .n_choices = 2},
	    {.id = Q("late"),
	     .text = Q("After {best_epoch}?"),
	     .explain = Q("So."),
	     .here = Q("{nonfinite_iter}"),
	     .choices = {Q("yes"), Q("no")},
	     .n_choices = 2,
	     .answer = 1,
	     .epochs = 10},
	    {.id = Q("never"),
	     .text = Q("A nan?"),
	     .explain = Q("So."),
	     .choices = {Q("yes"), Q("no")},
	     .n_choices = 2,
	     .needs = 1u << NEED_NONFINITE},
	};
	memcpy(questions, all, sizeof(all));
}

static int setup(void **state)
{
	(void)state;
	write_quiz();
	check_fold(&whole, sample_whole);
	check_fold(&head, write_head);
	check_fold(&scratch, write_scratch);
	check_fold(&trouble, write_trouble);
	check_fold(&empty, write_nothing);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	history_release(&whole);
	history_release(&head);
	history_release(&scratch);
	history_release(&trouble);
	history_release(&empty);
	return 0;
}

/* ---- facts ---- */

static void expect_fact(const struct history *h, const char *name, const char *want)
{
	const struct facts f = {h, h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL};
	struct strbuf out = STRBUF_INIT;
	strbuf_addstr(&out, "before ");
	bool known = facts_fill(&f, name, &out);
	if (known != (want != NULL))
		fail_msg("%s is %sknown: %s", name, known ? "" : "not ", out.buf);
	assert_string_equal(out.buf + strlen("before "), want ? want : "");
	strbuf_release(&out);
}

static void test_facts(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} facts[] = {
	    {"no facts in it", "no facts in it"},
	    {"{classes} of {n_train}, {n_valid}", "5 of 500, 500"},
	    {"{input}|{head_in}|{head_out}", "224×224×3|14×14×128|14×14×5"},
	    {"{weights}", "tiny.weights"},
	    {"{frozen}|{trainable_head}|{lr_head}", "0-17|66,442|0.01"},
	    {"{guess_acc}|{guess_loss}", "20.0 %|1.609"},
	    {"{thawed}|{thaw_iter}|{thaw_epoch}", "14-17|155|6"},
	    {"{lr_tune}|{lr_ratio}", "0.0005|20"},
	    {"{trainable_tune}", "707,722"},
	    {"{acc_before_thaw}|{acc_after_thaw}|{acc_tune}|{gain}", NULL},
	    {"{best_epoch} of {epochs}", "8 of 10"},
	    {"{confused_pair}", "daisy taken for dandelion"},
	    {"{overfit_epoch}", "10"},
	    {"{nonfinite_iter}", NULL},
	    {"{no_such_fact}", NULL},
	    {"{point_epoch}", "10"},
	};
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (facts[i].want || !strstr(facts[i].text, "gain"))
			expect_fact(&whole, facts[i].text, facts[i].want);
	expect_fact(&head, "{thawed}", NULL);
	expect_fact(&head, "{acc_before_thaw}", NULL);
	expect_fact(&scratch, "{frozen}", NULL);
	expect_fact(&trouble, "{nonfinite_iter}", "63");
	for (size_t i = 0; quiz_facts[i]; i++) {
		char text[64];
		assert_true(facts_has(quiz_facts[i], strlen(quiz_facts[i])));
		snprintf(text, sizeof(text), "a {%s} b", quiz_facts[i]);
		expect_fact(&empty, text, NULL);
	}
}

static void test_sides_of_the_thaw(void **state)
{
	(void)state;
	assert_int_equal(moments_before(&whole)->epoch, 5);
	assert_int_equal(moments_best_before(&whole)->epoch, 4);
	assert_int_equal(moments_after(&whole)->epoch, 6);
	assert_int_equal(moments_best_after(&whole)->epoch, 8);
	assert_int_equal(moments_before(&head)->epoch, 4);
	assert_null(moments_after(&head));
	assert_null(moments_thaw(&head));
	assert_null(moments_before(&empty));
}

static unsigned needs_met(const struct history *h)
{
	const struct facts f = {h, NULL};
	unsigned met = 0;
	for (int i = 0; i < NEED_N; i++)
		met |= facts_meet(&f, 1u << i) ? 1u << i : 0;
	return met;
}

static void test_needs(void **state)
{
	(void)state;
	assert_int_equal(needs_met(&empty), 0);
	assert_int_equal(needs_met(&head), 1u << NEED_PRETRAINED | 1u << NEED_FROZEN |
					       1u << NEED_CACHED | 1u << NEED_BY_HAND);
	assert_int_equal(needs_met(&whole), 1u << NEED_PRETRAINED | 1u << NEED_FROZEN |
						1u << NEED_CACHED | 1u << NEED_BY_HAND |
						1u << NEED_THAWED | 1u << NEED_GAINED |
						1u << NEED_SLOWER | 1u << NEED_OVERFIT);
	assert_int_equal(needs_met(&trouble) & 1u << NEED_NONFINITE, 1u << NEED_NONFINITE);
	assert_int_equal(needs_met(&scratch), 1u << NEED_PRETRAINED);
	for (int i = 0; i < NEED_N; i++)
		assert_non_null(quiz_needs[i]);
	assert_null(quiz_needs[NEED_N]);
}

/* ---- a round ---- */

static void test_round_suits_the_run(void **state)
{
	(void)state;
	struct quiz_round *r = quiz_round_new(&quiz, &whole, 1);
	assert_int_equal(r->n, 3);
	assert_string_equal(r->items[1].text, "At 155?");
	assert_string_equal(r->items[1].explain, "So. It was 0.0005.");
	assert_string_equal(r->items[1].choices[r->items[1].right], "14-17");
	assert_string_equal(r->items[2].text, "After 8?");
	assert_string_equal(r->items[2].explain, "So.");
	quiz_round_free(r);
	r = quiz_round_new(&quiz, &empty, 1);
	assert_int_equal(r->n, 1);
	quiz_round_free(r);
	r = quiz_round_new(&quiz, &trouble, 1);
	assert_int_equal(r->n, 2);
	assert_string_equal(r->items[1].text, "A nan?");
	quiz_round_free(r);
	const struct quiz none = {questions + 3, 2};
	assert_null(quiz_round_new(&none, &empty, 1));
}

static void test_round_shuffles(void **state)
{
	(void)state;
	int places[4] = {0};
	for (int64_t try = 1; try <= 40; try++) {
		struct quiz_round *a = quiz_round_new(&quiz, &whole, try),
				  *b = quiz_round_new(&quiz, &whole, try);
		for (int i = 0; i < 4; i++)
			assert_string_equal(a->items[0].choices[i], b->items[0].choices[i]);
		assert_string_equal(a->items[0].choices[a->items[0].right], "three");
		places[a->items[0].right]++;
		quiz_round_free(a);
		quiz_round_free(b);
	}
	for (int i = 0; i < 4; i++)
		assert_true(places[i] > 1);
}

static void test_round_counts(void **state)
{
	(void)state;
	struct quiz_round *r = quiz_round_new(&quiz, &whole, 3);
	assert_false(quiz_round_next(r));
	assert_false(quiz_round_answer(r, 4));
	assert_false(quiz_round_answer(r, -1));
	assert_true(quiz_round_answer(r, r->items[0].right));
	assert_false(quiz_round_answer(r, 0));
	assert_int_equal(r->n_right, 1);
	assert_true(quiz_round_next(r));
	assert_true(quiz_round_answer(r, 1 - r->items[1].right));
	assert_true(quiz_round_next(r));
	assert_true(quiz_round_answer(r, r->items[2].right));
	assert_false(quiz_round_over(r));
	assert_true(quiz_round_next(r));
	assert_true(quiz_round_over(r));
	assert_false(quiz_round_next(r));
	assert_false(quiz_round_answer(r, 0));
	assert_int_equal(r->n_right, 2);
	quiz_round_free(r);
	quiz_round_free(NULL);
}

/* ---- scores ---- */

static char dir[256];

static int make_dir(void **state)
{
	(void)state;
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, sizeof(dir), "%.200s/thaw-scores-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	return mkdtemp(dir) ? 0 : 1;
}

static int drop_dir(void **state)
{
	(void)state;
	static const char *const parts[] = {"/a/b/scores.jsonl", "/a/b", "/a", ""};
	for (size_t i = 0; i < 4; i++) {
		char path[300];
		snprintf(path, sizeof(path), "%s%s", dir, parts[i]);
		chmod(path, 0700);
		remove(path);
	}
	return 0;
}

static char *in_dir(const char *name)
{
	return path_join(dir, name);
}

static void write_text(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void test_scores_kept(void **state)
{
	(void)state;
	char *path = in_dir("a/b/scores.jsonl");
	struct scores sum, again;
	struct stat st;
	assert_int_equal(scores_read(path, &sum, NULL), ERR_OK); /* nothing there is fine */
	assert_int_equal(sum.tries, 0);
	const int64_t tries[][2] = {{10, 5}, {12, 9}, {8, 6}, {14, 7}}; /* asked, right */
	for (size_t i = 0; i < 4; i++) {
		struct score s = {1700000000, tries[i][0], tries[i][1], Q("flowers \"1\"\n")};
		assert_int_equal(scores_add(path, &s, &sum, NULL), ERR_OK);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(scores_read(path, &again, NULL), ERR_OK);
	assert_memory_equal(&sum, &again, sizeof(sum));
	assert_int_equal(sum.tries, 4);
	assert_int_equal(sum.best_right, 9); /* the longer one of equal shares */
	assert_int_equal(sum.best_asked, 12);
	free(path);
}

static void test_scores_hostile(void **state)
{
	(void)state;
	static const char text[] = "{\"at\":1,\"asked\":4,\"right\":3,\"run\":\"x\"}\n"
				   "not a score\n"
				   "{\"asked\":4,\"right\":5}\n"
				   "{\"asked\":0,\"right\":0}\n"
				   "{\"asked\":99999999999999,\"right\":99999999999999}\n"
				   "{\"asked\":-4,\"right\":-5}\n"
				   "\0\0\xff\x1b[2J\n"
				   "\n"
				   "{\"at\":1,\"asked\":4,\"right\":2,\"more\":[1,{\"a\":2}]}\n"
				   "{\"at\":1,\"ask";
	char *path = in_dir("a/b/scores.jsonl"), *folder = in_dir("a/b");
	struct scores sum;
	file_mkdirs(folder, NULL);
	write_text(path, text, sizeof(text) - 1);
	assert_int_equal(scores_read(path, &sum, NULL), ERR_OK);
	assert_int_equal(sum.tries, 2);
	assert_int_equal(sum.best_right, 3);
	assert_int_equal(sum.n_ignored, 7);
	struct score s = {2, 4, 4, Q("y")}; /* goes behind the torn line, on one of its own */
	assert_int_equal(scores_add(path, &s, &sum, NULL), ERR_OK);
	assert_int_equal(scores_read(path, &sum, NULL), ERR_OK);
	assert_int_equal(sum.tries, 3);
	assert_int_equal(sum.best_right, 4);
	free(path);
	free(folder);
}

/* Of a file of many MiB the end counts, from the beginning of a line on. */
static void test_scores_long(void **state)
{
	(void)state;
	char *path = in_dir("a/b/scores.jsonl"), *folder = in_dir("a/b");
	struct scores sum;
	struct strbuf text = STRBUF_INIT;
	file_mkdirs(folder, NULL);
	while (text.len < 3u << 20)
		strbuf_addstr(&text, "{\"asked\":4,\"right\":1}\n");
	strbuf_addstr(&text, "{\"asked\":4,\"right\":2}\n");
	write_text(path, text.buf, text.len);
	assert_int_equal(scores_read(path, &sum, NULL), ERR_OK);
	assert_int_equal(sum.n_ignored, 0);
	assert_int_equal(sum.best_right, 2);
	assert_true(sum.tries > 40000 && sum.tries < 60000);
	strbuf_release(&text);
	free(path);
	free(folder);
}

static void test_scores_refused(void **state)
{
	(void)state;
	char *path = in_dir("a/b/scores.jsonl"), *folder = in_dir("a/b");
	struct scores sum = {0};
	struct errinfo e = {0};
	struct score s = {1, 4, 4, Q("x")};
	file_mkdirs(folder, NULL);
	assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes: it must not wait */
	assert_int_equal(scores_read(path, &sum, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "not a regular file"));
	assert_int_equal(scores_add(path, &s, &sum, &e), ERR_FORMAT);
	assert_int_equal(sum.tries, 1); /* counted on the screen all the same */
	remove(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_not_equal(scores_read(path, &sum, &e), ERR_OK);
	remove(path);
	write_text(path, "", 0);
	char *below = path_join(path, "scores.jsonl"); /* below a file nothing can be made */
	assert_int_equal(scores_add(below, &s, &sum, &e), ERR_IO);
	assert_int_equal(scores_add(NULL, &s, &sum, &e), ERR_STATE);
	if (geteuid() != 0) { /* root may write everywhere */
		assert_int_equal(chmod(path, 0400), 0);
		assert_int_equal(scores_add(path, &s, &sum, &e), ERR_IO);
	}
	free(below);
	free(path);
	free(folder);
}

/* ---- screens ---- */

static struct view page_view(void)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/flower-photos-1");
	v.page = PAGE_LEARN;
	return v;
}

#define TEXTS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void test_page(void **state)
{
	(void)state;
	struct view v = page_view();
	check_texts(&whole, &v, 80, 24,
		     TEXTS("How it works", "Z: a quiz about this run", "✓ 1 Load pretrained model",
			   "a picture of 224×224×3 goes in", "What happened, and why", "▸ 10 tune",
			   "goes down while the validation loss"));
	check_texts(&whole, &v, 200, 60,
		     TEXTS("layers 0-17 stand still", "14-17 thawed at iteration 155",
			   "rate 0.0005, 20 times lower", "The key insight", "free at 0.0005"));
	v.points_up = 4;
	check_texts(&whole, &v, 120, 40,
		     TEXTS("▸  6 tune", "◆☀", "iteration 155: 14-17 thawed (phase)",
			   "The thawed layers begin to move"));
	v.points_up = 7;
	check_texts(&whole, &v, 120, 40,
		     TEXTS("▼ iteration 62: learning rate 0.01 -> 0.005 (user)", "shorter steps"));
	v.points_up = 99; /* beyond the first */
	check_texts(&whole, &v, 120, 40, TEXTS("▸  1 head", "One pass over 500 pictures"));
	v.lesson_down = 9999;
	check_texts(&whole, &v, 80, 24, TEXTS("transfer learning."));
}

static void test_page_of_other_runs(void **state)
{
	(void)state;
	struct view v = page_view();
	check_texts(&head, &v, 200, 60, TEXTS("· 5 Unfreeze", "So far", "What a thaw adds"));
	check_texts(&scratch, &v, 200, 60, TEXTS("Nothing was frozen when this run began"));
	check_texts(&trouble, &v, 200, 60, TEXTS("▸  2 head"));
	check_texts(&empty, &v, 80, 24,
		     TEXTS("waiting for the run", "the first epoch is to come"));
	v.quiz_why = "data/quiz.yaml:3:4: the answer is wrong";
	check_texts(&whole, &v, 80, 24, TEXTS("No quiz: data/quiz.yaml:3:4: the answer is wrong"));
	v.quiz_why = NULL;
	v.scores = (struct scores){3, 12, 14, 2};
	check_texts(&whole, &v, 80, 24,
		     TEXTS("best of 3 tries: 12 of 14", "(2 lines of the file"));
}

static void test_quiz_screens(void **state)
{
	(void)state;
	struct view v = page_view();
	v.quiz_on = true;
	v.round = quiz_round_new(&quiz, &whole, 1);
	check_texts(&whole, &v, 80, 24, TEXTS("Which?", "▸ a  ", "1 of 3, 0 right", "Z leaves"));
	quiz_round_answer(v.round, v.round->items[0].right);
	check_texts(&whole, &v, 80, 24, TEXTS("Right.", "✓ ", "Because.", "Enter goes on"));
	quiz_round_next(v.round);
	quiz_round_answer(v.round, 1 - v.round->items[1].right);
	check_texts(&whole, &v, 80, 24,
		     TEXTS("Not so: it is ", "✗ ", "It was 0.0005.", "2 of 3, 1"));
	quiz_round_next(v.round);
	quiz_round_answer(v.round, v.round->items[2].right);
	quiz_round_next(v.round);
	v.scores = (struct scores){2, 3, 3, 0};
	check_texts(&whole, &v, 80, 24,
		     TEXTS("2 of 3 right", "best of 2 tries: 3 of 3", "Worth another look",
			   "At 155?", "✓ 14-17", "Enter tries again"));
	quiz_round_free(v.round);
}

static void test_every_size(void **state)
{
	(void)state;
	const struct history *all[] = {&whole, &head, &scratch, &empty, &trouble};
	struct view v = page_view();
	struct quiz_round *round = quiz_round_new(&quiz, &whole, 1);
	for (int w = 1; w <= 200; w += 1 + w / 14)
		for (int h = 1; h <= 80; h += 1 + h / 9)
			for (size_t i = 0; i < 5; i++) {
				v.page = (w + h) % 3 ? PAGE_LEARN : PAGE_TRAIN;
				v.summary = true;
				v.crashed = w % 2;
				v.points_up = v.lesson_down = v.summary_down = w * h % 50;
				v.quiz_on = (w + h) % 4 == 0;
				v.round = round;
				round->at = (size_t)(w + h) % 4;
				round->items[1].given = w % 3 - 1;
				char *screen = check_screen(all[i], &v, w, h, w % 3);
				assert_true(*screen);
				free(screen);
			}
	quiz_round_free(round);
}

static void test_summary(void **state)
{
	(void)state;
	struct view v = page_view();
	v.page = PAGE_TRAIN;
	v.summary = true;
	static const struct {
		int w, h;
	} sizes[] = {{80, 24}, {120, 40}};
	for (size_t i = 0; i < 2; i++)
		check_texts(&whole, &v, sizes[i].w, sizes[i].h,
			     TEXTS("How it ended", "✓ finished: all 10 epochs done",
				   "best epoch 8 of 10: ", "at most 300.0 MB of memory",
				   "▼ iteration 62: learning rate 0.01 -> 0.005 (user); loss ",
				   "❄ iteration 217: 14 frozen (user)", "best.weights",
				   "thaw predict flower-photos-1 pic.jpg",
				   "thaw replay flower-photos-1"));
	char *screen = check_screen(&whole, &v, 80, 24, true);
	assert_null(strstr(screen, "thaw resume"));
	free(screen);
	v.summary_down = 99;
	check_texts(&whole, &v, 60, 20, TEXTS("thaw replay flower-photos-1"));
	v.position = 5; /* not at the end: no summary */
	v.n_events = 9;
	screen = check_screen(&whole, &v, 80, 24, true);
	assert_null(strstr(screen, "How it ended"));
	free(screen);
}

/* What comes next needs what is there. */
static void test_summary_tells_what_can_be_done(void **state)
{
	(void)state;
	struct view v = page_view();
	struct history h = whole;
	v.page = PAGE_TRAIN;
	v.summary = true;
	struct history_checkpoint last = {.iter = h.iter};
	h.points = &last;
	h.n_points = 1;
	check_texts(
	    &h, &v, 120, 40,
	    TEXTS("Files in", "thaw resume flower-photos-1 --epochs 10", "train it for longer"));
	v.lone_log = true;
	char *screen = check_screen(&h, &v, 120, 40, true);
	assert_non_null(strstr(screen, "thaw replay flower-photos-1"));
	assert_null(strstr(screen, "Files in"));
	assert_null(strstr(screen, "thaw resume"));
	assert_null(strstr(screen, "thaw predict"));
	free(screen);
}

static void test_summary_of_trouble(void **state)
{
	(void)state;
	struct view v = page_view();
	v.page = PAGE_TRAIN;
	v.summary = true;
	v.run_dir = "/somewhere/it's here/run";
	check_texts(&trouble, &v, 120, 40,
		     TEXTS("✗ failed: loss not finite, accident 3", "A lower rate helps",
			   "Files in it's here/run", "nothing; the plan ran as it was written",
			   "thaw show '/somewhere/it'\\''s here/run'"));
	v.run_dir = "runs/x";
	struct history h = trouble; /* its checkpoint is told, and the rate was the plan's */
	struct history_checkpoint last = {.iter = h.iter};
	h.points = &last;
	h.n_points = 1;
	check_texts(&h, &v, 80, 24,
		    TEXTS("thaw resume x --from best",
			  "thaw resume x --from best --set phases.head.lr="));
	v.crashed = true;
	check_texts(
	    &head, &v, 80, 24,
	    TEXTS("✗ crashed: the trainer is gone", "trainer.log says more", "thaw show x"));
	v.crashed = false;
	check_texts(&head, &v, 80, 24, TEXTS("the run goes on", "thaw attach x"));
	check_texts(&empty, &v, 80, 24, TEXTS("no epoch was completed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_facts),
	    cmocka_unit_test(test_sides_of_the_thaw),
	    cmocka_unit_test(test_needs),
	    cmocka_unit_test(test_round_suits_the_run),
	    cmocka_unit_test(test_round_shuffles),
	    cmocka_unit_test(test_round_counts),
	    cmocka_unit_test_setup_teardown(test_scores_kept, make_dir, drop_dir),
	    cmocka_unit_test_setup_teardown(test_scores_hostile, make_dir, drop_dir),
	    cmocka_unit_test_setup_teardown(test_scores_long, make_dir, drop_dir),
	    cmocka_unit_test_setup_teardown(test_scores_refused, make_dir, drop_dir),
	    cmocka_unit_test(test_page),
	    cmocka_unit_test(test_page_of_other_runs),
	    cmocka_unit_test(test_quiz_screens),
	    cmocka_unit_test(test_every_size),
	    cmocka_unit_test(test_summary),
	    cmocka_unit_test(test_summary_tells_what_can_be_done),
	    cmocka_unit_test(test_summary_of_trouble),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
