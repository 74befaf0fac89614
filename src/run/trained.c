#include "thaw/run/trained.h"

#include "thaw/base/alloc.h"
#include "thaw/event/command.h"
#include "thaw/event/record.h"
#include "thaw/run/run_log.h"

#include <stdlib.h>
#include <string.h>

int64_t trained_iter(const struct event *ev)
{
	switch ((int)ev->type) {
	case EV_STEP:
		return ev->step.iter;
	case EV_STEPS:
		return ev->steps.iter + (int64_t)ev->steps.n_loss - 1;
	case EV_EPOCH:
		return ev->epoch.iter;
	case EV_FREEZE:
		return ev->freeze.iter;
	case EV_LR:
		return ev->lr.iter;
	case EV_SCALE:
		return ev->scale.iter;
	case EV_CHECKPOINT:
		return ev->checkpoint.iter;
	case EV_COMMAND:
		return ev->command.iter;
	case EV_CONTROL:
		return ev->control.iter;
	}
	return -1;
}

static bool is_kept(enum event_type type)
{
	static const bool kept[EV_N] = {
	    [EV_RUN] = true,    [EV_LAYERS] = true,  [EV_PHASE] = true,   [EV_FREEZE] = true,
	    [EV_LR] = true,     [EV_SCALE] = true,   [EV_STEP] = true,    [EV_STEPS] = true,
	    [EV_EPOCH] = true,  [EV_END] = true,     [EV_COMMAND] = true, [EV_CHECKPOINT] = true,
	    [EV_CONTROL] = true,
	};
	return kept[type];
}

static void cut(struct trained *t, size_t n)
{
	while (t->n > n)
		event_release(&t->events[--t->n]);
}

static void push(struct trained *t, struct event *ev)
{
	ALLOC_GROW(t->events, t->n + 1, t->cap);
	t->events[t->n++] = *ev;
}

static bool is_checkpoint(const struct event *ev, int64_t iter)
{
	return ev->type == EV_CHECKPOINT && ev->checkpoint.iter == iter;
}

static bool begins_after(const struct event *ev, int64_t iter)
{
	return (ev->type == EV_STEPS ? ev->steps.iter : trained_iter(ev)) > iter;
}

/* Behind the checkpoint of that iteration; where the log was cut before it told of one, behind what
 * happened until then. */
static size_t until(const struct trained *t, int64_t iter)
{
	for (size_t i = t->n; i-- > 0;)
		if (is_checkpoint(&t->events[i], iter))
			return i + 1;
	size_t n = t->n;
	while (n && begins_after(&t->events[n - 1], iter))
		n--;
	return n;
}

/* Iterations that were told together may lie on both sides. */
static void cut_steps(struct trained *t, int64_t iter)
{
	struct event *last = t->n ? &t->events[t->n - 1] : NULL;
	if (last && last->type == EV_STEPS && trained_iter(last) > iter &&
	    last->steps.iter <= iter)
		last->steps.n_loss = (size_t)(iter - last->steps.iter + 1);
}

static bool is_stop(const struct event *ev)
{
	return ev->type == EV_END ||
	       (ev->type == EV_CONTROL && ev->control.what == CONTROL_STOPPING) ||
	       (ev->type == EV_COMMAND &&
		command_find(ev->command.command) == CMD_STOP);
}

static void drop_stop(struct trained *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++)
		if (is_stop(&t->events[i]))
			event_release(&t->events[i]);
		else
			t->events[n++] = t->events[i];
	t->n = n;
}

/* The plan from there on has been told just before. */
static void go_on_from(struct trained *t, const struct event_control *c)
{
	struct event run = {.type = EV_UNKNOWN};
	bool planned = t->n && t->events[t->n - 1].type == EV_RUN;
	if (planned)
		run = t->events[--t->n];
	size_t n = until(t, c->iter);
	t->n_resumed += c->what == CONTROL_CONTINUED;
	t->lost_epochs = t->lost_epochs || trained_find(t, EV_EPOCH, n) < t->n;
	cut(t, n);
	cut_steps(t, c->iter);
	if (c->what == CONTROL_CONTINUED)
		drop_stop(t);
	if (planned)
		push(t, &run);
}

