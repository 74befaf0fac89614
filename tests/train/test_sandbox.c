/* The sandbox: a process in it tries what it must not, and what it must be able to. What this kernel
 * has not cannot be tried, and is skipped. */
#include "../../src/train/every_thread.h"
#include "../../src/train/landlock.h"
#include "../../src/train/sandbox.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

static char *root, *data, *secret, *run_path; /* what may be read, what not, what may be written */
static struct folder run;
static int report; /* of the child: where its complaints go */
static int n_bad;

static char *file_in(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	assert_int_equal(file_mkdirs(dir, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(path, "x", 1, NULL), ERR_OK);
	return path;
}

static int make_root(void **state)
{
	(void)state;
	root = scratch_new();
	data = path_join(root, "data");
	run_path = path_join(root, "run");
	char *one = file_in(data, "1.png"), *two = file_in(run_path, "last.weights");
	char *kept = path_join(run_path, "checkpoints"), *home = path_join(root, ".ssh");
	secret = file_in(home, "id");
	assert_int_equal(file_mkdirs(kept, NULL), ERR_OK);
	assert_int_equal(folder_open(&run, run_path, NULL), ERR_OK);
	free(one);
	free(two);
	free(kept);
	free(home);
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	folder_close(&run);
	scratch_free(root);
	free(data);
	free(secret);
	free(run_path);
	return 0;
}

/* ---- in the child ---- */

#define WANT(what) want(what, #what, __LINE__)

static void want(bool ok, const char *what, int line)
{
	if (!ok)
		dprintf(report, "line %d: %s: %s\n", line, what, strerror(errno));
	n_bad += !ok;
}

static bool opens(const char *dir, const char *name, int flags)
{
	char *path = name ? path_join(dir, name) : xstrdup(dir);
	int fd = open(path, flags | O_CLOEXEC, 0666);
	int saved = errno;
	if (fd >= 0)
		close(fd);
	free(path);
	errno = saved;
	return fd >= 0;
}

static bool refused(bool done, int error)
{
	return !done && errno == error;
}

static void try_files(void)
{
	WANT(opens(data, "1.png", O_RDONLY));
	WANT(opens(data, NULL, O_RDONLY | O_DIRECTORY));
	WANT(opens("/proc/self/statm", NULL, O_RDONLY));
	WANT(opens("/dev/null", NULL, O_RDWR));
	WANT(opens("/sys/devices/system/cpu/online", NULL, O_RDONLY));
	WANT(refused(opens(secret, NULL, O_RDONLY), EACCES));
	WANT(refused(opens(root, "new", O_WRONLY | O_CREAT), EACCES));
	WANT(refused(opens(data, "1.png", O_WRONLY), EACCES));
	WANT(refused(opens(data, "2.png", O_WRONLY | O_CREAT), EACCES));
	WANT(refused(opens("/etc/passwd", NULL, O_RDONLY), EACCES));
	WANT(refused(truncate(secret, 0) == 0, EACCES) || landlock_abi() < 3);
	WANT(refused(unlink(secret) == 0, EACCES));
	WANT(refused(symlinkat("x", run.fd, "link") == 0, EACCES));
}

static void try_run(void)
{
	WANT(!folder_replace(&run, "last.weights", "new", 3, NULL));
	WANT(linkat(run.fd, "last.weights", run.fd, "checkpoints/1", 0) == 0);
	WANT(renameat(run.fd, "last.weights", run.fd, "checkpoints/2") == 0);
	WANT(renameat(run.fd, "checkpoints/2", run.fd, "last.weights") == 0);
	WANT(unlinkat(run.fd, "checkpoints/1", 0) == 0);
	int fd = folder_scratch(&run);
	WANT(fd >= 0 || errno == EOPNOTSUPP);
	if (fd >= 0)
		WANT(ftruncate(fd, 4096) == 0);
	close(fd);
}

static bool executes(const char *program)
{
	char *argv[] = {xstrdup(program), NULL};
	return execv(program, argv) == 0;
}

static void try_others(void)
{
	WANT(refused(socket(AF_INET, SOCK_STREAM, 0) >= 0, EACCES));
	WANT(refused(socket(AF_INET6, SOCK_DGRAM, 0) >= 0, EACCES));
	WANT(refused(socket(AF_UNIX, SOCK_STREAM, 0) >= 0, EACCES));
	WANT(refused(executes("/bin/true"), EPERM));
	WANT(refused(kill(getppid(), 0) == 0, EPERM));
	WANT(refused(syscall(SYS_tkill, getppid(), 0) == 0, EPERM));
	WANT(kill(getpid(), 0) == 0);
	WANT(refused(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) == 0, EPERM));
	WANT(refused(syscall(SYS_io_uring_setup, 1, NULL) >= 0, EPERM));
}

static void *nothing(void *arg)
{
	return arg;
}

static void try_what_is_needed(void)
{
	pthread_t t;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	WANT(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0); /* code is made at run time */
	WANT(pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0);
	WANT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
}

/* A socket that listened before goes on. */
static void try_control(int listening, const struct sockaddr_un *at)
{
	int pair[2];
	WANT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	char byte = 'x';
	WANT(write(pair[0], &byte, 1) == 1 && read(pair[1], &byte, 1) == 1);
	WANT(accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) >= 0);
	WANT(unlink(at->sun_path) == 0);
}

static int listen_at(struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client;
	*at = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(at->sun_path, sizeof(at->sun_path), "%s/control.sock", run_path);
	assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof(*at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (struct sockaddr *)at, sizeof(*at)), 0);
	return fd;
}

