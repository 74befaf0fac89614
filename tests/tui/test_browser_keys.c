/* The run browser on a terminal: its keys, questions and the mouse; what it deletes and what it will not;
 * runs that come, grow and end while it is open; and going from it to a run and back. */
#include "check.h"

#include "../pty.h"
#include "../train/scratch.h"

#include "thaw/base/clock.h"
#include "thaw/tui/browser.h"
#include "thaw/wire/control_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 120000 /* only what hangs takes so long */

struct rig {
	char *root, *runs, *more;
	struct pty *pty;
	int n_places;
};

static char *in_runs(const struct rig *r, const char *name)
{
	return path_join(r->runs, name);
}

/* A run of so many epochs; `end` NULL: without an end. */
static void write_run(const struct rig *r, const char *name, int epochs, const char *end)
{
	char *dir = in_runs(r, name), *log = path_join(dir, "events.jsonl");
	assert_int_equal(file_mkdirs(dir, NULL), ERR_OK);
	struct sample s = {fopen(log, "w"), 0, 0, 1};
	assert_non_null(s.out);
	sample_begin(&s);
	sample_epochs(&s, 1, epochs);
	if (end)
		sample_end(&s, END_STOPPED, end);
	fclose(s.out);
	free(log);
	free(dir);
}

static void write_file(const struct rig *r, const char *run, const char *name)
{
	char *dir = in_runs(r, run), *path = path_join(dir, name);
	assert_int_equal(file_write_atomic(path, "x", 1, NULL), ERR_OK);
	free(path);
	free(dir);
}

static int take_lock(const struct rig *r, const char *run)
{
	char *dir = in_runs(r, run), *path = path_join(dir, "lock");
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	free(path);
	free(dir);
	return fd;
}

static bool is_there(const struct rig *r, const char *run)
{
	struct stat st;
	char *dir = in_runs(r, run);
	bool there = lstat(dir, &st) == 0;
	free(dir);
	return there;
}

/* Each with the letter of its mark. */
static void tell_several(const struct browser_choice *c)
{
	printf("compare");
	for (size_t i = 0; i < c->n_runs; i++)
		printf("%s %c %s", i ? "," : "", 'a' + c->slots[i],
		       strrchr(c->runs[i], '/') + 1);
	printf("\n");
}

/* What a program around it does: says what was chosen, and comes back when a line is entered. */
static int browse(void *arg)
{
	const struct rig *r = arg;
	const char *places[] = {r->runs, r->more};
	static const char *const wants[] = {
	    [BROWSER_LOOK] = "look at", [BROWSER_RESUME_RUN] = "resume"};
	struct browser *b = browser_new(
	    &(struct browser_options){.places = places, .n_places = (size_t)r->n_places});
	struct browser_choice choice;
	int status = 99;
	while (browser_run(b, &choice, NULL) == ERR_OK) {
		status = choice.want == BROWSER_SIGNAL ? 128 + choice.signo : 0;
		if (choice.want == BROWSER_LEAVE || choice.want == BROWSER_SIGNAL)
			break;
		if (choice.want == BROWSER_COMPARE)
			tell_several(&choice);
		else
			printf("%s %s%s\n", wants[choice.want], strrchr(choice.run, '/') + 1,
			       choice.live ? ", live" : "");
		fflush(stdout);
		browser_choice_release(&choice);
		while (getchar() != '\n')
			;
		browser_say(b, false, "back again");
	}
	browser_free(b);
	return status;
}

static void open_rig(struct rig *r)
{
	*r = (struct rig){.root = scratch_new(), .n_places = 1};
	r->runs = path_join(r->root, "runs");
	r->more = path_join(r->root, "more");
	assert_int_equal(file_mkdirs(r->runs, NULL), ERR_OK);
	assert_int_equal(file_mkdirs(r->more, NULL), ERR_OK);
	assert_int_equal(setenv("XDG_STATE_HOME", r->root, 1), 0);
}

static void start(struct rig *r, int w, int h)
{
	r->pty = pty_call(w, h, "xterm-256color", browse, r);
}

static void expect(struct rig *r, const char *text)
{
	if (pty_shows(r->pty, text, WAIT_MS))
		return;
	char *screen = pty_text(r->pty);
	print_message("%s", screen);
	fail_msg("\"%s\" is not shown", text);
}

static void expect_not(struct rig *r, const char *text)
{
	if (pty_lacks(r->pty, text, WAIT_MS))
		return;
	char *screen = pty_text(r->pty);
	print_message("%s", screen);
	fail_msg("\"%s\" is still shown", text);
}

