#include "on_end.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/base/words.h"
#include "thaw/base/xdg.h"
#include "thaw/config/command_words.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KNOWN_MAX (1 << 20) /* bytes of the commands that are remembered */

static enum err complain(const char *command, enum err code, const char *what, struct errinfo *e)
{
	struct strbuf shown = STRBUF_INIT;
	command_show(command, &shown);
	err_set(e, code, "%.200s: %s", shown.buf, what);
	strbuf_release(&shown);
	return code;
}

/* ---- is it there ---- */

static bool executable(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	bool found = false;
	for (path = path ? path : "/bin:/usr/bin"; !found; path++) {
		size_t n = strcspn(path, ":");
		char *dir = n ? xstrndup(path, n) : xstrdup("."), *file = path_join(dir, program);
		found = executable(file);
		free(dir);
		free(file);
		path += n;
		if (!*path)
			break;
	}
	return found;
}

enum err on_end_check(const char *command, struct errinfo *e)
{
	char **words = command_words(command);
	if (!words)
		return err_set(e, ERR_VALUE, "no command; write a program and its arguments");
	bool by_path = strchr(words[0], '/') != NULL;
	bool there = by_path ? executable(words[0]) : in_path(words[0]);
	enum err r = ERR_OK;
	if (!there)
		r = err_set(e, ERR_NOT_FOUND, "%.200s: %s", words[0],
			    by_path
				? "no program that can be executed is there"
				: "no such program in PATH; install it, or name it by its path");
	command_free(words);
	return r;
}

/* ---- running it ---- */

static void set_number(const char *name, struct opt_double v)
{
	char text[32];
	snprintf(text, sizeof(text), "%.6g", v.value);
	if (v.valid)
		setenv(name, text, 1);
	else
		unsetenv(name);
}

/* The folder may have moved since. */
static void set_places(const struct folder *run)
{
	char *link = folder_fd_path(run->fd, run->path), *real = realpath(link, NULL);
	setenv("THAW_RUN", real ? real : run->path, 1);
	setenv("THAW_NAME", path_base(real ? real : run->path), 1);
	free(link);
	free(real);
}

static void set_environment(const struct outcome *o, const struct folder *run)
{
	set_places(run);
	setenv("THAW_STATUS", run_status_name(o->status), 1);
	setenv("THAW_REASON", o->reason, 1);
	set_number("THAW_EPOCHS", opt_of((double)o->epochs));
	set_number("THAW_ITERATIONS", opt_of((double)o->iters));
	set_number("THAW_BEST", o->best_acc);
	set_number("THAW_BEST_EPOCH", o->best_epoch);
}

/* What a program expects, whatever the trainer or the terminal have set. */
static void set_signals(void)
{
	sigset_t none;
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: errno goes to `report` when it cannot be executed. */
static _Noreturn void become(char **words, const struct outcome *o, const struct folder *run,
			     int report)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), log = null;
	if (folder_file(run, RUN_TRAINER_LOG, FOLDER_LOG, &log, NULL))
		log = null;
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	setsid();
	set_environment(o, run);
	set_signals();
	execvp(words[0], words);
	int why = errno;
	ssize_t n = write(report, &why, sizeof(why));
	(void)n;
	_exit(127);
}

/* False: it had to be killed, with all that it has started. */
static bool wait_for(pid_t child, int64_t limit_ms, int *status)
{
	int64_t until = clock_ms() + limit_ms;
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	while (waitpid(child, status, WNOHANG) == 0) {
		int64_t left = until - clock_ms();
		if (left <= 0) {
			kill(-child, SIGKILL);
			waitpid(child, status, 0);
			return false;
		}
		struct timespec most = {left / 1000, left % 1000 * 1000000};
		sigtimedwait(&ends, NULL, &most);
	}
	return true;
}

static enum err judge(const char *command, int status, bool in_time, int64_t limit_ms,
		      struct errinfo *e)
{
	char what[128];
	if (!in_time)
		snprintf(what, sizeof(what), "killed, as it did not end within %s",
			 words_duration((double)limit_ms / 1000));
	else if (WIFSIGNALED(status))
		snprintf(what, sizeof(what), "killed: %s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		snprintf(what, sizeof(what), "ended with status %d", WEXITSTATUS(status));
	else
		return ERR_OK;
	return complain(command, ERR_IO, what, e);
}

static enum err start(char **words, const struct outcome *o, const struct folder *run, pid_t *child)
{
	int report[2], why = 0;
	if (pipe2(report, O_CLOEXEC) != 0)
		return ERR_IO;
	*child = fork();
	if (*child == 0)
		become(words, o, run, report[1]);
	close(report[1]);
	ssize_t n = *child > 0 ? read(report[0], &why, sizeof(why)) : -1;
	close(report[0]);
	if (n == 0)
		return ERR_OK;
	if (*child > 0)
		waitpid(*child, NULL, 0);
	errno = n > 0 ? why : errno;
	return ERR_IO;
}

enum err on_end_run(const char *command, const struct outcome *o, const struct folder *run,
		    int64_t limit_ms, struct errinfo *e)
{
	char **words = command_words(command);
	sigset_t ends, before;
	pid_t child;
	int status = 0;
	if (!words)
		return err_set(e, ERR_VALUE, "no command");
	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, &before);
	enum err r = start(words, o, run, &child);
	if (r) {
		complain(command, r, strerror(errno), e);
	} else {
		bool in_time = wait_for(child, limit_ms, &status);
		r = judge(command, status, in_time, limit_ms, e);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	command_free(words);
	return r;
}

/* ---- what this user has run before: a command a line ---- */

static bool holds_line(const struct strbuf *text, const char *line)
{
	size_t len = strlen(line);
	for (const char *at = text->buf; *at;) {
		size_t n = strcspn(at, "\n");
		if (n == len && memcmp(at, line, n) == 0)
			return true;
		at += n + (at[n] == '\n');
	}
	return false;
}

static char *read_known(struct strbuf *text)
{
	char *path = xdg_state_path("on_end");
	if (path)
		file_read_max(path, KNOWN_MAX, text, NULL);
	return path;
}

bool on_end_known(const char *command)
{
	struct strbuf text = STRBUF_INIT;
	free(read_known(&text));
	bool known = holds_line(&text, command);
	strbuf_release(&text);
	return known;
}

void on_end_remember(const char *command)
{
	struct strbuf text = STRBUF_INIT;
	char *path = read_known(&text), *dir = path ? path_dir(path) : NULL;
	if (path && !holds_line(&text, command) && !file_mkdirs(dir, NULL)) {
		strbuf_addf(&text, "%s\n", command);
		file_write_private(path, text.buf, text.len, NULL);
	}
	strbuf_release(&text);
	free(dir);
	free(path);
}
