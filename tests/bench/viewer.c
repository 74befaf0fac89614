/* The viewer beside training that takes every core: how soon a key shows, and what a run costs a
 * slow line. A terminal is played for it that answers at once and draws nothing.
 */
#include "bench.h"

#include "thaw/base/clock.h"
#include "thaw/base/file.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORDED "data/pretrained/pretrain-cifar10" /* a run of an hour and a half */

enum { WIDTH = 120, HEIGHT = 40, KEYS = 101, QUIET_MS = 300, LIMIT_MS = 20000 };
enum { WARM_MS = 5000, STEADY_MS = 20000 };

struct seat { /* in front of the terminal */
	pid_t pid;
	int fd;
	int64_t bytes;
	int matched; /* bytes of the question that came so far */
};

static void sit_down(struct seat *s, const struct bench *b, const char *speed)
{
	struct winsize size = {.ws_col = WIDTH, .ws_row = HEIGHT};
	*s = (struct seat){.fd = -1};
	s->pid = forkpty(&s->fd, NULL, NULL, &size);
	if (s->pid < 0)
		die("no pseudo-terminal");
	if (s->pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		setenv("THAW_REMEMBER", "0", 1);
		unsetenv("COLORTERM");
		execl(b->thaw, b->thaw, "replay", RECORDED, "--speed", speed, (char *)NULL);
		_exit(127);
	}
}

static void stand_up(struct seat *s)
{
	kill(s->pid, SIGTERM);
	close(s->fd);
	waitpid(s->pid, NULL, 0);
}

/* Answer "how are you" (DSR), wherever the question was cut. */
static void answer(struct seat *s, const char *bytes, ssize_t n)
{
	static const char question[] = "\x1b[5n", well[] = "\x1b[0n";
	for (ssize_t i = 0; i < n; i++) {
		s->matched =
		    bytes[i] == question[s->matched] ? s->matched + 1 : bytes[i] == question[0];
		if (question[s->matched])
			continue;
		s->matched = 0;
		if (write(s->fd, well, sizeof(well) - 1) < 0)
			die("the viewer is gone");
	}
}

/* Read for at most `ms`; returns as soon as something came. */
static bool look(struct seat *s, int ms)
{
	char buf[65536];
	struct pollfd in = {.fd = s->fd, .events = POLLIN};
	if (poll(&in, 1, ms) < 1)
		return false;
	ssize_t n = read(s->fd, buf, sizeof(buf));
	if (n <= 0)
		die("%s replay " RECORDED " ended too soon", "thaw");
	s->bytes += n;
	answer(s, buf, n);
	return true;
}

static void look_until_quiet(struct seat *s, int quiet_ms)
{
	int64_t until = clock_ms() + LIMIT_MS;
	while (look(s, quiet_ms))
		if (clock_ms() > until)
			die("the viewer does not come to rest");
}

static void look_for(struct seat *s, int64_t ms)
{
	for (int64_t until = clock_ms() + ms, left; (left = until - clock_ms()) > 0;)
		look(s, (int)left);
}

static void press(struct seat *s, const char *key)
{
	if (write(s->fd, key, strlen(key)) < 0)
		die("the viewer is gone");
}

/* From the key to the first byte that changes the screen. Shape: ms[keys], sorted */
static void press_keys(struct seat *s, int keys, int quiet_ms, double *ms)
{
	for (int i = 0; i < keys; i++) {
		double began = clock_seconds();
		press(s, i % 2 ? "1" : "2");
		if (!look(s, LIMIT_MS))
			die("a key is not answered");
		ms[i] = (clock_seconds() - began) * 1e3;
		look_until_quiet(s, quiet_ms);
	}
	median_of(ms, keys);
}

void viewer_latency(const struct bench *b, int keys, int quiet_ms, struct company company,
		    double *ms)
{
	struct seat s;
	sit_down(&s, b, "1");
	look_until_quiet(&s, QUIET_MS);
	press(&s, "\x1bOF"); /* End: nothing moves any more */
	look_until_quiet(&s, QUIET_MS);
	company.begin(company.arg);
	press_keys(&s, keys, quiet_ms, ms);
	company.end(company.arg);
	stand_up(&s);
}

bool viewer_can(void)
{
	if (file_exists(RECORDED "/events.jsonl"))
		return true;
	printf("left out: the viewer (needs " RECORDED ")\n");
	return false;
}

static void begin_busy(void *pids)
{
	be_busy(pids);
}

static void end_busy(void *pids)
{
	rest(pids);
}

static void latency(const struct bench *b)
{
	pid_t busy[BUSY];
	double ms[KEYS];
	viewer_latency(b, KEYS, QUIET_MS, (struct company){begin_busy, end_busy, busy}, ms);
	report(&(struct figure){.name = "viewer, all cores busy: key to screen, median",
				.unit = "ms",
				.ours = ms[KEYS / 2],
				.less = true,
				.runs = KEYS});
	report(&(struct figure){.name = "viewer, all cores busy: key to screen, 95 of 100",
				.unit = "ms",
				.ours = ms[KEYS * 95 / 100],
				.less = true,
				.runs = KEYS});
}

/* The page of a run that trains, at its own speed, after the first screen. */
static void traffic(const struct bench *b)
{
	struct seat s;
	sit_down(&s, b, "1");
	look_for(&s, WARM_MS);
	int64_t before = s.bytes;
	look_for(&s, STEADY_MS);
	report(&(struct figure){.name = "viewer: steady traffic at 120x40",
				.unit = "B/s",
				.ours = (double)(s.bytes - before) * 1000 / STEADY_MS,
				.less = true,
				.runs = 1});
	stand_up(&s);
}

void bench_viewer(struct bench *b)
{
	if (!viewer_can())
		return;
	latency(b);
	traffic(b);
}
