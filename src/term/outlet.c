#include "outlet.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PIECE_PROBE 16 /* the first one only measures how far away the terminal is */
#define PIECE_FIRST 1024
#define PIECE_LEAST 256
#define PIECE_MOST 65536
#define PIECE_SMALL 64 /* takes no time itself */
#define QUICK_MS 100   /* over what a small piece takes: the pieces may grow */
#define SLOW_MS 400    /* they must shrink */
#define SILENT_MS 2500 /* without any answer ever: it does not know the question */
#define LOST_MS 20000  /* one answer of many is missing */
#define QUEUE_MOST 64  /* bytes that a serial line may still hold */
#define RATE_MS 3000.0 /* over which the rate is smoothed */

void outlet_init(struct outlet *o, int fd, bool asks, int64_t now_ms)
{
	*o = (struct outlet){.fd = fd,
			     .pending = STRBUF_INIT,
			     .piece = PIECE_PROBE,
			     .asks = asks,
			     .rate_ms = now_ms};
}

void outlet_release(struct outlet *o)
{
	strbuf_release(&o->pending);
	memset(o, 0, sizeof(*o));
	o->fd = -1;
}

static int64_t patience_ms(const struct outlet *o)
{
	return o->answered ? LOST_MS : SILENT_MS;
}

int outlet_wait_ms(const struct outlet *o, int64_t now_ms)
{
	if (!o->waiting || !o->asks)
		return -1;
	int64_t left = o->asked_ms + patience_ms(o) - now_ms;
	return left < 0 ? 0 : (int)left;
}

/* What a serial line has not sent yet; other kinds of terminals say 0. */
static bool queue_is_short(const struct outlet *o)
{
	int queued = 0;
	return ioctl(o->fd, TIOCOUTQ, &queued) != 0 || queued <= QUEUE_MOST;
}

bool outlet_ready(struct outlet *o, int64_t now_ms)
{
	if (o->gone)
		return true;
	if (!outlet_flush(o))
		return false;
	if (o->waiting && outlet_wait_ms(o, now_ms) == 0) {
		o->asks = o->answered;
		o->waiting = false;
	}
	return !o->waiting && queue_is_short(o);
}

bool outlet_flush(struct outlet *o)
{
	while (o->pending.len > 0 && !o->gone) {
		ssize_t n = write(o->fd, o->pending.buf, o->pending.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n <= 0)
			o->gone = true;
		else
			strbuf_remove(&o->pending, 0, (size_t)n);
	}
	if (o->gone)
		strbuf_reset(&o->pending);
	return true;
}

static void count(struct outlet *o, size_t len, int64_t now_ms)
{
	o->rate = outlet_rate(o, now_ms) + (double)len * 1000 / RATE_MS;
	o->rate_ms = now_ms;
	o->total += (int64_t)len;
}

void outlet_send(struct outlet *o, const char *bytes, size_t len, int64_t now_ms)
{
	static const char question[] = "\x1b[5n";
	if (len == 0)
		return;
	strbuf_add(&o->pending, bytes, len);
	if (o->asks) {
		strbuf_addstr(&o->pending, question);
		len += sizeof(question) - 1;
		o->waiting = true;
		o->asked_ms = now_ms;
		o->asked_len = len;
	}
	count(o, len, now_ms);
	outlet_flush(o);
}

void outlet_answer(struct outlet *o, int64_t now_ms)
{
	int64_t took = now_ms - o->asked_ms;
	bool first = !o->answered;
	o->answered = o->asks = true;
	if (!o->waiting)
		return;
	o->waiting = false;
	if (first || took < o->far_ms)
		o->far_ms = took;
	else if (o->asked_len <= PIECE_SMALL)
		o->far_ms += (took - o->far_ms) / 4;
	if (first)
		o->piece = PIECE_FIRST;
	else if (took < o->far_ms + QUICK_MS && o->piece < PIECE_MOST)
		o->piece *= 2;
	else if (took > o->far_ms + SLOW_MS && o->piece > PIECE_LEAST)
		o->piece /= 2;
}

double outlet_rate(const struct outlet *o, int64_t now_ms)
{
	return o->rate * exp(-(double)(now_ms - o->rate_ms) / RATE_MS);
}
