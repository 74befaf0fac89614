/* The warden: what it makes of a trainer's end and of its death, by counters of the kernel's that the
 * test writes; commands for the end. */
#include "../../src/train/oom.h"
#include "../../src/train/warden.h"
#include "scratch.h"

#include "thaw/base/clock.h"
#include "thaw/base/run_files.h"
#include "thaw/config/command_words.h"
#include "thaw/event/log_writer.h"
#include "thaw/run/run.h"
#include "thaw/run/run_dir.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { DEADLINE_MS = 60000 };

static char *root, *fake; /* a scratch folder, and in it what stands for / */

static int make_root(void **state)
{
	(void)state;
	root = scratch_new();
	fake = path_join(root, "fake");
	setenv("XDG_STATE_HOME", root, 1);
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	scratch_free(root);
	free(fake);
	return 0;
}

/* fake/NAME */
static void put(const char *name, const char *text)
{
	char *path = path_join(fake, name), *dir = path_dir(path);
	assert_int_equal(file_mkdirs(dir, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(path, text, strlen(text), NULL), ERR_OK);
	free(dir);
	free(path);
}

static void put_process(pid_t pid, const char *name, const char *text)
{
	char *path = xasprintf("proc/%d/%s", (int)pid, name);
	put(path, text);
	free(path);
}

static void forget_fake(void)
{
	nftw(fake, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	put("proc/meminfo", "MemTotal:       24000000 kB\nMemFree: 1 kB\n");
}

/* ---- was it for memory ---- */

static void the_machines_counter(void **state)
{
	(void)state;
	struct oom o;
	forget_fake();
	put("proc/vmstat", "nr_free_pages 5\noom_kill 3\nx 1\n");
	put_process(7, "status", "Name:\tx\nVmHWM:\t 1000 kB\nVmRSS:\t 500 kB\n");
	oom_begin(&o, fake, 7);
	assert_false(oom_killed(&o));
	put_process(7, "status", "VmHWM:\t 22000000 kB\n");
	oom_look(&o);
	assert_false(oom_killed(&o));
	put("proc/vmstat", "oom_kill 4\n");
	assert_true(oom_killed(&o));
	assert_true(o.peak.valid && o.peak.value == 22000000.0 * 1024);
	assert_true(o.limit.valid && o.limit.value == 24000000.0 * 1024);
	oom_release(&o);
}

/* Somebody else's, and this one lived on. */
static void a_kill_of_long_ago(void **state)
{
	(void)state;
	struct oom o;
	forget_fake();
	put("proc/vmstat", "oom_kill 3\n");
	put_process(7, "status", "VmHWM:\t 1000 kB\n");
	oom_begin(&o, fake, 7);
	put("proc/vmstat", "oom_kill 4\n");
	oom_look(&o);
	assert_true(oom_killed(&o)); /* it may be dying */
	oom_look(&o);
	assert_false(oom_killed(&o));
	put("proc/vmstat", "oom_kill 5\n");
	put_process(7, "status", "Name:\tx\nState:\tZ (zombie)\n");
	for (int i = 0; i < 5; i++)
		oom_look(&o); /* however long it takes to be taken apart */
	assert_true(oom_killed(&o));
	oom_release(&o);
}

static void its_control_group(void **state)
{
	static const struct {
		const char *groups, *counter, *limit, *above;
	} cases[] = {
	    {"0::/user/job\n", "sys/fs/cgroup/user/job/memory.events",
	     "sys/fs/cgroup/user/job/memory.max", "sys/fs/cgroup/user/memory.max"},
	    {"4:cpu:/\n1:name=systemd:/x\n0::/user/job\n",
	     "sys/fs/cgroup/unified/user/job/memory.events",
	     "sys/fs/cgroup/unified/user/job/memory.max", "sys/fs/cgroup/unified/user/memory.max"},
	    {"5:cpu,cpuacct:/\n4:memory:/docker/af\n0::/\n",
	     "sys/fs/cgroup/memory/docker/af/memory.oom_control",
	     "sys/fs/cgroup/memory/docker/af/memory.limit_in_bytes",
	     "sys/fs/cgroup/memory/docker/memory.limit_in_bytes"},
	    {"4:memory:/docker/af\n", "sys/fs/cgroup/memory/memory.oom_control",
	     "sys/fs/cgroup/memory/memory.limit_in_bytes", NULL}, /* seen from within it */
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct oom o;
		forget_fake();
		put("proc/vmstat", "oom_kill 3\n");
		put_process(7, "status", "VmHWM:\t 1000 kB\n");
		put_process(7, "cgroup", cases[i].groups);
		put(cases[i].counter, "low 0\noom 1\noom_kill 0\n");
		put(cases[i].limit, cases[i].above ? "max\n" : "2000\n");
		if (cases[i].above)
			put(cases[i].above, "2000\n");
		oom_begin(&o, fake, 7);
		put("proc/vmstat", "oom_kill 4\n"); /* of another group */
		assert_false(oom_killed(&o));
		put(cases[i].counter, "oom 1\noom_kill 1\n");
		assert_true(oom_killed(&o));
		assert_true(o.limit.valid && o.limit.value == 2000);
		oom_release(&o);
	}
}

static void no_counter_at_all(void **state)
{
	(void)state;
	struct oom o;
	forget_fake();
	oom_begin(&o, fake, 7);
	oom_look(&o);
	assert_false(oom_killed(&o));
	oom_release(&o);
}

/* ---- commands ---- */

static struct run_dir new_run(const char *name)
{
	struct run_dir d;
	char *runs = path_join(root, "runs");
	assert_int_equal(run_dir_create(&d, runs, name, "x", NULL), ERR_OK);
	free(runs);
	return d;
}

static void want_in(const struct folder *f, const char *file, const char *text)
{
	struct strbuf got = STRBUF_INIT;
	folder_read(f, file, 1 << 20, &got, NULL);
	if (!strstr(got.buf, text))
		fail_msg("no '%s' in %s: %s", text, file, got.buf);
	strbuf_release(&got);
}

static const struct outcome an_outcome = {.status = RUN_STATUS_STOPPED,
					  .reason = "it is; $(so) \"quoted\"",
					  .epochs = 3,
					  .iters = 40,
					  .best_acc = {0.875, true},
					  .best_epoch = {2, true}};

static void text_of(struct strbuf *out, const char *const *words)
{
	strbuf_reset(out);
	command_write(words, out);
}

#define TEXT(out, ...) text_of(out, (const char *const[]){__VA_ARGS__, NULL})

static void what_a_command_gets(void **state)
{
	(void)state;
	struct run_dir d = new_run("gets");
	struct strbuf text = STRBUF_INIT, wanted = STRBUF_INIT;
	struct errinfo e = {.msg = ""};
	TEXT(&text, "sh", "-c",
	     "printf '%s|' \"$THAW_RUN\" \"$THAW_NAME\" $THAW_STATUS \"$THAW_REASON\" $THAW_EPOCHS "
	     "$THAW_ITERATIONS $THAW_BEST $THAW_BEST_EPOCH \"$1\"; cat; echo complaint >&2",
	     "sh", "$(touch no shell); a b");
	assert_int_equal(on_end_run(text.buf, &an_outcome, &d.folder, DEADLINE_MS, &e), ERR_OK);
	char *real = realpath(d.path, NULL);
	strbuf_addf(&wanted,
		    "%s|gets|stopped|it is; $(so) \"quoted\"|3|40|0.875|2|$(touch no shell); a "
		    "b|complaint\n",
		    real);
	want_in(&d.folder, RUN_TRAINER_LOG, wanted.buf);
	free(real);
	strbuf_release(&text);
	strbuf_release(&wanted);
	run_dir_release(&d);
}

static void what_fails(void **state)
{
	(void)state;
	struct run_dir d = new_run("fails");
	struct strbuf text = STRBUF_INIT;
	struct errinfo e = {.msg = ""};
	TEXT(&text, "sh", "-c", "exit 3");
	assert_int_equal(on_end_run(text.buf, &an_outcome, &d.folder, DEADLINE_MS, &e), ERR_IO);
	assert_string_equal(e.msg, "sh -c 'exit 3': ended with status 3");
	TEXT(&text, "sh", "-c", "kill -TERM $$");
	assert_int_equal(on_end_run(text.buf, &an_outcome, &d.folder, DEADLINE_MS, &e), ERR_IO);
	assert_non_null(strstr(e.msg, "killed: Terminated"));
	TEXT(&text, "/nowhere/at/all");
	assert_int_equal(on_end_run(text.buf, &an_outcome, &d.folder, DEADLINE_MS, &e), ERR_IO);
	assert_string_equal(e.msg, "/nowhere/at/all: No such file or directory");
	TEXT(&text, "sh", "-c", "sleep 1000 & wait");
	int64_t before = clock_ms();
	assert_int_equal(on_end_run(text.buf, &an_outcome, &d.folder, 100, &e), ERR_IO);
	assert_non_null(strstr(e.msg, "did not end within"));
	assert_true(clock_ms() - before < DEADLINE_MS);
	strbuf_release(&text);
	run_dir_release(&d);
}

static void what_is_there(void **state)
{
	(void)state;
	struct errinfo e = {.msg = ""};
	assert_int_equal(on_end_check("[\"sh\", \"x\"]", &e), ERR_OK);
	assert_int_equal(on_end_check("[\"/bin/sh\"]", &e), ERR_OK);
	assert_int_equal(on_end_check("[\"no-such-program\"]", &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.msg, "no such program in PATH"));
	assert_int_equal(on_end_check("[\"/etc/passwd\"]", &e), ERR_NOT_FOUND);
	assert_int_equal(on_end_check("[\"/etc\"]", &e), ERR_NOT_FOUND);
	assert_int_equal(on_end_check("[]", &e), ERR_VALUE);
}

static void what_is_remembered(void **state)
{
	(void)state;
	assert_false(on_end_known("[\"a\", \"b\"]"));
	on_end_remember("[\"a\", \"b\"]");
	on_end_remember("[\"c\"]");
	on_end_remember("[\"c\"]");
	assert_true(on_end_known("[\"a\", \"b\"]"));
	assert_true(on_end_known("[\"c\"]"));
	assert_false(on_end_known("[\"a\"]"));
	assert_false(on_end_known("[\"a\", \"b\"]\n[\"c\"]"));
	char *path = path_join(root, "thaw/on_end");
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, strlen("[\"a\", \"b\"]\n[\"c\"]\n"));
	free(path);
}

/* ---- the process ---- */

static void begin_log(const struct folder *f)
{
	struct log_writer *w;
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = EVENT_VERSION, .name = "x"};
	assert_int_equal(log_writer_open(&w, f, false, NULL), ERR_OK);
	log_writer_append(w, &ev, NULL);
	log_writer_close(w, NULL);
}

