/* Keys and their names, and a person's own keys in the place of the table's. */
#include "check.h"

#include "thaw/base/keymap.h"
#include "thaw/tui/action.h"

static void expect_inverse(int key)
{
	const char *name = key_name(key);
	if (key_parse(name) != key)
		fail_msg("key %x is written '%s', which is key %x", key, name, key_parse(name));
}

static void test_names(void **state)
{
	(void)state;
	for (int key = K_UP; key <= K_F12; key++)
		expect_inverse(key);
	for (int key = ' '; key < 0x7F; key++)
		expect_inverse(key);
	for (int c = 'A'; c <= 'Z'; c++)
		if (!strchr("HJM", c)) /* those are Backspace and Enter */
			expect_inverse(K_CTRL(c));
	static const int wide[] = {0xE9, 0xDF, 0x416, 0x6F22, 0x1F600, K_ESC};
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		expect_inverse(wide[i]);
	assert_string_equal(key_name(K_CTRL('l')), "^L");
	assert_string_equal(key_name(K_LEFT), "←");
	assert_string_equal(key_name(' '), "Space");
}

static void test_words(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int key;
	} cases[] = {
	    {"ctrl-z", K_CTRL('z')},
	    {"Ctrl+Z", K_CTRL('z')},
	    {"C-z", K_CTRL('z')},
	    {"^z", K_CTRL('z')},
	    {"up", K_UP},
	    {"PAGEUP", K_PAGE_UP},
	    {"space", ' '},
	    {"shift-tab", K_BACKTAB},
	    {"tab", K_TAB},
	    {"ctrl-i", K_TAB},
	    {"ctrl-m", K_ENTER},
	    {"ctrl-h", K_BACKSPACE},
	    {"f5", K_F5},
	    {"F", 'F'},
	    {"^", '^'},
	    {"-", '-'},
	    {"é", 0xE9},
	    {"", 0},
	    {"ab", 0},
	    {"ctrl-", 0},
	    {"ctrl-é", 0},
	    {"ctrl-zz", 0},
	    {"\x1b", 0},
	    {"\xff", 0},
	    {"\xc3", 0},
	    {"f13", 0},
	    {"none", 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (key_parse(cases[i].name) != cases[i].key)
			fail_msg("'%s' is %x, not %x", cases[i].name, key_parse(cases[i].name),
				 cases[i].key);
}

/* ---- a person's own ---- */

#define ENTRY_MAX 4

/* Lines "action key key"; each stands on its line, keys at columns 10, 20, … */
static enum err rebind(const char *const *lines, struct errinfo *e)
{
	static char names[ENTRY_MAX][4][32];
	struct keymap_entry items[ENTRY_MAX];
	char file[] = "keys.yaml";
	struct keymap m = {.file = file, .items = items};
	for (; lines[m.n]; m.n++) {
		char words[4][32] = {"", "", "", ""};
		int n = sscanf(lines[m.n], "%31s %31s %31s %31s", words[0], words[1], words[2],
			       words[3]);
		memcpy(names[m.n], words, sizeof(words));
		items[m.n] = (struct keymap_entry){.action = names[m.n][0],
						   .line = (int)m.n + 1,
						   .col = 1,
						   .n_keys = (size_t)(n - 1)};
		for (int k = 1; k < n; k++)
			items[m.n].keys[k - 1] =
			    (struct keymap_key){names[m.n][k], (int)m.n + 1, 10 * k};
	}
	return action_rebind(&m, e);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *found(int key, enum view_mode mode, enum page page)
{
	const struct action *a = action_find(key, mode, page);
	return a ? a->name : "";
}

static void test_rebind(void **state)
{
	(void)state;
	struct errinfo e;
	assert_int_equal(rebind(LINES("undo z ctrl-z", "quit", "freeze u", "quiz f"), &e), ERR_OK);
	assert_string_equal(found(K_CTRL('z'), VIEW_LIVE, PAGE_TRAIN), "undo");
	assert_string_equal(found('z', VIEW_LIVE, PAGE_TRAIN), "undo");
	assert_string_equal(found('u', VIEW_LIVE, PAGE_TRAIN), "freeze");
	assert_string_equal(found('f', VIEW_LIVE, PAGE_TRAIN), "quiz");
	assert_string_equal(found('q', VIEW_LIVE, PAGE_TRAIN), "");
	const int *keys = action_keys(action_named("undo", VIEW_LIVE));
	assert_true(keys[0] == 'z' && keys[1] == K_CTRL('z') && keys[2] == 0);
	assert_int_equal(*action_keys(action_named("quit", VIEW_LIVE)), 0);
	/* a mistake changes nothing */
	assert_int_equal(rebind(LINES("undo nonsense"), &e), ERR_VALUE);
	assert_string_equal(found('z', VIEW_LIVE, PAGE_TRAIN), "undo");
	assert_int_equal(action_rebind(NULL, &e), ERR_OK);
	assert_string_equal(found('u', VIEW_LIVE, PAGE_TRAIN), "undo");
	assert_string_equal(found('q', VIEW_LIVE, PAGE_TRAIN), "quit");
}

/* One key may mean two things where they never meet: live and replayed, on two pages. */
static void test_no_false_clash(void **state)
{
	(void)state;
	struct errinfo e = {.msg = ""};
	if (rebind(LINES("faster ~", "lr-up ~", "older-match v"), &e))
		fail_msg("%s", e.msg);
	assert_string_equal(found('~', VIEW_LIVE, PAGE_TRAIN), "lr-up");
	assert_string_equal(found('~', VIEW_REPLAY, PAGE_TRAIN), "faster");
	assert_string_equal(found('v', VIEW_LIVE, PAGE_LOG), "older-match");
	assert_string_equal(found('v', VIEW_LIVE, PAGE_LAYERS), "mark");
	assert_string_equal(found('v', VIEW_LIVE, PAGE_TRAIN), "");
	action_rebind(NULL, NULL);
}

static void test_mistakes(void **state)
{
	(void)state;
	static const struct {
		const char *lines[3], *says;
	} cases[] = {
	    {{"freze f"}, "keys.yaml:1:1: no action is named 'freze'; did you mean 'freeze'?"},
	    {{"undo u", "xyzzy x"}, "keys.yaml:2:1: no action is named 'xyzzy'; `thaw help keys`"},
	    {{"undo u hyper-x"}, "keys.yaml:1:20: 'hyper-x' is not a key"},
	    {{"undo esc"}, "keys.yaml:1:10: Esc leaves what is open"},
	    {{"undo ctrl-c"}, "keys.yaml:1:10: ^C asks whether to leave"},
	    {{"undo f"},
	     "keys.yaml:1:10: f is the key of 'freeze'; give that another one, or write "
	     "'freeze: none'"},
	    {{"undo f", "freeze f"}, "is the key of '"},
	    {{"lr-up 9", "quit 9"}, "keys.yaml:1:10: 9 is the key of 'quit' too, on line 2"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct errinfo e = {.msg = ""};
		enum err err = rebind(cases[i].lines, &e);
		if (err != ERR_VALUE || !strstr(e.msg, cases[i].says))
			fail_msg("case %zu says '%s', not '%s'", i, e.msg, cases[i].says);
	}
	assert_string_equal(found('f', VIEW_LIVE, PAGE_TRAIN), "freeze");
}

/* Every row's name is a word that can be typed; rows of one name are for different modes. */
static void test_names_of_actions(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		assert_true(*a->name && !strpbrk(a->name, " \t'\":"));
		for (size_t k = 0; k < i; k++)
			if (strcmp(a->name, action_table[k].name) == 0)
				assert_int_equal(a->modes & action_table[k].modes & IN_BOTH, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_rebind),   cmocka_unit_test(test_no_false_clash),
	    cmocka_unit_test(test_mistakes), cmocka_unit_test(test_names_of_actions),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
