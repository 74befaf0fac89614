/* `thaw` alone and with places: the browser of the program itself, from it to a run and back; runs of
 * another machine beside those here, before and after the link broke; what there is without a terminal.
 */
#include "../fake_ssh.h"
#include "../tui/stage.h"
#include "built.h"

#include "thaw/base/alloc.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *thaw, dir[64];

/* A path below the test's own folder; lives until the eighth call after it. */
__attribute__((format(printf, 1, 2))) static const char *at(const char *fmt, ...)
{
	static char paths[8][512];
	static int next;
	char *path = paths[next++ % 8];
	int n = snprintf(path, sizeof(*paths), "%s/", dir);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(path + n, sizeof(*paths) - (size_t)n, fmt, ap);
	va_end(ap);
	return path;
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, P_tmpdir "/thaw-browse-XXXXXX");
	if (!mkdtemp(dir) || chdir(dir) != 0 || setenv("THAW_REMOTE", thaw, 1) != 0 ||
	    setenv("XDG_CONFIG_HOME", dir, 1) != 0 ||
	    setenv("XDG_STATE_HOME", at("state"), 1) != 0 || file_mkdirs(at("host"), NULL))
		return -1;
	fake_ssh_open(at("host"));
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	char *command = xasprintf("rm -rf '%s'", dir);
	int r = chdir("/") | system(command);
	free(command);
	return r;
}

static struct sample begin_run(const char *runs, const char *name, int epochs)
{
	assert_int_equal(file_mkdirs(at("%s/%s", runs, name), NULL), ERR_OK);
	struct sample s = {fopen(at("%s/%s/events.jsonl", runs, name), "w"), 0, 0, 1};
	assert_non_null(s.out);
	sample_begin(&s);
	sample_epochs(&s, 1, epochs);
	fflush(s.out);
	return s;
}

static void write_run(const char *runs, const char *name, int epochs)
{
	struct sample s = begin_run(runs, name, epochs);
	sample_end(&s, END_STOPPED, "stopped by the user");
	fclose(s.out);
}

static int take_lock(const char *runs, const char *name)
{
	int fd = open(at("%s/%s/lock", runs, name), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

static struct pty *open_screen(const char *one, const char *two)
{
	char *argv[] = {thaw, one ? xstrdup(one) : NULL, two ? xstrdup(two) : NULL, NULL};
	struct pty *p = pty_exec(110, 32, "xterm-256color", argv);
	free(argv[1]);
	free(argv[2]);
	return p;
}

static void press(struct pty *p, const char *keys, const char *want)
{
	pty_send(p, keys);
	stage_expect(p, want);
}

static void leave(struct pty *p)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
}

static void expect_read(struct pty *p, const char *text)
{
	stage_expect(p, text);
	assert_true(pty_lacks(p, "reading", WAIT_MS));
}

/* Its output, errors too, and its status. */
static char *run_words(const char *words, int *status)
{
	char *command = xasprintf("%s %s 2>&1 </dev/null", thaw, words), *text = xcalloc(1, 8192);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	text[fread(text, 1, 8191, f)] = '\0';
	*status = WEXITSTATUS(pclose(f));
	free(command);
	return text;
}

static void expect_words(const char *words, int want, const char *text)
{
	int status;
	char *out = run_words(words, &status);
	if (status != want || !strstr(out, text))
		fail_msg("thaw %s: %d, no '%s' in: %s", words, status, text, out);
	free(out);
}

static void without_a_terminal_it_is_the_table(void **state)
{
	(void)state;
	int status;
	write_run("runs", "alpha", 2);
	write_run("more", "beta", 3);
	char *alone = run_words("", &status), *ls = run_words("ls", &status);
	assert_string_equal(alone, ls);
	assert_non_null(strstr(alone, "alpha"));
	expect_words("more", 0, "beta");
	expect_words("more runs", 0, "alpha");
	expect_words("--runs more", 0, "beta");
	expect_words("ls more", 0, "beta");
	expect_words("none", 2, "unknown command 'none'");
	expect_words("brows", 2, "did you mean 'browse'");
	expect_words("browse none", 2, "none: there is no such folder");
	expect_words("ssh://host", 2, "on a terminal");
	expect_words("browse ssh://-x/", 2, "");
	expect_words("help browser", 0, "| `Enter` |");
	free(alone);
	free(ls);
}

static void the_table_is_the_same_with_the_index(void **state)
{
	(void)state;
	int status;
	write_run("runs", "alpha", 2);
	fclose(begin_run("runs", "beta", 4).out);
	fclose(begin_run("runs", "gamma", 3).out);
	int lock = take_lock("runs", "gamma");
	char *first = run_words("ls", &status);
	assert_true(file_is_dir(at("state/thaw/runs")));
	char *second = run_words("ls", &status);
	assert_string_equal(first, second);
	assert_int_equal(setenv("XDG_STATE_HOME", "/dev/null/state", 1), 0);
	char *none = run_words("ls", &status);
	assert_string_equal(first, none);
	assert_int_equal(setenv("XDG_STATE_HOME", at("state"), 1), 0);
	close(lock);
	free(first);
	free(second);
	free(none);
}

static void from_the_list_to_a_run_and_back(void **state)
{
	(void)state;
	write_run("runs", "alpha", 2);
	struct sample s = begin_run("runs", "beta", 3);
	int lock = take_lock("runs", "beta");
	struct pty *p = open_screen(NULL, NULL);
	expect_read(p, "1 live, 2 runs");
	press(p, "/", "Enter keeps it");
	press(p, "a\r", "2 of 2 /a/");
	press(p, "g", "▸  beta");
	press(p, "\r", "▶ training");
	stage_expect(p, "epoch 3/10"); /* the run's own screen */
	press(p, "q", "2 of 2 /a/");
	press(p, "G", "▸  alpha");
	press(p, "\r", "replay ×");
	press(p, "q", "▸  alpha");
	stage_expect(p, "2 of 2 /a/");
	char *screen = pty_text(p);
	assert_null(strstr(screen, "viewer left"));
	free(screen);
	leave(p);
	screen = NULL;
	close(lock);
	fclose(s.out);
}

static void a_folder_that_is_a_run_is_looked_at(void **state)
{
	(void)state;
	write_run("runs", "alpha", 2);
	struct pty *p = open_screen("runs/alpha", NULL);
	stage_expect(p, "replay ×");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 130);
	pty_free(p);
}

