/* A whole small run, with something of everything. */
#ifndef THAW_TESTS_HISTORY_SAMPLE_H
#define THAW_TESTS_HISTORY_SAMPLE_H

#include "feed.h"

static inline void feed_stage(struct history *h, enum stage s, enum stage_state state,
			      const char *in, const char *out)
{
	struct event ev = {
	    .type = EV_STAGE,
	    .stage = {.stage = s, .state = state, .in = in, .out = out}};
	feed(h, &ev);
}

static inline void feed_phase(struct history *h, int64_t index, const char *name, int64_t first,
			      double lr)
{
	struct event ev = {.type = EV_PHASE};
	ev.phase = (struct event_phase_plan){.name = name,
					     .index = index,
					     .epochs = 5,
					     .first_epoch = first,
					     .lr = lr,
					     .freeze = "0-18"};
	feed(h, &ev);
}

static inline void feed_note(struct history *h, enum note_level level, const char *text)
{
	struct event ev = {.type = EV_NOTE, .note = {.level = level, .text = text}};
	feed(h, &ev);
}

static inline void feed_control(struct history *h, enum control_what what)
{
	struct event ev = {.type = EV_CONTROL,
			   .control = {.what = what, .iter = h->iter, .cause = CAUSE_USER}};
	feed(h, &ev);
}

static inline void feed_cache(struct history *h, int64_t layer, int64_t images, double saved)
{
	struct event ev = {.type = EV_CACHE};
	ev.cache = (struct event_cache){.epoch = (int64_t)h->n_epochs + 1,
					.layer = layer,
					.images = images,
					.memory_bytes = 15728640,
					.hits = images,
					.saved = {saved, true}};
	feed(h, &ev);
}

static inline void feed_end(struct history *h, enum end_status status, const char *reason)
{
	struct event ev = {.type = EV_END,
			   .end = {.status = status, .reason = reason, .seconds = {12, true}}};
	feed(h, &ev);
}

/* Two pictures of 2x1 pixels; the second one's text is cut short. */
static inline void feed_thumbs(struct history *h)
{
	struct event_thumb images[] = {
	    {.id = 0, .label = 1, .path = "a.jpg", .rgb = "AAECAwQF"},
	    {.id = 7, .label = 0, .path = "b.jpg", .rgb = "AAEC"},
	};
	struct event ev = {.type = EV_THUMBS,
			   .thumbs = {.w = 2, .h = 1, .images = images, .n_images = 2}};
	feed(h, &ev);
}

static inline void feed_probe(struct history *h, int64_t epoch, int64_t id, double p)
{
	double probs[] = {p, 1 - p};
	/* Pictures of 2x1 values: "AP8=" is 0 and 255; the second map is cut short. */
	struct event_map maps[] = {{3, 0.5, "AP8="}, {1, 0.25, "AA=="}};
	struct event_trace traces[] = {{18, 0.25, 0.5, 0.75, 2, 1, maps, 2, {0, false}},
				       {HEAD, p, 1, 0.5, 2, 1, maps, 1, {0, false}}};
	struct event_probe_image image = {
	    .id = id, .probs = probs, .n_probs = 2, .cam = "/wA=", .traces = traces,
	    .n_traces = 2};
	struct event ev = {.type = EV_PROBE,
			   .probe = {.epoch = epoch,
				     .cam_w = 2,
				     .cam_h = 1,
				     .images = &image,
				     .n_images = 1}};
	feed(h, &ev);
}

/* Of layers 0, which is frozen, and HEAD. */
static inline void feed_stats(struct history *h, int64_t epoch)
{
	struct event_layer_stat layers[] = {
	    {.layer = 0, .weight_norm = {4, true}},
	    {HEAD, {2, true}, {0.5 / (double)epoch, true}, {1, true}, {3, true}},
	};
	struct event ev = {.type = EV_STATS, .stats = {epoch, layers, 2}};
	feed(h, &ev);
}

static inline void feed_mistakes(struct history *h, int64_t epoch)
{
	struct event_mistake images[] = {
	    {"c.jpg", 1, 0, 0.875, 0.125, "AAECAwQF"},
	    {"d.jpg", 0, 1, 0.75, 0.25, "AAEC"},
	};
	struct event ev = {.type = EV_MISTAKES, .mistakes = {epoch, 2, 1, images, 2}};
	feed(h, &ev);
}

