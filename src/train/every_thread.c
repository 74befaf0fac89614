#include "every_thread.h"
#include "thaw/base/alloc.h"
#include "thaw/base/signals.h"

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Of a thread that blocks the signal, perhaps for a moment only; of one that is not given a core. */
enum { BLOCKED_MS = 500, ANSWER_MS = 20000 };

static bool (*what)(void *arg);
static void *what_of;
static volatile sig_atomic_t worked;
static sem_t answer;

static void on_signal(int signo)
{
	int saved = errno;
	(void)signo;
	worked = what(what_of);
	sem_post(&answer);
	errno = saved;
}

static bool blocks(pid_t tid)
{
	char path[64], line[256];
	unsigned long long mask = 0;
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "SigBlk: %llx", &mask) == 1)
			break;
	if (f)
		fclose(f);
	return mask >> (SIGNAL_OF_THREADS - 1) & 1;
}

static struct timespec in_ms(long ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static bool ask(pid_t tid)
{
	while (sem_trywait(&answer) == 0) /* of one that was given up */
		;
	struct timespec until = in_ms(blocks(tid) ? BLOCKED_MS : ANSWER_MS);
	if (syscall(SYS_tgkill, getpid(), tid, SIGNAL_OF_THREADS) != 0)
		return errno == ESRCH; /* it has ended */
	int r;
	while ((r = sem_clockwait(&answer, CLOCK_MONOTONIC, &until)) != 0 && errno == EINTR)
		;
	return r == 0 && worked;
}

struct asked {
	pid_t *tids;
	size_t n, cap;
	int n_failed;
};

static bool is_asked(const struct asked *a, pid_t tid)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->tids[i] == tid)
			return true;
	return false;
}

/* Those that are there now and were not asked; false: all were. */
static bool ask_others(struct asked *a)
{
	DIR *dir = opendir("/proc/self/task");
	size_t before = a->n;
	struct dirent *d;
	while (dir && (d = readdir(dir))) {
		pid_t tid = (pid_t)strtol(d->d_name, NULL, 10);
		if (tid <= 0 || is_asked(a, tid))
			continue;
		ALLOC_GROW(a->tids, a->n + 1, a->cap);
		a->tids[a->n++] = tid;
		a->n_failed += !ask(tid);
	}
	if (dir)
		closedir(dir);
	return a->n > before;
}

int every_thread(bool (*fn)(void *arg), void *arg)
{
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct asked a = {0};
	what = fn;
	what_of = arg;
	sem_init(&answer, 0, 0);
	sigemptyset(&act.sa_mask);
	sigaction(SIGNAL_OF_THREADS, &act, NULL); /* for good: an answer may come late */
	ALLOC_GROW(a.tids, 1, a.cap);
	a.tids[a.n++] = (pid_t)syscall(SYS_gettid);
	while (ask_others(&a))
		;
	free(a.tids);
	return fn(arg) ? a.n_failed : -1;
}