/* What the trainer complains of is told on the list. */
static void a_run_that_cannot_be_resumed_says_why(void **state)
{
	(void)state;
	write_run("runs", "alpha", 2);
	static const char *const files[] = {"last.weights", "last.state", "experiment.yaml"};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
		    file_write_atomic(at("runs/alpha/%s", files[i]), "x", 1, NULL), ERR_OK);
	struct pty *p = open_screen(NULL, NULL);
	expect_read(p, "0 live, 1 run");
	press(p, "r", "go on with alpha? y/n");
	press(p, "y", "thaw: runs/alpha");
	stage_expect(p, "0 live, 1 run");
	leave(p);
}

static void places_are_remembered(void **state)
{
	(void)state;
	write_run("runs", "alpha", 2);
	write_run("more", "beta", 3);
	expect_words("browse --remember more", 0, "");
	struct pty *p = open_screen(NULL, NULL);
	expect_read(p, "0 live, 2 runs");
	stage_expect(p, "PLACE");
	leave(p);
	expect_words("browse --forget more", 0, "");
	expect_words("browse --forget more", 0, "was not remembered");
	expect_words("browse --remember none", 2, "there is no such folder");
	p = open_screen(NULL, NULL);
	expect_read(p, "0 live, 1 run");
	leave(p);
}

/* The other machine's home is the fake's: its runs/ are what `thaw ssh://host` lists. */
static void two_machines_side_by_side(void **state)
{
	(void)state;
	const char *home = fake_ssh_home();
	char *there = xasprintf("%s/runs", home), *place = xstrdup(there + strlen(dir) + 1);
	write_run("runs", "alpha", 2);
	struct sample s = begin_run(place, "far", 3);
	int lock = take_lock(place, "far");
	struct pty *p = open_screen("runs", "ssh://me@host");
	expect_read(p, "1 live, 2 runs");
	stage_expect(p, "me@host");
	pid_t list = fake_ssh_pid();
	press(p, "g", "▸  far");
	press(p, "d", "it can be deleted there");
	press(p, "r", "goes on with it there");
	sample_epochs(&s, 4, 4);
	sample_steps(&s, 5, 0.005, 5);
	fflush(s.out);
	stage_expect(p, "5/10");
	press(p, "\r", "epoch 5/10");
	press(p, "q", "▸  far");
	/* The link is cut: the rows stay, and a line says so; then it is back. */
	fake_ssh_plan(FAKE_REFUSE, 255, "ssh: \x1b]0;t\x07 no route");
	kill(list, SIGKILL);
	stage_expect(p, "! me@host: link lost");
	stage_expect(p, "1 live, 2 runs");
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	write_run(place, "new", 1);
	press(p, "\f", "1 live, 3 runs");
	assert_true(pty_lacks(p, "link lost", WAIT_MS));
	leave(p);
	close(lock);
	fclose(s.out);
	free(place);
	free(there);
}

static void a_machine_that_cannot_be_reached_is_a_line(void **state)
{
	(void)state;
	write_run("runs", "alpha", 2);
	fake_ssh_plan(FAKE_REFUSE, 255, "ssh: connect to host: no route");
	struct pty *p = open_screen("runs", "ssh://nowhere");
	stage_expect(p, "! nowhere: ");
	expect_read(p, "0 live, 1 run");
	leave(p);
	p = open_screen("ssh://nowhere", NULL);
	stage_expect(p, "! nowhere: ");
	leave(p);
}

static void nothing_that_a_host_lists_touches_the_terminal(void **state)
{
	(void)state;
	char *place = xasprintf("%s/runs", fake_ssh_home() + strlen(dir) + 1);
	write_run(place, "x\x1b]0;pwned\a\x1b[2J", 1);
	struct pty *p = open_screen("ssh://host", NULL);
	expect_read(p, "0 live, 1 run");
	stage_expect(p, "x\\x1b]0;pwned\\x07\\x1b[2J");
	leave(p);
	free(place);
}

int main(int argc, char **argv)
{
	fake_ssh_main(argc, argv);
	thaw = built_program("thaw");
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("LC_ALL", "C.UTF-8", 1);
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	    T(without_a_terminal_it_is_the_table),
	    T(the_table_is_the_same_with_the_index),
	    T(from_the_list_to_a_run_and_back),
	    T(a_folder_that_is_a_run_is_looked_at),
	    T(a_run_that_cannot_be_resumed_says_why),
	    T(places_are_remembered),
	    T(two_machines_side_by_side),
	    T(a_machine_that_cannot_be_reached_is_a_line),
	    T(nothing_that_a_host_lists_touches_the_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
