#include "sink_core.h"

#include "thaw/base/strbuf.h"

#include <math.h>
#include <stdarg.h>

#define ROW_MS 1000        /* from one row to the next where the log tells no time */
#define UNIX_MS_LEAST 1e11 /* 1973: what is less counts from the run's beginning */

static void tell_unit(struct sink *s);

void tell(struct sink *s, struct event *ev, int64_t t_ms)
{
	event_out_add(&s->out, ev, t_ms);
}

void tell_begin(struct sink *s, struct opt_double wall_ms)
{
	if (s->begun)
		return;
	s->begun = true;
	struct event ev = {.type = EV_RUN, .run = s->run.run};
	ev.run.version = EVENT_VERSION;
	ev.run.program = s->framework;
	if (!ev.run.name || !*ev.run.name)
		ev.run.name = s->run_name;
	ev.run.format = s->format;
	ev.run.file = s->file;
	ev.run.clock = s->run.timed ? NULL : "none";
	ev.run.best_by = s->by_loss ? "loss" : NULL;
	ev.run.unit = s->by_count ? "evaluation" : NULL;
	if (s->by_count)
		ev.run.epochs = 0;
	if (s->run.timed && opt_finite(wall_ms) && wall_ms.value >= UNIX_MS_LEAST &&
	    ev.run.started == 0)
		ev.run.started = (int64_t)fmin(wall_ms.value, (double)RECORD_AMOUNT_MAX);
	tell(s, &ev, 0);
	tell_unit(s);
}

int64_t tell_now(const struct sink *s)
{
	return s->run.timed ? s->out.t_ms : s->n_rows * ROW_MS;
}

int64_t tell_time(struct sink *s, struct opt_double wall_ms)
{
	if (!s->run.timed || !opt_finite(wall_ms))
		return tell_now(s);
	if (!s->base_ms.valid)
		s->base_ms = opt_of(wall_ms.value >= UNIX_MS_LEAST ? wall_ms.value : 0);
	double t = wall_ms.value - s->base_ms.value;
	return t > 0 ? (int64_t)fmin(t, (double)EVENT_T_MAX) : 0;
}

static void add(struct sink *s, struct event *ev)
{
	tell_begin(s, (struct opt_double){0});
	tell(s, ev, tell_now(s));
}

void sink_note(struct sink *s, enum note_level level, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	struct event ev = {.type = EV_NOTE, .note = {.level = level, .text = text.buf}};
	if (s->last_iter >= 0)
		ev.note.iter = opt_of((double)s->last_iter);
	add(s, &ev);
	strbuf_release(&text);
}

void sink_layers(struct sink *s, const struct event_layers *layers)
{
	struct event ev = {.type = EV_LAYERS, .layers = *layers};
	add(s, &ev);
}

void sink_back(struct sink *s, int64_t step)
{
	struct event ev = {.type = EV_CONTROL,
			   .control = {.what = CONTROL_CONTINUED, .iter = step > 0 ? step : 0,
				       .cause = CAUSE_RESUME}};
	while (s->n_told && s->told[s->n_told - 1].iter > step)
		s->n_told--;
	s->loss = s->acc = (struct mean){0};
	s->last_iter = step;
	s->last_loss_step = -1;
	s->current = -1;
	add(s, &ev);
}

static void tell_unit(struct sink *s)
{
	if (s->unit == UNIT_PERCENT && !s->run.percent)
		sink_note(s, NOTE_INFO, "accuracies are told in percent: the log has some above 1");
	if (s->unit == UNIT_NONE)
		sink_note(s, NOTE_WARN,
			  "what is called accuracy goes beyond 100 %%: it is shown as a metric only");
}
