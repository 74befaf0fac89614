/* Run directories that somebody else has prepared: whatever lies in the place of each of their
 * files, every command ends, says in one line what is wrong, and changes nothing outside. */
#include "../pty.h"
#include "job.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

/* Of the program alone, which has little to do: what hangs takes longer. */
#define WAIT_MS 120000

static char *outside; /* job_dir/outside: what must not be changed */
static char *picture; /* that is classified */

/* ---- what may lie in a file's place ---- */

static bool put_link(const char *path)
{
	return symlink("../../outside/file", path) == 0;
}

static bool put_dangling(const char *path)
{
	return symlink("../../outside/nothing", path) == 0;
}

static bool put_loop(const char *path)
{
	return symlink(path_base(path), path) == 0;
}

static bool put_link_to_folder(const char *path)
{
	return symlink("../../outside/folder", path) == 0;
}

static bool put_pipe(const char *path)
{
	return mkfifo(path, 0600) == 0;
}

static bool put_folder(const char *path)
{
	return mkdir(path, 0700) == 0;
}

static bool put_device(const char *path)
{
	return mknod(path, S_IFCHR | 0666, makedev(1, 5)) == 0; /* /dev/zero */
}

static bool put_socket(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	assert_true(strlen(path) < sizeof(a.sun_path));
	memcpy(a.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return ok;
}

/* To a file such as it should be, where there is one. */
static bool put_hard_link(const char *path)
{
	char *twin = xasprintf("%s/twin/%s", outside, path_base(path)),
	     *file = path_join(outside, "file");
	bool ok = link(file_size(twin) >= 0 && !file_is_dir(twin) ? twin : file, path) == 0;
	free(twin);
	free(file);
	return ok;
}

static const struct thing {
	const char *name;
	bool (*put)(const char *path); /* false: this user cannot */
	bool is_file, is_folder, is_socket;
} things[] = {
    {"a link", put_link, false, false, false},
    {"a dangling link", put_dangling, false, false, false},
    {"a loop of links", put_loop, false, false, false},
    {"a link to a folder", put_link_to_folder, false, false, false},
    {"a pipe", put_pipe, false, false, false},
    {"a folder", put_folder, false, true, false},
    {"a device", put_device, false, false, false},
    {"a socket", put_socket, false, false, true},
    {"a hard link", put_hard_link, true, false, false},
};
#define N_THINGS (sizeof(things) / sizeof(*things))

/* ---- which command opens what ---- */

enum command { SHOW, LS, REPLAY, CTL, PREDICT, EVAL, RESUME, N_COMMANDS };
#define BIT(command) (1u << (command))
#define READERS (BIT(SHOW) | BIT(LS) | BIT(REPLAY))
#define NETWORK (BIT(PREDICT) | BIT(EVAL))

static const struct file {
	const char *name;
	unsigned needed_by; /* they refuse what is no file there, and name it */
	bool written;       /* in place: resume refuses a hard link */
} files[] = {
    {RUN_EXPERIMENT, NETWORK | BIT(RESUME), false},
    {RUN_CFG, NETWORK | BIT(RESUME), false},
    {RUN_LABELS, NETWORK, false},
    {RUN_NAMES_DATA, 0, false},
    {RUN_LOG, READERS | BIT(RESUME), true},
    {RUN_TRAINER_LOG, BIT(RESUME), true},
    {RUN_BEST, NETWORK, false},
    {RUN_LAST, BIT(RESUME), false},
    {RUN_STATE, BIT(RESUME), false},
    {RUN_CHECKPOINTS, BIT(RESUME), false},
    {RUN_SOCKET, BIT(CTL) | BIT(RESUME), false},
    {RUN_LOCK, BIT(RESUME), true},
    {RUN_PREVIOUS, 0, false},
    {RUN_PREVIOUS_STATE, 0, false},
    {"next.weights", 0, false},
    {"next.state", 0, false},
    {"last.weights.tmp", 0, false},
    {RUN_EXPERIMENT ".tmp", 0, false},
};
#define N_FILES (sizeof(files) / sizeof(*files))

static bool refuses(const struct file *f, const struct thing *t, enum command c)
{
	if (!(f->needed_by & BIT(c)))
		return false;
	if (strcmp(f->name, RUN_CHECKPOINTS) == 0)
		return !t->is_folder;
	if (strcmp(f->name, RUN_SOCKET) == 0) /* one that nobody listens to is replaced */
		return !t->is_socket;
	return !t->is_file || (c == RESUME && f->written);
}

/* ---- the outside ---- */

static void in_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void in_shell(const char *fmt, ...)
{
	struct strbuf sb = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	assert_int_equal(system(sb.buf), 0);
	strbuf_release(&sb);
}

/* Every name out there, and its kind, size and time. */
static char *look_outside(void)
{
	struct running r;
	EXPECT(&r, 0, "find", outside, "-printf", "%p %y %m %s %T@ %U\n");
	char *text = strbuf_detach(&r.text[0]);
	run_release(&r);
	return text;
}

/* ---- one directory ---- */

static char *hostile; /* runs/hostile, made anew for each case */

static void prepare(const struct file *f, const struct thing *t)
{
	in_shell("rm -rf %s && cp -a %s/base %s && rm -rf %s/%s", hostile, runs, hostile, hostile,
		 f->name);
	char *path = path_join(hostile, f->name);
	bool put = t->put(path);
	free(path);
	if (!put)
		in_shell("rm -rf %s", hostile);
}

static void check_words(const struct file *f, const struct thing *t, enum command c, int status,
			const struct running *r)
{
	static const char *const mends[] = {"move it away", "in its place", "remove it"};
	const char *err = r->text[1].buf;
	bool named = false, mended = false;
	for (size_t i = 0; i < sizeof(mends) / sizeof(*mends); i++)
		mended = mended || strstr(err, mends[i]);
	named = strstr(err, f->name) != NULL;
	size_t n_lines = 0;
	for (const char *nl = err; (nl = strchr(nl, '\n')); nl++)
		n_lines++;
	if (status >= 99 || (status && n_lines != 1))
		fail_msg("%s is %s, command %d: status %d, %zu lines: %s", f->name, t->name, c,
			 status, n_lines, err);
	if (refuses(f, t, c) && (!status || !named || !mended))
		fail_msg(
		    "%s is %s, command %d: status %d, but the file is %snamed, a mend is %s: %s",
		    f->name, t->name, c, status, named ? "" : "not ", mended ? "" : "not said",
		    err);
	if (!refuses(f, t, c) && f->needed_by == 0 && c != CTL && status)
		fail_msg("%s is %s, which is nothing to command %d: status %d: %s", f->name,
			 t->name, c, status, err);
}

/* The trainer takes long to start: it is tried where it refuses something, and no kind of refusal
 * twice. */
static bool worth_it(const struct file *f, const struct thing *t, enum command c)
{
	if (c < PREDICT)
		return true;
	if (!refuses(f, t, c) || (c == EVAL && strcmp(f->name, RUN_LABELS) != 0))
		return false;
	return t->put == put_pipe || t->is_file ||
	       (t->put == put_link && c == RESUME &&
		(f->written || !strcmp(f->name, RUN_CHECKPOINTS)));
}

static void try_all(const struct file *f, const struct thing *t)
{
	const char *const words[N_COMMANDS][10] = {
	    [SHOW] = {viewer, "show", hostile},
	    [LS] = {viewer, "ls", "--runs", runs},
	    [REPLAY] = {viewer, "replay", hostile, "--headless"},
	    [CTL] = {viewer, "ctl", hostile, "pause"},
	    [PREDICT] = {viewer, "predict", hostile, picture, "--threads", "1"},
	    [EVAL] = {viewer, "eval", hostile, "--threads", "1"},
	    [RESUME] = {viewer, "resume", hostile, "--epochs", "1", "--headless"},
	};
	for (int c = 0; c < N_COMMANDS; c++) {
		struct running r;
		if (!worth_it(f, t, (enum command)c))
			continue;
		run_start(&r, words[c], NULL);
		check_words(f, t, (enum command)c, run_wait(&r), &r);
		run_release(&r);
	}
}

/* All at once in the place of what a resume does not look at or only replaces. */
static void a_resume_replaces(void **state)
{
	(void)state;
	static const struct {
		bool (*put)(const char *path);
		const char *name;
	} ways[] = {{put_link, "links"}, {put_hard_link, "hard links"}};
	char *before = look_outside();
	for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++) {
		const struct thing t = {.is_file = ways[w].put == put_hard_link};
		struct running r;
		in_shell("rm -rf %s && cp -a %s/base %s", hostile, runs, hostile);
		for (size_t i = 0; i < N_FILES; i++) {
			if (refuses(&files[i], &t, RESUME) || files[i].needed_by & BIT(RESUME))
				continue;
			in_shell("rm -rf %s/%s", hostile, files[i].name);
			char *path = path_join(hostile, files[i].name);
			assert_true(ways[w].put(path));
			free(path);
		}
		EXPECT(&r, 0, viewer, "resume", hostile, "--epochs", "1", "--headless");
		run_release(&r);
		in_shell("rm -rf %s", hostile);
		char *after = look_outside();
		if (strcmp(before, after) != 0)
			fail_msg("%s: outside there was\n%sand is\n%s", ways[w].name, before,
				 after);
		free(after);
	}
	free(before);
}

