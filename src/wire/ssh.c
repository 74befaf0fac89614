#include "ssh.h"

#include "thaw/base/alloc.h"
#include "thaw/base/plain.h"
#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 24
#define NOT_STARTED 126
#define NO_PROGRAM 127
#define END_MS 200 /* which an ssh that ends has for it */
#define STEP_MS 5

/* ---- the command ---- */

/* In quotes that every shell knows; a path from the home directory stays one. */
static void add_quoted(struct strbuf *out, const char *word)
{
	if (strncmp(word, "~/", 2) == 0) {
		strbuf_addstr(out, "~/");
		word += 2;
	}
	strbuf_addch(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			strbuf_addstr(out, "'\\''");
		else
			strbuf_addch(out, *word);
	strbuf_addch(out, '\'');
}

char *ssh_command(const char *const *words)
{
	struct strbuf out = STRBUF_INIT;
	const char *there = getenv("THAW_REMOTE");
	if (there && *there)
		add_quoted(&out, there);
	else
		strbuf_addstr(&out, "thaw");
	for (; *words; words++) {
		strbuf_addch(&out, ' ');
		add_quoted(&out, *words);
	}
	return strbuf_detach(&out);
}

static const char *program(void)
{
	const char *own = getenv("THAW_SSH");
	return own && *own ? own : "ssh";
}

/* No terminal there, nothing forwarded, no command of the user's own in place of ours. */
static void fill_args(const char *args[MAX_ARGS], const struct remote_url *url, const char *where,
		      const char *command, bool asks)
{
	static const char *const always[] = {
	    "-T", "-x", "-e", "none", "-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none"};
	size_t n = 0;
	args[n++] = program();
	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		args[n++] = always[i];
	if (!asks) {
		args[n++] = "-o";
		args[n++] = "BatchMode=yes";
	}
	if (url->port) {
		args[n++] = "-p";
		args[n++] = url->port;
	}
	args[n++] = "--";
	args[n++] = where;
	args[n++] = command;
	args[n] = NULL;
}

/* ---- starting ---- */

struct ends { /* what the child gets */
	int in, out, err, tty;
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool open_ends(struct ssh *s, struct ends *child)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
	bool ok = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) == 0 &&
		  pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0;
	s->in = in[0], s->out = out[0], s->err = err[0];
	*child = (struct ends){in[1], out[1], err[1], -1};
	return ok && fcntl(s->in, F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(s->out, F_SETFL, O_NONBLOCK) == 0 && fcntl(s->err, F_SETFL, O_NONBLOCK) == 0;
}

/* The terminal, if it is ours to give. */
static int open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && tcgetpgrp(fd) != getpgrp())
		close_end(&fd);
	return fd;
}

