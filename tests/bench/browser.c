/* Thousands of runs: how soon they are listed, on the screen and as a table, with an index of their logs
 * and without one. Logs are made up: of ten epochs and three hundred iterations each.
 */
#include "bench.h"
#include "runs.h"

#include "../pty.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/event/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 5000, EPOCHS = 10, STEPS = 30, LIMIT_MS = 600000 };
#define ALL_RUNS "5,000 runs"

static void put(struct strbuf *log, struct event *ev)
{
	static int64_t seq;
	seq = ev->type == EV_RUN ? 1 : seq + 1;
	ev->seq = seq;
	ev->t_ms = seq * 100;
	event_encode(ev, log);
}

static void put_run(struct strbuf *log, int i)
{
	static const char *classes[] = {"daisy", "dandelion", "roses", "sunflowers", "tulips"};
	struct event_phase_plan phases[] = {
	    {"head", 0, 5, 1, 0.01, "constant", "0-18", "frozen", {0, false}, NULL},
	    {"tune", 1, 5, 6, 1e-4, "cosine", "0-13", "frozen", {0, false}, NULL}};
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = EVENT_VERSION,
				    .program = "thaw",
				    .name = "flowers",
				    .started = 1700000000000 + i,
				    .cfg = "cfg/tiny.cfg",
				    .weights = "tiny.weights",
				    .data = "data/flowers",
				    .classes = classes,
				    .n_classes = 5,
				    .input_w = 224,
				    .input_h = 224,
				    .n_train = 480,
				    .n_valid = 120,
				    .epochs = EPOCHS,
				    .iterations = STEPS,
				    .batch = 16,
				    .seed = i,
				    .device = "cpu",
				    .phases = phases,
				    .n_phases = 2};
	put(log, &ev);
}

static void put_epoch(struct strbuf *log, int epoch, double skill)
{
	struct event ev = {.type = EV_STEP};
	for (int s = 1; s <= STEPS; s++) {
		ev.step = (struct event_step){(epoch - 1) * STEPS + s, epoch,
					      opt_of(skill / s),       opt_of(0.01),
					      opt_of(101.25),          opt_of(0.0125)};
		put(log, &ev);
	}
	ev = (struct event){.type = EV_EPOCH};
	ev.epoch.epoch = epoch;
	ev.epoch.phase = epoch > 5 ? "tune" : "head";
	ev.epoch.iter = (int64_t)epoch * STEPS;
	ev.epoch.lr = opt_of(0.01);
	ev.epoch.train.loss = ev.epoch.valid.loss = opt_of(skill / epoch);
	ev.epoch.train.acc = ev.epoch.valid.acc = opt_of(1 - skill / (epoch + 1));
	put(log, &ev);
}

static void make_run(const char *runs, int i)
{
	char name[32];
	struct strbuf log = STRBUF_INIT;
	struct event ev = {.type = EV_END};
	put_run(&log, i);
	for (int epoch = 1; epoch <= EPOCHS; epoch++)
		put_epoch(&log, epoch, 0.5 + (double)(i % 97) / 200);
	ev.end.reason = "all phases are done";
	put(&log, &ev);
	snprintf(name, sizeof(name), "flowers-%d", i);
	char *dir = path_join(runs, name), *path = path_join(dir, "events.jsonl");
	FILE *f = file_mkdirs(dir, NULL) == ERR_OK ? fopen(path, "w") : NULL;
	if (!f || fwrite(log.buf, 1, log.len, f) != log.len || fclose(f) != 0)
		die("cannot write %s", path);
	strbuf_release(&log);
	free(path);
	free(dir);
}

struct place {
	const struct bench *b;
	char *runs, *state;
};

static void forget_index(const struct place *p)
{
	char *command = xasprintf("rm -rf '%s'", p->state);
	if (system(command) != 0)
		die("cannot remove %s", p->state);
	free(command);
}

static void report_seconds(const char *name, double seconds, int runs)
{
	report(&(struct figure){
	    .name = name, .unit = "s", .ours = seconds, .less = true, .runs = runs});
}

/* From the start to the screen that lists them all by name, and to the one that knows them all. */
static void open_browser(const struct place *p, double *named, double *known)
{
	char thaw[4096], runs[4096];
	snprintf(thaw, sizeof(thaw), "%s", p->b->thaw);
	snprintf(runs, sizeof(runs), "%s", p->runs);
	double began = clock_seconds();
	char *argv[] = {thaw, runs, NULL};
	struct pty *screen = pty_exec(120, 40, "xterm-256color", argv);
	if (!pty_shows(screen, ALL_RUNS, LIMIT_MS))
		die("the browser does not list all runs");
	*named = clock_seconds() - began;
	if (!pty_lacks(screen, "reading", LIMIT_MS))
		die("the browser does not come to an end of reading");
	*known = clock_seconds() - began;
	pty_send(screen, "q");
	if (pty_wait_exit(screen, LIMIT_MS) != 0)
		die("the browser failed");
	pty_free(screen);
}

static void on_the_screen(const struct place *p)
{
	double named[MAX_RUNS], known[MAX_RUNS], first, all;
	forget_index(p);
	open_browser(p, &first, &all);
	report_seconds("browser, 5,000 runs, no index: all by name", first, 1);
	report_seconds("browser, 5,000 runs, no index: all logs read", all, 1);
	for (int i = 0; i < p->b->runs; i++)
		open_browser(p, &named[i], &known[i]);
	report_seconds("browser, 5,000 runs: all with their figures", median_of(known, p->b->runs),
		       p->b->runs);
}

static void as_a_table(const struct place *p)
{
	const char *const ls[] = {p->b->thaw, "ls", "--runs", p->runs, NULL};
	double seconds[MAX_RUNS];
	forget_index(p);
	report_seconds("thaw ls, 5,000 runs, no index", run_command(p->b, ls), 1);
	for (int i = 0; i < p->b->runs; i++)
		seconds[i] = run_command(p->b, ls);
	report_seconds("thaw ls, 5,000 runs", median_of(seconds, p->b->runs), p->b->runs);
}

void bench_browser(struct bench *b)
{
	struct place p = {b, scratch_path(b, "many"), scratch_path(b, "state")};
	setenv("XDG_STATE_HOME", p.state, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	for (int i = 1; i <= RUNS; i++)
		make_run(p.runs, i);
	on_the_screen(&p);
	as_a_table(&p);
	free(p.runs);
	free(p.state);
}
