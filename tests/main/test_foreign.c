/* Logs of other programs on the command line and on the screen. */
#include "../pty.h"
#include "program.h"

#include <dirent.h>
#include <sys/stat.h>

enum { WAIT_MS = 30000 };

static const char keras[] = "epoch,accuracy,loss,lr,val_accuracy,val_loss\n"
			    "0,0.5,2.0,0.1,0.40,2.5\n1,0.6,1.5,0.1,0.55,2.0\n2,0.7,1.0,0.01,0.65,1.5\n"
			    "3,0.8,0.5,0.01,0.625,1.75\n";

static int setup(void **state)
{
	int r = program_setup(state);
	program_write_text("history.csv", keras);
	program_write_text("lightning_logs/version_2/metrics.csv",
			   "epoch,step,train_loss\n0,49,4\n0,99,3\n1,149,2\n1,199,1\n");
	program_write_text("letter.txt", "Dear reader,\nthis is no log.\n");
	program_write_text("own.csv", "when;objective\n10;5\n20;4\n");
	return r;
}

static void figures_are_shown(void **state)
{
	(void)state;
	EXPECT(0, "best: epoch 3, validation accuracy 65.0 %, loss 1.500", NULL, "show", "history.csv");
	EXPECT(0, "\"status\":\t", NULL, "show", "history.csv", "--json");
	EXPECT(0, "\"seconds\":\tnull", NULL, "show", "history.csv", "--json");
	EXPECT(0, "version_2: ", NULL, "show", "lightning_logs/version_2");
	EXPECT(0, "1 epoch, 199 iterations", NULL, "show", "lightning_logs/version_2");
	EXPECT(0, "epoch 4, training loss 0.500 acc 80.0 %, validation loss 1.750 acc 62.5 %", NULL,
	       "replay", "history.csv", "--headless");
	EXPECT(0, "2 epochs, 20 iterations", NULL, "show", "own.csv", "--columns", "epoch=when,loss=objective");
	EXPECT(0, "| `keras-csv` |", NULL, "help", "formats");
}

/* An old log is not called crashed, nor running. */
static void nobody_knows_how_it_ended(void **state)
{
	char *path = path_join(dir, "history.csv");
	const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	(void)state;
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	EXPECT(0, "history.csv: imported, 4 epochs, 4 iterations\n", NULL, "show", "history.csv");
	free(path);
}

/* Under its own name, and without times where it tells none; given twice it counts once. */
static void compare_and_export_take_it(void **state)
{
	(void)state;
	EXPECT(0, "history.csv,valid_acc,epoch,1,1,,", NULL, "compare", "history.csv", "./history.csv",
	       "--csv");
	EXPECT(0, "history.csv,validation,accuracy,1,1,,", NULL, "export", "history.csv", "--to",
	       "tidy");
}

static void what_cannot_be_done_is_said(void **state)
{
	(void)state;
	EXPECT(2, "", "letter.txt: text without an event in it", "show", "letter.txt");
	EXPECT(2, "", "logs of other programs that are read: lightning, timm", "replay", "letter.txt");
	EXPECT(2, "", "did you mean keras-csv?", "show", "history.csv", "--format", "keras_csv");
	EXPECT(2, "", "history.csv is another program's log, whose run is not steered from here", "attach",
	       "history.csv");
	EXPECT(2, "", "version_2 is another program's log", "attach", "lightning_logs/version_2");
	EXPECT(2, "", "no column 'weight'", "show", "history.csv", "--columns", "loss=weight");
}

static struct pty *replay(const char *name, int w, int h)
{
	char *path = path_join(dir, name);
	char *argv[] = {thaw, xstrdup("replay"), path, xstrdup("--utf8"), NULL};
	struct pty *p = pty_exec(w, h, "xterm-256color", argv);
	for (int i = 1; argv[i]; i++)
		free(argv[i]);
	return p;
}

static void screen_shows(struct pty *p, const char *text)
{
	if (!pty_shows(p, text, WAIT_MS)) {
		char *screen = pty_text(p);
		fail_msg("no '%s' in:\n%s", text, screen);
	}
}

/* Charts and epochs take the room; neither stages nor layers, and no pages for them. */
static void the_screen_has_what_the_log_has(void **state)
{
	static const int sizes[][2] = {{80, 24}, {120, 40}};
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct pty *p = replay("history.csv", sizes[i][0], sizes[i][1]);
		screen_shows(p, "history.csv");
		pty_send(p, "\033[F");
		screen_shows(p, "62.5");
		screen_shows(p, "imported");
		assert_true(pty_lacks(p, "Load pretrained", WAIT_MS));
		assert_true(pty_lacks(p, "Layers", WAIT_MS));
		assert_true(pty_lacks(p, "elapsed", WAIT_MS));
		pty_send(p, "3");
		screen_shows(p, "the log holds nothing for Classes");
		pty_send(p, "5");
		screen_shows(p, "epoch 4: train 0.500, valid 62.5 %");
		pty_resize(p, 60, 20);
		screen_shows(p, "epoch 4: train 0.500, valid 62.5 %");
		pty_send(p, "q");
		assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
		assert_true(pty_termios_restored(p));
		pty_free(p);
	}
}

/* Whatever is kept while a log is read has no name. */
static void nothing_is_left_behind(void **state)
{
	(void)state;
	char *tmp = path_join(dir, "tmp");
	assert_int_equal(mkdir(tmp, 0700), 0);
	setenv("TMPDIR", tmp, 1);
	EXPECT(0, "4 epochs", NULL, "show", "history.csv");
	unsetenv("TMPDIR");
	DIR *d = opendir(tmp);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		assert_true(e->d_name[0] == '.');
	closedir(d);
	free(tmp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(figures_are_shown),
	    cmocka_unit_test(nobody_knows_how_it_ended),
	    cmocka_unit_test(compare_and_export_take_it),
	    cmocka_unit_test(what_cannot_be_done_is_said),
	    cmocka_unit_test(the_screen_has_what_the_log_has),
	    cmocka_unit_test(nothing_is_left_behind),
	};
	return run_program_tests(tests, setup, program_teardown);
}
