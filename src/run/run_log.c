#include "thaw/run/run_log.h"

bool run_log_next(struct log_reader *r, struct event *ev, run_log_broken *broken, void *arg)
{
	struct errinfo why;
	for (enum log_next next; (next = log_reader_next(r, ev, &why)) != LOG_WAIT;) {
		if (next == LOG_EVENT)
			return true;
		if (broken)
			broken(arg, &why);
	}
	return false;
}

static void count(void *arg, const struct errinfo *why)
{
	(void)why;
	history_broken(arg);
}

bool run_log_fold(struct log_reader *r, struct history *h)
{
	struct event ev;
	bool any = false;
	for (; run_log_next(r, &ev, count, h); any = true) {
		history_apply(h, &ev);
		event_release(&ev);
	}
	return any;
}
