/* Learning-rate range tests with the built programs: of an experiment, and beside a run. */
#include "job.h"

#include <dirent.h>
#include <math.h>

#include <cjson/cJSON.h>

/* Small enough for a hundred iterations more: what is frozen comes from the cache. */
#define SMALL                                                                                      \
	"--set", "network.input=16x16", "--set", "data.augment.flip=false", "--set",               \
	    "data.augment.crop=1", "--set", "data.augment.hue=0", "--set", "train.batch=4", "--threads", "2"
#define SHORT "--set", "phases.head.epochs=1", "--set", "phases.tune.epochs=1"

static double number(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(o, key);
	return cJSON_IsNumber(v) ? v->valuedouble : (double)NAN;
}

static int n_files(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void a_test_suggests_a_rate_and_writes_nothing(void **state)
{
	(void)state;
	struct running r, again, text;
	int before = n_files(job_dir);
	EXPECT(&r, 0, viewer, "find-lr", shapes, "--json", SMALL);
	EXPECT(&again, 0, viewer, "find-lr", shapes, "--json", SMALL);
	assert_string_equal(r.text[0].buf, again.text[0].buf);
	cJSON *o = cJSON_Parse(r.text[0].buf);
	assert_non_null(o);
	double suggestion = number(o, "suggestion");
	assert_true(suggestion > number(o, "from") && suggestion < number(o, "to"));
	assert_true(suggestion <= number(o, "lowest") / 10 * 1.05);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(o, "points")), number(o, "done"));
	EXPECT(&text, 0, viewer, "find-lr", shapes, "--ascii", SMALL);
	assert_non_null(strstr(text.text[0].buf, "phase head"));
	assert_non_null(strstr(text.text[0].buf, "--set phases.head.lr="));
	assert_non_null(strstr(text.text[0].buf, "1e-6"));
	assert_int_equal(n_files(job_dir), before);
	cJSON_Delete(o);
	run_release(&r);
	run_release(&again);
	run_release(&text);
}

/* Where nothing can be learnt there is nothing to suggest, and a script sees it. */
static void without_a_suggestion_it_fails(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 1, viewer, "find-lr", shapes, "--from", "1e-9", "--to", "1e-8", "--json",
	       SMALL);
	cJSON *o = cJSON_Parse(r.text[0].buf);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(o, "suggestion")));
	assert_non_null(strstr(r.text[0].buf, "no rate suggested"));
	cJSON_Delete(o);
	run_release(&r);
}

static void bad_words_get_one_line(void **state)
{
	(void)state;
	static const char *const cases[][4] = {
	    {"--phase", "nix", "there are head, tune"},
	    {"--from", "2", "no range"},
	    {"--from", "zero", "--from wants a learning rate"},
	    {"--iterations", "5", "at least 20"},
	    {"--weights", "best", "is an experiment"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct running r;
		EXPECT(&r, 2, viewer, "find-lr", shapes, cases[i][0], cases[i][1],
		       SMALL);
		if (!strstr(r.text[1].buf, cases[i][2]))
			fail_msg("%s %s: %s", cases[i][0], cases[i][1], r.text[1].buf);
		assert_ptr_equal(strchr(r.text[1].buf, '\n'), strrchr(r.text[1].buf, '\n'));
		run_release(&r);
	}
}

/* Stopped at an iteration of each phase, tested there and gone on, a run saves what one without
 * tests saves: with every picture shown anew, and with frozen layers' outputs in the cache. */
static void a_run_is_the_same_with_a_test_in_it(void **state)
{
	(void)state;
	static const struct {
		const char *at, *crop, *one, *two;
	} cases[] = {{"30", "data.augment.crop=1.1", "plain", "tested"},
		     {"10", "data.augment.crop=1", "plain-kept", "tested-kept"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct running r, run;
		EXPECT(&r, 0, trainer, "run", shapes, "--runs", runs, "--name", cases[i].one, SMALL,
		       SHORT, "--set", cases[i].crop);
		run_release(&r);
		const char *const words[] = {trainer, "run",    shapes,       "--runs",     runs,
					     "--name", cases[i].two, SMALL,   SHORT,        "--set",
					     cases[i].crop, "--pause-at", cases[i].at, NULL};
		run_start(&run, words, NULL);
		job_until_paused(cases[i].two);
		const char *const ask[] = {viewer, "ctl",    cases[i].two, "find-lr",
					   "--runs", runs, NULL};
		run_start(&r, ask, NULL);
		run_wait(&r); /* 0 or 1: as the curve says */
		assert_non_null(strstr(r.text[0].len ? r.text[0].buf : r.text[1].buf, "suggested"));
		run_release(&r);
		EXPECT(&r, 0, viewer, "ctl", cases[i].two, "unpause", "--runs", runs);
		assert_int_equal(run_wait(&run), 0);
		job_same_files(cases[i].one, cases[i].two);
		run_release(&r);
		run_release(&run);
	}
}

/* From what a run has learnt, by its name. */
static void a_run_is_tested_from_its_weights(void **state)
{
	(void)state;
	struct running r;
	struct strbuf before, after;
	read_run_file(&before, "plain", "events.jsonl");
	const char *const words[] = {viewer, "find-lr", "plain", "--runs", runs, "--phase", "tune",
				     "--weights", "last", "--iterations", "20", NULL};
	run_start(&r, words, NULL);
	assert_in_range(run_wait(&r), 0, 1);
	assert_non_null(strstr(r.text[0].buf, "begins with last.weights of "));
	read_run_file(&after, "plain", "events.jsonl");
	assert_string_equal(before.buf, after.buf);
	strbuf_release(&before);
	strbuf_release(&after);
	run_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_test_suggests_a_rate_and_writes_nothing),
	    cmocka_unit_test(without_a_suggestion_it_fails),
	    cmocka_unit_test(bad_words_get_one_line),
	    cmocka_unit_test(a_run_is_the_same_with_a_test_in_it),
	    cmocka_unit_test(a_run_is_tested_from_its_weights),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
