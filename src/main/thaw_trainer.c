#include "thaw_trainer.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT_FD = 3, REPORT_MAX = 8192 };

/* A path with a slash, or a bare name for execvp() to look for; caller frees. */
static char *find_trainer(void)
{
	const char *named = getenv("THAW_TRAIN");
	if (named && *named)
		return xstrdup(named);
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		char *dir = path_dir(self), *beside = path_join(dir, "thaw-train");
		free(dir);
		if (access(beside, X_OK) == 0)
			return beside;
		free(beside);
	}
	return xstrdup("thaw-train");
}

static void exec_words(const char *path, const char **argv)
{
	/* execvp() takes char *const[] for the sake of old code; it does not write to the words */
	union {
		const char **in;
		char **out;
	} words = {argv};
	argv[0] = path;
	execvp(path, words.out);
	say(stderr,
	    "thaw: cannot start the trainer %s: %s; build thaw-train beside thaw, or name it "
	    "in THAW_TRAIN",
	    path, strerror(errno));
}

int trainer_exec(const char **argv)
{
	char *path = find_trainer();
	exec_words(path, argv);
	free(path);
	return STATUS_FAILED;
}

/* In the child: nothing of ours but standard error, or `said` in its place, and the report is left to the
 * trainer. */
_Noreturn static void become_trainer(const char **argv, int report, int said, const sigset_t *mask)
{
	dup2(said, STDERR_FILENO);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	if (report == REPORT_FD)
		fcntl(report, F_SETFD, 0);
	else
		dup2(report, REPORT_FD);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	char *path = find_trainer();
	exec_words(path, argv);
	_exit(STATUS_FAILED);
}

static volatile sig_atomic_t caught;

static void on_signal(int signo)
{
	caught = signo;
}

struct signals { /* as they were before */
	sigset_t mask;
	struct sigaction on_int, on_term;
};

/* Blocked but within ppoll(), so that none is missed. */
static void hold_signals(struct signals *was)
{
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &was->mask);
	struct sigaction act = {.sa_handler = on_signal};
	sigaction(SIGINT, &act, &was->on_int);
	sigaction(SIGTERM, &act, &was->on_term);
	caught = 0;
}

static void let_signals_go(const struct signals *was)
{
	sigaction(SIGINT, &was->on_int, NULL);
	sigaction(SIGTERM, &was->on_term, NULL);
	sigprocmask(SIG_SETMASK, &was->mask, NULL);
}

/* Read to the end of the report: a path may hold newlines. */
static void read_report(int fd, pid_t child, const sigset_t *mask, struct strbuf *line)
{
	while (line->len < REPORT_MAX) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int ready = ppoll(&p, 1, NULL, mask);
		if (caught) {
			kill(child, caught);
			caught = 0;
		}
		if (ready <= 0)
			continue;
		char chunk[512];
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		strbuf_add(line, chunk, (size_t)n);
	}
}

char *trainer_reported(const struct strbuf *line)
{
	const char *end = strrchr(line->buf, '\n');
	if (!end || strncmp(line->buf, "run ", 4) != 0 || end == line->buf + 4)
		return NULL;
	return xstrndup(line->buf + 4, (size_t)(end - line->buf) - 4);
}

/* The trainer ended, or is about to, without a run. */
static int failed_start(const struct subcommand *cmd, pid_t child)
{
	int status = 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		if (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM)
			return STATUS_INTERRUPTED;
		say(stderr, "thaw %s: the trainer was killed: %s", cmd->name,
		    strsignal(WTERMSIG(status)));
		return STATUS_FAILED;
	}
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}

/* Options with a value that are not for the trainer, or are given otherwise. */
static bool is_ours(const char *option)
{
	static const char *const names[] = {"--runs", "--pictures", "--until", "--at"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(option, names[i]) == 0)
			return true;
	return false;
}

size_t trainer_options(const struct cli *c, const char **words)
{
	size_t n = 0;
	static const char *const flags[] = {"--no-sandbox", "--force"};
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (cli_flag(c, flags[i]))
			words[n++] = flags[i];
	for (size_t i = 0; i < c->n_given; i++)
		if (c->given[i].value && !is_ours(c->given[i].option->name)) {
			words[n++] = c->given[i].option->name;
			words[n++] = c->given[i].value;
		}
	words[n++] = "--report-fd";
	words[n++] = "3";
	return n;
}

int trainer_start(const struct subcommand *cmd, const char **argv, char **dir)
{
	int report[2];
	struct signals was;
	if (pipe2(report, O_CLOEXEC) < 0) {
		say(stderr, "thaw %s: pipe: %s", cmd->name, strerror(errno));
		return STATUS_FAILED;
	}
	hold_signals(&was);
	pid_t child = fork();
	if (child == 0)
		become_trainer(argv, report[1], STDERR_FILENO, &was.mask);
	close(report[1]);
	struct strbuf line = STRBUF_INIT;
	int status = STATUS_FAILED;
	if (child < 0)
		say(stderr, "thaw %s: fork: %s", cmd->name, strerror(errno));
	else
		read_report(report[0], child, &was.mask, &line);
	close(report[0]);
	*dir = trainer_reported(&line);
	if (*dir)
		status = STATUS_OK;
	else if (child > 0)
		status = failed_start(cmd, child);
	strbuf_release(&line);
	let_signals_go(&was);
	return status;
}

/* A pointer to each, which exec_words() may set; caller frees. */
static const char **borrow_words(char *const *words)
{
	size_t n = 1; /* words[0] is the program */
	while (words[n])
		n++;
	const char **argv = xcalloc(n + 1, sizeof(*argv));
	for (size_t i = 1; i < n; i++)
		argv[i] = words[i];
	return argv;
}

enum err trainer_spawn(char *const *words, struct trainer_child *t, struct errinfo *e)
{
	int report[2], said[2];
	sigset_t mask;
	*t = (struct trainer_child){-1, -1, -1};
	if (pipe2(report, O_CLOEXEC) < 0)
		return err_set(e, ERR_IO, "pipe: %s", strerror(errno));
	if (pipe2(said, O_CLOEXEC) < 0) {
		close(report[0]);
		close(report[1]);
		return err_set(e, ERR_IO, "pipe: %s", strerror(errno));
	}
	sigprocmask(SIG_SETMASK, NULL, &mask);
	const char **argv = borrow_words(words);
	fflush(NULL);
	t->pid = fork();
	if (t->pid == 0)
		become_trainer(argv, report[1], said[1], &mask);
	free(argv);
	enum err r = t->pid < 0 ? err_set(e, ERR_IO, "fork: %s", strerror(errno)) : ERR_OK;
	close(report[1]);
	close(said[1]);
	t->report = report[0];
	t->said = said[0];
	return r;
}
