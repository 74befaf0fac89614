#include "thaw/engine/box.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Signals that mean "Darknet broke" while it runs on this thread. */
static const int fatal_signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { KEPT_MAX = 1 << 20 };
#define N_FATAL (int)(sizeof(fatal_signals) / sizeof(fatal_signals[0]))

/* One visit to the box; it lives on the stack of box_run(). */
struct visit {
	sigjmp_buf back;
	int capture;  /* where descriptors 1 and 2 lead meanwhile; -1 = nowhere */
	int saved[2]; /* what they were; -1 = closed */
	struct sigaction old[N_FATAL];
	stack_t old_stack;
	volatile int how; /* what ended it: 0 = returned, 'x' = exit(), else the signal's number */
	volatile int status; /* of exit() */
};

static _Thread_local struct visit *volatile inside; /* the visit of this thread, or NULL */
static struct sigaction *volatile outer_actions;    /* [N_FATAL], for a crash on another thread */
static int log_fd = -1;
static int kept = -1; /* a file in memory: what was printed in all visits */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(16) char alt_stack[64 * 1024]; /* for handlers, of the one visit at a time */

/* Darknet's memory belongs to Darknet; it forgets some of it in every parse. Weak: a program that
 * knows of more says it all itself. */
const char *__lsan_default_suppressions(void) __attribute__((weak));
const char *__lsan_default_suppressions(void)
{
	return "leak:libdarknet.so\nleak:libopencv\n";
}

_Noreturn static void leave_by(int how, int status)
{
	struct visit *v = inside;
	inside = NULL;
	v->how = how;
	v->status = status;
	siglongjmp(v->back, 1);
}

/* These two take the place of libc's for the whole program, libdarknet.so included: the linker
 * exports a symbol that a shared library on its command line wants, so no linker flag is needed. */
_Noreturn void exit(int status)
{
	if (inside)
		leave_by('x', status);
	void (*real)(int) = NULL;
	*(void **)&real = dlsym(RTLD_NEXT, "exit");
	if (real)
		real(status);
	_exit(status);
}

_Noreturn void __assert_fail(const char *expr, const char *file, unsigned line,
			     const char *function);
_Noreturn void __assert_fail(const char *expr, const char *file, unsigned line,
			     const char *function)
{
	bool told = inside && strcmp(expr, "0") == 0; /* Darknet's error() has printed its reason */
	if (!told)
		fprintf(stderr, "%s:%u: %s: assertion failed: %s\n", file, line, function, expr);
	abort();
}

/* ... and these of Darknet's, with which it draws the first weights of every layer: in the box they
 * are 0, as thaw draws its own by counter. It saves a third of the time that opening takes. */
float rand_normal(void);
float rand_normal(void)
{
	float (*real)(void) = NULL;
	if (inside)
		return 0;
	*(void **)&real = dlsym(RTLD_NEXT, "rand_normal");
	return real ? real() : 0;
}

float rand_uniform(float min, float max);
float rand_uniform(float min, float max)
{
	float (*real)(float, float) = NULL;
	if (inside)
		return min;
	*(void **)&real = dlsym(RTLD_NEXT, "rand_uniform");
	return real ? real(min, max) : min;
}

static void on_fatal(int sig)
{
	if (inside)
		leave_by(sig, 0);
	/* Not ours: put the program's own handler back; a fault happens again on return. */
	for (int i = 0; i < N_FATAL; i++)
		if (fatal_signals[i] == sig && outer_actions)
			sigaction(sig, &outer_actions[i], NULL);
	if (sig == SIGABRT)
		raise(sig);
}

static enum err no_descriptor(struct errinfo *e)
{
	return err_set(e, ERR_IO,
		       "no descriptor is free to keep what Darknet prints: %s; raise the limit "
		       "(ulimit -n)",
		       strerror(errno));
}

/* All or nothing: a stream that could not be saved could not be put back either. */
static enum err redirect(struct visit *v, struct errinfo *e)
{
	fflush(stdout);
	fflush(stderr);
	v->capture = memfd_create("darknet", MFD_CLOEXEC);
	if (v->capture < 0)
		v->capture = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (v->capture < 0)
		return no_descriptor(e);
	for (int i = 0; i < 2; i++) {
		v->saved[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 3);
		if (v->saved[i] >= 0 || errno == EBADF)
			continue;
		enum err r = no_descriptor(e);
		if (i && v->saved[0] >= 0)
			close(v->saved[0]);
		close(v->capture);
		return r;
	}
	for (int i = 0; i < 2; i++)
		dup2(v->capture, i + 1);
	return ERR_OK;
}

