#include "session.h"
#include "phases.h"

#include "thaw/base/alloc.h"
#include "thaw/history/history.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t signalled;

static void on_signal(int signo)
{
	signalled = signo;
}

int session_signalled(void)
{
	return signalled;
}

static void watch(int signo)
{
	struct sigaction sa = {.sa_handler = on_signal};
	sigemptyset(&sa.sa_mask);
	sigaction(signo, &sa, NULL);
}

/* emergency.c has the rest. */
static const int asks_to_stop[] = {
    SIGINT,  SIGTERM,   SIGHUP,  SIGQUIT, SIGXCPU, SIGUSR1,   SIGUSR2,
    SIGALRM, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGSTKFLT,
};

void session_watch_signals(void)
{
	signalled = 0;
	for (size_t i = 0; i < sizeof(asks_to_stop) / sizeof(*asks_to_stop); i++)
		watch(asks_to_stop[i]);
	for (int signo = SIGRTMIN; signo <= SIGRTMAX; signo++)
		watch(signo);
}

const struct phase_config *session_phase(const struct session *s)
{
	return &s->p->x->phases[s->at.phase];
}

int64_t session_epochs_in_phase(const struct session *s)
{
	int64_t before = (s->at.iter_in_phase - s->at.iter_in_epoch) / s->p->iters_per_epoch;
	bool open = s->at.epoch > s->at.epochs_done;
	return before + (!open && s->at.iter_in_epoch > 0);
}

struct opt_double session_figure(const struct session *s, const struct metric *m)
{
	const struct metrics *valid = &s->valid_metrics;
	const struct event_score score = metrics_score(valid);
	struct event_class *classes = xcalloc(valid->n_classes, sizeof(*classes));
	for (size_t i = 0; i < valid->n_classes; i++) {
		classes[i] = metrics_class(valid, i);
		classes[i].name = s->p->data->classes[i];
	}
	struct opt_double out = metric_value(m, &score, classes, valid->n_classes);
	free(classes);
	return out;
}

void session_tell_run(struct session *s)
{
	emit_run(s->emit, s->p, &s->told);
}

void session_tell_place(struct session *s, enum control_what what, enum cause cause)
{
	const struct best *best = &s->best;
	const struct event_control ev = {
	    .what = what,
	    .iter = s->at.iter,
	    .cause = cause,
	    .best_epoch = opt_of(best->any ? (double)best->epoch : 0),
	    .best_score = {best->score, best->any},
	    .best_acc = {best->acc, best->any},
	    .best_loss = {best->loss, best->any},
	};
	emit_control_event(s->emit, &ev);
}

bool session_is_last_phase(const struct session *s)
{
	return s->at.phase + 1 == s->p->x->n_phases;
}

double session_lr(const struct session *s)
{
	return phases_lr(session_phase(s), s->factor, s->at.iter_in_phase, s->p->iters_per_epoch);
}

void session_tell_lr(struct session *s, enum cause cause, double lr, double was)
{
	const struct event_lr ev = {.iter = s->at.iter,
				    .cause = cause,
				    .value = lr,
				    .was = was,
				    .factor = opt_of(s->factor)};
	emit_lr(s->emit, &ev);
}

void session_set_factor(struct session *s, double factor, enum cause cause)
{
	double was = session_lr(s);
	s->factor = factor;
	session_tell_lr(s, cause, session_lr(s), was);
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
