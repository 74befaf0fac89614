#include "torch.h"

#include "bench.h"

#include "thaw/base/alloc.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct torch {
	pid_t pid;
	FILE *to, *from;
	char *line; /* the last answer */
	size_t cap;
	char *version;
	const char *python;
};

static const char *const pythons[] = {"python3", "/usr/bin/python3"};

static void start(struct torch *t, const char *python, const char *script)
{
	int down[2], up[2];
	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		die("no pipe for %s", python);
	t->pid = fork();
	if (t->pid == 0) {
		dup2(down[0], 0);
		dup2(up[1], 1);
		/* Memory that it frees stays its own: handed back and faulted in again at every
		 * step it would cost PyTorch up to three quarters of its speed. */
		setenv("MALLOC_MMAP_MAX_", "0", 1);
		setenv("MALLOC_TRIM_THRESHOLD_", "17179869184", 1);
		execlp(python, python, script, (char *)NULL);
		_exit(127);
	}
	close(down[0]);
	close(up[1]);
	t->to = fdopen(down[1], "w");
	t->from = fdopen(up[0], "r");
	if (t->pid < 0 || !t->to || !t->from)
		die("cannot start %s", python);
}

static void stop(struct torch *t)
{
	fclose(t->to);
	fclose(t->from);
	waitpid(t->pid, NULL, 0);
}

/* NULL when it has gone. */
static const char *read_line(struct torch *t)
{
	ssize_t n = getline(&t->line, &t->cap, t->from);
	if (n <= 0)
		return NULL;
	t->line[strcspn(t->line, "\n")] = '\0';
	return t->line;
}

/* What follows "ok "; NULL when it is something else. */
static const char *fine(const char *line)
{
	if (strncmp(line, "ok", 2) != 0)
		return NULL;
	return line[2] ? line + 3 : "";
}

struct torch *torch_open(const char *script, int threads)
{
	struct torch *t = xcalloc(1, sizeof(*t));
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(pythons) / sizeof(*pythons); i++) {
		start(t, pythons[i], script);
		const char *line = read_line(t);
		if (line && fine(line)) {
			t->version = xstrdup(fine(line));
			t->python = pythons[i];
			torch_ask(t, "threads %d", threads);
			return t;
		}
		stop(t);
	}
	free(t->line);
	free(t);
	return NULL;
}

void torch_close(struct torch *t)
{
	if (!t)
		return;
	stop(t);
	free(t->line);
	free(t->version);
	free(t);
}

const char *torch_version(const struct torch *t)
{
	return t->version;
}

const char *torch_python(const struct torch *t)
{
	return t->python;
}

/* The whole answer. */
__attribute__((format(printf, 2, 0))) static const char *ask(struct torch *t, const char *question, va_list ap)
{
	vfprintf(t->to, question, ap);
	fputc('\n', t->to);
	fflush(t->to);
	const char *line = read_line(t);
	if (!line)
		die("PyTorch has gone; what it said last is above");
	return line;
}

const char *torch_ask(struct torch *t, const char *question, ...)
{
	va_list ap;
	va_start(ap, question);
	const char *line = ask(t, question, ap), *text = fine(line);
	va_end(ap);
	if (!text)
		die("PyTorch: %s", line);
	return text;
}

bool torch_try(struct torch *t, const char **text, const char *question, ...)
{
	va_list ap;
	va_start(ap, question);
	const char *line = ask(t, question, ap), *answer = fine(line);
	va_end(ap);
	*text = answer ? answer : line;
	return answer != NULL;
}

double torch_number(struct torch *t, const char *question)
{
	const char *text = torch_ask(t, "%s", question);
	char *end;
	double v = strtod(text, &end);
	if (end == text)
		die("PyTorch answers '%s' to '%s', no number", text, question);
	return v;
}
