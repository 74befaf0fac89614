#include "thaw/report/json.h"

#include "thaw/report/classes.h"

#include <math.h>

/* What was not measured is left out. */
static void put_opt(struct json_writer *w, const char *key, struct opt_double v)
{
	if (v.valid)
		json_put_double(w, key, v.value);
}

static void put_epoch(struct json_writer *w, const char *key, const struct history_epoch *e)
{
	if (!e) {
		json_put_null(w, key);
		return;
	}
	json_begin_object(w, key);
	json_put_int(w, "epoch", e->epoch);
	put_opt(w, "acc", e->valid.acc);
	put_opt(w, "loss", e->valid.loss);
	put_opt(w, "top2", e->valid.top2);
	put_opt(w, "top5", e->valid.top5);
	json_put_string(w, "observation", e->words);
	json_end_object(w);
}

static void put_classes(struct json_writer *w, const struct history *h)
{
	const struct history_epoch *e = report_classes(h);
	classes_json(w, e ? e->classes : NULL, e ? e->n_classes : 0, false);
	if (e)
		json_put_int(w, "classes_epoch", e->epoch);
}

static void put_digests(struct json_writer *w, const struct history *h)
{
	json_begin_array(w, "digests_changed");
	for (size_t i = 0; i < h->n_layers; i++)
		if (h->layers[i].digest_changed)
			json_put_int(w, NULL, (int64_t)i);
	json_end_array(w);
}

/* Of every layer, when any is not 1. */
static void put_scales(struct json_writer *w, const struct history *h)
{
	bool any = false;
	for (size_t i = 0; i < h->n_layers; i++)
		any = any || h->layers[i].lr_scale != 1;
	if (!any)
		return;
	json_begin_array(w, "lr_scale");
	for (size_t i = 0; i < h->n_layers; i++)
		json_put_double(w, NULL, h->layers[i].lr_scale);
	json_end_array(w);
}

static void put_words(struct json_writer *w, const char *name, const char *words)
{
	if (words)
		json_put_string(w, name, words);
}

