/* Long logs, made up as the trainer would have written them. */
#include "made_log.h"

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"
#include "thaw/event/base64.h"
#include "thaw/event/event.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CLASSES = 5 };
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
static const char *const names[CLASSES] = {"daisy", "dandelion", "rose", "sunflower", "tulip"};

struct maker {
	const struct made_log *of;
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
		die("no room for the log that is made up");
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
					 .epochs = m->of->epochs,
					 .first_epoch = 1,
					 .lr = 0.001,
					 .schedule = "constant",
					 .freeze = "0-5",
					 .batchnorm = "train"};
	struct event run = {.type = EV_RUN,
			    .run = {.version = EVENT_VERSION,
				    .name = m->of->name,
				    .classes = names,
				    .n_classes = CLASSES,
				    .n_train = m->of->lines * m->of->pack * 16,
				    .n_valid = 1000,
				    .epochs = m->of->epochs,
				    .iterations = m->of->lines * m->of->pack,
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

static void put_step(struct maker *m, int64_t epoch)
{
	struct event ev = {
	    .type = EV_STEP,
	    .step = {.iter = ++m->iter,
		     .epoch = epoch,
		     .loss = {rounded(0.2 + 1.5 / (1 + (double)epoch) + 0.3 * draw(m), 7), true},
		     .lr = {0.001, true},
		     .ips = {rounded(155 + 10 * draw(m), 1), true},
		     .wait = {rounded(0.01 * draw(m), 6), true}}};
	m->ms += m->of->line_ms;
	put(m, &ev);
}

static void put_steps(struct maker *m, int64_t epoch)
{
	enum { PACK_MAX = 64 };
	double losses[PACK_MAX], rate = 0.001;
	int pack = m->of->pack < PACK_MAX ? m->of->pack : PACK_MAX;
	for (int i = 0; i < pack; i++)
		losses[i] = rounded(0.2 + 1.5 / (1 + (double)epoch) + 0.3 * draw(m), 7);
	struct event ev = {.type = EV_STEPS,
			   .steps = {.iter = m->iter + 1,
				     .epoch = epoch,
				     .loss = losses,
				     .n_loss = (size_t)pack,
				     .lr = &rate,
				     .n_lr = 1,
				     .ips = {rounded(155 + 10 * draw(m), 1), true},
				     .wait = {rounded(0.01 * draw(m), 6), true}}};
	m->iter += pack;
	m->ms += m->of->line_ms;
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
	    .checkpoint = {epoch, m->iter, CHECKPOINT_LAST, "last.weights", 3400000, NULL}};
	put(m, &ev);
}

static void put_end(struct maker *m)
{
	struct event ev = {.type = EV_END,
			   .end = {.status = END_STOPPED,
				   .reason = m->of->end,
				   .epochs = m->of->epochs,
				   .iters = m->iter}};
	put(m, &ev);
}

static void put_lines(struct maker *m, int64_t epoch)
{
	enum { DEVICE_EVERY = 5 };
	for (int i = 1; i <= m->of->lines; i++) {
		if (m->of->alone_every && i % m->of->alone_every == 0)
			put_step(m, epoch);
		else
			put_steps(m, epoch);
		if (i % DEVICE_EVERY == 0)
			put_device(m);
	}
}

char *make_log(const struct bench *b, const struct made_log *l, int64_t *bytes, int64_t *events)
{
	char *dir = scratch_path(b, l->name), *path = xasprintf("%s/events.jsonl", dir);
	struct maker m = {.of = l, .line = STRBUF_INIT};
	mkdir(dir, 0700);
	if (!(m.out = fopen(path, "w")))
		die("%s: cannot be written", path);
	fill_pixels(&m, m.pixels, SIDE * SIDE);
	fill_pixels(&m, m.picture, THUMB * THUMB * 3);
	put_beginning(&m);
	for (int64_t epoch = 1; epoch <= l->epochs; epoch++) {
		put_lines(&m, epoch);
		put_stats(&m, epoch);
		put_mistakes(&m, epoch);
		put_epoch(&m, epoch);
		put_probe(&m, epoch);
		put_checkpoint(&m, epoch);
	}
	put_end(&m);
	*bytes = (int64_t)ftell(m.out);
	*events = m.seq;
	fclose(m.out);
	strbuf_release(&m.line);
	free(path);
	return dir;
}
