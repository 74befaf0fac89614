#include "again.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/config/experiment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_BYTES_MAX ((size_t)1 << 30)

/* ---- places ---- */

/* Between two iterations, ascending; several may lie at one iteration. */
struct place {
	int64_t iter, epochs, phase, epoch;
};

static int place_compare(const struct place *a, const struct place *b)
{
	const int64_t x[] = {a->iter, a->epochs, a->phase, a->epoch},
		      y[] = {b->iter, b->epochs, b->phase, b->epoch};
	for (size_t i = 0; i < sizeof(x) / sizeof(*x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

static struct place place_of(const struct session *s)
{
	return (struct place){s->at.iter, s->at.epochs_done, (int64_t)s->at.phase, s->at.epoch};
}

/* Where another trainer went on, by what was told before. */
static struct place place_resumed(const struct trained *t, size_t i)
{
	struct place out = {.iter = t->events[i].control.iter};
	bool ended = false;
	for (size_t k = 0; k < i; k++) {
		const struct event *ev = &t->events[k];
		if (ev->type == EV_PHASE)
			out.phase = ev->phase.index;
		if (ev->type != EV_EPOCH)
			continue;
		out.epochs = ev->epoch.epoch;
		ended = ev->epoch.iter == out.iter;
	}
	out.epoch = out.epochs + !ended;
	return out;
}

static bool is_resumption(const struct event *ev)
{
	return ev->type == EV_CONTROL && ev->control.what == CONTROL_CONTINUED;
}

static struct place place_at(const struct trained *t, size_t i)
{
	const struct event *ev = &t->events[i];
	if (is_resumption(ev))
		return place_resumed(t, i);
	const struct event_command *c = &ev->command;
	return (struct place){c->iter, c->epochs, c->phase, c->epoch};
}

/* The first at or behind index i of what is to be done. */
static size_t find_next(const struct trained *t, size_t i)
{
	while (i < t->n && t->events[i].type != EV_COMMAND && !is_resumption(&t->events[i]))
		i++;
	return i;
}

/* ---- from and to files ---- */

static struct again *make(struct trained *of)
{
	struct again *a = xcalloc(1, sizeof(*a));
	*a = (struct again){.of = *of, .next = find_next(of, 0), .how = STRBUF_INIT};
	return a;
}

void again_free(struct again *a)
{
	if (!a)
		return;
	trained_release(&a->of);
	strbuf_release(&a->how);
	free(a);
}

/* Of a log of an earlier version. */
static enum err read_yaml(const char *run, struct strbuf *yaml, struct errinfo *e)
{
	struct folder f;
	enum err r = folder_open(&f, run, e);
	if (!r)
		r = folder_read(&f, RUN_EXPERIMENT, EXPERIMENT_MAX_BYTES, yaml, e);
	folder_close(&f);
	return r ? err_set(e, ERR_NOT_FOUND,
			   "%s: neither its log nor an " RUN_EXPERIMENT
			   " beside it tells what was trained",
			   run)
		 : ERR_OK;
}

enum err again_read(struct again **out, const char *run, struct strbuf *yaml, struct errinfo *e)
{
	struct trained of;
	enum err r = trained_read(&of, run, e);
	if (r)
		return r;
	const char *settings = trained_run(&of)->settings;
	if (settings)
		strbuf_addstr(yaml, settings);
	else
		r = read_yaml(run, yaml, e);
	if (r)
		trained_release(&of);
	else
		*out = make(&of);
	return r;
}

/* Where an epoch has ended; NULL: it has not. */
static const struct event_epoch *epoch_end(const struct trained *t, int64_t number)
{
	for (size_t i = 0; (i = trained_find(t, EV_EPOCH, i)) < t->n; i++)
		if (t->events[i].epoch.epoch == number)
			return &t->events[i].epoch;
	return NULL;
}

static int64_t last_iter(const struct trained *t)
{
	int64_t last = 0;
	for (size_t i = 0; i < t->n; i++) {
		int64_t iter = trained_iter(&t->events[i]);
		last = iter > last ? iter : last;
	}
	return last;
}

static bool place_parse(const char *text, bool *epoch, int64_t *n)
{
	static const char *const words[] = {"iter", "epoch"};
	for (int i = 0; i < 2; i++) {
		size_t len = strlen(words[i]);
		const char *digits = text + len + (strncmp(text, words[i], len) == 0 &&
						   strchr(" -=", text[len]) && text[len]);
		size_t n_digits = strspn(digits, "0123456789");
		*epoch = i;
		if (digits > text + len && n_digits > 0 && n_digits < 10 && !digits[n_digits]) {
			*n = strtoll(digits, NULL, 10);
			return *n > 0;
		}
	}
	return false;
}

enum err again_until(struct again *a, const char *where, struct errinfo *e)
{
	struct trained *t = &a->of;
	struct event_command stop = {.command = command_table[CMD_STOP].name, .cause = CAUSE_USER};
	bool epoch;
	if (!where)
		return ERR_OK;
	if (!place_parse(where, &epoch, &stop.iter))
		return err_set(e, ERR_VALUE, "'%.60s' is no place to stop at; write epoch 5 or iter 900",
			       where);
	const struct event_epoch *end = epoch ? epoch_end(t, stop.iter) : NULL;
	if (epoch ? !end : stop.iter > last_iter(t))
		return err_set(e, ERR_VALUE, "%s did not come to %s %" PRId64, again_name(a),
			       epoch ? "the end of epoch" : "iteration", stop.iter);
	if (end) {
		stop.epochs = stop.iter;
		stop.iter = end->iter;
	}
	trained_stop(t, &stop);
	a->next = find_next(t, 0);
	return ERR_OK;
}

enum err again_keep(const struct again *a, const struct folder *run, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	trained_encode(&a->of, &text);
	enum err r = folder_replace(run, RUN_AGAIN, text.buf, text.len, e);
	strbuf_release(&text);
	return r;
}

static bool same_command(const struct event_command *a, const struct event_command *b)
{
	return strcmp(a->command, b->command) == 0 &&
	       strcmp(a->arg ? a->arg : "", b->arg ? b->arg : "") == 0;
}

/* Behind those that this run has been given; what it refused is in no log. */
static void skip_done(struct again *a, const struct trained *own)
{
	for (size_t i = 0; (i = trained_find(own, EV_COMMAND, i)) < own->n; i++) {
		const struct event_command *c = &own->events[i].command;
		size_t k = c->cause == CAUSE_RERUN ? a->next : a->of.n;
		while (k < a->of.n && (a->of.events[k].type != EV_COMMAND ||
				       !same_command(&a->of.events[k].command, c)))
			k = find_next(&a->of, k + 1);
		if (k < a->of.n)
			a->next = find_next(&a->of, k + 1);
	}
}

enum err again_take_up(struct again **out, const struct folder *run, const struct trained *own,
		       struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	struct errinfo why = {0};
	struct trained of;
	*out = NULL;
	if (!folder_has(run, RUN_AGAIN))
		return ERR_OK;
	enum err r = folder_read(run, RUN_AGAIN, AGAIN_BYTES_MAX, &text, e);
	if (!r && trained_decode(&of, text.buf, text.len, &why))
		r = err_set(e, ERR_FORMAT, "%s/" RUN_AGAIN ": %s", run->path, why.msg);
	if (!r) {
		*out = make(&of);
		skip_done(*out, own);
		(*out)->parted = trained_find(own, EV_PARTED, 0) < own->n;
	}
	strbuf_release(&text);
	return r;
}

/* ---- what it was trained with ---- */

const char *again_name(const struct again *a)
{
	return a ? trained_run(&a->of)->name : NULL;
}

int again_threads(const struct again *a)
{
	return (int)trained_run(&a->of)->threads;
}

const char *again_device(const struct again *a)
{
	return strncmp(trained_run(&a->of)->device, "cpu", 3) == 0 ? "cpu" : NULL;
}

/* ---- giving ---- */

bool again_is_due(const struct session *s)
{
	const struct again *a = s->again;
	if (!a || a->next >= a->of.n)
		return false;
	struct place now = place_of(s), then = place_at(&a->of, a->next);
	return place_compare(&then, &now) <= 0;
}

bool again_resumes(const struct session *s)
{
	return again_is_due(s) && is_resumption(&s->again->of.events[s->again->next]);
}

size_t again_take(struct again *a)
{
	size_t i = a->next;
	a->next = find_next(&a->of, i + 1);
	return i;
}

void again_moved(struct session *s)
{
	struct again *a = s->again;
	if (!a)
		return;
	struct place now = place_of(s);
	a->step = a->epoch = a->saved = 0;
	for (a->next = find_next(&a->of, 0); a->next < a->of.n;
	     a->next = find_next(&a->of, a->next + 1)) {
		struct place then = place_at(&a->of, a->next);
		if (place_compare(&then, &now) > 0)
			return;
	}
}