/* All logs are read, and this is shown. */
static void expect_read(struct rig *r, const char *text)
{
	expect(r, text);
	expect_not(r, "reading");
}

static void press(struct rig *r, const char *keys, const char *want)
{
	pty_send(r->pty, keys);
	expect(r, want);
}

static void expect_restored(struct rig *r)
{
	assert_false(pty_altscreen(r->pty));
	assert_true(pty_cursor_visible(r->pty));
	assert_false(pty_listens_to_mouse(r->pty));
	assert_true(pty_termios_restored(r->pty));
}

static void close_rig(struct rig *r)
{
	pty_free(r->pty);
	free(r->runs);
	free(r->more);
	scratch_free(r->root);
}

static void leave(struct rig *r)
{
	pty_send(r->pty, "q");
	assert_int_equal(pty_wait_exit(r->pty, WAIT_MS), 0);
	expect_restored(r);
	close_rig(r);
}

static void three_runs(struct rig *r)
{
	open_rig(r);
	write_run(r, "alpha", 2, "stopped by the user");
	write_run(r, "beta", 3, NULL);
	write_run(r, "gamma", 4, "stopped by the user");
}

static void keys_do_what_the_help_says(void **state)
{
	(void)state;
	struct rig r;
	three_runs(&r);
	start(&r, 100, 30);
	expect_read(&r, "0 live, 3 runs");
	press(&r, "oo", "order: best first");
	press(&r, "O", "order: worst first");
	press(&r, "g", "▸  alpha");
	press(&r, "j", "▸  beta");
	press(&r, "G", "▸  gamma");
	press(&r, "k ", "a beta"); /* marked, and the cursor goes on */
	press(&r, " ", "2 marked");
	press(&r, "c", "compare a beta, b gamma"); /* whoever called it lays them over each other */
	press(&r, "\n", "▸b gamma");
	press(&r, "u", "0 live, 3 runs ");
	press(&r, "/", "Enter keeps it");
	press(&r, "crash", "1 of 3 /crash/");
	press(&r, "(", "not a pattern");
	press(&r, "\x7f\r", "▸  beta");
	expect_not(&r, "alpha");
	press(&r, "\x1b", "alpha");
	press(&r, "?", "Keys of the run browser");
	press(&r, "?", "▸");
	expect_not(&r, "Keys of the run browser");
	press(&r, "w", "the trainer is gone without an end");
	leave(&r);
}

static void a_run_is_looked_at_and_all_is_as_it_was(void **state)
{
	(void)state;
	struct rig r;
	three_runs(&r);
	write_file(&r, "gamma", "last.weights");
	write_file(&r, "gamma", "last.state");
	write_file(&r, "gamma", "experiment.yaml");
	int lock = take_lock(&r, "beta");
	start(&r, 100, 30);
	expect_read(&r, "1 live, 3 runs");
	press(&r, "/", "Enter keeps it");
	press(&r, "a$|stopped|running\r", "3 of 3 /");
	press(&r, "oG ", "1 marked");
	press(&r, "g", "▸  alpha");
	press(&r, "\r", "look at alpha");
	expect_restored(&r);
	press(&r, "\n", "back again");
	expect(&r, "1 marked");
	expect(&r, "by name 3 of 3 /a$");
	expect(&r, "▸  alpha");
	press(&r, "j", "▸  beta");
	press(&r, "\r", "look at beta, live");
	press(&r, "\n", "back again");
	press(&r, "r", "it is at work");
	press(&r, "j", "▸a gamma");
	press(&r, "r", "go on with gamma? y/n");
	press(&r, "n", "left as it is");
	press(&r, "ry", "resume gamma");
	press(&r, "\n", "▸a gamma");
	press(&r, "gr", "no checkpoint to go on from");
	close(lock);
	leave(&r);
}

static void what_must_not_be_deleted_stays(void **state)
{
	(void)state;
	struct rig r;
	three_runs(&r);
	int lock = take_lock(&r, "beta");
	char *link = in_runs(&r, "link"), *alpha = in_runs(&r, "alpha");
	assert_int_equal(symlink(alpha, link), 0);
	start(&r, 100, 30);
	expect_read(&r, "1 live, 4 runs");
	press(&r, "og", "▸  alpha");
	press(&r, "d", "delete alpha and all its weights");
	press(&r, "\x1b", "left as it is");
	press(&r, "d", "type y _");
	press(&r, "\r", "left as it is"); /* Enter alone is no answer */
	press(&r, "d", "type y _");
	press(&r, "no\r", "left as it is");
	press(&r, "j", "▸  beta");
	press(&r, "d", "it is at work: stop it first");
	press(&r, "/link\r", "▸  link");
	press(&r, "d", "link is a link: delete the run where it is");
	assert_true(is_there(&r, "alpha") && is_there(&r, "beta") && is_there(&r, "link"));
	press(&r, "\x1b", "alpha"); /* all are listed again */
	press(&r, "g", "▸  alpha");
	press(&r, "d", "type y _");
	press(&r, "y\r", "alpha is deleted,");
	expect(&r, "▸  beta");
	assert_false(is_there(&r, "alpha"));
	assert_true(is_there(&r, "beta") && is_there(&r, "gamma"));
	close(lock);
	free(link);
	free(alpha);
	leave(&r);
}

