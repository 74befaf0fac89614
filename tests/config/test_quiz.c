/* The quiz file: the one that ships, and wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/config/quiz.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME "data/learn/quiz.yaml"

static const struct quiz_question *find(const struct quiz *q, const char *id)
{
	for (size_t i = 0; i < q->n; i++)
		if (strcmp(q->questions[i].id, id) == 0)
			return &q->questions[i];
	return NULL;
}

static bool asks_of_the_run(const struct quiz_question *q)
{
	bool asks = strchr(q->text, '{') != NULL;
	for (size_t i = 0; i < q->n_choices; i++)
		asks = asks || strchr(q->choices[i], '{');
	return asks;
}

static void test_the_file(void **state)
{
	(void)state;
	static const char *const musts[] = {"base-frozen", "low-rate", "thaw-trace"};
	struct quiz q;
	struct errinfo e = {0};
	if (quiz_load(FILE_NAME, &q, &e))
		fail_msg("%s", e.msg);
	assert_true(q.n >= 14);
	size_t n_asking = 0, n_answers[QUIZ_MAX_CHOICES] = {0};
	for (size_t i = 0; i < q.n; i++) {
		const struct quiz_question *one = &q.questions[i];
		assert_true(one->n_choices >= 3 && one->answer < one->n_choices);
		assert_true(strlen(one->text) < 200 && strlen(one->explain) < 400);
		for (size_t k = 0; k < one->n_choices; k++)
			assert_true(strlen(one->choices[k]) < 110);
		n_asking += asks_of_the_run(one);
		n_answers[one->answer]++;
	}
	assert_true(n_asking >= 4);
	for (size_t i = 0; i < QUIZ_MAX_CHOICES; i++)
		assert_true(n_answers[i] > 0);
	for (size_t i = 0; i < sizeof(musts) / sizeof(*musts); i++) {
		const struct quiz_question *must = find(&q, musts[i]);
		assert_non_null(must);
		assert_true(must->needs == 0 && must->epochs == 0 && !asks_of_the_run(must));
	}
	quiz_release(&q);
	assert_int_equal(q.n, 0);
}

#define HEAD "- id: x\n  question: q\n"
#define TAIL "  choices: [one, two]\n  answer: b\n  explain: e\n"

static void test_good(void **state)
{
	(void)state;
	static const char text[] =
	    HEAD "  choices:\n    - '{lr_head} or'\n    -  two  \n  answer: b\n"
		 "  explain: >-\n    some\n    words\n  here: in {seed}\n"
		 "  needs: [thawed, epochs 12, by-hand]\n"
		 "- {id: y, question: r, choices: [1, 2], answer: a, explain: f, "
		 "needs: cached}\n";
	struct quiz q;
	assert_int_equal(quiz_parse(&q, "f", text, strlen(text), NULL), ERR_OK);
	assert_int_equal(q.n, 2);
	assert_string_equal(q.questions[0].choices[1], "two");
	assert_string_equal(q.questions[0].explain, "some words");
	assert_string_equal(q.questions[0].here, "in {seed}");
	assert_int_equal(q.questions[0].answer, 1);
	assert_int_equal(q.questions[0].epochs, 12);
	assert_int_equal(q.questions[0].needs, 1u << NEED_THAWED | 1u << NEED_BY_HAND);
	assert_int_equal(q.questions[1].needs, 1u << NEED_CACHED);
	assert_null(q.questions[1].here);
	quiz_release(&q);
}

static void test_errors(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} bad[] = {
	    {"", "f: the file is empty"},
	    {"a: 1\n", "f:1:1: a quiz is a list"},
	    {"[]\n", "f:1:1: a quiz has 1 to 64 questions, not 0"},
	    {"- 5\n", "f:1:3: a question is a group of keys"},
	    {"- id: x\n  question: [\n", "f:3:1: not valid YAML"},
	    {HEAD TAIL "  colour: red\n",
	     "f:6:3: there is no key 'colour'; known are id, question"},
	    {HEAD TAIL "  explan: red\n",
	     "f:6:3: there is no key 'explan'; did you mean 'explain'?"},
	    {HEAD TAIL "  id: z\n", "f:6:3: 'id' is given twice"},
	    {HEAD "  choices: [a, b]\n  answer: a\n", "f:1:3: this question has no 'explain'"},
	    {HEAD TAIL HEAD TAIL, "f:6:7: two questions have the id 'x'"},
	    {"- id: X y\n", "f:1:7: an id is small letters"},
	    {"- id:\n", "f:1:6: the id must be a text"},
	    {"- id: x\n  question: ' '\n", "f:2:13: the question is empty"},
	    {"- id: x\n  question: \"a\\tb\"\n", "f:2:13: the question holds a line break or"},
	    {"- id: x\n  question: what is {lr_hed}?\n",
	     "f:2:13: there is no fact 'lr_hed'; did you mean 'lr_head'?"},
	    {"- id: x\n  question: what is {qqqqqqqq}?\n", "known are classes, n_train"},
	    {"- id: x\n  question: a {brace\n", "f:2:13: a brace without its partner"},
	    {"- id: x\n  question: a } brace\n", "f:2:13: a brace without its partner"},
	    {"- id: x\n  question: a {se{ed}\n", "f:2:13: a brace without its partner"},
	    {HEAD "  choices: [one]\n", "f:3:12: a question has 2 to 4 choices, not 1"},
	    {HEAD "  choices: one\n", "f:3:12: choices must be a list"},
	    {HEAD "  choices: [a, b, c, d, e]\n", "choices, not 5"},
	    {HEAD "  choices: [a, [b]]\n", "f:3:16: a choice must be a text, not a list"},
	    {HEAD "  choices: [a, b, a]\n", "f:3:19: this choice is there twice"},
	    {HEAD "  choices: [a, '{nope}']\n", "f:3:16: there is no fact 'nope'"},
	    {HEAD "  answer: 1\n", "f:3:11: the answer is the letter of a choice"},
	    {HEAD "  answer: ab\n", "f:3:11: the answer is the letter"},
	    {HEAD "  choices: [a, b]\n  answer: c\n  explain: e\n",
	     "f:4:11: there is no such choice: this question has 2"},
	    {HEAD "  needs: thawd\n", "f:3:10: there is no need 'thawd'; did you mean 'thawed'?"},
	    {HEAD "  needs: [epochs 0]\n", "f:3:11: write 'epochs 5'"},
	    {HEAD "  needs: epochs many\n", "f:3:10: write 'epochs 5'"},
	    {HEAD "  needs: {a: b}\n", "f:3:10: a need must be a text"},
	    {HEAD TAIL "---\n- b\n", "a quiz holds one document; a second one begins here"},
	    {"- ? [a]\n  : b\n", "a key that is not a word"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct quiz q = {(void *)&q, 77};
		struct errinfo e = {0};
		assert_int_not_equal(quiz_parse(&q, "f", bad[i].text, strlen(bad[i].text), &e),
				     ERR_OK);
		if (!strstr(e.msg, bad[i].says))
			fail_msg("%s\nwanted: %s\ngot: %s", bad[i].text, bad[i].says, e.msg);
		assert_int_equal(q.n, 77); /* untouched */
	}
}