/* ---- threads that were there before ---- */

struct other {
	pthread_t thread;
	int go[2]; /* a byte: try */
	bool reads_secret;
};

static void *other_thread(void *arg)
{
	struct other *o = arg;
	char byte;
	while (read(o->go[0], &byte, 1) < 0)
		;
	o->reads_secret = opens(secret, NULL, O_RDONLY);
	return NULL;
}

static void other_start(struct other *o, bool deaf)
{
	sigset_t all, before;
	sigfillset(&all);
	assert_int_equal(pipe(o->go), 0);
	pthread_sigmask(deaf ? SIG_BLOCK : SIG_UNBLOCK, &all, &before);
	assert_int_equal(pthread_create(&o->thread, NULL, other_thread, o), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool other_reads_secret(struct other *o)
{
	WANT(write(o->go[1], "", 1) == 1);
	pthread_join(o->thread, NULL);
	return o->reads_secret;
}

/* ---- */

static void enter(struct strbuf *words)
{
	const char *const read[] = {data, NULL};
	WANT(sandbox_enter_for(read, &run, words));
}

static void in_the_sandbox(void)
{
	struct strbuf words = STRBUF_INIT, told = STRBUF_INIT;
	struct sockaddr_un at;
	struct other before;
	int listening = listen_at(&at);
	other_start(&before, false);
	sandbox_words(&told);
	enter(&words);
	WANT(strcmp(words.buf, told.buf) == 0); /* as `thaw check` says */
	WANT(!other_reads_secret(&before));
	try_files();
	try_run();
	try_others();
	try_what_is_needed();
	try_control(listening, &at);
	strbuf_release(&words);
	strbuf_release(&told);
}

/* A library's thread that hears no signal stays outside of Landlock, and that is said; the filter of
 * system calls holds it. */
static void beside_a_deaf_thread(void)
{
	struct strbuf words = STRBUF_INIT;
	const char *const read[] = {data, NULL};
	struct other deaf;
	other_start(&deaf, true);
	WANT(!sandbox_enter_for(read, &run, &words));
	WANT(strstr(words.buf, " but for 1 thread of libraries") != NULL);
	WANT(other_reads_secret(&deaf));
	WANT(refused(opens(secret, NULL, O_RDONLY), EACCES));
	strbuf_release(&words);
}

/* From now on this call is one that the kernel does not know. */
static void forget_call(int call)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = sizeof(code) / sizeof(*code), .filter = code};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	WANT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0);
}

static void on_an_old_kernel(void)
{
	struct strbuf words = STRBUF_INIT;
	const char *const read[] = {data, NULL};
	forget_call(SYS_landlock_create_ruleset);
	WANT(!sandbox_words(&words));
	WANT(strcmp(words.buf, "seccomp") == 0);
	strbuf_reset(&words);
	WANT(!sandbox_enter_for(read, &run, &words));
	WANT(strcmp(words.buf, "seccomp") == 0);
	WANT(opens(secret, NULL, O_RDONLY));
	try_others();
	strbuf_release(&words);
}

static void on_a_very_old_kernel(void)
{
	struct strbuf words = STRBUF_INIT;
	const char *const read[] = {data, NULL};
	forget_call(SYS_landlock_create_ruleset);
	forget_call(SYS_seccomp);
	WANT(!sandbox_enter_for(read, &run, &words));
	WANT(strcmp(words.buf, "no_new_privs alone") == 0);
	WANT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	WANT(opens(secret, NULL, O_RDONLY));
	strbuf_release(&words);
}

static bool count_call(void *arg)
{
	int *n = arg;
	__atomic_add_fetch(n, 1, __ATOMIC_SEQ_CST);
	return true;
}

static void every_thread_is_reached_once(void **state)
{
	(void)state;
	enum { N = 20 };
	struct other others[N];
	int n = 0;
	for (int i = 0; i < N; i++)
		other_start(&others[i], false);
	assert_int_equal(every_thread(count_call, &n), 0);
	assert_int_equal(n, N + 1);
	for (int i = 0; i < N; i++)
		assert_true(other_reads_secret(&others[i]));
}

/* What `fn` complains of, in a process of its own. */
static void apart(void (*fn)(void))
{
	int fds[2], status;
	char text[4096];
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		report = fds[1];
		fn();
		_exit(n_bad ? 1 : 0);
	}
	close(fds[1]);
	size_t len = 0;
	for (ssize_t n;
	     len < sizeof(text) - 1 && (n = read(fds[0], text + len, sizeof(text) - 1 - len)) > 0;)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("status %x: %s", (unsigned)status, text);
}

static void need_all(void)
{
	struct strbuf words = STRBUF_INIT;
	bool all = sandbox_words(&words);
	if (!all)
		print_message("skipped: this kernel has: %s\n", words.buf);
	strbuf_release(&words);
	if (!all)
		skip();
}

static void what_it_refuses(void **state)
{
	(void)state;
	need_all();
	apart(in_the_sandbox);
}

static void what_is_left_on_old_kernels(void **state)
{
	(void)state;
	need_all();
	apart(on_an_old_kernel);
	apart(on_a_very_old_kernel);
}

static void a_thread_that_is_not_reached(void **state)
{
	(void)state;
	need_all();
	apart(beside_a_deaf_thread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_thread_is_reached_once),
	    cmocka_unit_test(what_it_refuses),
	    cmocka_unit_test(what_is_left_on_old_kernels),
	    cmocka_unit_test(a_thread_that_is_not_reached),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
