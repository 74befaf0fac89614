/* Streams, events, captures and graphs. Work is a list of pieces; a stream owns the list that waits,
 * a graph one that is played as often as it is launched. */
#include "standin.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct piece {
	struct work work;
	struct piece *next;
	_Alignas(16) unsigned char payload[];
};

struct pieces {
	struct piece *first, **last;
	int refs;
};

struct capture {
	struct pieces *pieces;
	struct cu_stream *origin;
	pthread_t thread;
	int mode; /* CUstreamCaptureMode: 0 forbids what waits to all threads, 1 to its own, 2 none */
	bool invalid;
	uint64_t id;
	struct capture *next;
};

struct cu_stream {
	struct cu_context *card;
	struct pieces *queue;
	struct capture *capture;
	uint64_t serial; /* counts what was recorded */
	bool joined;     /* the origin waits for all of it */
	bool closed;
	struct cu_stream *next;
};

/* One recording of an event. */
struct mark {
	struct cu_stream *stream;
	bool done;
	double ms;
	int refs;
};

struct cu_event {
	struct mark *mark; /* NULL: never recorded */
	bool timed, closed;
	uint64_t capture, serial; /* the last recording was one of this capture; 0: was none */
	struct cu_stream *stream;
};

struct cu_graph {
	struct pieces *pieces;
};

struct cu_graph_exec {
	struct pieces *pieces;
};

static struct capture *captures; /* under way */
static uint64_t n_captures;
static struct cu_context *running;

/* ---- lists ---- */

static struct pieces *pieces_new(void)
{
	struct pieces *p = calloc(1, sizeof(*p));
	p->last = &p->first;
	p->refs = 1;
	return p;
}

static void piece_free(struct piece *p)
{
	if (p->work.drop)
		p->work.drop(p->payload);
	free(p);
}

static struct piece *pieces_take(struct pieces *list)
{
	struct piece *p = list->first;
	if (p && !(list->first = p->next))
		list->last = &list->first;
	return p;
}

static void pieces_clear(struct pieces *list)
{
	for (struct piece *p; (p = pieces_take(list));)
		piece_free(p);
}

static void pieces_drop(struct pieces *list)
{
	if (list && !--list->refs) {
		pieces_clear(list);
		free(list);
	}
}

/* ---- running ---- */

struct cu_context *queue_running(void)
{
	return running;
}

static void card_breaks(struct cu_context *card, int code)
{
	card->broken = code;
	for (struct cu_stream *s = card->streams; s; s = s->next)
		pieces_clear(s->queue);
}

/* Until `until` is done; NULL: everything. */
static int run(struct cu_stream *s, const struct mark *until)
{
	struct piece *p;
	while (!s->card->broken && !(until && until->done) && (p = pieces_take(s->queue))) {
		int code = p->work.run(p->payload);
		piece_free(p);
		if (code)
			card_breaks(s->card, code);
	}
	return s->card->broken;
}

static int run_open(struct cu_stream *s, const struct mark *until)
{
	if (!s->queue->first)
		return s->card->broken;
	struct cu_context *before = running;
	running = s->card;
	int code = run(s, until);
	memory_close(s->card);
	running = before;
	return code;
}

int queue_drain(struct cu_stream *s)
{
	return run_open(s, NULL);
}

int queue_drain_card(struct cu_context *card)
{
	for (struct cu_stream *s = card->streams; s && !card->broken; s = s->next)
		run_open(s, NULL);
	return card->broken;
}

struct cu_context *queue_card(const struct cu_stream *s)
{
	return s->card;
}

bool queue_records(const struct cu_stream *s)
{
	return s->capture != NULL;
}

int queue_add(struct cu_stream *s, const struct work *w, const void *payload, size_t bytes)
{
	struct piece *p = calloc(1, sizeof(*p) + bytes);
	p->work = *w;
	if (bytes)
		memcpy(p->payload, payload, bytes);
	if (s->closed) {
		piece_free(p);
		return CU_INVALID_HANDLE;
	}
	if (s->capture && s->capture->invalid) {
		piece_free(p);
		return CU_CAPTURE_INVALIDATED;
	}
	struct pieces *list = s->capture ? s->capture->pieces : s->queue;
	*list->last = p;
	list->last = &p->next;
	s->serial++;
	s->joined = false;
	return CU_OK;
}

/* ---- streams ---- */

int cuStreamCreate(struct cu_stream **s, unsigned flags)
{
	int code = standin_enter(QUEUES);
	if (!code && (!s || flags > CU_STREAM_NON_BLOCKING))
		code = CU_INVALID_VALUE;
	if (!code) {
		*s = standin_new(sizeof(**s));
		**s = (struct cu_stream){.card = standin_card(), .queue = pieces_new()};
		(*s)->next = (*s)->card->streams;
		(*s)->card->streams = *s;
	}
	return standin_leave(code);
}

