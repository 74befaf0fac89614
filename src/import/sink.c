#include "sink_core.h"
#include "sink_frame.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 1024 /* of one log; numbers of others are left out, with a note */

struct sink *sink_new(const struct sink_names *names)
{
	struct sink *s = xcalloc(1, sizeof(*s));
	s->format = xstrdup(names->format);
	s->file = xstrdup(names->file);
	s->run_name = xstrdup(names->name);
	s->framework = xstrdup(names->framework);
	return s;
}

static void forget_names(struct sink *s)
{
	for (size_t i = 0; i < s->n_names; i++)
		free(s->names[i].text);
	free(s->names);
}

void sink_free(struct sink *s)
{
	if (!s)
		return;
	forget_names(s);
	event_out_release(&s->out);
	free(s->row.items);
	free(s->told);
	free(s->format);
	free(s->file);
	free(s->run_name);
	free(s->framework);
	record_release(event_record(EV_RUN), &s->run.run);
	free(s);
}

void sink_begin(struct sink *s, int fd)
{
	struct sink fresh = {.out = s->out,
			     .format = s->format,
			     .file = s->file,
			     .run_name = s->run_name,
			     .framework = s->framework,
			     .unit = s->unit,
			     .by_loss = s->by_loss,
			     .by_count = s->by_count,
			     .current = -1,
			     .last_iter = -1,
			     .last_loss_step = -1,
			     .row = {.number = -1}};
	forget_names(s);
	free(s->row.items);
	free(s->told);
	record_release(event_record(EV_RUN), &s->run.run);
	*s = fresh;
	event_out_begin(&s->out, fd);
}

void sink_move(struct sink *s, int fd)
{
	s->out.fd = fd;
}

bool sink_again(const struct sink *s)
{
	return s->again;
}

bool sink_ended(const struct sink *s)
{
	return s->ended;
}

int64_t sink_n_scalars(const struct sink *s)
{
	return s->n_scalars;
}

/* ---- the run ---- */

/* Borrowed strings become the sink's own. */
void sink_run(struct sink *s, const struct sink_run *r)
{
	if (s->has_run)
		return;
	s->has_run = true;
	s->run = *r;
	record_copy(event_record(EV_RUN), &s->run.run, &r->run);
	if (r->framework) {
		free(s->framework);
		s->framework = xstrdup(r->framework);
	}
	if (r->percent)
		s->unit = UNIT_PERCENT;
}

/* ---- names ---- */

/* SIZE_MAX: there are too many. Names come in the same order again and again. */
static size_t name_of(struct sink *s, const char *text)
{
	for (size_t i = 0; i < s->n_names; i++) {
		size_t at = (s->next_name + i) % s->n_names;
		if (strcmp(s->names[at].text, text) == 0) {
			s->next_name = at + 1;
			return at;
		}
	}
	if (s->n_names == NAMES_MAX)
		return SIZE_MAX;
	ALLOC_GROW(s->names, s->n_names + 1, s->cap_names);
	s->names[s->n_names] =
	    (struct name){.text = xstrdup(text), .meaning = name_meaning(text)};
	const struct name_meaning *m = &s->names[s->n_names].meaning;
	s->saw_valid_name |= m->split == SPLIT_VALID &&
			     (m->figure == FIGURE_LOSS || m->figure == FIGURE_ACC);
	return s->n_names++;
}

void sink_row(struct sink *s)
{
	row_flush(s);
	s->row.open = false;
}

static bool same_place(const struct row *r, const struct scalar *v)
{
	const struct opt_double *a = v->step.valid ? &r->step : &r->epoch;
	const struct opt_double *b = v->step.valid ? &v->step : &v->epoch;
	return a->valid == b->valid && (!a->valid || a->value == b->value);
}

static void put(struct sink *s, size_t name, double value)
{
	struct row *r = &s->row;
	size_t i = 0;
	while (i < r->n && r->items[i].name != name)
		i++;
	if (i == r->n) {
		ALLOC_GROW(r->items, r->n + 1, r->cap);
		r->n++;
	} else if (memcmp(&r->items[i].value, &value, sizeof(value)) != 0 && !s->told_twice) {
		s->told_twice = true;
		sink_note(s, NOTE_INFO, "\"%s\" is told twice at one place: the last one counts",
			  s->names[name].text);
	}
	r->items[i] = (struct item){.name = name, .value = value};
}

void sink_scalar(struct sink *s, const struct scalar *v)
{
	size_t name = name_of(s, v->name);
	s->n_scalars++;
	tell_begin(s, v->wall_ms);
	if (name == SIZE_MAX) {
		if (!s->full)
			sink_note(s, NOTE_WARN, "more than %d names: \"%s\" and others are left out",
				  NAMES_MAX, v->name);
		s->full = true;
		return;
	}
	if (v->apart) {
		row_apart(s, name, v);
		return;
	}
	if (s->row.open && !same_place(&s->row, v))
		sink_row(s);
	if (!s->row.open)
		row_open(s, v);
	if (v->epoch.valid)
		s->row.epoch = v->epoch;
	put(s, name, v->value);
}

/* ---- what else a log tells ---- */

void sink_epochs_done(struct sink *s, int64_t n)
{
	sink_row(s);
	if (s->run.axis == AXIS_STEP && s->current == n)
		row_close_epoch(s);
}

void sink_end(struct sink *s, enum end_status status, const char *reason)
{
	sink_row(s);
	struct event ev = {
	    .type = EV_END,
	    .end = {.status = status,
		    .reason = reason,
		    .epochs = s->n_told ? s->told[s->n_told - 1].number : 0,
		    .iters = s->last_iter > 0 ? s->last_iter : 0}};
	if (s->run.timed)
		ev.end.seconds = opt_of((double)s->out.t_ms / 1000);
	tell_begin(s, (struct opt_double){0});
	tell(s, &ev, tell_now(s));
	s->ended = true;
}

/* Without an accuracy the best epoch is that of the lowest loss. */
static void judge(struct sink *s)
{
	bool by_loss = s->saw_valid_loss && !s->saw_acc;
	if (by_loss == s->by_loss || (!s->saw_valid_loss && !s->saw_acc) || s->again)
		return;
	s->by_loss = by_loss;
	s->again = true;
}

enum err sink_settle(struct sink *s, struct errinfo *e)
{
	row_flush(s);
	judge(s);
	return event_out_flush(&s->out, e);
}
