/* What stands where in a whole log: iterations, marks, phases; and the words for its places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/run/go_to.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S(iter) "{\"ev\":\"step\",\"iter\":" #iter ",\"epoch\":1,\"loss\":1}"
#define E(epoch, iter, best)                                                                       \
	"{\"ev\":\"epoch\",\"epoch\":" #epoch ",\"iter\":" #iter ",\"best\":" #best "}"

/* A run that is paused, thawed, goes to another phase, fails twice, goes back, is resumed. The
 * number is the place behind the line. */
static const char
    *const
	lines[] =
	    {
		"{\"ev\":\"run\",\"version\":1}", /* 1 */
		"{\"ev\":\"phase\",\"name\":\"head\",\"index\":0}",
		"{\"ev\":\"freeze\",\"iter\":0,\"cause\":\"phase\",\"frozen\":\"0-3\",\"was\":"
		"\"none\"}",
		"{\"ev\":\"lr\",\"iter\":0,\"cause\":\"phase\",\"value\":0.1,\"was\":0}",
		S(1), /* 5 */
		S(2),
		"{\"ev\":\"control\",\"what\":\"paused\",\"iter\":2,\"cause\":\"user\"}",
		"{\"ev\":\"freeze\",\"iter\":2,\"cause\":\"user\",\"frozen\":\"0-2\",\"was\":\"0-"
		"3\"}",
		"{\"ev\":\"control\",\"what\":\"unpaused\",\"iter\":2,\"cause\":\"user\"}",
		"{\"ev\":\"steps\",\"iter\":3,\"epoch\":1,\"loss\":[1,1,1]}", /* 10 */
		"{\"ev\":\"steps\",\"iter\":6,\"epoch\":1,\"loss\":[1,1,1]}",
		E(1, 8, true),
		"{\"ev\":\"checkpoint\",\"epoch\":1,\"iter\":8,\"kind\":\"last\"}",
		"{\"ev\":\"phase\",\"name\":\"tune\",\"index\":1}",
		"{\"ev\":\"freeze\",\"iter\":8,\"cause\":\"phase\",\"frozen\":\"0-2\",\"was\":\"0-"
		"2\"}", /* 15 */
		"{\"ev\":\"lr\",\"iter\":8,\"cause\":\"phase\",\"value\":0.2,\"was\":0.1}",
		S(9),
		"{\"ev\":\"lr\",\"iter\":9,\"cause\":\"schedule\",\"value\":0.19,\"was\":0.2}",
		"{\"ev\":\"step\",\"iter\":10,\"epoch\":2,\"loss\":\"nan\"}",
		"{\"ev\":\"step\",\"iter\":11,\"epoch\":2,\"loss\":\"nan\"}", /* 20 */
		"{\"ev\":\"lr\",\"iter\":11,\"cause\":\"nonfinite\",\"value\":0.1,\"was\":0.19}",
		E(2, 12, true),
		"{\"ev\":\"control\",\"what\":\"back\",\"iter\":8,\"cause\":\"user\",\"best_"
		"epoch\":1}",
		"{\"ev\":\"lr\",\"iter\":8,\"cause\":\"back\",\"value\":0.1,\"was\":0.05}",
		S(9), /* 25 */
		"{\"ev\":\"run\",\"version\":1}",
		"{\"ev\":\"control\",\"what\":\"continued\",\"iter\":9,\"cause\":\"user\"}",
		"{\"ev\":\"lr\",\"iter\":9,\"cause\":\"resume\",\"value\":0.1,\"was\":0.1}",
		S(20),
		S(30), /* 30 */
};
enum { N = sizeof(lines) / sizeof(*lines) };

static struct timeline log_read;

static int open_log(void **state)
{
	(void)state;
	char path[] = "/tmp/thaw-track-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	struct errinfo e;
	if (!f)
		return -1;
	for (int i = 0; i < N; i++)
		fprintf(f, "{\"seq\":%d,\"t\":%d,%s\n", i + 1, i * 1000, lines[i] + 1);
	fclose(f);
	timeline_init(&log_read);
	bool bad = timeline_open(&log_read, path, &e);
	while (!bad && timeline_read(&log_read, 1000, false))
		;
	unlink(path);
	return bad ? -1 : 0;
}