/* Layers from..to learn at `scale` times the rate from now on. */
static inline void feed_scale(struct history *h, int from, int to, double scale, enum cause cause)
{
	double now[N_LAYERS], was[N_LAYERS];
	for (int i = 0; i < N_LAYERS; i++) {
		was[i] = (size_t)i < h->n_layers ? h->layers[i].lr_scale : 1;
		now[i] = i >= from && i <= to ? scale : was[i];
	}
	struct event ev = {.type = EV_SCALE,
			   .scale = {h->iter, cause, now, N_LAYERS, was, N_LAYERS}};
	feed(h, &ev);
}

/* An epoch of a network with two classes; the digests of layers 0..n_frozen-1 are all `digest`. */
static inline void feed_full_epoch(struct history *h, double acc, int n_frozen, const char *digest)
{
	struct event_class classes[] = {{"cat", 10, 8, 1}, {"dog", 10, 9, 2}};
	int64_t counts[][2] = {{8, 2}, {1, 9}};
	struct event_row rows[] = {{counts[0], 2}, {counts[1], 2}};
	struct event_frozen frozen[N_LAYERS];
	for (int i = 0; i < n_frozen; i++)
		frozen[i] = (struct event_frozen){i, digest};
	struct event ev = {.type = EV_EPOCH};
	ev.epoch = (struct event_epoch){
	    .epoch = (int64_t)h->n_epochs + 1,
	    .phase = "head",
	    .iter = h->iter,
	    .lr = {0.01, true},
	    .train = {.loss = {0.5, true}, .acc = {acc, true}},
	    .valid = {.loss = {0.6, true}, .acc = {acc, true}, .top2 = {1, true}},
	    .seconds = {{2, true}, {1, true}},
	    .classes = classes,
	    .n_classes = 2,
	    .confusion = rows,
	    .n_confusion = 2,
	    .frozen = frozen,
	    .n_frozen = (size_t)n_frozen};
	feed(h, &ev);
}

static inline void feed_last_checkpoint(struct history *h)
{
	struct event ev = {.type = EV_CHECKPOINT};
	ev.checkpoint = (struct event_checkpoint){.epoch = (int64_t)h->n_epochs,
						  .iter = h->iter,
						  .kind = CHECKPOINT_LAST,
						  .path = "last.weights"};
	feed(h, &ev);
}

static inline void feed_continued(struct history *h, int64_t iter)
{
	struct event ev = {.type = EV_CONTROL,
			   .control = {.what = CONTROL_CONTINUED, .iter = iter, .cause = CAUSE_USER}};
	feed_run(h, 2, 20);
	feed(h, &ev);
}

#define DIGEST_A "0123456789abcdef"
#define DIGEST_B "fedcba9876543210"

static inline void feed_sample_start(struct history *h)
{
	feed_run(h, 2, 20);
	feed_stage(h, STAGE_LOAD, STAGE_STARTED, "tiny.weights", "");
	feed_stage(h, STAGE_LOAD, STAGE_DONE, "", "1000 classes");
	feed_layers(h);
	feed_phase(h, 0, "head", 1, 0.01);
	feed_freeze(h, "0-18", 0, CAUSE_PHASE);
	feed_lr(h, 0, 0.01, 0, CAUSE_PHASE);
	feed_thumbs(h);
	feed_probe(h, 0, 0, 0.5);
}

static inline void feed_sample(struct history *h)
{
	feed_sample_start(h);
	for (int i = 0; i < 3; i++) {
		feed_steps(h, 25, 0.9 - 0.1 * i);
		feed_cache(h, 18, 420, i * 0.4);
		feed_stats(h, i + 1);
		feed_mistakes(h, i + 1);
		feed_full_epoch(h, 0.7 + 0.05 * i, 19, DIGEST_A);
		feed_probe(h, i + 1, 7, 0.25);
	}
	feed_control(h, CONTROL_PAUSED);
	feed_control(h, CONTROL_UNPAUSED);
	feed_phase(h, 1, "tune", 4, 0.0001);
	feed_freeze(h, "0-13", h->iter, CAUSE_PHASE);
	feed_lr(h, 0.01, 0.0001, h->iter, CAUSE_PHASE);
	feed_scale(h, 14, 18, 0.1, CAUSE_USER);
	feed_steps(h, 25, 0.6);
	feed_full_epoch(h, 0.9, 14, DIGEST_A);
	feed_note(h, NOTE_WARN, "one picture could not be read");
	struct event ev = {.type = EV_CHECKPOINT};
	ev.checkpoint = (struct event_checkpoint){
	    .epoch = 4, .kind = CHECKPOINT_BEST, .path = "best.weights", .bytes = 1000};
	feed(h, &ev);
	feed_end(h, END_FINISHED, "all phases done");
}

#endif
