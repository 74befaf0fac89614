/* on_end: a list, words between spaces, from a file and from --set, every mistake with its place. */
#include "thaw/config/command_words.h"
#include "thaw/config/experiment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Three lines before what is tested. */
#define HEAD                                                                                       \
	"network: {cfg: /a.cfg, weights: /a.weights}\ndata: {images: /pictures}\n"                 \
	"phases: [{name: one, epochs: 3, lr: 0.01}]\n"

static enum err parse(struct experiment **x, const char *yaml, const char *set, struct errinfo *e)
{
	return experiment_parse(x, "plan.yaml", yaml, strlen(yaml), &set, set != NULL, e);
}

static struct experiment *good(const char *yaml, const char *set)
{
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	if (parse(&x, yaml, set, &e))
		fail_msg("%s", e.msg);
	return x;
}

/* These words, also when what is written is read again. */
static void holds(const char *yaml, const char *set, const char *const *wanted)
{
	struct experiment *x = good(yaml, set), *again;
	struct strbuf written = STRBUF_INIT;
	experiment_write(x, &written);
	again = good(written.buf, NULL);
	assert_string_equal(again->on_end, x->on_end);
	char **words = command_words(x->on_end);
	size_t n = 0;
	for (; wanted[n]; n++) {
		assert_non_null(words && words[n]);
		assert_string_equal(words[n], wanted[n]);
	}
	assert_true(n ? !words[n] : !words);
	command_free(words);
	strbuf_release(&written);
	experiment_free(x);
	experiment_free(again);
}

#define HOLDS(yaml, set, ...) holds(yaml, set, (const char *const[]){__VA_ARGS__ NULL})

static void lists_and_lines(void **state)
{
	(void)state;
	HOLDS(HEAD, NULL, );
	HOLDS(HEAD "on_end: \"\"\n", NULL, );
	HOLDS(HEAD "on_end: [notify-send, is done]\n", NULL, "notify-send", "is done", );
	HOLDS(HEAD "on_end:\n  - a\n  - \"\"\n  - 3\n  - 'it''s \"so\" \\'\n", NULL, "a", "", "3",
	      "it's \"so\" \\", );
	HOLDS(HEAD "on_end: notify-send   two  words\n", NULL, "notify-send", "two", "words", );
	HOLDS(HEAD "on_end: \"a; rm -rf $HOME `b`\"\n", NULL, "a;", "rm", "-rf", "$HOME", "`b`", );
	HOLDS(HEAD, "on_end=[a, 'b c']", "a", "b c", );
	HOLDS(HEAD "on_end: [x]\n", "on_end=a b", "a", "b", );
	HOLDS(HEAD "on_end: [x]\n", "on_end=", );
}

/* A program by its path is found from anywhere; a bare name is PATH's. */
static void programs_by_their_path(void **state)
{
	(void)state;
	char cwd[4096], wanted[5000];
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	snprintf(wanted, sizeof(wanted), "%s/tell.sh", cwd);
	HOLDS(HEAD "on_end: [./tell.sh, ./x]\n", NULL, wanted, "./x", );
	HOLDS(HEAD "on_end: /bin/tell\n", NULL, "/bin/tell", );
	setenv("HOME", "/home/somebody", 1);
	HOLDS(HEAD "on_end: ~/tell a\n", NULL, "/home/somebody/tell", "a", );
}

static void bad(const char *yaml, const char *set, const char *wanted)
{
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	if (parse(&x, yaml, set, &e) == ERR_OK)
		fail_msg("accepted: %s %s", yaml, set ? set : "");
	if (!strstr(e.msg, wanted))
		fail_msg("wanted '%s' in: %s", wanted, e.msg);
}

static void mistakes_have_their_place(void **state)
{
	(void)state;
	bad(HEAD "on_end: []\n", NULL, "plan.yaml:4:9: on_end: an empty list");
	bad(HEAD "on_end: ['', a]\n", NULL,
	    "plan.yaml:4:10: on_end: the first word is the program");
	bad(HEAD "on_end: [a, [b]]\n", NULL,
	    "plan.yaml:4:13: on_end: a command is a list of words");
	bad(HEAD "on_end: [a, \"b\\nc\"]\n", NULL, "plan.yaml:4:13: on_end: holds a control");
	bad(HEAD "on_end: {a: b}\n", NULL, "plan.yaml:4:9: on_end must be a program");
	bad(HEAD "on_end: \"  \"\n", NULL, "plan.yaml:4:9: on_end: '  ' is not a program");
	bad(HEAD, "on_end=[a, [b]]", "--set on_end=[a, [b]]: on_end: a command is a list");
	bad(HEAD, "on_end=[a, ", "--set on_end=[a, : on_end: not a list");
}

static void shown_as_typed(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT;
	command_show("[\"a\", \"b c\", \"\", \"d\"]", &text);
	assert_string_equal(text.buf, "a 'b c' '' d");
	strbuf_release(&text);
	static const char *const none[] = {"",      "[",        "[]",     "[\"a\"",
					   "[\"a]", "[\"a\"]x", "[\"\"]", "a"};
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_null(command_words(none[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_and_lines),
	    cmocka_unit_test(programs_by_their_path),
	    cmocka_unit_test(mistakes_have_their_place),
	    cmocka_unit_test(shown_as_typed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