int cuStreamSynchronize(struct cu_stream *s)
{
	int code = standin_enter(WAITS);
	if (!code)
		code = !s           ? CU_INVALID_HANDLE
		       : s->capture ? queue_refuse(s, CU_CAPTURE_UNSUPPORTED)
				    : queue_drain(s);
	return standin_leave(code);
}

/* What was queued is still done; nothing more may be. The memory stays, as events may name it. */
int cuStreamDestroy_v2(struct cu_stream *s)
{
	int code = standin_enter(QUEUES);
	if (!code)
		code = !s || s->closed ? CU_INVALID_HANDLE : s->capture ? CU_ILLEGAL_STATE : CU_OK;
	if (!code)
		s->closed = true;
	return standin_leave(code);
}

/* ---- captures ---- */

bool queue_capture_refuses(void)
{
	bool refused = false;
	for (struct capture *c = captures; c; c = c->next)
		if (c->mode == 0 || (c->mode == 1 && pthread_equal(c->thread, pthread_self())))
			refused = c->invalid = true;
	return refused;
}

int queue_refuse(struct cu_stream *s, int code)
{
	if (s->capture)
		s->capture->invalid = true;
	return code;
}

int cuStreamBeginCapture_v2(struct cu_stream *s, int mode)
{
	int code = standin_enter(QUEUES);
	if (!code && (!s || mode < 0 || mode > 2))
		code = CU_INVALID_VALUE;
	if (!code && s->capture)
		code = queue_refuse(s, CU_ILLEGAL_STATE);
	if (!code) {
		struct capture *c = calloc(1, sizeof(*c));
		*c = (struct capture){.pieces = pieces_new(),
				      .origin = s,
				      .thread = pthread_self(),
				      .mode = mode,
				      .id = ++n_captures,
				      .next = captures};
		captures = s->capture = c;
	}
	return standin_leave(code);
}

