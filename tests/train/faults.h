/* Faults at the n-th system call that writes, through the seam (thaw/base/sys.h), for runs of the
 * trainer on the stand-in network. */
#ifndef THAW_TESTS_TRAIN_FAULTS_H
#define THAW_TESTS_TRAIN_FAULTS_H

#include "fake_run.h"

#include "thaw/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static struct {
	int calls;        /* so far */
	int at;           /* the call that goes wrong; 0 = none */
	int error;        /* errno of it; 0: see below */
	int signal;       /* raised before it */
	bool shorten;     /* a write takes half of what it is given */
	int full;         /* errno of all that needs room, from now on; 0: there is room */
	int refused;      /* calls that `full` has refused */
	int refuse_until; /* ... there is room again after so many; 0 = never */
	struct sys real;
} faults;

static bool fault_here(void)
{
	if (++faults.calls != faults.at)
		return false;
	if (faults.signal)
		raise(faults.signal);
	errno = faults.error;
	return faults.error != 0;
}

static bool fault_full(void)
{
	if (!faults.full)
		return false;
	if (++faults.refused == faults.refuse_until) {
		faults.full = 0;
		return false;
	}
	errno = faults.full;
	return true;
}

static ssize_t fault_write(int fd, const void *data, size_t len)
{
	bool here = faults.calls + 1 == faults.at;
	if (fault_here() || fault_full())
		return -1;
	return faults.real.write(fd, data, here && faults.shorten && len > 1 ? len / 2 : len);
}

/* A killed process needs no disk to be in step, and waiting for one takes long. */
static int fault_sync(int fd)
{
	(void)fd;
	return fault_here() ? -1 : 0;
}

static int fault_ftruncate(int fd, off_t size)
{
	return fault_here() ? -1 : faults.real.ftruncate(fd, size);
}

static int fault_openat(int dir, const char *name, int flags, mode_t mode)
{
	return fault_here() || fault_full() ? -1 : faults.real.openat(dir, name, flags, mode);
}

static int fault_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fault_here() ? -1 : faults.real.renameat(from_dir, from, to_dir, to);
}

static int fault_linkat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fault_here() || fault_full() ? -1 : faults.real.linkat(from_dir, from, to_dir, to);
}

static int fault_unlinkat(int dir, const char *name)
{
	return fault_here() ? -1 : faults.real.unlinkat(dir, name);
}

/* Set-up of a test: no fault yet. */
static inline int no_faults(void **state)
{
	static struct sys real;
	if (!real.write)
		real = sys;
	memset(&faults, 0, sizeof(faults));
	faults.real = real;
	sys = (struct sys){.write = fault_write,
			   .fsync = fault_sync,
			   .fdatasync = fault_sync,
			   .ftruncate = fault_ftruncate,
			   .openat = fault_openat,
			   .renameat = fault_renameat,
			   .linkat = fault_linkat,
			   .unlinkat = fault_unlinkat};
	return reset_fake(state);
}

/* --- two epochs, each the best so far, the last one kept --- */

static const char *const two_epochs[] = {"phases.head.epochs=1", "phases.tune.epochs=1",
					 "train.keep=1"};
#define N_TWO_EPOCHS (sizeof(two_epochs) / sizeof(*two_epochs))

static inline enum trainer_status train_two(const char *name, struct errinfo *e)
{
	return train(name, two_epochs, N_TWO_EPOCHS, e);
}

static inline enum trainer_status go_on(const char *name, struct errinfo *e)
{
	struct trainer_options o = {.runs = runs, .name = name, .report_fd = -1};
	return trainer_resume(&o, e);
}

/* Do that in a process of its own, which may die of it; returns the wait status. What it says on
 * stdout is of no interest. */
static inline int apart(enum trainer_status (*fn)(const char *, struct errinfo *), const char *name,
			struct errinfo *e)
{
	int out[2];
	assert_int_equal(pipe(out), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		struct errinfo why = {0};
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		int status = (int)fn(name, &why);
		ssize_t n = faults.real.write(out[1], &why, sizeof(why));
		_exit(n > 0 ? status : 99);
	}
	close(out[1]);
	struct errinfo why = {0};
	ssize_t n = read(out[0], &why, sizeof(why));
	if (e && n == (ssize_t)sizeof(why))
		*e = why;
	close(out[0]);
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static inline bool ended_with(int wait_status, enum trainer_status status)
{
	return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == (int)status;
}

/* --- what a directory holds --- */

static int visible(const struct dirent *d)
{
	static const char *const others[] = {
	    "events.jsonl", "lock", "control.sock", "trainer.log", "checkpoints", ".", ".."};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(d->d_name, others[i]) == 0)
			return 0;
	return 1;
}

static inline void same_folder(const char *a, const char *b)
{
	struct dirent **one = NULL, **two = NULL;
	int n = scandir(a, &one, visible, alphasort), m = scandir(b, &two, visible, alphasort);
	for (int i = 0; i < n && i < m; i++)
		if (strcmp(one[i]->d_name, two[i]->d_name) != 0)
			fail_msg("%s has %s, %s has %s", a, one[i]->d_name, b, two[i]->d_name);
	if (n != m)
		fail_msg("%s has %d files, %s %d", a, n, b, m);
	for (int i = 0; i < n; i++) {
		struct strbuf x = STRBUF_INIT, y = STRBUF_INIT;
		char *p = path_join(a, one[i]->d_name), *q = path_join(b, one[i]->d_name);
		assert_int_equal(file_read(p, &x, NULL), ERR_OK);
		assert_int_equal(file_read(q, &y, NULL), ERR_OK);
		if (x.len != y.len || memcmp(x.buf, y.buf, x.len) != 0)
			fail_msg("%s and %s differ", p, q);
		strbuf_release(&x);
		strbuf_release(&y);
		free(p);
		free(q);
		free(one[i]);
		free(two[i]);
	}
	free(one);
	free(two);
}

/* The same files with the same bytes, and no others, but for the log. */
static inline void same_run(const char *a, const char *b)
{
	char *p = path_join(runs, a), *q = path_join(runs, b);
	same_folder(p, q);
	char *pk = path_join(p, "checkpoints"), *qk = path_join(q, "checkpoints");
	same_folder(pk, qk);
	free(p);
	free(q);
	free(pk);
	free(qk);
}

/* The log ends so, and no line of it is missing. */
static inline void whole_log(const char *name, enum end_status status)
{
	struct log l;
	log_read(&l, name);
	assert_true(l.n > 0);
	int64_t seq = 0;
	for (size_t i = 0; i < l.n; i++) { /* iterations that were told together share theirs */
		seq += l.events[i].type != EV_STEP || l.events[i].seq != seq;
		assert_int_equal(l.events[i].seq, seq);
	}
	assert_int_equal(l.events[l.n - 1].type, EV_END);
	assert_int_equal(l.h.end.status, status);
	log_free(&l);
}

static inline void forget_run(const char *name)
{
	char *path = path_join(runs, name);
	nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

#endif
