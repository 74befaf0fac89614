/* How long a long log takes to open: one as a run of a week leaves it, made up here as the trainer
 * would have written it. */
#include "bench.h"

#include "runs.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/rng.h"
#include "thaw/event/base64.h"
#include "thaw/event/event.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seven days of iterations of a tenth of a second, ten of them told together; epochs of two minutes. */
enum { EPOCHS = 5040, LINES = 120, PACK = 10, EPOCH_MS = 120000, CLASSES = 5 };
enum {
	PROBES = 12,
	TRACES = 2,
	MAPS = 4,
	SIDE = 10,
	LAYERS = 12,
	WORST = 8,
	FRESH = 2,
	THUMB = 20
};
enum { LIMIT_MS = 60000 };

static const char the_end[] = "the week is over";
static const char *const names[CLASSES] = {"daisy", "dandelion", "rose", "sunflower", "tulip"};

struct maker {
	FILE *out;
	struct strbuf line;
	int64_t seq, ms, iter;
	uint64_t n; /* random numbers drawn */
	char pixels[SIDE * SIDE + 1], picture[THUMB * THUMB * 3 + 1];
};

static double draw(struct maker *m)
{
	return rng_uniform(1, m->n++);
}

/* To so many decimals. */
static double rounded(double v, int places)
{
	double scale = pow(10, places);
	return nearbyint(v * scale) / scale;
}

static void put(struct maker *m, struct event *ev)
{
	ev->seq = ++m->seq;
	ev->t_ms = m->ms;
	strbuf_reset(&m->line);
	event_encode(ev, &m->line);
	if (fwrite(m->line.buf, 1, m->line.len, m->out) != m->line.len)
		die("no room for the log of a week");
}

static void fill_pixels(struct maker *m, char *text, size_t n)
{
	struct strbuf sb = STRBUF_INIT;
	uint8_t *pixels = xmalloc(n);
	for (size_t i = 0; i < n; i++)
		pixels[i] = (uint8_t)(256 * draw(m));
	pixels_encode(pixels, n, &sb);
	memcpy(text, sb.buf, sb.len + 1);
	strbuf_release(&sb);
	free(pixels);
}

static void put_beginning(struct maker *m)
{
	struct event_phase_plan phase = {.name = "tune",
					 .epochs = EPOCHS,
					 .first_epoch = 1,
					 .lr = 0.001,
					 .schedule = "constant",
					 .freeze = "0-5",
					 .batchnorm = "train"};
	struct event run = {.type = EV_RUN,
			    .run = {.version = EVENT_VERSION,
				    .name = "week",
				    .classes = names,
				    .n_classes = CLASSES,
				    .n_train = LINES * PACK * 16,
				    .n_valid = 1000,
				    .epochs = EPOCHS,
				    .iterations = LINES * PACK,
				    .batch = 16,
				    .phases = &phase,
				    .n_phases = 1}};
	struct event_layer layers[LAYERS];
	for (int i = 0; i < LAYERS; i++)
		layers[i] =
		    (struct event_layer){.index = i, .kind = "convolutional", .params = 1000};
	struct event table = {.type = EV_LAYERS,
			      .layers = {.layers = layers, .n_layers = LAYERS, .head = LAYERS - 1}};
	struct event begin = {.type = EV_PHASE, .phase = phase};
	put(m, &run);
	put(m, &table);
	put(m, &begin);
}

static void put_steps(struct maker *m, int64_t epoch)
{
	double losses[PACK], rate = 0.001;
	for (int i = 0; i < PACK; i++)
		losses[i] = rounded(0.2 + 1.5 / (1 + (double)epoch) + 0.3 * draw(m), 7);
	struct event ev = {.type = EV_STEPS,
			   .steps = {.iter = m->iter + 1,
				     .epoch = epoch,
				     .loss = losses,
				     .n_loss = PACK,
				     .lr = &rate,
				     .n_lr = 1,
				     .ips = {rounded(155 + 10 * draw(m), 1), true},
				     .wait = {rounded(0.01 * draw(m), 6), true}}};
	m->iter += PACK;
	m->ms += EPOCH_MS / LINES;
	put(m, &ev);
}

static void put_device(struct maker *m)
{
	struct event ev = {.type = EV_DEVICE,
			   .device = {.iter = m->iter,
				      .cpu = {rounded(1.5 + 0.5 * draw(m), 3), true},
				      .cores = 2,
				      .rss = {4e8, true},
				      .peak_rss = 400000000}};
	put(m, &ev);
}

