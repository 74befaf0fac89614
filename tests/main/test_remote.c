/* A run on another machine, watched by `thaw attach ssh://…`: the screen is the one that the run's own
 * machine shows, before and after the link broke; ssh may ask, but never touches the screen; nothing
 * that a host says does. Once through a real sshd, where there is one.
 */
#include "../fake_ssh.h"
#include "../hostile.h"
#include "../tui/stage.h"
#include "built.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/run_files.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *thaw, dir[64];

static char *in_dir(const char *name)
{
	return path_join(dir, name);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, P_tmpdir "/thaw-remote-XXXXXX");
	if (!mkdtemp(dir) || setenv("THAW_REMOTE", thaw, 1) != 0 ||
	    setenv("XDG_CONFIG_HOME", dir, 1) != 0)
		return -1;
	fake_ssh_open(dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	char *command = xasprintf("rm -rf '%s'", dir);
	int r = system(command);
	free(command);
	return r;
}

/* ---- the two screens ---- */

static struct pty *open_screen(const char *command, const char *run, const char *option)
{
	char *argv[] = {thaw, xstrdup(command), xstrdup(run), option ? xstrdup(option) : NULL,
			NULL};
	struct pty *p = pty_exec(100, 32, "xterm-256color", argv);
	for (int i = 1; argv[i]; i++)
		free(argv[i]);
	return p;
}

/* A run that goes on, whose files of a person's own lie elsewhere. */
static char *begin(struct stage_run *r)
{
	char *state = in_dir("state");
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	stage_begin(r);
	assert_int_equal(setenv("XDG_STATE_HOME", state, 1), 0);
	free(state);
	return xasprintf("ssh://me@host/%s", r->dir);
}

/* Without the lines that hold clocks. */
static const char *below_clocks(const char *cells)
{
	for (int i = 0; i < 2 && cells; i++)
		cells = strchr(cells, '\n') ? strchr(cells, '\n') + 1 : NULL;
	return cells ? cells : "";
}

struct twins {
	struct pty *here, *there;
};

static bool are_same(struct pty *p, void *arg)
{
	struct twins *t = arg;
	(void)p;
	pty_settles(t->there, 1, 20);
	char *a = pty_text(t->here), *b = pty_text(t->there);
	bool same = strcmp(below_clocks(a), below_clocks(b)) == 0;
	free(a);
	free(b);
	return same;
}

static void expect_same(struct twins *t)
{
	if (pty_until(t->here, are_same, t, WAIT_MS))
		return;
	fail_msg("here:\n%s\nthere:\n%s", pty_text(t->here), pty_text(t->there));
}

static void press(struct twins *t, const char *keys)
{
	pty_send(t->here, keys);
	pty_send(t->there, keys);
}

/* What stands on one page alone. */
static const struct {
	const char *key, *text;
} pages[] = {{"1", "what happened"},    {"2", "Under the cursor"}, {"3", "Confusion matrix"},
	     {"4", "m: mistakes"},      {"5", "Log ─────"},        {"6", "What happened, and why"}};
#define N_PAGES (sizeof(pages) / sizeof(*pages))

static void expect_mirror(const struct stage_run *r, const char *url)
{
	struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;
	char *log = stage_path(r, RUN_LOG), *name = xstrdup(r->dir), *copy;
	struct strbuf safe = STRBUF_INIT;
	(void)url;
	for (const char *c = name; *c; c++)
		strbuf_addf(&safe, *c == '/' ? "%%2F" : "%c", *c);
	copy = xasprintf("%s/state/thaw/remote/me%%40host/%s/" RUN_LOG, dir, safe.buf);
	assert_int_equal(file_read(log, &a, NULL), ERR_OK);
	assert_int_equal(file_read(copy, &b, NULL), ERR_OK);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.buf, b.buf, a.len);
	strbuf_release(&a);
	strbuf_release(&b);
	strbuf_release(&safe);
	free(log);
	free(copy);
	free(name);
}

static void leave(struct pty *p)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
}

/* ---- tests ---- */

