/* How long a long log takes to open: one as a run of a week leaves it, made up here as the trainer
 * would have written it. */
#include "bench.h"

#include "made_log.h"
#include "runs.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/strbuf.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_MS = 60000 };

static const char the_end[] = "the week is over";

/* Seven days of iterations of a tenth of a second, ten of them told together; epochs of two minutes. */
static char *make_week(const struct bench *b)
{
	const struct made_log week = {.name = "week",
				      .end = the_end,
				      .epochs = 5040,
				      .lines = 120,
				      .pack = 10,
				      .line_ms = 1000};
	int64_t bytes, events;
	char *run = make_log(b, &week, &bytes, &events);
	report(&(struct figure){.name = "log of a week: 6 million iterations, 5040 epochs",
				.unit = "MB",
				.ours = (double)bytes / 1e6,
				.less = true,
				.runs = 1});
	return run;
}

/* As a trainer holds it, so that the viewer follows. */
static int hold_lock(const char *run)
{
	char *path = xasprintf("%s/lock", run);
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		die("%s: cannot be held", path);
	free(path);
	return fd;
}

/* As terminals do whenever they are asked whether they are there; *met: how much of the question is read. */
static void answer(int fd, char c, size_t *met)
{
	static const char question[] = "\x1b[5n", there[] = "\x1b[0n";
	*met = c == question[*met] ? *met + 1 : c == question[0];
	if (*met < sizeof(question) - 1)
		return;
	*met = 0;
	if (write(fd, there, sizeof(there) - 1) != sizeof(there) - 1)
		die("the viewer takes no answer");
}

/* A viewer that follows the run, from exec until its screen says how it ended; its memory then. */
static double open_viewer(const struct bench *b, const char *run, double *bytes)
{
	struct winsize size = {.ws_col = 120, .ws_row = 40};
	double began = clock_seconds(), took;
	int fd;
	pid_t pid = forkpty(&fd, NULL, NULL, &size);
	if (pid < 0)
		die("no pseudo-terminal");
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		setenv("THAW_REMEMBER", "0", 1);
		execl(b->thaw, b->thaw, "attach", run, (char *)NULL);
		_exit(127);
	}
	struct strbuf seen = STRBUF_INIT;
	size_t met = 0;
	while (!strstr(seen.buf, the_end)) {
		char text[65536];
		struct pollfd in = {.fd = fd, .events = POLLIN};
		ssize_t n = poll(&in, 1, LIMIT_MS) == 1 ? read(fd, text, sizeof(text)) : 0;
		if (n <= 0)
			die("the viewer of %s does not come to its end", run);
		for (ssize_t i = 0; i < n; i++) {
			strbuf_addch(&seen, text[i] ? text[i] : ' ');
			answer(fd, text[i], &met);
		}
	}
	took = clock_seconds() - began;
	strbuf_release(&seen);
	struct rusage u;
	if (write(fd, "q", 1) != 1 || wait4(pid, NULL, 0, &u) != pid)
		die("the viewer does not end");
	close(fd);
	*bytes = (double)u.ru_maxrss * 1024;
	return took;
}

static void tell(const char *name, double *seconds, int n)
{
	report(&(struct figure){
	    .name = name, .unit = "s", .ours = median_of(seconds, n), .less = true, .runs = n});
}

void bench_log(struct bench *b)
{
	char *run = make_week(b);
	const char *const show[] = {b->thaw, "show", run, NULL};
	const char *const ls[] = {b->thaw, "ls", "--runs", b->scratch, NULL};
	int lock = hold_lock(run);
	double showing[MAX_RUNS], listing[MAX_RUNS], opening[MAX_RUNS], bytes = 0;
	for (int i = 0; i < b->runs; i++) {
		showing[i] = run_command(b, show);
		listing[i] = run_command(b, ls);
		opening[i] = open_viewer(b, run, &bytes);
	}
	tell("log of a week: opened on the screen, to its end", opening, b->runs);
	tell("log of a week: thaw show", showing, b->runs);
	tell("log of a week: thaw ls", listing, b->runs);
	report(&(struct figure){.name = "log of a week: peak memory of the viewer",
				.unit = "MB",
				.ours = bytes / 1e6,
				.less = true,
				.runs = 1});
	close(lock);
	free(run);
}
