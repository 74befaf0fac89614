/* A made-up run for the viewer's tests: Tiny Darknet's 22 layers, 5 classes, 5 + 5 epochs, with a
 * freeze, learning rates, probes with pictures, notes that try to hurt a terminal, and an end.
 * Deterministic, times included.
 */
#ifndef TESTS_TUI_SAMPLE_H
#define TESTS_TUI_SAMPLE_H

#include "thaw/event/event.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SAMPLE_CLASSES 5
#define SAMPLE_EPOCHS 10
#define SAMPLE_ITERS 31
#define SAMPLE_PROBES 8
#define SAMPLE_THUMB 24
#define SAMPLE_MAP 12

static const char *sample_device = "cpu"; /* what computes */

struct sample {
	FILE *out;
	int64_t seq, t_ms;
	double noise; /* a small deterministic wobble */
};

/* Strings of a quiz are char *, but one filled by hand only borrows them. */
union sample_text {
	const char *in;
	char *out;
};

static inline char *sample_str(const char *s)
{
	return ((union sample_text){.in = s}).out;
}

static inline void sample_put(struct sample *s, struct event *ev, int64_t after_ms)
{
	struct strbuf line = STRBUF_INIT;
	ev->seq = ++s->seq;
	ev->t_ms = s->t_ms += after_ms;
	event_encode(ev, &line);
	fputs(line.buf, s->out);
	strbuf_release(&line);
}

static inline double sample_wobble(struct sample *s)
{
	s->noise = fmod(s->noise * 75 + 74, 65537);
	return s->noise / 65537 - 0.5;
}

static inline struct event_phase_plan sample_head(void)
{
	return (struct event_phase_plan){.name = "head",
					 .epochs = 5,
					 .first_epoch = 1,
					 .lr = 0.01,
					 .schedule = "constant",
					 .freeze = "0-17",
					 .batchnorm = "frozen"};
}

static inline struct event_phase_plan sample_tune(void)
{
	return (struct event_phase_plan){.name = "tune",
					 .index = 1,
					 .epochs = 5,
					 .first_epoch = 6,
					 .lr = 0.0005,
					 .schedule = "cosine",
					 .freeze = "0-13",
					 .batchnorm = "frozen"};
}

static inline void sample_run(struct sample *s)
{
	static const char *const classes[SAMPLE_CLASSES] = {"daisy", "dandelion", "roses",
							    "sunflowers", "tulips"};
	struct event_phase_plan phases[2] = {sample_head(), sample_tune()};
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = EVENT_VERSION,
				    .program = "thaw 0.1.0",
				    .name = "flower-photos-1",
				    .started = 1700000000000,
				    .cfg = "tiny.cfg",
				    .weights = "tiny.weights",
				    .data = "flower_photos",
				    .classes = classes,
				    .n_classes = SAMPLE_CLASSES,
				    .input_w = 224,
				    .input_h = 224,
				    .input_c = 3,
				    .n_train = 500,
				    .n_valid = 500,
				    .epochs = SAMPLE_EPOCHS,
				    .iterations = SAMPLE_ITERS,
				    .batch = 16,
				    .seed = 1,
				    .threads = 2,
				    .device = sample_device,
				    .phases = phases,
				    .n_phases = 2};
	sample_put(s, &ev, 0);
}

static inline void sample_stage(struct sample *s, enum stage stage, enum stage_state state,
				const char *in, const char *out)
{
	struct event ev = {.type = EV_STAGE};
	ev.stage.stage = stage;
	ev.stage.state = state;
	ev.stage.in = in;
	ev.stage.out = out;
	sample_put(s, &ev, 150);
}

