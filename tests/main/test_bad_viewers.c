/* Viewers that misbehave - stopped for the whole run, on a line of a byte a second, killed wherever
 * chance puts it - change nothing of a run: not a byte of its weights, not a figure of its log, nor
 * what its trainer takes of memory and descriptors. With the built programs. */
#include "job.h"

#include "../pty.h"
#include "thaw/base/rng.h"

#include <dirent.h>

#define PLAN                                                                                       \
	"--runs", runs, "--set", "train.threads=1", "--set", "train.batch=2", "--set",             \
	    "phases.head.epochs=2", "--set", "phases.tune.epochs=2", "--pause-at", "1"
#define KILLED_BEFORE 6 /* viewers, while the run holds at its first iteration */
#define KILLED 24       /* at most, with those while it trains */
#define MEMORY_SLACK (16 << 20)
#define WAIT_MS (DEADLINE_S * 1000)

/* --- what a log says, but for the clocks --- */

static void without_clocks(struct event *ev)
{
	ev->seq = 1;
	ev->t_ms = 0;
	if (ev->type == EV_STEP)
		ev->step.ips = ev->step.wait = (struct opt_double){0};
	if (ev->type == EV_EPOCH)
		ev->epoch.seconds = (struct event_seconds){0};
}

static void add(struct event *ev, struct strbuf *out)
{
	without_clocks(ev);
	event_encode(ev, out);
}

/* How many are told together is a matter of clocks, too. */
static void add_steps(const struct event_steps *steps, struct strbuf *out)
{
	for (size_t i = 0; i < steps->n_loss; i++)
		add(&(struct event){.type = EV_STEP, .step = event_steps_at(steps, i)}, out);
}

static bool tells_of_training(enum event_type type)
{
	static const enum event_type types[] = {EV_LAYERS, EV_PHASE, EV_FREEZE, EV_LR,
						EV_STEP,   EV_EPOCH, EV_SCALE,  EV_PROBE,
						EV_THAW,   EV_MISTAKES, EV_CHECKPOINT};
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (type == types[i])
			return true;
	return false;
}

static void read_events(const char *name, struct strbuf *out, int64_t *peak_rss)
{
	struct log_reader *r;
	struct event ev;
	struct errinfo e;
	char *path = xasprintf("%s/%s/events.jsonl", runs, name);
	strbuf_init(out);
	assert_int_equal(log_reader_open(&r, path, &e), ERR_OK);
	while (log_reader_next(r, &ev, &e) == LOG_EVENT) {
		if (ev.type == EV_END)
			*peak_rss = ev.end.peak_rss;
		if (ev.type == EV_STEPS)
			add_steps(&ev.steps, out);
		else if (tells_of_training(ev.type))
			add(&ev, out);
		event_release(&ev);
	}
	log_reader_close(r);
	free(path);
}

/* --- the trainer --- */

static void begin(struct running *r, const char *name)
{
	run_start(r, (const char *const[]){trainer, "run", shapes, PLAN, "--name", name, NULL},
		  NULL);
	job_until_paused(name);
}

static void unpause(const char *name)
{
	struct running ctl;
	EXPECT(&ctl, 0, viewer, "ctl", name, "unpause", "--runs", runs);
	run_release(&ctl);
}

static int descriptors(pid_t pid)
{
	char path[64];
	int n = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2; /* without . and .. */
}

/* Those of viewers that are gone are closed. */
static void until_descriptors(pid_t pid, int most)
{
	int64_t end = clock_ms() + WAIT_MS;
	while (descriptors(pid) > most && clock_ms() < end)
		poll(NULL, 0, 5);
	assert_true(descriptors(pid) <= most);
}

/* --- viewers --- */

static struct pty *attach(const char *name)
{
	char *argv[] = {viewer, xstrdup("attach"), xstrdup(name), xstrdup("--runs"), runs, NULL};
	struct pty *p = pty_exec(80, 24, "xterm-256color", argv);
	free(argv[1]);
	free(argv[2]);
	free(argv[3]);
	return p;
}