/* The trainer takes the lock after the question was asked. */
static void one_that_is_resumed_meanwhile_stays(void **state)
{
	(void)state;
	struct rig r;
	three_runs(&r);
	start(&r, 100, 30);
	expect_read(&r, "0 live, 3 runs");
	press(&r, "og", "▸  alpha");
	press(&r, "d", "type y _");
	int lock = take_lock(&r, "alpha");
	press(&r, "y\r", "is at work: stop it first");
	assert_true(is_there(&r, "alpha"));
	close(lock);
	leave(&r);
}

static void runs_come_grow_and_end(void **state)
{
	(void)state;
	struct rig r;
	open_rig(&r);
	start(&r, 100, 30);
	expect(&r, "thaw run EXPERIMENT makes one");
	char *dir = in_runs(&r, "new"), *log = path_join(dir, "events.jsonl");
	assert_int_equal(file_mkdirs(dir, NULL), ERR_OK);
	int lock = take_lock(&r, "new");
	struct sample s = {fopen(log, "w"), 0, 0, 1};
	fflush(s.out);
	expect(&r, "1 live, 1 run");
	sample_begin(&s);
	sample_epochs(&s, 1, 2);
	sample_steps(&s, 3, 0.01, 5);
	fflush(s.out);
	expect(&r, "▶ training");
	expect(&r, "3/10");
	sample_end(&s, END_FINISHED, "all phases are done");
	fclose(s.out);
	expect(&r, "✓ finished");
	expect(&r, "0 live, 1 run");
	close(lock);
	char *away = path_join(r.root, "away");
	assert_int_equal(rename(dir, away), 0);
	expect(&r, "0 live, 0 runs");
	free(away);
	free(log);
	free(dir);
	leave(&r);
}

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	struct control_server **server = arg;
	assert_int_equal(c->type, CMD_STOP);
	const struct reply reply = {
	    .id = c->id, .ok = true, .iter = 7, .msg = "stopping after iteration 7"};
	control_server_reply(*server, client, &reply);
}

struct wish {
	struct control_server *server;
	const char *text;
};

static bool shown_while_served(struct pty *p, void *arg)
{
	struct wish *w = arg;
	control_server_poll(w->server, 0, on_command, &w->server);
	char *screen = pty_text(p);
	bool shown = strstr(screen, w->text) != NULL;
	free(screen);
	return shown;
}

static void a_live_run_is_stopped_by_its_trainer(void **state)
{
	(void)state;
	struct rig r;
	struct folder folder;
	three_runs(&r);
	int lock = take_lock(&r, "beta");
	char *dir = in_runs(&r, "beta");
	struct wish w = {NULL, "waits for it"};
	assert_int_equal(folder_open(&folder, dir, NULL), ERR_OK);
	assert_int_equal(control_server_open(&w.server, &folder, "control.sock", "beta", NULL),
			 ERR_OK);
	start(&r, 100, 30);
	expect_read(&r, "1 live, 3 runs");
	press(&r, "g", "▸  beta");
	control_server_tell_unsaved(w.server, 1, "the disk is full");
	w.text = "! not saved";
	assert_true(pty_until(r.pty, shown_while_served, &w, WAIT_MS));
	control_server_tell_unsaved(w.server, 1, NULL);
	w.text = "▶ training";
	assert_true(pty_until(r.pty, shown_while_served, &w, WAIT_MS));
	press(&r, "S", "save and stop beta? y/n");
	press(&r, "x", "y: yes");
	pty_send(r.pty, "y");
	w.text = "beta: stopping after iteration 7";
	assert_true(pty_until(r.pty, shown_while_served, &w, WAIT_MS));
	press(&r, "j", "▸  ");
	press(&r, "S", "it is not at work");
	control_server_close(w.server);
	folder_close(&folder);
	free(dir);
	close(lock);
	leave(&r);
}

