#include "emergency.h"
#include "thaw/base/alloc.h"
#include "thaw/base/die.h"
#include "thaw/base/plain.h"
#include "thaw/base/run_files.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_SIZE 32768 /* for handlers, so that a stack overflow can be reported too */

static const struct fatal {
	int signo;
	const char *reason;
} fatal_signals[] = {
    {SIGSEGV, "the trainer crashed: segmentation fault"},
    {SIGBUS, "the trainer crashed: bus error"},
    {SIGFPE, "the trainer crashed: arithmetic error"},
    {SIGILL, "the trainer crashed: illegal instruction"},
    {SIGABRT, "the trainer aborted; " RUN_TRAINER_LOG " may say why"},
    {SIGSYS, "the trainer crashed: bad system call"},
    {SIGTRAP, "the trainer crashed: trace trap"},
};

static const struct log_writer *armed_log;
static atomic_bool armed;
static int64_t epochs_done, iters_done;

#define REASON_MAX 600 /* bytes of it that are told, escaped */

struct line {
	char text[1024];
	size_t len;
};

static void put(struct line *l, const char *s)
{
	size_t n = strlen(s);
	if (n < sizeof(l->text) - l->len) {
		memcpy(l->text + l->len, s, n);
		l->len += n;
	}
}

/* As the inside of a JSON string; what does not show itself becomes '?'. */
static void put_reason(struct line *l, const char *s)
{
	size_t n, end = l->len + REASON_MAX;
	for (uint32_t c; *s && l->len < end; s += n ? n : 1) {
		n = utf8_decode(s, strlen(s), &c);
		char shown[8] = "?";
		if (n && plain_shows(c))
			memcpy(shown + (c == '"' || c == '\\'), s, n);
		if (n && (c == '"' || c == '\\'))
			shown[0] = '\\';
		put(l, shown);
	}
}

static void put_number(struct line *l, const char *key, int64_t n)
{
	char digits[24];
	size_t i = sizeof(digits);
	uint64_t v = n < 0 ? 0 : (uint64_t)n;
	digits[--i] = '\0';
	do
		digits[--i] = (char)('0' + v % 10);
	while (v /= 10);
	put(l, key);
	put(l, digits + i);
}

int64_t peak_rss_bytes(void)
{
	struct rusage u;
	return getrusage(RUSAGE_SELF, &u) == 0 ? (int64_t)u.ru_maxrss * 1024 : 0;
}

/* Mirrors what event_encode() writes for an end event. */
static void last_word(const char *reason)
{
	if (!atomic_exchange(&armed, false))
		return;
	int64_t t_ms = log_writer_elapsed_ms(armed_log);
	struct line l = {.len = 0};
	put(&l, "\n"); /* the line before may be torn; an empty one is skipped */
	put_number(&l, "{\"seq\":", log_writer_next_seq(armed_log));
	put_number(&l, ",\"t\":", t_ms);
	put(&l, ",\"ev\":\"end\",\"status\":\"failed\",\"reason\":\"");
	put_reason(&l, reason);
	put_number(&l, "\",\"epochs\":", epochs_done);
	put_number(&l, ",\"iters\":", iters_done);
	put_number(&l, ",\"seconds\":", t_ms / 1000);
	put_number(&l, ",\"peak_rss\":", peak_rss_bytes());
	put(&l, "}\n");
	ssize_t n = write(log_writer_fd(armed_log), l.text, l.len);
	(void)n;
}

static void on_fatal(int signo)
{
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(*fatal_signals); i++)
		if (fatal_signals[i].signo == signo)
			last_word(fatal_signals[i].reason);
	raise(signo); /* SA_RESETHAND: the default action now */
}

static void on_exit_unforeseen(void)
{
	last_word("the trainer exited before its end; " RUN_TRAINER_LOG " may say why");
}

static void on_no_memory(void)
{
	char reason[256];
	snprintf(reason, sizeof(reason),
		 "out of memory: %.1f MB more were wanted, and it had taken %.1f MB at most: use a "
		 "smaller train.batch, network.input or train.cache",
		 (double)alloc_wanted() / 1e6, (double)peak_rss_bytes() / 1e6);
	last_word(reason);
}

static void install(void)
{
	static char stack[STACK_SIZE];
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
	sigaltstack(&ss, NULL);
	struct sigaction sa = {.sa_handler = on_fatal, .sa_flags = SA_RESETHAND | SA_ONSTACK};
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(*fatal_signals); i++)
		sigaction(fatal_signals[i].signo, &sa, NULL);
	alloc_on_failure(on_no_memory);
	die_hook(last_word);
	atexit(on_exit_unforeseen);
}

void emergency_arm(const struct log_writer *log)
{
	static bool installed;
	armed_log = log;
	epochs_done = iters_done = 0;
	if (!installed)
		install();
	installed = true;
	atomic_store(&armed, true);
}

void emergency_progress(int64_t epochs, int64_t iters)
{
	epochs_done = epochs;
	iters_done = iters;
}

void emergency_disarm(void)
{
	atomic_store(&armed, false);
}
