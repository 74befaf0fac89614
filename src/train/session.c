#include "session.h"
#include "phases.h"

#include <signal.h>
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