static inline void sample_layers(struct sample *s)
{
	static const struct {
		char kind; /* c convolution, m maxpool, a average, s softmax, $ cost */
		int size, out_w, out_c;
	} plan[22] = {{'c', 3, 224, 16}, {'m', 2, 112, 16}, {'c', 3, 112, 32}, {'m', 2, 56, 32},
		      {'c', 1, 56, 16},  {'c', 3, 56, 128}, {'c', 1, 56, 16},  {'c', 3, 56, 128},
		      {'m', 2, 28, 128}, {'c', 1, 28, 32},  {'c', 3, 28, 256}, {'c', 1, 28, 32},
		      {'c', 3, 28, 256}, {'m', 2, 14, 256}, {'c', 1, 14, 64},  {'c', 3, 14, 512},
		      {'c', 1, 14, 64},  {'c', 3, 14, 512}, {'c', 1, 14, 128}, {'c', 1, 14, 5},
		      {'a', 0, 1, 5},    {'s', 0, 1, 5}};
	struct event_layer layers[22];
	int w = 224, c = 3;
	for (int i = 0; i < 22; i++) {
		bool conv = plan[i].kind == 'c';
		layers[i] = (struct event_layer){
		    .index = i,
		    .kind = conv                  ? "convolutional"
			    : plan[i].kind == 'm' ? "maxpool"
			    : plan[i].kind == 'a' ? "avgpool"
						  : "softmax",
		    .activation = conv ? i == 19 ? "linear" : "leaky" : "",
		    .in_w = w,
		    .in_h = w,
		    .in_c = c,
		    .out_w = plan[i].out_w,
		    .out_h = plan[i].out_w,
		    .out_c = plan[i].out_c,
		    .size = plan[i].size,
		    .stride = conv ? 1 : plan[i].size,
		    .batchnorm = conv && i != 19,
		    .params = conv ? (int64_t)plan[i].size * plan[i].size * c * plan[i].out_c +
					 2 * plan[i].out_c
				   : 0,
		    .origin = conv ? i == 19 ? ORIGIN_INITIALISED : ORIGIN_LOADED : ORIGIN_NONE,
		    .flops = conv ? 2LL * plan[i].size * plan[i].size * c * plan[i].out_c *
					plan[i].out_w * plan[i].out_w
				  : 0};
		w = plan[i].out_w;
		c = plan[i].out_c;
	}
	struct event ev = {.type = EV_LAYERS};
	ev.layers = (struct event_layers){layers, 22, 19};
	sample_put(s, &ev, 10);
}

/* Parameters that learn above the frozen layers: of those in sample_layers(). */
static inline int64_t sample_trainable(const char *frozen)
{
	return strcmp(frozen, "0-17") == 0 ? 66442 : strcmp(frozen, "0-13") == 0 ? 707722 : 691210;
}

static inline void sample_freeze(struct sample *s, int64_t iter, enum cause cause, const char *now,
				 const char *was)
{
	struct event ev = {.type = EV_FREEZE};
	ev.freeze = (struct event_freeze){iter, cause, now, was, sample_trainable(now)};
	sample_put(s, &ev, 5);
}

static inline void sample_lr(struct sample *s, int64_t iter, enum cause cause, double value,
			     double was)
{
	struct event ev = {.type = EV_LR};
	ev.lr = (struct event_lr){.iter = iter, .cause = cause, .value = value, .was = was};
	sample_put(s, &ev, 5);
}

static inline void sample_note(struct sample *s, enum note_level level, const char *text)
{
	struct event ev = {.type = EV_NOTE};
	ev.note.level = level;
	ev.note.text = text;
	sample_put(s, &ev, 5);
}

static inline void sample_phase(struct sample *s, int64_t index)
{
	struct event ev = {.type = EV_PHASE};
	ev.phase = index == 0 ? sample_head() : sample_tune();
	sample_put(s, &ev, 5);
}

static inline void sample_steps(struct sample *s, int epoch, double lr, int n)
{
	for (int i = 0; i < n; i++) {
		struct event ev = {.type = EV_STEP};
		int64_t iter = (epoch - 1) * SAMPLE_ITERS + i + 1;
		ev.step = (struct event_step){.iter = iter,
					      .epoch = epoch,
					      .lr = {lr, true},
					      .ips = {41 + 4 * sample_wobble(s), true}};
		ev.step.loss =
		    opt_of(0.28 + 1.4 * exp(-(double)iter / 45) + 0.25 * sample_wobble(s));
		sample_put(s, &ev, 400);
	}
}

/* The epoch after a change of the frozen layers fills it, those that follow use it. */
static inline void sample_cache(struct sample *s, int epoch)
{
	int layer = epoch <= 5 ? 17 : epoch <= 7 ? 13 : 14;
	bool first = epoch == 1 || epoch == 6 || epoch == 8;
	struct event ev = {.type = EV_CACHE};
	ev.cache = (struct event_cache){.epoch = epoch,
					.layer = layer,
					.images = 1000,
					.memory_bytes = 15700000,
					.hits = first ? 0 : 1000,
					.misses = first ? 1000 : 0,
					.saved = {first        ? 0
						  : epoch <= 5 ? 0.98
							       : 0.71,
						  true}};
	sample_put(s, &ev, 5);
}

