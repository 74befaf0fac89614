/* The folds of what the trainer does besides iterations, and of what it takes of the machine. */
#include "fold.h"

#include <math.h>

void busy_over(struct history *h)
{
	shared_drop(h->busy.waits);
	h->busy = (struct history_busy){0};
}

/* Pictures that are looked at, not learnt from: how long each takes. */
static void measure(struct history *h, const struct history_busy *b)
{
	double ms = (double)h->t_ms - (double)b->since_ms;
	if (b->what != PROGRESS_FEATURES && b->what != PROGRESS_VALID)
		return;
	if (b->done > 0 && ms > 0)
		h->look_ms = opt_of(ms / (double)b->done);
}

void fold_progress(struct history *h, const struct event *ev)
{
	const struct event_progress *from = &ev->progress;
	struct history_busy *b = &h->busy;
	bool begins = !b->on || b->what != from->what || from->done <= 0;
	int64_t since = begins ? h->t_ms : b->since_ms;
	if (from->what < 0 || from->what >= PROGRESS_N)
		return;
	busy_over(h);
	*b = (struct history_busy){
	    .on = true,
	    .what = from->what,
	    .total = from->total > 0 ? from->total : 0,
	    .since_ms = since,
	    .waits = from->waits ? shared_text(from->waits) : NULL,
	};
	b->done = from->done < 0 ? 0 : from->done > b->total ? b->total : from->done;
	measure(h, b);
	if (b->total && b->done == b->total)
		busy_over(h);
}

/* NaN where it was not measured, or cannot be true. */
static double plausible(struct opt_double v, double most)
{
	return v.valid && v.value >= 0 && v.value <= most ? v.value : NAN;
}

void fold_device(struct history *h, const struct event *ev)
{
	const struct event_device *from = &ev->device;
	*PAGES_PUSH(&h->devices, h->n_devices++, struct history_device) = (struct history_device){
	    .t_ms = h->t_ms,
	    .cpu = opt_or_nan(from->cpu),
	    .rss = opt_or_nan(from->rss),
	    .cores = from->cores > 0 ? from->cores : 0,
	    .peak_rss = from->peak_rss,
	    .busy = plausible(from->card_busy, 1),
	    .memory = plausible(from->card_memory, 1e15),
	    .memory_total = plausible(from->card_total, 1e15),
	    .celsius = plausible(from->celsius, 1000),
	    .watts = plausible(from->watts, 1e5),
	    .clock_mhz = plausible(from->clock_mhz, 1e5),
	};
}
