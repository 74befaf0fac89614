#include "detach.h"
#include "thaw/base/run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for_child(pid_t child, int fd)
{
	char byte;
	ssize_t n;
	while ((n = read(fd, &byte, 1)) < 0 && errno == EINTR)
		;
	if (n == 1)
		return 0;
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool detach_prepare(struct detach *d, int report_fd, int *status)
{
	*d = (struct detach){.report_fd = report_fd, .parent_fd = -1};
	int fds[2];
	if (report_fd < 0 || getpgrp() != getpid() || pipe2(fds, O_CLOEXEC) != 0)
		return true;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		close(fds[0]);
		d->parent_fd = fds[1];
		return true;
	}
	close(fds[1]);
	if (child > 0) {
		close(report_fd); /* or its reader would wait for us too */
		*status = wait_for_child(child, fds[0]);
	}
	close(fds[0]);
	return child < 0;
}

static enum err leave_session(const struct folder *run, struct errinfo *e)
{
	int log, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fflush(NULL);
	if (null < 0)
		return err_set(e, ERR_IO, "/dev/null: %s", strerror(errno));
	dup2(null, STDIN_FILENO);
	close(null);
	enum err r = folder_file(run, RUN_TRAINER_LOG, FOLDER_LOG, &log, e);
	if (r)
		return r;
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	close(log);
	setsid(); /* fails only for a group leader, which detach_prepare() has seen to */
	return ERR_OK;
}

/* Whoever reads the report may close the terminal next, so it comes last. */
static enum err report(int fd, const char *run_path, struct errinfo *e)
{
	if (dprintf(fd, "run %s\n", run_path) < 0)
		return err_set(e, ERR_IO, "the report descriptor: %s", strerror(errno));
	return ERR_OK;
}

enum err detach_now(struct detach *d, const struct folder *run, struct errinfo *e)
{
	if (d->report_fd < 0)
		return ERR_OK;
	/* The report may go to stdout, which is the log by then. */
	int fd = fcntl(d->report_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (fd < 0)
		return err_set(e, ERR_IO, "the report descriptor %d: %s", d->report_fd,
			       strerror(errno));
	if (d->report_fd > STDERR_FILENO)
		close(d->report_fd);
	enum err r = leave_session(run, e);
	if (!r)
		r = report(fd, run->path, e);
	close(fd);
	if (r)
		return r;
	if (d->parent_fd >= 0) {
		ssize_t n = write(d->parent_fd, "", 1);
		(void)n;
		close(d->parent_fd);
	}
	*d = (struct detach){.report_fd = -1, .parent_fd = -1};
	return ERR_OK;
}