static void restore(struct visit *v)
{
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		if (v->saved[i] < 0) {
			close(i + 1);
			continue;
		}
		dup2(v->saved[i], i + 1);
		close(v->saved[i]);
	}
}

static void catch_signals(struct visit *v, stack_t *stack)
{
	struct sigaction act = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK | SA_NODEFER};
	sigemptyset(&act.sa_mask);
	sigaltstack(stack, &v->old_stack);
	for (int i = 0; i < N_FATAL; i++)
		sigaction(fatal_signals[i], &act, &v->old[i]);
	outer_actions = v->old;
}

static void release_signals(struct visit *v)
{
	for (int i = 0; i < N_FATAL; i++)
		sigaction(fatal_signals[i], &v->old[i], NULL);
	outer_actions = NULL;
	v->old_stack.ss_flags &= ~SS_ONSTACK;
	sigaltstack(&v->old_stack, NULL);
}

static off_t size_of(int fd)
{
	off_t len = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	return len > 0 ? len : 0;
}

/* Append the first len bytes of one file to another. No malloc(): the heap may be locked. */
static void append_file(int to, int from, off_t len)
{
	char chunk[4096];
	for (off_t at = 0; to >= 0 && at < len;) {
		size_t left = (size_t)(len - at);
		ssize_t n = pread(from, chunk, left < sizeof(chunk) ? left : sizeof(chunk), at);
		if (n <= 0 || write(to, chunk, (size_t)n) < 0)
			break;
		at += n;
	}
}

/* Put what was printed where it is kept and into the log, and its end into `tail`. */
static void keep_output(int capture, char *tail, size_t size)
{
	off_t len = size_of(capture), room = KEPT_MAX - size_of(kept);
	if (kept < 0 && len)
		kept = memfd_create("printed", MFD_CLOEXEC);
	append_file(kept, capture, len < room ? len : room);
	append_file(log_fd, capture, len);
	off_t from = len > (off_t)size - 1 ? len - (off_t)size + 1 : 0;
	ssize_t n = len > 0 ? pread(capture, tail, size - 1, from) : 0;
	tail[n > 0 ? n : 0] = '\0';
}

enum err box_open(int fd, struct errinfo *e)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy < 0)
		return err_set(e, ERR_IO, "descriptor %d: %s", fd, strerror(errno));
	append_file(copy, kept, size_of(kept));
	if (log_fd >= 0)
		close(log_fd);
	log_fd = copy;
	return ERR_OK;
}

void box_output(struct strbuf *out)
{
	char chunk[4096];
	ssize_t n;
	for (off_t at = 0; kept >= 0 && (n = pread(kept, chunk, sizeof(chunk), at)) > 0; at += n)
		strbuf_add(out, chunk, (size_t)n);
}

/* The last non-empty line of `text`, which is changed; "" when there is none. */
static char *last_line(char *text)
{
	size_t len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = '\0';
	static const char success[] = ": Success"; /* perror() without an errno */
	size_t n = sizeof(success) - 1;
	if (len > n && strcmp(text + len - n, success) == 0)
		text[len - n] = '\0';
	char *nl = strrchr(text, '\n');
	return nl ? nl + 1 : text;
}

static enum err broken(const struct visit *v, char *tail, struct errinfo *e)
{
	char how[64];
	if (v->how == 'x')
		snprintf(how, sizeof(how), "exit(%d)", v->status);
	else
		snprintf(how, sizeof(how), "signal %d, %s", v->how, strsignal(v->how));
	const char *line = last_line(tail);
	if (!*line)
		return err_set(e, ERR_DARKNET, "Darknet stopped (%s) and said nothing", how);
	return err_set(e, ERR_DARKNET, "Darknet stopped (%s): %s", how, line);
}

enum err box_run(enum err (*fn)(void *arg, struct errinfo *e), void *arg, struct errinfo *e)
{
	if (inside)
		return fn(arg, e);
	struct visit v = {.capture = -1};
	stack_t stack = {.ss_sp = alt_stack, .ss_size = sizeof(alt_stack)};
	pthread_mutex_lock(&one_at_a_time);
	volatile enum err r = redirect(&v, e);
	if (r) {
		pthread_mutex_unlock(&one_at_a_time);
		return r;
	}
	catch_signals(&v, &stack);
	if (sigsetjmp(v.back, 1) == 0) {
		inside = &v;
		r = fn(arg, e);
		inside = NULL;
	}
	release_signals(&v);
	restore(&v);
	char tail[800];
	keep_output(v.capture, tail, sizeof(tail));
	pthread_mutex_unlock(&one_at_a_time);
	if (v.capture >= 0)
		close(v.capture);
	return v.how ? broken(&v, tail, e) : r; /* no malloc() on the way: the heap may be locked */
}
