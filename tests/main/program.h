/* Driving the program `thaw` from a test: start it, watch what it prints, send signals, collect its
 * status. */
#ifndef THAW_TESTS_MAIN_PROGRAM_H
#define THAW_TESTS_MAIN_PROGRAM_H

#include "built.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/strbuf.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { DEADLINE_MS = 120000, MAX_ARGS = 16 }; /* only what hangs takes so long */

static char *thaw;   /* the program */
static char dir[64]; /* of this test, the working directory of every program it starts */

struct child {
	pid_t pid;
	int fd[2]; /* its standard output and error; -1 = ended */
	struct strbuf text[2];
	int status; /* exit status once fd are both -1 */
};

static inline struct child start(const char *const *words)
{
	struct child c = {.text = {STRBUF_INIT, STRBUF_INIT}};
	int out[2], err[2];
	char *argv[MAX_ARGS + 1] = {xstrdup("thaw")};
	for (size_t i = 0; words[i]; i++)
		argv[i + 1] = xstrdup(words[i]);
	assert_int_equal(pipe2(out, O_CLOEXEC) | pipe2(err, O_CLOEXEC), 0);
	c.pid = fork();
	if (c.pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		if (chdir(dir) == 0)
			execv(thaw, argv);
		_exit(99);
	}
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
	close(out[1]);
	close(err[1]);
	c.fd[0] = out[0];
	c.fd[1] = err[0];
	return c;
}

#define START(...) start((const char *const[]){__VA_ARGS__, NULL})

static inline void pump(struct child *c, int wait_ms)
{
	built_pump(c->fd, c->text, wait_ms);
}

static inline int64_t deadline(void)
{
	return clock_ms() + DEADLINE_MS;
}

static inline void until_prints(struct child *c, int which, const char *text)
{
	int64_t end = deadline();
	while (!strstr(c->text[which].buf, text) && clock_ms() < end && c->fd[which] >= 0)
		pump(c, 50);
	if (!strstr(c->text[which].buf, text))
		fail_msg("no '%s' in: %s", text, c->text[which].buf);
}

static inline int reap(struct child *c)
{
	int status = 0;
	int64_t end = deadline();
	while (waitpid(c->pid, &status, WNOHANG) == 0) {
		if (clock_ms() > end) {
			kill(c->pid, SIGKILL);
			fail_msg("still running; it printed: %s%s", c->text[0].buf, c->text[1].buf);
		}
		pump(c, 20);
	}
	while (c->fd[0] >= 0 || c->fd[1] >= 0)
		pump(c, 20);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static inline void release(struct child *c)
{
	strbuf_release(&c->text[0]);
	strbuf_release(&c->text[1]);
}

/* Run to the end; status, and what must stand in its output and in its complaints (NULL: nothing is
 * said). */
static inline void expect(const char *const *words, int status, const char *out, const char *err)
{
	struct child c = start(words);
	int got = reap(&c);
	const char *const texts[] = {out, err};
	for (int i = 0; i < 2; i++)
		if (texts[i] ? !strstr(c.text[i].buf, texts[i]) : c.text[i].len > 0)
			fail_msg("thaw %s: wanted '%s' in: %s", words[0], texts[i] ? texts[i] : "",
				 c.text[i].buf);
	if (got != status)
		fail_msg("thaw %s: status %d, wanted %d: %s", words[0], got, status, c.text[1].buf);
	release(&c);
}

#define EXPECT(status, out, err, ...)                                                              \
	expect((const char *const[]){__VA_ARGS__, NULL}, status, out, err)

/* Set-up and tear-down of a group of tests: a directory of its own, in which a person's own files
 * and what is remembered of them lie, too. */
static inline int program_setup(void **state)
{
	(void)state;
	strcpy(dir, P_tmpdir "/thaw-main-XXXXXX");
	return mkdtemp(dir) && setenv("XDG_CONFIG_HOME", dir, 1) == 0 &&
		       setenv("XDG_STATE_HOME", dir, 1) == 0
		   ? 0
		   : -1;
}

static inline int program_teardown(void **state)
{
	(void)state;
	char *command = xasprintf("rm -rf '%s'", dir);
	int r = system(command);
	free(command);
	return r;
}

/* A file in the directory, which makes the folders above it. */
static inline void program_write(const char *name, const void *data, size_t len)
{
	char *path = path_join(dir, name), *parent = path_dir(path);
	assert_int_equal(file_mkdirs(parent, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(path, data, len, NULL), ERR_OK);
	free(path);
	free(parent);
}

static inline void program_write_text(const char *name, const char *text)
{
	program_write(name, text, strlen(text));
}

/* Run the tests of a main() once the program is there; returns what main() does. */
#define run_program_tests(tests, setup, teardown)                                                  \
	(program_is_there() ? cmocka_run_group_tests(tests, setup, teardown) : 1)

static inline bool program_is_there(void)
{
	thaw = built_program("thaw");
	if (thaw && access(thaw, X_OK) == 0)
		return true;
	print_error("%s is not there: build it first\n", thaw ? thaw : "thaw");
	return false;
}

#endif