/* Whoever is not in the foreground is stopped for this, unless it has SIGTTOU blocked. */
static void give_terminal(int tty, pid_t group)
{
	sigset_t output, before;
	sigemptyset(&output);
	sigaddset(&output, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &output, &before);
	tcsetpgrp(tty, group);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* In the child: no more than what is safe between fork() and exec(). */
_Noreturn static void become(const struct ends *ends, const char *const *args)
{
	static const char complaint[] = "ssh cannot be started: is it installed, and in PATH?\n";
	sigset_t none;
	sigemptyset(&none);
	if (ends->tty >= 0) {
		setpgid(0, 0);
		give_terminal(ends->tty, getpid());
	} else {
		setsid();
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	dup2(ends->in, STDIN_FILENO);
	dup2(ends->out, STDOUT_FILENO);
	dup2(ends->err, STDERR_FILENO);
	char *argv[MAX_ARGS];
	memcpy(argv, args, sizeof(argv));
	execvp(argv[0], argv);
	ssize_t n = write(STDERR_FILENO, complaint, sizeof(complaint) - 1);
	_exit(n < 0 ? NO_PROGRAM : NOT_STARTED);
}

enum err ssh_start(struct ssh *s, const struct remote_url *url, const char *command, bool asks,
		   struct errinfo *e)
{
	const char *args[MAX_ARGS] = {0};
	struct ends child;
	*s = (struct ssh)SSH_INIT;
	char *where =
	    xasprintf("%s%s%s", url->user ? url->user : "", url->user ? "@" : "", url->host);
	fill_args(args, url, where, command, asks);
	bool ok = open_ends(s, &child);
	s->tty = child.tty = ok && asks ? open_terminal() : -1;
	s->pid = ok ? fork() : -1;
	if (s->pid == 0)
		become(&child, args);
	int why = errno;
	free(where);
	close_end(&child.in);
	close_end(&child.out);
	close_end(&child.err);
	if (s->pid > 0) {
		if (child.tty >= 0)
			setpgid(s->pid, s->pid); /* whoever of the two comes first */
		return ERR_OK;
	}
	s->pid = 0;
	ssh_stop(s);
	return err_set(e, ERR_IO, "ssh cannot be started: %s", strerror(why));
}

void ssh_take_terminal(struct ssh *s)
{
	if (s->tty >= 0)
		give_terminal(s->tty, getpgrp());
	close_end(&s->tty);
}

/* ---- what it says ---- */

void ssh_tell(struct ssh *s)
{
	if (!s->ended_line || s->told)
		return;
	if (s->n_line)
		say(stderr, "%s", s->line);
	s->told = true;
}

static void take_byte(struct ssh *s, char c, bool pass)
{
	if (c == '\n' || c == '\r') {
		s->ended_line = true;
		return;
	}
	if (s->ended_line) {
		if (pass)
			ssh_tell(s);
		s->n_line = 0;
		s->ended_line = s->told = false;
	}
	if (s->n_line < sizeof(s->line) - 1)
		s->line[s->n_line++] = c;
	s->line[s->n_line] = '\0';
}

void ssh_read_errors(struct ssh *s, bool pass)
{
	char bytes[1024];
	for (int i = 0; i < 16 && s->err >= 0; i++) {
		ssize_t n = read(s->err, bytes, sizeof(bytes));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			close_end(&s->err);
		for (ssize_t at = 0; at < n; at++)
			take_byte(s, bytes[at], pass);
	}
}

/* ---- ending ---- */

static bool gone_within(const struct ssh *s, int ms, int *status)
{
	for (int waited = 0; waitpid(s->pid, status, WNOHANG) != s->pid; waited += STEP_MS) {
		if (waited >= ms)
			return false;
		poll(NULL, 0, STEP_MS);
	}
	return true;
}

static int reap(struct ssh *s)
{
	int status = -1;
	if (gone_within(s, s->hung_up ? END_MS : 0, &status))
		return status;
	kill(-s->pid, SIGTERM);
	kill(-s->pid, SIGCONT);
	if (!gone_within(s, END_MS, &status)) {
		kill(-s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return -1;
}

int ssh_stop(struct ssh *s)
{
	ssh_take_terminal(s);
	int status = s->pid ? reap(s) : -1;
	ssh_read_errors(s, false);
	close_end(&s->in);
	close_end(&s->out);
	close_end(&s->err);
	s->pid = 0;
	return status;
}

/* What ssh, or the shell there, is known to complain of: what that means. %s is the host. */
static const struct {
	int exit;         /* 0 = any */
	const char *says; /* "" = anything */
	const char *means;
} reasons[] = {
    {NOT_STARTED, "ssh cannot be started",
     "there is no ssh here to reach it with; install "
     "openssh-client, or name yours: THAW_SSH=/path/to/ssh"},
    {255, "Permission denied", "the key or password is refused; see that `ssh %s` works"},
    {255, "Host key verification failed",
     "its key is not known here, or has changed; connect once by `ssh %s`"},
    {255, "Could not resolve hostname", "there is no such host for ssh"},
    {255, "Connection refused", "no sshd answers there"},
    {255, "", "ssh cannot reach it"},
    {0, "unknown command 'tap'", "the thaw there is too old for this; install this version there"},
    {NO_PROGRAM, "",
     "there is no thaw in the PATH that ssh gives there; install it, or name it: "
     "THAW_REMOTE=/path/to/thaw"},
    {NOT_STARTED, "", "the thaw there cannot be started"},
};

static const char *meaning(const struct ssh *s, int code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if ((!reasons[i].exit || reasons[i].exit == code) &&
		    strstr(s->line, reasons[i].says))
			return reasons[i].means;
	return NULL;
}

void ssh_reason(const struct ssh *s, const struct remote_url *url, int status, char *out,
		size_t size)
{
	char *host = remote_url_host(url), line[4 * SSH_LINE_MAX];
	const char *means =
	    status >= 0 && WIFEXITED(status) ? meaning(s, WEXITSTATUS(status)) : NULL;
	const char *split = means ? strstr(means, "%s") : NULL;
	plain_fit(line, sizeof(line), s->line);
	if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
		snprintf(out, size, "%s: ssh was interrupted", host);
	else if (means)
		snprintf(out, size, "%s: %.*s%s%s%s%s%s", host,
			 split ? (int)(split - means) : (int)strlen(means), means,
			 split ? host : "", split ? split + 2 : "", *line ? " (" : "", line,
			 *line ? ")" : "");
	else if (*line)
		snprintf(out, size, "%s: %s", host, line);
	else if (status >= 0 && WIFSIGNALED(status))
		snprintf(out, size, "%s: ssh was ended by signal %d", host, WTERMSIG(status));
	else
		snprintf(out, size, "%s: the link has ended", host);
	free(host);
}
