/* Hand-made events for the tests of the fold: each function folds one event, numbering and timing
 * it. */
#ifndef THAW_TESTS_HISTORY_FEED_H
#define THAW_TESTS_HISTORY_FEED_H

#include "thaw/history/history.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define N_LAYERS 20
#define HEAD 19

static struct strbuf feed_log = STRBUF_INIT; /* every event fed, as lines */

static inline void feed(struct history *h, struct event *ev)
{
	ev->seq = h->seq + 1;
	ev->t_ms = h->t_ms + 100;
	event_encode(ev, &feed_log);
	history_apply(h, ev);
}

static inline void feed_run(struct history *h, size_t n_classes, int64_t n_valid)
{
	const char *names[64];
	for (size_t i = 0; i < n_classes; i++)
		names[i] = "class";
	struct event_phase_plan plans[] = {
	    {.name = "head", .index = 0, .epochs = 5, .first_epoch = 1, .lr = 0.01},
	    {.name = "tune", .index = 1, .epochs = 5, .first_epoch = 6, .lr = 0.0001},
	};
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = 1,
				    .name = "test",
				    .classes = names,
				    .n_classes = n_classes,
				    .n_train = 400,
				    .n_valid = n_valid,
				    .epochs = 10,
				    .iterations = 25,
				    .batch = 16,
				    .phases = plans,
				    .n_phases = 2};
	feed(h, &ev);
}

static inline void feed_layers(struct history *h)
{
	struct event_layer layers[N_LAYERS];
	memset(layers, 0, sizeof(layers));
	for (int i = 0; i < N_LAYERS; i++)
		layers[i] =
		    (struct event_layer){.index = i, .kind = "convolutional", .params = 100};
	struct event ev = {.type = EV_LAYERS, .layers = {layers, N_LAYERS, HEAD}};
	feed(h, &ev);
}

static inline void feed_freeze(struct history *h, const char *frozen, int64_t iter,
			       enum cause cause)
{
	struct event ev = {.type = EV_FREEZE};
	ev.freeze = (struct event_freeze){.iter = iter,
					  .cause = cause,
					  .frozen = frozen,
					  .was = "none",
					  .trainable = 100};
	feed(h, &ev);
}

static inline void feed_lr(struct history *h, double was, double value, int64_t iter,
			   enum cause cause)
{
	struct event ev = {.type = EV_LR,
			   .lr = {.iter = iter, .cause = cause, .value = value, .was = was}};
	feed(h, &ev);
}

/* `n` steps after the last one, all of this loss. */
static inline void feed_steps(struct history *h, int n, double loss)
{
	for (int i = 0; i < n; i++) {
		struct event ev = {.type = EV_STEP};
		ev.step = (struct event_step){.iter = h->iter + 1,
					      .epoch = (int64_t)h->n_epochs + 1,
					      .loss = {loss, true},
					      .lr = {h->lr.valid ? h->lr.value : 0.01, true},
					      .ips = {100, true}};
		feed(h, &ev);
	}
}

struct scores {
	double train_loss, valid_loss, acc;
};

static inline struct history_epoch *feed_epoch(struct history *h, const char *phase,
					       struct scores s)
{
	struct event ev = {.type = EV_EPOCH};
	ev.epoch =
	    (struct event_epoch){.epoch = (int64_t)h->n_epochs + 1,
				 .phase = phase,
				 .iter = h->iter,
				 .lr = {h->lr.value, true},
				 .train = {.loss = {s.train_loss, true}, .acc = {s.acc, true}},
				 .valid = {.loss = {s.valid_loss, true}, .acc = {s.acc, true}},
				 .seconds = {{2, true}, {1, true}}};
	feed(h, &ev);
	return &h->epochs[h->n_epochs - 1];
}

/* An epoch of 25 quiet steps. */
static inline struct history_epoch *feed_quiet(struct history *h, struct scores s)
{
	feed_steps(h, 25, s.train_loss);
	return feed_epoch(h, "head", s);
}

static inline void assert_says(const struct history_epoch *e, enum observation kind,
			       const char *text)
{
	assert_string_equal(e->words, text);
	assert_string_equal(observation_name(e->observation), observation_name(kind));
}

#endif
