#include "session.h"
#include "phases.h"

#include "thaw/base/alloc.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t signalled;

static void on_signal(int signo)
{
	(void)signo;
	signalled = 1;
}

bool session_signalled(void)
{
	return signalled != 0;
}

void session_watch_signals(void)
{
	static const int stop[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_signal};
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(stop) / sizeof(*stop); i++)
		sigaction(stop[i], &sa, NULL);
	signalled = 0;
}

const struct phase_config *session_phase(const struct session *s)
{
	return &s->p->x->phases[s->at.phase];
}

double session_lr(const struct session *s)
{
	return phases_lr(session_phase(s), s->factor, s->at.iter_in_phase, s->iters_per_epoch);
}

void session_set_factor(struct session *s, double factor, enum cause cause)
{
	double was = session_lr(s);
	s->factor = factor;
	emit_lr(s->emit, s->at.iter, cause, session_lr(s), was);
}

void session_set_frozen(struct session *s, const struct layerset *frozen, enum cause cause)
{
	struct layerset was = *net_frozen(s->p->net);
	if (was.n == frozen->n && layerset_equal(&was, frozen))
		return;
	was.n = frozen->n;
	net_set_frozen(s->p->net, frozen);
	emit_freeze(s->emit, s->at.iter, cause, frozen, &was, phases_trainable(s->p->net, frozen));
}

/* Of every layer. */
static double *lr_scales(const struct net *net)
{
	double *out = xcalloc((size_t)net_n_layers(net), sizeof(*out));
	for (int i = 0; i < net_n_layers(net); i++)
		out[i] = net_lr_scale(net, i);
	return out;
}

void session_set_scales(struct session *s, const double *by_hand, enum cause cause)
{
	struct net *net = s->p->net;
	size_t n = (size_t)net_n_layers(net);
	double *was = lr_scales(net);
	memmove(s->scales, by_hand, n * sizeof(*s->scales));
	phases_set_scales(session_phase(s), s->scales, net);
	double *now = lr_scales(net);
	if (memcmp(was, now, n * sizeof(*now)) != 0)
		emit_scale(s->emit, s->at.iter, cause, now, was, n);
	free(was);
	free(now);
}

void session_tell_scales(struct session *s, enum cause cause)
{
	double *now = lr_scales(s->p->net);
	emit_scale(s->emit, s->at.iter, cause, now, now, (size_t)net_n_layers(s->p->net));
	free(now);
}