static void test_same_screen(void **state)
{
	(void)state;
	struct stage_run r;
	char *url = begin(&r);
	struct twins t = {open_screen("attach", r.dir, NULL), open_screen("attach", url, NULL)};
	stage_expect(t.here, "▶ training");
	stage_expect(t.there, "▶ training");
	for (size_t i = 0; i <= N_PAGES; i++) {
		press(&t, pages[i % N_PAGES].key);
		stage_expect(t.here, pages[i % N_PAGES].text);
		stage_expect(t.there, pages[i % N_PAGES].text);
		expect_same(&t);
	}
	stage_expect(t.here, "iter 137/");
	sample_steps(&r.sample, 5, 0.005, 18);
	fflush(r.sample.out);
	stage_expect(t.here, "iter 142/");
	stage_expect(t.there, "iter 142/");
	expect_same(&t);
	struct strbuf raw = STRBUF_INIT;
	pty_record(t.there, &raw);
	/* ssh is killed: every page says so, looking goes on, nothing is sent; then it is back. */
	fake_ssh_plan(FAKE_REFUSE, 255, "ssh: connect to host: \x1b]0;t\x07 timed out");
	kill(fake_ssh_pid(), SIGKILL);
	for (size_t i = 0; i < N_PAGES; i++) {
		pty_send(t.there, pages[i].key);
		stage_expect(t.there, pages[i].text);
		stage_expect(t.there, "! link lost");
		stage_expect(t.there, "link lost, retrying");
	}
	pty_send(t.there, "p");
	stage_expect(t.there, "the link is lost: nothing was sent");
	sample_epochs(&r.sample, 6, 6);
	fflush(r.sample.out);
	fake_ssh_plan(FAKE_PASS, 0, "a banner that must not be seen");
	pty_send(t.there, "R1");
	stage_expect(t.there, "▶ training");
	stage_expect(t.here, "▶ training");
	pty_send(t.here, "1");
	assert_true(pty_lacks(t.there, "nothing was sent", WAIT_MS));
	stage_expect(t.here, "epoch 6/");
	stage_expect(t.there, "epoch 6/");
	expect_same(&t);
	expect_mirror(&r, url);
	leave(t.here);
	leave(t.there);
	assert_non_null(strstr(raw.buf, "link lost"));
	assert_null(memmem(raw.buf, raw.len, "]0;t\x07", 5));
	assert_null(memmem(raw.buf, raw.len, "must not be seen", 16));
	strbuf_release(&raw);
	free(url);
	stage_close(&r);
}

/* The run ends there; the trainer of another one is killed. */
static void test_ends(void **state)
{
	(void)state;
	for (int killed = 0; killed < 2; killed++) {
		struct stage_run r;
		char *url = begin(&r);
		struct twins t = {open_screen("attach", r.dir, NULL),
				  open_screen("attach", url, NULL)};
		stage_expect(t.here, "▶ training");
		stage_expect(t.there, "▶ training");
		if (!killed)
			sample_end(&r.sample, END_FINISHED, "all phases are done");
		fflush(r.sample.out);
		flock(r.lock, LOCK_UN);
		const char *word = killed ? "✗ crashed" : "✓ finished";
		stage_expect(t.here, word);
		stage_expect(t.there, word);
		for (int i = 0; i < 2; i++) {
			struct pty *p = i ? t.there : t.here;
			pty_send(p, "q");
			assert_int_equal(pty_wait_exit(p, WAIT_MS), killed);
			stage_expect_restored(p);
			pty_free(p);
		}
		expect_mirror(&r, url);
		/* ... and is no run to attach to, but one to play. */
		struct pty *p = open_screen("attach", url, NULL);
		assert_int_equal(pty_wait_exit(p, WAIT_MS), 1);
		assert_true(pty_shows(p, "is not running", WAIT_MS));
		pty_free(p);
		free(url);
		stage_close(&r);
	}
}

static void expect_show(const char *url, const char *words)
{
	char *command = xasprintf("%s show %s 2>/dev/null", thaw, url), text[4096];
	FILE *f = popen(command, "r");
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	assert_int_equal(pclose(f), 0);
	if (!strstr(text, words))
		fail_msg("no '%s' in: %s", words, text);
	free(command);
}

static void test_replay_and_offline(void **state)
{
	(void)state;
	struct stage_run r;
	char *url = begin(&r);
	sample_end(&r.sample, END_FINISHED, "all phases are done");
	fflush(r.sample.out);
	flock(r.lock, LOCK_UN);
	for (int offline = 0; offline < 2; offline++) {
		if (offline)
			fake_ssh_plan(FAKE_REFUSE, 255, "ssh: no route");
		struct pty *p = open_screen("replay", url, NULL);
		stage_expect(p, "replay ×");
		pty_send(p, "\x1bOF");
		stage_expect(p, "✓ finished");
		leave(p);
		expect_show(url, "finished (all phases are done)");
	}
	expect_mirror(&r, url);
	free(url);
	stage_close(&r);
}

