/* The shipped quiz against runs, and the program that finds it. */
#include "../tui/check.h"

#include "../pty.h"
#include "program.h"
#include "thaw/config/quiz.h"
#include "thaw/learn/facts.h"
#include "thaw/learn/quiz_round.h"
#include "thaw/learn/scores.h"

#define WAIT_MS 20000

static struct quiz quiz;
static struct history whole, hard;

/* A thaw that costs accuracy, and a loss that is not finite. */
static void write_hard(struct sample *s)
{
	sample_begin(s);
	sample_steps(s, 8, 0.01, SAMPLE_ITERS);
	sample_epoch(s, 8, 0.01);
	sample_phase(s, 1);
	sample_freeze(s, 248, CAUSE_PHASE, "0-13", "0-17");
	sample_steps(s, 9, 0.0005, SAMPLE_ITERS);
	struct event ev = {.type = EV_STEP};
	ev.step = (struct event_step){
	    .iter = 280, .epoch = 10, .loss = {NAN, true}, .lr = {5e-4, true}, .ips = {40, true}};
	sample_put(s, &ev, 100);
	sample_lr(s, 280, CAUSE_NONFINITE, 0.00025, 0.0005);
	sample_cache(s, 10);
	sample_epoch(s, 10, 0.00025);
}

static int load(void **state)
{
	(void)state;
	struct errinfo e = {0};
	if (quiz_load("data/learn/quiz.yaml", &quiz, &e))
		fail_msg("%s", e.msg);
	check_fold(&whole, sample_whole);
	check_fold(&hard, write_hard);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	quiz_release(&quiz);
	history_release(&whole);
	history_release(&hard);
	return 0;
}

/* The questions that a run is asked, one at a time, so that it is seen which. */
static size_t count_asked(const struct history *h, bool *asked)
{
	size_t n = 0;
	for (size_t i = 0; i < quiz.n; i++) {
		const struct quiz one = {&quiz.questions[i], 1};
		struct quiz_round *r = quiz_round_new(&one, h, 1);
		if (r) {
			const struct quiz_item *item = &r->items[0];
			assert_int_equal(r->n, 1);
			assert_true(item->n_choices == (int)quiz.questions[i].n_choices);
			assert_null(strpbrk(item->text, "{}"));
			assert_null(strpbrk(item->explain, "{}"));
			for (int k = 0; k < item->n_choices; k++)
				assert_null(strpbrk(item->choices[k], "{}"));
			asked[i] = true;
			n++;
		}
		quiz_round_free(r);
	}
	return n;
}

static void test_every_question_can_be_asked(void **state)
{
	(void)state;
	bool asked[QUIZ_MAX_QUESTIONS] = {false};
	struct history nothing;
	history_init(&nothing);
	assert_true(count_asked(&whole, asked) >= 14);
	count_asked(&hard, asked);
	for (size_t i = 0; i < quiz.n; i++)
		if (!asked[i])
			fail_msg("no run is asked '%s'", quiz.questions[i].id);
	/* what needs no run is asked without one */
	bool bare[QUIZ_MAX_QUESTIONS] = {false};
	assert_true(count_asked(&nothing, bare) >= 8);
}

/* Every fact is known to one of the runs, and what is said of a run can be said. */
static void test_every_fact_resolves(void **state)
{
	(void)state;
	const struct facts f[] = {{&whole, NULL}, {&hard, NULL}};
	struct strbuf out = STRBUF_INIT;
	for (size_t i = 0; quiz_facts[i]; i++) {
		char text[64];
		snprintf(text, sizeof(text), "{%s}", quiz_facts[i]);
		if (!facts_fill(&f[0], text, &out) && !facts_fill(&f[1], text, &out))
			fail_msg("neither run knows %s", text);
	}
	for (size_t i = 0; i < quiz.n; i++)
		if (quiz.questions[i].here)
			assert_true(facts_fill(&f[0], quiz.questions[i].here, &out) ||
				    facts_fill(&f[1], quiz.questions[i].here, &out));
	strbuf_release(&out);
}

