#include "thaw_report.h"

#include "thaw/base/say.h"

#include <stdio.h>
#include <stdlib.h>

const struct history_epoch *report_classes(const struct history *h)
{
	if (h->best_epoch >= 0 && h->epochs[h->best_epoch].n_classes)
		return &h->epochs[h->best_epoch];
	for (size_t i = h->n_epochs; i-- > 0;)
		if (h->epochs[i].n_classes)
			return &h->epochs[i];
	return NULL;
}

/* What was not measured is left out. JSON has no NaN: cJSON writes null for it. */
static void add_opt(cJSON *o, const char *key, struct opt_double v)
{
	if (v.valid)
		cJSON_AddNumberToObject(o, key, v.value);
}

static void add_epoch(cJSON *to, const char *key, const struct history_epoch *e)
{
	if (!e) {
		cJSON_AddNullToObject(to, key);
		return;
	}
	cJSON *o = cJSON_AddObjectToObject(to, key);
	cJSON_AddNumberToObject(o, "epoch", (double)e->epoch);
	add_opt(o, "acc", e->valid.acc);
	add_opt(o, "loss", e->valid.loss);
	add_opt(o, "top2", e->valid.top2);
	add_opt(o, "top5", e->valid.top5);
	cJSON_AddStringToObject(o, "observation", e->words);
}

static void add_figure(cJSON *to, const char *key,
		       double (*figure)(const struct event_class *, bool *),
		       const struct event_class *c)
{
	bool valid;
	double v = figure(c, &valid);
	if (valid)
		cJSON_AddNumberToObject(to, key, v);
	else
		cJSON_AddNullToObject(to, key);
}

static void add_classes(cJSON *to, const struct history *h)
{
	const struct history_epoch *e = report_classes(h);
	cJSON *list = cJSON_AddArrayToObject(to, "classes");
	for (size_t i = 0; e && i < e->n_classes; i++) {
		const struct event_class *c = &e->classes[i];
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "name", c->name);
		cJSON_AddNumberToObject(o, "n", (double)c->n);
		add_figure(o, "precision", class_precision, c);
		add_figure(o, "recall", class_recall, c);
		add_figure(o, "f1", class_f1, c);
		cJSON_AddItemToArray(list, o);
	}
	if (e)
		cJSON_AddNumberToObject(to, "classes_epoch", (double)e->epoch);
}

static void add_digests(cJSON *to, const struct history *h)
{
	cJSON *list = cJSON_AddArrayToObject(to, "digests_changed");
	for (size_t i = 0; i < h->n_layers; i++)
		if (h->layers[i].digest_changed)
			cJSON_AddItemToArray(list, cJSON_CreateNumber((double)i));
}

/* Of every layer, when any is not 1. */
static void add_scales(cJSON *to, const struct history *h)
{
	bool any = false;
	for (size_t i = 0; i < h->n_layers; i++)
		any = any || h->layers[i].lr_scale != 1;
	if (!any)
		return;
	cJSON *list = cJSON_AddArrayToObject(to, "lr_scale");
	for (size_t i = 0; i < h->n_layers; i++)
		cJSON_AddItemToArray(list, cJSON_CreateNumber(h->layers[i].lr_scale));
}

static void add_phases(cJSON *to, const struct history *h)
{
	cJSON *list = cJSON_AddArrayToObject(to, "phases");
	for (size_t i = 0; i < h->n_phases; i++) {
		const struct event_phase_plan *p = &h->phases[i];
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "name", p->name);
		cJSON_AddNumberToObject(o, "epochs", (double)p->epochs);
		cJSON_AddNumberToObject(o, "lr", p->lr);
		cJSON_AddStringToObject(o, "schedule", p->schedule);
		cJSON_AddStringToObject(o, "freeze", p->freeze);
		cJSON_AddItemToArray(list, o);
	}
}

static void add_cache(cJSON *to, const struct history *h)
{
	double share;
	bool told = history_cache_saved(h, &share);
	if (!h->has_cache && !told)
		return;
	cJSON *o = cJSON_AddObjectToObject(to, "cache");
	if (h->has_cache) {
		const struct event_cache *c = &h->cache;
		cJSON_AddNumberToObject(o, "layer", (double)c->layer);
		cJSON_AddNumberToObject(o, "images", (double)c->images);
		cJSON_AddNumberToObject(o, "memory_bytes", (double)c->memory_bytes);
		cJSON_AddNumberToObject(o, "file_bytes", (double)c->file_bytes);
		if (c->saved.valid)
			cJSON_AddNumberToObject(o, "saved_last_epoch", c->saved.value);
	}
	if (told)
		cJSON_AddNumberToObject(o, "saved", share);
}

cJSON *report_json(const char *dir, const struct history *h, enum run_status status)
{
	cJSON *o = cJSON_CreateObject();
	double wait;
	char *name = run_dir_name(dir), *path = realpath(dir, NULL);
	cJSON_AddStringToObject(o, "name", name);
	cJSON_AddStringToObject(o, "status", run_status_name(status));
	cJSON_AddStringToObject(o, "reason", h->ended ? h->end.reason : "");
	cJSON_AddNumberToObject(o, "epochs", (double)h->n_epochs);
	cJSON_AddNumberToObject(o, "epochs_planned", (double)h->run.epochs);
	cJSON_AddNumberToObject(o, "iterations", (double)h->iter);
	cJSON_AddNumberToObject(o, "resumed", (double)h->n_resumed);
	add_epoch(o, "best", h->best_epoch >= 0 ? &h->epochs[h->best_epoch] : NULL);
	add_epoch(o, "last", h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL);
	cJSON_AddNumberToObject(o, "seconds", history_seconds(h));
	add_classes(o, h);
	add_digests(o, h);
	add_phases(o, h);
	cJSON_AddNumberToObject(o, "trainable", (double)h->trainable);
	add_scales(o, h);
	add_cache(o, h);
	if (history_wait(h, h->n_steps, &wait))
		cJSON_AddNumberToObject(o, "wait", wait);
	cJSON_AddNumberToObject(o, "broken_lines", (double)h->n_broken);
	cJSON_AddStringToObject(o, "path", path ? path : dir);
	free(name);
	free(path);
	return o;
}

void report_print(cJSON *json)
{
	char *text = cJSON_Print(json);
	if (text)
		say_json(stdout, text);
	cJSON_free(text);
	cJSON_Delete(json);
}
