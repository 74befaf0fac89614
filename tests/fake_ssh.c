#include "fake_ssh.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLE "FAKE_SSH_DIR"

/* One file that the test and every "ssh" have mapped. */
struct shared {
	int32_t what;
	int64_t n;
	char words[512];
	int32_t pid, connections;
	int64_t bytes;
};

static struct shared *shared;
static char home[512];

static void attach_shared(const char *dir)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/plan", dir);
	snprintf(home, sizeof(home), "%s/home", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*shared)) != 0)
		abort();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		abort();
	close(fd);
}

void fake_ssh_open(const char *dir)
{
	static char self[512];
	attach_shared(dir);
	memset(shared, 0, sizeof(*shared));
	mkdir(home, 0700);
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0 || setenv("THAW_SSH", self, 1) != 0 || setenv(VARIABLE, dir, 1) != 0)
		abort();
}

void fake_ssh_plan(enum fake_ssh what, int64_t n, const char *words)
{
	shared->what = what;
	shared->n = n;
	snprintf(shared->words, sizeof(shared->words), "%s", words ? words : "");
}

pid_t fake_ssh_pid(void)
{
	return shared->pid;
}

int64_t fake_ssh_bytes(void)
{
	return shared->bytes;
}

int fake_ssh_connections(void)
{
	return shared->connections;
}

const char *fake_ssh_home(void)
{
	return home;
}

/* ---- as ssh ---- */

static pid_t run_command(const char *command, int in, int out)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	if (chdir(home) == 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(126);
}

static void put(const char *bytes, ssize_t n)
{
	while (n > 0) {
		ssize_t done = write(STDOUT_FILENO, bytes, (size_t)n);
		if (done <= 0)
			_exit(255);
		bytes += done;
		n -= done;
	}
}

/* Pass bytes down; false: this was the end. */
static bool pass_down(int from)
{
	char bytes[4096];
	static char junk[65536];
	ssize_t n = read(from, bytes, sizeof(bytes));
	if (n <= 0)
		return false;
	int64_t left = shared->n - shared->bytes;
	bool ends = n > left && (shared->what == FAKE_CUT || shared->what == FAKE_STALL ||
				 shared->what == FAKE_GARBAGE);
	ssize_t most = ends ? (ssize_t)left : n;
	put(bytes, most);
	shared->bytes += most;
	if (!ends)
		return true;
	memset(junk, 0xff, sizeof(junk));
	if (shared->what == FAKE_GARBAGE)
		put(junk, sizeof(junk));
	while (shared->what == FAKE_STALL || shared->what == FAKE_GARBAGE)
		pause();
	return false;
}

static void relay(int to, int from)
{
	char bytes[4096];
	for (bool up = true;;) {
		struct pollfd p[] = {{from, POLLIN, 0}, {up ? STDIN_FILENO : -1, POLLIN, 0}};
		poll(p, 2, -1);
		if (p[1].revents) {
			ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
			up = n > 0 && write(to, bytes, (size_t)n) == n;
			if (!up)
				close(to);
		}
		if (p[0].revents && !pass_down(from))
			return;
	}
}

static bool ask(void)
{
	static const char prompt[] = "password: ", no[] = "Permission denied (password).\n";
	char answer[64];
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	bool right = tty >= 0 && write(tty, prompt, sizeof(prompt) - 1) > 0 &&
		     read(tty, answer, sizeof(answer)) == 7 && memcmp(answer, "secret\n", 7) == 0;
	if (!right && write(STDERR_FILENO, no, sizeof(no) - 1) < 0)
		abort();
	return right;
}

static int as_ssh(const char *command)
{
	static const char noise[] = "Welcome to the machine.\r\n\x1b[31m{\"thaw\":1}\nno newline: ";
	int in[2], out[2], status = 0;
	shared->pid = getpid();
	shared->connections++;
	shared->bytes = 0;
	if (*shared->words)
		fprintf(stderr, "%s\n", shared->words);
	if (shared->what == FAKE_REFUSE)
		return (int)shared->n;
	if (shared->what == FAKE_ASK && !ask())
		return 255;
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return 255;
	pid_t pid = run_command(command, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	if (shared->what == FAKE_NOISE)
		put(noise, sizeof(noise) - 1);
	int32_t what = shared->what;
	relay(in[1], out[0]);
	if (what == FAKE_CUT)
		_exit(255);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

void fake_ssh_main(int argc, char **argv)
{
	const char *dir = getenv(VARIABLE);
	if (!dir || argc < 4 || strcmp(argv[argc - 3], "--") != 0)
		return;
	attach_shared(dir);
	exit(as_ssh(argv[argc - 1]));
}
