#include "event_out.h"

#include "thaw/base/sys.h"

#include <errno.h>
#include <string.h>

#define PIECE (256 << 10)

void event_out_begin(struct event_out *o, int fd)
{
	if (!o->pending.buf)
		strbuf_init(&o->pending);
	strbuf_reset(&o->pending);
	o->fd = fd;
	o->seq = o->t_ms = 0;
	o->error = 0;
}

void event_out_release(struct event_out *o)
{
	if (o->pending.buf)
		strbuf_release(&o->pending);
}

static void write_out(struct event_out *o)
{
	size_t n = o->pending.len;
	if (!o->error && sys_write_all(o->fd, o->pending.buf, n) < n)
		o->error = errno ? errno : EIO;
	strbuf_reset(&o->pending);
}

void event_out_add(struct event_out *o, struct event *ev, int64_t t_ms)
{
	o->t_ms = t_ms > o->t_ms ? t_ms : o->t_ms;
	if (o->t_ms > EVENT_T_MAX)
		o->t_ms = EVENT_T_MAX;
	ev->seq = ++o->seq;
	ev->t_ms = o->t_ms;
	event_encode(ev, &o->pending);
	if (o->pending.len >= PIECE)
		write_out(o);
}

enum err event_out_flush(struct event_out *o, struct errinfo *e)
{
	write_out(o);
	if (!o->error)
		return ERR_OK;
	return err_set(e, ERR_IO, "no room for what is read from the log: %s (set TMPDIR to a folder "
				  "with more)",
		       strerror(o->error));
}