/* The run's own name is taken by something. */
static void a_name_that_is_taken(void **state)
{
	(void)state;
	char *before = look_outside();
	for (size_t k = 0; k < N_THINGS; k++) {
		struct running r;
		if (things[k].put != put_dangling && things[k].put != put_link_to_folder)
			continue;
		assert_true(things[k].put(hostile));
		EXPECT(&r, 2, viewer, "run", shapes, "--runs", runs, "--name", "hostile", "--set",
		       "train.threads=1");
		assert_non_null(
		    strstr(r.text[1].buf, "hostile exists already: choose another --name"));
		run_release(&r);
		in_shell("rm -rf %s", hostile);
		char *after = look_outside();
		assert_string_equal(before, after);
		free(after);
	}
	free(before);
}

static void nothing_outside_is_touched(void **state)
{
	(void)state;
	char *before = look_outside();
	for (size_t i = 0; i < N_FILES; i++)
		for (size_t k = 0; k < N_THINGS; k++) {
			prepare(&files[i], &things[k]);
			if (!file_is_dir(hostile))
				continue;
			try_all(&files[i], &things[k]);
			in_shell("rm -rf %s", hostile); /* a second name of a file out there too */
			char *after = look_outside();
			if (strcmp(before, after) != 0)
				fail_msg("%s was %s: outside there was\n%sand is\n%s",
					 files[i].name, things[k].name, before, after);
			free(after);
		}
	free(before);
}