static inline void sample_epoch(struct sample *s, int epoch, double lr)
{
	static const double acc[SAMPLE_EPOCHS + 1] = {0,     0.612, 0.718, 0.772, 0.790, 0.788,
						      0.815, 0.836, 0.862, 0.858, 0.851};
	static const char *const names[SAMPLE_CLASSES] = {"daisy", "dandelion", "roses",
							  "sunflowers", "tulips"};
	struct event_class classes[SAMPLE_CLASSES];
	struct event_row rows[SAMPLE_CLASSES];
	int64_t counts[SAMPLE_CLASSES][SAMPLE_CLASSES] = {{0}}, tp = 0,
		predicted[SAMPLE_CLASSES] = {0};
	for (int i = 0; i < SAMPLE_CLASSES; i++) {
		int64_t left = 100, hit = (int64_t)(acc[epoch] * 100) - 6 + 3 * i;
		counts[i][i] = hit = hit > 98 ? 98 : hit;
		left -= hit;
		counts[i][(i + 1) % SAMPLE_CLASSES] = left * 2 / 3;
		counts[i][(i + 3) % SAMPLE_CLASSES] = left - left * 2 / 3;
		tp += hit;
		for (int j = 0; j < SAMPLE_CLASSES; j++)
			predicted[j] += counts[i][j];
		rows[i] = (struct event_row){counts[i], SAMPLE_CLASSES};
	}
	for (int i = 0; i < SAMPLE_CLASSES; i++)
		classes[i] =
		    (struct event_class){names[i], 100, counts[i][i], predicted[i] - counts[i][i]};
	struct event_frozen frozen[14];
	char digests[14][17];
	for (int i = 0; i < 14; i++) {
		snprintf(digests[i], sizeof(digests[i]), "%016llx",
			 0x9E3779B97F4A7C15ULL * (unsigned)(i + 1));
		frozen[i] = (struct event_frozen){i, digests[i]};
	}
	struct event ev = {.type = EV_EPOCH};
	double valid_loss =
	    1.5 * pow(1 - (double)tp / 500, 0.7) + (epoch > 8 ? 0.03 * (epoch - 8) : 0);
	ev.epoch = (struct event_epoch){.epoch = epoch,
					.phase = epoch <= 5 ? "head" : "tune",
					.iter = epoch * SAMPLE_ITERS,
					.lr = {lr, true},
					.train = {.loss = {0.3 + 1.3 * exp(-epoch * 0.7), true},
						  .acc = {1 - 0.5 * exp(-epoch * 0.35), true}},
					.valid = {.loss = {valid_loss, true},
						  .acc = {(double)tp / 500, true},
						  .top5 = {1, true}},
					.seconds = {{11.2, true}, {2.1, true}},
					.best = epoch <= 4 || (epoch >= 6 && epoch <= 8),
					.classes = classes,
					.n_classes = SAMPLE_CLASSES,
					.confusion = rows,
					.n_confusion = SAMPLE_CLASSES,
					.frozen = frozen,
					.n_frozen = 14};
	sample_put(s, &ev, 2000);
}

static const char sample_base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The layers with weights: the later, the faster they learn; the frozen ones do not. */
static inline void sample_stats(struct sample *s, int epoch)
{
	static const int with_weights[] = {0, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19};
	enum { N = sizeof(with_weights) / sizeof(*with_weights) };
	struct event_layer_stat layers[N];
	int border = epoch <= 5 ? 17 : epoch <= 7 ? 13 : 14;
	for (int i = 0; i < N; i++) {
		int layer = with_weights[i];
		bool learns = layer > border, computed = learns || epoch == 1 || epoch == 6;
		layers[i] = (struct event_layer_stat){
		    .layer = layer,
		    .weight_norm = {4 + layer * 0.7 + (learns ? epoch * 0.05 : 0), true},
		    .update_ratio = {1e-3 * exp(-epoch * 0.3) * (1 + layer * 0.2), learns},
		    .forward_ms = {0.2 + 0.1 * (layer % 4), computed},
		    .backward_ms = {0.5 + 0.2 * (layer % 4), learns}};
	}
	struct event ev = {.type = EV_STATS, .stats = {epoch, layers, N}};
	sample_put(s, &ev, 5);
}

static inline void sample_scale(struct sample *s, int64_t iter)
{
	double now[22], was[22];
	for (int i = 0; i < 22; i++) {
		was[i] = 1;
		now[i] = i >= 15 && i <= 17 ? 0.1 : 1;
	}
	struct event ev = {.type = EV_SCALE, .scale = {iter, CAUSE_USER, now, 22, was, 22}};
	sample_put(s, &ev, 5);
}

