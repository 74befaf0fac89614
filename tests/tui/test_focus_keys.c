/* The panel with the focus, enlarged; the crosshair by a click; the help; and what is remembered: by
 * keys and clicks, at four sizes. */
#include "stage.h"

#include <sys/stat.h>

static int replay(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .replay = true};
	return tui_run(&o, NULL);
}

static const int sizes[][2] = {{80, 24}, {120, 40}, {60, 20}, {200, 60}};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

static struct pty *open_replay(struct stage_run *r, int w, int h)
{
	struct pty *p = pty_call(w, h, "xterm-256color", replay, r);
	stage_expect(p, "flowe");
	pty_send(p, "\x1b[F"); /* to its end */
	stage_expect(p, "finished");
	return p;
}

static struct pty *open_whole(struct stage_run *r, int w, int h)
{
	stage_open(r);
	sample_whole(&r->sample);
	fflush(r->sample.out);
	return open_replay(r, w, h);
}

static void quit(struct pty *p)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
}

static void press(struct pty *p, const char *keys, const char *want, const char *gone)
{
	pty_send(p, keys);
	stage_expect(p, want);
	if (gone && !pty_lacks(p, gone, WAIT_MS)) {
		char *screen = pty_text(p);
		fail_msg("\"%s\" is still there:\n%s", gone, screen);
	}
}

static void test_enlarged(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		struct pty *p = open_whole(&r, sizes[i][0], sizes[i][1]);
		stage_expect(p, "Epochs"); /* a large screen comes in pieces */
		press(p, "z", "Loss", "Epochs");
		press(p, "e", "Accuracy", "Loss ");
		press(p, "ee", "Speed", "Accuracy");      /* this size may not show it otherwise */
		press(p, "e", "Epochs", "Speed");
		press(p, "\x1b", "Loss", NULL);
		press(p, "\r", "Epochs", "Loss ");
		press(p, "\r", "Loss", NULL);
		press(p, "2", "params", NULL);
		press(p, "\r", "params", "Under the cursor");
		press(p, "z3\r", "Confusion", "Classes ─");
		press(p, "z4", "Pictures", NULL);
		press(p, "z", "Image", "Pictures");
		press(p, "z", "Pictures", NULL);
		press(p, "\r", "How a picture becomes", NULL); /* here Enter has a use of its own */
		press(p, "\x1b", "Pictures", NULL);
		press(p, "5z", "fills its page already", NULL);
		press(p, "6\r", "How it works", "What happened");
		press(p, "\x1b", "What happened", NULL);
		quit(p);
		stage_close(&r);
	}
}

/* Where a text begins on the screen, from 1; false when it is not there. */
static bool find(struct pty *p, const char *text, int *x, int *y)
{
	char *screen = pty_text(p), *at = strstr(screen, text);
	*x = *y = 1;
	for (const char *c = screen; at && c < at; c++) {
		*x = *c == '\n' ? 1 : *x + (((unsigned char)*c & 0xC0) != 0x80);
		*y += *c == '\n';
	}
	free(screen);
	return at != NULL;
}

static void click(struct pty *p, int x, int y)
{
	char bytes[64];
	snprintf(bytes, sizeof(bytes), "\x1b[<0;%d;%dM\x1b[<0;%d;%dm", x, y, x, y);
	pty_send(p, bytes);
}

/* The crosshair goes to the column: near the right edge to the last epoch, in the middle to the middle.
 * The table tells where it stands. */
static void test_click_in_a_chart(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		struct pty *p = open_whole(&r, sizes[i][0], sizes[i][1]);
		int w = sizes[i][0], y = sizes[i][1] / 2;
		stage_expect(p, "Epochs");
		press(p, "z", "Loss", "Epochs");
		assert_true(pty_until(p, stage_mouse_is_on, NULL, WAIT_MS));
		click(p, w - 2, y);
		press(p, "eeee", "epoch 10 ·", NULL); /* on to the table, enlarged too */
		press(p, "EEEE", "Loss", "iteration");
		click(p, w / 2, y);
		press(p, "eeee", "epoch 5 ·", NULL);
		press(p, "\x1b", "Epochs", "iteration"); /* first the crosshair, */
		press(p, "\x1b", "Loss", NULL);          /* then the panel */
		quit(p);
		stage_close(&r);
	}
}

static void test_double_click(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = open_whole(&r, 120, 40);
	int x, y;
	stage_expect(p, "Epochs");
	press(p, "\x1b", "Accuracy", NULL);
	assert_true(pty_until(p, stage_mouse_is_on, NULL, WAIT_MS));
	assert_true(find(p, "Accuracy", &x, &y));
	char twice[64];
	snprintf(twice, sizeof(twice), "\x1b[<0;%d;%dM\x1b[<0;%d;%dM", x + 8, y + 3, x + 8, y + 3);
	press(p, twice, "Accuracy", "Epochs");
	quit(p);
	stage_close(&r);
}

