/* Logs at random: runs as a trainer tells them, with all that a history holds, that stop, go on from
 * earlier, go back, and now and then tell what makes no sense. */
#ifndef TESTS_HISTORY_RANDOM_H
#define TESTS_HISTORY_RANDOM_H

#include "../event/generate.h"
#include "sample.h"

#include <stdio.h>

static inline void random_steps(struct history *h, struct source *s)
{
	enum { MOST = 90 };
	double losses[MOST], rates[MOST];
	size_t n = 1 + draw(s, MOST), n_rates = draw(s, 3) ? draw(s, 2) : n;
	for (size_t i = 0; i < n; i++) {
		losses[i] = draw(s, 150) ? rng_uniform(s->key, s->counter++)
			    : draw(s, 2) ? NAN
					 : 1e6;
		rates[i] = 0.01 / (double)(1 + draw(s, 3));
	}
	int64_t iter = draw(s, 60) ? h->iter + 1 : 1 + (int64_t)draw(s, (uint64_t)h->iter + 1);
	struct event ev = {.type = EV_STEPS,
			   .steps = {.iter = iter,
				     .epoch = (int64_t)h->n_epochs + 1,
				     .loss = losses,
				     .n_loss = n,
				     .lr = rates,
				     .n_lr = n_rates,
				     .ips = {100 + (double)draw(s, 5), draw(s, 4) > 0},
				     .wait = {0.1, draw(s, 2) > 0}}};
	feed(h, &ev);
}

static inline void random_epoch(struct history *h, struct source *s)
{
	int64_t epoch = (int64_t)h->n_epochs + 1;
	feed_stats(h, epoch);
	if (draw(s, 2))
		feed_mistakes(h, epoch);
	feed_cache(h, 3, 400, 0.25);
	feed_full_epoch(h, 0.01 * (double)draw(s, 100), (int)draw(s, N_LAYERS), "0123456789abcdef");
	if (draw(s, 3))
		feed_probe(h, epoch, (int64_t)draw(s, 9), 0.01 * (double)draw(s, 100));
	if (draw(s, 2))
		feed_last_checkpoint(h);
}

/* As a reader of the log gets it. */
static inline void feed_read(struct history *h, const struct event *ev)
{
	struct strbuf line = STRBUF_INIT;
	struct event read;
	event_encode(ev, &line);
	assert_int_equal(event_decode(&read, line.buf, line.len, NULL), ERR_OK);
	feed(h, &read);
	event_release(&read);
	strbuf_release(&line);
}

/* Things that are told seldom, each with words of its own. */
static inline void random_remark(struct history *h, struct source *s)
{
	static const enum event_type types[] = {EV_DEVICE, EV_PROGRESS,  EV_NOTE,  EV_LR_RANGE,
						EV_THAW,   EV_CONTROL,   EV_STAGE, EV_PHASE,
						EV_LR,     EV_CHECKPOINT};
	struct event ev =
	    generate_event(s->key + s->counter, types[draw(s, sizeof(types) / sizeof(*types))]);
	s->counter += 1000;
	if (ev.type == EV_CONTROL && draw(s, 3))
		ev.control.iter = (int64_t)draw(s, (uint64_t)h->iter + 1);
	if (ev.type == EV_LR)
		ev.lr.iter = h->iter;
	feed_read(h, &ev);
	event_release(&ev);
}

static inline void random_change(struct history *h, struct source *s)
{
	char frozen[16];
	snprintf(frozen, sizeof(frozen), "0-%d", (int)draw(s, N_LAYERS - 1));
	switch (draw(s, 6)) {
	case 0:
		feed_freeze(h, frozen, h->iter, CAUSE_USER);
		break;
	case 1:
		feed_lr(h, 0.01, 0.001 * (double)(1 + draw(s, 20)), h->iter, CAUSE_USER);
		break;
	case 2:
		feed_scale(h, (int)draw(s, 5), (int)draw(s, N_LAYERS), 0.5, CAUSE_USER);
		break;
	case 3:
		feed_thumbs(h);
		break;
	case 4:
		feed_run(h, 2 + (draw(s, 8) == 0), 100);
		feed_continued(h, h->iter - (int64_t)draw(s, (uint64_t)(h->iter % 1000) + 1));
		break;
	default:
		if (draw(s, 6))
			feed_note(h, NOTE_INFO, "a remark");
		else
			feed_layers(h);
	}
}

/* Anything at all. */
/* Under one of a few names, now and then at an iteration that was there already. */
static inline void random_metric(struct history *h, struct source *s)
{
	static const char *const names[] = {"f1/macro", "grad_norm", "a"};
	for (uint64_t n = 1 + draw(s, 80); n > 0; n--) {
		int64_t back = draw(s, 30) ? 0 : (int64_t)draw(s, 100);
		struct event ev = {.type = EV_METRIC,
				   .metric = {.name = names[draw(s, 3)],
					      .iter = h->iter > back ? h->iter - back : 0,
					      .value = (double)draw(s, 1000) / 7}};
		feed_read(h, &ev);
	}
}

static inline void random_nonsense(struct history *h, struct source *s)
{
	struct event ev = generate_event(s->key + s->counter, (enum event_type)draw(s, EV_UNKNOWN));
	s->counter += 1000;
	struct event told = ev;
	if (ev.type == EV_RUN && ev.run.n_classes > 2) /* or the probes would go each time */
		told.run.n_classes = 2;
	feed_read(h, &told);
	event_release(&ev);
}

/* Tell about n events more. */
static inline void feed_random(struct history *h, struct source *s, int n)
{
	feed_sample_start(h);
	for (int i = 0; i < n; i++) {
		uint64_t which = draw(s, 40);
		if (which < 18)
			random_steps(h, s);
		else if (which < 26)
			random_epoch(h, s);
		else if (which < 32)
			random_change(h, s);
		else if (which < 34)
			random_metric(h, s);
		else if (which < 39)
			random_remark(h, s);
		else
			random_nonsense(h, s);
	}
}

#endif