struct until {
	int64_t bytes;
};

static bool has_drawn(struct pty *p, void *arg)
{
	const struct until *u = arg;
	return pty_bytes(p) >= u->bytes;
}

/* Kill it once it has drawn so much: nothing, a part of its first screen, more. */
static void kill_one(const char *name, uint64_t chance)
{
	struct pty *p = attach(name);
	struct until u = {.bytes = (int64_t)(chance % 4 ? chance % 5000 : 0)};
	pty_until(p, has_drawn, &u, 500); /* on a busy machine it has drawn less by then */
	pty_free(p);                      /* by SIGKILL */
}

/* --- the run without and the run with them --- */

static void same_run(const char *one, const char *two)
{
	struct strbuf a, b;
	int64_t peak_a = 0, peak_b = 0;
	read_events(one, &a, &peak_a);
	read_events(two, &b, &peak_b);
	assert_true(a.len > 10000 && peak_a > 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.buf, b.buf, a.len);
	if (peak_b > peak_a + MEMORY_SLACK)
		fail_msg("%lld bytes, %lld without viewers", (long long)peak_b, (long long)peak_a);
	job_same_files(one, two);
	strbuf_release(&a);
	strbuf_release(&b);
}

static bool over(struct running *r)
{
	run_pump(r, 0);
	return r->fd[0] < 0 && r->fd[1] < 0;
}

static int alone(void **state)
{
	shapes_open(state);
	struct running r;
	begin(&r, "alone");
	unpause("alone");
	int status = run_wait(&r);
	run_release(&r);
	return status;
}

static void a_stopped_viewer(void **state)
{
	(void)state;
	struct running r;
	begin(&r, "stopped");
	struct pty *p = attach("stopped");
	assert_true(pty_shows(p, "paused", WAIT_MS));
	kill(pty_pid(p), SIGSTOP);
	unpause("stopped");
	assert_int_equal(run_wait(&r), 0);
	run_release(&r);
	same_run("alone", "stopped");
	kill(pty_pid(p), SIGCONT); /* it catches up */
	if (!pty_shows(p, "finished", WAIT_MS))
		fail_msg("it does not catch up (ended: %d):\n%s", pty_wait_exit(p, 0), pty_text(p));
	pty_send(p, "q");
	assert_true(pty_wait_exit(p, WAIT_MS) >= 0);
	pty_free(p);
}

static void a_viewer_on_a_line_of_a_byte_a_second(void **state)
{
	(void)state;
	struct running r;
	struct until first = {.bytes = 1};
	begin(&r, "slow");
	struct pty *p = attach("slow");
	pty_throttle(p, 1);
	assert_true(pty_until(p, has_drawn, &first, WAIT_MS));
	unpause("slow");
	assert_int_equal(run_wait(&r), 0);
	run_release(&r);
	same_run("alone", "slow");
	pty_free(p);
}

static void viewers_that_are_killed(void **state)
{
	(void)state;
	struct running r;
	uint64_t n = 0;
	begin(&r, "killed");
	int fds = descriptors(r.pid);
	for (; n < KILLED_BEFORE; n++)
		kill_one("killed", rng_u64(21, n));
	until_descriptors(r.pid, fds);
	unpause("killed");
	for (; n < KILLED && !over(&r); n++)
		kill_one("killed", rng_u64(21, n));
	assert_int_equal(run_wait(&r), 0);
	run_release(&r);
	print_message("%d viewers killed\n", (int)n);
	same_run("alone", "killed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_stopped_viewer),
	    cmocka_unit_test(a_viewer_on_a_line_of_a_byte_a_second),
	    cmocka_unit_test(viewers_that_are_killed),
	};
	return cmocka_run_group_tests(tests, alone, shapes_close);
}
