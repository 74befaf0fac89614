/* The command line: the line itself, what completes it, and the lines typed before. */
#include "part.h"

#include "../../src/tui/line_history.h"
#include "thaw/base/file.h"
#include "thaw/tui/action.h"
#include "thaw/tui/command_line.h"

#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the line ---- */

/* Keys as bytes of ASCII and control characters, and numbers beyond them. */
static void press(struct edit *e, const int *keys)
{
	for (; *keys; keys++)
		edit_key(e, *keys);
}

static void test_editing(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int keys[8];
		const char *after;
		size_t at;
	} cases[] = {
	    {"freeze", {' ', '0'}, "freeze 0", 8},
	    {"freeze", {K_CTRL('a'), 'x'}, "xfreeze", 1},
	    {"freeze", {K_HOME, K_DELETE}, "reeze", 0},
	    {"freeze", {K_LEFT, K_LEFT, K_BACKSPACE, K_CTRL('e'), '!'}, "freze!", 6},
	    {"freeze last 3", {K_CTRL('w')}, "freeze last ", 12},
	    {"freeze last 3", {K_CTRL('w'), K_CTRL('w')}, "freeze ", 7},
	    {"freeze last 3", {K_CTRL('u'), 'a'}, "a", 1},
	    {"freeze last 3", {K_CTRL('a'), K_RIGHT, K_CTRL('k')}, "f", 1},
	    {"é漢x", {K_LEFT, K_BACKSPACE}, "éx", 2},
	    {"é漢x", {K_LEFT, K_LEFT, K_DELETE}, "éx", 2},
	    {"é", {K_LEFT, 0x6F22}, "漢é", 3},
	    {"", {K_BACKSPACE, K_LEFT, K_DELETE, K_CTRL('w'), K_CTRL('u')}, "", 0},
	    {"a", {K_RIGHT, K_RIGHT, 0x9B, 7, K_F1, K_UP}, "a", 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct edit e;
		edit_set(&e, cases[i].text);
		press(&e, cases[i].keys);
		assert_string_equal(e.text, cases[i].after);
		assert_int_equal(e.at, cases[i].at);
		assert_int_equal(e.len, strlen(e.text));
	}
}

/* Any keys at all leave a line that fits, is text, and has its cursor between characters. */
static void test_editing_anything(void **state)
{
	(void)state;
	static const int some[] = {'a',      ' ',         0xE9,    0x6F22, 0x1F600,
				   K_LEFT,   K_HOME,      K_RIGHT, K_END,  K_BACKSPACE,
				   K_DELETE, K_CTRL('w'), 0x9B,    0x7F,   K_CTRL('k'),
				   0xD800,   K_CTRL('u'), 'z'};
	unsigned random = 1;
	struct edit e;
	edit_set(&e, "");
	for (int i = 0; i < 60000; i++) {
		random = random * 1664525 + 1013904223;
		unsigned pick = random >> 16;
		bool rare = pick % 97 == 0; /* else the line never grows */
		edit_key(&e, some[rare ? pick / 97 % 18 : pick % 5]);
		if (pick % 7 == 0)
			edit_key(&e, some[5 + pick / 7 % 4]);
		assert_true(e.len < EDIT_MAX && e.at <= e.len && e.text[e.len] == '\0');
		assert_true(((unsigned char)e.text[e.at] & 0xC0) != 0x80);
		struct edit again;
		edit_set(&again, e.text);
		assert_string_equal(again.text, e.text); /* all of it is text */
	}
}

static void test_set_takes_text_only(void **state)
{
	(void)state;
	struct edit e;
	edit_set(&e, "a\x1b[2J\xff\xc0\x80"
		     "b\xe6\xbc\xa2\n");
	assert_string_equal(e.text, "a[2Jb漢");
	char longer[2 * EDIT_MAX];
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	edit_set(&e, longer);
	assert_int_equal(e.len, EDIT_MAX - 1);
	assert_false(edit_insert(&e, "y"));
	edit_set(&e, "");
	assert_false(edit_insert(&e, "a\nb"));
	assert_string_equal(e.text, "");
}

/* ---- completion ---- */