/* The streams leave it; returns whether each was joined. */
static bool capture_leave(struct capture *c)
{
	bool joined = true;
	for (struct cu_stream *s = c->origin->card->streams; s; s = s->next)
		if (s->capture == c) {
			joined = joined && (s == c->origin || s->joined);
			s->capture = NULL;
		}
	for (struct capture **at = &captures; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	return joined;
}

static int end_capture(struct cu_stream *s, struct cu_graph **g)
{
	struct capture *c = s->capture;
	*g = NULL;
	if (!c)
		return CU_ILLEGAL_STATE;
	if (c->origin != s)
		return queue_refuse(s, CU_CAPTURE_UNMATCHED);
	if (c->mode != 2 && !pthread_equal(c->thread, pthread_self()))
		return queue_refuse(s, CU_CAPTURE_WRONG_THREAD);
	int code = !capture_leave(c) ? CU_CAPTURE_UNJOINED
		   : c->invalid      ? CU_CAPTURE_INVALIDATED
				     : CU_OK;
	if (code) {
		pieces_drop(c->pieces);
	} else {
		*g = calloc(1, sizeof(**g));
		(*g)->pieces = c->pieces;
	}
	free(c);
	return code;
}

int cuStreamEndCapture(struct cu_stream *s, struct cu_graph **g)
{
	int code = standin_enter(QUEUES);
	if (!code)
		code = s && g ? end_capture(s, g) : CU_INVALID_VALUE;
	return standin_leave(code);
}

/* ---- graphs ---- */

static int play(void *payload)
{
	struct pieces *list = *(struct pieces **)payload;
	int code = 0;
	for (struct piece *p = list->first; p && !code; p = p->next)
		code = p->work.run(p->payload);
	return code;
}

static void drop_list(void *payload)
{
	pieces_drop(*(struct pieces **)payload);
}

int cuGraphInstantiateWithFlags(struct cu_graph_exec **x, struct cu_graph *g,
				unsigned long long flags)
{
	int code = standin_enter(QUEUES);
	if (!code && (!x || !g || flags))
		code = CU_INVALID_VALUE;
	if (!code) {
		*x = calloc(1, sizeof(**x));
		(*x)->pieces = g->pieces;
		g->pieces->refs++;
	}
	return standin_leave(code);
}

int cuGraphLaunch(struct cu_graph_exec *x, struct cu_stream *s)
{
	static const struct work work = {play, drop_list};
	int code = standin_enter(QUEUES);
	if (!code && (!x || !s))
		code = CU_INVALID_HANDLE;
	if (!code) {
		x->pieces->refs++;
		code = queue_add(s, &work, &x->pieces, sizeof(struct pieces *));
	}
	return standin_leave(code);
}

int cuGraphExecDestroy(struct cu_graph_exec *x)
{
	int code = standin_enter(QUEUES);
	if (!code && x) {
		pieces_drop(x->pieces);
		free(x);
	}
	return standin_leave(code);
}

int cuGraphDestroy(struct cu_graph *g)
{
	int code = standin_enter(QUEUES);
	if (!code && g) {
		pieces_drop(g->pieces);
		free(g);
	}
	return standin_leave(code);
}

/* ---- events ---- */

static void mark_drop(struct mark *m)
{
	if (m && !--m->refs)
		free(m);
}

static void drop_mark(void *payload)
{
	mark_drop(*(struct mark **)payload);
}

static int reach(void *payload)
{
	struct timespec t;
	struct mark *m = *(struct mark **)payload;
	clock_gettime(CLOCK_MONOTONIC, &t);
	m->ms = (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
	m->done = true;
	return CU_OK;
}

static int await(void *payload)
{
	struct mark *m = *(struct mark **)payload;
	return m->done ? CU_OK : run(m->stream, m);
}

static int record(struct cu_event *e, struct cu_stream *s)
{
	static const struct work work = {reach, drop_mark};
	e->capture = s->capture ? s->capture->id : 0;
	e->stream = s;
	e->serial = s->serial;
	if (s->capture)
		return s->capture->invalid ? CU_CAPTURE_INVALIDATED : CU_OK;
	struct mark *m = calloc(1, sizeof(*m));
	*m = (struct mark){.stream = s, .refs = 2};
	mark_drop(e->mark);
	e->mark = m;
	return queue_add(s, &work, &m, sizeof(struct mark *));
}

/* Within a capture: the stream goes on behind what was recorded. */
static int join(struct cu_stream *s, struct cu_event *e)
{
	struct capture *c = captures;
	while (c && c->id != e->capture)
		c = c->next;
	if (!c)
		return queue_refuse(s, s->capture ? CU_CAPTURE_ISOLATION : CU_CAPTURED_EVENT);
	if (s->capture && s->capture != c)
		return queue_refuse(s, CU_CAPTURE_MERGE);
	if (!s->capture) {
		s->capture = c;
		s->joined = false;
	}
	if (e->stream->serial == e->serial)
		e->stream->joined = true;
	return CU_OK;
}

static int await_event(struct cu_stream *s, struct cu_event *e)
{
	static const struct work work = {await, drop_mark};
	if (!e->mark && !e->capture)
		return CU_OK;
	if (s->capture || e->capture)
		return join(s, e);
	e->mark->refs++;
	return queue_add(s, &work, &e->mark, sizeof(struct mark *));
}

static bool is_open(const struct cu_event *e)
{
	return e && !e->closed;
}

int cuEventCreate(struct cu_event **e, unsigned flags)
{
	int code = standin_enter(QUEUES);
	if (!code && (!e || flags > 7))
		code = CU_INVALID_VALUE;
	if (!code) {
		*e = standin_new(sizeof(**e));
		(*e)->timed = !(flags & CU_EVENT_DISABLE_TIMING);
	}
	return standin_leave(code);
}

int cuEventDestroy_v2(struct cu_event *e)
{
	int code = standin_enter(QUEUES);
	if (!code && !is_open(e))
		code = CU_INVALID_HANDLE;
	if (!code) {
		mark_drop(e->mark);
		*e = (struct cu_event){.closed = true};
	}
	return standin_leave(code);
}

int cuEventRecord(struct cu_event *e, struct cu_stream *s)
{
	int code = standin_enter(QUEUES);
	if (!code)
		code = is_open(e) && s ? record(e, s) : CU_INVALID_HANDLE;
	return standin_leave(code);
}

int cuStreamWaitEvent(struct cu_stream *s, struct cu_event *e, unsigned flags)
{
	int code = standin_enter(QUEUES);
	if (!code)
		code = is_open(e) && s && !flags ? await_event(s, e) : CU_INVALID_HANDLE;
	return standin_leave(code);
}

int cuEventSynchronize(struct cu_event *e)
{
	int code = standin_enter(WAITS);
	if (!code && !is_open(e))
		code = CU_INVALID_HANDLE;
	if (!code && e->capture)
		code = CU_CAPTURED_EVENT;
	if (!code && e->mark && !e->mark->done)
		code = run_open(e->mark->stream, e->mark);
	return standin_leave(code);
}

static int elapsed(float *ms, const struct cu_event *from, const struct cu_event *to)
{
	if (!from || !to || !from->timed || !to->timed || !from->mark || !to->mark)
		return CU_INVALID_HANDLE;
	if (!from->mark->done || !to->mark->done)
		return CU_NOT_READY;
	*ms = (float)(to->mark->ms - from->mark->ms);
	return CU_OK;
}

int cuEventElapsedTime(float *ms, struct cu_event *from, struct cu_event *to)
{
	int code = standin_enter(QUEUES);
	if (!code)
		code = elapsed(ms, from, to);
	return standin_leave(code);
}
