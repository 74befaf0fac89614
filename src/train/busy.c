#include "busy.h"
#include "session.h"
#include "thaw/base/clock.h"
#include "thaw/base/words.h"

#define BUSY_MS 250

static void tell(struct session *s)
{
	struct busy *b = &s->busy;
	b->told = b->done;
	b->told_ms = clock_ms();
	emit_progress(s->emit, &(struct event_progress){.what = b->what,
							.done = b->done,
							.total = b->total,
							.waits = b->waits});
}

void busy_begin(struct session *s, enum progress_what what, int64_t total)
{
	struct busy *b = &s->busy;
	b->on = true;
	b->what = what;
	b->done = 0;
	b->total = total;
	b->waits = NULL;
	b->since_ms = clock_ms();
	tell(s);
}

void busy_at(struct session *s, int64_t done)
{
	struct busy *b = &s->busy;
	b->done = done;
	if (done < b->total && (done - b->told) * BUSY_TIMES >= b->total &&
	    clock_ms() - b->told_ms >= BUSY_MS)
		tell(s);
}

void busy_end(struct session *s)
{
	struct busy *b = &s->busy;
	bool whole = b->total > 0 && b->done >= b->total;
	if (whole)
		b->took_ms[b->what] = clock_ms() - b->since_ms;
	if (whole && b->told < b->total)
		tell(s);
	b->on = false;
}

/* Until it is done, by its pace so far or by what it took the last time; negative: not known. */
static int64_t left_ms(const struct busy *b)
{
	int64_t gone = clock_ms() - b->since_ms, took = b->took_ms[b->what];
	if (b->done > 0 && b->total > 0)
		return gone * (b->total - b->done) / b->done;
	return took > gone ? took - gone : -1;
}

void busy_answer(struct session *s, uint64_t client, const struct command *c)
{
	struct busy *b = &s->busy;
	struct strbuf msg = STRBUF_INIT;
	if (!b->on)
		return;
	int64_t left = left_ms(b);
	strbuf_addf(&msg, "%s takes effect after %s", command_table[c->type].name,
		    progress_after(b->what));
	if (left >= 0)
		strbuf_addf(&msg, ", ~%s", words_duration((double)left / 1000));
	control_server_tell(s->control, client, s->at.iter, msg.buf);
	strbuf_release(&msg);
	if (b->waits)
		return;
	b->waits = command_table[c->type].name;
	tell(s);
}