/* ---- on a terminal ---- */

static void watch(const struct file *f, const struct thing *t, const char *command, bool shows)
{
	char *argv[] = {viewer, xstrdup(command), hostile, NULL};
	struct pty *p = pty_exec(90, 30, "xterm-256color", argv);
	if (shows) {
		pty_settles(p, 50, WAIT_MS);
		pty_send(p, "q");
	}
	int status = pty_wait_exit(p, WAIT_MS);
	char *screen = pty_text(p);
	if (status < 0 || status > 2 || pty_altscreen(p) || !pty_cursor_visible(p) ||
	    !pty_termios_restored(p) || (!shows && !strstr(screen, f->name)))
		fail_msg("%s is %s: %s: status %d: %s", f->name, t->name, command, status, screen);
	free(screen);
	free(argv[1]);
	pty_free(p);
}

static void the_terminal_stays_sane(void **state)
{
	(void)state;
	static const char *const names[] = {RUN_LOG, RUN_LOCK, RUN_SOCKET, RUN_TRAINER_LOG};
	for (size_t i = 0; i < N_FILES; i++) {
		bool matters = false;
		for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
			matters = matters || strcmp(files[i].name, names[n]) == 0;
		for (size_t k = 0; matters && k < N_THINGS; k++) {
			bool bad_log = strcmp(files[i].name, RUN_LOG) == 0 && !things[k].is_file;
			if (strcmp(files[i].name, RUN_LOG) == 0 && things[k].is_file)
				continue; /* any other file, not a log: test_logs.c */
			prepare(&files[i], &things[k]);
			if (file_is_dir(hostile))
				watch(&files[i], &things[k], "replay", !bad_log);
		}
	}
}

/* A trainer seems to run: its lock is held. */
static void a_run_that_seems_alive(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FILES; i++) {
		if (strcmp(files[i].name, RUN_LOG) != 0 && strcmp(files[i].name, RUN_SOCKET) != 0)
			continue;
		for (size_t k = 0; k < N_THINGS; k++) {
			prepare(&files[i], &things[k]);
			if (!file_is_dir(hostile))
				continue;
			char *path = path_join(hostile, RUN_LOCK);
			int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
			free(path);
			assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
			watch(&files[i], &things[k], "attach", true);
			close(lock);
		}
	}
}

/* ---- other ways ---- */

/* The socket of another run, under this run's name: its trainer must hear nothing. */
static void another_runs_socket(void **state)
{
	(void)state;
	static const char *const ways[] = {"ln -s", "ln"};
	char *path = path_join(outside, "control.sock");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	memcpy(a.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 4), 0);
	for (size_t i = 0; i < 2; i++) {
		struct running r;
		in_shell("rm -rf %s && cp -a %s/base %s && %s %s %s/" RUN_SOCKET, hostile, runs,
			 hostile, ways[i], path, hostile);
		EXPECT(&r, 1, viewer, "ctl", hostile, "stop");
		assert_non_null(strstr(r.text[1].buf, RUN_SOCKET));
		assert_non_null(strstr(r.text[1].buf, "remove it"));
		run_release(&r);
		assert_int_equal(accept(fd, NULL, NULL), -1); /* nobody called */
		assert_int_equal(errno, EAGAIN);
	}
	in_shell("rm -rf %s %s", hostile, path);
	close(fd);
	free(path);
}

