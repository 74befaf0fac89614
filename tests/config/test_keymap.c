/* A person's keys as a file gives them: what is read, and what is told of mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/file.h"
#include "thaw/config/keymap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err parse(struct keymap *m, const char *text, struct errinfo *e)
{
	return keymap_parse(m, "keys.yaml", text, strlen(text), e);
}

static void test_reads(void **state)
{
	(void)state;
	struct keymap m;
	struct errinfo e;
	static const char text[] = "# mine\n"
				   "freeze: f\n"
				   "undo: [u, ctrl-z]\n"
				   "quit: none\n"
				   "next-page:\n"
				   "  - tab\n"
				   "  - ']'\n"
				   "lr-up: '+'\n";
	assert_int_equal(parse(&m, text, &e), ERR_OK);
	assert_int_equal(m.n, 5);
	assert_string_equal(m.file, "keys.yaml");
	assert_string_equal(m.items[0].action, "freeze");
	assert_true(m.items[0].line == 2 && m.items[0].col == 1);
	assert_string_equal(m.items[0].keys[0].name, "f");
	assert_true(m.items[0].keys[0].line == 2 && m.items[0].keys[0].col == 9);
	assert_int_equal(m.items[1].n_keys, 2);
	assert_string_equal(m.items[1].keys[1].name, "ctrl-z");
	assert_true(m.items[1].keys[1].line == 3 && m.items[1].keys[1].col == 11);
	assert_int_equal(m.items[2].n_keys, 0);
	assert_string_equal(m.items[3].keys[1].name, "]");
	assert_int_equal(m.items[3].keys[1].line, 7);
	assert_string_equal(m.items[4].keys[0].name, "+");
	keymap_release(&m);
	assert_int_equal(m.n, 0);
}

static void test_nothing(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "\n\n", "# a comment\n  # another", "~\n", "{}\n"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct keymap m;
		struct errinfo e = {.msg = ""};
		if (parse(&m, texts[i], &e))
			fail_msg("'%s': %s", texts[i], e.msg);
		assert_int_equal(m.n, 0);
		keymap_release(&m);
	}
}

static void test_mistakes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"freeze: f\nundo u\n", "keys.yaml:3:1: not valid YAML"},
	    {"- f\n- g\n", "keys.yaml:1:1: a file of keys has lines such as"},
	    {"freeze: {a: b}\n", "keys.yaml:1:9: keys are a word or a list"},
	    {"freeze: [a, [b]]\n", "keys.yaml:1:13: a key is one word"},
	    {"freeze: f\nundo: u\nfreeze: g\n",
	     "keys.yaml:3:1: 'freeze' is given twice, first on line 1"},
	    {"freeze:\n", "keys.yaml:1:8: no key is named here"},
	    {"freeze: [a, b, c, d, e]\n", "keys.yaml:1:22: more than 4 keys"},
	    {"freeze: \"a\\e\"\n", "keys.yaml:1:9: no key is named here"},
	    {"? [a]\n: b\n", "keys.yaml:1:3: the name of an action belongs here"},
	    {"freeze: [f\n", "not valid YAML"},
	    {"freeze: f\n---\nundo: u\n", "a second one begins here"},
	    {"freeze: \xff\n", "bytes that are not UTF-8"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct keymap m;
		struct errinfo e = {.msg = ""};
		enum err err = parse(&m, cases[i].text, &e);
		if (!err || !strstr(e.msg, cases[i].says))
			fail_msg("'%s' says '%s', not '%s'", cases[i].text, e.msg, cases[i].says);
		assert_null(strchr(e.msg, '\n'));
		assert_int_equal(m.n, 0);
		assert_null(m.items);
	}
}

/* Cut and garbled at every byte it is read or refused, never more. */
static void test_hostile(void **state)
{
	(void)state;
	static const char text[] = "freeze: f\nundo: [u, ctrl-z]\nquit: none\n\"a\\x41\": 'b'\n";
	static const char odd[] = {'\0', '\x1b', '{', '[', '\xff', ':', '\n', '&', '*', '\t'};
	for (size_t i = 0; i < sizeof(text); i++)
		for (size_t k = 0; k <= sizeof(odd); k++) {
			struct keymap m;
			struct errinfo e = {.msg = ""};
			char bytes[sizeof(text)];
			size_t len = k < sizeof(odd) ? sizeof(text) - 1 : i;
			memcpy(bytes, text, sizeof(text));
			if (k < sizeof(odd))
				bytes[i] = odd[k];
			if (keymap_parse(&m, "keys.yaml", bytes, len, &e))
				assert_true(e.msg[0] && !strchr(e.msg, '\n'));
			keymap_release(&m);
		}
}

static void test_files(void **state)
{
	(void)state;
	struct keymap m;
	struct errinfo e;
	const char *tmp = getenv("TMPDIR");
	char dir[256];
	snprintf(dir, sizeof(dir), "%.200s/thaw-keys-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	assert_non_null(mkdtemp(dir));
	char *path = path_join(dir, "keys.yaml");
	assert_int_equal(keymap_load(&m, path, &e), ERR_NOT_FOUND);
	assert_int_equal(file_write_atomic(path, "undo: z\n", 8, NULL), ERR_OK);
	assert_int_equal(keymap_load(&m, path, &e), ERR_OK);
	assert_int_equal(m.n, 1);
	keymap_release(&m);
	static const char marked[] = "\xef\xbb\xbfundo: z\r\nfreeze: f\r\n";
	assert_int_equal(file_write_atomic(path, marked, sizeof(marked) - 1, NULL), ERR_OK);
	assert_int_equal(keymap_load(&m, path, &e), ERR_OK);
	assert_string_equal(m.items[0].action, "undo");
	assert_true(m.n == 2 && m.items[1].line == 2);
	keymap_release(&m);
	char *large = calloc(1, 70000);
	assert_non_null(large);
	memset(large, '#', 70000);
	assert_int_equal(file_write_atomic(path, large, 70000, NULL), ERR_OK);
	assert_int_equal(keymap_load(&m, path, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "larger than 64 KiB"));
	assert_int_not_equal(keymap_load(&m, dir, &e), ERR_OK);
	free(large);
	unlink(path);
	rmdir(dir);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads),    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_mistakes), cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