static void slim(struct event *ev)
{
	struct event out = *ev;
	struct event_epoch brief = ev->epoch;
	if (ev->type != EV_EPOCH)
		return;
	brief.n_classes = brief.n_confusion = 0;
	record_copy(event_record(EV_EPOCH), &out.epoch, &brief);
	event_release(ev);
	*ev = out;
}

void trained_add(struct trained *t, struct event *ev)
{
	bool moves = ev->type == EV_CONTROL && (ev->control.what == CONTROL_CONTINUED ||
						ev->control.what == CONTROL_BACK);
	if (!is_kept(ev->type)) {
		event_release(ev);
		return;
	}
	if (moves && ev->control.iter >= 0)
		go_on_from(t, &ev->control);
	push(t, ev);
}

static bool before(const struct event_command *c, const struct event_command *stop)
{
	return c->iter < stop->iter || (c->iter == stop->iter && c->epochs < stop->epochs);
}

void trained_stop(struct trained *t, const struct event_command *stop)
{
	struct event ev = {.type = EV_COMMAND};
	size_t n = 0;
	drop_stop(t);
	for (size_t i = 0; i < t->n; i++) {
		struct event *one = &t->events[i];
		bool stays = one->type == EV_COMMAND ? before(&one->command, stop)
						     : !begins_after(one, stop->iter);
		if (stays)
			t->events[n++] = *one;
		else
			event_release(one);
	}
	t->n = n;
	record_copy(event_record(EV_COMMAND), &ev.command, stop);
	push(t, &ev);
}

/* A change by hand without the command that made it? */
static bool is_unrecorded(const struct trained *t)
{
	bool by_hand = false;
	for (size_t i = 0; i < t->n; i++) {
		const struct event *ev = &t->events[i];
		int64_t cause = ev->type == EV_FREEZE  ? ev->freeze.cause
				: ev->type == EV_LR    ? ev->lr.cause
				: ev->type == EV_SCALE ? ev->scale.cause
						       : CAUSE_PHASE;
		by_hand = by_hand || cause == CAUSE_USER || cause == CAUSE_UNDO;
	}
	return by_hand && trained_find(t, EV_COMMAND, 0) == t->n;
}

enum err trained_read(struct trained *t, const char *run, struct errinfo *e)
{
	struct log_reader *r;
	struct event ev;
	*t = (struct trained){0};
	enum err err = log_reader_open(&r, run, e);
	if (err)
		return err;
	while (run_log_next(r, &ev, NULL, NULL)) {
		slim(&ev);
		trained_add(t, &ev);
	}
	log_reader_close(r);
	t->unrecorded = is_unrecorded(t);
	if (trained_find(t, EV_RUN, 0) < t->n)
		return ERR_OK;
	trained_release(t);
	return err_set(e, ERR_FORMAT, "%s: its log does not tell how the run began", run);
}

void trained_encode(const struct trained *t, struct strbuf *out)
{
	for (size_t i = 0; i < t->n; i++)
		event_encode(&t->events[i], out);
}

enum err trained_decode(struct trained *t, const char *text, size_t len, struct errinfo *e)
{
	*t = (struct trained){0};
	for (const char *line = text, *end = text + len; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop ? stop : end) - line);
		struct event ev;
		enum err r = event_decode(&ev, line, n, e);
		if (r) {
			trained_release(t);
			return r;
		}
		push(t, &ev);
		line += n + 1;
	}
	if (trained_find(t, EV_RUN, 0) < t->n)
		return ERR_OK;
	trained_release(t);
	return err_set(e, ERR_FORMAT, "it does not tell how the run began");
}

void trained_release(struct trained *t)
{
	cut(t, 0);
	free(t->events);
	*t = (struct trained){0};
}

size_t trained_find(const struct trained *t, enum event_type type, size_t i)
{
	while (i < t->n && t->events[i].type != type)
		i++;
	return i;
}

const struct event_run *trained_run(const struct trained *t)
{
	size_t i = trained_find(t, EV_RUN, 0);
	return i < t->n ? &t->events[i].run : NULL;
}

size_t trained_commands(const struct trained *t, enum cause cause)
{
	size_t n = 0;
	for (size_t i = 0; (i = trained_find(t, EV_COMMAND, i)) < t->n; i++)
		n += t->events[i].command.cause == (int64_t)cause;
	return n;
}