/* Whoever names something means it: the runs' folder, the run and a log alone may be links. */
static void what_the_user_names_may_be_a_link(void **state)
{
	(void)state;
	struct running r;
	char *named = path_join(job_dir, "named"), *log = path_join(job_dir, "events.jsonl"),
	     *other = path_join(job_dir, "other.jsonl");
	in_shell("ln -s %s %s && ln -s %s/base/" RUN_LOG " %s && ln -s %s %s", runs, named, runs,
		 log, log, other);
	EXPECT(&r, 0, viewer, "show", "base", "--runs", named);
	run_release(&r);
	EXPECT(&r, 0, viewer, "replay", log, "--headless");
	run_release(&r);
	EXPECT(&r, 0, viewer, "show", other);
	run_release(&r);
	in_shell("ln -s base %s/alias", runs);
	EXPECT(&r, 0, viewer, "show", "alias", "--runs", runs);
	run_release(&r);
	EXPECT(&r, 0, viewer, "predict", "alias", picture, "--runs", runs);
	run_release(&r);
	in_shell("rm %s %s %s %s/alias", named, log, other, runs);
	free(named);
	free(log);
	free(other);
}

/* What is named on the command line, and is no file. */
static void pipes_and_devices_are_not_waited_for(void **state)
{
	(void)state;
	struct running r;
	char *pipe = path_join(job_dir, "pipe"), *yaml = path_join(job_dir, "odd.yaml");
	assert_int_equal(mkfifo(pipe, 0600), 0);
	const char *const odd[] = {pipe, "/dev/zero"};
	for (size_t i = 0; i < 2; i++) {
		char *set[] = {xasprintf("network.weights=%s", odd[i]),
			       xasprintf("network.cfg=%s", odd[i])};
		EXPECT(&r, 2, viewer, "predict", "base", picture, "--runs", runs, "--weights",
		       odd[i]);
		assert_non_null(strstr(r.text[1].buf, ": not a regular file\n"));
		run_release(&r);
		for (size_t k = 0; k < 2; k++) {
			EXPECT(&r, 2, viewer, "check", shapes, "--set", set[k]);
			assert_non_null(strstr(r.text[1].buf, "not a regular file"));
			run_release(&r);
			free(set[k]);
		}
		EXPECT(&r, 1, viewer, "predict", "base", odd[i], "--runs", runs);
		run_release(&r);
		EXPECT(&r, 2, viewer, "eval", "base", odd[i], "--runs", runs);
		run_release(&r);
		EXPECT(&r, 2, viewer, "replay", odd[i], "--headless");
		run_release(&r);
		EXPECT(&r, 2, viewer, "show", odd[i]);
		run_release(&r);
	}
	assert_int_equal(unlink(pipe), 0);
	free(pipe);
	free(yaml);
}

/* Another user's run is looked at, but not gone on with. */
static void another_users_run(void **state)
{
	(void)state;
	struct running r;
	if (geteuid() != 0)
		skip();
	in_shell("rm -rf %s && cp -a %s/base %s && chown -R 65534 %s", hostile, runs, hostile,
		 hostile);
	EXPECT(&r, 0, viewer, "show", hostile);
	run_release(&r);
	EXPECT(&r, 0, viewer, "replay", hostile, "--headless");
	run_release(&r);
	EXPECT(&r, 2, viewer, "resume", hostile, "--epochs", "1", "--headless");
	assert_non_null(strstr(r.text[1].buf, "belongs to another user"));
	run_release(&r);
	in_shell("rm -rf %s", hostile);
}

/* ---- */

static int open_all(void **state)
{
	struct running r;
	int bad = shapes_open(state);
	if (bad)
		return bad;
	outside = path_join(job_dir, "outside");
	hostile = path_join(runs, "hostile");
	in_shell("mkdir -p %s/folder && echo theirs > %s/file && echo theirs > %s/folder/file",
		 outside, outside, outside);
	EXPECT(&r, 0, trainer, "run", shapes, "--runs", runs, "--name", "base", "--set",
	       "phases.head.epochs=1", "--set", "phases.tune.epochs=1", "--set", "train.threads=1");
	run_release(&r);
	in_shell("cp -a %s/base %s/twin", runs, outside);
	EXPECT(&r, 0, "find", job_dir, "-path", "*/valid/*", "-name", "*.png");
	picture = xstrndup(r.text[0].buf, strcspn(r.text[0].buf, "\n"));
	run_release(&r);
	return 0;
}

static int close_all(void **state)
{
	free(outside);
	free(hostile);
	free(picture);
	return shapes_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_outside_is_touched),
	    cmocka_unit_test(a_resume_replaces),
	    cmocka_unit_test(a_name_that_is_taken),
	    cmocka_unit_test(the_terminal_stays_sane),
	    cmocka_unit_test(a_run_that_seems_alive),
	    cmocka_unit_test(another_runs_socket),
	    cmocka_unit_test(what_the_user_names_may_be_a_link),
	    cmocka_unit_test(pipes_and_devices_are_not_waited_for),
	    cmocka_unit_test(another_users_run),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