static void put_stats(struct maker *m, int64_t epoch)
{
	struct event_layer_stat of[LAYERS];
	for (int i = 0; i < LAYERS; i++)
		of[i] = (struct event_layer_stat){i,
						  {rounded(10 + draw(m), 3), true},
						  {rounded(1e-4 * draw(m), 8), true},
						  {rounded(draw(m), 4), true},
						  {rounded(draw(m), 4), true}};
	struct event ev = {.type = EV_STATS,
			   .stats = {.epoch = epoch, .layers = of, .n_layers = LAYERS}};
	put(m, &ev);
}

static void put_mistakes(struct maker *m, int64_t epoch)
{
	struct event_mistake of[WORST];
	char paths[WORST][64];
	for (int i = 0; i < WORST; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/home/me/data/flowers/valid/rose/%03d.jpg",
			 (int)(1000 * draw(m)));
		of[i] = (struct event_mistake){.path = paths[i],
					       .label = i % CLASSES,
					       .said = (i + 1) % CLASSES,
					       .prob_said = rounded(0.5 + 0.5 * draw(m), 4),
					       .prob_label = rounded(0.3 * draw(m), 4),
					       .rgb = i < FRESH ? m->picture : ""};
	}
	struct event ev = {
	    .type = EV_MISTAKES,
	    .mistakes = {.epoch = epoch, .w = THUMB, .h = THUMB, .images = of, .n_images = WORST}};
	put(m, &ev);
}

static void put_epoch(struct maker *m, int64_t epoch)
{
	struct event_class classes[CLASSES];
	struct event_row rows[CLASSES];
	int64_t counts[CLASSES][CLASSES];
	for (int i = 0; i < CLASSES; i++) {
		for (int k = 0; k < CLASSES; k++)
			counts[i][k] = (int64_t)((i == k ? 150 : 15) * draw(m));
		classes[i] = (struct event_class){names[i], 200, counts[i][i], 40};
		rows[i] = (struct event_row){counts[i], CLASSES};
	}
	double acc = rounded(0.9 - 0.5 / (double)epoch + 0.05 * draw(m), 3);
	struct event ev = {
	    .type = EV_EPOCH,
	    .epoch = {
		.epoch = epoch,
		.phase = "tune",
		.iter = m->iter,
		.lr = {0.001, true},
		.train = {{rounded(0.3 + 0.1 * draw(m), 7), true}, {acc, true}, {1, true}, {0}},
		.valid = {{rounded(0.4 + 0.1 * draw(m), 7), true}, {acc, true}, {1, true}, {0}},
		.seconds = {{118.2, true}, {1.75, true}},
		.classes = classes,
		.n_classes = CLASSES,
		.confusion = rows,
		.n_confusion = CLASSES}};
	put(m, &ev);
}

static void put_probe(struct maker *m, int64_t epoch)
{
	struct event_probe_image of[PROBES];
	struct event_trace traces[PROBES][TRACES];
	struct event_map maps[MAPS];
	double probs[PROBES][CLASSES];
	for (int i = 0; i < MAPS; i++)
		maps[i] = (struct event_map){100 + i, rounded(draw(m), 4), m->pixels};
	for (int i = 0; i < PROBES; i++) {
		for (int k = 0; k < CLASSES; k++)
			probs[i][k] = rounded(draw(m), 4);
		for (int k = 0; k < TRACES; k++)
			traces[i][k] = (struct event_trace){LAYERS - TRACES + k,
							    rounded(draw(m), 4),
							    rounded(draw(m), 4),
							    rounded(draw(m), 4),
							    SIDE,
							    SIDE,
							    maps,
							    MAPS,
							    {0, false}};
		of[i] =
		    (struct event_probe_image){i, probs[i], CLASSES, m->pixels, traces[i], TRACES};
	}
	struct event ev = {
	    .type = EV_PROBE,
	    .probe = {
		.epoch = epoch, .cam_w = SIDE, .cam_h = SIDE, .images = of, .n_images = PROBES}};
	put(m, &ev);
}

static void put_checkpoint(struct maker *m, int64_t epoch)
{
	struct event ev = {
	    .type = EV_CHECKPOINT,
	    .checkpoint = {epoch, m->iter, CHECKPOINT_LAST, "last.weights", 3400000}};
	put(m, &ev);
}