static void test_not_there(void **state)
{
	(void)state;
	struct quiz q;
	struct errinfo e = {0};
	assert_int_equal(quiz_load("no/such/quiz.yaml", &q, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.msg, "no/such/quiz.yaml"));
	assert_int_equal(quiz_load("data", &q, &e), ERR_FORMAT);
	char *big = calloc(1, 300 * 1024);
	memset(big, '#', 300 * 1024 - 1);
	assert_int_equal(quiz_parse(&q, "big", big, 300 * 1024 - 1, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "larger than 256 KiB"));
	free(big);
}

/* Cut anywhere and with bytes changed it is read or refused, in one line. */
static void test_mutations(void **state)
{
	(void)state;
	struct strbuf good = STRBUF_INIT;
	assert_int_equal(file_read(FILE_NAME, &good, NULL), ERR_OK);
	uint64_t key = rng_key(1, RNG_SPLIT, 0, 0), counter = 0;
	for (int i = 0; i < 400; i++) {
		struct quiz q;
		struct errinfo e = {0};
		struct strbuf text = STRBUF_INIT;
		strbuf_add(&text, good.buf, i % 2 ? good.len : rng_below(key, counter++, good.len));
		for (int k = 0; k < i % 5 && text.len; k++) {
			size_t at = rng_below(key, counter++, text.len);
			text.buf[at] = (char)rng_below(key, counter++, 256);
		}
		if (quiz_parse(&q, "f", text.buf, text.len, &e) == ERR_OK)
			quiz_release(&q);
		else
			assert_true(*e.msg && !strchr(e.msg, '\n'));
		strbuf_release(&text);
	}
	strbuf_release(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_file),  cmocka_unit_test(test_good),
	    cmocka_unit_test(test_errors),    cmocka_unit_test(test_not_there),
	    cmocka_unit_test(test_mutations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