static inline void sample_thumbs(struct sample *s)
{
	static char text[SAMPLE_PROBES][SAMPLE_THUMB * SAMPLE_THUMB * 4 + 1];
	struct event_thumb images[SAMPLE_PROBES];
	for (int k = 0; k < SAMPLE_PROBES; k++) {
		for (int i = 0; i < SAMPLE_THUMB * SAMPLE_THUMB; i++) {
			int x = i % SAMPLE_THUMB - SAMPLE_THUMB / 2,
			    y = i / SAMPLE_THUMB - SAMPLE_THUMB / 2;
			bool flower = x * x + y * y < 30 + 9 * k;
			unsigned v = flower ? 0xF0C020u + (unsigned)k * 0x000F10u
					    : 0x206030u + (unsigned)(i % 7) * 0x0400u;
			for (int j = 0; j < 4; j++)
				text[k][i * 4 + j] = sample_base64[v >> (18 - 6 * j) & 63];
		}
		images[k] = (struct event_thumb){k, k % SAMPLE_CLASSES,
						 "roses/102501987_3cdb8e5394_n.jpg", text[k]};
	}
	struct event ev = {.type = EV_THUMBS};
	ev.thumbs = (struct event_thumbs){SAMPLE_THUMB, SAMPLE_THUMB, images, SAMPLE_PROBES};
	sample_put(s, &ev, 5);
}

/* Black squares with a dot of another colour and place each. */
static inline void sample_mistakes(struct sample *s, int epoch)
{
	enum { N = 5, SIDE = 8 };
	static char text[N][SIDE * SIDE * 4 + 1];
	struct event_mistake images[N];
	for (int k = 0; k < N; k++) {
		memset(text[k], 'A', SIDE * SIDE * 4);
		memset(text[k] + ((k + 1) * SIDE + epoch % SIDE) * 4, 'a' + k, 8);
		images[k] = (struct event_mistake){.path = "tulips/3510294699_bc4c72cb7d_n.jpg",
						   .label = k % SAMPLE_CLASSES,
						   .said = (k + 1) % SAMPLE_CLASSES,
						   .prob_said = 0.99 - 0.07 * k,
						   .prob_label = 0.005 + 0.02 * k,
						   .rgb = text[k]};
	}
	struct event ev = {.type = EV_MISTAKES, .mistakes = {epoch, SIDE, SIDE, images, N}};
	sample_put(s, &ev, 5);
}

/* side*side bytes, a multiple of 3, with a hill at (x, y). */
static inline void sample_hill(char *text, int side, int x, int y)
{
	uint8_t bytes[SAMPLE_MAP * SAMPLE_MAP];
	for (int i = 0; i < side * side; i++) {
		int far = (i % side - x) * (i % side - x) + (i / side - y) * (i / side - y);
		bytes[i] = (uint8_t)(far < 15 ? 255 - 17 * far : 0);
	}
	for (int i = 0; i < side * side / 3 * 4; i++) {
		const uint8_t *b = bytes + i / 4 * 3;
		unsigned v = (unsigned)b[0] << 16 | (unsigned)b[1] << 8 | b[2];
		text[i] = sample_base64[v >> (18 - 6 * (i % 4)) & 63];
	}
	text[side * side / 3 * 4] = 0;
}

struct sample_sight { /* of one picture */
	char cam[SAMPLE_MAP * SAMPLE_MAP * 2], maps[3][4][SAMPLE_MAP * SAMPLE_MAP * 2];
	struct event_map map[3][4];
	struct event_trace traces[3];
};

static inline void sample_look(struct sample_sight *v, int k, int epoch)
{
	const int layers[] = {epoch <= 5 ? 17 : 13, 18, 19};
	sample_hill(v->cam, SAMPLE_MAP, 3 + k % 6, 4 + (k + epoch) % 4);
	for (int t = 0; t < 3; t++) {
		for (int m = 0; m < 4; m++) {
			sample_hill(v->maps[t][m], SAMPLE_MAP, 2 + (k + 3 * m + t) % 8,
				    2 + (5 * m + t) % 8);
			v->map[t][m] = (struct event_map){11 * m + t, 2.0 - 0.4 * m, v->maps[t][m]};
		}
		v->traces[t] =
		    (struct event_trace){layers[t],  0.1 + 0.3 * t, 1.5 + 0.1 * k, 0.3 + 0.1 * t,
					 SAMPLE_MAP, SAMPLE_MAP,    v->map[t],     4,
					 {0, false}};
	}
}