/* ---- the program ---- */

static char *log_path;

static int make_run(void **state)
{
	(void)state;
	strcpy(dir, P_tmpdir "/thaw-learn-XXXXXX");
	assert_non_null(mkdtemp(dir));
	log_path = path_join(dir, "events.jsonl");
	struct sample s = {fopen(log_path, "w"), 0, 0, 1};
	assert_non_null(s.out);
	sample_whole(&s);
	return fclose(s.out);
}

static int drop_run(void **state)
{
	(void)state;
	static const char *const parts[] = {
	    "events.jsonl", "thaw/scores.jsonl", "thaw", "learn/quiz.yaml", "learn", ""};
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char *path = path_join(dir, parts[i]);
		remove(path);
		free(path);
	}
	free(log_path);
	return 0;
}

static void expect_shown(struct pty *p, const char *text)
{
	if (pty_shows(p, text, WAIT_MS))
		return;
	char *screen = pty_text(p);
	fail_msg("\"%s\" is not shown:\n%s", text, screen);
}

/* Replay the run to its end, with the data of `data` (NULL: whatever the program finds itself). */
static struct pty *replay(const char *data)
{
	char replays[] = "replay";
	char *argv[] = {thaw, replays, dir, NULL};
	setenv("XDG_STATE_HOME", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1); /* no keys of ours */
	if (data)
		setenv("THAW_DATA", data, 1);
	else
		unsetenv("THAW_DATA");
	struct pty *p = pty_exec(90, 30, "xterm-256color", argv);
	expect_shown(p, "replay ×");
	pty_send(p, "\x1bOF");
	expect_shown(p, "✓ finished");
	pty_send(p, "Z");
	return p;
}

static void leave(struct pty *p)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
}

static void test_a_whole_try(void **state)
{
	(void)state;
	struct pty *p = replay("data");
	struct scores sum;
	char *path = path_join(dir, "thaw/scores.jsonl");
	bool asked[QUIZ_MAX_QUESTIONS] = {false};
	size_t n = count_asked(&whole, asked);
	expect_shown(p, "Why is the base frozen");
	for (size_t i = 0; i < n; i++) {
		char progress[64];
		snprintf(progress, sizeof(progress), "%zu of %zu, ", i + 1, n);
		expect_shown(p, progress);
		pty_send(p, "a");
		expect_shown(p, "Enter goes on");
		pty_send(p, "\r");
	}
	expect_shown(p, "Enter tries again");
	assert_int_equal(scores_read(path, &sum, NULL), ERR_OK);
	assert_int_equal(sum.tries, 1);
	assert_int_equal(sum.best_asked, n);
	free(path);
	leave(p);
}

static void test_no_file(void **state)
{
	(void)state;
	struct pty *p = replay(dir);
	expect_shown(p, "no quiz: ");
	leave(p);
}

static void test_bad_file(void **state)
{
	(void)state;
	char *folder = path_join(dir, "learn"), *path = path_join(dir, "learn/quiz.yaml");
	assert_int_equal(file_mkdirs(folder, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(path, "- id: x\n  qestion: y\n", 21, NULL), ERR_OK);
	struct pty *p = replay(dir);
	expect_shown(p, "quiz.yaml:2:3: there is no key 'qestion'");
	leave(p);
	free(folder);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_question_can_be_asked),
	    cmocka_unit_test(test_every_fact_resolves),
	    cmocka_unit_test_setup_teardown(test_a_whole_try, make_run, drop_run),
	    cmocka_unit_test_setup_teardown(test_no_file, make_run, drop_run),
	    cmocka_unit_test_setup_teardown(test_bad_file, make_run, drop_run),
	};
	unsetenv("NO_COLOR");
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("LC_ALL", "C.UTF-8", 1);
	return run_program_tests(tests, load, unload);
}