static void test_headless(void **state)
{
	(void)state;
	struct stage_run r;
	free(begin(&r));
	/* of one slash, for those who do not know that it takes two */
	char *url = xasprintf("ssh://me@host%s", r.dir);
	struct pty *p = open_screen("attach", url, "--headless");
	stage_expect(p, "epoch 4/10");
	fake_ssh_plan(FAKE_REFUSE, 255, "ssh: \x1b[2J gone");
	kill(fake_ssh_pid(), SIGKILL);
	stage_expect(p, "link lost, retrying");
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	stage_expect(p, "the link is there again");
	sample_epochs(&r.sample, 5, 5);
	sample_end(&r.sample, END_STOPPED, "stopped");
	fflush(r.sample.out);
	stage_expect(p, "epoch 5/10");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 130);
	pty_free(p);
	free(url);
	stage_close(&r);
}

/* Before there is a screen ssh may ask; afterwards it has no terminal. */
static void test_asks_before_the_screen(void **state)
{
	(void)state;
	struct stage_run r;
	char *url = begin(&r);
	fake_ssh_plan(FAKE_ASK, 0, "a \x1b[31mbanner");
	struct pty *p = open_screen("attach", url, NULL);
	stage_expect(p, "password: ");
	stage_expect(p, "a \\x1b[31mbanner");
	pty_send(p, "secret\n");
	stage_expect(p, "▶ training");
	kill(fake_ssh_pid(), SIGKILL);
	stage_expect(p, "the key or password is refused");
	assert_true(pty_lacks(p, "password: ", WAIT_MS));
	leave(p);
	p = open_screen("attach", url, NULL);
	stage_expect(p, "password: ");
	pty_send(p, "wrong\n");
	stage_expect(p, "the key or password is refused; see that `ssh me@host` works");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 1);
	pty_free(p);
	p = open_screen("attach", url, NULL);
	stage_expect(p, "password: ");
	pty_send(p, "\x03");
	stage_expect(p, "ssh was interrupted");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 1);
	assert_true(pty_termios_restored(p));
	pty_free(p);
	free(url);
	stage_close(&r);
}

static void test_hostile_host(void **state)
{
	(void)state;
	struct stage_run r;
	char *url = begin(&r);
	for (size_t i = 0; i < N_HOSTILE; i++) {
		int fds[2];
		char bytes[8192];
		size_t n = 0;
		fake_ssh_plan(FAKE_REFUSE, 2, hostile_texts[i].text);
		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		pid_t pid = fork();
		if (pid == 0) {
			dup2(fds[1], STDERR_FILENO);
			execl(thaw, "thaw", "attach", url, (char *)NULL);
			_exit(99);
		}
		close(fds[1]);
		for (ssize_t got; (got = read(fds[0], bytes + n, sizeof(bytes) - n)) > 0;)
			n += (size_t)got;
		close(fds[0]);
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1 && n > 0);
		hostile_check("attach", &hostile_texts[i], bytes, n);
	}
	free(url);
	stage_close(&r);
}

/* ---- a real sshd ---- */

static bool run_quietly(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool run_quietly(const char *fmt, ...)
{
	struct strbuf command = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&command, fmt, ap);
	va_end(ap);
	strbuf_addstr(&command, " >/dev/null 2>&1 </dev/null");
	bool ok = system(command.buf) == 0;
	strbuf_release(&command);
	return ok;
}

static int free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0 &&
		  getsockname(fd, (struct sockaddr *)&a, &len) == 0;
	if (fd >= 0)
		close(fd);
	return ok ? ntohs(a.sin_port) : -1;
}

static void write_text(const char *name, mode_t mode, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void write_text(const char *name, mode_t mode, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	char *path = in_dir(name);
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	assert_int_equal(file_write_atomic(path, text.buf, text.len, NULL), ERR_OK);
	assert_int_equal(chmod(path, mode), 0);
	strbuf_release(&text);
	free(path);
}

/* The daemon, of this user alone, which ends with this program; 0: there is none to be had, and why
 * was said. */
static pid_t start_sshd(int port)
{
	if (access("/usr/sbin/sshd", X_OK) != 0 || !run_quietly("command -v ssh ssh-keygen")) {
		printf("skipped: openssh-server and openssh-client are not installed\n");
		return 0;
	}
	if (geteuid() == 0)
		mkdir("/run/sshd", 0755); /* where sshd, as root, wants to lock itself up */
	assert_true(run_quietly("ssh-keygen -q -t ed25519 -N '' -f %s/host_key", dir));
	assert_true(run_quietly("ssh-keygen -q -t ed25519 -N '' -f %s/user_key", dir));
	write_text("sshd_config", 0600,
		   "Port %d\nListenAddress 127.0.0.1\nHostKey %s/host_key\nPidFile none\n"
		   "AuthorizedKeysFile %s/user_key.pub\nStrictModes no\nUsePAM no\n"
		   "PasswordAuthentication no\nPermitRootLogin yes\n",
		   port, dir, dir);
	write_text("ssh_config", 0600,
		   "Host box\nHostName 127.0.0.1\nPort %d\nIdentityFile %s/user_key\n"
		   "IdentitiesOnly yes\nUserKnownHostsFile %s/known_hosts\n"
		   "GlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes\n",
		   port, dir, dir);
	write_text("ssh", 0700,
		   "#!/bin/sh\necho $$ >%s/ssh.pid\nexec ssh -F %s/ssh_config \"$@\"\n", dir, dir);
	char *config = in_dir("sshd_config"), *log = in_dir("sshd.log");
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-E", log, "-f", config,
		      (char *)NULL);
		_exit(99);
	}
	free(config);
	free(log);
	return pid;
}