/* Complete `line` at its end; `words` are all that must be offered, one at least otherwise. */
static void expect_completion(const char *line, enum view_mode mode, const char *after,
			      const char *const *words)
{
	struct completion c;
	struct edit e;
	struct view v;
	view_init(&v, mode, "run");
	edit_set(&e, line);
	complete_line(&c, &part, &v, e.text, e.at);
	completion_apply(&c, &e);
	if (strcmp(e.text, after) != 0)
		fail_msg("'%s' became '%s', not '%s'", line, e.text, after);
	for (size_t i = 0; words && words[i]; i++) {
		bool found = false;
		for (size_t k = 0; k < c.n; k++)
			found |= strcmp(c.words[k], words[i]) == 0;
		if (!found)
			fail_msg("'%s' is not offered after '%s'", words[i], line);
	}
	completion_release(&c);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_completion(void **state)
{
	(void)state;
	expect_completion("unf", VIEW_LIVE, "unfreeze", WORDS("unfreeze", "unfreeze-above"));
	expect_completion("fre", VIEW_LIVE, "freeze", WORDS("freeze", "freeze-below"));
	expect_completion("wri", VIEW_LIVE, "write-screen ", NULL);
	expect_completion("lr-s", VIEW_LIVE, "lr-scale ", NULL);
	expect_completion("freeze la", VIEW_LIVE, "freeze last ", NULL);
	expect_completion("freeze 0-3,he", VIEW_LIVE, "freeze 0-3,head ", NULL);
	expect_completion("lr-scale ba", VIEW_LIVE, "lr-scale base ", NULL);
	expect_completion("freeze ", VIEW_LIVE, "freeze ", WORDS("all", "base", "head", "last "));
	expect_completion("page la", VIEW_LIVE, "page Layers ", NULL);
	expect_completion("page l", VIEW_LIVE, "page l", WORDS("Layers", "Log"));
	expect_completion("theme mo", VIEW_LIVE, "theme mono ", NULL);
	expect_completion("goto cl", VIEW_LIVE, "goto class ", NULL);
	expect_completion("goto class d", VIEW_LIVE, "goto class da", WORDS("daisy", "dandelion"));
	expect_completion("goto class sun", VIEW_LIVE, "goto class sunflowers ", NULL);
	expect_completion("set mouse of", VIEW_LIVE, "set mouse off ", NULL);
	expect_completion("set sm", VIEW_LIVE, "set smooth ", NULL);
	expect_completion("xyz", VIEW_LIVE, "xyz", NULL);
	expect_completion("xyz abc", VIEW_LIVE, "xyz abc", NULL);
	expect_completion("faste", VIEW_REPLAY, "faster ", NULL);
	expect_completion("faste", VIEW_LIVE, "faste", NULL);
	expect_completion("", VIEW_LIVE, "",
			  WORDS("freeze", "lr-scale", "undo", "thaw-block", "quit"));
}

/* What Tab makes of any beginning is a line that begins the same, case apart. */
static void test_completion_keeps_what_is_typed(void **state)
{
	(void)state;
	static const char *const lines[] = {"goto class dandelion",  "set log-loss off",
					    "freeze last 3,above 4", "lr-scale 12-15 x0.5",
					    "theme high-contrast",   "  page classes"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		for (size_t n = 0; n <= strlen(lines[i]); n++) {
			struct completion c;
			struct edit e;
			struct view v;
			view_init(&v, VIEW_LIVE, "run");
			edit_set(&e, lines[i]);
			e.at = n;
			complete_line(&c, &part, &v, e.text, e.at);
			assert_true(c.from <= n);
			completion_apply(&c, &e);
			assert_int_equal(strncasecmp(e.text, lines[i], n), 0);
			completion_release(&c);
		}
}

static void test_usage(void **state)
{
	(void)state;
	assert_non_null(strstr(command_line_usage("freeze 0-1"), "freeze [LAYERS]: stop"));
	assert_non_null(strstr(command_line_usage("lr-scale"), "LAYERS FACTOR"));
	assert_non_null(strstr(command_line_usage("crosshair"), "crosshair: "));
	assert_string_equal(command_line_usage("nonsense"), "");
	assert_string_equal(command_line_usage(""), "");
}

/* Every name is one word, unique in its table, and explained. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_line_commands; i++) {
		const struct line_command *c = &line_commands[i];
		assert_true(*c->name && !strchr(c->name, ' ') && c->help);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(c->name, line_commands[k].name);
	}
}

/* ---- lines typed before ---- */

static char dir[256];

static char *fresh_path(void)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, sizeof(dir), "%.200s/thaw-lines-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	assert_non_null(mkdtemp(dir));
	char *sub = path_join(dir, "thaw"), *path = path_join(sub, "history");
	free(sub);
	return path;
}

static void remove_all(char *path)
{
	char *sub = path_dir(path);
	unlink(path);
	rmdir(sub);
	rmdir(dir);
	free(sub);
	free(path);
}

static void expect_walk(struct line_history *h, int direction, struct edit *e, const char *line)
{
	assert_true(line_history_walk(h, direction, e));
	assert_string_equal(e->text, line);
}

static void test_history(void **state)
{
	(void)state;
	char *path = fresh_path();
	struct line_history a, b;
	struct edit e;
	struct stat st;
	line_history_init(&a, path);
	edit_set(&e, "dr");
	assert_false(line_history_walk(&a, -1, &e)); /* nothing yet */
	line_history_add(&a, "lr x2");
	line_history_add(&a, "freeze 0-12");
	line_history_add(&a, "freeze 0-12"); /* again: once */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	line_history_init(&b, path); /* another viewer */
	line_history_add(&b, "theme mono");
	line_history_add(&a, "pause");
	assert_int_equal(a.n, 4);
	edit_set(&e, "");
	expect_walk(&a, -1, &e, "pause");
	expect_walk(&a, -1, &e, "theme mono");
	expect_walk(&a, -1, &e, "freeze 0-12");
	expect_walk(&a, 1, &e, "theme mono");
	expect_walk(&a, 1, &e, "pause");
	expect_walk(&a, 1, &e, "");
	assert_false(line_history_walk(&a, 1, &e));
	edit_set(&e, "f"); /* only those that begin so, and back to what was typed */
	line_history_reset(&a);
	expect_walk(&a, -1, &e, "freeze 0-12");
	assert_false(line_history_walk(&a, -1, &e));
	expect_walk(&a, 1, &e, "f");
	line_history_release(&a);
	line_history_release(&b);
	remove_all(path);
}

static void test_history_is_bounded(void **state)
{
	(void)state;
	char *path = fresh_path(), line[64];
	struct line_history h;
	line_history_init(&h, path);
	for (int i = 0; i < LINE_HISTORY_MAX + 20; i++) {
		snprintf(line, sizeof(line), "goto epoch %d", i);
		line_history_add(&h, line);
	}
	assert_int_equal(h.n, LINE_HISTORY_MAX);
	assert_string_equal(h.lines[0], "goto epoch 20");
	line_history_release(&h);
	line_history_init(&h, path);
	assert_int_equal(h.n, LINE_HISTORY_MAX);
	assert_string_equal(h.lines[h.n - 1], line);
	line_history_release(&h);
	remove_all(path);
}

static void test_hostile_history(void **state)
{
	(void)state;
	static const char bytes[] =
	    "good one\n\n\x1b]0;title\x07 bad\n\xff\xfe\nx\0y\nno newline at the end";
	char *path = fresh_path(), *sub = path_dir(path);
	struct line_history h;
	assert_int_equal(file_mkdirs(sub, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(path, bytes, sizeof(bytes) - 1, NULL), ERR_OK);
	line_history_init(&h, path);
	assert_int_equal(h.n, 3);
	assert_string_equal(h.lines[0], "good one");
	assert_string_equal(h.lines[1], "]0;title bad");
	assert_string_equal(h.lines[2], "x");
	line_history_release(&h);
	line_history_init(&h, sub); /* a folder in its place: kept in memory */
	line_history_add(&h, "pause");
	assert_int_equal(h.n, 1);
	line_history_release(&h);
	line_history_init(&h, NULL);
	line_history_add(&h, "pause");
	assert_int_equal(h.n, 1);
	line_history_release(&h);
	free(sub);
	remove_all(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_editing),
	    cmocka_unit_test(test_editing_anything),
	    cmocka_unit_test(test_set_takes_text_only),
	    cmocka_unit_test(test_completion),
	    cmocka_unit_test(test_completion_keeps_what_is_typed),
	    cmocka_unit_test(test_usage),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_history),
	    cmocka_unit_test(test_history_is_bounded),
	    cmocka_unit_test(test_hostile_history),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, part_open, part_close);
}