/* A trainer with a run, which does `how` at its end. */
static void be_trainer(const char *name, void (*how)(struct warden *))
{
	struct warden w = WARDEN_NONE;
	char *mark =
	    xasprintf("echo $THAW_STATUS: $THAW_REASON > %s/%s.mark.tmp; mv %s/%s.mark.tmp "
		      "%s/%s.mark",
		      root, name, root, name, root, name);
	struct strbuf text = STRBUF_INIT;
	TEXT(&text, "sh", "-c", mark);
	const char *commands[] = {text.buf};
	put_process(getpid(), "status", "VmHWM:\t 22000000 kB\n");
	warden_start(&w, fake);
	assert_true(w.fd >= 0);
	struct run_dir d = new_run(name);
	begin_log(&d.folder);
	warden_watch(&w, &d.folder, commands, 1);
	how(&w);
	run_dir_release(&d);
	warden_tell(&w, &an_outcome);
	_exit(0);
}

/* What the warden's command has been told, once it has run; and the log is as it is then. */
static void trainer(const char *name, void (*how)(struct warden *), const char *told,
		    struct history *h)
{
	pid_t pid = fork();
	if (pid == 0)
		be_trainer(name, how);
	waitpid(pid, NULL, 0);
	char *mark = xasprintf("%s/%s.mark", root, name),
	     *dir = xasprintf("%s/runs/%s", root, name);
	struct strbuf text = STRBUF_INIT;
	enum run_status status;
	for (int64_t end = clock_ms() + DEADLINE_MS; !file_exists(mark) && clock_ms() < end;)
		poll(NULL, 0, 10);
	assert_int_equal(file_read(mark, &text, NULL), ERR_OK);
	if (!strstr(text.buf, told))
		fail_msg("no '%s' in: %s", told, text.buf);
	history_init(h);
	assert_int_equal(run_load(dir, h, &status, NULL), ERR_OK);
	assert_int_equal(status, RUN_STATUS_CRASHED); /* the log of these trainers has no end */
	strbuf_release(&text);
	free(mark);
	free(dir);
}

