/* What the event log of an import comes to, folded by the plain rule that what goes back replaces: for
 * tests, which so need no history. */
#ifndef THAW_TESTS_IMPORT_SEEN_H
#define THAW_TESTS_IMPORT_SEEN_H

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/event/log_reader.h"
#include "thaw/import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEEN_MAX = 200000 };

struct seen_epoch {
	int64_t number, iter;
	struct event_score train, valid;
	struct opt_double lr, seconds;
};

struct seen_step {
	int64_t iter, epoch;
	struct opt_double loss, lr;
	int64_t t_ms;
};

struct seen {
	struct event run; /* a copy that owns */
	bool has_run, ended;
	int64_t end_status;
	struct seen_epoch *epochs; /* [n_epochs] */
	struct seen_step *steps;   /* [n_steps] those that tell a loss */
	size_t n_epochs, cap_epochs, n_steps, cap_steps, n_metrics, n_events, n_broken;
	size_t n_layers;
	struct event_layer layer0; /* without its texts */
	int64_t t_ms;
	struct strbuf notes, metrics; /* a line each: text; "name iter value" */
};

static inline void seen_init(struct seen *s)
{
	memset(s, 0, sizeof(*s));
	strbuf_init(&s->notes);
	strbuf_init(&s->metrics);
}

static inline void seen_release(struct seen *s)
{
	if (s->has_run)
		event_release(&s->run);
	free(s->epochs);
	free(s->steps);
	strbuf_release(&s->notes);
	strbuf_release(&s->metrics);
	memset(s, 0, sizeof(*s));
}

static inline void seen_step(struct seen *s, const struct event *ev)
{
	while (s->n_steps && s->steps[s->n_steps - 1].iter >= ev->step.iter && ev->step.loss.valid)
		s->n_steps--;
	if (!ev->step.loss.valid)
		return;
	ALLOC_GROW(s->steps, s->n_steps + 1, s->cap_steps);
	s->steps[s->n_steps++] = (struct seen_step){ev->step.iter, ev->step.epoch, ev->step.loss,
						    ev->step.lr, ev->t_ms};
}

static inline void seen_epoch(struct seen *s, const struct event *ev)
{
	while (s->n_epochs && s->epochs[s->n_epochs - 1].number >= ev->epoch.epoch)
		s->n_epochs--;
	ALLOC_GROW(s->epochs, s->n_epochs + 1, s->cap_epochs);
	s->epochs[s->n_epochs++] =
	    (struct seen_epoch){ev->epoch.epoch, ev->epoch.iter, ev->epoch.train,
				ev->epoch.valid, ev->epoch.lr,   ev->epoch.seconds.train};
}

static inline void seen_back(struct seen *s, int64_t iter)
{
	while (s->n_steps && s->steps[s->n_steps - 1].iter > iter)
		s->n_steps--;
	while (s->n_epochs && s->epochs[s->n_epochs - 1].iter > iter)
		s->n_epochs--;
}

/* Takes the event. */
static inline void seen_event(struct seen *s, struct event *ev)
{
	s->n_events++;
	s->t_ms = ev->t_ms;
	if (ev->type == EV_STEP)
		seen_step(s, ev);
	if (ev->type == EV_EPOCH)
		seen_epoch(s, ev);
	if (ev->type == EV_CONTROL && ev->control.what == CONTROL_CONTINUED)
		seen_back(s, ev->control.iter);
	if (ev->type == EV_NOTE)
		strbuf_addf(&s->notes, "%s\n", ev->note.text);
	if (ev->type == EV_METRIC)
		strbuf_addf(&s->metrics, "%s %lld %.9g\n", ev->metric.name,
			    (long long)ev->metric.iter, ev->metric.value);
	s->n_metrics += ev->type == EV_METRIC;
	if (ev->type == EV_LAYERS) {
		s->n_layers = ev->layers.n_layers;
		s->layer0 = ev->layers.layers[0];
		s->layer0.kind = s->layer0.activation = NULL;
	}
	if (ev->type == EV_END) {
		s->ended = true;
		s->end_status = ev->end.status;
	}
	if (ev->type == EV_RUN && !s->has_run) {
		s->run = *ev;
		s->has_run = true;
		return;
	}
	event_release(ev);
}

/* Read on. */
static inline void seen_read(struct seen *s, struct log_reader *r)
{
	struct event ev;
	struct errinfo e;
	for (enum log_next next; (next = log_reader_next(r, &ev, &e)) != LOG_WAIT;) {
		s->n_broken += next == LOG_BROKEN;
		if (next == LOG_EVENT)
			seen_event(s, &ev);
	}
}

static inline void seen_import(struct seen *s, const struct import *im)
{
	struct log_reader *r = NULL;
	struct errinfo e;
	seen_init(s);
	if (log_reader_open(&r, import_log(im), &e)) {
		fprintf(stderr, "%s\n", e.msg);
		abort();
	}
	seen_read(s, r);
	log_reader_close(r);
}

/* Open a log, and fold it. ERR_OK, or what import_open() says. */
static inline enum err seen_open(struct seen *s, const char *path, const struct import_options *o,
			  struct errinfo *e)
{
	struct import *im = NULL;
	enum err r = import_open(&im, path, o, e);
	if (!r)
		seen_import(s, im);
	import_close(im);
	return r;
}

#endif