static inline void sample_probe(struct sample *s, int epoch)
{
	static struct sample_sight sights[SAMPLE_PROBES];
	struct event_probe_image images[SAMPLE_PROBES];
	double probs[SAMPLE_PROBES][SAMPLE_CLASSES];
	for (int k = 0; k < SAMPLE_PROBES; k++) {
		double truth = k == 3 ? 0.3 : 1 - 0.8 * exp(-epoch * (0.15 + 0.06 * k));
		for (int i = 0; i < SAMPLE_CLASSES; i++)
			probs[k][i] =
			    i == k % SAMPLE_CLASSES
				? truth
				: (1 - truth) * (i == (k + 1) % SAMPLE_CLASSES ? 0.7 : 0.1);
		sample_look(&sights[k], k, epoch);
		images[k] = (struct event_probe_image){
		    k, probs[k], SAMPLE_CLASSES, sights[k].cam, sights[k].traces, 3};
	}
	struct event ev = {.type = EV_PROBE};
	ev.probe = (struct event_probe){epoch, SAMPLE_MAP, SAMPLE_MAP, images, SAMPLE_PROBES};
	sample_put(s, &ev, 5);
}

static inline void sample_begin(struct sample *s)
{
	sample_run(s);
	sample_stage(s, STAGE_LOAD, STAGE_STARTED, "tiny.weights", "");
	sample_stage(s, STAGE_LOAD, STAGE_DONE, "tiny.weights", "22 layers, 1000 classes");
	sample_stage(s, STAGE_REPLACE, STAGE_DONE, "1000 classes", "5 classes, 645 new numbers");
	sample_layers(s);
	sample_stage(s, STAGE_FREEZE, STAGE_DONE, "22 layers", "0-17 frozen");
	sample_freeze(s, 0, CAUSE_PHASE, "0-17", "none");
	sample_thumbs(s);
	sample_probe(s, 0);
	sample_note(s, NOTE_INFO, "500 images to train on, 500 to validate");
	sample_stage(s, STAGE_HEAD, STAGE_STARTED, "645 numbers", "");
	sample_phase(s, 0);
	sample_lr(s, 0, CAUSE_PHASE, 0.01, 0);
}

static inline void sample_end(struct sample *s, enum end_status status, const char *reason)
{
	struct event ev = {.type = EV_END};
	ev.end = (struct event_end){.status = status,
				    .reason = reason,
				    .epochs = 10,
				    .iters = 310,
				    .seconds = {(double)s->t_ms / 1000, true},
				    .best_acc = {0.862, true},
				    .best_epoch = {8, true},
				    .peak_rss = 300000000};
	sample_put(s, &ev, 20);
}

/* Train epochs first..last, with what happens in between. */
static inline void sample_epochs(struct sample *s, int first, int last)
{
	for (int epoch = first; epoch <= last; epoch++) {
		double lr = epoch <= 5 ? epoch >= 3 ? 0.005 : 0.01 : 0.0005;
		if (epoch == 3)
			sample_lr(s, 62, CAUSE_USER, 0.005, 0.01);
		if (epoch == 6) {
			sample_stage(s, STAGE_HEAD, STAGE_DONE, "645 numbers",
				     "val. accuracy 79.0 %");
			sample_stage(s, STAGE_TUNE, STAGE_STARTED, "8 layers at 0.0005", "");
			sample_phase(s, 1);
			sample_freeze(s, 155, CAUSE_PHASE, "0-13", "0-17");
			sample_lr(s, 155, CAUSE_PHASE, lr, 0.005);
		}
		if (epoch == 8)
			sample_freeze(s, 217, CAUSE_USER, "0-14", "0-13");
		if (epoch == 10)
			sample_scale(s, 279);
		sample_steps(s, epoch, lr, SAMPLE_ITERS);
		sample_cache(s, epoch);
		sample_stats(s, epoch);
		sample_mistakes(s, epoch);
		sample_epoch(s, epoch, lr);
		sample_probe(s, epoch);
		if (epoch == 7)
			sample_note(s, NOTE_WARN,
				    "hostile \x1b[31;5m\x9b\a text, 漢字 and e\xcc\x81 too");
	}
}

/* A whole run that finished. */
static inline void sample_whole(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, SAMPLE_EPOCHS);
	sample_stage(s, STAGE_TUNE, STAGE_DONE, "8 layers at 0.0005", "val. accuracy 86.2 %");
	sample_end(s, END_FINISHED, "all 10 epochs done");
}

#endif