static void put_end(struct maker *m)
{
	struct event ev = {
	    .type = EV_END,
	    .end = {.status = END_STOPPED, .reason = the_end, .epochs = EPOCHS, .iters = m->iter}};
	put(m, &ev);
}

/* A run's folder with the log alone; returns its path, caller frees. */
static char *make_week(const struct bench *b)
{
	enum { DEVICE_EVERY = 5 }; /* lines */
	char *dir = scratch_path(b, "week"), *path = xasprintf("%s/events.jsonl", dir);
	struct maker m = {.line = STRBUF_INIT};
	mkdir(dir, 0700);
	if (!(m.out = fopen(path, "w")))
		die("%s: cannot be written", path);
	fill_pixels(&m, m.pixels, SIDE * SIDE);
	fill_pixels(&m, m.picture, THUMB * THUMB * 3);
	put_beginning(&m);
	for (int64_t epoch = 1; epoch <= EPOCHS; epoch++) {
		for (int i = 1; i <= LINES; i++) {
			put_steps(&m, epoch);
			if (i % DEVICE_EVERY == 0)
				put_device(&m);
		}
		put_stats(&m, epoch);
		put_mistakes(&m, epoch);
		put_epoch(&m, epoch);
		put_probe(&m, epoch);
		put_checkpoint(&m, epoch);
	}
	put_end(&m);
	report(&(struct figure){.name = "log of a week: 6 million iterations, 5040 epochs",
				.unit = "MB",
				.ours = (double)ftell(m.out) / 1e6,
				.less = true,
				.runs = 1});
	fclose(m.out);
	strbuf_release(&m.line);
	free(path);
	return dir;
}

/* As a trainer holds it, so that the viewer follows. */
static int hold_lock(const char *run)
{
	char *path = xasprintf("%s/lock", run);
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		die("%s: cannot be held", path);
	free(path);
	return fd;
}

/* A viewer that follows the run, from exec until its screen says how it ended; its memory then. */
static double open_viewer(const struct bench *b, const char *run, double *bytes)
{
	struct winsize size = {.ws_col = 120, .ws_row = 40};
	double began = clock_seconds(), took;
	int fd;
	pid_t pid = forkpty(&fd, NULL, NULL, &size);
	if (pid < 0)
		die("no pseudo-terminal");
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		setenv("THAW_REMEMBER", "0", 1);
		execl(b->thaw, b->thaw, "attach", run, (char *)NULL);
		_exit(127);
	}
	struct strbuf seen = STRBUF_INIT;
	while (!strstr(seen.buf, the_end)) {
		char text[65536];
		struct pollfd in = {.fd = fd, .events = POLLIN};
		ssize_t n = poll(&in, 1, LIMIT_MS) == 1 ? read(fd, text, sizeof(text)) : 0;
		if (n <= 0)
			die("the viewer of %s does not come to its end", run);
		for (ssize_t i = 0; i < n; i++)
			strbuf_addch(&seen, text[i] ? text[i] : ' ');
	}
	took = clock_seconds() - began;
	strbuf_release(&seen);
	struct rusage u;
	if (write(fd, "q", 1) != 1 || wait4(pid, NULL, 0, &u) != pid)
		die("the viewer does not end");
	close(fd);
	*bytes = (double)u.ru_maxrss * 1024;
	return took;
}

static void tell(const char *name, double *seconds, int n)
{
	report(&(struct figure){
	    .name = name, .unit = "s", .ours = median_of(seconds, n), .less = true, .runs = n});
}

void bench_log(struct bench *b)
{
	char *run = make_week(b);
	const char *const show[] = {b->thaw, "show", run, NULL};
	const char *const ls[] = {b->thaw, "ls", "--runs", b->scratch, NULL};
	int lock = hold_lock(run);
	double showing[MAX_RUNS], listing[MAX_RUNS], opening[MAX_RUNS], bytes = 0;
	for (int i = 0; i < b->runs; i++) {
		showing[i] = run_command(b, show);
		listing[i] = run_command(b, ls);
		opening[i] = open_viewer(b, run, &bytes);
	}
	tell("log of a week: opened on the screen, to its end", opening, b->runs);
	tell("log of a week: thaw show", showing, b->runs);
	tell("log of a week: thaw ls", listing, b->runs);
	report(&(struct figure){.name = "log of a week: peak memory of the viewer",
				.unit = "MB",
				.ours = bytes / 1e6,
				.less = true,
				.runs = 1});
	close(lock);
	free(run);
}