static void goes_on_to_its_end(struct warden *w)
{
	(void)w;
}

static void is_killed(struct warden *w)
{
	(void)w;
	raise(SIGKILL);
}

static void is_killed_for_memory(struct warden *w)
{
	(void)w;
	put("proc/vmstat", "oom_kill 4\n");
	raise(SIGKILL);
}

static void an_end_that_was_told(void **state)
{
	(void)state;
	struct history h;
	forget_fake();
	put("proc/vmstat", "oom_kill 3\n");
	trainer("told", goes_on_to_its_end, "stopped: it is; $(so) \"quoted\"", &h);
	assert_int_equal(h.seq, 1);
	history_release(&h);
}

static void a_plain_kill(void **state)
{
	(void)state;
	struct history h;
	forget_fake();
	put("proc/vmstat", "oom_kill 3\n");
	trainer("killed", is_killed, "crashed: the trainer was killed", &h);
	assert_int_equal(h.seq, 1); /* nothing is added */
	assert_false(h.killed.on);
	history_release(&h);
}

static void a_kill_for_memory(void **state)
{
	(void)state;
	struct history h;
	struct strbuf words = STRBUF_INIT;
	forget_fake();
	put("proc/vmstat", "oom_kill 3\n");
	trainer("oom", is_killed_for_memory,
		"crashed: killed, probably for memory: peak 22.5 GB of 24.6 GB", &h);
	assert_int_equal(h.seq, 2);
	assert_true(history_killed_words(&h, &words));
	assert_string_equal(words.buf, "killed, probably for memory: peak 22.5 GB of 24.6 GB");
	assert_int_equal(h.notes[h.n_notes - 1].level, NOTE_ERROR);
	history_release(&h);
	strbuf_release(&words);
	char *dir = path_join(root, "runs/oom");
	struct folder f;
	assert_false(run_live(dir)); /* it lets go of what it took */
	assert_int_equal(folder_open(&f, dir, NULL), ERR_OK);
	want_in(&f, RUN_TRAINER_LOG, "killed, probably for memory");
	folder_close(&f);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_machines_counter), cmocka_unit_test(a_kill_of_long_ago),
	    cmocka_unit_test(its_control_group),    cmocka_unit_test(no_counter_at_all),
	    cmocka_unit_test(what_a_command_gets),  cmocka_unit_test(what_fails),
	    cmocka_unit_test(what_is_there),        cmocka_unit_test(what_is_remembered),
	    cmocka_unit_test(an_end_that_was_told), cmocka_unit_test(a_plain_kill),
	    cmocka_unit_test(a_kill_for_memory),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
