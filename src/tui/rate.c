#include "rate.h"

#include "thaw/base/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct history *history_of(const struct tui *t)
{
	return &t->timeline.history;
}

static bool is_large(double ratio)
{
	const double most = RATE_LARGE * (1 + 1e-9);
	return ratio > most || ratio < 1 / most;
}

/* By itself, or with those that it follows quickly. */
static bool is_large_now(const struct tui *t, int64_t now)
{
	const struct rate_change *r = &t->view.rate;
	bool chained = !r->layers[0] && t->rate_from > 0 && now - t->rate_sent_ms < RATE_CHAIN_MS;
	return is_large(r->value / r->was) || (chained && is_large(r->value / t->rate_from));
}

static void send(struct tui *t, int64_t now)
{
	struct rate_change *r = &t->view.rate;
	char arg[2 * EDIT_MAX];
	if (r->typed[0])
		snprintf(arg, sizeof(arg), "%s", r->typed);
	else if (r->layers[0])
		snprintf(arg, sizeof(arg), "%s x%.17g", r->layers, r->value / r->was);
	else if (r->value >= COMMAND_LR_MAX)
		snprintf(arg, sizeof(arg), "%g", r->value);
	else
		snprintf(arg, sizeof(arg), "x%.17g", r->value / r->was);
	r->on = false;
	if (!r->layers[0] && (r->asks || now - t->rate_sent_ms >= RATE_CHAIN_MS))
		t->rate_from = r->asks ? r->value : r->was;
	t->rate_sent_ms = now;
	app_command(t, r->layers[0] ? CMD_LR_SCALE : CMD_LR, arg);
}

void rate_drop(struct tui *t)
{
	t->view.rate.on = false;
	app_say(t, MESSAGE_INFO, "left as it is");
}

/* Send it, or show it first. */
static void decide(struct tui *t, int64_t now)
{
	struct rate_change *r = &t->view.rate;
	t->dirty = true;
	if (!r->typed[0] && fabs(r->value / r->was - 1) < 1e-9)
		rate_drop(t);
	else if (is_large_now(t, now))
		r->asks = true;
	else
		send(t, now);
}

/* ---- by keys ---- */

static void begin(struct tui *t, const char *layers)
{
	struct rate_change *r = &t->view.rate;
	double now = opt_or_nan(history_of(t)->lr);
	*r = (struct rate_change){.on = true};
	snprintf(r->layers, sizeof(r->layers), "%s", layers);
	r->was = *layers || !(now > 0) ? 1 : now;
	r->known = !*layers && now > 0;
	r->value = r->was;
}

void rate_press(struct tui *t, int direction, int64_t now)
{
	struct rate_change *r = &t->view.rate;
	char layers[64] = "";
	int lo, hi;
	if (!app_live(t))
		return;
	if (view_marked(&t->view, history_of(t), &lo, &hi))
		snprintf(layers, sizeof(layers), "%d-%d", lo, hi);
	if (r->on && (r->typed[0] || strcmp(r->layers, layers) != 0))
		rate_settle(t);
	if (!r->on)
		begin(t, layers);
	r->value *= direction > 0 ? 2 : 0.5;
	if (r->known)
		r->value = fmin(r->value, COMMAND_LR_MAX);
	r->asks = false;
	r->due_ms = now + RATE_REST_MS;
	t->view.message_kind = MESSAGE_NONE;
	t->view.preview = CHOICE_NONE;
	t->dirty = true;
}

void rate_tick(struct tui *t, int64_t now)
{
	struct rate_change *r = &t->view.rate;
	if (t->view.mode != VIEW_LIVE)
		r->on = false;
	if (r->on && !r->asks && now >= r->due_ms)
		decide(t, now);
}

void rate_confirm(struct tui *t)
{
	send(t, clock_ms());
}

void rate_settle(struct tui *t)
{
	struct rate_change *r = &t->view.rate;
	if (r->on && !r->asks)
		decide(t, clock_ms());
	r->on = false;
}

/* ---- typed ---- */

static void type(struct tui *t, const struct rate_change *change)
{
	if (!app_live(t))
		return;
	t->view.rate = *change;
	t->view.preview = CHOICE_NONE;
	t->view.message_kind = MESSAGE_NONE;
	decide(t, clock_ms());
}

enum err rate_typed(struct tui *t, const char *arg, struct errinfo *e)
{
	double now = opt_or_nan(history_of(t)->lr);
	struct rate_change r = {.on = true, .known = now > 0, .was = now > 0 ? now : 1};
	enum err err = command_lr(arg, r.was, &r.value, e);
	if (err)
		return err;
	snprintf(r.typed, sizeof(r.typed), "%s", arg);
	if (!r.known)
		r.value = r.was; /* there is nothing to compare it with yet */
	type(t, &r);
	return ERR_OK;
}

/* The multiplier, of the layers of the set, that moves farthest. */
static enum err farthest(const struct history *h, const struct lr_scale *want,
			 struct rate_change *r, struct errinfo *e)
{
	struct layerset which;
	int n = h->n_layers < LAYERSET_MAX ? (int)h->n_layers : LAYERSET_MAX;
	enum err err =
	    layerset_parse(&which, want->layers, n, h->head >= 0 ? (int)h->head : n - 1, e);
	for (int i = 0; i < n && !err; i++) {
		double then, now = h->layers[i].lr_scale;
		if (!layerset_has(&which, i) || !history_layer_learns(&h->layers[i]))
			continue;
		err = lr_scale_apply(want, now, &then, e);
		if (!err && now > 0 && fabs(log(then / now)) >= fabs(log(r->value / r->was))) {
			r->was = now;
			r->value = then;
		}
	}
	return err;
}

enum err rate_typed_scale(struct tui *t, const char *arg, struct errinfo *e)
{
	struct lr_scale want;
	struct rate_change r = {.on = true, .was = 1, .value = 1};
	enum err err = command_lr_scale(arg, &want, e);
	if (!err && history_of(t)->n_layers)
		err = farthest(history_of(t), &want, &r, e);
	if (err)
		return err;
	snprintf(r.layers, sizeof(r.layers), "%.200s", want.layers);
	snprintf(r.typed, sizeof(r.typed), "%s", arg);
	type(t, &r);
	return ERR_OK;
}
