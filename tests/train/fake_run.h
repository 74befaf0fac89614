/* Runs of the trainer on a stand-in network, for tests: an experiment on small pictures, and the
 * log that a run leaves.
 */
#ifndef THAW_TESTS_FAKE_RUN_H
#define THAW_TESTS_FAKE_RUN_H

#include "fake_net.inc"
#include "pictures.h"
#include "scratch.h"

#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"
#include "thaw/train/trainer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PER_CLASS 8
#define N_TRAIN (N_PICTURE_CLASSES * PER_CLASS)
#define BATCH 6
#define ITERS (N_TRAIN / BATCH)

static char *root, *runs, *yaml, *weights;

static inline void write_text(const char *path, const char *text)
{
	assert_int_equal(file_write_atomic(path, text, strlen(text), NULL), ERR_OK);
}

static inline int make_root(void **state)
{
	(void)state;
	root = scratch_new();
	runs = path_join(root, "runs");
	yaml = path_join(root, "shapes.yaml");
	weights = path_join(root, "base.weights");
	char *train = path_join(root, "train"), *valid = path_join(root, "valid");
	make_pictures(train, PER_CLASS, 8, 1);
	make_pictures(valid, 4, 8, 2);
	char zeros[FAKE_WEIGHTS_BYTES] = {0};
	assert_int_equal(file_write_atomic(weights, zeros, sizeof(zeros), NULL), ERR_OK);
	char *text =
	    xasprintf("network: {cfg: %s, weights: %s}\n"
		      "data: {images: %s, valid: %s, probes: 3}\n"
		      "train: {batch: %d, seed: 7, threads: 1, keep: 1, accident_wait: 0}\n"
		      "phases:\n"
		      "  - {name: head, freeze: base, epochs: 2, lr: 0.1}\n"
		      "  - {name: tune, freeze: none, epochs: 2, lr: 0.01, layer_decay: 0.5}\n",
		      weights, weights, train, valid, BATCH);
	write_text(yaml, text);
	free(text);
	free(train);
	free(valid);
	return 0;
}

static inline int remove_root(void **state)
{
	(void)state;
	scratch_free(root);
	free(runs);
	free(yaml);
	free(weights);
	return 0;
}

static inline int reset_fake(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.bad_output = -1;
	return 0;
}

static inline enum trainer_status train(const char *name, const char *const *sets, size_t n_sets,
					struct errinfo *e)
{
	struct trainer_options o = {.experiment = yaml,
				    .runs = runs,
				    .name = name,
				    .sets = sets,
				    .n_sets = n_sets,
				    .report_fd = -1};
	return trainer_run(&o, e);
}

static inline char *run_file(const char *name, const char *file)
{
	return xasprintf("%s/%s/%s", runs, name, file);
}

/* The whole log of a run: events that the caller releases, and their fold. */
struct log {
	struct event *events;
	size_t n, cap;
	struct history h;
};

/* Iterations that were told together are kept one by one. */
static inline void log_keep(struct log *l, struct event *ev)
{
	size_t n = ev->type == EV_STEPS ? ev->steps.n_loss : 1;
	for (size_t i = 0; i < n; i++) {
		ALLOC_GROW(l->events, l->n + 1, l->cap);
		l->events[l->n] = *ev;
		if (ev->type == EV_STEPS) {
			l->events[l->n].type = EV_STEP;
			l->events[l->n].step = event_steps_at(&ev->steps, i);
		}
		l->n++;
	}
	if (ev->type == EV_STEPS)
		event_release(ev);
}

/* `n_broken` lines of it are torn. */
static inline void log_read_torn(struct log *l, const char *name, int n_broken)
{
	*l = (struct log){0};
	history_init(&l->h);
	char *path = run_file(name, "events.jsonl");
	struct log_reader *r;
	assert_int_equal(log_reader_open(&r, path, NULL), ERR_OK);
	struct event ev;
	struct errinfo e;
	enum log_next next;
	while ((next = log_reader_next(r, &ev, &e)) != LOG_WAIT) {
		n_broken -= next == LOG_BROKEN;
		if (next == LOG_BROKEN)
			continue;
		history_apply(&l->h, &ev);
		log_keep(l, &ev);
	}
	assert_int_equal(n_broken, 0);
	log_reader_close(r);
	free(path);
}

static inline void log_read(struct log *l, const char *name)
{
	log_read_torn(l, name, 0);
}

static inline void log_free(struct log *l)
{
	for (size_t i = 0; i < l->n; i++)
		event_release(&l->events[i]);
	free(l->events);
	history_release(&l->h);
}

static inline const struct event *find(const struct log *l, enum event_type type, size_t nth)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->events[i].type == type && nth-- == 0)
			return &l->events[i];
	return NULL;
}

static inline size_t count(const struct log *l, enum event_type type)
{
	size_t n = 0;
	while (find(l, type, n))
		n++;
	return n;
}

#endif