static int close_log(void **state)
{
	(void)state;
	timeline_release(&log_read);
	return 0;
}

static void test_marks(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		int kind;
		bool joined;
	} want[] = {
	    {2, MARK_PHASE, false},    {3, MARK_FREEZE, true},    {4, MARK_LR_UP, true},
	    {7, MARK_PAUSE, false},    {8, MARK_UNFREEZE, false}, {9, TRACK_GOES_ON, false},
	    {14, MARK_PHASE, false},   {16, MARK_LR_UP, true},    {19, MARK_NONFINITE, false},
	    {23, MARK_BACK, false},    {24, MARK_LR_UP, true},    {26, TRACK_GOES_ON, false},
	    {27, TRACK_GOES_ON, true},
	};
	const struct track *k = &log_read.track;
	assert_int_equal(log_read.n, N);
	assert_int_equal(k->n_marks, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < k->n_marks; i++) {
		assert_int_equal(k->marks[i].at, want[i].at);
		assert_int_equal(k->marks[i].kind, want[i].kind);
		assert_int_equal(k->marks[i].joined, want[i].joined);
	}
	assert_int_equal(k->best_epoch, 1); /* the second one was dropped */
}

static void test_phases(void **state)
{
	(void)state;
	const struct track *k = &log_read.track;
	assert_int_equal(k->n_phases, 3); /* back to the first one */
	assert_string_equal(k->phases[1].name, "tune");
	assert_string_equal(k->phases[2].name, "head");
	assert_int_equal(k->phases[2].at, 23);
}

/* Every place, one way and back. */
static void test_steps(void **state)
{
	(void)state;
	static const size_t steps[] = {5, 6, 10, 11, 17, 19, 20, 25, 29, 30},
			    marks[] = {4, 7, 8, 9, 16, 19, 24, 27};
	const struct track *k = &log_read.track;
	for (size_t at = 0; at <= N; at++) {
		size_t next = at, before = at, next_mark = at, before_mark = at;
		for (size_t i = sizeof(steps) / sizeof(*steps); i-- > 0;)
			next = steps[i] > at ? steps[i] : next;
		for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
			before = steps[i] < at ? steps[i] : before;
		for (size_t i = sizeof(marks) / sizeof(*marks); i-- > 0;)
			next_mark = marks[i] > at ? marks[i] : next_mark;
		for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
			before_mark = marks[i] < at ? marks[i] : before_mark;
		assert_int_equal(track_step(k, at, 1), next);
		assert_int_equal(track_step(k, at, -1), before);
		assert_int_equal(track_step_mark(k, at, 1), next_mark);
		assert_int_equal(track_step_mark(k, at, -1), before_mark);
	}
}

static void test_iterations(void **state)
{
	(void)state;
	static const struct {
		int64_t iter;
		size_t at;
	} want[] = {{1, 5},   {2, 6},   {3, 10},  {5, 10},  {6, 11},  {8, 11},  {9, 25},
		    {10, 19}, {11, 20}, {12, 29}, {20, 29}, {21, 30}, {30, 30}, {31, 0}};
	const struct track *k = &log_read.track;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		assert_int_equal(track_find_iter(k, want[i].iter), want[i].at);
	assert_int_equal(k->first_iter, 1);
	assert_int_equal(k->last_iter, 30);
	assert_int_equal(track_iter_at(k, 4), 0);
	assert_int_equal(track_iter_at(k, 9), 2);
	assert_int_equal(track_iter_at(k, 10), 5);
	assert_int_equal(track_iter_at(k, 25), 9);
	assert_int_equal(track_iter_at(k, N), 30);
}

