/* The line to the terminal: bytes go out without ever blocking, and never more of them than the
 * terminal keeps up with.
 *
 * Behind each piece the terminal is asked how it is (DSR, "ESC [ 5 n"); its answer means that it
 * has worked off all that came before, whatever lies between: a serial line, ssh, a multiplexer.
 * Until then nothing more is sent, so what is on its way is at most one piece, and pieces grow or
 * shrink to what takes about a quarter of a second. A terminal that never answers is asked no more
 * and paced by what the kernel takes. Time is handed in.
 */
#ifndef TERM_OUTLET_H
#define TERM_OUTLET_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outlet {
	int fd; /* does not block */
	struct strbuf pending;
	size_t piece;  /* bytes that may be sent at once */
	bool asks;     /* the terminal is asked */
	bool answered; /* it has answered at least once */
	bool waiting;  /* for an answer */
	int64_t asked_ms;
	size_t asked_len; /* bytes before the question */
	int64_t far_ms;   /* what an answer takes when there is nothing to work off */
	int64_t total;    /* bytes sent */
	double rate;      /* bytes a second, smoothed, as of rate_ms */
	int64_t rate_ms;
	bool gone; /* the terminal is */
};

void outlet_init(struct outlet *o, int fd, bool asks, int64_t now_ms);
void outlet_release(struct outlet *o);

/* Whether the terminal has worked off what it was sent. When it is only an answer that is missing,
 * outlet_wait_ms() tells how long it will be waited for; -1 = nothing is waited for. */
bool outlet_ready(struct outlet *o, int64_t now_ms);
int outlet_wait_ms(const struct outlet *o, int64_t now_ms);

/* Send; what the kernel does not take now stays pending until outlet_flush(). */
void outlet_send(struct outlet *o, const char *bytes, size_t len, int64_t now_ms);
bool outlet_flush(struct outlet *o); /* true when nothing is pending any more */

/* The terminal's answer came. */
void outlet_answer(struct outlet *o, int64_t now_ms);

double outlet_rate(const struct outlet *o, int64_t now_ms);

#endif
