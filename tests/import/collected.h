/* What an import comes to: its events added up by name, so that a test can say what it expects. */
#ifndef TESTS_IMPORT_COLLECTED_H
#define TESTS_IMPORT_COLLECTED_H

#include "bytes.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/event/log_reader.h"
#include "thaw/import/import.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct points {
	char *name; /* of a metric; "step loss", "epoch loss", "epoch acc", "valid loss", "valid acc" */
	int n;
	int64_t first, last; /* iterations; of epochs their numbers */
	double value;        /* the last */
};

struct collected {
	struct points *points;
	size_t n_points;
	struct strbuf notes; /* one a line */
	struct event_run run;
	int n_back;
	int64_t status; /* of the end; -1: none */
	struct strbuf log; /* the lines themselves */
};

static inline struct points *collected_points(struct collected *c, const char *name)
{
	for (size_t i = 0; i < c->n_points; i++)
		if (strcmp(c->points[i].name, name) == 0)
			return &c->points[i];
	return NULL;
}

static inline void collect_point(struct collected *c, const char *name, int64_t at,
				 struct opt_double value)
{
	struct points *p = collected_points(c, name);
	if (!value.valid)
		return;
	if (!p) {
		c->points = xrealloc(c->points, c->n_points + 1, sizeof(*c->points));
		p = &c->points[c->n_points++];
		*p = (struct points){.name = xstrdup(name), .first = at};
	}
	p->n++;
	p->last = at;
	p->value = value.value;
}

static inline void collect_event(struct collected *c, const struct event *ev)
{
	const struct event_epoch *e = &ev->epoch;
	event_encode(ev, &c->log);
	switch ((int)ev->type) {
	case EV_RUN:
		record_copy(event_record(EV_RUN), &c->run, &ev->run);
		break;
	case EV_METRIC:
		collect_point(c, ev->metric.name, ev->metric.iter, opt_of(ev->metric.value));
		break;
	case EV_STEP:
		collect_point(c, "step loss", ev->step.iter, ev->step.loss);
		break;
	case EV_EPOCH:
		collect_point(c, "epoch loss", e->epoch, e->train.loss);
		collect_point(c, "epoch acc", e->epoch, e->train.acc);
		collect_point(c, "valid loss", e->epoch, e->valid.loss);
		collect_point(c, "valid acc", e->epoch, e->valid.acc);
		break;
	case EV_NOTE:
		strbuf_addf(&c->notes, "%s\n", ev->note.text);
		break;
	case EV_CONTROL:
		c->n_back++;
		break;
	case EV_END:
		c->status = ev->end.status;
		break;
	default:
		break;
	}
}

/* What there is in the log of an import now. */
static inline struct collected collect(const struct import *im)
{
	struct collected c = {.notes = STRBUF_INIT, .log = STRBUF_INIT, .status = -1};
	struct log_reader *r;
	struct event ev;
	enum log_next next;
	assert_false(log_reader_open(&r, import_log(im), NULL));
	while ((next = log_reader_next(r, &ev, NULL)) != LOG_WAIT) {
		assert_int_equal(next, LOG_EVENT); /* no line of ours is broken */
		collect_event(&c, &ev);
		event_release(&ev);
	}
	log_reader_close(r);
	return c;
}

static inline void collected_release(struct collected *c)
{
	for (size_t i = 0; i < c->n_points; i++)
		free(c->points[i].name);
	free(c->points);
	strbuf_release(&c->notes);
	strbuf_release(&c->log);
	record_release(event_record(EV_RUN), &c->run);
}

static inline void expect_points(struct collected *c, const char *name, int n, int64_t first,
				 int64_t last, double value)
{
	const struct points *p = collected_points(c, name);
	if (!p)
		fail_msg("no figure \"%s\" in:\n%s", name, c->log.buf);
	assert_int_equal(p->n, n);
	assert_int_equal(p->first, first);
	assert_int_equal(p->last, last);
	if (isnan(value))
		assert_true(isnan(p->value));
	else
		assert_float_equal(p->value, value, fabs(value) * 1e-6 + 1e-12);
}

static inline void expect_note(const struct collected *c, const char *text)
{
	if (!strstr(c->notes.buf, text))
		fail_msg("no note says \"%s\":\n%s", text, c->notes.buf);
}

/* ---- files of a test's own ---- */

static char test_dir[256];

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int dir_open(void **state)
{
	const char *tmp = getenv("TMPDIR");
	(void)state;
	snprintf(test_dir, sizeof(test_dir), "%.200s/thaw-import-test-XXXXXX",
		 tmp && *tmp ? tmp : P_tmpdir);
	return mkdtemp(test_dir) ? 0 : 1;
}

static inline int dir_close(void **state)
{
	(void)state;
	return nftw(test_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, dir_open, dir_close)

/* The path of a file in it, whose folders are made; it rotates through a few buffers. */
static inline const char *in_dir(const char *name)
{
	static char paths[4][512];
	static unsigned int i;
	char *path = paths[i++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%.200s", test_dir, name);
	char *dir = path_dir(path);
	assert_false(file_mkdirs(dir, NULL));
	free(dir);
	return path;
}

static inline const char *put_file(const char *name, const void *bytes, size_t n)
{
	const char *path = in_dir(name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
	return path;
}

static inline const char *put_text_file(const char *name, const char *text)
{
	return put_file(name, text, strlen(text));
}

/* Open it and see what it comes to. */
static inline struct collected collect_path(const char *path, const char *format)
{
	struct import *im;
	struct errinfo e = {.msg = ""};
	const struct import_options o = {.format = format};
	if (import_open(&im, path, &o, &e))
		fail_msg("%s", e.msg);
	struct collected c = collect(im);
	import_close(im);
	return c;
}

/* It is refused, and the message says so. */
static inline void expect_refused(const char *path, const char *text)
{
	struct import *im;
	struct errinfo e = {.msg = ""};
	const struct import_options o = {.format = NULL};
	if (!import_open(&im, path, &o, &e))
		fail_msg("%s is taken", path);
	assert_int_equal(e.code, ERR_FORMAT);
	if (!strstr(e.msg, text))
		fail_msg("\"%s\" does not say \"%s\"", e.msg, text);
}

/* A file that comes piece by piece ends in the same log as the whole file at once. */
static inline void expect_follows(const char *name, const struct strbuf *file, size_t begin,
				  size_t piece)
{
	struct import *im;
	struct errinfo e = {.msg = ""};
	const struct import_options o = {.follow = true};
	const char *path = put_file(name, file->buf, begin);
	if (import_open(&im, path, &o, &e))
		fail_msg("%s", e.msg);
	FILE *out = fopen(path, "a");
	for (size_t at = begin; at < file->len; at += piece) {
		size_t n = file->len - at < piece ? file->len - at : piece;
		assert_int_equal(fwrite(file->buf + at, 1, n, out), n);
		assert_int_equal(fflush(out), 0);
		if (import_poll(im, NULL, &e))
			fail_msg("%s", e.msg);
	}
	fclose(out);
	struct collected grown = collect(im), whole = collect_path(path, NULL);
	assert_string_equal(grown.log.buf, whole.log.buf);
	collected_release(&grown);
	collected_release(&whole);
	import_close(im);
}

#endif