static void test_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		struct pty *p = open_whole(&r, sizes[i][0], sizes[i][1]);
		press(p, "3?", "Here and now: Classes page, replay", NULL);
		stage_expect(p, "shares");
		stage_expect(p, " 1-");
		press(p, "/best epoch", "★", NULL); /* to the symbols */
		press(p, "\r", "/best epoch, n", "what the help says");
		press(p, "n", "the best epoch", NULL);
		press(p, "/\x15zzz", "the help says nothing of it", NULL);
		press(p, "\x1b", "Keys", "/zzz");
		press(p, "f", "the help is open: Esc closes it", NULL); /* nothing behind it moves */
		press(p, "G", "100 %", NULL);
		press(p, "g", "· 0 %", NULL);
		press(p, "2", "Here and now: Layers page", NULL);
		press(p, "\x1b", "params", "Keys");
		quit(p);
		stage_close(&r);
	}
}

/* Which of F and U freezes is told without help. */
static void test_footer(void **state)
{
	(void)state;
	static const int wide_enough[][2] = {{80, 24}, {120, 40}, {200, 60}, {60, 20}};
	for (size_t i = 0; i < 4; i++) {
		struct stage_run r;
		stage_begin(&r);
		struct pty *p = pty_call(wide_enough[i][0], wide_enough[i][1], "xterm-256color",
					 stage_view, &r);
		stage_expect(p, "training");
		stage_expect(p, "F freeze below");
		stage_expect(p, "U thaw above");
		quit(p);
		stage_close(&r);
	}
}

static char *read_remembered(const struct stage_run *r)
{
	char *path = stage_path(r, "thaw/screen");
	struct strbuf text = STRBUF_INIT;
	struct stat st;
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(path);
	return strbuf_detach(&text);
}

static void test_remembered(void **state)
{
	(void)state;
	struct stage_run r;
	struct pty *p = open_whole(&r, 100, 30);
	press(p, ":set smooth 0.5\r", "Epochs", NULL);
	press(p, ":theme light\r", "Epochs", NULL);
	press(p, "y5", "Log", "Epochs");
	quit(p);
	char *text = read_remembered(&r);
	assert_non_null(strstr(text, "smooth = 0.5\n"));
	assert_non_null(strstr(text, "theme = light\n"));
	assert_non_null(strstr(text, "log-loss = on\n"));
	assert_non_null(strstr(text, "page = Log\n"));
	assert_null(strstr(text, "mouse")); /* nobody changed it */
	free(text);
	p = open_replay(&r, 100, 30);
	stage_expect(p, "epoch 9: train"); /* the log */
	press(p, "1", "Loss log", NULL);
	press(p, "C", "theme colour-blind", NULL); /* the one after light */
	quit(p);
	text = read_remembered(&r);
	assert_non_null(strstr(text, "page = Train\n"));
	assert_non_null(strstr(text, "smooth = 0.5\n")); /* kept */
	assert_null(strstr(text, "Log"));
	free(text);
	stage_close(&r);
}

static void write_remembered(const struct stage_run *r, const char *text)
{
	char *path = stage_path(r, "thaw/screen"), *dir = stage_path(r, "thaw");
	assert_int_equal(file_mkdirs(dir, NULL), ERR_OK);
	assert_int_equal(file_write_private(path, text, strlen(text), NULL), ERR_OK);
	free(path);
	free(dir);
}

/* Of a damaged file nothing is used, and that is said; a newer version's names are kept. */
static void test_damaged(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"page = Log\nsmooth = 7\n", "screen:2: smooth is a number from 0"},
	    {"page = Log\n\x1b[31m\xff\n", "screen:2: a line is 'name = value'"},
	    {"page = Nowhere\n", "screen:1: no page is named 'Nowhere'"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct stage_run r;
		stage_begin(&r);
		write_remembered(&r, cases[i].text);
		struct pty *p = pty_call(160, 30, "xterm-256color", stage_view, &r);
		stage_expect(p, cases[i].says);
		stage_expect(p, "Epochs");
		quit(p);
		char *text = read_remembered(&r);
		assert_string_equal(text, cases[i].text); /* nothing was changed: nor is it */
		free(text);
		stage_close(&r);
	}
	struct stage_run r;
	stage_begin(&r);
	write_remembered(&r, "colour-of-tea = green\npage = Classes\n");
	struct pty *p = pty_call(100, 30, "xterm-256color", stage_view, &r);
	stage_expect(p, "Confusion");
	press(p, "2", "params", NULL);
	quit(p);
	char *text = read_remembered(&r);
	assert_non_null(strstr(text, "colour-of-tea = green\n"));
	assert_non_null(strstr(text, "page = Layers\n"));
	free(text);
	setenv("THAW_REMEMBER", "0", 1);
	p = pty_call(100, 30, "xterm-256color", stage_view, &r);
	press(p, "", "Epochs", NULL);
	press(p, "3", "Confusion", NULL);
	quit(p);
	unsetenv("THAW_REMEMBER");
	text = read_remembered(&r);
	assert_non_null(strstr(text, "page = Layers\n"));
	free(text);
	stage_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_enlarged),     cmocka_unit_test(test_click_in_a_chart),
	    cmocka_unit_test(test_double_click), cmocka_unit_test(test_help),
	    cmocka_unit_test(test_footer),       cmocka_unit_test(test_remembered),
	    cmocka_unit_test(test_damaged),
	};
	unsetenv("NO_COLOR");
	unsetenv("THAW_MOUSE");
	unsetenv("THAW_THEME");
	unsetenv("THAW_REMEMBER");
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
