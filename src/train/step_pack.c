#include "step_pack.h"
#include "in_digits.h"

#include <math.h>

/* A moment: a third of a second in a young run, for a screen should move; a second in an old one. */
static double moment_ms(int64_t now_ms)
{
	return fmin(fmax((double)now_ms / 1000, 300), 1000);
}

bool step_pack_takes(const struct step_pack *p, const struct told_step *s, int64_t now_ms)
{
	return p->n == 0 || (p->n < STEP_PACK_MAX && s->epoch == p->epoch &&
			     s->iter == p->iter + (int64_t)p->n &&
			     s->seconds * 1000 < moment_ms(now_ms));
}

void step_pack_add(struct step_pack *p, const struct told_step *s)
{
	if (p->n == 0) {
		p->iter = s->iter;
		p->epoch = s->epoch;
		p->images = p->seconds = p->wait = 0;
	}
	p->loss[p->n] = in_loss(s->loss);
	p->lr[p->n++] = in_rate(s->lr);
	p->images += s->images;
	p->seconds += s->seconds;
	p->wait += s->wait;
}

bool step_pack_is_due(const struct step_pack *p, const struct told_step *last, int64_t now_ms)
{
	double next_ms = (double)now_ms + last->seconds * 1000;
	return p->n == STEP_PACK_MAX || next_ms - (double)p->told_ms >= moment_ms(now_ms);
}

static bool one_rate(const struct step_pack *p)
{
	size_t i = 1;
	while (i < p->n && p->lr[i] == p->lr[0])
		i++;
	return i == p->n;
}

void step_pack_event(struct step_pack *p, struct event *ev)
{
	double seconds = fmax(p->seconds, 1e-9);
	ev->type = EV_STEPS;
	ev->steps = (struct event_steps){
	    .iter = p->iter,
	    .epoch = p->epoch,
	    .loss = p->loss,
	    .n_loss = p->n,
	    .lr = p->lr,
	    .n_lr = one_rate(p) ? 1 : p->n,
	    .ips = opt_of(in_short(p->images / seconds)),
	    .wait = opt_of(in_short(fmin(fmax(p->wait / seconds, 0), 1))),
	};
	if (p->n > 1)
		return;
	struct event_step alone = event_steps_at(&ev->steps, 0);
	ev->type = EV_STEP;
	ev->step = alone;
}

void step_pack_told(struct step_pack *p, int64_t now_ms)
{
	p->n = 0;
	p->told_ms = now_ms;
}