static void put_phases(struct json_writer *w, const struct history *h)
{
	json_begin_array(w, "phases");
	for (size_t i = 0; i < h->n_phases; i++) {
		const struct event_phase_plan *p = &h->phases[i];
		json_begin_object(w, NULL);
		json_put_string(w, "name", p->name);
		json_put_int(w, "epochs", p->epochs);
		json_put_double(w, "lr", p->lr);
		json_put_string(w, "schedule", p->schedule);
		json_put_string(w, "freeze", p->freeze);
		put_words(w, "until", p->until);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_rules(struct json_writer *w, const struct history *h)
{
	const struct event_run *r = &h->run;
	put_words(w, "best_by", r->best_by ? r->best_by : "accuracy");
	put_opt(w, "best_score", history_best(h).score);
	put_words(w, "stop", r->stop);
	put_words(w, "plateau", r->plateau);
}

/* What the log does not tell is left out. */
static void put_learning(struct json_writer *w, const struct history *h)
{
	const struct event_run *r = &h->run;
	if (r->optimizer) {
		json_begin_object(w, "optimizer");
		json_put_string(w, "name", r->optimizer);
		put_opt(w, "momentum", r->momentum);
		put_opt(w, "b1", r->b1);
		put_opt(w, "b2", r->b2);
		json_end_object(w);
	}
	if (!r->weighting)
		return;
	json_begin_object(w, "class_weights");
	json_put_string(w, "kind", r->weighting);
	json_begin_array(w, "weights"); /* of each class, in the run's order */
	for (size_t i = 0; i < r->n_class_weights; i++)
		json_put_double(w, NULL, r->class_weights[i]);
	json_end_array(w);
	json_end_object(w);
}

static void put_cache(struct json_writer *w, const struct history *h)
{
	double share;
	bool told = history_cache_saved(h, &share);
	if (!h->has_cache && !told)
		return;
	json_begin_object(w, "cache");
	if (h->has_cache) {
		const struct event_cache *c = &h->cache;
		json_put_int(w, "layer", c->layer);
		json_put_int(w, "images", c->images);
		json_put_int(w, "memory_bytes", c->memory_bytes);
		json_put_int(w, "file_bytes", c->file_bytes);
		if (c->saved.valid)
			json_put_double(w, "saved_last_epoch", c->saved.value);
	}
	if (told)
		json_put_double(w, "saved", share);
	json_end_object(w);
}

/* What the run does now; nothing of one that has ended. */
static void put_now(struct json_writer *w, const struct report_run *r)
{
	const struct history *h = r->history;
	int64_t ms;
	if (!report_goes_on(r))
		return;
	json_put_string(w, "state", history_state(h));
	put_opt(w, "lr", h->lr);
	if (h->phase >= 0 && (size_t)h->phase < h->n_phases)
		json_put_string(w, "phase", h->phases[h->phase].name);
	if (h->busy.on && h->busy.total) {
		json_begin_object(w, "progress");
		json_put_int(w, "done", h->busy.done);
		json_put_int(w, "total", h->busy.total);
		json_end_object(w);
	}
	if (h->busy.waits)
		json_put_string(w, "waits", h->busy.waits);
	if (history_eta_ms(h, &ms))
		json_put_double(w, "eta_seconds", (double)ms / 1000);
}

static void put_killed(struct json_writer *w, const struct history *h)
{
	if (!h->killed.on)
		return;
	json_begin_object(w, "killed");
	put_opt(w, "peak", h->killed.peak);
	put_opt(w, "limit", h->killed.limit);
	json_end_object(w);
}

static void put_finite(struct json_writer *w, const char *key, double v)
{
	if (isfinite(v))
		json_put_double(w, key, v);
}

static void put_device(struct json_writer *w, const struct history *h)
{
	const struct history_device *d = h->n_devices ? history_device(h, h->n_devices - 1) : NULL;
	const char *name = h->run.device ? h->run.device : "";
	if (!d && !*name)
		return;
	json_begin_object(w, "device");
	json_put_string(w, "name", name);
	if (d) {
		put_finite(w, "cpu", d->cpu);
		json_put_int(w, "cores", d->cores);
		put_finite(w, "rss", d->rss);
		json_put_int(w, "peak_rss", d->peak_rss);
		put_finite(w, "card_busy", d->busy);
		put_finite(w, "card_memory", d->memory);
		put_finite(w, "card_total", d->memory_total);
		put_finite(w, "celsius", d->celsius);
		put_finite(w, "watts", d->watts);
		put_finite(w, "clock_mhz", d->clock_mhz);
		put_opt(w, "card_peak", history_card_peak(h));
	}
	json_end_object(w);
}

/* One that the run went back beyond is none of the epochs any more. */
static void put_best(struct json_writer *w, const struct history *h)
{
	const struct history_best best = history_best(h);
	if (!best.dropped) {
		put_epoch(w, "best", report_best(h));
		return;
	}
	json_begin_object(w, "best");
	json_put_int(w, "epoch", best.epoch);
	put_opt(w, "acc", best.acc);
	put_opt(w, "loss", best.loss);
	json_put_bool(w, "dropped", true);
	json_end_object(w);
}

/* Where it comes from: a branch, or another run trained again. */
static void put_origin(struct json_writer *w, const struct history *h)
{
	put_words(w, "parent", h->run.parent);
	put_opt(w, "parent_iteration", h->run.parent_iter);
	put_words(w, "again", h->run.again);
	if (h->run.again)
		json_put_bool(w, "parted", h->parted);
	if (h->parted)
		json_put_int(w, "parted_iteration", h->parted_iter);
}

static void put_progress(struct json_writer *w, const struct report_run *r)
{
	const struct history *h = r->history;
	json_put_string(w, "name", r->name);
	json_put_string(w, "status", r->status);
	json_put_string(w, "reason", h->ended ? h->end.reason : r->unsaved ? r->unsaved : "");
	put_killed(w, h);
	json_put_int(w, "epochs", (int64_t)h->n_epochs);
	json_put_int(w, "epochs_planned", h->run.epochs);
	json_put_int(w, "iterations", h->iter);
	json_put_int(w, "resumed", h->n_resumed);
	put_origin(w, h);
}

void report_json_members(struct json_writer *w, const struct report_run *r)
{
	const struct history *h = r->history;
	double wait;
	put_progress(w, r);
	put_now(w, r);
	put_device(w, h);
	put_best(w, h);
	put_epoch(w, "last", h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL);
	json_put_double(w, "seconds", history_seconds(h));
	put_classes(w, h);
	put_digests(w, h);
	put_phases(w, h);
	put_rules(w, h);
	put_learning(w, h);
	json_put_int(w, "trainable", h->trainable);
	put_scales(w, h);
	put_cache(w, h);
	if (history_wait(h, h->n_steps, &wait))
		json_put_double(w, "wait", wait);
	json_put_int(w, "broken_lines", h->n_broken);
	json_put_string(w, "path", r->path);
}

void report_json(struct json_writer *w, const struct report_run *r)
{
	json_begin_object(w, NULL);
	report_json_members(w, r);
	json_end_object(w);
}