static void the_mouse_selects_and_opens(void **state)
{
	(void)state;
	struct rig r;
	three_runs(&r);
	start(&r, 100, 30);
	expect_read(&r, "0 live, 3 runs");
	press(&r, "og", "▸  alpha");
	press(&r, "\x1b[<0;5;6M\x1b[<0;5;6m", "▸  gamma"); /* the sixth line */
	press(&r, "\x1b[<64;5;6M", "▸  beta");
	press(&r, "\x1b[<0;5;4M\x1b[<0;5;4m\x1b[<0;5;4M", "look at alpha");
	press(&r, "\n", "▸  alpha");
	leave(&r);
}

static void names_from_outside_show_as_what_they_are(void **state)
{
	(void)state;
	struct rig r;
	open_rig(&r);
	write_run(&r, "a\x1b]0;pwned\a\n\xff", 1, NULL);
	start(&r, 100, 30);
	expect(&r, "a\\x1b]0;pwned\\x07\\x0a\\xff");
	press(&r, "d", "delete a\\x1b]0;pwned\\x07\\x0a\\xff");
	press(&r, "y\r", "is deleted");
	expect(&r, "0 live, 0 runs");
	leave(&r);
}

static void any_size_will_do(void **state)
{
	(void)state;
	static const int sizes[][2] = {{1, 1}, {2, 60}, {200, 60}, {30, 7}, {200, 2}, {80, 24}};
	struct rig r;
	three_runs(&r);
	start(&r, 80, 24);
	expect_read(&r, "0 live, 3 runs");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		pty_resize(r.pty, sizes[i][0], sizes[i][1]);
		pty_send(r.pty, "jkw");
	}
	expect(&r, "0 live, 3 runs");
	expect(&r, "? help  q quit");
	leave(&r);
}

static void several_places_have_a_column(void **state)
{
	(void)state;
	struct rig r;
	three_runs(&r);
	struct rig other = {.runs = r.more};
	write_run(&other, "delta", 1, NULL);
	r.n_places = 2;
	start(&r, 120, 40);
	expect_read(&r, "0 live, 4 runs");
	expect(&r, "PLACE");
	press(&r, "/delta\r", "▸  delta");
	press(&r, "+", "alone will show");
	press(&r, "-", "is not remembered any more");
	press(&r, "-", "was not remembered");
	leave(&r);
}

static void a_run_shows_its_sweep(void **state)
{
	(void)state;
	static const char text[] = "thaw-sweep 1\nexperiment /x.yaml\nvary train.seed=1\nvary train.seed=2\n";
	struct rig r;
	three_runs(&r);
	write_run(&r, "sw-seed=1", 3, "done");
	char *path = in_runs(&r, "sw.sweep");
	assert_int_equal(file_write_atomic(path, text, sizeof(text) - 1, NULL), ERR_OK);
	free(path);
	start(&r, 80, 24);
	expect_read(&r, "0 live, 4 runs");
	press(&r, "/sw-\r", "1 of 4");
	press(&r, "s", "1 stopped, 1 waiting");
	expect(&r, "Means over train.seed:");
	pty_send(r.pty, "s");
	expect_not(&r, "Means over");
	press(&r, "s", "Means over");
	pty_send(r.pty, "\033");
	expect_not(&r, "Means over");
	leave(&r);
}

static void a_signal_leaves_the_terminal_as_it_was(void **state)
{
	(void)state;
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct rig r;
		three_runs(&r);
		start(&r, 80, 24);
		expect_read(&r, "0 live, 3 runs");
		kill(pty_pid(r.pty), signals[i]);
		assert_int_equal(pty_wait_exit(r.pty, WAIT_MS), 128 + signals[i]);
		expect_restored(&r);
		close_rig(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_do_what_the_help_says),
	    cmocka_unit_test(a_run_is_looked_at_and_all_is_as_it_was),
	    cmocka_unit_test(what_must_not_be_deleted_stays),
	    cmocka_unit_test(one_that_is_resumed_meanwhile_stays),
	    cmocka_unit_test(runs_come_grow_and_end),
	    cmocka_unit_test(a_live_run_is_stopped_by_its_trainer),
	    cmocka_unit_test(the_mouse_selects_and_opens),
	    cmocka_unit_test(names_from_outside_show_as_what_they_are),
	    cmocka_unit_test(any_size_will_do),
	    cmocka_unit_test(several_places_have_a_column),
	    cmocka_unit_test(a_run_shows_its_sweep),
	    cmocka_unit_test(a_signal_leaves_the_terminal_as_it_was),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