static bool answers(int port, pid_t sshd)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (int64_t end = clock_ms() + WAIT_MS; clock_ms() < end; poll(NULL, 0, 20)) {
		siginfo_t ended = {0};
		if (waitid(P_PID, (id_t)sshd, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		    ended.si_pid)
			return false;
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool ok = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
		close(fd);
		if (ok)
			return true;
	}
	return false;
}

/* Whether it lets this user in is the machine's affair. */
static bool lets_in(void)
{
	struct strbuf key = STRBUF_INIT;
	char *path = in_dir("host_key.pub");
	assert_int_equal(file_read(path, &key, NULL), ERR_OK);
	write_text("known_hosts", 0600, "* %s", key.buf);
	strbuf_release(&key);
	free(path);
	return run_quietly("%s/ssh box true", dir);
}

/* A host that is not known is refused: nobody is asked. */
static void expect_stranger(const char *url)
{
	char *known = in_dir("known_hosts"), *aside = in_dir("known");
	assert_int_equal(rename(known, aside), 0);
	struct pty *p = open_screen("attach", url, NULL);
	stage_expect(p, "its key is not known here");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 1);
	pty_free(p);
	assert_int_equal(rename(aside, known), 0);
	free(known);
	free(aside);
}

static void kill_real_ssh(void)
{
	struct strbuf pid = STRBUF_INIT;
	char *path = in_dir("ssh.pid");
	assert_int_equal(file_read(path, &pid, NULL), ERR_OK);
	kill(atoi(pid.buf), SIGKILL);
	strbuf_release(&pid);
	free(path);
}

static void through_sshd(struct stage_run *r, const char *url)
{
	struct twins t = {open_screen("attach", r->dir, NULL), open_screen("attach", url, NULL)};
	stage_expect(t.here, "▶ training");
	stage_expect(t.there, "▶ training");
	expect_same(&t);
	char *known = in_dir("known_hosts"), *aside = in_dir("known");
	assert_int_equal(rename(known, aside), 0); /* so that it stays lost until that was seen */
	kill_real_ssh();
	stage_expect(t.there, "link lost, retrying");
	assert_int_equal(rename(aside, known), 0);
	pty_send(t.there, "R");
	free(known);
	free(aside);
	sample_steps(&r->sample, 5, 0.005, 20);
	fflush(r->sample.out);
	stage_expect(t.here, "iter 144/");
	stage_expect(t.there, "iter 144/");
	expect_same(&t);
	leave(t.here);
	leave(t.there);
}

static void test_sshd(void **state)
{
	(void)state;
	int port = free_port();
	pid_t sshd = start_sshd(port);
	bool in = sshd && answers(port, sshd) && lets_in();
	if (sshd && !in)
		printf("skipped: no sshd that lets this user in\n");
	if (in) {
		struct stage_run r;
		free(begin(&r));
		char *url = xasprintf("ssh://box/%s", r.dir), *ssh = in_dir("ssh");
		char *fake = xstrdup(getenv("THAW_SSH"));
		assert_int_equal(setenv("THAW_SSH", ssh, 1), 0);
		expect_stranger(url);
		through_sshd(&r, url);
		assert_int_equal(setenv("THAW_SSH", fake, 1), 0);
		free(url);
		free(ssh);
		free(fake);
		stage_close(&r);
	}
	if (sshd) {
		kill(sshd, SIGTERM);
		waitpid(sshd, NULL, 0);
	}
	if (!in)
		skip();
}

int main(int argc, char **argv)
{
	fake_ssh_main(argc, argv);
	thaw = built_program("thaw");
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("LC_ALL", "C.UTF-8", 1);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_screen),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_replay_and_offline),
	    cmocka_unit_test(test_headless),
	    cmocka_unit_test(test_asks_before_the_screen),
	    cmocka_unit_test(test_hostile_host),
	    cmocka_unit_test(test_sshd),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
