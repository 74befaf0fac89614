/* Courses made of a few events by hand, for the tests of what compares runs. */
#ifndef TESTS_REPORT_COURSES_H
#define TESTS_REPORT_COURSES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/run/course.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * (1 + fabs(want))))
		fail_msg("%.17g, wanted %.17g", got, want);
}

struct course_feed {
	struct course course;
	int64_t seq, t_ms;
};

static inline void feed_init(struct course_feed *f)
{
	*f = (struct course_feed){.seq = 0};
	course_init(&f->course);
}

static inline void feed_release(struct course_feed *f)
{
	course_release(&f->course);
}

/* As it comes from a log: written and read. */
static inline void feed(struct course_feed *f, struct event *ev, int64_t after_ms)
{
	struct strbuf line = STRBUF_INIT;
	struct event read;
	ev->seq = ++f->seq;
	ev->t_ms = f->t_ms += after_ms;
	event_encode(ev, &line);
	assert_int_equal(event_decode(&read, line.buf, line.len, NULL), ERR_OK);
	course_apply(&f->course, &read);
	event_release(&read);
	strbuf_release(&line);
}

static inline void feed_run(struct course_feed *f, int64_t iterations, int64_t started)
{
	static const char *const classes[] = {"daisy", "rose, \"red\"", "tulip"};
	struct event_phase_plan phases[] = {{.name = "head",
					     .epochs = 2,
					     .first_epoch = 1,
					     .lr = 0.01,
					     .schedule = "constant",
					     .freeze = "0-3",
					     .batchnorm = "frozen"},
					    {.name = "tune",
					     .index = 1,
					     .epochs = 8,
					     .first_epoch = 3,
					     .lr = 0.001,
					     .schedule = "cosine",
					     .freeze = "",
					     .batchnorm = "frozen"}};
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = EVENT_VERSION,
				    .program = "thaw 0.1.0",
				    .name = "made",
				    .started = started,
				    .cfg = "tiny.cfg",
				    .weights = "tiny.weights",
				    .classes = classes,
				    .n_classes = 3,
				    .epochs = 10,
				    .iterations = iterations,
				    .batch = 16,
				    .seed = 1,
				    .device = "cpu",
				    .phases = phases,
				    .n_phases = 2};
	feed(f, &ev, 0);
}

static inline void feed_step(struct course_feed *f, int64_t iter, int64_t epoch, double loss,
			     int64_t after_ms)
{
	struct event ev = {.type = EV_STEP};
	ev.step = (struct event_step){
	    .iter = iter, .epoch = epoch, .loss = opt_of(loss), .lr = opt_of(0.01)};
	feed(f, &ev, after_ms);
}

static inline void feed_steps(struct course_feed *f, int64_t iter, int64_t epoch, double *losses,
			      size_t n, int64_t after_ms)
{
	struct event ev = {.type = EV_STEPS};
	ev.steps = (struct event_steps){.iter = iter, .epoch = epoch, .loss = losses, .n_loss = n};
	feed(f, &ev, after_ms);
}

static inline void feed_epoch(struct course_feed *f, int64_t epoch, int64_t iter, double acc,
			      double loss, int64_t after_ms)
{
	struct event ev = {.type = EV_EPOCH};
	ev.epoch = (struct event_epoch){.epoch = epoch, .iter = iter};
	ev.epoch.valid.acc = opt_of(acc);
	ev.epoch.valid.loss = opt_of(loss);
	feed(f, &ev, after_ms);
}

/* The same with figures of each of feed_run()'s classes: right ones of 10 pictures each. */
static inline void feed_classes(struct course_feed *f, int64_t epoch, int64_t iter, int daisy,
				int rose, int tulip)
{
	struct event_class classes[] = {
	    {.n = 10, .tp = daisy}, {.n = 10, .tp = rose}, {.n = 10, .tp = tulip}};
	struct event ev = {.type = EV_EPOCH};
	ev.epoch =
	    (struct event_epoch){.epoch = epoch, .iter = iter, .classes = classes, .n_classes = 3};
	ev.epoch.valid.acc = opt_of((daisy + rose + tulip) / 30.0);
	feed(f, &ev, 1000);
}

static inline void feed_lr(struct course_feed *f, int64_t iter, enum cause cause, double was,
			   double value)
{
	struct event ev = {.type = EV_LR};
	ev.lr = (struct event_lr){.iter = iter, .cause = cause, .was = was, .value = value};
	feed(f, &ev, 10);
}

#endif