static void test_go_to(void **state)
{
	(void)state;
	static const struct {
		const char *words;
		size_t at;
		const char *wrong; /* what the line says, NULL = it is right */
	} cases[] = {
	    {"iter 5", 10, NULL},
	    {"iteration 30", 30, NULL},
	    {"iter 31", 0, "iteration 31 is not in the log; it has 1 to 30"},
	    {"iter 0", 0, "iteration 0 is not in the log; it has 1 to 30"},
	    {"iter x", 0, "iteration x is not in the log; it has 1 to 30"},
	    {"iter -1", 0, "iteration -1 is not"},
	    {"epoch 1", 13, NULL},
	    {"epoch 3", 0, "epoch 3 is not in the log; it has 1 to 2"},
	    {"event 0", 0, NULL},
	    {"event 30", 30, NULL},
	    {"event 31", 0, "event 31 is not in the log; it has 1 to 30"},
	    {"event 99999999999999999999", 0, "is not in the log; it has 1 to 30"},
	    {"0%", 0, NULL},
	    {"50%", 15, NULL},
	    {"50.1 %", 15, NULL},
	    {"100%", N, NULL},
	    {"101%", 0, "a share is from 0% to 100%, not '101%'"},
	    {"-1%", 0, "a share is from 0% to 100%"},
	    {"nan%", 0, "a share is from 0% to 100%"},
	    {"time 0", 1, NULL},
	    {"time 0:04", 5, NULL},
	    {"time 4.5", 5, NULL},
	    {"time 0:00:29", 30, NULL},
	    {"time 29.9", 30, NULL},
	    {"time 0:31", 0, "time is h:mm:ss, mm:ss or seconds, from 0 to 0:29, not '0:31'"},
	    {"time 1:2:3:4", 0, "time is h:mm:ss"},
	    {"time -1", 0, "time is h:mm:ss"},
	    {"time 1e9", 0, "time is h:mm:ss"},
	    {"time 0x1", 0, "time is h:mm:ss"},
	    {"time 1.5:00", 0, "time is h:mm:ss"},
	    {"best", 13, NULL},
	    {"start", 0, NULL},
	    {"END", N, NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct errinfo e = {.msg = ""};
		size_t at = 77;
		enum err err = go_to_parse(&log_read, cases[i].words, &at, &e);
		assert_int_equal(err, cases[i].wrong ? ERR_VALUE : ERR_OK);
		assert_int_equal(at, cases[i].wrong ? 77 : cases[i].at);
		if (cases[i].wrong && !strstr(e.msg, cases[i].wrong))
			fail_msg("%s: \"%s\"", cases[i].words, e.msg);
	}
	static const char *const others[] = {"",   "iter", "layer 3", "end 3",
					     "35", "% 3",  "times 3"};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		size_t at;
		assert_int_equal(go_to_parse(&log_read, others[i], &at, NULL), ERR_NOT_FOUND);
	}
}

static void test_empty(void **state)
{
	(void)state;
	struct timeline t;
	struct errinfo e;
	size_t at = 5;
	timeline_init(&t);
	assert_int_equal(go_to_parse(&t, "iter 1", &at, &e), ERR_VALUE);
	assert_string_equal(e.msg, "no iteration is in the log");
	assert_int_equal(go_to_parse(&t, "epoch 1", &at, &e), ERR_VALUE);
	assert_int_equal(go_to_parse(&t, "best", &at, &e), ERR_VALUE);
	assert_int_equal(go_to_parse(&t, "50%", &at, &e), ERR_OK);
	assert_int_equal(at, 0);
	assert_int_equal(track_step(&t.track, 0, 1), 0);
	assert_int_equal(track_step_mark(&t.track, 0, -1), 0);
	timeline_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_marks), cmocka_unit_test(test_phases),
	    cmocka_unit_test(test_steps), cmocka_unit_test(test_iterations),
	    cmocka_unit_test(test_go_to), cmocka_unit_test(test_empty),
	};
	return cmocka_run_group_tests(tests, open_log, close_log);
}
